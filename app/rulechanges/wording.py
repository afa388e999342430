"""Values of rules as people read them, and what the words of a rule mean."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app import clock
from app.menu.queries import ItemName, items
from app.rulepacks.keys import KEYS
from app.rulepacks.kinds import PARTS, ByItem, DayParts, Flag, Kind, Only, Several, Whole
from app.rulepacks.packs import definitions
from app.web.filters import clock_range, figure, is_chinese, minutes

GROUPS = {
    "coin and cap": _l("Time coin and cap"),
    "earning": _l("Earning time"),
    "spending and gifts": _l("Spending and gifts"),
    "points": _l("Points"),
    "who pays when there is nothing stored": _l("Who pays when nothing is stored"),
    "teams, minors, absence": _l("Teams, minors, absence"),
    "risk": _l("Risk"),
    "ratio, rounding, expiry": _l("Ratio, rounding, expiry"),
    "life of an order": _l("From order to answer"),
    "records": _l("Keeping records"),
    "care visits": _l("Care visits"),
    "answer times": _l("Answer times"),
    "added: safety practice": _l("Safety"),
    "added: menu and words": _l("Menu and words"),
    "added: red flags and forecast": _l("Red flags and forecast"),
}
WORDS = {
    "by_minute": _l("by the minute"),
    "by_item": _l("by item, after a price list"),
    "donate": _l("given to the community fund"),
    "honour_only": _l("not stored, honoured on the record"),
    "spouse": _l("spouse"),
    "parents": _l("parents"),
    "grandparents": _l("grandparents"),
    "parents_in_law": _l("parents-in-law"),
    "children": _l("children"),
    "siblings": _l("brothers and sisters"),
    "other_relatives": _l("other relatives"),
    "friends": _l("friends"),
    "alone_80": _l("80 and more, living alone or without a child at home"),
    "poor_alone_60": _l("60 to 79, alone, on minimum allowance and weakened"),
    "extreme_poverty": _l("in extreme poverty"),
    "special_family": _l("special family-planning family"),
    "seed": _l("minutes of the month from the fund"),
    "own": _l("own time"),
    "family_pool": _l("the family's time"),
    "community_fund": _l("the community fund"),
    "fund_pays": _l("it is taken; the fund pays, or pays later"),
    "ask_coordinator": _l("a coordinator looks at it first"),
    "refuse": _l("it is not taken"),
    "donate_only": _l("given to the team, to be donated"),
    "members_store": _l("stored by each member"),
    "guardian_or_group": _l("with a guardian, or in group activity"),
    "group_in_institution": _l("only in group activity in an institution"),
    "none": _l("not at all"),
    "talk_then_pause": _l("a talk, then a pause"),
    "deregister": _l("taken off the register"),
    "low": _l("low"),
    "medium": _l("medium"),
    "high": _l("high"),
    "actual_minutes": _l("real minutes"),
    "half_up": _l("counts as a whole step"),
    "self": _l("the owner"),
    "gift_circle": _l("relatives it was given to"),
    "nominee": _l("who was named in life"),
    "gift_circle_heir": _l("a relative"),
    "expiry": _l("it lapses"),
    "first_order": _l("first orders"),
    "wish": _l("small wishes"),
    "duplicate": _l("possible duplicates"),
    "genuine_or_revoked": _l("genuine or revoked, nothing else"),
    "masked_with_consent": _l("surname and a star, with consent"),
    "never": _l("never"),
    "morning": _l("morning"),
    "noon": _l("noon"),
    "afternoon": _l("afternoon"),
    "evening": _l("evening"),
}
NOTHING = {
    "store_cap_min": _l("no limit"),
    "time_expires_months": _l("never"),
    "points_expire_months": _l("never"),
    "item_price_min": _l("no prices"),
    "priority_by_item": _l("as the menu says"),
    "gift_circle": _l("nobody"),
}
"""Keys whose zero or empty value says something of its own."""
WRITTEN = {
    "min": _l("Write the number of minutes."),
    "basis points": _l("Write 10000 for 1 to 1, 15000 for 1 to 1.5."),
}
"""How to type the numbers that are read in other words than they are written, by the first word of their unit."""
OF_ITEMS = ("menu_items_off", "home_tiles")  # rules whose words are items of the menu
FIGURES_A_LINE: Mapping[type[Kind], int] = {ByItem: 1, DayParts: 2}


def name_of_key(key: str) -> str:
    """What a rule is called."""
    said = definitions()[key]
    return str(said["name_zh"] if is_chinese() else said["name_en"])


def group_of(key: str) -> str:
    """The heading under which a rule stands."""
    group = definitions()[key]["group"]
    return str(GROUPS.get(group, group))


def word(value: str) -> str:
    """One word of a rule as people read it; a free word stays as it is."""
    return str(WORDS.get(value, value))


def shown(key: str, value: Any) -> str:
    """A value as people read it."""
    kind = KEYS[key].kind
    if not value and not isinstance(value, bool) and key in NOTHING:
        return str(NOTHING[key])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(kind, DayParts):
        spans = {part: clock_range(*map(clock.minute_said, times)) for part, times in value.items()}
        return " · ".join(f"{word(part)} {span}" for part, span in spans.items())
    if isinstance(kind, ByItem):
        return " · ".join(f"{_item(code)} {_number(key, each)}" for code, each in value.items()) or _("as usual")
    if isinstance(value, list):
        return _several(key, value)
    return word(value) if isinstance(value, str) else _number(key, value)


def sample(key: str, value: Any) -> str:
    """A value as it is typed, its words in the reader's language: the example beside the field."""
    kind = KEYS[key].kind
    if isinstance(kind, Only):
        return ""
    names = dict(known_words(key))
    return "\n".join(_renamed(kind, line, names) for line in kind.write(value).split("\n"))


