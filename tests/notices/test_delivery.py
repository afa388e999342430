"""The outbox: stored with its act, delivered after it, tried again, never sent twice at once."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.jobs.registry import run
from app.notices import delivery
from app.notices.carriers import ConsoleCarrier, FileCarrier, Message, NotCarried
from app.notices.models import Notice
from app.notices.service import notify
from app.people.models import Person
from tests.conftest import Clock
from tests.people import Cast


class Postman:
    """A carrier that an installation brings along; it can be told to fail."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.failing = False

    def send(self, message: Message) -> None:
        if self.failing:
            raise NotCarried("the line is busy")
        self.sent.append(message)


@pytest.fixture
def postman(app: Flask) -> Iterator[Postman]:
    made = app.extensions["carrier"] = Postman()
    yield made
    del app.extensions["carrier"]


def tell(session: Any, person: Person, kind: str = "may_go_alone", **data: Any) -> str:
    session.commit()
    with transaction():
        notice = notify(person.id, kind, **data)
    assert notice is not None
    return notice.id


def kept(session: Any, notice_id: str) -> Notice:
    session.rollback()
    session.expire_all()
    found: Notice = session.get_one(Notice, notice_id)
    return found


def test_a_message_is_sent_after_its_act(postman: Postman, cast: Cast, session: Any) -> None:
    notice_id = tell(session, cast.bo)
    assert [message.to for message in postman.sent] == [cast.bo.phone]
    assert kept(session, notice_id).sent_at is not None


def test_a_message_of_an_act_that_failed_is_never_sent(postman: Postman, cast: Cast, session: Any) -> None:
    session.commit()

    def act() -> None:
        with transaction():
            notify(cast.bo.id, "may_go_alone")
            raise ValueError("the act failed")

    with pytest.raises(ValueError, match="the act failed"):
        act()
    assert not postman.sent
    assert not session.scalars(select(Notice)).all()


def test_a_message_reads_in_the_language_of_its_reader(postman: Postman, cast: Cast, session: Any) -> None:
    tell(session, cast.mei, "family_ended", name="陈桂英")
    cast.bo.language = "en"
    tell(session, cast.bo, "arranged", name="李博", day="2026-06-17", number=1042)
    assert postman.sent[0].language == "en"
    assert postman.sent[0].text == "You no longer act for 陈桂英. Thank you for your help."
    assert "Wed 17 Jun" in postman.sent[1].text


def test_places_are_worded_by_their_names(postman: Postman, cast: Cast, session: Any) -> None:
    tell(session, cast.mei, "offer", day="2026-06-17", start_min=570, answer_at="2026-06-16T12:00:00+00:00")
    text = postman.sent[0].text
    assert "Wed 17 Jun at 9:30" in text
    assert "Tue 16 Jun, 20:00" in text, "in the zone of her home"


def test_a_link_is_absolute_in_a_message(postman: Postman, cast: Cast, session: Any) -> None:
    session.commit()
    with transaction():
        notify(cast.bo.id, "may_go_alone", link="/v")
    assert postman.sent[0].link == "http://127.0.0.1:8000/v"


def test_a_message_that_fails_is_tried_again_later_and_later(
    app: Flask, postman: Postman, cast: Cast, session: Any, clock: Clock
) -> None:
    postman.failing = True
    notice_id = tell(session, cast.bo)
    assert (kept(session, notice_id).tries, kept(session, notice_id).failure) == (1, "the line is busy")
    run(app, "send_waiting_notices", {})
    assert kept(session, notice_id).tries == 1, "not at once"
    clock.forward(minutes=1)
    run(app, "send_waiting_notices", {})
    assert kept(session, notice_id).tries == 2
    postman.failing = False
    clock.forward(minutes=2)
    run(app, "send_waiting_notices", {})
    assert len(postman.sent) == 1
    assert (kept(session, notice_id).failure, kept(session, notice_id).sent_at) == ("", clock.now)


def test_after_eight_tries_it_stays_in_the_inbox_only(
    app: Flask, postman: Postman, cast: Cast, session: Any, clock: Clock
) -> None:
    postman.failing = True
    notice_id = tell(session, cast.bo)
    for _try in range(12):
        clock.forward(hours=3)
        run(app, "send_waiting_notices", {})
    assert kept(session, notice_id).tries == 8


def test_a_message_whose_job_was_lost_is_sent_by_the_timetable(
    app: Flask, postman: Postman, cast: Cast, session: Any, clock: Clock
) -> None:
    notice = Notice(person_id=cast.bo.id, kind="may_go_alone", created_at=clock.now, next_try_at=clock.now)
    session.add(notice)
    session.commit()
    run(app, "send_waiting_notices", {})
    assert len(postman.sent) == 1


def test_a_job_that_is_repeated_sends_nothing_again(app: Flask, postman: Postman, cast: Cast, session: Any) -> None:
    notice_id = tell(session, cast.bo)
    run(app, "send_notice", {"notice_id": notice_id})
    run(app, "send_notice", {"notice_id": "gone"})
    assert len(postman.sent) == 1


def test_of_many_jobs_at_once_one_takes_the_message(app: Flask, cast: Cast, session: Any, clock: Clock) -> None:
    notice = Notice(person_id=cast.bo.id, kind="may_go_alone", created_at=clock.now, next_try_at=clock.now)
    session.add(notice)
    session.commit()
    taken: list[bool] = []

    def take() -> None:
        with app.app_context(), transaction():
            taken.append(delivery.take(notice.id))

    threads = [threading.Thread(target=take) for _job in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 5 + [True]


def test_who_has_no_phone_has_the_inbox(postman: Postman, cast: Cast, session: Any) -> None:
    cast.bo.phone = ""
    notice_id = tell(session, cast.bo)
    assert not postman.sent
    assert kept(session, notice_id).sent_at is not None


def test_the_same_uid_is_told_once(cast: Cast, session: Any) -> None:
    session.commit()
    for _time in range(2):
        with transaction():
            notify(cast.bo.id, "may_go_alone", uid="alone:1")
    assert len(session.scalars(select(Notice)).all()) == 1


def test_a_kind_without_words_is_refused(cast: Cast, session: Any) -> None:
    with pytest.raises(KeyError, match="no text"):
        notify(cast.bo.id, "no_such_kind")


MESSAGE = Message(id="1", to="+8613800000003", language="zh", text="您好", link="")


def test_the_file_carrier_writes_a_line_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    FileCarrier(path).send(MESSAGE)
    FileCarrier(path).send(MESSAGE)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[1])["text"] == "您好"
    assert path.stat().st_mode & 0o077 == 0


def test_the_file_carrier_says_why_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(NotCarried, match="No such file"):
        FileCarrier(tmp_path / "nowhere" / "messages.jsonl").send(MESSAGE)


def test_the_console_carrier_shows_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleCarrier().send(MESSAGE)
    assert "您好" in capsys.readouterr().err
