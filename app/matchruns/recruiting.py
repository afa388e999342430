"""Whom a community should look for: what was left over in the last four weeks, and who more would have served it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.db import session
from app.matchruns.models import MatchRun, RunState
from app.menu.models import Skill
from app.needs.models import Need
from app.org.models import OrgUnit
from app.web import filters
from matching import Problem, Result
from matching.recruiting import DayPlan, recruiting

DAYS = 28
SECONDS = 5.0  # for the whole list: a page waits no longer
STANDING = (RunState.PROPOSED, RunState.PUBLISHED)


@dataclass(frozen=True)
class Line:
    """One line of the list with its words; `orders` are the numbers of the orders behind it."""

    area: str
    part: str
    abilities: tuple[str, ...]
    figures: dict[str, Any]
    orders: tuple[tuple[str, int], ...]

    def has(self, words: str) -> bool:
        """Whether a search word is in it."""
        day = filters.weekday(self.figures["weekday"])
        return words.casefold() in " ".join((self.area, day, self.part, *self.abilities)).casefold()


@dataclass(frozen=True)
class Wanted:
    """The list of a community."""

    first: date
    last: date
    days: int
    left_over: int
    complete: bool
    lines: tuple[Line, ...]


def wanted(unit: OrgUnit, today: date) -> Wanted:
    """The list from the plans of the last 28 days, today's and tomorrow's among them."""
    last = today + timedelta(days=1)
    first = last - timedelta(days=DAYS - 1)
    runs = _plans(unit.code, first, last)
    found = _worked_out(tuple(sorted(run.id for run in runs)))
    numbers = _numbers(need for line in found["lines"] for need in line["need_ids"])
    names = _Names()
    lines = tuple(names.line(line, numbers) for line in found["lines"])
    return Wanted(first, last, len(runs), found["left_over"], found["complete"], lines)


def _plans(unit_code: str, first: date, last: date) -> list[MatchRun]:
    """The plan in force of each day: the newest that stands, else the one that was replaced last."""
    rows = select(MatchRun).where(
        MatchRun.unit_code == unit_code, MatchRun.day >= first, MatchRun.day <= last,
        MatchRun.state.in_((*STANDING, RunState.SUPERSEDED)),
    )  # fmt: skip
    newest: dict[date, MatchRun] = {}
    for run in session.scalars(rows.order_by(MatchRun.number)):
        before = newest.get(run.day)
        if run.result and (before is None or run.state in STANDING or before.state not in STANDING):
            newest[run.day] = run
    return list(newest.values())


@lru_cache(maxsize=32)
def _worked_out(run_ids: tuple[str, ...]) -> dict[str, Any]:
    """The lines of these runs; a run's documents never change, so the answer is kept."""
    runs = list(session.scalars(select(MatchRun).where(MatchRun.id.in_(run_ids)).order_by(MatchRun.day)))
    days = [DayPlan(run.day.weekday(), Problem.from_dict(run.problem), Result.from_dict(run.result)) for run in runs]
    open_needs = {name for day in days for name in day.left_over}
    rows = session.execute(select(Need.id, Need.unit_code).where(Need.id.in_(open_needs)))
    return recruiting(days, dict(rows.all()), weeks=DAYS / 7, seconds=SECONDS)


def _numbers(need_ids: Iterable[str]) -> dict[str, int]:
    rows = session.execute(select(Need.id, Need.number).where(Need.id.in_(set(need_ids))))
    return dict(rows.all())


class _Names:
    """The words behind codes, read once."""

    def __init__(self) -> None:
        self.units = {unit.code: unit.name for unit in session.scalars(select(OrgUnit))}
        self.skills = {skill.code: skill for skill in session.scalars(select(Skill))}

    def line(self, figures: dict[str, Any], numbers: dict[str, int]) -> Line:
        orders = [(name, numbers[name]) for name in figures["need_ids"] if name in numbers]
        return Line(
            area=filters.unit_name(self.units.get(figures["area"], figures["area"])),
            part=_part(figures["part"]),
            abilities=tuple(self._abilities(figures)),
            figures=figures,
            orders=tuple(sorted(orders, key=lambda order: order[1])),
        )

    def _abilities(self, figures: dict[str, Any]) -> Iterable[str]:
        for code in (*figures["skills"], *figures["gates"]):
            if code in self.skills:
                yield filters.in_language(self.skills[code])
        if "insured" in figures["gates"]:
            yield _("accident insurance")
        if figures["gender"]:
            yield _("a woman") if figures["gender"] == "f" else _("a man")
        if figures["language"]:
            yield _("speaks the elder's language")


def _part(name: str) -> str:
    return {
        "morning": _("mornings"), "noon": _("at noon"), "afternoon": _("afternoons"), "evening": _("evenings"),
    }[name]  # fmt: skip
