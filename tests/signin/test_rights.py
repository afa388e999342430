"""The administrator gives and takes roles within her area, disables people, and a grid worker hands out links."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.people.models import Membership, Person
from app.signin.models import SignInLink
from tests import factories
from tests.conftest import Visitor
from tests.people import COMMUNITY, GRID3, OTHER_COMMUNITY, Cast
from tests.support.counting import count_of

LogIn = Callable[[Any], Visitor]


def roles(session: Any, person: Person) -> set[tuple[str, str]]:
    rows = session.execute(select(Membership.role, Membership.unit_code).where(Membership.person_id == person.id))
    return {tuple(row) for row in rows}


def page(person: Person, act: str = "") -> str:
    return f"/admin/people/{person.id}" + (f"/{act}" if act else "")


def test_the_list_shows_who_lives_or_works_in_the_area(log_in: LogIn, cast: Cast) -> None:
    text = log_in(cast.admin).get("/admin/people").text
    assert "林慧" in text
    assert "陈桂英" in text
    assert "徐远" not in text
    assert "13800000005" not in text, "phones are masked in the list"


def test_a_longer_list_asks_the_database_no_more(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.admin)
    short = count_of(lambda: client.get("/admin/people"))
    for number in range(8):
        factories.make_staff(name=f"新人{number}", unit_code=COMMUNITY)
    assert count_of(lambda: client.get("/admin/people")) == short


def test_a_name_or_a_number_finds_somebody(log_in: LogIn, cast: Cast) -> None:
    client = log_in(cast.admin)
    assert "林慧" in client.get("/admin/people?q=林").text
    assert "林慧" in client.get("/admin/people?q=00000005").text
    assert "林慧" not in client.get("/admin/people?q=郭").text
    assert client.get("/admin/people?q=nobody").status_code == 200


def test_a_role_is_given_and_the_person_signs_in_again(log_in: LogIn, cast: Cast, session: Any) -> None:
    guo, admin = log_in(cast.guo), log_in(cast.admin)
    assert guo.get("/inbox").status_code == 200
    form = {"role": "coordinator", "unit_code": COMMUNITY}
    assert admin.post(page(cast.guo, "roles"), data=form).status_code == 303
    assert ("coordinator", COMMUNITY) in roles(session, cast.guo)
    assert guo.get("/inbox").status_code == 401


def test_a_role_that_is_taken_and_given_back_does_not_revive_a_session(log_in: LogIn, cast: Cast, session: Any) -> None:
    guo, admin = log_in(cast.guo), log_in(cast.admin)
    form = {"role": "grid_worker", "unit_code": GRID3}
    admin.post(page(cast.guo, "roles/take"), data=form)
    assert roles(session, cast.guo) == set()
    admin.post(page(cast.guo, "roles"), data=form)
    assert roles(session, cast.guo) == {("grid_worker", GRID3)}
    assert guo.get("/inbox").status_code == 401


def test_a_disabled_person_is_out_and_stays_out(log_in: LogIn, cast: Cast, session: Any, client: Visitor) -> None:
    bo, admin = log_in(cast.bo), log_in(cast.admin)
    assert admin.post(page(cast.bo, "disable")).status_code == 303
    assert bo.get("/inbox").status_code == 401
    assert admin.post(page(cast.bo, "enable")).status_code == 303
    assert bo.get("/inbox").status_code == 401, "the old session has ended"


@pytest.mark.parametrize("act", ["roles", "roles/take", "disable", "enable"])
def test_nobody_changes_her_own_rights(log_in: LogIn, cast: Cast, session: Any, act: str) -> None:
    before = roles(session, cast.admin)
    form = {"role": "coordinator", "unit_code": COMMUNITY}
    assert log_in(cast.admin).post(page(cast.admin, act), data=form).status_code == 409
    assert roles(session, cast.admin) == before


@pytest.mark.parametrize("act", ["", "roles", "roles/take", "disable", "enable", "withdraw"])
def test_people_of_another_district_are_not_there(log_in: LogIn, cast: Cast, session: Any, act: str) -> None:
    client = log_in(cast.admin)
    if not act:
        assert client.get(page(cast.xu)).status_code == 404
        return
    form = {"role": "coordinator", "unit_code": OTHER_COMMUNITY}
    assert client.post(page(cast.xu, act), data=form).status_code == 404
    assert roles(session, cast.xu) == {("coordinator", OTHER_COMMUNITY)}


def test_no_role_is_given_outside_the_area(log_in: LogIn, cast: Cast, session: Any) -> None:
    form = {"role": "coordinator", "unit_code": OTHER_COMMUNITY}
    assert log_in(cast.admin).post(page(cast.guo, "roles"), data=form).status_code == 404
    assert roles(session, cast.guo) == {("grid_worker", GRID3)}


def test_who_has_roles_beyond_the_area_is_not_disabled_here(log_in: LogIn, cast: Cast, session: Any) -> None:
    person = factories.make_staff(name="高升", unit_code=COMMUNITY)
    session.add(Membership(person_id=person.id, unit_code="4205", role="auditor", since=person.created_at))
    session.commit()
    assert log_in(cast.admin).post(page(person, "disable")).status_code == 409
    session.refresh(person)
    assert person.disabled_at is None


@pytest.mark.parametrize("role", ["elder", "volunteer", "relative", "system", ""])
def test_elders_and_volunteers_are_not_made_by_a_role(log_in: LogIn, cast: Cast, session: Any, role: str) -> None:
    form = {"role": role, "unit_code": COMMUNITY}
    assert log_in(cast.admin).post(page(cast.guo, "roles"), data=form).status_code == 422


def test_a_new_member_of_staff_is_added_with_a_role(log_in: LogIn, cast: Cast, session: Any) -> None:
    form = {"name": "吴迪", "sex": "m", "phone": "13922223333", "role": "grid_worker", "unit_code": GRID3}
    assert log_in(cast.admin).post("/admin/people/new", data=form).status_code == 303
    person = session.scalars(select(Person).where(Person.name == "吴迪")).one()
    assert person.phone == "+8613922223333"
    assert roles(session, person) == {("grid_worker", GRID3)}


@pytest.mark.parametrize("missing", ["name", "sex", "phone", "role", "unit_code"])
def test_a_field_that_is_missing_is_named_and_the_rest_kept(log_in: LogIn, cast: Cast, missing: str) -> None:
    form = {"name": "吴迪", "sex": "m", "phone": "13922223333", "role": "grid_worker", "unit_code": GRID3}
    answer = log_in(cast.admin).post("/admin/people/new?lang=en", data={**form, missing: ""})
    assert answer.status_code == 422
    assert missing == "name" or "吴迪" in answer.text


@pytest.mark.parametrize("who", ["lin", "guo", "bo", "chen", "mei", "auditor", "xu"])
def test_only_administrators_manage_people(log_in: LogIn, cast: Cast, who: str) -> None:
    assert log_in(getattr(cast, who)).get("/admin/people").status_code == 403


def test_every_change_of_rights_is_recorded(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.admin)
    client.post(page(cast.guo, "roles"), data={"role": "auditor", "unit_code": COMMUNITY})
    client.post(page(cast.bo, "disable"))
    verbs = session.scalars(select(AuditEntry.verb).where(AuditEntry.actor_id == cast.admin.id)).all()
    assert {"membership.add", "person.disable"} <= set(verbs)


def test_an_administrator_hands_a_link_to_anybody_but_staff(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.admin)
    assert client.post(page(cast.bo, "link")).status_code == 303
    assert "/in/link/" in client.get(page(cast.bo)).text
    assert client.post(page(cast.lin, "link")).status_code == 409
    assert client.post(page(cast.xu, "link")).status_code == 404
    assert [row.person_id for row in session.scalars(select(SignInLink))] == [cast.bo.id]


# Links ---------------------------------------------------------------------------------------------------------------


def link_page(person: Person) -> str:
    return f"/g/elders/{person.id}/link"


def test_a_grid_worker_hands_out_a_link_and_withdraws_it(
    log_in: LogIn, cast: Cast, session: Any, client: Visitor
) -> None:
    guo = log_in(cast.guo)
    assert guo.post(link_page(cast.chen)).status_code == 303
    text = guo.get(link_page(cast.chen)).text
    path = "/in/link/" + text.split("/in/link/")[1].split('"')[0].split("<")[0]
    assert "<svg" in text
    assert client.post(path).headers["Location"] == "/me"
    assert guo.post(link_page(cast.chen) + "/withdraw").status_code == 303
    assert client.get("/inbox").status_code == 401


def test_a_grid_worker_hands_a_link_to_the_family_of_her_elders(log_in: LogIn, cast: Cast, session: Any) -> None:
    assert log_in(cast.guo).post(link_page(cast.mei)).status_code == 303
    assert session.scalars(select(SignInLink)).one().person_id == cast.mei.id


def test_a_link_of_somebody_elses_elder_is_not_made(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.xu)
    assert client.get(link_page(cast.chen)).status_code == 404
    assert client.post(link_page(cast.chen)).status_code == 404
    assert client.post(link_page(cast.chen) + "/withdraw").status_code == 404
    assert not session.scalars(select(SignInLink)).all()


@pytest.mark.parametrize("who", ["lin", "guo", "admin"])
def test_staff_get_no_link(log_in: LogIn, cast: Cast, session: Any, who: str) -> None:
    assert log_in(cast.lin).post(link_page(getattr(cast, who))).status_code in (404, 409)
    assert not session.scalars(select(SignInLink)).all()


def test_a_link_is_kept_as_a_hash_only(log_in: LogIn, cast: Cast, session: Any) -> None:
    guo = log_in(cast.guo)
    guo.post(link_page(cast.chen))
    text = guo.get(link_page(cast.chen)).text
    token = text.split("/in/link/")[1].split('"')[0].split("<")[0]
    assert session.scalars(select(SignInLink)).one().token_hash != token
    assert token not in log_in(cast.guo).get(link_page(cast.chen)).text, "shown to its maker only"
