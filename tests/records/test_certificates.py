"""Certificates: what is on them, their numbers, waiting for an issuer, revocation, and what a stranger learns."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.db import session as database
from app.errors import NotFound
from app.ledger.service import approve, propose_reversal
from app.notices.models import Notice
from app.people.models import Person
from app.records import checking, issuing, revoking
from app.records.certificate_queries import Standing, printed, standing_of
from app.records.granting import OwnRecord, SecondPersonNeeded
from app.records.issuing import MOST_A_DAY, EnoughToday, NothingServed, Period
from app.records.models import Certificate, CertificateLine, CertificatePaper, CertificateRequest
from app.records.revoking import NothingProposed, RevokedAlready
from app.visits.models import VisitState
from tests.factories import COMMUNITY, OTHER_COMMUNITY, make_elder, make_need, make_visit
from tests.people import DISTRICT, Cast
from tests.records.support import ISSUER, certified, days_ago, granted, name_issuer, paid, revoked, served


def lines_of(certificate: Certificate) -> list[CertificateLine]:
    rows = select(CertificateLine).where(CertificateLine.certificate_id == certificate.id)
    return list(database.scalars(rows.order_by(CertificateLine.place_nr)))


def kinds_to(person: Person) -> list[str]:
    return list(database.scalars(select(Notice.kind).where(Notice.person_id == person.id)))


def test_a_certificate_has_everything_the_rule_asks_for(people: Cast) -> None:
    name_issuer(people)
    visit = served(people, ago=4, minutes=42)
    uid = paid(people, visit)
    certificate = certified(people)
    found = printed(people.actor(people.bo), certificate.id)
    assert found.paper is not None
    assert found.is_whole
    assert found.paper.name == "李博"
    assert found.paper.service_number.startswith(f"{COMMUNITY}-")
    told = (found.paper.issuer_name, found.paper.responsible, found.paper.handler, found.paper.phone)
    assert told == tuple(ISSUER.values())
    assert certificate.printed_number == f"{COMMUNITY}-2026-000001"
    assert (certificate.from_day, certificate.until_day, certificate.minutes) == (days_ago(4), days_ago(4), 42)
    line = lines_of(certificate)[0]
    assert (line.visit_id, line.transfer_uid, line.minutes, line.proof) == (visit.id, uid, 42, "door")
    assert line.content_zh
    assert line.content_en
    assert line.place == "樵湖岭社区"


def test_it_states_the_minutes_really_served_and_not_those_stored(people: Cast) -> None:
    name_issuer(people)
    served(people, minutes=43, credit_min=45)
    assert certified(people).minutes == 43


def test_numbers_have_no_gap_within_an_issuer_and_a_year(people: Cast) -> None:
    name_issuer(people)
    made = []
    for ago in (5, 4, 3):
        served(people, ago=ago)
        made.append(certified(people, from_day=days_ago(9)))
    assert [one.number for one in made] == [1, 2, 3]


def test_asking_again_with_nothing_new_gives_back_the_same_certificate(people: Cast) -> None:
    name_issuer(people)
    served(people)
    assert certified(people).id == certified(people).id


def test_only_confirmed_service_that_was_not_taken_back_is_certified(people: Cast) -> None:
    name_issuer(people)
    undone = served(people, ago=6)
    uid = paid(people, undone)
    lin = people.lin.id
    propose_reversal(uid=f"{uid}:reversal", of=uid, by=lin, memo="wrong")
    approve(uid=f"{uid}:reversal", by=people.approver.id)
    for state in (VisitState.CHECKED_OUT, VisitState.DISPUTED, VisitState.FAILED):
        served(people, ago=5, state=state)
    counted = served(people, ago=2)
    assert [line.visit_id for line in lines_of(certified(people))] == [counted.id]


def test_nothing_served_is_said_and_takes_no_number(people: Cast) -> None:
    name_issuer(people)
    with pytest.raises(NothingServed):
        certified(people)
    served(people, ago=1)
    with pytest.raises(NothingServed):
        certified(people, until_day=days_ago(2))
    assert certified(people).number == 1


def test_one_service_alone_can_be_certified(people: Cast) -> None:
    name_issuer(people)
    first, _second = served(people, ago=5), served(people, ago=4)
    granted(people)
    certificate = certified(people, visit_id=first.id)
    assert [line.visit_id for line in lines_of(certificate)] == [first.id]


def test_somebody_elses_service_is_not_hers_to_certify(people: Cast) -> None:
    name_issuer(people)
    other = served(people, volunteer=people.far_volunteer)
    with pytest.raises(NothingServed):
        certified(people, visit_id=other.id)


def test_honour_hours_stand_apart_and_are_not_time_served(people: Cast) -> None:
    name_issuer(people)
    served(people, minutes=42)
    entry = granted(people, minutes=120)
    granted(people, minutes=60, approve=False)
    certificate = certified(people)
    assert (certificate.minutes, certificate.honour_min, certificate.line_count) == (42, 120, 2)
    assert lines_of(certificate)[1].entry_id == entry.id


def test_each_organiser_certifies_its_own(people: Cast) -> None:
    name_issuer(people)
    served(people)
    elder = make_elder(unit_code=f"{OTHER_COMMUNITY}001")
    make_visit(need=make_need(elder=elder, day=days_ago(2)), volunteer=people.volunteer, state=VisitState.CONFIRMED)
    answer = issuing.ask(people.actor(people.bo), people.bo.id, Period())
    assert [one.issuer_code for one in answer.issued] == [COMMUNITY]
    assert [one.unit_code for one in answer.waiting] == [OTHER_COMMUNITY]


def test_without_an_issuer_the_request_waits_and_is_issued_when_it_is_named(people: Cast) -> None:
    served(people)
    for _twice in range(2):
        answer = issuing.ask(people.actor(people.bo), people.bo.id, Period())
        assert not answer.issued
        assert len(answer.waiting) == 1
    assert kinds_to(people.lin).count("issuer_missing") == 1
    name_issuer(people)
    made = database.scalars(select(Certificate)).one()
    assert made.issued_by == people.bo.id
    assert "certificate_issued" in kinds_to(people.bo)
    assert database.scalars(select(CertificateRequest)).one().answered_at is not None


def test_a_district_may_answer_for_all_its_communities(people: Cast) -> None:
    issuing.set_issuer(people.actor(people.admin), DISTRICT, **ISSUER)
    served(people)
    assert certified(people).issuer_code == DISTRICT


def test_who_works_elsewhere_names_no_issuer_and_asks_for_nobody(people: Cast) -> None:
    served(people)
    with pytest.raises(NotFound):
        issuing.set_issuer(people.actor(people.xu), COMMUNITY, **ISSUER)
    with pytest.raises(NotFound):
        issuing.ask(people.actor(people.xu), people.bo.id, Period())
    with pytest.raises(NotFound):
        issuing.ask(people.actor(people.dan), people.bo.id, Period())


def test_a_correction_afterwards_appears_as_a_new_certificate_that_names_the_old(people: Cast) -> None:
    name_issuer(people)
    undone, _kept = served(people, ago=6), served(people, ago=5)
    uid = paid(people, undone)
    first = certified(people, from_day=days_ago(9), until_day=days_ago(1))
    propose_reversal(uid=f"{uid}:reversal", of=uid, by=people.lin.id, memo="wrong")
    approve(uid=f"{uid}:reversal", by=people.approver.id)
    second = certified(people, from_day=days_ago(9), until_day=days_ago(1))
    assert (second.replaces_id, second.line_count, first.line_count) == (first.id, 1, 2)
    assert printed(people.actor(people.bo), first.id).replaced_by is second


def test_a_script_cannot_fill_the_numbers(people: Cast) -> None:
    name_issuer(people)
    served(people)
    for day in range(MOST_A_DAY):
        certified(people, from_day=days_ago(30 + day))
    with pytest.raises(EnoughToday):
        certified(people, from_day=days_ago(99))


# Revocation ----------------------------------------------------------------------------------------------------------


def test_two_people_revoke_and_the_volunteer_reads_why(people: Cast) -> None:
    name_issuer(people)
    served(people)
    certificate = revoked(people, certified(people), "时长有误")
    assert standing_of(certificate.code) is Standing.REVOKED
    notice = database.scalars(select(Notice).where(Notice.kind == "certificate_revoked")).one()
    assert notice.person_id == people.bo.id
    assert notice.data["reason"] == "时长有误"
    verbs = database.scalars(select(AuditEntry.verb).where(AuditEntry.subject == f"certificate:{certificate.id}")).all()
    assert verbs == ["certificate.issue", "certificate.propose_revocation", "certificate.revoke"]


def test_one_person_alone_revokes_nothing(people: Cast) -> None:
    name_issuer(people)
    served(people)
    certificate = certified(people)
    proposal = revoking.propose_revocation(people.actor(people.lin), certificate.id, reason="x")
    with pytest.raises(SecondPersonNeeded):
        revoking.decide_revocation(people.actor(people.lin), proposal.id, approve=True)
    assert standing_of(certificate.code) is Standing.GENUINE
    with pytest.raises(RevokedAlready):
        revoking.propose_revocation(people.actor(people.approver), certificate.id, reason="y")


def test_a_refused_revocation_leaves_it_genuine_and_may_be_proposed_anew(people: Cast) -> None:
    name_issuer(people)
    served(people)
    certificate = certified(people)
    proposal = revoking.propose_revocation(people.actor(people.lin), certificate.id, reason="x")
    revoking.decide_revocation(people.actor(people.approver), proposal.id, approve=False)
    with pytest.raises(NothingProposed):
        revoking.decide_revocation(people.actor(people.approver), proposal.id, approve=True)
    assert standing_of(certificate.code) is Standing.GENUINE
    assert standing_of(revoked(people, certificate).code) is Standing.REVOKED


def test_nobody_revokes_her_own_or_one_of_another_place(people: Cast) -> None:
    name_issuer(people)
    served(people)
    certificate = certified(people)
    with pytest.raises(NotFound):
        revoking.propose_revocation(people.actor(people.xu), certificate.id, reason="x")
    with pytest.raises(OwnRecord):
        revoking.propose_revocation(people.actor(people.bo), certificate.id, reason="x")


def test_after_a_revocation_the_same_days_are_certified_anew_under_a_new_number(people: Cast) -> None:
    name_issuer(people)
    served(people)
    first = revoked(people, certified(people))
    second = certified(people)
    assert (second.number, standing_of(second.code), standing_of(first.code)) == (
        2, Standing.GENUINE, Standing.REVOKED,
    )  # fmt: skip


# What a stranger learns ----------------------------------------------------------------------------------------------


def test_a_paper_altered_in_the_database_is_no_longer_called_genuine(people: Cast) -> None:
    name_issuer(people)
    served(people)
    certificate = certified(people)
    database.get_one(CertificatePaper, certificate.id).name = "张三"
    database.flush()
    assert standing_of(certificate.code) is Standing.UNKNOWN
    assert not printed(people.actor(people.bo), certificate.id).is_whole


def test_erasing_the_names_leaves_the_certificate_genuine(people: Cast) -> None:
    name_issuer(people)
    served(people)
    certificate = certified(people)
    database.delete(database.get_one(CertificatePaper, certificate.id))
    database.flush()
    assert standing_of(certificate.code) is Standing.GENUINE


def test_the_number_and_time_on_the_paper_are_compared_and_guesses_are_counted(people: Cast) -> None:
    name_issuer(people)
    served(people, minutes=42)
    certificate = certified(people)
    number = certificate.printed_number
    assert checking.compare(certificate.code, number=f" {number} ", minutes=42) is True
    answers = [checking.compare(certificate.code, number=number, minutes=43 + more) for more in range(12)]
    assert answers == [False] * checking.COMPARISONS_AN_HOUR + [None] * 2
    assert checking.compare(certificate.code, number=number, minutes=42) is None


def test_codes_are_long_and_differ(people: Cast) -> None:
    name_issuer(people)
    codes = set()
    for ago in (5, 4, 3):
        served(people, ago=ago)
        codes.add(certified(people).code)
    assert len(codes) == 3
    assert {len(code) for code in codes} == {20}
