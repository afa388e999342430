"""The ways in: a code by phone, a password, a link; and where each role lands."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.notices.models import Notice
from app.people.models import Person
from app.signin import links, passwords
from app.signin.forms import safe_next
from app.signin.models import OneTimeCode, SignInSession
from tests.conftest import Clock, Visitor
from tests.people import Cast

LONG = "seven red boats at dawn"


def newest_code(session: Any, phone: str) -> str:
    """The code that the demo's messages would show for this phone."""
    notice = session.scalars(
        select(Notice).where(Notice.phone == phone).order_by(Notice.created_at.desc(), Notice.id)
    ).all()
    with_code = [row for row in notice if row.data]
    return str(with_code[-1].data["code"])


@pytest.fixture
def demo(app: Flask) -> Any:
    """The same product set up as a demo."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = before.model_copy(update={"demo": True})
    yield app
    app.config["SETTINGS"] = before


def ask_for_code(client: Visitor, phone: str, following: str = "") -> Any:
    return client.post("/in", data={"phone": phone, "next": following})


def test_a_code_sent_to_the_phone_signs_in(client: Visitor, cast: Cast, demo: Flask, session: Any) -> None:
    assert ask_for_code(client, "138 0000 0005").headers["Location"] == "/in/code"
    code = newest_code(session, cast.lin.phone)
    answer = client.post("/in/code", data={"code": f"{code[:3]} {code[3:]}"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/c"


def test_a_new_session_has_the_token_of_its_forms(client: Visitor, cast: Cast, demo: Flask, session: Any) -> None:
    """Two pages that are opened at once would otherwise each make one, and only one of them could be sent."""
    ask_for_code(client, "138 0000 0005")
    client.post("/in/code", data={"code": newest_code(session, "+8613800000005")})
    with client.session_transaction() as cookie:
        assert cookie["_user_id"]
        assert cookie["csrf_token"]


def test_a_code_is_kept_hashed_and_forgotten_in_the_outbox(client: Visitor, cast: Cast, session: Any) -> None:
    ask_for_code(client, cast.lin.phone)
    row = session.scalars(select(OneTimeCode)).one()
    assert re.fullmatch("[0-9a-f]{64}", row.code_hash)
    assert session.scalars(select(Notice).where(Notice.kind == "sign_in_code")).one().data == {}


def test_an_unknown_phone_gets_the_same_answer_and_no_message(client: Visitor, cast: Cast, session: Any) -> None:
    known, unknown = ask_for_code(client, cast.lin.phone), ask_for_code(client, "13999999999")
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert not session.scalars(select(Notice).where(Notice.phone == "+8613999999999")).all()


@pytest.mark.parametrize("typed", ["", "12", "abc", "138-1234"])
def test_a_phone_that_cannot_be_read_is_kept_and_explained(client: Visitor, cast: Cast, typed: str) -> None:
    answer = ask_for_code(client, typed)
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text


def test_a_wrong_code_keeps_the_phone(client: Visitor, cast: Cast, demo: Flask, session: Any) -> None:
    ask_for_code(client, cast.lin.phone)
    wrong = "000000" if newest_code(session, cast.lin.phone) != "000000" else "111111"
    answer = client.post("/in/code?lang=en", data={"code": wrong})
    assert answer.status_code == 422
    assert "138 0000 0005" in answer.text


def test_the_sixth_try_at_a_code_is_refused_even_when_right(
    client: Visitor, cast: Cast, demo: Flask, session: Any
) -> None:
    ask_for_code(client, cast.lin.phone)
    code = newest_code(session, cast.lin.phone)
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(5):
        assert client.post("/in/code", data={"code": wrong}).status_code == 422
    assert client.post("/in/code", data={"code": code}).status_code == 422
    assert client.get("/inbox").status_code == 401


def test_a_code_ends_after_fifteen_minutes(
    client: Visitor, cast: Cast, demo: Flask, session: Any, clock: Clock
) -> None:
    ask_for_code(client, cast.lin.phone)
    code = newest_code(session, cast.lin.phone)
    clock.forward(minutes=15)
    assert client.post("/in/code", data={"code": code}).status_code == 422


def test_a_code_works_once(app: Flask, cast: Cast, demo: Flask, session: Any) -> None:
    first, second = Visitor(app, use_cookies=True), Visitor(app, use_cookies=True)
    ask_for_code(first, cast.lin.phone)
    ask_for_code(second, cast.lin.phone)
    code = newest_code(session, cast.lin.phone)
    assert first.post("/in/code", data={"code": code}).status_code == 303
    assert second.post("/in/code", data={"code": code}).status_code == 422


def test_a_phone_is_sent_five_codes_an_hour(client: Visitor, cast: Cast, clock: Clock) -> None:
    for _try in range(5):
        assert ask_for_code(client, cast.lin.phone).status_code == 303
    assert ask_for_code(client, cast.lin.phone).status_code == 429
    clock.forward(hours=1)
    assert ask_for_code(client, cast.lin.phone).status_code == 303


def test_who_shares_a_phone_says_who_it_is(client: Visitor, cast: Cast, demo: Flask, session: Any) -> None:
    cast.mei.phone = cast.chen.phone
    ask_for_code(client, cast.chen.phone)
    answer = client.post("/in/code", data={"code": newest_code(session, cast.chen.phone)})
    assert answer.headers["Location"] == "/in/who"
    assert client.post("/in/who", data={"person": cast.lin.id}).status_code == 422
    assert client.post("/in/who", data={"person": cast.mei.id}).headers["Location"] == "/family"


def test_who_did_not_prove_the_phone_may_not_say_who_it_is(client: Visitor, cast: Cast) -> None:
    assert client.get("/in/who").status_code == 401
    assert client.post("/in/who", data={"person": cast.lin.id}).status_code == 401


# Passwords -----------------------------------------------------------------------------------------------------------


def set_password(cast: Cast, person: Person, password: str = LONG) -> None:
    hashed = passwords.hasher.hash(password)
    with transaction():
        passwords.set_password(cast.actor(person), hashed)


def test_a_password_signs_staff_in(client: Visitor, cast: Cast, session: Any) -> None:
    session.commit()
    set_password(cast, cast.lin)
    answer = client.post("/in/password", data={"phone": cast.lin.phone, "password": LONG})
    assert answer.headers["Location"] == "/c"


def test_a_wrong_password_and_an_unknown_phone_read_the_same(client: Visitor, cast: Cast, session: Any) -> None:
    session.commit()
    set_password(cast, cast.lin)
    wrong = client.post("/in/password?lang=en", data={"phone": cast.lin.phone, "password": "not this one at all"})
    nobody = client.post("/in/password?lang=en", data={"phone": "13999999999", "password": "not this one at all"})
    assert wrong.status_code == nobody.status_code == 422
    assert "do not belong together" in wrong.text
    assert "do not belong together" in nobody.text


def test_ten_wrong_passwords_an_hour_are_evaluated(client: Visitor, cast: Cast, session: Any, clock: Clock) -> None:
    session.commit()
    set_password(cast, cast.lin)
    for _try in range(10):
        assert client.post("/in/password", data={"phone": cast.lin.phone, "password": "wrong"}).status_code == 422
    assert client.post("/in/password", data={"phone": cast.lin.phone, "password": LONG}).status_code == 429
    clock.forward(hours=1)
    assert client.post("/in/password", data={"phone": cast.lin.phone, "password": LONG}).status_code == 303


@pytest.mark.parametrize("easy", ["short", "password", "12345678901234567", "aaaaaaaaaaaaaaaaaaa", "password12345678"])
def test_an_easy_password_is_refused(log_in: Callable[[Any], Visitor], cast: Cast, easy: str) -> None:
    assert log_in(cast.lin).post("/in/new-password", data={"password": easy}).status_code == 422


def test_a_new_password_signs_other_devices_out(log_in: Callable[[Any], Visitor], cast: Cast) -> None:
    here, there = log_in(cast.lin), log_in(cast.lin)
    assert here.post("/in/new-password", data={"password": LONG}).status_code == 303
    assert here.get("/inbox").status_code == 200
    assert there.get("/inbox").status_code == 401


def test_an_elder_has_no_password(log_in: Callable[[Any], Visitor], cast: Cast) -> None:
    assert log_in(cast.chen).post("/in/new-password", data={"password": LONG}).status_code == 403


# Links ---------------------------------------------------------------------------------------------------------------


def link_for(cast: Cast, session: Any, person: Person, *, demo: bool = False) -> str:
    session.commit()
    with transaction():
        return links.make_demo_link(person.id) if demo else links.make_link(cast.actor(cast.guo), person.id)


def test_a_link_signs_in_by_one_button(client: Visitor, cast: Cast, session: Any) -> None:
    path = link_for(cast, session, cast.chen)
    assert client.get(path).status_code == 200
    assert client.get("/inbox").status_code == 401, "opening it alone signs nobody in"
    answer = client.post(path)
    assert answer.status_code == 303
    assert client.get("/inbox").status_code == 200


def test_a_link_of_the_demo_signs_in_when_opened(client: Visitor, cast: Cast, demo: Flask, session: Any) -> None:
    path = link_for(cast, session, cast.chen, demo=True)
    assert client.get(path).status_code == 303
    assert client.get("/inbox").status_code == 200


def test_a_link_of_the_demo_needs_the_button_elsewhere(client: Visitor, cast: Cast, session: Any) -> None:
    path = link_for(cast, session, cast.chen, demo=True)
    assert client.get(path).status_code == 200
    assert client.get("/inbox").status_code == 401


def test_a_link_may_be_used_again_until_it_ends(app: Flask, cast: Cast, session: Any, clock: Clock) -> None:
    path = link_for(cast, session, cast.chen)
    for _time in range(2):
        assert Visitor(app, use_cookies=True).post(path).status_code == 303
    clock.forward(days=180)
    late = Visitor(app, use_cookies=True)
    assert late.post(path).status_code == 410
    assert late.get(path).status_code == 410


def test_a_withdrawn_link_opens_nothing_and_signs_its_devices_out(client: Visitor, cast: Cast, session: Any) -> None:
    path = link_for(cast, session, cast.chen)
    client.post(path)
    with transaction():
        links.withdraw_links(cast.actor(cast.guo), cast.chen.id)
    assert client.get("/inbox").status_code == 401
    assert client.post(path).status_code == 410


def test_a_made_up_link_opens_nothing(client: Visitor, cast: Cast) -> None:
    assert client.get("/in/link/nonsense").status_code == 410
    assert client.post("/in/link/nonsense").status_code == 410


# Going on ------------------------------------------------------------------------------------------------------------


ELSEWHERE = (
    "https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example", "javascript:alert(1)",
    "/\t/evil.example", "http:evil.example", "///evil.example", "/\n//evil.example", " //evil.example",
)  # fmt: skip


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_an_address_that_leads_elsewhere_is_dropped(elsewhere: str) -> None:
    assert safe_next(elsewhere) == ""


def test_signing_in_leads_nowhere_else(client: Visitor, cast: Cast, session: Any, demo: Flask) -> None:
    ask_for_code(client, cast.lin.phone, following=ELSEWHERE[1])
    answer = client.post("/in/code", data={"code": newest_code(session, cast.lin.phone)})
    assert answer.headers["Location"] == "/c"
    path = link_for(cast, session, cast.chen)
    for elsewhere in ELSEWHERE:
        assert client.post(path, query_string={"next": elsewhere}).headers["Location"] == "/me"


def test_signing_in_goes_on_to_where_she_wanted(client: Visitor, cast: Cast, session: Any, demo: Flask) -> None:
    ask_for_code(client, cast.chen.phone, following="/k/abc?x=1")
    answer = client.post("/in/code", data={"code": newest_code(session, cast.chen.phone)})
    assert answer.headers["Location"] == "/k/abc?x=1"


def test_a_page_that_asks_to_sign_in_remembers_where_she_wanted_to_be(client: Visitor, cast: Cast) -> None:
    answer = client.get("/inbox?page=2")
    assert answer.status_code == 401
    assert 'href="/in?next=/inbox?page%3D2"' in answer.text


@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("chen", "/me"), ("mei", "/family"), ("bo", "/v"), ("guo", "/g"), ("lin", "/c"),
        ("auditor", "/c/ledger"), ("admin", "/admin/people"),
    ],
)  # fmt: skip
def test_every_role_lands_on_its_own_page(
    client: Visitor, cast: Cast, session: Any, demo: Flask, who: str, home: str
) -> None:
    path = link_for(cast, session, getattr(cast, who), demo=True)
    answer = client.get(path)
    assert answer.headers["Location"] == home
    assert client.get(home).status_code in (200, 303), "with one elder the choice of elders is skipped"


def test_a_new_session_drops_what_the_browser_held(client: Visitor, cast: Cast, session: Any, demo: Flask) -> None:
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    client.get(link_for(cast, session, cast.chen, demo=True))
    with client.session_transaction() as cookie:
        assert "planted" not in cookie


def test_the_database_holds_no_token(log_in: Callable[[Any], Visitor], cast: Cast, session: Any) -> None:
    client = log_in(cast.chen)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    row = session.scalars(select(SignInSession)).one()
    assert token not in (row.token_hash, row.device, row.rights)
