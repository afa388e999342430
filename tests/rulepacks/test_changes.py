"""Rules are changed by two people, from a day to come on."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.audit.models import AuditEntry
from app.errors import Invalid, NotFound
from app.notices.models import Notice
from app.rulechanges import queries
from app.rulechanges.errors import AlreadyDecided, NotHere, NotYours, OwnProposal, StartIsPast
from app.rulechanges.service import (
    Proposal,
    approve_change,
    propose_change,
    refuse_change,
    withdraw_change,
)
from app.rulepacks.queries import setting
from tests.people import COMMUNITY, DISTRICT, GRID3, Cast
from tests.rulepacks.support import FIRST, proposed

TODAY = FIRST - timedelta(days=1)


def kinds_told(session: Any, person: Any) -> list[str]:
    return list(session.scalars(select(Notice.kind).where(Notice.person_id == person.id).order_by(Notice.id)))


def test_one_proposes_another_approves_and_it_holds_from_its_day(session: Any, people: Cast) -> None:
    change = proposed(people, {"probation_visits": 4})
    assert setting(GRID3, "probation_visits", on=FIRST) == 2
    approve_change(people.actor(people.approver), change.id)
    assert setting(GRID3, "probation_visits", on=FIRST) == 4
    assert setting(GRID3, "probation_visits", on=TODAY) == 2
    assert kinds_told(session, people.approver) == ["rules_to_decide"]
    for person in (people.lin, people.guo, people.admin):
        assert "rules_changed" in kinds_told(session, person)
    verbs = session.scalars(select(AuditEntry.verb).where(AuditEntry.subject == f"rules:{change.id}"))
    assert list(verbs) == ["rules.propose", "rules.approve"]


def test_nobody_decides_alone(people: Cast) -> None:
    change = proposed(people, {"probation_visits": 4})
    for verb in (approve_change, lambda actor, key: refuse_change(actor, key, "no")):
        with pytest.raises(OwnProposal):
            verb(people.actor(people.lin), change.id)
    assert setting(GRID3, "probation_visits", on=FIRST) == 2


def test_a_refusal_needs_its_reason_and_is_the_end(session: Any, people: Cast) -> None:
    change = proposed(people, {"probation_visits": 4})
    with pytest.raises(Invalid):
        refuse_change(people.actor(people.approver), change.id, "  ")
    refuse_change(people.actor(people.approver), change.id, "先问街道")
    with pytest.raises(AlreadyDecided):
        approve_change(people.actor(people.auditor), change.id)
    told = session.scalars(select(Notice).where(Notice.kind == "rules_refused")).one()
    assert (told.person_id, told.data["reason"]) == (people.lin.id, "先问街道")
    assert queries.standing(change).state == "refuse"


def test_only_the_proposer_takes_a_change_back(people: Cast) -> None:
    change = proposed(people, {"probation_visits": 4})
    with pytest.raises(NotYours):
        withdraw_change(people.actor(people.approver), change.id)
    withdraw_change(people.actor(people.lin), change.id)
    with pytest.raises(AlreadyDecided):
        approve_change(people.actor(people.approver), change.id)


def test_a_change_that_was_not_decided_in_time_can_only_be_proposed_anew(people: Cast, clock: Any) -> None:
    change = proposed(people, {"probation_visits": 4})
    clock.forward(days=1)
    assert queries.standing(change).state == "late"
    with pytest.raises(StartIsPast):
        approve_change(people.actor(people.approver), change.id)


@pytest.mark.parametrize("starts_on", [TODAY - timedelta(days=400), TODAY, FIRST + timedelta(days=500)])
def test_a_rule_never_begins_in_the_past_nor_in_some_far_year(people: Cast, starts_on: date) -> None:
    with pytest.raises(Invalid) as refused:
        proposed(people, {"probation_visits": 4}, starts_on)
    assert set(refused.value.fields) == {"starts_on"}


def test_whoever_does_not_work_for_the_whole_unit_proposes_and_decides_nothing(people: Cast) -> None:
    with pytest.raises(NotFound):
        proposed(people, {"probation_visits": 4}, unit_code=DISTRICT)
    of_district = Proposal(DISTRICT, {"probation_visits": 4}, FIRST, "区里统一")
    change = propose_change(people.actor(people.admin), of_district)
    with pytest.raises(NotHere):
        approve_change(people.actor(people.lin), change.id)  # she sees it, since her community lies below
    with pytest.raises(NotFound):
        approve_change(people.actor(people.xu), change.id)
    with pytest.raises(NotFound):
        propose_change(people.actor(people.auditor), Proposal(COMMUNITY, {"probation_visits": 4}, FIRST, "x"))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "form"),
        ({"nothing": 1}, "nothing"),
        ({"probation_visits": -1}, "probation_visits"),
        ({"probation_visits": 2}, "probation_visits"),
        ({"probation_visits": "4"}, "probation_visits"),
        ({"probation_visits": True}, "probation_visits"),
        ({"exchange_for_money": True}, "exchange_for_money"),
        ({"payer_order": ["own", "own"]}, "payer_order"),
        ({"payer_order": ["the state"]}, "payer_order"),
        ({"item_price_min": {"moon-walk": 30}}, "item_price_min"),
        ({"menu_items_off": ["moon-walk"]}, "menu_items_off"),
        ({"offer_reply_by": "25:00"}, "offer_reply_by"),
        ({"stars_min": [60, 60, 70, 80, 90]}, "stars_min"),
        ({"spend_from_age_hardship": 70}, "spend_from_age_hardship"),
        ({"pricing_mode": "by_item"}, "pricing_mode"),
        ({"day_parts": {"morning": ["08:00", "07:00"]}}, "day_parts"),
        ({"scheme_name_zh": ""}, "scheme_name_zh"),
    ],
)
def test_a_value_that_cannot_stand_is_refused_with_a_sentence(people: Cast, values: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        proposed(people, values)
    assert set(refused.value.fields) == {field}
    assert refused.value.fields[field].endswith((".", "。"))


def test_the_proposer_says_why(people: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        propose_change(people.actor(people.lin), Proposal(COMMUNITY, {"probation_visits": 4}, FIRST, "  "))
    assert set(refused.value.fields) == {"reason"}


def _answers(session: Any) -> dict[tuple[str, str], Any]:
    from app.rulepacks.keys import KEYS

    days = [date(2026, 1, 1), date(2026, 3, 1), TODAY]
    return {(key, str(day)): setting(GRID3, key, on=day) for key in KEYS for day in days}


def test_no_change_alters_the_answer_for_a_day_that_is_past(session: Any, people: Cast, clock: Any) -> None:
    before = _answers(session)
    steps: list[Callable[[], Any]] = [lambda: clock.forward(days=1)]
    for number, value in enumerate((4, 5, None)):
        first = FIRST + timedelta(days=number)
        change = proposed(people, {"probation_visits": value, "store_cap_min": value and 60_000 + value}, first)
        approve_change(people.actor(people.approver), change.id)
        for step in steps:
            step()
        assert _answers(session) == before


def test_tomorrow_is_told_in_the_zone_of_the_unit(people: Cast) -> None:
    assert queries.earliest_start(COMMUNITY) == FIRST == clock.today("Asia/Shanghai") + timedelta(days=1)
