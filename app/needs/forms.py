"""What the pages of orders are told: for whom, what, when, and the small wishes beside it; read field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import abort, redirect, request
from flask_babel import gettext as _

from app import clock
from app.access.actor import Actor
from app.errors import Invalid
from app.menu.models import MenuItem
from app.needs.entries import OrderEntry
from app.needs.models import Need
from app.needs.parts import WISH_MIN, Part, any_time, parts_of
from app.needs.placing import elder_to_speak_for
from app.needs.slots import ANY, Slot
from app.org.queries import zone_of
from app.people.models import Elder, Person, Role

LONGEST_KEY = 40  # with the elder's id before it it fits the column
CALLERS = ("elder", "family")
Errors = dict[str, str]


# For whom ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """The elder whose orders a page is about, and how its reader stands to her."""

    actor: Actor
    elder: Elder
    person: Person

    @property
    def is_own(self) -> bool:
        """Whether she is at her own pages."""
        return self.actor.person_id == self.person.id

    @property
    def workspace(self) -> str:
        """The frame around the page: hers, a relative's, or the grid worker's."""
        if self.is_own:
            return "elder"
        return "relative" if self.person.id in self.actor.speaks_for else "grid"

    @property
    def home(self) -> str:
        """Where the reader goes back to."""
        if self.workspace == "grid":
            return f"/g/elders/{self.person.id}"
        return "/me" if self.is_own else f"/me?for={self.person.id}"

    @property
    def words(self) -> dict[str, Any]:
        """What every address of these pages carries along: the elder, where it is not the reader."""
        return {} if self.is_own else {"for": self.person.id}

    @property
    def unit_code(self) -> str:
        return self.person.unit_code

    @property
    def zone(self) -> str:
        return zone_of(self.person.unit_code)

    @property
    def today(self) -> date:
        return clock.today(self.zone)


def side_of(actor: Actor, elder_id: str) -> Side:
    """The side of one elder. NotFound unless it is she, her relative, or who has the duty in her grid."""
    return Side(actor, *elder_to_speak_for(actor, elder_id))


def side_here(actor: Actor) -> Side:
    """The side named in the address (`for`), else the reader's own, else the only elder she cares for.

    Whoever must choose first is sent to where one chooses.
    """
    named = request.values.get("for", "")
    if named:
        return side_of(actor, named)
    if Role.ELDER in actor.roles and actor.person_id is not None:
        return side_of(actor, actor.person_id)
    if len(actor.speaks_for) == 1:
        return side_of(actor, next(iter(actor.speaks_for)))
    return abort(redirect("/family" if Role.RELATIVE in actor.roles else "/g/find", 303))


# What and when -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What was chosen so far. A time is a part of the day (`part`, or "any"), or an earliest and a latest start."""

    item_code: str = ""
    wish: str = ""
    day: date | None = None
    part: str = ""
    at_min: int | None = None
    latest_min: int | None = None
    duration_min: int | None = None
    same_sex: bool = False
    regular_id: str = ""
    note: str = ""
    weekly: bool = False
    caller: str = ""
    key: str = ""

    def at(self, slot: Slot) -> "Choice":
        """The same at another time."""
        if slot.part:
            return replace(self, day=slot.day, part=slot.part, at_min=None, latest_min=None)
        return replace(self, day=slot.day, part="", at_min=slot.earliest_min, latest_min=slot.latest_min)

    def moved(self, to: "Choice") -> "Choice":
        """The same at the time of another choice."""
        return replace(self, day=to.day, part=to.part, at_min=to.at_min, latest_min=to.latest_min)

    def window(self, parts: Sequence[Part], duration_min: int) -> tuple[int, int]:
        """Earliest and latest start. Invalid when no time was chosen or the part is not on offer."""
        if self.at_min is not None:
            return self.at_min, self.at_min if self.latest_min is None else self.latest_min
        if self.part == ANY and parts:
            return any_time(parts, duration_min)
        for part in parts:
            if part.name == self.part:
                return part.window(duration_min)
        raise Invalid({"at": _("Choose a time of the day that is offered for this help.")})

    def entry(self, side: Side, item: MenuItem | None) -> OrderEntry:
        """The order as the service takes it. Invalid when day or time are missing."""
        if self.day is None:
            raise Invalid({"day": _("Choose a day.")})
        parts = parts_of(item, side.unit_code, on=max(self.day, side.today))
        earliest, latest = self.window(parts, self.length(item))
        return OrderEntry(
            elder_id=side.person.id, item_code=item.code if item else None, wish_text=self.wish, day=self.day,
            earliest_start_min=earliest, latest_start_min=latest, duration_min=self.duration_min,
            same_sex=self.same_sex, regular_id=self.regular_id or None, note=self.note,
            weekly=self.weekly and item is not None, caller=self.caller,
            idempotency_key=f"{side.person.id}:{self.key}" if self.key else None,
        )  # fmt: skip

    def length(self, item: MenuItem | None) -> int:
        """How many minutes the help should take."""
        return self.duration_min or (item.usual_min if item is not None else WISH_MIN)

    def slot(self, side: Side, item: MenuItem | None) -> Slot:
        """The chosen time, to be said in words. Invalid as `entry`."""
        entry = self.entry(side, item)
        return Slot(entry.day, entry.earliest_start_min, entry.latest_start_min, part=self.part)

    def is_twin(self, other: Need) -> bool:
        """Whether an order asks for the same thing."""
        if self.item_code:
            return other.item_code == self.item_code
        return other.item_code is None and other.wish_text == self.wish

    def words(self) -> dict[str, Any]:
        """The choice as words of an address or hidden fields; what was not chosen is left out."""
        said = {
            "item": self.item_code, "wish": self.wish, "day": self.day.isoformat() if self.day else "",
            "part": self.part, "at": as_clock(self.at_min), "latest": as_clock(self.latest_min),
            "duration": str(self.duration_min or ""), "same_sex": "1" if self.same_sex else "",
            "regular": self.regular_id, "note": self.note, "weekly": "1" if self.weekly else "", "caller": self.caller,
        }  # fmt: skip
        return {name: value for name, value in said.items() if value}

    def time_words(self) -> dict[str, str]:
        """What and when, for the hidden fields of a form that asks for the rest itself."""
        rest = ("same_sex", "regular", "note", "weekly")
        return {name: value for name, value in self.words().items() if name not in rest}

    def kept(self, item: MenuItem | None, side: Side) -> dict[str, Any]:
        """All but the time, for the hidden fields of a form that asks for the time."""
        times = ("item", "day", "part", "at", "latest")
        kept = {name: value for name, value in self.words().items() if name not in times}
        return side.words | ({"item": item.code} if item is not None else {}) | kept


