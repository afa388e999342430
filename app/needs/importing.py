"""Orders from a file: of elders who are enrolled, reviewed already, all or nothing, none twice."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select

from app import clock
from app.access.actor import Actor
from app.audit.service import record
from app.db import session
from app.errors import DomainError
from app.menu.models import MenuItem
from app.menu.queries import offered_item
from app.needs.holds import hold_again, hold_minutes, release_holds
from app.needs.models import Channel, Need, NeedState
from app.needs.numbers import next_number
from app.org.queries import around, is_inside
from app.org.tables import Line, Outcome, Report, Row, finish, rows_of, unique_code
from app.people.importing import may_import
from app.people.models import Elder, Person
from app.people.queries import elder_by_code, today_of, volunteer_by_code
from app.visits.models import Assignment

COLUMNS = (
    "code", "elder_code", "menu_item", "day", "earliest_start", "latest_start", "duration_min", "volunteers_needed",
    "same_sex", "regular_code", "note",
)  # fmt: skip
NEEDED = ("code", "elder_code", "menu_item", "day", "earliest_start", "latest_start")
LONGEST_MIN = 720  # half a day: longer is a slip of the pen
WAITING = (NeedState.REVIEW, NeedState.ASKED_BACK, NeedState.OPEN)


@dataclass(frozen=True)
class NeedEntry:
    """One order as a file says it."""

    code: str
    elder: Elder
    item: MenuItem
    day: date
    earliest_start_min: int
    latest_start_min: int
    duration_min: int
    volunteers_needed: int
    same_sex: bool
    regular_id: str | None
    note: str

    def columns(self) -> dict[str, Any]:
        """What the order's row says of it."""
        own = ("day", "earliest_start_min", "latest_start_min", "duration_min", "volunteers_needed", "same_sex",
               "regular_id", "note")  # fmt: skip
        return {name: getattr(self, name) for name in own} | {"item_code": self.item.code}


def import_needs(actor: Actor, data: bytes, *, unit_code: str, dry_run: bool = False) -> Report:
    """The report of a file of orders of the unit's elders. Raises BrokenFile or OnlyTried."""
    may_import(actor, unit_code)
    held = around(unit_code)
    report = Report("needs", unit_code)
    seen: dict[str, int] = {}
    today = today_of(unit_code)
    optional = [name for name in COLUMNS if name not in NEEDED]
    for row in rows_of(data, report, needed=NEEDED, optional=optional):
        code = unique_code(row, seen)
        entry = _read(row, code, unit_code, today)
        if entry is not None:
            outcome = _store(actor, row, entry, today)
            if outcome is not None:
                report.lines.append(Line(row.number, code, entry.item.name_zh, outcome, _remarks(row, entry)))
    held.clear()
    record(actor, "needs.import", f"unit:{unit_code}", unit_code=unit_code, detail={"rows": len(report.lines)})
    return finish(report, dry_run=dry_run)


def _read(row: Row, code: str, unit_code: str, today: date) -> NeedEntry | None:
    elder = _elder(row, unit_code)
    item = _item(row, elder) if elder is not None else None
    day = row.day("day", required=True)
    earliest, latest = _start(row, "earliest_start"), _start(row, "latest_start")
    if earliest is not None and latest is not None and latest < earliest:
        row.wrong("latest_start", _l("The latest start is before the earliest."))
    duration = row.whole("duration_min", least=1, most=LONGEST_MIN)
    people = row.one_of("volunteers_needed", ("1", "2"), default=str(item.people) if item else "1")
    same_sex, note = row.flag("same_sex"), row.text("note", longest=500)
    regular = _regular(row, elder) if elder is not None else None
    if row.broken or elder is None or item is None or day is None or earliest is None or latest is None:
        return None
    return NeedEntry(
        code=code, elder=elder, item=item, day=day, earliest_start_min=earliest, latest_start_min=latest,
        duration_min=duration or item.usual_min, volunteers_needed=max(int(people), item.people),
        same_sex=same_sex, regular_id=regular, note=note,
    )  # fmt: skip


