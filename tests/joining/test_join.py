"""A neighbour enrols at /join, one question a page, and sees where the application stands."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app import clock as now_clock
from app.availability.models import WeeklyTime
from app.db import transaction
from app.notices.models import Notice
from app.people.models import Membership, Person, Volunteer, VolunteerSkill
from app.signin import codes
from tests.conftest import Clock, Visitor
from tests.factories import make_rule
from tests.people import COMMUNITY, GRID3, Cast

LogIn = Callable[[Any], Visitor]
PHONE = "+8613911112222"
ANSWERS: dict[str, dict[str, Any]] = {
    "about": {"name": "何晓燕", "sex": "f"},
    "birth": {"birth_date": "1990-02-03"},
    "home": {"unit_code": GRID3, "address": "3栋1单元201"},
    "skills": {"skills": ["companionship", "shopping", "first_aid"], "languages": ["zh", "eng"]},
    "reach": {"reach_m": "800"},
    "times": {"times": ["0-morning", "2-afternoon"]},
    "pledge": {"pledged": "1"},
}


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> str:
    """The code that is sent, known beforehand."""
    monkeypatch.setattr(codes.secrets, "randbelow", lambda _most: 123456)
    return "123456"


def prove(client: Visitor, code: str, phone: str = PHONE) -> Any:
    assert client.post("/join/phone", data={"phone": phone}).headers["Location"] == "/join/code"
    return client.post("/join/code", data={"code": code})


def answer_all(client: Visitor, **changed: dict[str, Any]) -> Any:
    for step, answers in {**ANSWERS, **changed}.items():
        answer = client.post(f"/join/{step}", data=answers)
        assert answer.status_code == 303, (step, answer.text)
    return answer


def volunteer_named(session: Any, name: str) -> tuple[Volunteer, Person]:
    row = session.execute(
        select(Volunteer, Person).join(Person, Person.id == Volunteer.person_id).where(Person.name == name)
    ).one()
    return row[0], row[1]


def test_a_neighbour_enrols_and_sees_where_she_stands(client: Visitor, cast: Cast, session: Any, code: str) -> None:
    assert prove(client, code).headers["Location"] == "/join/about"
    assert answer_all(client).headers["Location"] == "/join/check"
    check = client.get("/join/check?lang=en").text
    for shown in ("何晓燕", "139 1111 2222", "3栋1单元201", "800 m", "Mon Morning"):
        assert shown in check
    assert client.post("/join/check").headers["Location"] == "/join/status"
    assert "Identity looked at" in client.get("/join/status").text
    volunteer, person = volunteer_named(session, "何晓燕")
    assert (volunteer.state, volunteer.community_code, person.phone) == ("applied", COMMUNITY, PHONE)
    assert volunteer.pledge_at is not None
    assert person.language == "en", "as she read the pages"
    assert person.point_is_approximate
    assert person.lat_deg is not None


def test_skills_and_papers_are_her_word_until_somebody_looked(
    client: Visitor, cast: Cast, session: Any, code: str
) -> None:
    prove(client, code)
    answer_all(client)
    client.post("/join/check")
    volunteer, _person = volunteer_named(session, "何晓燕")
    rows = session.scalars(select(VolunteerSkill).where(VolunteerSkill.volunteer_id == volunteer.person_id)).all()
    assert {row.skill_code for row in rows} == {"companionship", "shopping", "first_aid"}
    assert not any(row.confirmed for row in rows)


def test_the_ticked_parts_of_the_week_are_her_free_times(client: Visitor, cast: Cast, session: Any, code: str) -> None:
    prove(client, code)
    answer_all(client)
    client.post("/join/check")
    volunteer, _person = volunteer_named(session, "何晓燕")
    rows = session.scalars(select(WeeklyTime).where(WeeklyTime.volunteer_id == volunteer.person_id)).all()
    assert sorted((row.weekday, row.from_min, row.until_min) for row in rows) == [(0, 480, 690), (2, 810, 1050)]


def test_the_coordinators_are_told(client: Visitor, cast: Cast, session: Any, code: str) -> None:
    prove(client, code)
    answer_all(client)
    client.post("/join/check")
    told = session.scalars(select(Notice.person_id).where(Notice.kind == "volunteer_applied")).all()
    assert set(told) == {cast.lin.id, cast.approver.id}


@pytest.mark.parametrize(
    ("step", "wrong", "kept"),
    [
        ("about", {"name": "", "sex": "f"}, ""),
        ("about", {"name": "何晓燕", "sex": ""}, "何晓燕"),
        ("birth", {"birth_date": "someday"}, ""),
        ("birth", {"birth_date": "2030-01-01"}, ""),
        ("birth", {"birth_date": "1890-01-01"}, ""),
        ("home", {"unit_code": "420500", "address": "3栋"}, "3栋"),
        ("home", {"unit_code": "nowhere", "address": "3栋"}, "3栋"),
        ("skills", {"languages": ["zh"]}, ""),
        ("skills", {"skills": ["companionship"]}, ""),
        ("reach", {"reach_m": "999999"}, ""),
        ("times", {}, ""),
        ("times", {"times": ["9-morning"]}, ""),
        ("pledge", {}, ""),
    ],
)
def test_an_answer_that_cannot_be_read_gets_a_sentence_and_loses_nothing(
    client: Visitor, cast: Cast, code: str, step: str, wrong: dict[str, Any], kept: str
) -> None:
    prove(client, code)
    answer = client.post(f"/join/{step}?lang=en", data=wrong)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert kept in answer.text


def test_nothing_is_enrolled_while_a_question_is_open(client: Visitor, cast: Cast, session: Any, code: str) -> None:
    prove(client, code)
    client.post("/join/about", data=ANSWERS["about"])
    assert client.get("/join/check").headers["Location"] == "/join/birth"
    assert client.post("/join/check").headers["Location"] == "/join/birth"
    assert not session.scalars(select(Person).where(Person.name == "何晓燕")).all()


def test_nobody_answers_without_a_proved_phone(client: Visitor, cast: Cast) -> None:
    assert client.get("/join/about").headers["Location"] == "/join"
    assert client.post("/join/about", data=ANSWERS["about"]).headers["Location"] == "/join"
    assert client.post("/join/check").headers["Location"] == "/join"


def test_a_minor_names_the_guardian_who_comes_along(client: Visitor, cast: Cast, session: Any, code: str) -> None:
    prove(client, code)
    client.post("/join/about", data=ANSWERS["about"])
    assert client.post("/join/birth", data={"birth_date": "2010-01-01"}).headers["Location"] == "/join/guardian"
    assert client.post("/join/guardian", data={"guardian_name": ""}).status_code == 422
    client.post("/join/guardian", data={"guardian_name": "何建国"})
    for step in ("home", "skills", "reach", "times", "pledge"):
        client.post(f"/join/{step}", data=ANSWERS[step])
    client.post("/join/check")
    assert volunteer_named(session, "何晓燕")[0].guardian_name == "何建国"


def test_who_has_enrolled_is_led_to_where_she_stands(app: Any, client: Visitor, cast: Cast, code: str) -> None:
    assert prove(client, code, cast.bo.phone).headers["Location"] == "/join/status"
    assert client.get("/join").headers["Location"] == "/join/status"


def test_a_relative_who_enrols_stays_one_person(log_in: LogIn, cast: Cast, session: Any) -> None:
    client = log_in(cast.mei)
    assert client.get("/join").status_code == 200
    for step in ("birth", "home", "skills", "reach", "times", "pledge"):
        client.post(f"/join/{step}", data=ANSWERS[step])
    assert client.post("/join/check").headers["Location"] == "/join/status"
    assert session.get(Volunteer, cast.mei.id) is not None
    roles = session.scalars(select(Membership.role).where(Membership.person_id == cast.mei.id)).all()
    assert roles == ["volunteer"]
    assert len(session.scalars(select(Person).where(Person.name == "陈梅")).all()) == 1


def test_enrolling_twice_makes_one_volunteer(client: Visitor, cast: Cast, session: Any, code: str) -> None:
    prove(client, code)
    answer_all(client)
    client.post("/join/check")
    assert client.post("/join/check").status_code == 303
    assert len(session.scalars(select(Person).where(Person.name == "何晓燕")).all()) == 1


def test_a_refusal_is_shown_with_its_reason(log_in: LogIn, cast: Cast, session: Any) -> None:
    volunteer = cast.volunteer
    volunteer.state, volunteer.decision_reason = "refused", "The identity card could not be shown."
    volunteer.decided_at = now_clock.now()
    session.commit()
    assert "could not be shown" in log_in(cast.bo).get("/join/status?lang=en").text


def test_the_sixth_guess_at_a_code_is_refused(client: Visitor, cast: Cast, code: str) -> None:
    client.post("/join/phone", data={"phone": PHONE})
    for _try in range(5):
        assert client.post("/join/code", data={"code": "000000"}).status_code == 422
    assert client.post("/join/code", data={"code": code}).status_code == 422


def test_a_code_for_joining_signs_nobody_in(client: Visitor, cast: Cast, code: str, clock: Clock) -> None:
    client.post("/join/phone", data={"phone": cast.lin.phone})
    with client.session_transaction() as cookie:
        cookie["entry"] = {"phone": cast.lin.phone, "next": ""}
    assert client.post("/in/code", data={"code": code}).status_code == 422


def test_a_community_is_found_by_its_name(client: Visitor, cast: Cast) -> None:
    assert "隆康路社区" in client.get("/join/community?q=隆康").text
    assert client.get("/join/community?q=nowhere").status_code == 200


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_question_page_stands_in_both_languages(client: Visitor, cast: Cast, code: str, language: str) -> None:
    prove(client, code)
    client.post("/join/about", data=ANSWERS["about"])
    client.post("/join/birth", data={"birth_date": "2010-01-01"})
    for step in ("about", "birth", "guardian", "home", "skills", "reach", "times", "pledge"):
        page = client.get(f"/join/{step}?lang={language}")
        assert page.status_code == 200
        assert page.text.count("<h1") == 1


def test_where_minors_visit_no_homes_a_minor_is_told_when_she_says_where_she_lives(
    client: Visitor, cast: Cast, session: Any, code: str
) -> None:
    prove(client, code)
    for step, answers in (("about", ANSWERS["about"]), ("birth", {"birth_date": "2010-01-01"}),
                          ("guardian", {"guardian_name": "何母"})):  # fmt: skip
        assert client.post(f"/join/{step}", data=answers).status_code == 303
    assert client.post("/join/home", data=ANSWERS["home"]).status_code == 303, "with a guardian, by the default"
    with transaction():
        make_rule(COMMUNITY, {"minor_rule": "group_in_institution"}, now_clock.today("Asia/Shanghai"))
    refused = client.post("/join/home?lang=en", data=ANSWERS["home"])
    assert refused.status_code == 422
    assert "Only people of 18 and older visit homes there." in refused.text
    for step in ("skills", "reach", "times", "pledge"):
        assert client.post(f"/join/{step}", data=ANSWERS[step]).status_code == 303
    late = client.post("/join/check?lang=en")
    assert (late.status_code, "Only people of 18 and older" in late.text) == (409, True), "the rule changed meanwhile"
    assert session.scalars(select(Person).where(Person.name == "何晓燕")).one_or_none() is None


def test_a_site_without_a_community_says_so(client: Visitor) -> None:
    assert client.get("/join?lang=en").status_code == 200
