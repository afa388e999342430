"""The inbox of a person, and the demo's page of all messages."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.notices.models import Notice
from app.notices.texts import TEXTS
from app.people.models import Person
from tests.conftest import Clock, Visitor
from tests.people import Cast
from tests.support.counting import count_of

LogIn = Callable[[Any], Visitor]


def leave(session: Any, person: Person, clock: Clock, *, count: int = 1, link: str = "") -> list[Notice]:
    made = [
        Notice(person_id=person.id, kind="family_ended", data={"name": f"No{number}"}, link=link,
               created_at=clock.now, next_try_at=clock.now, sent_at=clock.now)
        for number in range(count)
    ]  # fmt: skip
    session.add_all(made)
    session.commit()
    return made


def test_an_empty_inbox_says_what_arrives_here(log_in: LogIn, cast: Cast) -> None:
    assert "No messages yet" in log_in(cast.chen).get("/inbox?lang=en").text


def test_only_ones_own_messages_are_shown(log_in: LogIn, cast: Cast, session: Any, clock: Clock) -> None:
    leave(session, cast.bo, clock)
    assert "No0" in log_in(cast.bo).get("/inbox").text
    assert "No0" not in log_in(cast.dan).get("/inbox").text


def test_looking_at_the_inbox_marks_nothing_as_read(log_in: LogIn, cast: Cast, session: Any, clock: Clock) -> None:
    notice = leave(session, cast.bo, clock)[0]
    log_in(cast.bo).get("/inbox")
    session.refresh(notice)
    assert notice.read_at is None


def test_opening_a_message_reads_it_and_leads_on(log_in: LogIn, cast: Cast, session: Any, clock: Clock) -> None:
    notice = leave(session, cast.bo, clock, link="/settings")[0]
    assert log_in(cast.bo).post(f"/inbox/{notice.id}/open").headers["Location"] == "/settings"
    session.refresh(notice)
    assert notice.read_at == clock.now


def test_nobody_opens_the_message_of_another(log_in: LogIn, cast: Cast, session: Any, clock: Clock) -> None:
    notice = leave(session, cast.bo, clock)[0]
    for other in (cast.dan, cast.lin, cast.admin):
        assert log_in(other).post(f"/inbox/{notice.id}/open").status_code == 404


def test_all_are_marked_read_at_once_but_no_others(log_in: LogIn, cast: Cast, session: Any, clock: Clock) -> None:
    leave(session, cast.bo, clock, count=3)
    other = leave(session, cast.dan, clock)[0]
    client = log_in(cast.bo)
    assert "3 new messages" in client.get("/inbox?lang=en").text
    client.post("/inbox/read")
    assert "new message" not in client.get("/inbox?lang=en").text
    session.refresh(other)
    assert other.read_at is None


def test_a_long_inbox_has_pages(log_in: LogIn, cast: Cast, session: Any, clock: Clock) -> None:
    leave(session, cast.bo, clock, count=45)
    client = log_in(cast.bo)
    first, last = client.get("/inbox?lang=en").text, client.get("/inbox?page=3").text
    assert "1 to 20 of 45" in first
    assert last.count('<li class="card') == 5
    assert client.get("/inbox?page=99").status_code == 200


def test_every_text_can_be_worded(app: Flask, cast: Cast, clock: Clock, log_in: LogIn, session: Any) -> None:
    for kind in TEXTS:
        session.add(Notice(person_id=cast.bo.id, kind=kind, created_at=clock.now, next_try_at=clock.now))
    session.commit()
    for page in range(1, len(TEXTS) // 20 + 2):
        assert log_in(cast.bo).get(f"/inbox?page={page}").status_code == 200


def test_a_longer_inbox_asks_the_database_no_more(log_in: LogIn, cast: Cast, session: Any, clock: Clock) -> None:
    leave(session, cast.bo, clock, count=2)
    client = log_in(cast.bo)
    short = count_of(lambda: client.get("/inbox"))
    leave(session, cast.bo, clock, count=15)
    assert count_of(lambda: client.get("/inbox")) == short


# The demo's page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def demo(app: Flask) -> Iterator[Flask]:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = before.model_copy(update={"demo": True})
    yield app
    app.config["SETTINGS"] = before


def test_outside_a_demo_there_is_no_page_of_all_messages(client: Visitor, log_in: LogIn, cast: Cast) -> None:
    assert client.get("/demo/messages").status_code == 404
    assert log_in(cast.admin).get("/demo/messages").status_code == 404


def test_in_a_demo_codes_and_messages_can_be_read(
    client: Visitor, demo: Flask, cast: Cast, session: Any, clock: Clock
) -> None:
    client.post("/in", data={"phone": cast.lin.phone})
    leave(session, cast.bo, clock)
    text = client.get("/demo/messages?lang=en").text
    assert "Your code is" in text
    assert "No0" in text
    assert "No0" not in client.get("/demo/messages?q=00000005").text
    assert "No0" in client.get("/demo/messages?q=李博").text
    assert client.get("/demo/messages?q=nobody").status_code == 200
