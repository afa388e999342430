"""Somebody with a connection to the database and bad intentions, at records and certificates: the database refuses."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert

from app import clock
from app.db import new_id
from app.db import session as database
from app.ledger.guards import definitions, drop_guard
from app.ledger.record_guards import RECORD_GUARDS, RECORD_KEYS
from app.people.models import ServiceNumber
from app.records import revoking
from app.records.models import (
    Certificate,
    CertificateLine,
    EntryKind,
    RecordEntry,
    RecordWord,
    Revocation,
    RevocationWord,
)
from app.visits.models import VisitState
from tests.ledger.attacks import is_refused, said
from tests.people import Cast
from tests.records.support import certified, days_ago, granted, name_issuer, paid, served

Attack = Callable[[], object]


class Target:
    """A certificate with room for one line more, its visits, honour hours that wait, and a proposal to revoke it."""

    def __init__(self, people: Cast) -> None:
        name_issuer(people)
        self.people = people
        self.visit = served(people, ago=6, minutes=42)
        self.spare = served(people, ago=5, minutes=30)
        self.others = served(people, ago=4, volunteer=people.far_volunteer)
        self.open = served(people, ago=3, state=VisitState.CHECKED_OUT)
        self.uid, self.spare_uid = paid(people, self.visit), paid(people, self.spare)
        self.certificate = certified(people, visit_id=self.visit.id)
        self.waits = granted(people, approve=False)
        self.honour = granted(people, kind=EntryKind.HONOUR)
        self.decided = granted(people)
        self.proposal = revoking.propose_revocation(people.actor(people.lin), self.certificate.id, reason="x")
        self.roomy = self.add(Certificate, self.next_one(line_count=2))
        self.add(CertificateLine, self.line())
        database.flush()

    def add(self, model: type[Any], values: dict[str, Any]) -> str:
        database.execute(insert(model).values(**values))
        return str(values.get("id", ""))

    def next_one(self, **other: Any) -> dict[str, Any]:
        """A certificate that could be issued next, but for what is named."""
        like = {column.name: getattr(self.certificate, column.name) for column in Certificate.__table__.c}
        new = {"id": new_id(), "number": 2, "code": new_id() + "abcd"}
        return like | new | other

    def line(self, **other: Any) -> dict[str, Any]:
        """A line that could stand on the roomy certificate, but for what is named."""
        good = {
            "certificate_id": self.roomy, "place_nr": 1, "visit_id": self.visit.id, "entry_id": None,
            "transfer_uid": None, "day": self.visit.day, "content_zh": "陪聊天", "content_en": "A chat", "place": "",
            "minutes": 42, "proof": "door",
        }  # fmt: skip
        return good | other

    def second(self, **other: Any) -> dict[str, Any]:
        usual = {"place_nr": 2, "visit_id": self.spare.id, "minutes": 30, "day": self.spare.day}
        return self.line(**usual | other)

    def granted_line(self, entry: RecordEntry, **other: Any) -> dict[str, Any]:
        usual = {"visit_id": None, "entry_id": entry.id, "minutes": entry.minutes, "day": entry.day, "proof": "honour"}
        return self.second(**usual | other)

    def word(self, entry: RecordEntry, person: Any, step: str = "approve") -> dict[str, Any]:
        return {"entry_id": entry.id, "step": step, "person_id": person.id, "reason": "", "said_at": clock.now()}

    def revoke(self, person: Any) -> dict[str, Any]:
        return {"revocation_id": self.proposal.id, "person_id": person.id, "approved": True, "said_at": clock.now()}


def inserting(target: Target) -> dict[str, Attack]:
    people = target.people
    made: dict[str, tuple[type[Any], dict[str, Any]]] = {
        "skip a number": (Certificate, target.next_one(number=9)),
        "issue a number twice": (Certificate, target.next_one(number=1)),
        "issue number nought": (Certificate, target.next_one(number=0)),
        "copy a code": (Certificate, target.next_one(number=3, code=target.certificate.code)),
        "certify somebody else's visit": (
            CertificateLine, target.second(visit_id=target.others.id, day=target.others.day, minutes=42)),
        "certify what is not confirmed": (
            CertificateLine, target.second(visit_id=target.open.id, day=target.open.day, minutes=42)),
        "certify more minutes": (CertificateLine, target.second(minutes=300)),
        "certify another day": (CertificateLine, target.second(day=days_ago(40))),
        "name another's transfer": (CertificateLine, target.second(transfer_uid=target.uid)),
        "leave a place out": (CertificateLine, target.second(place_nr=3)),
        "add a line afterwards": (
            CertificateLine, target.second(certificate_id=target.certificate.id)),
        "certify honour hours that wait": (CertificateLine, target.granted_line(target.waits)),
        "certify an honour as hours": (CertificateLine, target.granted_line(target.honour, minutes=600)),
        "certify more honour hours": (CertificateLine, target.granted_line(target.decided, minutes=600)),
        "put a visit on twice": (CertificateLine, target.second(visit_id=target.visit.id, minutes=42,
                                                                 day=target.visit.day)),
        "a line of nothing": (CertificateLine, target.second(visit_id=None)),
        "approve one's own entry": (RecordWord, target.word(target.waits, people.lin)),
        "approve one's own hours": (RecordWord, target.word(target.waits, people.bo)),
        "withdraw on one's own record": (RecordWord, target.word(target.honour, people.bo, "withdraw")),
        "approve what is decided": (RecordWord, target.word(target.decided, people.auditor, "refuse")),
        "decide with another word": (RecordWord, target.word(target.waits, people.approver, "perhaps")),
        "grant oneself hours": (RecordEntry, {
            column.name: getattr(target.waits, column.name) for column in RecordEntry.__table__.c
        } | {"id": new_id(), "entered_by": people.bo.id}),
        "propose to revoke twice": (Revocation, {
            "id": new_id(), "certificate_id": target.certificate.id, "reason": "y",
            "proposed_by": people.approver.id, "proposed_at": clock.now()}),
        "revoke alone": (RevocationWord, target.revoke(people.lin)),
        "decide on one's own certificate": (RevocationWord, target.revoke(people.bo)),
        "take a number of the list twice": (ServiceNumber, {
            "volunteer_id": people.dan.id, "unit_code": target.certificate.issuer_code, "number": 77}),
    }  # fmt: skip
    return {what: partial(target.add, model, values) for what, (model, values) in made.items()}


STATEMENTS = {
    "lengthen a certificate": "UPDATE certificate SET minutes = 6000",
    "give a certificate to another": "UPDATE certificate SET volunteer_id = :dan",
    "renumber a certificate": "UPDATE certificate SET number = 7 WHERE id = :certificate",
    "change a line": "UPDATE certificate_line SET minutes = 600",
    "change an entry": "UPDATE record_entry SET minutes = 6000",
    "turn a word round": "UPDATE record_word SET step = 'refuse'",
    "change a reason": "UPDATE revocation SET reason = ''",
    "take a service number": "UPDATE service_number SET number = 1000 + number",
    "erase a certificate": "DELETE FROM certificate",
    "erase a line": "DELETE FROM certificate_line",
    "erase an entry": "DELETE FROM record_entry",
    "erase a word": "DELETE FROM record_word",
    "erase a proposal": "DELETE FROM revocation",
    "erase a number": "DELETE FROM service_number",
}


def stating(target: Target) -> dict[str, Attack]:
    names = {"dan": target.people.dan.id, "certificate": target.certificate.id}
    statements = dict(STATEMENTS)
    if database.connection().dialect.name == "postgresql":
        statements |= {f"empty {table}": f"TRUNCATE {table} CASCADE" for table in RECORD_KEYS}
    else:
        columns = ", ".join(column.name for column in Certificate.__table__.c)
        statements["replace a certificate"] = (
            f"INSERT OR REPLACE INTO certificate ({columns}) SELECT {columns} FROM certificate WHERE id = :certificate"
        )
    return {what: said(statement, names) for what, statement in statements.items()}


@pytest.fixture
def target(people: Cast) -> Target:
    return Target(people)


def test_nobody_can(target: Target) -> None:
    attacks = inserting(target) | stating(target)
    assert len(attacks) >= 40
    assert [what for what, attack in attacks.items() if not is_refused(attack)] == []


def test_what_is_right_is_taken(target: Target) -> None:
    """So that the refusals above are for the one thing that is wrong."""
    target.add(CertificateLine, target.second(transfer_uid=target.spare_uid))
    target.add(RecordWord, target.word(target.waits, target.people.approver))
    target.add(RevocationWord, target.revoke(target.people.approver))
    target.add(Certificate, target.next_one(number=3))


ALIVE = {
    "certificate_next": "skip a number",
    "certificate_line_next": "add a line afterwards",
    "certificate_line_served": "certify more minutes",
    "certificate_line_granted": "certify honour hours that wait",
    "certificate_line_stored": "name another's transfer",
    "record_word_by_another": "approve one's own entry",
    "record_word_in_time": "approve what is decided",
    "revocation_once": "propose to revoke twice",
    "revocation_by_two": "revoke alone",
    "certificate_no_update": "lengthen a certificate",
    "certificate_line_no_update": "change a line",
    "record_entry_no_update": "change an entry",
    "record_word_no_update": "turn a word round",
    "revocation_no_update": "change a reason",
    "service_number_no_update": "take a service number",
    "certificate_line_no_delete": "erase a line",
    "record_word_no_delete": "erase a word",
    "revocation_no_delete": "erase a proposal",
    "service_number_no_delete": "erase a number",
}
"""The guard that alone stands in the way of an attack; those left out repeat a foreign key or a constraint."""


def test_each_guard_is_alive(target: Target) -> None:
    attacks = inserting(target) | stating(target)
    mine = {guard.name for guard in RECORD_GUARDS}
    assert mine <= ALIVE.keys() <= definitions(database.connection().dialect.name).keys()
    dead = []
    for name in sorted(ALIVE):

        def without(name: str = name) -> None:
            drop_guard(database.connection(), name)
            if is_refused(attacks[ALIVE[name]]):
                dead.append(name)

        is_refused(without)
    assert dead == []
