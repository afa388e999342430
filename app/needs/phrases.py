"""Orders in words, as the elder's side reads them: what, when, who comes, and where it stands."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.menu.models import MenuItem
from app.needs.entries import OrderEntry
from app.needs.models import Need, NeedState
from app.needs.parts import Part, parts_here, time_in_words
from app.needs.queries import Line
from app.needs.slots import ANY, Slot
from app.org.queries import zone_of
from app.people.models import Person
from app.rulepacks.queries import setting
from app.web import filters


class Phrases:
    """The words for the orders of one unit, as read today: its parts of the day and its hours are read once."""

    def __init__(self, unit_code: str) -> None:
        self.zone = zone_of(unit_code)
        self.today = clock.today(self.zone)
        self.parts: Sequence[Part] = parts_here(unit_code, on=self.today)
        self.told_by = str(setting(unit_code, "offer_reply_by", on=self.today))

    def what(self, line: Line) -> str:
        """The kind of help, or the wish."""
        return filters.item_name(line.item) if line.item is not None else line.need.wish_text

    def day(self, day: date) -> str:
        """A day as the beginning of a line."""
        words = filters.day_near(day, self.today)
        return words[:1].upper() + words[1:]

    def when(self, line: Line) -> str:
        """Day and time: the agreed start once somebody accepted, before that the time that was asked for."""
        need, start = line.need, line.start_min
        if start is None:
            return self.window(need.day, need.earliest_start_min, need.latest_start_min)
        return self.window(need.day, start, start)

    def window(self, day: date, earliest_min: int, latest_min: int) -> str:
        """Day and time of the day in words."""
        return f"{self.day(day)} {time_in_words(earliest_min, latest_min, self.parts)}"

    def slot(self, slot: Slot) -> str:
        """One time to choose."""
        if slot.part == ANY:
            return _("%(day)s, any time: you arrange it", day=self.day(slot.day))
        return self.window(slot.day, slot.earliest_min, slot.latest_min)

    def to_read_aloud(self, person: Person, item: MenuItem, entry: OrderEntry) -> str:
        """The order as one says it on the telephone before it is made."""
        words = (
            _("%(name)s, %(when)s somebody rings you: %(what)s. It costs nothing. Is that right?")
            if item.by_phone
            else _("%(name)s, %(when)s somebody comes to you: %(what)s. It costs nothing. Is that right?")
        )
        when = self.window(entry.day, entry.earliest_start_min, entry.latest_start_min)
        return words % {"name": filters.addressed(person), "when": when, "what": filters.item_name(item)}

    def who(self, line: Line) -> str:
        """The names of those who come, as one says them."""
        return _(" and ").join(comer.person.name for comer in line.comers)

    def stands(self, line: Line) -> str:
        """Where the order stands, in one or two sentences."""
        need = line.need
        if need.state == NeedState.REVIEW and need.review_due_at is not None:
            due = filters.day_time(need.review_due_at, self.zone)
            return _("The community looks at this order first. You hear from us by %(time)s.", time=due)
        if need.state == NeedState.OPEN:
            return self.told(need)
        if need.state == NeedState.ARRANGED and line.start_min is not None:
            return self._comes(line, filters.clock(line.start_min))
        if need.state == NeedState.IN_PROGRESS:
            return ngettext(
                "%(names)s is there now.", "%(names)s are there now.", len(line.comers), names=self.who(line)
            )  # fmt: skip
        return self._ended(need) or _other_words()[need.state]

    def _comes(self, line: Line, at: str) -> str:
        count, names = len(line.comers), self.who(line)
        if line.item is not None and line.item.by_phone:
            return ngettext("%(names)s rings at %(time)s.", "%(names)s ring at %(time)s.", count, names=names, time=at)
        return ngettext("%(names)s comes at %(time)s.", "%(names)s come at %(time)s.", count, names=names, time=at)

    def told(self, need: Need) -> str:
        """When the elder's side hears who comes."""
        if need.same_day or need.day <= self.today:
            return _("The community is asking neighbours who can come now, and calls you.")
        at = clock.instant(need.day - timedelta(days=1), clock.minute_said(self.told_by), self.zone)
        if clock.now() >= at:
            return _("The community goes on looking for somebody, and calls you.")
        return _("You hear who comes by %(time)s.", time=filters.day_time(at, self.zone))

    def _ended(self, need: Need) -> str:
        if need.state == NeedState.REFUSED:
            return _("The community can't take this on: %(reason)s", reason=need.end_reason)
        if need.state == NeedState.UNSERVED:
            return need.end_reason or _("Nobody could come. We are sorry.")
        return ""


def _other_words() -> dict[str, str]:
    return {
        NeedState.REVIEW: _("The community looks at this order first, and calls you."),
        NeedState.ASKED_BACK: _("The community has a question for you."),
        NeedState.ARRANGED: _("Somebody comes."),
        NeedState.SERVED: _("The visit is over. Was everything right?"),
        NeedState.DONE: _("Done. Thank you."),
        NeedState.DISPUTED: _("You said that something was not right. The community looks into it and calls you."),
        NeedState.CANCELLED: _("Cancelled. Nobody comes."),
    }