def read_choice(said: Mapping[str, str]) -> tuple[Choice, Errors]:
    """The choice that an address or a form says, and what could not be read of it."""
    errors: Errors = {}
    choice = Choice(
        item_code=said.get("item", "").strip()[:40], wish=said.get("wish", "").strip(),
        day=_day(said.get("day", ""), errors), part=said.get("part", "").strip(),
        at_min=_minute(said.get("at", ""), "at", errors), latest_min=_minute(said.get("latest", ""), "latest", errors),
        duration_min=_length(said.get("duration", ""), errors), same_sex=said.get("same_sex") == "1",
        regular_id=said.get("regular", "").strip(), note=said.get("note", "").strip(),
        weekly=said.get("weekly") == "1", caller=said.get("caller", "") if said.get("caller") in CALLERS else "",
        key=said.get("key", "").strip()[:LONGEST_KEY],
    )  # fmt: skip
    when = said.get("when", "") if choice.at_min is None and "at" not in errors else ""  # an exact hour is meant
    return (choice.at(_slot(when, errors)) if when else choice), errors


def choice_of(need: Need) -> Choice:
    """What an order asks for now, as a choice to change or to repeat."""
    return Choice(
        item_code=need.item_code or "", wish=need.wish_text if need.item_code is None else "", day=need.day,
        at_min=need.earliest_start_min, latest_min=need.latest_start_min, duration_min=need.duration_min,
        same_sex=need.same_sex, regular_id=need.regular_id or "", note=need.note,
    )  # fmt: skip


def as_clock(minutes: int | None) -> str:
    """ "09:30" of 570, as form fields write it."""
    return "" if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"


def _day(text: str, errors: Errors) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        errors["day"] = _("This is not a day of the calendar. Choose a day, like 2026-06-17.")
        return None


def _minute(text: str, name: str, errors: Errors) -> int | None:
    plain = text.strip().replace("：", ":").replace(".", ":")
    if not plain:
        return None
    hours, _colon, rest = plain.partition(":")
    if hours.isascii() and hours.isdigit() and len(hours) <= 2 and rest.isascii() and rest.isdigit() and len(rest) == 2:
        minutes = 60 * int(hours) + int(rest)
        if int(rest) < 60 and minutes < clock.MINUTES_PER_DAY:
            return minutes
    errors[name] = _("This is not a time of the day. Choose a time, like 9:30.")
    return None


def _length(text: str, errors: Errors) -> int | None:
    plain = text.strip()
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 4 and int(plain) > 0):
        errors["duration"] = _("Write the length in whole minutes, like 60.")
        return None
    return int(plain)


def _slot(when: str, errors: Errors) -> Slot:
    """The time that a button said."""
    said, _between, rest = when.partition("~")
    earliest, dash, latest = rest.partition("-")
    try:
        day = date.fromisoformat(said)
        return Slot(day, int(earliest), int(latest)) if dash else Slot(day, 0, 0, part=rest)
    except ValueError:
        errors["day"] = _("Choose a day.")
        return Slot(date.min, 0, 0, part=ANY)
