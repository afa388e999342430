"""Reads of what members decide: the family one may give to, gifts and their states, stops, objections."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, func, select

from app.access.actor import Actor
from app.access.scope import condition
from app.db import session
from app.errors import NotFound
from app.ledger.models import Account, AccountKind, Transfer
from app.passbook.models import HOUSEHOLD, GiftEnd, GiftOrder, GiftStop, GiftWord, Objection, ObjectionState
from app.people.models import Delegation, Elder, Person, Relation
from app.rulepacks.queries import setting
from app.web.filters import age_on

OF_THE_ELDER = {
    Relation.SPOUSE: "spouse", Relation.CHILD: "parents", Relation.GRANDCHILD: "grandparents",
    Relation.SIBLING: "siblings", Relation.IN_LAW: "parents_in_law", Relation.OTHER: "other_relatives",
}  # fmt: skip
"""What the elder is to a relative who is this to her."""

OF_THE_RELATIVE = {
    Relation.SPOUSE: "spouse", Relation.CHILD: "children", Relation.SIBLING: "siblings",
}  # fmt: skip
"""What the relative is to the elder; everybody else is one of the other relatives."""


class WhyNot(StrEnum):
    CIRCLE = "circle"  # the rules here do not let one give to such a relation
    AGE = "age"  # not old enough, or no date of birth is known


@dataclass(frozen=True)
class Kin:
    """One of the family whose bond the community knows, and whether the rules let one give to her."""

    person: Person
    relation: str
    why_not: WhyNot | None


def family_of(person_id: str) -> dict[str, str]:
    """Relations by person: the elders she may act for and the relatives who may act for her."""
    bonds = select(Delegation).where(Delegation.ended_at.is_(None)).order_by(Delegation.since, Delegation.id)
    found: dict[str, str] = {}
    for bond in session.scalars(bonds.where(Delegation.relative_id == person_id)):
        found.setdefault(bond.elder_id, OF_THE_ELDER[Relation(bond.relation)])
    for bond in session.scalars(bonds.where(Delegation.elder_id == person_id)):
        found.setdefault(bond.relative_id, OF_THE_RELATIVE.get(Relation(bond.relation), "other_relatives"))
    return found


def kin_of(person_id: str, *, on: date) -> list[Kin]:
    """The family of a person, those she may give to first."""
    relations = family_of(person_id)
    home = session.get_one(Person, person_id).unit_code
    circle = set(setting(home, "gift_circle", on=on))
    least = int(setting(home, "gift_recipient_min_age", on=on))
    people = session.scalars(select(Person).where(Person.id.in_(relations), Person.disabled_at.is_(None)))
    kin = [Kin(one, relations[one.id], _why_not(one, relations[one.id], circle, least, on)) for one in people]
    return sorted(kin, key=lambda one: (one.why_not is not None, one.person.name, one.person.id))


def _why_not(person: Person, relation: str, circle: set[str], least: int, on: date) -> WhyNot | None:
    if relation not in circle:
        return WhyNot.CIRCLE
    if least and (person.birth_date is None or age_on(person.birth_date, on) < least):
        return WhyNot.AGE
    return None


# Gifts ---------------------------------------------------------------------------------------------------------------


class GiftState(StrEnum):
    WAITS = "waits"  # for its time
    ASKED = "asked"  # for the word of somebody of the community
    GIVEN = "given"
    ENDED = "ended"


@dataclass(frozen=True)
class Gift:
    """One gift as its giver sees it."""

    order: GiftOrder
    receiver: Account
    word: GiftWord | None
    end: GiftEnd | None
    given: Transfer | None

    @property
    def state(self) -> GiftState:
        if self.given is not None:
            return GiftState.GIVEN
        if self.end is not None:
            return GiftState.ENDED
        return GiftState.ASKED if self.order.needs_word and self.word is None else GiftState.WAITS

    @property
    def is_waiting(self) -> bool:
        return self.state in (GiftState.WAITS, GiftState.ASKED)

    @property
    def to_pool(self) -> bool:
        return self.receiver.kind == AccountKind.FAMILY_POOL


def _gifts() -> Select[GiftOrder, Account, GiftWord, GiftEnd, Transfer]:
    return (
        select(GiftOrder, Account, GiftWord, GiftEnd, Transfer)
        .join(Account, Account.id == GiftOrder.receiver_account_id)
        .join(GiftWord, GiftWord.uid == GiftOrder.uid, isouter=True)
        .join(GiftEnd, GiftEnd.uid == GiftOrder.uid, isouter=True)
        .join(Transfer, Transfer.uid == GiftOrder.uid, isouter=True)
    )


def gifts_from(person_id: str) -> Select[GiftOrder, Account, GiftWord, GiftEnd, Transfer]:
    """`SELECT` of a person's gifts for a list, newest first; each row makes a Gift."""
    return _gifts().where(GiftOrder.giver_id == person_id).order_by(GiftOrder.asked_at.desc(), GiftOrder.uid)


