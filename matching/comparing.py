"""Two plans side by side: who is served now, who no longer, who changed and why, goal by goal and rule by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from matching.problem import Problem
from matching.result import Match, Plan, Result
from matching.rules import broken_rules

Document = dict[str, Any]
BOTH = ("from", "to")


def compare(problem: Problem | None, a: Result | Plan, b: Result | Plan) -> Document:
    """What plan b changes against plan a, as a JSON document.

    With the problem (that of b, where they differ) its needs are compared in its order, and a volunteer who may no
    longer come is told by the rule; without it the needs that both plans speak of, in the order of b.
    """
    both = _Both(problem, _Side(a), _Side(b))
    return {
        "served_now": both.ids(lambda old, new: not old and bool(new)),
        "lost": both.ids(lambda old, new: bool(old) and not new),
        "changed": [both.changed(need) for need in both.order if both.is_changed(need)],
        "served": [both.served(need) for need in both.ids(lambda old, new: not old and bool(new))],
        "missing": [both.missing(need) for need in both.ids(lambda old, new: bool(old) and not new)],
        "new_needs": [need for need in both.b.needs if need not in both.a.needs],
        "gone_needs": [need for need in both.a.needs if need not in both.b.needs],
        "levels": [
            {"name": new.name, "from": old.value, "to": new.value}
            for old, new in zip(both.a.plan.levels, both.b.plan.levels, strict=True)
        ],
        "goals": _beside(both.a.goals, both.b.goals),
        "classes": _beside(both.a.classes, both.b.classes),
        "rules": _beside(both.a.rules, both.b.rules),
    }


def _beside(old: Mapping[str, int], new: Mapping[str, int]) -> Document:
    """Both counts under each name; names that count nothing on either side are left out."""
    names = dict.fromkeys((*old, *new))
    return {
        name: {"from": old.get(name, 0), "to": new.get(name, 0)} for name in names if old.get(name) or new.get(name)
    }


@dataclass(frozen=True)
class _Side:
    """One plan, looked up by need and by volunteer."""

    result: Result | Plan

    @cached_property
    def plan(self) -> Plan:
        return self.result.plan if isinstance(self.result, Result) else self.result

    @cached_property
    def matches(self) -> dict[str, Match]:
        return {match.need: match for match in self.plan.matches}

    @cached_property
    def reasons(self) -> dict[str, str]:
        return {entry.need: entry.reason for entry in self.plan.unserved}

    @property
    def needs(self) -> dict[str, None]:
        """Every need the plan speaks of."""
        return dict.fromkeys((*self.matches, *self.reasons))

    @cached_property
    def visits(self) -> dict[str, list[tuple[str, int, int]]]:
        """Everybody's visits: need, start, end."""
        found: dict[str, list[tuple[str, int, int]]] = {}
        for one in self.plan.rounds:
            for visit in one.visits:
                found.setdefault(one.volunteer, []).append((visit.need, visit.start, visit.end))
        return found

    @property
    def goals(self) -> dict[str, int]:
        """Every part of care, summed over the matches."""
        total: Counter[str] = Counter()
        for match in self.plan.matches:
            total.update({part: value for part, value in match.score.items() if part != "priority"})
        return dict(total)

    @property
    def classes(self) -> dict[str, int]:
        """How many needs are left over for which kind of reason."""
        return dict(sorted(Counter(self.reasons.values()).items()))

    @property
    def rules(self) -> dict[str, int]:
        """How often each rule removed somebody, over the needs left over."""
        total: Counter[str] = Counter()
        for entry in self.plan.unserved:
            total.update(entry.removed_by)
        return dict(total)


