"""The figures of a preview against rows made here: what a change would meet, counted by hand."""

import ast
import inspect
from datetime import date, timedelta
from typing import Any

import pytest

from app import clock as wall
from app.ledger.service import ensure_person_account
from app.needs.models import NeedState
from app.passbook.gifts import ask_gift, call_back, give_due
from app.people.models import Person, VolunteerState
from app.reports import flag_queries
from app.rulechanges.effects import effects_of
from app.rulechanges.order_effects import FLAGS
from app.rulepacks.keys import KEYS, Keeper
from app.visits.models import AssignmentState, ReportKind, VisitReport, VisitState
from tests.conftest import Clock
from tests.factories import ZONE, make_assignment, make_elder, make_need, make_visit, make_volunteer
from tests.people import COMMUNITY, OTHER_COMMUNITY, Cast
from tests.rulepacks.support import FIRST
from tests.visits.support import issue

TODAY = FIRST - timedelta(days=1)
GIFTS = ["spouse", "parents", "grandparents", "parents_in_law"]


def counted(key: str, before: Any, after: Any, unit_code: str = COMMUNITY) -> dict[str, Any]:
    """The figures of the first sentence, without its name and without the sentence about who keeps the rule."""
    told = effects_of(unit_code, key, before, after)
    assert (told[-1]["say"] == "by_hand") == (KEYS[key].keeper is Keeper.PEOPLE)
    return {name: value for name, value in told[0].items() if name != "say"}


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def served(people: Cast, day: date, minutes: int, **given: Any) -> Any:
    need = make_need(elder=people.elder, day=day, duration_min=minutes)
    return make_visit(need=need, volunteer=people.volunteer, state=VisitState.CONFIRMED, **given)


# Gifts, coins, points ------------------------------------------------------------------------------------------------


def test_who_may_be_given_to_is_counted_from_both_ends_of_a_tie(people: Cast) -> None:
    assert counted("gift_circle", GIFTS, [*GIFTS, "children"]) == {"n": 2, "old": 1, "new": 1, "waiting": 0}
    people.mei.birth_date = date(1964, 1, 1)
    assert counted("gift_circle", GIFTS, [*GIFTS, "children"]) == {"n": 2, "old": 1, "new": 2, "waiting": 0}
    assert counted("gift_recipient_min_age", 60, 85) == {"n": 2, "old": 1, "new": 0, "waiting": 0}
    assert counted("gift_circle", GIFTS, ["friends"], OTHER_COMMUNITY) == {"n": 0, "old": 0, "new": 0, "waiting": 0}


def test_gifts_are_counted_by_giver_and_day_without_those_called_back(people: Cast, clock: Clock) -> None:
    issue(people, ensure_person_account(people.mei.id), 300)
    mei = people.actor(people.mei)
    for uid, minutes in (("gift:1", 50), ("gift:2", 40), ("gift:3", 30)):
        ask_gift(mei, uid=uid, to=people.chen.id, minutes=minutes)
    call_back(mei, "gift:3")
    assert counted("gift_cap_min_per_day", 240, 80) == {"n": 1, "over": 1}
    assert counted("gift_cap_min_per_day", 240, 90) == {"n": 1, "over": 0}
    assert counted("gift_first_cooling_h", 24, 48) == {"n": 2, "waiting": 2}
    clock.forward(days=1)
    assert sorted(give_due()) == ["gift:1", "gift:2"]
    ask_gift(mei, uid="gift:4", to=people.chen.id, minutes=20)
    assert counted("gift_first_cooling_h", 24, 48) == {"n": 2, "waiting": 0}
    assert counted("gift_cap_min_per_day", 240, 10) == {"n": 2, "over": 2}
    assert counted("gift_cap_min_per_year", 6000, 100) == {"n": 1, "over": 1}
    assert counted("time_redeemable_by", ["self", "gift_circle"], ["self"]) == {"n": 3, "time": 110}


def test_coins_are_whole_in_each_passbook(people: Cast) -> None:
    issue(people, ensure_person_account(people.bo.id), 110)
    issue(people, ensure_person_account(people.dan.id), 70)
    assert counted("minutes_per_coin", 60, 30) == {"n": 2, "time": 180, "old": 2, "new": 5}


def test_points_are_told_for_the_visits_that_were_stored(people: Cast) -> None:
    served(people, days_ago(3), 90)
    served(people, days_ago(100), 60)
    assert counted("points_enabled", False, True) == {"n": 1, "points": 1, "people": 0, "held": 0}
    assert counted("points_per_hour", 1, 4) == {"n": 1, "old": 1, "new": 6}


def test_what_a_community_gave_out_is_held_against_the_new_limit(people: Cast) -> None:
    issue(people, ensure_person_account(people.chen.id), 700)
    issue(people, ensure_person_account(people.bo.id), 500)
    told = {"n": 1, "time": 1200, "most_time": 1200, "year": "2026"}
    assert counted("seed_budget_min_per_community_year", 120_000, 1_199) == told | {"over": 1}
    assert counted("seed_budget_min_per_community_year", 120_000, 1_200) == told | {"over": 0}


