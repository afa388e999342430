"""What people do on the site, step by step: the parts that several journeys share."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app import clock
from app.db import db, transaction
from app.ledger.service import ensure_person_account
from app.needs.models import Need
from app.visits.models import Assignment, Visit, VisitState
from tests.factories import make_need, make_visit
from tests.journeys.walk import ZONE, Site, Visitor, id_in
from tests.people import Cast
from tests.visits.support import issue


def is_known_here(people: Cast) -> None:
    """Aunt Chen has ordered before, so that her next order needs no first look."""
    with transaction():
        day = clock.today(ZONE) - timedelta(days=20)
        need = make_need(elder=people.elder, day=day)
        make_visit(need=need, volunteer=people.volunteer, state=VisitState.CONFIRMED, credit_min=0)


def has_stored(people: Cast, minutes: int) -> None:
    """Aunt Chen has this much in her passbook."""
    with transaction():
        issue(people, ensure_person_account(people.chen.id), minutes)


def orders(visitor: Visitor, item: str, day: date, part: str) -> str:
    """From her first page (or that of her relative) to "Ordered": the id of the order."""
    visitor.presses("See everything you can order")
    visitor.follows(visitor.words.item(item))
    visitor.picks_the_time(day, part)
    visitor.presses("Order it")
    visitor.reads("Ordered")
    visitor.has_no_trouble()
    return id_in(visitor.page.url)


def runs_the_match(site: Site, coordinator: Any) -> Visitor:
    """The coordinator opens tomorrow's board and lets the plan be drawn up; nobody is told anything."""
    desk = site.person(coordinator, desk=True)
    desk.goes_to("/c")
    desk.presses("Run the match")
    desk.reads("Nobody has been told yet.")
    return desk


def publishes(desk: Visitor) -> None:
    """She looks at what would be sent, and sends it."""
    desk.presses("Review and publish")
    desk.reads("It is a question, not an order: each may say no.")
    desk.presses("Publish")
    desk.is_at("/c/runs/*")
    desk.has_no_trouble()


def accepts(site: Site, volunteer: Any) -> Visitor:
    """The volunteer says yes to the first offer on her page, in one tap."""
    visitor = site.person(volunteer)
    visitor.goes_to("/v")
    visitor.presses("Accept")
    visitor.reads("Accepted. Thank you. Address and phone are below.")
    return visitor


def declines(site: Site, volunteer: Any) -> Visitor:
    """The volunteer says "I can't make it", in one tap."""
    visitor = site.person(volunteer)
    visitor.goes_to("/v")
    visitor.presses("I can't make it")
    visitor.reads("Noted. Thank you for telling us: somebody else is asked.")
    return visitor


def checks_in(site: Site, volunteer: Any, elder_id: str) -> Visitor:
    """At the door: the four digits on the elder's card."""
    visitor = site.person(volunteer)
    visitor.goes_to("/v")
    visitor.presses("I'm here, check in")
    visitor.types("The four digits on the contact card", site.digits_on_the_card_of(elder_id))
    visitor.presses("Check in")
    visitor.reads("You are checked in. Have a good time together.")
    return visitor


def visits(site: Site, volunteer: Any, need_id: str, *, minutes: int) -> None:
    """The day of the visit: in at the agreed time with the digits on the card, out after so many minutes."""
    site.reads_afresh()
    visit = visit_to(need_id)
    elder_id = db.session.get_one(Need, need_id).elder_id
    start, end = visit.start_min, visit.start_min + minutes
    site.it_is(f"{start // 60}:{start % 60:02d}", on=visit.day)
    checks_in(site, volunteer, elder_id)
    site.it_is(f"{end // 60}:{end % 60:02d}")
    checks_out(site, volunteer).has_no_trouble()


def says_it_was_good(site: Site, person: Any, home: str, *, stored: int) -> Visitor:
    """The elder's side opens what waits for her word on her first page, and says yes."""
    visitor = site.person(person)
    visitor.goes_to(home)
    visitor.presses("Was everything right?")
    presses_good(visitor, stored=stored)
    return visitor


def presses_good(visitor: Visitor, *, stored: int) -> None:
    """She says that it was good, and reads how many minutes are stored for it."""
    visitor.presses("Good")
    visitor.reads(
        "Confirmed. Thank you: %(time)s are stored for the volunteer.", time=visitor.words.minutes(stored)
    )  # fmt: skip
    visitor.has_no_trouble()


def checks_out(site: Site, volunteer: Any) -> Visitor:
    """On leaving: nothing to report."""
    visitor = site.person(volunteer)
    visitor.goes_to("/v")
    visitor.presses("Check out")
    visitor.presses("Check out and store the time")
    visitor.sees(visitor.words("to be confirmed"))
    return visitor


def who_was_asked(need_id: str) -> list[Assignment]:
    """Everybody who was asked for an order, in that order."""
    rows = select(Assignment).where(Assignment.need_id == need_id, Assignment.offered_at.is_not(None))
    return list(db.session.scalars(rows.order_by(Assignment.offered_at)))


def visit_to(need_id: str) -> Visit:
    """The visit of an order."""
    return db.session.scalars(select(Visit).where(Visit.need_id == need_id, Visit.state != VisitState.CANCELLED)).one()
