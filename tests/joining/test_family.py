"""Family: bound by the elder's say-so, ended by her at any time; the card tells a stranger nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.access.actor import actor_of
from app.notices.models import Notice
from app.people.models import Delegation, OldCard, Person, VolunteerState
from app.people.service import replace_card
from app.signin import codes
from tests import factories
from tests.conftest import Visitor
from tests.people import Cast
from tests.support.counting import count_of

LogIn = Callable[[Any], Visitor]
SON = {"name": "陈刚", "sex": "m", "phone": "13911113333", "relation": "child"}


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> str:
    """The code that is sent, known beforehand."""
    monkeypatch.setattr(codes.secrets, "randbelow", lambda _most: 123456)
    return "123456"


def bonds(session: Any, elder_id: str) -> set[str]:
    """The names of those who may act for the elder now."""
    rows = session.scalars(
        select(Person.name)
        .join(Delegation, Delegation.relative_id == Person.id)
        .where(Delegation.elder_id == elder_id, Delegation.ended_at.is_(None))
    )
    return set(rows)


# The elder herself ---------------------------------------------------------------------------------------------------


def test_an_elder_names_a_family_member(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.chen)
    assert client.post("/me/family/add", data=SON).headers["Location"] == "/me/family"
    assert "陈刚" in client.get("/me/family").text
    assert bonds(session, cast.chen.id) == {"陈梅", "陈刚"}


def test_an_elder_ends_a_bond_at_once(log_in: LogIn, cast: Cast, session: Any) -> None:
    bond = session.scalars(select(Delegation)).one()
    elder, daughter = log_in(cast.chen), log_in(cast.mei)
    assert elder.get(f"/me/family/{bond.id}/end").status_code == 200
    assert bonds(session, cast.chen.id) == {"陈梅"}, "asking changes nothing"
    assert elder.post(f"/me/family/{bond.id}/end").status_code == 303
    assert bonds(session, cast.chen.id) == set()
    actor = actor_of(cast.mei.id)
    assert actor is not None
    assert not actor.speaks_for
    assert daughter.get("/me/family").status_code == 403


def test_a_bond_is_ended_twice_without_harm(log_in: LogIn, cast: Cast, session: Any) -> None:
    bond = session.scalars(select(Delegation)).one()
    for _time in range(2):
        assert log_in(cast.chen).post(f"/me/family/{bond.id}/end").status_code == 303
    assert len(session.scalars(select(Notice).where(Notice.kind == "family_ended")).all()) == 1


def test_another_elder_ends_nothing_here(log_in: LogIn, cast: Cast, session: Any) -> None:
    bond = session.scalars(select(Delegation)).one()
    other = factories.make_elder(name="王秀芳")
    session.commit()
    assert log_in(other.person_id).post(f"/me/family/{bond.id}/end").status_code == 404
    assert bonds(session, cast.chen.id) == {"陈梅"}


@pytest.mark.parametrize("missing", ["name", "sex", "phone", "relation"])
def test_a_field_that_is_missing_is_named_and_the_rest_kept(log_in: LogIn, cast: Cast, missing: str) -> None:
    answer = log_in(cast.chen).post("/me/family/add?lang=en", data={**SON, missing: ""})
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert missing == "name" or "陈刚" in answer.text


def test_an_elder_cannot_name_herself(log_in: LogIn, cast: Cast, session: Any) -> None:
    own = {"name": "陈桂英", "sex": "f", "phone": cast.chen.phone, "relation": "other"}
    assert log_in(cast.chen).post("/me/family/add", data=own).status_code == 409


# At the door ---------------------------------------------------------------------------------------------------------


def test_the_grid_worker_writes_a_family_member_down_with_the_elders_yes(
    log_in: LogIn, cast: Cast, session: Any
) -> None:
    client = log_in(cast.guo)
    page = f"/g/elders/{cast.chen.id}/family"
    assert client.get(page).status_code == 200
    assert client.post(page, data=SON).status_code == 422, "without her yes"
    assert client.post(page, data={**SON, "agreed": "1"}).status_code == 303
    assert bonds(session, cast.chen.id) == {"陈梅", "陈刚"}


def test_the_grid_worker_ends_a_bond_on_the_elders_word(log_in: LogIn, cast: Cast, session: Any) -> None:
    bond = session.scalars(select(Delegation)).one()
    assert log_in(cast.guo).post(f"/g/elders/{cast.chen.id}/family/{bond.id}/end").status_code == 303
    assert bonds(session, cast.chen.id) == set()


def test_a_grid_worker_cannot_bind_herself(log_in: LogIn, cast: Cast, session: Any) -> None:
    own = {"name": cast.guo.name, "sex": "m", "phone": cast.guo.phone, "relation": "child", "agreed": "1"}
    assert log_in(cast.guo).post(f"/g/elders/{cast.chen.id}/family", data=own).status_code == 409
    assert bonds(session, cast.chen.id) == {"陈梅"}


def test_staff_of_another_place_see_no_family(log_in: LogIn, cast: Cast, session: Any) -> None:
    bond = session.scalars(select(Delegation)).one()
    client = log_in(cast.xu)
    page = f"/g/elders/{cast.chen.id}/family"
    assert client.get(page).status_code == 404
    assert client.post(page, data={**SON, "agreed": "1"}).status_code == 404
    assert client.post(f"{page}/{bond.id}/end").status_code == 404
    assert bonds(session, cast.chen.id) == {"陈梅"}


def test_a_volunteer_does_not_open_the_pages_at_the_door(log_in: LogIn, cast: Cast) -> None:
    assert log_in(cast.bo).get(f"/g/elders/{cast.chen.id}/family").status_code == 403


# With the card -------------------------------------------------------------------------------------------------------


def ask(client: Visitor, card: str, **changed: str) -> Any:
    return client.post("/family/add", data={**SON, "card": card, **changed})


def test_a_new_relative_with_the_card_is_bound_after_proving_her_phone(
    client: Visitor, cast: Cast, session: Any, code: str
) -> None:
    card = cast.elder.card_code
    assert ask(client, f"{card[:5]} {card[5:10]} {card[10:]}").headers["Location"] == "/family/add/code"
    assert bonds(session, cast.chen.id) == {"陈梅"}, "not before the code"
    answer = client.post("/family/add/code", data={"code": code})
    assert answer.headers["Location"] == "/family"
    assert bonds(session, cast.chen.id) == {"陈梅", "陈刚"}
    assert client.get("/inbox").status_code == 200


def test_the_elder_and_her_grid_worker_are_told(client: Visitor, cast: Cast, session: Any, code: str) -> None:
    ask(client, cast.elder.card_code)
    client.post("/family/add/code", data={"code": code})
    told = session.execute(select(Notice.person_id, Notice.kind).where(Notice.kind.startswith("family"))).all()
    assert {tuple(row) for row in told} == {(cast.chen.id, "family_bound"), (cast.guo.id, "family_bound_by_card")}


def test_a_pasted_address_of_the_card_is_read_too(client: Visitor, cast: Cast, code: str) -> None:
    address = f"https://lianxin.example/k/{cast.elder.card_code}"
    assert ask(client, address).headers["Location"] == "/family/add/code"


def test_a_signed_in_person_is_bound_by_the_card_alone(log_in: LogIn, cast: Cast, session: Any) -> None:
    wang = factories.make_elder(name="王秀芳")
    session.commit()
    client = log_in(cast.mei)
    assert ask(client, wang.card_code, relation="in_law").status_code == 303
    assert bonds(session, wang.person_id) == {"陈梅"}
    assert ask(client, wang.card_code, relation="in_law").status_code == 303, "once more is no harm"
    assert len(session.scalars(select(Delegation).where(Delegation.elder_id == wang.person_id)).all()) == 1


def test_a_wrong_card_binds_nobody_and_keeps_what_was_typed(client: Visitor, cast: Cast, code: str) -> None:
    answer = ask(client, "00000000000000000000")
    assert answer.status_code == 422
    assert "陈刚" in answer.text


def test_the_eleventh_guess_at_a_card_in_an_hour_is_refused(client: Visitor, cast: Cast) -> None:
    for _try in range(10):
        assert ask(client, "0" * 20).status_code == 422
    assert ask(client, cast.elder.card_code).status_code == 429


def test_a_replaced_card_binds_nobody(client: Visitor, cast: Cast, session: Any) -> None:
    old = cast.elder.card_code
    replace_card(cast.actor(cast.guo), cast.chen.id)
    session.commit()
    assert ask(client, old).status_code == 422
    assert session.get(OldCard, old) is not None


@pytest.mark.parametrize("who", ["bo", "dan", "guo", "lin"])
def test_who_visits_or_looks_after_elders_is_not_bound_by_a_card(
    log_in: LogIn, cast: Cast, session: Any, who: str
) -> None:
    assert ask(log_in(getattr(cast, who)), cast.elder.card_code).status_code == 409
    assert bonds(session, cast.chen.id) == {"陈梅"}


def test_a_volunteer_is_not_bound_by_signing_out_first(client: Visitor, cast: Cast, session: Any, code: str) -> None:
    ask(client, cast.elder.card_code, name=cast.bo.name, phone=cast.bo.phone)
    assert client.post("/family/add/code", data={"code": code}).status_code == 409
    assert bonds(session, cast.chen.id) == {"陈梅"}


def test_a_volunteer_is_not_bound_under_another_name(client: Visitor, cast: Cast, session: Any, code: str) -> None:
    ask(client, cast.elder.card_code, name="王小红", phone=cast.bo.phone)
    assert client.post("/family/add/code", data={"code": code}).status_code == 409
    assert bonds(session, cast.chen.id) == {"陈梅"}


def test_a_volunteer_who_left_is_family_like_anybody(log_in: LogIn, cast: Cast, session: Any) -> None:
    cast.volunteer.state = VolunteerState.LEFT
    session.commit()
    assert ask(log_in(cast.bo), cast.elder.card_code).status_code == 303


def test_a_longer_family_asks_the_database_no_more(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.guo)
    page = f"/g/elders/{cast.chen.id}/family"
    short = count_of(lambda: client.get(page))
    for number in range(6):
        client.post(page, data={**SON, "name": f"陈{number}", "agreed": "1"})
    assert len(bonds(session, cast.chen.id)) == 7
    client.get(page)
    assert count_of(lambda: client.get(page)) == short


# Without the card ----------------------------------------------------------------------------------------------------

ASKING = {"elder": "陈桂英", "name": "陈刚", "phone": "13911113333"}


def asked(session: Any) -> list[tuple[str, str]]:
    """Who was asked to go to which door."""
    rows = session.scalars(select(Notice).where(Notice.kind == "family_asks")).all()
    return [(row.person_id, row.data["elder"]) for row in rows]


def test_without_the_card_the_grid_worker_is_asked(client: Visitor, cast: Cast, session: Any) -> None:
    assert client.get("/family/add/door").status_code == 200
    assert client.post("/family/add/door", data=ASKING).status_code == 303
    assert asked(session) == [(cast.guo.id, "陈桂英")]
    assert bonds(session, cast.chen.id) == {"陈梅"}, "asking binds nobody"


def test_an_elder_nobody_knows_gets_the_same_answer(client: Visitor, cast: Cast, session: Any) -> None:
    known = client.post("/family/add/door?lang=en", data=ASKING)
    unknown = client.post("/family/add/door?lang=en", data={**ASKING, "elder": "无此人"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert {who for who, elder in asked(session) if elder == "无此人"} == {cast.lin.id, cast.approver.id}


def test_the_fourth_request_of_a_day_is_refused(client: Visitor, cast: Cast, session: Any) -> None:
    for _time in range(3):
        assert client.post("/family/add/door", data=ASKING).status_code == 303
    assert client.post("/family/add/door", data=ASKING).status_code == 429
    assert len(asked(session)) == 3


@pytest.mark.parametrize("missing", list(ASKING))
def test_a_request_that_lacks_a_word_keeps_the_others(client: Visitor, cast: Cast, missing: str) -> None:
    answer = client.post("/family/add/door?lang=en", data={**ASKING, missing: ""})
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert all(word in answer.text for name, word in ASKING.items() if name != missing)


# The card's address --------------------------------------------------------------------------------------------------


def test_a_stranger_learns_nothing_from_a_card(client: Visitor, cast: Cast) -> None:
    page = client.get(f"/k/{cast.elder.card_code}?lang=en")
    assert page.status_code == 200
    for secret in ("陈", "Chen", "5栋", "13800000001", "138 0000 0001", cast.chen.id):
        assert secret not in page.text
    assert 'href="tel:' in page.text


def test_staff_of_another_place_are_strangers_to_a_card(log_in: LogIn, cast: Cast) -> None:
    page = log_in(cast.xu).get(f"/k/{cast.elder.card_code}")
    assert page.status_code == 200
    assert "陈桂英" not in page.text


def test_a_card_leads_everybody_to_her_own_page(log_in: LogIn, cast: Cast) -> None:
    card = f"/k/{cast.elder.card_code}"
    assert log_in(cast.chen).get(card).headers["Location"] == "/me"
    assert log_in(cast.guo).get(card).headers["Location"] == f"/g/elders/{cast.chen.id}"
    assert log_in(cast.mei).get(card).headers["Location"] == "/family"
    assert log_in(cast.bo).get(card).status_code == 200, "no visit today, nothing to see"


def test_a_volunteer_with_a_visit_today_is_led_to_the_door_step(log_in: LogIn, cast: Cast, session: Any) -> None:
    from app import clock as now_clock

    today = now_clock.today("Asia/Shanghai")
    visit = factories.make_visit(need=factories.make_need(elder=cast.elder, day=today), volunteer=cast.volunteer)
    session.commit()
    card = f"/k/{cast.elder.card_code}"
    assert (
        log_in(cast.bo).get(card).headers["Location"]
        == f"/v/tasks/{visit.assignment_id}/in?card={cast.elder.card_code}"
    )
    bo = log_in(cast.bo)
    assert bo.get(bo.get(card).headers["Location"]).status_code == 200, "the page stands"
    assert log_in(cast.dan).get(card).status_code == 200
    visit.state, visit.checked_in_at = "in_progress", now_clock.now()
    session.commit()
    assert "/out?card=" in bo.get(card).headers["Location"]
    assert bo.get(bo.get(card).headers["Location"]).status_code == 200


def test_a_replaced_card_says_so(client: Visitor, cast: Cast, session: Any) -> None:
    old = cast.elder.card_code
    replace_card(cast.actor(cast.guo), cast.chen.id)
    session.commit()
    assert "replaced" in client.get(f"/k/{old}?lang=en").text
    assert client.get("/k/made-up").status_code == 404
