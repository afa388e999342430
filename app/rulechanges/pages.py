"""What the pages about rules show: lines with value, words and origin."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app import clock
from app.org.queries import name_of, zone_of
from app.rulechanges import queries, wording
from app.rulechanges.phrases import sentences
from app.rulechanges.service import Proposal
from app.rulechanges.sources import Source, source_of, source_of_row
from app.rulepacks.keys import KEYS, Keeper
from app.rulepacks.models import RuleChange, Setting
from app.rulepacks.packs import Pack, definitions, shipped
from app.rulepacks.queries import history, own_values, setting, setting_row, settings_of
from app.web.filters import in_language


@dataclass(frozen=True)
class Line:
    """One rule as it holds: its name, value and sentence, and where they come from."""

    key: str
    name: str
    value: str
    says: str
    source: Source
    where: str
    since: date
    is_default: bool
    is_own: bool  # set for this very unit, and not inherited
    pack: str
    people: list[str]
    keeper: Keeper
    typed: str


@dataclass(frozen=True)
class NewValue:
    """One rule of a change: what holds and what would hold."""

    key: str
    name: str
    before: str
    after: str
    source: Source


def line(unit_code: str, key: str) -> Line:
    """One rule as it holds today."""
    return _line(setting_row(unit_code, key, on=_today(unit_code)), unit_code)


def groups(unit_code: str, q: str = "") -> dict[str, list[Line]]:
    """Every rule by its heading; with `q` those whose name, value, key or source holds the words."""
    found: dict[str, list[Line]] = {}
    rows = {row.key: row for row in settings_of(unit_code, on=_today(unit_code))}
    for key in KEYS:
        if key in rows:
            each = _line(rows[key], unit_code)
            words = (each.key, each.name, each.value, each.source.words, each.says)
            if not q or q.casefold() in " ".join(words).casefold():
                found.setdefault(wording.group_of(key), []).append(each)
    return found


def history_of(unit_code: str, key: str) -> list[Line]:
    """Everything that ever held or will hold for the unit, newest day first."""
    return [_line(row, unit_code) for row in history(unit_code, key)]


def coming(unit_code: str) -> list[Line]:
    """What is agreed for the unit and has not begun."""
    return [_line(row, unit_code) for row in own_values(unit_code, after=_today(unit_code))]


def proposed_lines(wanted: Proposal) -> list[NewValue]:
    """The rules of a proposal that nobody has sent yet."""
    return [
        _new(key, setting(wanted.unit_code, key, on=wanted.starts_on), value,
             source_of(key, value, pack=wanted.pack, stored=wanted.sources.get(key, "")))
        for key, value in wanted.values.items()
    ]  # fmt: skip


def agreed_lines(known: queries.Standing) -> list[NewValue]:
    """The rules of a change, as it was worded."""
    order = list(KEYS)
    entries = sorted(known.entries, key=lambda entry: order.index(entry.key))
    return [
        _new(entry.key, entry.before, entry.value,
             source_of(entry.key, entry.value, pack=known.change.pack, stored=entry.source))
        for entry in entries
    ]  # fmt: skip


def told(preview: dict[str, Any], lines: list[NewValue]) -> list[tuple[list[str], list[str]]]:
    """The preview of these rules in sentences, each with the names of the rules of which all of it is true."""
    grouped: dict[tuple[str, ...], list[str]] = {}
    for each in lines:
        said = sentences(preview[each.key]) if each.key in preview else []
        grouped.setdefault(tuple(said), []).append(each.name)
    return [(names, list(said)) for said, names in grouped.items()]


def in_words(row: RuleChange) -> str:
    """What a change is about, in one line."""
    found = shipped().get(row.pack)
    if found is not None:
        return _("Rule pack: %(name)s", name=in_language(found, "name"))
    known = queries.standing(row)
    return " · ".join(f"{each.name}: {each.after}" for each in agreed_lines(known))


def pack_lines(pack: Pack, unit_code: str) -> list[tuple[NewValue, bool]]:
    """The values of a pack beside what holds, and whether they differ."""
    on = _today(unit_code)
    pairs = []
    for each in pack.values:
        now = setting(unit_code, each.key, on=on)
        source = source_of(each.key, each.value, pack=pack.code, stored=each.source)
        pairs.append((_new(each.key, now, each.value, source), now != each.value))
    return pairs


def inherited_by(pack: Pack, unit_code: str) -> list[Line]:
    """The rules that a pack says nothing about: they stay as they hold."""
    rows = settings_of(unit_code, on=_today(unit_code))
    return [_line(row, unit_code) for row in rows if pack.value(row.key) is None]


def _line(row: Setting, unit_code: str) -> Line:
    said = definitions()[row.key]
    is_default = row.value == said["value"]
    packs = shipped()
    value = row.value
    return Line(
        key=row.key, name=wording.name_of_key(row.key),
        value=_("as in the unit above") if value is None else wording.shown(row.key, value),
        says=_sentence(row, is_default), source=source_of_row(row),
        where=name_of(row.unit_code) if row.unit_code else _("everywhere"), since=row.effective_from,
        is_default=row.change_id is None, is_own=row.unit_code == unit_code,
        pack=in_language(packs[row.pack], "name") if row.pack in packs else "",
        people=queries.agreed_by(row), keeper=KEYS[row.key].keeper,
        typed="" if value is None else wording.sample(row.key, value),
    )  # fmt: skip


def _sentence(row: Setting, is_default: bool) -> str:
    """The rule as a sentence, where the file that its value came with has one."""
    if is_default:
        return in_language(definitions()[row.key])
    pack = shipped().get(row.pack)
    said = pack.value(row.key) if pack is not None else None
    return in_language(said) if said is not None and said.value == row.value else ""


def _new(key: str, before: Any, after: Any, source: Source) -> NewValue:
    words = _("as in the unit above") if after is None else wording.shown(key, after)
    return NewValue(key, wording.name_of_key(key), wording.shown(key, before), words, source)


def _today(unit_code: str) -> date:
    return clock.today(zone_of(unit_code))
