"""A shipped pack holds once two people applied it, and what it does not name is inherited; prices and ratios by item.

What the places published is played in test_published.py.
"""

from datetime import timedelta
from typing import Any

import pytest

from app import clock as wall
from app.errors import Invalid
from app.ledger.models import Transfer
from app.ledger.service import ensure_accounts_for_unit, ensure_person_account
from app.needs.models import NeedPlace
from app.needs.service import OrderEntry, place_need
from app.rulechanges.service import propose_pack
from app.rulepacks.keys import KEYS
from app.rulepacks.packs import shipped
from app.rulepacks.queries import setting_row
from app.visits import service as visits
from app.visits.models import Origin, Visit
from app.visits.service import confirm_visit
from tests.conftest import Clock
from tests.factories import ZONE, make_rule
from tests.people import COMMUNITY, GRID3, Cast
from tests.rulepacks.support import FIRST, serve, take_over
from tests.visits.support import World, at_the_door, gone_home, issue


def order_of(people: Cast, elder_id: str) -> OrderEntry:
    tomorrow = wall.today(ZONE) + timedelta(days=1)
    return OrderEntry(elder_id=elder_id, item_code="companion-chat", day=tomorrow, earliest_start_min=480,
                      latest_start_min=630)  # fmt: skip


@pytest.mark.parametrize("code", shipped())
def test_every_value_of_a_pack_holds_with_its_source_and_the_rest_is_inherited(
    people: Cast, clock: Clock, code: str
) -> None:
    take_over(people, clock, code)
    pack = shipped()[code]
    for key in KEYS:
        row, said = setting_row(GRID3, key, on=FIRST), pack.value(key)
        if said is None:
            assert row.change_id is None
            assert row.pack == "neutral-default"
        else:
            assert (row.value, row.source, row.pack) == (said.value, said.source, code)
            assert said.source.startswith("published: ")
    with pytest.raises(Invalid):
        propose_pack(people.actor(people.lin), COMMUNITY, code, FIRST + timedelta(days=1), "again")


# By item ------------------------------------------------------------------------------------------------------------


def test_an_item_with_a_price_is_held_and_stored_at_its_price_while_the_record_keeps_real_minutes(
    people: Cast, clock: Clock, session: Any
) -> None:
    make_rule(COMMUNITY, {"pricing_mode": "by_item", "item_price_min": {"companion-chat": 45}}, FIRST)
    clock.forward(days=1)
    own = ensure_person_account(people.chen.id)
    issue(people, own, 120)
    need = place_need(people.actor(people.lin), order_of(people, people.chen.id))
    hold = session.get_one(Transfer, session.get_one(NeedPlace, (need.id, 1)).hold_uid)
    assert hold.amount == 45
    clock.move_to(wall.instant(need.day, 540, ZONE))
    visit = at_the_door(World(people, need, own, own), accepted_at(people, need, 540))
    clock.forward(minutes=38)
    gone_home(World(people, need, own, own), visit)
    confirm_visit(people.actor(people.chen), visit.id)
    assert (visit.actual_min, visit.credit_min, ensure_person_account(people.bo.id).posted) == (38, 45, 45)


def accepted_at(people: Cast, need: Any, start: int) -> Visit:
    offer = visits.offer(people.actor(people.lin), need=need, place=1, volunteer_id=people.bo.id, start_min=start,
                          origin=Origin.MATCH, deadline_at=wall.now() + timedelta(hours=1))  # fmt: skip
    return visits.accept_assignment(people.actor(people.bo), offer.id)


def test_a_ratio_above_one_is_paid_by_the_fund_and_falls_to_one_when_it_is_empty(people: Cast, clock: Clock) -> None:
    make_rule(COMMUNITY, {"ratio_bp_by_item": {"companion-chat": 12000}}, FIRST)
    clock.forward(days=1)
    bos = ensure_person_account(people.bo.id)
    serve(people, clock, 60)
    assert bos.posted == 60
    issue(people, ensure_accounts_for_unit(GRID3, on=FIRST), 100)
    clock.forward(days=1)
    serve(people, clock, 65)
    assert bos.posted == 60 + 65 + 13