# Orders --------------------------------------------------------------------------------------------------------------


def test_orders_looked_at_too_late_are_told_and_those_that_wait(people: Cast) -> None:
    due = wall.now() - timedelta(days=2)
    make_need(elder=people.elder, state=NeedState.REVIEW, review_due_at=wall.now() + timedelta(hours=1))
    for late in (timedelta(minutes=-1), timedelta(minutes=1)):
        make_need(elder=people.elder, review_due_at=due, reviewed_at=due + late)
    make_need(elder=people.elder)  # nobody had to look at this one
    assert counted("order_accept_within_h", 4, 8) == {"waiting": 1, "n": 2, "late": 1}


def test_orders_are_sorted_anew_by_what_is_looked_at(people: Cast) -> None:
    make_need(elder=people.elder, review_reasons=["first_order"])
    make_need(elder=people.elder, item=None, review_reasons=["wish", "risk"])
    make_need(elder=people.elder, item=None, review_reasons=["wish"])
    make_need(elder=people.elder)
    assert counted("review_also", ["first_order", "wish"], ["wish"]) == {"n": 4, "old": 3, "new": 2}
    assert counted("review_also", ["first_order", "wish"], []) == {"n": 4, "old": 3, "new": 1}
    assert effects_of(COMMUNITY, "review_also", [], ["duplicate"])[1] == {"say": "duplicates"}


def test_answers_are_late_by_the_clock_of_the_place_on_the_evening_before(people: Cast) -> None:
    for hour in (18, 19):
        day = days_ago(1)
        at = wall.instant(day - timedelta(days=1), hour * 60 + 1, ZONE)
        make_assignment(
            need=make_need(elder=people.elder, day=day), volunteer=people.volunteer, state=AssignmentState.DECLINED,
            offered_at=at - timedelta(hours=3), answered_at=at,
        )  # fmt: skip
    make_assignment(need=make_need(elder=people.elder), volunteer=people.volunteer)
    assert counted("offer_reply_by", "20:00", "19:00") == {"n": 2, "late": 1, "open": 1, "hour": "19:00"}
    assert counted("offer_reply_by", "20:00", "18:00") == {"n": 2, "late": 2, "open": 1, "hour": "18:00"}


def test_tiles_and_parts_of_the_day_are_told_by_what_was_ordered(people: Cast) -> None:
    make_need(elder=people.elder, item="companion-chat", start=(19 * 60, 19 * 60 + 30))
    make_need(elder=people.elder, item="shopping", start=(9 * 60, 10 * 60))
    assert counted("home_tiles", ["companion-chat"], ["shopping", "walk-together"]) == {"n": 2, "out": 1, "new": 1}
    parts = {"morning": ["08:00", "12:00"], "evening": ["18:00", "19:00"]}
    assert counted("day_parts", {}, parts) == {"n": 2, "out": 1}


def test_a_door_closes_so_many_hours_after_the_visit(people: Cast) -> None:
    for hours in (1, 5, 30):
        served(people, TODAY, 30, checked_out_at=wall.now() - timedelta(hours=hours))
    assert counted("contact_visible_after_visit_h", 24, 4) == {"old": 2, "new": 1}
    assert counted("contact_visible_after_visit_h", 24, 48) == {"old": 2, "new": 3}


# Figures and flags ---------------------------------------------------------------------------------------------------


def test_flags_are_found_with_the_old_limit_and_with_the_new(people: Cast) -> None:
    for days in range(1, 8):
        served(people, days_ago(days), 100)
    assert counted("flag_one_elder_min", 600, 800) == {"old": 1, "new": 0}
    assert counted("flag_same_length_visits", 8, 7) == {"old": 0, "new": 1}
    assert counted("flag_window_days", 90, 14) == {"old": 1, "new": 1}
    assert counted("flag_late_entries", 4, 2) == {"old": 0, "new": 0}
    assert counted("flag_one_elder_min", 600, 800, OTHER_COMMUNITY) == {"old": 0, "new": 0}


def test_each_limit_is_counted_by_the_finders_that_ask_for_it() -> None:
    functions = {
        node.name: node for node in ast.parse(inspect.getsource(flag_queries)).body if isinstance(node, ast.FunctionDef)
    }

    def asked(name: str) -> set[str]:
        nodes = list(ast.walk(functions[name]))
        read = [node for node in nodes if isinstance(node, ast.Attribute)]
        own = {node.attr for node in read if getattr(node.value, "id", "") == "limits"}
        called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        return own.union(*(asked(each) for each in called & (set(functions) - {name})))

    finders = {finder.__name__: asked(finder.__name__) for finder in flag_queries.FINDERS}
    for key, (limit, chosen) in FLAGS.items():
        by_name = {name for name, limits in finders.items() if limit in limits}
        assert {finder.__name__ for finder in chosen} == by_name, key


