"""What the tests of visits share: a paid order, and the way through a visit in the users' words."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app import clock
from app.access.actor import Actor, actor_of
from app.db import session
from app.ledger.models import Account
from app.ledger.queries import issuance_of
from app.ledger.service import (
    ensure_accounts_for_unit,
    ensure_person_account,
    hold_from_first,
    seed,
)
from app.needs.models import Need, NeedPlace
from app.people.models import Elder, Volunteer
from app.people.service import pin_of
from app.visits import service
from app.visits.models import Assignment, Origin, Visit
from tests.conftest import Clock
from tests.factories import ZONE, make_need
from tests.people import GRID3, Cast


@dataclass(frozen=True)
class World:
    """The cast with an order of Aunt Chen whose minutes are held on her own passbook."""

    people: Cast
    need: Need
    chens: Account
    bos: Account

    def actor(self, person: Any) -> Actor:
        return self.people.actor(person)


def paid_need(people: Cast, *, minutes: int = 120, **given: Any) -> World:
    """Aunt Chen has `minutes` stored and orders for today, 9:30 to 10:00; the planned minutes are held."""
    chens, bos = ensure_person_account(people.chen.id), ensure_person_account(people.bo.id)
    if minutes:
        issue(people, chens, minutes)
    usual = {"day": clock.today(ZONE), "start": (570, 600)}
    need = make_need(elder=people.elder, **{**usual, **given})
    for place in range(1, need.volunteers_needed + 1):
        hold = hold_from_first(
            uid=f"order:{need.id}:hold:{place}", payers=[chens.id], minutes=need.duration_min,
            expires_at=clock.now() + timedelta(days=30),
        )  # fmt: skip
        session.get_one(NeedPlace, (need.id, place)).hold_uid = hold.uid if hold else None
    session.flush()
    return World(people, need, chens, bos)


def issue(people: Cast, to: Account, minutes: int) -> None:
    """New minutes on an account, on the word of two people."""
    ensure_accounts_for_unit(GRID3, on=clock.today(ZONE))
    issuance = issuance_of(GRID3, on=clock.today(ZONE))
    assert issuance is not None
    seed(uid=f"seed:{to.id}:{minutes}", issuance=issuance.id, to=to.id, minutes=minutes,
         approvers=[people.lin.id, people.approver.id])  # fmt: skip


def offer_to(world: World, volunteer: Volunteer, *, place: int = 1, origin: Origin = Origin.MATCH) -> Assignment:
    """The order offered to a volunteer, with four hours to answer."""
    return service.offer(
        world.actor(world.people.lin), need=world.need, place=place, volunteer_id=volunteer.person_id, start_min=570,
        origin=origin, deadline_at=clock.now() + timedelta(hours=4),
    )  # fmt: skip


def accepted(world: World) -> Visit:
    """Bo was asked and said yes."""
    assignment = offer_to(world, world.people.volunteer)
    return service.accept_assignment(world.actor(world.people.bo), assignment.id)


def at_the_door(world: World, visit: Visit) -> Visit:
    """Bo types the four digits of Aunt Chen's card."""
    answer = service.check_in(world.actor(world.people.bo), visit.id, pin=pin_of(_elder(world)))
    assert isinstance(answer, Visit)
    return answer


def gone_home(world: World, visit: Visit) -> Visit:
    """Bo checks out."""
    return service.check_out(world.actor(world.people.bo), visit.id)


def served_together(world: World, other: Volunteer, at: Clock) -> tuple[Visit, Visit]:
    """Bo and somebody else make one visit together: half an hour, both with Aunt Chen's card."""
    hers = actor_of(other.person_id)
    assert hers is not None
    both = (world.actor(world.people.bo), world.people.volunteer), (hers, other)
    visits = [
        service.accept_assignment(actor, offer_to(world, volunteer, place=place).id)
        for place, (actor, volunteer) in enumerate(both, 1)
    ]
    for (actor, _), visit in zip(both, visits, strict=True):
        service.check_in(actor, visit.id, card=_elder(world).card_code)
    at.forward(minutes=30)
    for (actor, _), visit in zip(both, visits, strict=True):
        service.check_out(actor, visit.id)
    return visits[0], visits[1]


def _elder(world: World) -> Elder:
    return session.get_one(Elder, world.need.elder_id)