def waiting_gifts_from(person_id: str) -> list[Gift]:
    """A person's gifts that were not given yet and may still be called back, oldest first."""
    rows = _gifts().where(GiftOrder.giver_id == person_id, *_is_waiting()).order_by(GiftOrder.asked_at, GiftOrder.uid)
    return [Gift(*row) for row in session.execute(rows)]


def gift_of(person_id: str, uid: str) -> Gift:
    """One gift of its giver; NotFound for anybody else's."""
    row = session.execute(_gifts().where(GiftOrder.uid == uid, GiftOrder.giver_id == person_id)).one_or_none()
    if row is None:
        raise NotFound
    return Gift(*row)


def gifts_to_ask_about(actor: Actor) -> Select[GiftOrder, Person]:
    """`SELECT` of (order, giver): elders' first gifts of the actor's units nobody asked about yet, oldest first."""
    no_word = ~exists().where(GiftWord.uid == GiftOrder.uid)
    return (
        select(GiftOrder, Person)
        .join(Person, Person.id == GiftOrder.giver_id)
        .join(Elder, Elder.person_id == Person.id)
        .where(GiftOrder.needs_word, no_word, *_is_waiting(), condition(Elder, actor))
        .order_by(GiftOrder.asked_at, GiftOrder.uid)
    )


def gifts_due(at: datetime) -> list[str]:
    """Uids of gifts whose time has come by then and that have every word they need, oldest first."""
    yes = exists().where(GiftWord.uid == GiftOrder.uid, GiftWord.said_yes)
    rows = select(GiftOrder.uid).where(GiftOrder.ripe_at <= at, *_is_waiting(), ~GiftOrder.needs_word | yes)
    return list(session.scalars(rows.order_by(GiftOrder.ripe_at, GiftOrder.uid)))


def waiting_minutes(account_id: str) -> int:
    """What gifts that still wait will take from a passbook."""
    total = select(func.sum(GiftOrder.amount)).where(GiftOrder.giver_account_id == account_id, *_is_waiting())
    return int(session.scalar(total) or 0)


def given_minutes(account_id: str, *, since: date, until: date | None = None) -> int:
    """What was given, or decided and not ended, on the days from `since` to before `until`."""
    ended = exists().where(GiftEnd.uid == GiftOrder.uid)
    total = select(func.sum(GiftOrder.amount)).where(
        GiftOrder.giver_account_id == account_id, GiftOrder.day >= since, ~ended
    )
    return int(session.scalar(total.where(GiftOrder.day < until) if until else total) or 0)


def next_gift_nr(account_id: str) -> int:
    """The place that the next gift from this passbook takes in the row of all that were ever decided."""
    taken = select(func.max(GiftOrder.nr)).where(GiftOrder.giver_account_id == account_id)
    return 1 + int(session.scalar(taken) or 0)


def gifts_stopped(account_id: str) -> bool:
    """Whether gifts from this passbook are stopped."""
    last = last_stop(account_id)
    return last is not None and last.stopped


def last_stop(account_id: str) -> GiftStop | None:
    """The last word about gifts from a passbook; None when nobody ever stopped them."""
    return session.scalar(
        select(GiftStop).where(GiftStop.account_id == account_id).order_by(GiftStop.nr.desc()).limit(1)
    )


def _is_waiting() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (~exists().where(GiftEnd.uid == GiftOrder.uid), ~exists().where(Transfer.uid == GiftOrder.uid))


def receiver_person_id(gift: Gift) -> str | None:
    """Whose passbook the gift goes to; None for a family's pool."""
    return None if gift.receiver.owner_id.startswith(f"{HOUSEHOLD}:") else gift.receiver.owner_id


# Objections ----------------------------------------------------------------------------------------------------------


def objections_about(account_id: str, uids: list[str] | None = None) -> list[Objection]:
    """The objections to lines of one passbook (or to these lines of it), newest first."""
    rows = select(Objection).where(Objection.account_id == account_id)
    if uids is not None:
        rows = rows.where(Objection.transfer_uid.in_(uids))
    return list(session.scalars(rows.order_by(Objection.raised_at.desc(), Objection.id)))


def objections_in(actor: Actor, words: str = "", *, is_open: bool | None = None) -> Select[Objection, Person]:
    """`SELECT` of (objection, whose passbook) of the actor's units: open ones first, then the newest."""
    rows = (
        select(Objection, Person)
        .join(Person, Person.id == Objection.person_id)
        .where(condition(Objection, actor))
        .order_by((Objection.state != ObjectionState.OPEN), Objection.raised_at.desc(), Objection.id)
    )
    if is_open is not None:
        rows = rows.where((Objection.state == ObjectionState.OPEN) == is_open)
    return rows.where(Person.name.contains(words, autoescape=True)) if words else rows
