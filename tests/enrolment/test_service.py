"""Enrolment, cards, roles and papers, without pages."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from app.access.actor import SYSTEM, actor_of
from app.audit.models import AuditEntry
from app.db import session as database
from app.db import transaction
from app.errors import NotFound
from app.notices.models import Notice
from app.people import admitting, service
from app.people.models import Membership, Person, Role, VolunteerSkill, VolunteerState
from app.people.queries import find_elders, responsible_staff, skills_of, volunteers_here
from app.people.service import ElderEntry, NoConsent, VolunteerEntry
from tests.factories import make_elder, make_person, make_volunteer
from tests.people import COMMUNITY, GRID3, OTHER_COMMUNITY, Cast, cast

ENTRY = ElderEntry(name="赵玉兰", sex="f", unit_code=GRID3, consent_date=date(2026, 6, 16))


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


def test_an_elder_is_enrolled_where_the_actor_works_and_nowhere_else(people: Cast) -> None:
    assert service.enrol_elder(people.actor(people.guo), ENTRY).community_code == COMMUNITY
    for person, unit_code in ((people.guo, f"{COMMUNITY}001"), (people.guo, COMMUNITY), (people.xu, GRID3),
                              (people.chen, GRID3), (people.auditor, GRID3)):  # fmt: skip
        with pytest.raises(NotFound):
            service.enrol_elder(people.actor(person), replace(ENTRY, unit_code=unit_code))


def test_consent_of_tomorrow_is_none(people: Cast) -> None:
    with pytest.raises(NoConsent):
        service.enrol_elder(SYSTEM, replace(ENTRY, consent_date=date(2026, 6, 17)))


def test_an_elder_who_moves_takes_her_role_along(people: Cast) -> None:
    lin = people.actor(people.lin)
    database.commit()
    with transaction():
        service.rewrite_elder(lin, people.chen.id, replace(ENTRY, unit_code=f"{COMMUNITY}001"))
    actor = actor_of(people.chen.id)
    assert actor is not None
    assert actor.memberships == ((Role.ELDER, f"{COMMUNITY}001"),)


def test_the_digits_of_a_card_are_four_stay_and_change_with_the_card(people: Cast) -> None:
    elder = people.elder
    before = service.pin_of(elder)
    assert len(before) == 4
    assert before.isdigit()
    assert service.pin_of(elder) == before
    digits = {before}
    for _ in range(5):
        service.replace_card(SYSTEM, elder.person_id)
        digits.add(service.pin_of(elder))
    assert len(digits) > 1
    assert len({service.pin_of(make_elder()) for _ in range(20)}) > 10


def test_a_role_is_given_once_and_taken(people: Cast, session: Any) -> None:
    person = make_person()
    for _ in range(2):
        service.add_membership(SYSTEM, person.id, COMMUNITY, Role.SOCIAL_WORKER)
    held = select(func.count()).select_from(Membership).where(Membership.person_id == person.id)
    assert session.scalar(held) == 1
    service.remove_membership(SYSTEM, person.id, COMMUNITY, Role.SOCIAL_WORKER)
    assert session.scalar(held) == 0


def test_a_disabled_worker_answers_for_nobody(people: Cast, clock: Any) -> None:
    people.guo.disabled_at = clock.now
    assert responsible_staff(GRID3, Role.GRID_WORKER) == []


def test_an_elder_is_found_by_initials_tail_and_key(people: Cast) -> None:
    lin = people.actor(people.lin)
    for words in ("陈桂", "cgy", "chengui", "5栋2", "0001"):
        assert [person.id for _elder, person in find_elders(lin, words)] == [people.chen.id], words
    for words in ("", " ", "zzz", "_"):
        assert find_elders(lin, words) == [], words
    assert find_elders(people.actor(people.xu), "陈") == []


def test_limits_not_said_are_those_of_the_rules(people: Cast) -> None:
    volunteer = service.enrol_volunteer(SYSTEM, VolunteerEntry(name="何苗", sex="f", unit_code=COMMUNITY))
    assert (volunteer.max_visits_per_day, volunteer.max_minutes_per_week, volunteer.reach_m) == (3, 600, 800)
    assert volunteer.state == VolunteerState.APPLIED
    assert people.bo in volunteers_here(people.actor(people.lin), COMMUNITY)


def test_skills_that_were_confirmed_stay_so_when_she_adds_one(people: Cast) -> None:
    service.write_skills(people.bo.id, ("companionship", "haircut"), confirmed=False)
    assert {row.skill_code: row.confirmed for row in skills_of(people.bo.id)} == {
        "companionship": True,
        "haircut": False,
    }


def test_an_applicant_is_told_of_the_decision_and_the_trail_says_who_decided(people: Cast, session: Any) -> None:
    lin = people.actor(people.lin)
    one = make_volunteer(state=VolunteerState.APPLIED)
    other = make_volunteer(state=VolunteerState.APPLIED)
    session.commit()
    with transaction():
        admitting.check_identity(lin, one.person_id)
        admitting.admit_volunteer(lin, one.person_id)
        admitting.refuse_volunteer(lin, other.person_id, "没有通过核验")
    kinds = dict(session.execute(select(Notice.person_id, Notice.kind)).all())
    assert kinds == {one.person_id: "volunteer_admitted", other.person_id: "volunteer_refused"}
    verbs = session.scalars(select(AuditEntry.verb).where(AuditEntry.actor_id == people.lin.id))
    assert {"volunteer.identity", "volunteer.probation", "volunteer.refused"} <= set(verbs)
    with pytest.raises(admitting.Decided):
        admitting.refuse_volunteer(lin, one.person_id, "再想想")


def test_an_expired_paper_is_missing(people: Cast, clock: Any) -> None:
    volunteer = make_volunteer(state=VolunteerState.APPLIED, vetted_until=date(2026, 6, 16))
    lin = people.actor(people.lin)
    admitting.check_identity(lin, volunteer.person_id)
    assert admitting.missing_of(volunteer) == []
    clock.forward(days=1)
    assert len(admitting.missing_of(volunteer)) == 1


def test_nobody_admits_in_a_community_that_is_not_hers(people: Cast, session: Any) -> None:
    volunteer = make_volunteer(state=VolunteerState.APPLIED, unit_code=OTHER_COMMUNITY)
    for person in (people.lin, people.guo, people.bo):
        with pytest.raises(NotFound):
            admitting.check_identity(people.actor(person), volunteer.person_id)
    assert session.get(VolunteerSkill, (volunteer.person_id, "companionship")) is not None
    assert session.get_one(Person, volunteer.person_id).unit_code == OTHER_COMMUNITY
