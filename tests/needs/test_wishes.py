"""A small wish on its whole way: offered to one person, done, confirmed; its minutes wait for the fund."""

from datetime import date

from app.db import session as database
from app.matchruns.answers import accept_offer, decline_offer
from app.matchruns.service import deadline_for
from app.needs.models import Need, NeedState
from app.needs.queries import review_queue
from app.needs.service import place_need, take_wish, turn_wish
from app.people.service import pin_of
from app.visits import service
from app.visits.models import Assignment, Origin, VisitState
from tests.conftest import Clock
from tests.needs.support import entry
from tests.people import Cast

TODAY = date(2026, 6, 16)


def offered(people: Cast) -> tuple[Need, Assignment]:
    """Aunt Chen's wish for this morning, offered to Bo."""
    wish = entry(people.chen.id, item_code=None, wish_text="想看看长江", day=TODAY, latest_start_min=660)
    need = take_wish(people.actor(people.lin), place_need(people.actor(people.chen), wish).id)
    offer = service.offer(
        people.actor(people.lin), need=need, place=1, volunteer_id=people.bo.id, start_min=600,
        origin=Origin.BY_NAME, deadline_at=deadline_for(need, 600),
    )  # fmt: skip
    return need, offer


def test_a_wish_is_fulfilled_and_credited(people: Cast, clock: Clock) -> None:
    need, offer = offered(people)
    bo = people.actor(people.bo)
    visit = accept_offer(bo, offer.id)
    assert need.state == NeedState.ARRANGED
    clock.forward(hours=1)
    service.check_in(bo, visit.id, pin=pin_of(people.elder))
    clock.forward(minutes=40)
    service.check_out(bo, visit.id)
    confirmed = service.confirm_visit(people.actor(people.chen), visit.id, rating="satisfied")
    assert (confirmed.state, confirmed.credit_min, need.state) == (VisitState.CONFIRMED, 40, NeedState.DONE)


def test_declined_it_is_back_on_the_coordinators_list(people: Cast) -> None:
    need, offer = offered(people)
    assert decline_offer(people.actor(people.bo), offer.id) is None
    assert list(database.scalars(review_queue(people.actor(people.lin)))) == [need]
    turned = turn_wish(people.actor(people.lin), need.id, "companion-chat")
    assert (turned.state, turned.item_code) == (NeedState.OPEN, "companion-chat")
