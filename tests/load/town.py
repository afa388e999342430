"""A community in the middle of its day: orders to be placed, offers to be answered, doors to be opened and closed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app import clock
from app.db import session
from app.ledger.service import ensure_accounts_for_unit, ensure_person_account, hold_from_first
from app.needs.models import Need, NeedPlace
from app.people.models import Elder
from app.people.service import pin_of
from app.visits.models import VisitState
from tests.factories import GRID3, ZONE, make_assignment, make_elder, make_need, make_visit, make_volunteer
from tests.people import Cast
from tests.support.sign_in import signed_in
from tests.visits.support import issue

MINUTES = 180  # in each elder's book at first


@dataclass(frozen=True)
class Tap:
    """One button pressed by one person, any number of times."""

    kind: str
    client: FlaskClient
    path: str
    form: dict[str, str] = field(default_factory=dict)


def taps(app: Flask, people: Cast, each: int) -> Iterator[Tap]:
    """`each` taps of every kind; each offer is accepted by two volunteers, of whom one may have it."""
    ensure_accounts_for_unit(GRID3, on=clock.today(ZONE))
    for making in (_orders, _offers, _doors_to_open, doors_to_close, visits_to_confirm):
        for number in range(each):
            yield from making(app, people, number)


def _client(app: Flask, person_id: str) -> FlaskClient:
    return signed_in(FlaskClient(app, use_cookies=True), person_id)


def _elder(people: Cast) -> Elder:
    elder = make_elder(address=f"{next(_doors)}栋1单元")
    issue(people, ensure_person_account(elder.person_id), MINUTES)
    return elder


_doors = count(1)


def _paid_need(people: Cast, **given: Any) -> Need:
    """An order whose minutes are held on the elder's own book."""
    need = make_need(elder=_elder(people), duration_min=60, **given)
    hold = hold_from_first(
        uid=f"order:{need.id}:hold:1", payers=[ensure_person_account(need.elder_id).id], minutes=60,
        expires_at=clock.now() + timedelta(days=30),
    )  # fmt: skip
    assert hold is not None
    session.get_one(NeedPlace, (need.id, 1)).hold_uid = hold.uid
    session.flush()
    return need


def _orders(app: Flask, people: Cast, number: int) -> Iterator[Tap]:
    """Every second elder orders with nothing stored: she is served all the same."""
    elder = _elder(people) if number % 2 else make_elder(address=f"{next(_doors)}栋1单元")
    tomorrow = clock.today(ZONE) + timedelta(days=1)
    form = {"item": "companion-chat", "day": tomorrow.isoformat(), "part": "morning", "key": f"page-{number}"}
    yield Tap("order", _client(app, elder.person_id), "/order/check", form)


def _offers(app: Flask, people: Cast, _number: int) -> Iterator[Tap]:
    need = _paid_need(people)
    for _ in range(2):
        volunteer = make_volunteer()
        offer = make_assignment(need=need, volunteer=volunteer)
        yield Tap("accept", _client(app, volunteer.person_id), f"/v/tasks/{offer.id}/accept")


def _doors_to_open(app: Flask, people: Cast, _number: int) -> Iterator[Tap]:
    need = _paid_need(people, day=clock.today(ZONE), start=(570, 600))
    visit = make_visit(need=need, volunteer=make_volunteer(), start_min=570)
    form = {"pin": pin_of(session.get_one(Elder, need.elder_id))}
    yield Tap("check in", _client(app, visit.volunteer_id), f"/v/tasks/{visit.assignment_id}/in", form)


def doors_to_close(app: Flask, people: Cast, _number: int) -> Iterator[Tap]:
    """Begun at eight: now, at nine, an hour is over."""
    need = _paid_need(people, day=clock.today(ZONE), start=(480, 510))
    visit = make_visit(need=need, volunteer=make_volunteer(), start_min=480, state=VisitState.IN_PROGRESS)
    form = {"pin": pin_of(session.get_one(Elder, need.elder_id))}
    yield Tap("check out", _client(app, visit.volunteer_id), f"/v/tasks/{visit.assignment_id}/out", form)


def visits_to_confirm(app: Flask, people: Cast, _number: int) -> Iterator[Tap]:
    need = _paid_need(people, day=clock.today(ZONE), start=(420, 450))
    visit = make_visit(need=need, volunteer=make_volunteer(), start_min=420, state=VisitState.CHECKED_OUT)
    yield Tap("confirm", _client(app, need.elder_id), f"/visits/{visit.id}/confirm", {"rating": "satisfied"})


