"""Not this person again: the elder's side says so, the match obeys, and nobody is told why."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.db import session as database
from app.errors import Invalid, NotFound
from app.matchruns.ranking import ranked
from app.needs.apart import are_apart, bring_together, keep_apart
from app.needs.models import Need
from app.needs.queries import faces_of
from app.needs.service import place_need
from app.notices.models import Notice
from app.visits.models import VisitState
from tests.factories import make_need, make_visit
from tests.needs.support import entry
from tests.people import Cast


@pytest.fixture
def was_there(people: Cast) -> Need:
    """Bo came to Aunt Chen and it was confirmed."""
    need = make_need(elder=people.elder, day=date(2026, 6, 9))
    make_visit(need=need, volunteer=people.volunteer, state=VisitState.CONFIRMED)
    return need


@pytest.mark.parametrize("who", ["chen", "mei", "guo"])
def test_from_then_on_the_match_leaves_him_out(people: Cast, was_there: Need, who: str) -> None:
    coming = make_need(elder=people.elder)
    assert people.bo.id in {one.volunteer_id for one in ranked(coming)}
    keep_apart(people.actor(getattr(people, who)), was_there.id, people.bo.id)
    assert people.bo.id not in {one.volunteer_id for one in ranked(coming)}
    assert faces_of(people.chen.id) == []
    with pytest.raises(Invalid):
        place_need(people.actor(people.chen), entry(people.chen.id, regular_id=people.bo.id))


def test_the_coordinator_hears_of_it_and_he_does_not(people: Cast, was_there: Need) -> None:
    keep_apart(people.actor(people.chen), was_there.id, people.bo.id)
    keep_apart(people.actor(people.mei), was_there.id, people.bo.id)
    told = database.scalars(select(Notice.person_id).where(Notice.kind == "kept_apart")).all()
    assert told == [people.lin.id]


def test_the_wish_can_be_taken_back(people: Cast, was_there: Need) -> None:
    keep_apart(people.actor(people.chen), was_there.id, people.bo.id)
    bring_together(people.actor(people.chen), was_there.id, people.bo.id)
    assert not are_apart(people.chen.id, people.bo.id)


@pytest.mark.parametrize("who", ["xu", "bo", "dan"])
def test_nobody_else_says_it_for_her(people: Cast, was_there: Need, who: str) -> None:
    with pytest.raises(NotFound):
        keep_apart(people.actor(getattr(people, who)), was_there.id, people.bo.id)


def test_only_of_somebody_who_came(people: Cast, was_there: Need) -> None:
    with pytest.raises(NotFound):
        keep_apart(people.actor(people.chen), was_there.id, people.dan.id)


def test_she_says_it_on_the_page_of_the_visit(cast: Cast, log_in: Any) -> None:
    need = make_need(elder=cast.elder)
    make_visit(need=need, volunteer=cast.volunteer, state=VisitState.CONFIRMED)
    browser = log_in(cast.mei)
    address = f"/me/orders/{need.id}/somebody-else"
    assert address in browser.get(f"/me/orders/{need.id}").get_data(as_text=True)
    assert "Yes, not 李博 again" in browser.get(address).get_data(as_text=True)
    answer = browser.post(address, data={"volunteer": cast.bo.id})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/me/orders/{need.id}")
    assert "李博 is not asked to come any more" in browser.get(address).get_data(as_text=True)
    browser.post(address, data={"volunteer": cast.bo.id, "again": "1"})
    assert not are_apart(cast.chen.id, cast.bo.id)


def test_before_anybody_came_there_is_no_such_question(cast: Cast, log_in: Any) -> None:
    need = make_need(elder=cast.elder)
    assert log_in(cast.chen).get(f"/me/orders/{need.id}/somebody-else").status_code == 404
    assert log_in(cast.xu).get(f"/me/orders/{need.id}/somebody-else").status_code == 404
