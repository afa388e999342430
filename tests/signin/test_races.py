"""Many at once: a code opens once, tries are counted before they are judged, a bond is one row."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import act
from app.people.models import Delegation, Relation
from app.people.relatives import bind_by_card
from app.signin import codes, tries
from app.signin.codes import Purpose
from app.signin.models import SignInSession
from tests import factories
from tests.conftest import Visitor
from tests.people import Cast

AT_ONCE = 12


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> str:
    """The code that is sent, known beforehand."""
    monkeypatch.setattr(codes.secrets, "randbelow", lambda _most: 123456)
    return "123456"


def at_once(app: Flask, work: Callable[[], Any]) -> list[Any]:
    """The results of the same work done by many at the same time, each in a world of its own."""

    def alone(_number: int) -> Any:
        with app.app_context():
            return act(work)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(alone, range(AT_ONCE)))


def test_a_right_code_sent_by_many_at_once_opens_once(app: Flask, cast: Cast, session: Any, code: str) -> None:
    session.commit()
    with app.app_context():
        act(lambda: codes.send_code(cast.lin.phone, Purpose.SIGN_IN))
    phone = cast.lin.phone
    session.rollback()
    results = at_once(app, lambda: _checked(phone, code))
    assert results.count(True) == 1


def test_of_many_wrong_tries_at_once_five_are_judged(app: Flask, cast: Cast, session: Any, code: str) -> None:
    with app.app_context():
        act(lambda: codes.send_code("+8613800000005", Purpose.SIGN_IN))
    session.rollback()
    at_once(app, lambda: _checked("+8613800000005", "000000"))
    with app.app_context():
        assert act(lambda: _checked("+8613800000005", code)) is not True


def test_a_counter_lets_exactly_its_limit_through(app: Flask, cast: Cast, session: Any) -> None:
    session.rollback()
    results = at_once(app, lambda: tries.may_try("pin:1", limit=3))
    assert results.count(True) == 3


def test_a_bond_said_by_many_at_once_is_one(app: Flask, cast: Cast, session: Any) -> None:
    wang = factories.make_elder(name="王秀芳")
    session.commit()
    card, elder_id, mei = wang.card_code, wang.person_id, cast.mei.id
    session.rollback()
    ids = at_once(app, lambda: bind_by_card(mei, card, Relation.CHILD).id)
    assert len(set(ids)) == 1
    count = select(func.count()).select_from(Delegation).where(Delegation.elder_id == elder_id)
    assert session.scalar(count) == 1


def test_a_button_pressed_many_times_opens_sessions_for_one_person_only(
    app: Flask, cast: Cast, session: Any, code: str
) -> None:
    client = Visitor(app, use_cookies=True)
    client.post("/in", data={"phone": cast.lin.phone})
    for _press in range(3):
        client.post("/in/code", data={"code": code})
    assert session.scalars(select(SignInSession.person_id)).all() == [cast.lin.id]


def _checked(phone: str, code: str) -> bool | str:
    try:
        return codes.check_code(phone, code, Purpose.SIGN_IN)
    except codes.TooMany:
        return "too many"