def test_a_community_with_few_people_is_not_shown(people: Cast) -> None:
    issue(people, ensure_person_account(people.bo.id), 60)
    issue(people, ensure_person_account(people.chen.id), 60)
    ensure_person_account(people.dan.id)
    assert counted("public_least_people", 2, 3) == {"n": 1, "old": 0, "new": 1}


def test_the_forecast_looks_back_in_periods_of_four_weeks(people: Cast) -> None:
    for days in (0, 1, 84, 85):
        served(people, days_ago(days), 30)
    assert counted("forecast_months", 12, 3) == {"old": 3, "new": 2}


def test_what_may_be_used_is_what_the_forecast_takes_a_share_of(people: Cast) -> None:
    issue(people, ensure_person_account(people.chen.id), 200)
    issue(people, ensure_person_account(people.bo.id), 1_000)  # too young to use it
    assert counted("forecast_spent_pct", 25, 50) == {"time": 200, "old_time": 50, "new_time": 100}


# Kept by people ------------------------------------------------------------------------------------------------------


def test_visits_that_did_not_happen_are_counted_by_volunteer(people: Cast) -> None:
    for days, volunteer in ((10, people.volunteer), (20, people.volunteer), (30, people.far_volunteer)):
        need = make_need(elder=people.elder, day=days_ago(days))
        make_visit(need=need, volunteer=volunteer, state=VisitState.FAILED)
    make_visit(need=make_need(elder=people.elder, day=days_ago(400)), volunteer=people.volunteer,
               state=VisitState.FAILED)  # fmt: skip
    assert counted("absence_unexcused_per_year", 5, 2) == {"n": 3, "times": 2, "reached": 1}
    assert counted("absence_action", "talk_then_pause", "deregister") == {"n": 3, "people": 2}


def test_elders_are_told_apart_by_the_listed_groups(people: Cast) -> None:
    listed = people.elder  # she lives alone
    other = make_elder(categories=())
    make_elder(categories=(), ability="severe")
    for elder, days in ((listed, 3), (other, 50)):
        make_visit(need=make_need(elder=elder, day=days_ago(days)), volunteer=people.volunteer,
                   state=VisitState.CONFIRMED)  # fmt: skip
    assert counted("visit_groups", ["独居", "失能"], ["独居"]) == {"n": 3, "old": 2, "new": 1}
    assert effects_of(COMMUNITY, "visit_groups", ["独居"], ["独居", "失独"])[1]["words"] == "失独"
    assert counted("visit_days_listed", 30, 3) == {"n": 2, "was": 30, "days_new": 3, "old": 1, "new": 0}
    assert counted("visit_days_other", 90, 30) == {"n": 1, "was": 90, "days_new": 30, "old": 1, "new": 0}
    assert effects_of(COMMUNITY, "visit_days_key", 30, 14)[1] == {"say": "no_risk_classes"}


def test_nobody_answering_is_counted_by_elder(session: Any, people: Cast) -> None:
    for elder in (people.elder, people.elder, make_elder()):
        visit = make_visit(need=make_need(elder=elder), volunteer=people.volunteer)
        session.add(VisitReport(visit_id=visit.id, kind=ReportKind.NO_ANSWER, reported_by=people.bo.id,
                                reported_at=wall.now()))  # fmt: skip
    session.flush()
    assert counted("visit_failed_contacts_alarm", 3, 2) == {"n": 2, "times": 2, "reached": 1}
    assert counted("visit_counts_only_if_reached", True, False) == {"n": 3}


@pytest.mark.parametrize(("years", "sees"), [(69, (0, 0)), (70, (1, 0)), (75, (1, 1))])
def test_volunteers_are_counted_by_their_age(people: Cast, years: int, sees: tuple[int, int]) -> None:
    make_volunteer(birth_date=TODAY.replace(year=TODAY.year - years))
    left = make_volunteer(birth_date=date(1940, 1, 1))
    left.state = VolunteerState.LEFT
    told = counted("health_declaration_from_age", 70, 75)
    assert (told["old"], told["new"]) == sees


def test_a_part_of_the_visits_is_called_back_and_rounded_up(people: Cast) -> None:
    for days in range(1, 12):
        day = days_ago(days)
        served(people, day, 30)
    served(people, days_ago(40), 30)
    assert counted("callback_sample_pct", 10, 20) == {"n": 11, "old": 2, "new": 3}
    assert counted("record_retention_years", 10, 12) == {"n": 12, "older": 0, "years": 12}


def test_the_form_of_address_changes_between_the_two_ages(session: Any, people: Cast) -> None:
    for years in (74, 75, 79, 80):
        make_elder(birth_date=TODAY.replace(year=TODAY.year - years))
    assert session.get_one(Person, people.chen.id).birth_date == date(1941, 9, 12)
    assert counted("address_form_grandma_from_age", 75, 80) == {"n": 5, "changed": 2}
    assert counted("address_form_grandma_from_age", 75, 74) == {"n": 5, "changed": 1}
