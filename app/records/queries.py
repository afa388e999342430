"""A volunteer's service as her record shows it: every visit with its minutes, its proof and its state, and the sums."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select
from sqlalchemy.orm import aliased

from app.db import Base, session
from app.errors import NotFound
from app.ledger.models import Transfer
from app.menu.models import MenuItem
from app.needs.models import Need
from app.org.models import OrgUnit
from app.people.models import Person, ServiceNumber
from app.visits.models import Visit, VisitState

M = TypeVar("M", bound=Base)


class Proof(StrEnum):
    """How the minutes of a service came about: the weaker of its two ends."""

    DOOR = "door"  # the elder's card or its PIN at the door
    PHONE = "phone"  # noted by staff whom the volunteer rang from the door
    LATE = "late"  # written down afterwards by one person, approved by a second
    HONOUR = "honour"  # no service: granted by two people


SHOWN = (VisitState.CHECKED_OUT, VisitState.CONFIRMED, VisitState.DISPUTED, VisitState.FAILED)


@dataclass(frozen=True)
class Service:
    """One visit as a record shows it. `transfer_uid` stored its minutes; `is_undone` when a correction took them back.

    `unit` is the community that organised it: a record names no door and no elder.
    """

    visit: Visit
    need: Need
    item: MenuItem | None
    unit: OrgUnit
    elder: Person
    transfer_uid: str | None
    is_undone: bool

    @property
    def counts(self) -> bool:
        """Whether its minutes are part of the sums and of a certificate."""
        return self.visit.state == VisitState.CONFIRMED and not self.is_undone

    @property
    def minutes(self) -> int:
        """Minutes really served; 0 where nothing counts (yet)."""
        return (self.visit.actual_min or 0) if self.counts else 0

    @property
    def proof(self) -> Proof:
        ends = {self.visit.checked_in_how, self.visit.checked_out_how}
        if "late" in ends:
            return Proof.LATE
        return Proof.PHONE if "staff" in ends else Proof.DOOR


def is_undone() -> ColumnElement[bool]:
    """Whether the posting of a visit was taken back by a correction."""
    uids = [literal("visit:") + Visit.id + literal(f":{end}") for end in ("post", "late")]
    return exists().where(or_(*(Transfer.reverses_uid == uid for uid in uids)))


def is_counted() -> ColumnElement[bool]:
    """Confirmed and not taken back: what the sums and certificates are made of."""
    return and_(Visit.state == VisitState.CONFIRMED, ~is_undone())


def services_of(
    volunteer_id: str, words: str = "", *, since: date | None = None, until: date | None = None
) -> Select[Visit]:
    """`SELECT` of a volunteer's visits that stand on her record, newest first; `words` is part of the name of the
    service or of the community, or the number of the order."""
    query = select(Visit).where(Visit.volunteer_id == volunteer_id, Visit.state.in_(SHOWN))
    if since is not None:
        query = query.where(Visit.day >= since)
    if until is not None:
        query = query.where(Visit.day <= until)
    if words:
        query = query.where(Visit.need_id.in_(_needs_about(words)))
    return query.order_by(Visit.day.desc(), Visit.start_min.desc(), Visit.id)


def _needs_about(words: str) -> Select[str]:
    ways: list[Any] = [
        MenuItem.name_zh.contains(words, autoescape=True), MenuItem.name_en.icontains(words, autoescape=True),
        OrgUnit.name.contains(words, autoescape=True),
    ]  # fmt: skip
    digits = words.upper().removeprefix("D-")
    if digits.isdecimal() and len(digits) < 10:
        ways.append(Need.number == int(digits))
    return (
        select(Need.id)
        .outerjoin(MenuItem, MenuItem.code == Need.item_code)
        .join(OrgUnit, OrgUnit.code == Need.community_code)
        .where(or_(*ways))
    )


def with_details(visits: Sequence[Visit]) -> list[Service]:
    """The visits with everything a record shows, in a fixed number of statements."""
    needs = _by_key(Need, Need.id, {visit.need_id for visit in visits})
    items = _by_key(MenuItem, MenuItem.code, {need.item_code for need in needs.values() if need.item_code})
    units = _by_key(OrgUnit, OrgUnit.code, {need.community_code for need in needs.values()})
    elders = _by_key(Person, Person.id, {need.elder_id for need in needs.values()})
    stored = _stored({visit.id for visit in visits})
    found = []
    for visit in visits:
        need, (uid, undone) = needs[visit.need_id], stored.get(visit.id, (None, False))
        item = items.get(need.item_code or "")
        found.append(Service(visit, need, item, units[need.community_code], elders[need.elder_id], uid, undone))
    return found


def service_of(volunteer_id: str, visit_id: str) -> Service:
    """One service on a volunteer's record. NotFound for a visit of somebody else, or one that did not begin."""
    visit = session.scalars(services_of(volunteer_id).where(Visit.id == visit_id)).one_or_none()
    if visit is None:
        raise NotFound
    return with_details([visit])[0]


def number_of(volunteer_id: str) -> str:
    """A volunteer's service number as people read it; "" where she has none."""
    found = session.get(ServiceNumber, volunteer_id)
    return found.printed if found is not None else ""


def _stored(visit_ids: Collection[str]) -> dict[str, tuple[str, bool]]:
    """Per visit the transfer that stored its minutes, and whether that was corrected."""
    uids = {f"visit:{visit_id}:{end}": visit_id for visit_id in visit_ids for end in ("post", "late")}
    answer = aliased(Transfer)
    rows = session.execute(
        select(Transfer.uid, answer.uid)
        .outerjoin(answer, answer.reverses_uid == Transfer.uid)
        .where(Transfer.uid.in_(uids))
    )
    return {uids[uid]: (uid, undone is not None) for uid, undone in rows}


def _by_key(model: type[M], column: Any, keys: Collection[str]) -> dict[str, M]:
    rows = session.scalars(select(model).where(column.in_(keys))) if keys else ()
    return {getattr(row, column.key): row for row in rows}