def _start(row: Row, column: str) -> int | None:
    minutes = row.clock(column)
    if not row.raw(column):
        row.wrong(column, _l("This must be filled in."))
    if minutes is not None and minutes >= clock.MINUTES_PER_DAY:
        row.wrong(column, _l("A visit begins before midnight: 23:59 at the latest."))
    return minutes


def _elder(row: Row, unit_code: str) -> Elder | None:
    code = row.text("elder_code", longest=40, required=True)
    found = elder_by_code(unit_code, code) if code else []
    if code and not found:
        row.wrong("elder_code", _l("No elder of this unit has the key “%(code)s”. Import the elders first."), code=code)
    if len(found) > 1:
        row.wrong(
            "elder_code",
            _l("Several communities have an elder with the key “%(code)s”. Import by community."),
            code=code,
        )
    elder = found[0] if len(found) == 1 else None
    if elder is not None and not is_inside(session.get_one(Person, elder.person_id).unit_code, unit_code):
        row.wrong("elder_code", _l("%(code)s lies outside %(unit)s."), code=code, unit=unit_code)
    if elder is not None and elder.consent_ended is not None:
        row.wrong("elder_code", _l("This elder's consent has ended. Ask her first."))
    return elder


def _item(row: Row, elder: Elder) -> MenuItem | None:
    code = row.text("menu_item", longest=40, required=True)
    try:
        return offered_item(elder.community_code, code) if code else None
    except DomainError as error:
        row.wrong("menu_item", error.text, **error.data)
        return None


def _regular(row: Row, elder: Elder) -> str | None:
    code = row.text("regular_code", longest=40)
    found = volunteer_by_code(elder.community_code, code) if code else None
    if code and found is None:
        row.wrong("regular_code", _l("No volunteer of the elder's community has the key “%(code)s”."), code=code)
    return found.person_id if found else None


def _remarks(row: Row, entry: NeedEntry) -> list[Any]:
    if row.raw("volunteers_needed") == "1" and entry.volunteers_needed > 1:
        return [_l("Two people go: the menu says so.")]
    return []


def _store(actor: Actor, row: Row, entry: NeedEntry, today: date) -> Outcome | None:
    found = session.scalars(
        select(Need).where(Need.community_code == entry.elder.community_code, Need.code == entry.code)
    ).one_or_none()
    if found is not None and _as_before(found, entry):
        return Outcome.SAME
    if entry.day < today:
        row.wrong("day", _l("%(day)s is past. An order is for today or later."), day=entry.day.isoformat())
        return None
    if found is None:
        _place(actor, entry, today)
        return Outcome.ADDED
    if found.state not in WAITING or session.scalar(select(exists().where(Assignment.need_id == found.id))):
        row.wrong(
            "code",
            _l("The order %(number)s of this key is under way already. Change it on its page."),
            number=f"D-{found.number}",
        )
        return None
    _change(found, entry, today)
    return Outcome.CHANGED


def _as_before(found: Need, entry: NeedEntry) -> bool:
    same = all(getattr(found, name) == value for name, value in entry.columns().items())
    return same and found.elder_id == entry.elder.person_id


def _place(actor: Actor, entry: NeedEntry, today: date) -> Need:
    """The order, reviewed already, its minutes kept from the first payer that can."""
    elder = session.get_one(Person, entry.elder.person_id)
    need = Need(
        number=next_number(), code=entry.code,
        elder_id=elder.id, community_code=entry.elder.community_code, unit_code=elder.unit_code, wish_text="",
        state=NeedState.OPEN, same_day=entry.day == today, channel=Channel.FILE,
        placed_by=actor.person_id or elder.id, placed_at=clock.now(), reviewed_by=actor.person_id,
        reviewed_at=clock.now(), owner_id=actor.person_id, **entry.columns(),
    )  # fmt: skip
    session.add(need)
    session.flush()
    hold_minutes(need)
    return need


def _change(need: Need, entry: NeedEntry, today: date) -> None:
    release_holds(need)
    need.elder_id, need.same_day = entry.elder.person_id, entry.day == today
    need.unit_code = session.get_one(Person, need.elder_id).unit_code
    for name, value in entry.columns().items():
        setattr(need, name, value)
    session.flush()
    hold_again(need)