def meant(key: str, words: str) -> str:
    """What was typed in the reader's language, with the words that a kind reads: the other way round."""
    kind = KEYS[key].kind
    codes = {name.casefold(): code for code, name in known_words(key)}
    return "\n".join(_renamed(kind, line, codes) for line in words.splitlines()) if codes else words


def known_words(key: str) -> list[tuple[str, str]]:
    """(word that is stored, word that people read and type) of what may stand in a rule of several lines."""
    kind = KEYS[key].kind
    if isinstance(kind, ByItem) or key in OF_ITEMS:
        return item_codes()
    if isinstance(kind, DayParts):
        return [(part, word(part)) for part in PARTS]
    return [(each, word(each)) for each in kind.words] if isinstance(kind, Several) else []


def _renamed(kind: Kind, line: str, names: Mapping[str, str]) -> str:
    """A line with its name replaced: all of it, or what stands before its figures."""
    if isinstance(kind, ByItem):
        line = line.replace("：", " ").replace(":", " ").replace("=", " ")
    figures = FIGURES_A_LINE.get(type(kind), 0)
    head, *rest = line.strip().rsplit(maxsplit=figures) if figures and line.strip() else [line.strip()]
    return " ".join([names.get(head.casefold(), head), *rest])


def choices(key: str) -> list[tuple[str, str]]:
    """(posted value, words) where a rule has only a few values to choose from; [] otherwise."""
    kind = KEYS[key].kind
    if isinstance(kind, Flag):
        return [("yes", _("yes")), ("no", _("no"))]
    return [(value, word(value)) for value in kind.choices()]


def _several(key: str, value: list[Any]) -> str:
    if key in OF_ITEMS:
        return " · ".join(map(_item, value)) or _("none of them")
    parts = [_number(key, each) if isinstance(each, int) else word(each) for each in value]
    return " · ".join(parts) or _("none of them")


def _item(code: str) -> str:
    found = {item.code: item for item in items()}.get(code)
    return str(ItemName(found)) if found is not None else code


def how_to_write(key: str) -> str:
    """How a number that is read in other words than it is written is to be typed; "" for every other rule."""
    return str(WRITTEN.get(_measure(key), "")) if isinstance(KEYS[key].kind, Whole) else ""


def _measure(key: str) -> str:
    return str(definitions()[key]["unit"]).split(",")[0].split("/")[0].strip()


def _number(key: str, value: int) -> str:
    """A number with its measure, told from the words of the default pack."""
    measure = "age" if "_age" in key else _measure(key)
    words = MEASURES.get(measure)
    return words(value) if words is not None else figure(value)


MEASURES: dict[str, Callable[[int], str]] = {
    "min": minutes,
    "min by menu code": minutes,
    "h": lambda n: ngettext("%(num)s hour", "%(num)s hours", n),
    "working h": lambda n: ngettext("%(num)s working hour", "%(num)s working hours", n),
    "days": lambda n: ngettext("%(num)s day", "%(num)s days", n),
    "days before": lambda n: ngettext("%(num)s day before", "%(num)s days before", n),
    "months": lambda n: ngettext("%(num)s month", "%(num)s months", n),
    "age": lambda n: ngettext("%(num)s year of age", "%(num)s years of age", n),
    "years": lambda n: ngettext("%(num)s year", "%(num)s years", n),
    "times": lambda n: ngettext("%(num)s time", "%(num)s times", n),
    "visits": lambda n: ngettext("%(num)s visit", "%(num)s visits", n),
    "points": lambda n: ngettext("%(num)s point", "%(num)s points", n),
    "percent": lambda n: f"{n}%",
    "yuan": lambda n: _("%(number)s yuan", number=figure(n)),
    "basis points": lambda n: _("1 to %(ratio)s", ratio=f"{n / 10000:g}"),
    "basis points by item": lambda n: _("1 to %(ratio)s", ratio=f"{n / 10000:g}"),
}


def item_codes() -> list[tuple[str, str]]:
    """(code, name) of every item of the menu."""
    return [(item.code, str(ItemName(item))) for item in items()]
