"""An elder's own pages: who comes and when, cancelling in three taps, another time, answers, the weekly repetition."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app import clock as product_clock
from app.db import db, transaction
from app.db import session as database
from app.needs import service
from app.needs.models import Need, NeedSeries, NeedState
from app.needs.service import OrderEntry
from app.notices.models import Notice
from app.visits.models import AssignmentState, Visit, VisitState
from tests.factories import ZONE, make_assignment, make_elder, make_need, make_visit
from tests.people import Cast, cast

LogIn = Callable[[Any], FlaskClient]


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


@pytest.fixture
def chen(people: Cast, log_in: LogIn) -> FlaskClient:
    return log_in(people.chen)


def page_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def state_of(need: Need) -> str:
    database.refresh(need)
    return need.state


# Home ----------------------------------------------------------------------------------------------------------------


def test_an_empty_home_says_so_and_offers_the_tiles_of_the_setting(chen: FlaskClient) -> None:
    page = page_of(chen, "/me?lang=en")
    assert "Good day, Grandma Chen" in page
    assert "Nobody is expected yet" in page
    assert page.count('class="tile"') == 12


def test_home_says_who_comes_and_when(chen: FlaskClient, people: Cast) -> None:
    make_visit(need=make_need(elder=people.elder), volunteer=people.volunteer, start_min=570)
    page = page_of(chen, "/me?lang=en")
    assert "李博 comes at 9:30." in page
    assert "Tomorrow, Wed 17 Jun" in page
    assert page.split("</h1>")[1].index("李博") < page.split("</h1>")[1].index("What people often order")


def test_what_she_orders_often_stands_first(chen: FlaskClient, people: Cast) -> None:
    past = product_clock.today(ZONE) - timedelta(days=9)
    for _ in range(2):
        make_need(elder=people.elder, item="phone-lesson", day=past, state=NeedState.DONE)
    tiles = re.findall(r'class="tile" href="/order/([\w-]+)/time', page_of(chen, "/me"))
    assert tiles[0] == "phone-lesson"


def test_a_visit_that_is_over_asks_for_her_word_and_takes_it(chen: FlaskClient, people: Cast) -> None:
    need = make_need(elder=people.elder, day=product_clock.today(ZONE))
    visit = make_visit(need=need, volunteer=people.volunteer, state=VisitState.CHECKED_OUT)
    assert "Was everything right?" in page_of(chen, "/me?lang=en")
    page = page_of(chen, f"/me/orders/{need.id}")
    for words in (f"/visits/{visit.id}/confirm", f"/visits/{visit.id}/dispute", "How was it with 李博?", "1 hour"):
        assert words in page
    assert chen.post(f"/visits/{visit.id}/confirm", data={"rating": "satisfied"}).status_code == 303
    assert state_of(need) == NeedState.DONE
    assert "Order this again" in page_of(chen, f"/me/orders/{need.id}")


# One order -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (NeedState.OPEN, "You hear who comes by Tue 16 Jun, 20:00."),
        (NeedState.REVIEW, "The community looks at this order first"),
        (NeedState.CANCELLED, "Cancelled. Nobody comes."),
        (NeedState.DONE, "Done. Thank you."),
        (NeedState.REFUSED, "The community can't take this on: 需要医生"),
        (NeedState.UNSERVED, "需要医生"),
        (NeedState.DISPUTED, "looks into it and calls you"),
    ],
)
def test_every_state_is_a_sentence(chen: FlaskClient, people: Cast, state: NeedState, words: str) -> None:
    need = make_need(elder=people.elder, state=state, end_reason="需要医生")
    assert words in page_of(chen, f"/me/orders/{need.id}?lang=en")


def test_after_the_evening_the_page_promises_no_hour_that_is_past(chen: FlaskClient, people: Cast, clock: Any) -> None:
    need = make_need(elder=people.elder)
    clock.forward(hours=12)
    assert "goes on looking" in page_of(chen, f"/me/orders/{need.id}?lang=en")


def test_cancelling_is_three_taps_and_the_volunteer_is_told(chen: FlaskClient, people: Cast) -> None:
    need = make_need(elder=people.elder)
    make_visit(need=need, volunteer=people.volunteer)
    assert f"/me/orders/{need.id}" in page_of(chen, "/me?lang=en")
    assert f"/me/orders/{need.id}/cancel" in page_of(chen, f"/me/orders/{need.id}")
    assert "李博 is told that nobody needs to come" in page_of(chen, f"/me/orders/{need.id}/cancel")
    assert state_of(need) == NeedState.ARRANGED
    answer = chen.post(f"/me/orders/{need.id}/cancel")
    assert state_of(need) == NeedState.CANCELLED
    assert "the volunteer has been told" in page_of(chen, answer.location)
    assert "visit_cancelled" in database.scalars(select(Notice.kind).where(Notice.person_id == people.bo.id)).all()
    assert database.scalars(select(Visit)).one().state == VisitState.CANCELLED


def test_once_somebody_is_at_the_door_it_cannot_be_cancelled(chen: FlaskClient, people: Cast) -> None:
    need = make_need(elder=people.elder, day=product_clock.today(ZONE))
    make_visit(need=need, volunteer=people.volunteer, state=VisitState.IN_PROGRESS)
    assert "/cancel" not in page_of(chen, f"/me/orders/{need.id}").split("<main")[1]
    answer = chen.post(f"/me/orders/{need.id}/cancel")
    assert answer.status_code == 303
    assert 'class="flash warn"' in page_of(chen, answer.location)
    assert state_of(need) == NeedState.IN_PROGRESS


def test_the_time_is_changed_on_one_page(chen: FlaskClient, people: Cast) -> None:
    need = make_need(elder=people.elder, note="请敲门")
    page = page_of(chen, f"/me/orders/{need.id}/time?lang=en")
    slot = re.search(r'name="when" value="([^"]+~afternoon)"', page)
    assert slot is not None
    answer = chen.post(f"/me/orders/{need.id}/time", data={"when": slot.group(1)})
    assert answer.status_code == 303
    database.refresh(need)
    assert (need.earliest_start_min, need.latest_start_min, need.note) == (810, 990, "请敲门")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"day": "2026-06-01", "at": "09:00"}, "That day is past"),
        ({"day": "2026-06-18", "at": "10:00", "latest": "09:00"}, "before the earliest"),
        ({"day": "2026-06-18"}, "Choose a time of the day"),
        ({}, "Choose a day"),
    ],
)
def test_a_new_time_that_cannot_stand_is_asked_again(
    chen: FlaskClient, people: Cast, given: dict[str, str], sentence: str
) -> None:
    need = make_need(elder=people.elder)
    answer = chen.post(f"/me/orders/{need.id}/time?lang=en", data=given)
    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)
    assert all(value in answer.text for value in given.values())


def test_once_neighbours_were_asked_the_page_says_so(chen: FlaskClient, people: Cast) -> None:
    need = make_need(elder=people.elder)
    make_assignment(need=need, volunteer=people.volunteer, state=AssignmentState.OFFERED)
    assert f"/me/orders/{need.id}/time" not in page_of(chen, f"/me/orders/{need.id}?lang=en")
    asked = chen.get(f"/me/orders/{need.id}/time")
    assert "Neighbours have already been asked" in page_of(chen, asked.location)
    moved = chen.post(f"/me/orders/{need.id}/time", data={"day": "2026-06-18", "at": "09:00"})
    assert "Neighbours have already been asked" in page_of(chen, moved.location)


def test_what_the_community_asks_is_answered_on_the_page(chen: FlaskClient, people: Cast) -> None:
    need = make_need(elder=people.elder, state=NeedState.ASKED_BACK, question="几楼？", item="walk-together",
                     review_reasons=["risk"])  # fmt: skip
    assert "几楼？" in page_of(chen, "/me?lang=en")
    empty = chen.post(f"/me/orders/{need.id}/answer", data={"reply": " "})
    assert empty.status_code == 422
    assert "Write down the answer" in empty.text
    assert chen.post(f"/me/orders/{need.id}/answer", data={"reply": "三楼"}).status_code == 303
    assert state_of(need) == NeedState.REVIEW
    assert need.reply == "三楼"


# Every week ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def weekly(people: Cast) -> Need:
    make_need(elder=people.elder, day=product_clock.today(ZONE) - timedelta(days=9), state=NeedState.DONE)
    entry = OrderEntry(
        elder_id=people.chen.id, item_code="companion-chat", day=product_clock.today(ZONE) + timedelta(days=1),
        earliest_start_min=480, latest_start_min=630, weekly=True,
    )  # fmt: skip
    database.commit()
    with transaction():
        return service.place_need(people.actor(people.chen), entry)


def test_the_weekly_repetition_is_seen_and_stopped(chen: FlaskClient, weekly: Need) -> None:
    assert "Company and a chat, every Wed" in page_of(chen, "/me?lang=en")
    assert f"/me/orders/{weekly.id}/stop" in page_of(chen, f"/me/orders/{weekly.id}")
    assert "Stop the weekly repetition?" in page_of(chen, f"/me/orders/{weekly.id}/stop")
    answer = chen.post(f"/me/orders/{weekly.id}/stop")
    assert "Nothing is ordered by itself any more. 2 orders were cancelled." in page_of(chen, answer.location)
    assert database.scalars(select(NeedSeries)).one().stopped_at is not None
    assert state_of(weekly) == NeedState.CANCELLED
    assert chen.get(f"/me/orders/{weekly.id}/stop").status_code == 303


def test_cancelling_one_of_them_leaves_the_others(chen: FlaskClient, weekly: Need) -> None:
    assert "Only this one is cancelled" in page_of(chen, f"/me/orders/{weekly.id}/cancel?lang=en")
    chen.post(f"/me/orders/{weekly.id}/cancel")
    states = database.scalars(select(Need.state).where(Need.series_id == weekly.series_id).order_by(Need.day)).all()
    assert states == [NeedState.CANCELLED, NeedState.OPEN]


# Lists and others ----------------------------------------------------------------------------------------------------


def test_an_empty_list_says_so(chen: FlaskClient) -> None:
    assert "Nothing was ordered yet" in page_of(chen, "/me/orders?lang=en")


def test_the_list_is_paged_and_its_queries_do_not_grow(chen: FlaskClient, people: Cast) -> None:
    counts = []
    for more in (2, 12):
        for _ in range(more):
            make_visit(need=make_need(elder=people.elder), volunteer=people.volunteer)
        counts.append(queries_of(lambda: page_of(chen, "/me/orders?lang=en")))
    assert counts[0] == counts[1]
    assert "1 to 10 of 14" in page_of(chen, "/me/orders?lang=en")
    assert "11 to 14 of 14" in page_of(chen, "/me/orders?page=2")


def test_the_queries_of_home_do_not_grow(chen: FlaskClient, people: Cast) -> None:
    counts = []
    for more in (2, 6):
        for _ in range(more):
            make_visit(need=make_need(elder=people.elder), volunteer=people.volunteer)
        counts.append(queries_of(lambda: page_of(chen, "/me?lang=en")))
    assert counts[0] == counts[1]
    assert "5 more orders" in page_of(chen, "/me")


def queries_of(act: Callable[[], object]) -> int:
    database.commit()
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)


def test_her_relative_and_her_grid_worker_do_the_same(log_in: LogIn, people: Cast) -> None:
    for who, link in ((people.mei, f"/me?for={people.chen.id}"), (people.guo, f"/g/elders/{people.chen.id}")):
        need = make_need(elder=people.elder)
        client = log_in(who)
        assert "陈桂英" in page_of(client, f"/me/orders?for={people.chen.id}&lang=en")
        assert link in page_of(client, f"/order/{need.id}/done")
        assert client.post(f"/me/orders/{need.id}/cancel").status_code == 303
        assert state_of(need) == NeedState.CANCELLED


def test_a_stranger_finds_no_order(log_in: LogIn, people: Cast) -> None:
    need = make_need(elder=people.elder)
    for who in (people.xu, make_elder().person_id):
        client = log_in(who)
        for path in ("", "/cancel", "/time", "/stop"):
            page_of(client, f"/me/orders/{need.id}{path}", 404)
            if path:
                assert client.post(f"/me/orders/{need.id}{path}").status_code == 404
    assert state_of(need) == NeedState.OPEN
