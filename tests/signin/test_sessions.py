"""Sessions on the server: they end when signed out, disabled, idle, or when a role changes; copies die with them."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from app import clock as now_clock
from app.db import transaction
from app.people.models import Delegation, Role
from app.people.service import add_membership, remove_membership
from app.signin import service
from app.signin.models import SignInSession
from tests.conftest import Clock, Visitor
from tests.people import COMMUNITY, GRID3, Cast

LogIn = Callable[[Any], Visitor]


def copy_of(client: Visitor, app: Flask) -> Visitor:
    """A thief's browser with the same cookie."""
    thief = Visitor(app, use_cookies=True)
    with client.session_transaction() as cookie, thief.session_transaction() as copied:
        copied.update(cookie)
    return thief


def test_signing_out_ends_the_session_on_the_server(app: Flask, log_in: LogIn, cast: Cast) -> None:
    client = log_in(cast.lin)
    thief = copy_of(client, app)
    assert thief.get("/inbox").status_code == 200
    assert client.post("/out").status_code == 303
    assert client.get("/inbox").status_code == 401
    assert thief.get("/inbox").status_code == 401, "a copied cookie dies with the session"


def test_opening_the_address_of_signing_out_signs_nobody_out(log_in: LogIn, cast: Cast) -> None:
    client = log_in(cast.lin)
    assert client.get("/out").status_code == 200
    assert client.get("/inbox").status_code == 200


def test_signing_out_tells_the_browser_to_forget(log_in: LogIn, cast: Cast) -> None:
    assert "storage" in log_in(cast.lin).post("/out").headers["Clear-Site-Data"]


def test_a_disabled_person_is_signed_out_at_once(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.bo)
    assert client.get("/inbox").status_code == 200
    cast.bo.disabled_at = now_clock.now()
    session.commit()
    assert client.get("/inbox").status_code == 401


def test_a_session_ends_when_a_role_is_given(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.bo)
    client.get("/inbox")
    with transaction():
        add_membership(cast.actor(cast.admin), cast.bo.id, COMMUNITY, Role.COORDINATOR)
    assert client.get("/inbox").status_code == 401


def test_a_session_ends_when_a_role_is_taken(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.guo)
    client.get("/inbox")
    with transaction():
        remove_membership(cast.actor(cast.admin), cast.guo.id, GRID3, Role.GRID_WORKER)
    assert client.get("/inbox").status_code == 401


def test_the_end_of_a_bond_takes_its_rights_at_once(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.mei)
    assert client.get(f"/me?elder={cast.chen.id}").status_code != 401
    bond = session.scalars(select(Delegation)).one()
    bond.ended_at = now_clock.now()
    session.commit()
    assert cast.actor(cast.mei).roles == frozenset()


def test_staff_who_are_away_for_half_an_hour_sign_in_again(log_in: LogIn, cast: Cast, clock: Clock) -> None:
    client = log_in(cast.lin)
    clock.forward(minutes=29)
    assert client.get("/inbox").status_code == 200
    clock.forward(minutes=29)
    assert client.get("/inbox").status_code == 200, "being used keeps it awake"
    clock.forward(minutes=31)
    assert client.get("/inbox").status_code == 401


def test_staff_sign_in_again_after_twelve_hours(log_in: LogIn, cast: Cast, clock: Clock) -> None:
    client = log_in(cast.lin)
    for _half_hour in range(23):
        clock.forward(minutes=30)
        assert client.get("/inbox").status_code == 200
    clock.forward(minutes=30)
    assert client.get("/inbox").status_code == 401


def test_an_elder_is_not_asked_again_for_half_a_year(log_in: LogIn, cast: Cast, clock: Clock) -> None:
    client = log_in(cast.chen)
    clock.forward(days=179)
    assert client.get("/inbox").status_code == 200
    clock.forward(days=1)
    assert client.get("/inbox").status_code == 401


def test_a_cookie_with_a_made_up_token_is_nobody(client: Visitor, cast: Cast) -> None:
    with client.session_transaction() as cookie:
        cookie["_user_id"] = cast.lin.id
        cookie["_fresh"] = True
    assert client.get("/inbox").status_code == 401


def test_a_late_answer_brings_back_no_cookie_of_an_earlier_page(log_in: LogIn, cast: Cast) -> None:
    """A style sheet that arrives after the next page must not take away the token of that page's form."""
    client = log_in(cast.bo)
    with client.session_transaction() as cookie:
        cookie.permanent = True
    for address in ("/static/css/pages.css", "/inbox"):
        client.get(address).close()
        with client.get(address) as again:
            assert "Set-Cookie" not in again.headers


def test_two_devices_are_two_sessions(log_in: LogIn, cast: Cast) -> None:
    phone, desk = log_in(cast.lin), log_in(cast.lin)
    phone.post("/out")
    assert desk.get("/inbox").status_code == 200


def test_a_new_device_of_staff_is_told(app: Flask, cast: Cast, session: Any) -> None:
    from app.notices.models import Notice

    session.commit()
    with transaction():
        service.open_session(cast.lin.id, device="Firefox")
    with transaction():
        service.open_session(cast.lin.id, device="Firefox")
    assert not session.scalars(select(Notice).where(Notice.person_id == cast.lin.id)).all()
    with transaction():
        service.open_session(cast.lin.id, device="Chrome of a stranger")
    assert [row.kind for row in session.scalars(select(Notice).where(Notice.person_id == cast.lin.id))] == [
        "new_device"
    ]


def test_a_page_that_needs_nobody_writes_nothing(client: Visitor, cast: Cast, session: Any) -> None:
    client.get("/in")
    assert not session.scalars(select(SignInSession)).all()


def test_a_post_without_the_token_of_its_page_is_refused(app: Flask, log_in: LogIn, cast: Cast) -> None:
    client = log_in(cast.lin)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for path in (
            "/in/link/x",
            "/out",
            "/in",
            "/in/code",
            "/in/password",
            "/inbox/read",
            "/join/phone",
            "/family/add",
        ):
            assert client.post(path).status_code == 400, path
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert client.get("/inbox").status_code == 200
