"""The desk's and the door's pages of people: what each shows, takes and refuses."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, select

from app.db import db
from app.notices.models import Notice
from app.people.models import Elder, Membership, OldCard, Person, Responsible, Role, Team, Volunteer, VolunteerState
from app.people.service import pin_of
from app.rulepacks.packs import neutral_pack
from tests.factories import make_elder, make_need, make_staff, make_volunteer
from tests.people import COMMUNITY, GRID3, STREET, Cast, cast

FORM = {
    "consent_date": "2026-06-16", "name": "赵玉兰", "sex": "f", "birth_date": "1939-01-05", "phone": "0717 655 4321",
    "unit_code": GRID3, "address": "7栋1单元102", "categories": ["alone", "minimum_allowance"], "ability": "mild",
    "languages": ["zh", "tji"], "emergency_name": "赵刚", "emergency_phone": "13900000000", "safe_word": "桂花",
    "health_note": "耳朵背",
}  # fmt: skip


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


# Elders --------------------------------------------------------------------------------------------------------------


def test_the_list_of_elders_is_found_by_name_initials_building_and_phone(people: Cast, log_in: Any) -> None:
    make_elder(name="欧阳娜", address="9栋3单元303", phone="+8613577778888", unit_code=f"{COMMUNITY}001")
    lin = log_in(people.lin)
    for words in ("欧阳", "oyn", "9栋", "8888"):
        page = lin.get(f"/c/elders?q={words}").text
        assert "欧阳娜" in page
        assert "陈桂英" not in page
    assert "陈桂英" in lin.get("/c/elders").text
    assert "陈桂英" not in lin.get(f"/c/elders?grid={COMMUNITY}001").text
    assert lin.get("/c/elders?q=%25").status_code == 200


def test_a_long_list_comes_in_pages_with_few_queries(people: Cast, log_in: Any) -> None:
    for _ in range(30):
        make_elder()
    lin = log_in(people.lin)
    assert lin.get("/c/elders").text.count("/c/elders/") > 25
    assert "page=2" in lin.get("/c/elders").text
    assert lin.get("/c/elders?page=2").status_code == 200


def test_a_grid_worker_sees_her_grid_only(people: Cast, log_in: Any) -> None:
    other = make_elder(name="胡大妈", unit_code=f"{COMMUNITY}001")
    guo = log_in(people.guo)
    assert "胡大妈" not in guo.get("/c/elders").text
    assert guo.get(f"/c/elders/{other.person_id}").status_code == 404
    assert guo.get(f"/c/elders/{people.chen.id}").status_code == 200


def test_a_stranger_finds_nobody(people: Cast, log_in: Any) -> None:
    xu = log_in(people.xu)
    assert "陈桂英" not in xu.get("/c/elders").text
    for path in (f"/c/elders/{people.chen.id}", f"/c/elders/{people.chen.id}/card", f"/c/volunteers/{people.bo.id}"):
        assert xu.get(path).status_code == 404
    assert xu.post(f"/c/elders/{people.chen.id}/card").status_code == 404
    assert xu.post(f"/c/volunteers/{people.bo.id}/identity").status_code == 404


@pytest.mark.parametrize("side", ["c", "g"])
def test_an_elder_is_enrolled_consent_first(people: Cast, log_in: Any, session: Any, side: str) -> None:
    client = log_in(people.lin if side == "c" else people.guo)
    start = f"/{side}/elders/new"
    assert client.get(start).status_code == 200
    assert client.post(start, data={}).status_code == 422
    assert client.post(start, data={"consent": "no"}).location == f"{start}/not-now"
    answer = client.post(start, data={"consent": "yes", "consent_date": "2026-06-16"})
    assert answer.location == f"{start}/person?consent=2026-06-16"
    assert client.get(answer.location).status_code == 200
    enrolled = client.post(f"{start}/person", data=FORM)
    person = session.scalars(select(Person).where(Person.name == "赵玉兰")).one()
    assert enrolled.location == f"/{side}/elders/{person.id}/card"
    elder = session.get_one(Elder, person.id)
    assert (elder.categories, elder.languages, elder.safe_word) == (
        ["alone", "minimum_allowance"],
        ["zh", "tji"],
        "桂花",
    )
    assert (person.phone, person.unit_code) == ("+867176554321", GRID3)
    assert session.scalars(select(Membership.role).where(Membership.person_id == person.id)).one() == Role.ELDER


def test_the_form_is_not_shown_without_a_day_of_consent(people: Cast, log_in: Any) -> None:
    guo = log_in(people.guo)
    for word in ("", "tomorrow", "2026-06-17"):
        assert guo.get(f"/g/elders/new/person?consent={word}").location == "/g/elders/new"


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"sex": ""}, {"phone": "12"}, {"unit_code": ""}, {"unit_code": f"{COMMUNITY}001"}, {"address": ""},
     {"birth_date": "2027-01-01"}, {"consent_date": ""}, {"consent_date": "2026-06-17"}, {"ability": "x"},
     {"health_note": "长" * 501}],
    ids=str,
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(
    people: Cast, log_in: Any, session: Any, wrong: dict[str, str]
) -> None:
    answer = log_in(people.guo).post("/g/elders/new/person", data=FORM | wrong)
    assert answer.status_code == 422
    assert "桂花" in answer.text
    assert f'href="#f-{next(iter(wrong))}"' in answer.text
    assert session.scalars(select(Person).where(Person.name == "赵玉兰")).one_or_none() is None


def test_an_elder_is_changed_and_keeps_her_point_while_she_stays(people: Cast, log_in: Any, session: Any) -> None:
    lin, path = log_in(people.lin), f"/c/elders/{people.chen.id}/edit"
    assert "陈桂英" in lin.get(path).text
    form = FORM | {"name": "陈桂英", "address": people.chen.address}
    assert lin.post(path, data=form).status_code == 303
    chen = session.get_one(Person, people.chen.id)
    assert (chen.phone, chen.lat_deg is not None) == ("+867176554321", True)
    lin.post(path, data=form | {"address": "8栋"})
    assert session.get_one(Person, people.chen.id).lat_deg is None


def test_a_number_that_was_replaced_hears_of_it(people: Cast, log_in: Any, session: Any) -> None:
    form = FORM | {"name": "陈桂英", "address": people.chen.address}
    log_in(people.lin).post(f"/c/elders/{people.chen.id}/edit", data=form)
    told = session.scalars(select(Notice).where(Notice.kind == "phone_changed")).one()
    assert (told.person_id, told.phone) == (None, "+8613800000001")


def test_who_answers_for_an_elder_is_written_down_and_taken_out(people: Cast, log_in: Any, session: Any) -> None:
    lin, path = log_in(people.lin), f"/c/elders/{people.chen.id}"
    page = lin.get(path).text
    for name in ("陈梅", "郭强", "林慧"):
        assert name in page
    form = {"duty": "supporter", "responsible_name": "陈明", "responsible_phone": "13911112222"}
    assert lin.post(f"{path}/responsible", data=form | {"responsible_phone": "1"}).status_code == 422
    assert lin.post(f"{path}/responsible", data=form).status_code == 303
    assert "陈明" in lin.get(path).text
    row = session.scalars(select(Responsible)).one()
    assert lin.post(f"{path}/responsible/{row.id}/drop").status_code == 303
    assert "陈明" not in lin.get(path).text


def test_the_page_of_an_elder_shows_her_orders(people: Cast, log_in: Any) -> None:
    need = make_need(elder=people.elder)
    page = log_in(people.lin).get(f"/c/elders/{people.chen.id}").text
    assert f"D-{need.number}" in page
    assert f"D-{need.number}" in log_in(people.guo).get(f"/c/elders/{people.chen.id}").text


def test_consent_ends_and_is_given_again(people: Cast, log_in: Any, session: Any) -> None:
    lin, path = log_in(people.lin), f"/c/elders/{people.chen.id}/consent"
    lin.post(path, data={"consent": "end"})
    assert session.get_one(Elder, people.chen.id).consent_ended is not None
    lin.post(path, data={"consent": "renew"})
    assert session.get_one(Elder, people.chen.id).consent_ended is None


# Cards ---------------------------------------------------------------------------------------------------------------


def test_the_card_shows_code_and_phone_and_nothing_about_her(people: Cast, log_in: Any, session: Any) -> None:
    page = log_in(people.guo).get(f"/g/elders/{people.chen.id}/card").text
    face = page[page.index('class="cards"') : page.index("</section>", page.index("purse"))]
    assert pin_of(session.get_one(Elder, people.chen.id)) in face
    assert "0717" in face
    for secret in ("陈桂英", people.chen.address, "138 0000 0001"):
        assert secret not in face


def test_a_replaced_card_has_a_new_code_and_remembers_the_old(people: Cast, log_in: Any, session: Any) -> None:
    old = people.elder.card_code
    assert log_in(people.lin).post(f"/c/elders/{people.chen.id}/card").status_code == 303
    elder = session.get_one(Elder, people.chen.id)
    assert elder.card_code != old
    assert session.get_one(OldCard, old).elder_id == people.chen.id


# Volunteers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(people: Cast) -> Volunteer:
    return make_volunteer(
        name="何苗", state=VolunteerState.APPLIED, vetted_until=None, insured_until=None, trained_until=None,
        skills=("companionship", "first_aid"), skills_confirmed=False,
    )  # fmt: skip


def test_an_applicant_is_admitted_once_her_papers_are_seen(
    people: Cast, newcomer: Volunteer, log_in: Any, session: Any
) -> None:
    lin, path = log_in(people.lin), f"/c/volunteers/{newcomer.person_id}"
    assert "何苗" in lin.get("/c/volunteers?state=applied").text
    assert lin.post(f"{path}/admit").status_code == 409
    lin.post(f"{path}/identity")
    days = {"vetted_until": "2028-01-01", "insured_until": "2027-01-01", "trained_until": "2027-06-01"}
    assert lin.post(f"{path}/papers", data=days | {"insured_until": "soon"}).status_code == 422
    assert lin.post(f"{path}/admit").status_code == 409
    lin.post(f"{path}/papers", data=days)
    lin.post(f"{path}/skills", data={"skill": "first_aid", "valid_until": "2027-03-01"})
    assert lin.post(f"{path}/admit").status_code == 303
    admitted = session.get_one(Volunteer, newcomer.person_id)
    assert (admitted.state, admitted.decided_by) == (VolunteerState.PROBATION, people.lin.id)
    assert admitted.identity_checked_by == people.lin.id
    assert lin.post(f"{path}/admit").status_code == 409
    assert lin.get(path).status_code == 200


def test_a_refusal_needs_a_reason(people: Cast, newcomer: Volunteer, log_in: Any, session: Any) -> None:
    lin, path = log_in(people.lin), f"/c/volunteers/{newcomer.person_id}"
    assert lin.post(f"{path}/refuse", data={"reason": " "}).status_code == 422
    assert lin.post(f"{path}/refuse", data={"reason": "没有通过核验"}).status_code == 303
    assert session.get_one(Volunteer, newcomer.person_id).state == VolunteerState.REFUSED
    assert "没有通过核验" in lin.get(path).text


def test_a_minor_needs_a_guardian(people: Cast, log_in: Any) -> None:
    young = make_volunteer(state=VolunteerState.APPLIED, birth_date=date(2010, 1, 1))
    lin, path = log_in(people.lin), f"/c/volunteers/{young.person_id}"
    lin.post(f"{path}/identity")
    assert lin.post(f"{path}/admit").status_code == 409


def test_a_social_worker_reads_and_does_not_decide(people: Cast, newcomer: Volunteer, log_in: Any) -> None:
    social = log_in(make_staff(role=Role.SOCIAL_WORKER))
    assert social.get(f"/c/volunteers/{newcomer.person_id}").status_code == 200
    assert social.post(f"/c/volunteers/{newcomer.person_id}/identity").status_code == 403
    assert social.get(f"/c/elders/{people.chen.id}").status_code == 200
    assert social.get("/c/elders/new").status_code == 403


# Teams ---------------------------------------------------------------------------------------------------------------


def test_a_team_gets_members_and_one_of_them_leads(people: Cast, log_in: Any, session: Any) -> None:
    lin = log_in(people.lin)
    assert lin.post("/c/teams", data={"name": "", "unit_code": COMMUNITY}).status_code == 422
    path = lin.post("/c/teams", data={"name": "楼栋长", "unit_code": COMMUNITY}).location
    assert lin.post("/c/teams", data={"name": "楼栋长", "unit_code": COMMUNITY}).status_code == 422
    assert lin.post(f"{path}/members/{people.bo.id}/lead").status_code == 409
    assert lin.post(f"{path}/members", data={"volunteer_id": ""}).status_code == 422
    assert lin.post(f"{path}/members", data={"volunteer_id": people.bo.id}).status_code == 303
    assert lin.post(f"{path}/members/{people.bo.id}/lead").status_code == 303
    assert session.scalars(select(Team)).one().leader_id == people.bo.id
    assert "李博" in lin.get("/c/teams").text
    lin.post(f"{path}/members/{people.bo.id}/remove")
    assert session.scalars(select(Team)).one().leader_id is None
    assert lin.get(path).status_code == 200
    assert log_in(people.xu).get(path).status_code == 404


# Files, menu, rules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pages_without_anybody_say_what_to_do(session: Any, log_in: Any, lang: str) -> None:
    people = cast(session)
    for path in ("/c/elders", "/c/volunteers", "/c/volunteers?state=applied", "/c/teams", "/c/import"):
        answer = log_in(people.xu).get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        assert answer.status_code == 200
        assert answer.text.count("<h1") == 1


def test_an_auditor_of_a_street_reads_the_rules(people: Cast, log_in: Any) -> None:
    page = log_in(people.auditor).get("/c/rules").text
    assert all(f'/c/rules/keys/{entry["key"]}' in page for entry in neutral_pack()["settings"])
    assert f">{STREET}" not in page  # units are named, their codes are for machines


def test_a_list_asks_the_database_as_often_for_many_as_for_few(people: Cast, log_in: Any, app: Any) -> None:
    lin, counts = log_in(people.lin), []
    for more in (1, 20):
        for _ in range(more):
            make_elder()
            make_volunteer()
        for path in ("/c/elders", "/c/volunteers"):
            asked: list[str] = []
            note = lambda *told, asked=asked: asked.append(told[2])  # noqa: E731
            event.listen(db.engine, "before_cursor_execute", note)
            assert lin.get(path).status_code == 200
            event.remove(db.engine, "before_cursor_execute", note)
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
    assert max(counts) < 25
