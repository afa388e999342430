"""The record itself: what counts, how it was proved, stars, and what stands beside the visits."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.db import session as database
from app.errors import Invalid, NotFound
from app.ledger.service import approve, propose_reversal
from app.notices.models import Notice
from app.people.models import ServiceNumber
from app.records import granting
from app.records.entry_queries import EntryState, entries_of, waiting_entries
from app.records.granting import DecidedAlready, Grant, OwnRecord, SecondPersonNeeded
from app.records.models import EntryKind
from app.records.proving import facts_of
from app.records.queries import Proof, service_of, services_of, with_details
from app.records.sum_queries import stars_for, sums_of
from app.visits.models import VisitState
from app.visits.settlement import resolve_dispute
from tests.factories import COMMUNITY, OTHER_COMMUNITY, make_volunteer
from tests.people import Cast
from tests.records.support import days_ago, granted, paid, served


def test_the_sums_are_of_confirmed_service_by_year_and_proof(people: Cast) -> None:
    served(people, ago=3, minutes=42)
    served(people, ago=2, minutes=30, checked_in_how="staff")
    served(people, ago=400, minutes=60, checked_in_how="late", checked_out_how="late")
    for state in (VisitState.CHECKED_OUT, VisitState.DISPUTED, VisitState.FAILED):
        served(people, ago=1, minutes=500, state=state)
    sums = sums_of(people.volunteer)
    assert [(year.year, year.services, year.minutes) for year in sums.years] == [(2026, 2, 72), (2025, 1, 60)]
    assert sums.by_proof == {Proof.DOOR: 42, Proof.PHONE: 30, Proof.LATE: 60}
    assert (sums.services, sums.minutes) == (3, 132)


def test_service_whose_minutes_were_taken_back_is_shown_and_does_not_count(people: Cast) -> None:
    visit = served(people, minutes=42)
    uid = paid(people, visit)
    propose_reversal(uid=f"{uid}:reversal", of=uid, by=people.lin.id, memo="wrong")
    approve(uid=f"{uid}:reversal", by=people.approver.id)
    service = service_of(people.bo.id, visit.id)
    assert (service.is_undone, service.counts, service.minutes) == (True, False, 0)
    assert sums_of(people.volunteer).minutes == 0


def test_a_service_names_the_transfer_that_stored_its_minutes(people: Cast) -> None:
    visit = served(people)
    assert service_of(people.bo.id, visit.id).transfer_uid is None
    uid = paid(people, visit)
    assert service_of(people.bo.id, visit.id).transfer_uid == uid == f"visit:{visit.id}:post"


@pytest.mark.parametrize(
    ("how_in", "how_out", "proof"),
    [
        ("card", "card", Proof.DOOR),
        ("pin", "tap", Proof.DOOR),
        ("staff", "tap", Proof.PHONE),
        ("card", "staff", Proof.PHONE),
        ("late", "late", Proof.LATE),
    ],
)
def test_the_weaker_end_says_how_it_was_proved(people: Cast, how_in: str, how_out: str, proof: Proof) -> None:
    visit = served(people, checked_in_how=how_in, checked_out_how=how_out)
    service = service_of(people.bo.id, visit.id)
    assert service.proof is proof
    assert list(sums_of(people.volunteer).by_proof) == [proof]
    facts = facts_of(service, people.bo.name)
    assert len(facts) == 6
    assert all(fact.about and fact.what and fact.how for fact in facts)


def test_a_record_names_no_door_and_no_full_name_of_an_elder(people: Cast) -> None:
    visit = served(people)
    told = " ".join(f"{fact.what} {fact.how}" for fact in facts_of(service_of(people.bo.id, visit.id), people.bo.name))
    assert people.chen.name not in told
    assert people.chen.address not in told
    assert people.chen.phone not in told


def test_the_list_is_searched_by_kind_of_help_community_and_number(people: Cast) -> None:
    visit = served(people)
    [service] = with_details([visit])

    def found(words: str) -> int:
        return len(database.scalars(services_of(people.bo.id, words)).all())

    assert service.item is not None
    good = (service.item.name_zh, service.item.name_en.lower(), "樵湖岭", f"D-{service.need.number}")
    assert [found(words) for words in good] == [1] * 4
    assert [found(words) for words in ("没有", "D-1", "%", people.chen.name)] == [0] * 4


def test_fewer_minutes_after_a_dispute_are_what_the_record_says(people: Cast) -> None:
    visit = served(people, minutes=42, credit_min=40, state=VisitState.DISPUTED)
    resolve_dispute(people.actor(people.lin), visit.id, uphold=False, minutes=25)
    service = service_of(people.bo.id, visit.id)
    assert (service.minutes, service.visit.credit_min) == (25, 25)
    assert sums_of(people.volunteer).minutes == 25


def test_somebody_elses_visit_is_not_on_the_record(people: Cast) -> None:
    visit = served(people, volunteer=people.far_volunteer)
    with pytest.raises(NotFound):
        service_of(people.bo.id, visit.id)


@pytest.mark.parametrize(
    ("hours", "stars", "missing_h"),
    [(0, 0, 100), (99, 0, 1), (100, 1, 200), (300, 2, 300), (600, 3, 400), (1000, 4, 500), (1500, 5, None)],
)  # fmt: skip
def test_stars_are_given_by_the_rules(people: Cast, hours: int, stars: int, missing_h: int | None) -> None:
    found = stars_for(people.volunteer, 60 * hours)
    missing = None if missing_h is None else 60 * missing_h
    assert (found.count, found.of, found.missing_min) == (stars, 5, missing)


def test_honour_hours_count_for_stars_and_not_for_time_served(people: Cast) -> None:
    served(people, minutes=60)
    granted(people, minutes=6000)
    sums = sums_of(people.volunteer)
    assert (sums.minutes, sums.honour_min, sums.stars.count) == (60, 6000, 1)


# Entries -------------------------------------------------------------------------------------------------------------


def test_honour_hours_wait_for_a_second_person_who_is_told(people: Cast) -> None:
    entry = granted(people, approve=False)
    assert sums_of(people.volunteer).honour_min == 0
    assert [one.row.id for one, _person in waiting_entries(people.actor(people.approver))] == [entry.id]
    assert database.scalars(select(Notice.person_id).where(Notice.kind == "honour_hours_wait")).all() == [
        people.approver.id
    ]
    with pytest.raises(SecondPersonNeeded):
        granting.decide(people.actor(people.lin), entry.id, approve=True)
    granting.decide(people.actor(people.approver), entry.id, approve=True)
    assert sums_of(people.volunteer).honour_min == 120
    with pytest.raises(DecidedAlready):
        granting.decide(people.actor(people.approver), entry.id, approve=False)


def test_refused_hours_and_withdrawn_ones_stay_to_be_seen_and_do_not_count(people: Cast) -> None:
    refused, taken = granted(people, approve=False), granted(people)
    granting.decide(people.actor(people.approver), refused.id, approve=False)
    granting.withdraw(people.actor(people.lin), taken.id, reason="重复登记")
    states = {entry.row.id: entry.state for entry in entries_of(people.bo.id)}
    assert states == {refused.id: EntryState.REFUSED, taken.id: EntryState.WITHDRAWN}
    assert sums_of(people.volunteer).honour_min == 0
    with pytest.raises(DecidedAlready):
        granting.withdraw(people.actor(people.lin), taken.id, reason="again")


def test_a_training_counts_at_once_and_its_owner_is_told(people: Cast) -> None:
    entry = granted(people, kind=EntryKind.TRAINING, minutes=90, title="急救培训")
    assert [one.state for one in entries_of(people.bo.id)] == [EntryState.STANDS]
    notice = database.scalars(select(Notice).where(Notice.kind == "record_entry")).one()
    assert (notice.person_id, notice.data["title"]) == (people.bo.id, "急救培训")
    assert database.scalars(select(AuditEntry.verb).where(AuditEntry.subject == f"record_entry:{entry.id}")).all() == [
        "record.enter"
    ]


def test_nobody_elsewhere_and_nobody_herself_writes_on_a_record(people: Cast) -> None:
    grant = Grant(EntryKind.HONOUR, "优秀志愿者", "街道", "", days_ago(1), 0)
    for stranger in (people.xu, people.guo, people.dan):
        with pytest.raises(NotFound):
            granting.enter(people.actor(stranger), people.bo.id, grant)
    with pytest.raises(OwnRecord):
        granting.enter(people.actor(people.bo), people.bo.id, grant)
    with pytest.raises(Invalid):
        granting.enter(people.actor(people.lin), people.bo.id, Grant(EntryKind.HONOUR, "x", "y", "", days_ago(-1), 0))


# Service numbers -----------------------------------------------------------------------------------------------------


def test_every_volunteer_gets_the_next_number_of_her_community_for_life(people: Cast) -> None:
    first = make_volunteer().person_id
    second, elsewhere = make_volunteer().person_id, make_volunteer(unit_code=OTHER_COMMUNITY).person_id
    printed = [database.get_one(ServiceNumber, key).printed for key in (people.bo.id, people.dan.id, first, second)]
    assert printed == [f"{COMMUNITY}-{number:05d}" for number in (1, 2, 3, 4)]
    assert database.get_one(ServiceNumber, elsewhere).printed == f"{OTHER_COMMUNITY}-00001"