class _Both:
    def __init__(self, problem: Problem | None, a: _Side, b: _Side) -> None:
        self.problem, self.a, self.b = problem, a, b

    @cached_property
    def order(self) -> list[str]:
        """The needs that are compared."""
        if self.problem is not None:
            return [need.id for need in self.problem.needs]
        return [need for need in self.b.needs if need in self.a.needs]

    def ids(self, holds: Any) -> list[str]:
        """The needs for which something holds of their two matches."""
        return [need for need in self.order if holds(self.a.matches.get(need), self.b.matches.get(need))]

    def is_changed(self, need: str) -> bool:
        """Served by both, by others or at another minute."""
        old, new = self.a.matches.get(need), self.b.matches.get(need)
        return old is not None and new is not None and _who_and_when(old) != _who_and_when(new)

    def changed(self, need: str) -> Document:
        """How it was, how it is, what that does to its goals, and why."""
        old, new = self.a.matches[need], self.b.matches[need]
        goals = {part: by for part in new.score if (by := new.score[part] - old.score.get(part, 0))}
        sides = {
            name: {"volunteers": list(one.volunteers), "start": one.start}
            for name, one in zip(BOTH, (old, new), strict=True)
        }
        gone = [name for name in old.volunteers if name not in new.volunteers]
        why = [cause for name in gone for cause in self._instead(need, name, old)]
        why += [{"cause": "goal", "goal": part, "by": by} for part, by in _largest(goals) if by > 0]
        why += [{"cause": "time", "by": new.start - old.start}] if new.start != old.start else []
        return {"need": need, **sides, "goals": goals, "why": why or [{"cause": "elsewhere"}]}

    def served(self, need: str) -> Document:
        """Who comes now, and what these people did before at that time."""
        new = self.b.matches[need]
        why: list[Document] = []
        for name in new.volunteers:
            why += [
                {"cause": "was_at", "volunteer": name, "need": other}
                for other in _overlapping(self.a.visits.get(name, ()), self._span(self.b, need, name))
                if other != need
            ]
        if not why:
            why = [{"cause": "free", "volunteer": name} for name in new.volunteers]
        return {"need": need, "volunteers": list(new.volunteers), "start": new.start, "why": why}

    def missing(self, need: str) -> Document:
        """Who came before, the kind of reason it has now, and where these people are instead."""
        old = self.a.matches[need]
        why = [cause for name in old.volunteers for cause in self._instead(need, name, old)]
        found: Document = {"need": need, "volunteers": list(old.volunteers), "start": old.start}
        return {**found, "class": self.b.reasons.get(need), "why": why or [{"cause": "elsewhere"}]}

    def _instead(self, need: str, name: str, old: Match) -> list[Document]:
        """Why somebody does not go any more: a rule now forbids it, or she is needed elsewhere at that time."""
        if rules := self._forbidden(need, name, old.start):
            return [{"cause": "rule", "volunteer": name, "rule": rule} for rule in rules]
        mine = {other for other, _, _ in self.a.visits.get(name, ())}
        busy = _overlapping(self.b.visits.get(name, ()), self._span(self.a, need, name))
        fresh = [other for other, _, _ in self.b.visits.get(name, ()) if other not in mine]
        elsewhere = dict.fromkeys([*(other for other in busy if other != need), *fresh])
        return [{"cause": "needed_elsewhere", "volunteer": name, "need": other} for other in elsewhere]

    def _forbidden(self, need: str, name: str, start: int) -> list[str]:
        if self.problem is None or need not in self.problem.need_by_id:
            return []
        wanted, person = self.problem.need_by_id[need], self.problem.volunteer_by_id.get(name)
        return ["gone"] if person is None else broken_rules(self.problem, wanted, person, start=start)

    def _span(self, side: _Side, need: str, name: str) -> tuple[int, int]:
        visits = side.visits.get(name, ())
        return next(((start, end) for other, start, end in visits if other == need), (0, 0))


def _who_and_when(match: Match) -> tuple[list[str], int]:
    return sorted(match.volunteers), match.start


def _overlapping(visits: Iterable[tuple[str, int, int]], span: tuple[int, int]) -> list[str]:
    return [need for need, start, end in visits if start < span[1] and span[0] < end]


def _largest(goals: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(goals.items(), key=lambda item: (-item[1], item[0]))


# --- in words ---------------------------------------------------------------------------------------------------------


def in_words(document: Document) -> list[str]:
    """The comparison as plain English sentences, people and needs by their ids."""
    serve, care = document["levels"]
    told = [
        f"Serve goes from {serve['from']} to {serve['to']}, care from {care['from']} to {care['to']} minutes.",
        *(f"{part.capitalize()}: {_step(both)} minutes." for part, both in _moved(document["goals"])),
    ]
    told += [
        f"{one['need']} is served now: {_names(one['volunteers'])} at {one['start']}{_because(one)}."
        for one in document["served"]
    ]
    told += [
        f"{one['need']} is served no longer by {_names(one['volunteers'])}{_because(one)}."
        for one in document["missing"]
    ]
    told += [
        f"{one['need']} goes from {_names(one['from']['volunteers'])} at {one['from']['start']} to"
        f" {_names(one['to']['volunteers'])} at {one['to']['start']}{_because(one)}."
        for one in document["changed"]
    ]
    told += [f"{need} is new." for need in document["new_needs"]]
    told += [f"{need} is no longer asked for." for need in document["gone_needs"]]
    told += [f"Left over as {name}: {_step(both)}." for name, both in _moved(document["classes"])]
    told += [f"People removed by {name}: {_step(both)}." for name, both in _moved(document["rules"])]
    return told if len(told) > 1 else [*told, "Nothing changed."]


def _moved(beside: Document) -> list[tuple[str, Document]]:
    return [(name, both) for name, both in beside.items() if both["from"] != both["to"]]


def _step(both: Document) -> str:
    return f"{both['from']} > {both['to']} ({both['to'] - both['from']:+d})"


def _names(names: Sequence[str]) -> str:
    return " and ".join(names)


_WORDS = {
    "rule": "{volunteer} may not come: {rule}",
    "needed_elsewhere": "{volunteer} is needed for {need}",
    "was_at": "{volunteer} was at {need} then",
    "free": "{volunteer} had nothing else to do then",
    "goal": "{goal} gains {by}",
    "time": "it starts {by:+d} minutes",
    "elsewhere": "the day as a whole is better so",
}


def _because(entry: Document) -> str:
    return ": " + ", ".join(_WORDS[cause["cause"]].format(**cause) for cause in entry["why"])
