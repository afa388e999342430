"""The coordinator's look: take on, ask back, refuse, make something of a wish; late ones on top."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock as clock_now
from app.db import session as database
from app.errors import Invalid, NotFound
from app.needs.models import Need, NeedState
from app.needs.queries import late_count, review_queue, twins
from app.needs.service import (
    MovedOn,
    StillAWish,
    accept_order,
    answer_question,
    ask_back,
    place_need,
    refuse_order,
    take_wish,
    turn_wish,
)
from app.notices.models import Notice
from app.visits.models import AssignmentState
from tests.factories import make_assignment, make_elder, make_need
from tests.needs.support import TOMORROW, entry
from tests.people import Cast


def waiting(people: Cast, **given: Any) -> Need:
    """Aunt Chen's first order, placed by Mei."""
    return place_need(people.actor(people.mei), entry(people.chen.id, **given))


def wish(people: Cast) -> Need:
    return waiting(people, item_code=None, wish_text="想看看长江")


def told(person: Any, kind: str) -> list[Notice]:
    return list(database.scalars(select(Notice).where(Notice.person_id == person.id, Notice.kind == kind)))


def test_taken_on_the_order_is_open_and_has_an_owner(people: Cast) -> None:
    need = accept_order(people.actor(people.lin), waiting(people).id)
    assert (need.state, need.owner_id, need.reviewed_by) == (NeedState.OPEN, people.lin.id, people.lin.id)
    assert told(people.chen, "order_taken_on")
    assert told(people.mei, "order_taken_on")


def test_taken_on_twice_is_said(people: Cast) -> None:
    need = waiting(people)
    accept_order(people.actor(people.lin), need.id)
    with pytest.raises(MovedOn):
        accept_order(people.actor(people.approver), need.id)


@pytest.mark.parametrize(("who", "refusal"), [("guo", NotFound), ("xu", NotFound), ("mei", NotFound)])
def test_only_the_coordinator_reviews(people: Cast, who: str, refusal: type[Exception]) -> None:
    need = waiting(people)
    with pytest.raises(refusal):
        accept_order(people.actor(getattr(people, who)), need.id)


def test_asked_back_and_answered_it_waits_again(people: Cast, clock: Any) -> None:
    need = ask_back(people.actor(people.lin), waiting(people).id, "要不要带老花镜？")
    assert (need.state, need.question) == (NeedState.ASKED_BACK, "要不要带老花镜？")
    assert told(people.mei, "order_asked_back")
    clock.forward(hours=1)
    answer_question(people.actor(people.chen), need.id, "  要带  ")
    assert (need.state, need.reply) == (NeedState.REVIEW, "要带")
    assert told(people.lin, "order_answered")


def test_the_coordinator_who_rang_her_takes_it_on_straight_away(people: Cast) -> None:
    need = ask_back(people.actor(people.lin), waiting(people).id, "几点方便？")
    assert accept_order(people.actor(people.lin), need.id).state == NeedState.OPEN


def test_refused_she_reads_the_reason(people: Cast) -> None:
    need = refuse_order(people.actor(people.lin), waiting(people).id, "这周下雨，路滑。")
    assert (need.state, need.end_reason) == (NeedState.REFUSED, "这周下雨，路滑。")
    assert told(people.chen, "order_refused")[0].data["reason"] == "这周下雨，路滑。"


@pytest.mark.parametrize("words", ["", "   ", "长" * 501])
def test_a_refusal_needs_a_reason(people: Cast, words: str) -> None:
    need = waiting(people)
    with pytest.raises(Invalid) as refused:
        refuse_order(people.actor(people.lin), need.id, words)
    assert list(refused.value.fields) == ["reason"]
    with pytest.raises(Invalid):
        ask_back(people.actor(people.lin), need.id, words)


# Wishes ------------------------------------------------------------------------------------------------------------


def test_a_wish_is_not_taken_on_as_it_is(people: Cast) -> None:
    with pytest.raises(StillAWish):
        accept_order(people.actor(people.lin), wish(people).id)


def test_a_wish_becomes_an_item(people: Cast) -> None:
    need = turn_wish(people.actor(people.lin), wish(people).id, "outing-escort", duration_min=120)
    assert (need.state, need.item_code, need.duration_min) == (NeedState.OPEN, "outing-escort", 120)
    assert need.wish_text == "想看看长江"


@pytest.mark.parametrize("minutes", [10, 999])
def test_a_wish_stays_within_the_length_of_the_item(people: Cast, minutes: int) -> None:
    need = wish(people)
    with pytest.raises(Invalid):
        turn_wish(people.actor(people.lin), need.id, "outing-escort", duration_min=minutes)
    assert need.item_code is None


def test_a_wish_offered_to_somebody_comes_back_when_nobody_is_asked(people: Cast) -> None:
    need = take_wish(people.actor(people.lin), wish(people).id)
    offer = make_assignment(need=need, volunteer=people.volunteer)
    queue = list(database.scalars(review_queue(people.actor(people.lin))))
    assert queue == []
    offer.state = AssignmentState.DECLINED
    database.flush()
    assert list(database.scalars(review_queue(people.actor(people.lin)))) == [need]


def test_an_item_is_no_wish(people: Cast) -> None:
    with pytest.raises(MovedOn):
        take_wish(people.actor(people.lin), waiting(people).id)


# The queue ---------------------------------------------------------------------------------------------------------


def test_late_ones_are_on_top_and_asked_back_ones_last(people: Cast) -> None:
    now = clock_now.now()
    fresh = make_need(elder=people.elder, state=NeedState.REVIEW, review_due_at=now + timedelta(hours=3))
    late = make_need(elder=make_elder(), state=NeedState.REVIEW, review_due_at=now - timedelta(hours=1))
    asked = make_need(elder=make_elder(), state=NeedState.ASKED_BACK, review_due_at=now - timedelta(hours=9))
    make_need(elder=make_elder())  # open: nobody waits
    actor = people.actor(people.lin)
    assert list(database.scalars(review_queue(actor))) == [late, fresh, asked]
    assert late_count(actor, now) == 1


def test_a_coordinator_sees_her_own_community_only(people: Cast) -> None:
    waiting(people)
    assert list(database.scalars(review_queue(people.actor(people.xu)))) == []


def test_the_other_orders_of_that_day_stand_beside_it(people: Cast) -> None:
    first = make_need(elder=people.elder, day=TOMORROW)
    second = make_need(elder=people.elder, day=TOMORROW, state=NeedState.REVIEW)
    make_need(elder=people.elder, day=TOMORROW, state=NeedState.CANCELLED)
    assert twins([second])[second.id] == [first]
