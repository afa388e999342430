"""The judge of what a result says about its plan: order, gaps, counts, classes, losses, changes and runners-up.

Like the judge of plans it shares no code with the solver: every count and every rule is worked out again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from matching.problem import Need, Problem, Volunteer
from matching.reading import show
from matching.result import Match, Plan, Result, Unserved

CLASSES = ("no_candidate", "needs_second_person", "clash", "outbid")
SOURCES = ("flow", "columns")
STOPS = ("proof", "rounds", "time")
CARE_PARTS = ("regular", "gender", "language", "pair", "walking", "waiting", "fairness")
RECOUNTED = 300_000  # pairs of a need left over and a volunteer counted again; of a city an even sample
GAP_DIGITS = 0.5001e-4  # gaps are written to four decimals

Said = Iterator[tuple[str, str]]  # the name of a rule, and what is wrong


class Rules(Protocol):
    """What the judge of plans knows of one person at one need."""

    def broken(self, need: Need, person: Volunteer) -> Iterator[str]:
        """The rules she breaks there, time and limits of the day apart."""

    def alone(self, need: Need, person: Volunteer) -> bool | None:
        """Whether this visit fits one of her free windows; None where the last bit of a distance decides."""

    def standing(self, need: Need, people: Sequence[Volunteer]) -> dict[str, int]:
        """What these people bring to a need whatever their way."""


class Evidence:
    """What a plan says beside who goes where."""

    def __init__(self, problem: Problem, plan: Plan, rules: Rules) -> None:
        self.problem, self.plan, self.rules = problem, plan, rules
        self.needs = {need.id: need for need in problem.needs}
        self.volunteers = {volunteer.id: volunteer for volunteer in problem.volunteers}
        self.days: dict[str, list[tuple[str, int, int]]] = {}
        for one in plan.rounds:
            self.days.setdefault(one.volunteer, []).extend((visit.need, visit.start, visit.end) for visit in one.visits)

    # --- claims of the whole ------------------------------------------------------------------------------------

    def claims(self, result: Result) -> Iterator[str]:
        """Status, gaps and where bounds come from."""
        proven = all(level.value == level.bound for level in result.levels)
        if result.status not in ("optimal", "feasible"):
            yield f"status: {result.status!r} is neither optimal nor feasible."
        elif proven != (result.status == "optimal"):
            yield f"status: the plan calls itself {result.status}, its bounds say otherwise."
        if result.stopped_by not in STOPS:
            yield f"stopped_by: {result.stopped_by!r} is none of {', '.join(STOPS)}."
        elif proven != (result.stopped_by == "proof"):
            yield f"stopped_by: {result.stopped_by!r} contradicts what the bounds say."
        for level in result.levels:
            if level.bound_from not in SOURCES:
                yield f"bound_from: {level.name} has {level.bound_from!r}, which is none of {', '.join(SOURCES)}."
            gap = (level.bound - level.value) / max(1, abs(level.bound))
            if level.gap_told is not None and abs(level.gap_told - gap) > GAP_DIGITS:
                yield f"gap: {level.name} has {level.gap_told} instead of {round(gap, 4)}."

    def order(self) -> Iterator[str]:
        """Matches and needs left over stand in the order of the problem, rounds by volunteer and time."""
        row = {need.id: index for index, need in enumerate(self.problem.needs)}
        matches = [(row[match.need], match.need) for match in self.plan.matches]
        left = [(row[entry.need], entry.need) for entry in self.plan.unserved]
        for name, rows in (("matches", matches), ("unserved", left)):
            for (before, _), (after, need) in itertools.pairwise(rows):
                if after <= before:
                    yield f"order: {name} do not stand in the order of the problem at need {need}."
        place = {person.id: index for index, person in enumerate(self.problem.volunteers)}
        for one, other in itertools.pairwise(self.plan.rounds):
            if (place[other.volunteer], other.leave) < (place[one.volunteer], one.leave):
                where = f"volunteer {other.volunteer}, leaving at {other.leave}"
                yield f"order: rounds do not stand by volunteer and time at {where}."

    # --- needs left over ----------------------------------------------------------------------------------------

    def leftovers(self) -> Iterator[str]:
        """Counts, class, losses and changes of every need left over."""
        every = max(1, len(self.plan.unserved) * len(self.problem.volunteers) // RECOUNTED)
        for index, entry in enumerate(self.plan.unserved):
            need = self.needs[entry.need]
            found = [*self.sums(entry, need), *self.classes(entry, need), *self.losses(entry)]
            if not found and index % every == 0:
                found = list(self.counts(entry, need))
            for change in (entry.cheapest_change, *entry.other_changes):
                found += [("change", said) for said in self.change(change, need)]
            if not 0 <= entry.value_of_one_more_hour <= need.priority:
                found.append(("value_of_one_more_hour", f"it is outside 0 to {need.priority}"))
            yield from (f"{rule}: need {entry.need}: {said}." for rule, said in found)

    def sums(self, entry: Unserved, need: Need) -> Said:
        everybody = len(self.problem.volunteers)
        gates = [f"gate:{gate}" for gate in sorted(need.gates)]
        rules = ["skill", *gates, "trainee", "gender", "language", "excluded", "forbidden", "reach", "free", "minutes"]
        if entry.considered != everybody:
            yield "considered", f"{entry.considered} instead of {everybody}"
        if sorted(entry.removed_by) != sorted(rules):
            yield "removed_by", "the rules counted are not those that apply to it"
        elif list(entry.removed_by) != rules:
            yield "removed_by", "the rules do not stand in the published order"
        if min(entry.removed_by.values(), default=0) < 0 or entry.left < 0:
            yield "removed_by", "a count is negative"
        if sum(entry.removed_by.values()) + entry.left != entry.considered:
            yield "unserved", f"the counts do not sum to {entry.considered}"

    def counts(self, entry: Unserved, need: Need) -> Said:
        right = dict.fromkeys(entry.removed_by, 0)
        for person in self.problem.volunteers:
            rule = next(self.rules_alone(need, person), "")
            if rule is None:
                return  # on the edge: both counts are right
            if rule:
                right[rule] += 1
        for rule, count in right.items():
            if entry.removed_by[rule] != count:
                yield "removed_by", f"{rule} removed {entry.removed_by[rule]} instead of {count}"

    def rules_alone(self, need: Need, person: Volunteer) -> Iterator[str | None]:
        """The rules that keep her from making this visit as her only one, in the published order; None on the edge."""
        broken = list(self.rules.broken(need, person))
        early = [rule for rule in broken if rule == "skill" or rule.startswith("gate:")]
        yield from sorted(early, key=lambda rule: (rule != "skill", rule))
        if person.trainee and need.volunteers == 1:
            yield "trainee"
        yield from (rule for rule in broken if rule not in early)
        fits = self.rules.alone(need, person)
        if not fits:
            yield None if fits is None else "free"
        if person.max_tasks == 0 or (person.max_service_min is not None and need.duration_min > person.max_service_min):
            yield "minutes"

    def classes(self, entry: Unserved, need: Need) -> Said:
        if entry.reason not in CLASSES:
            yield "class", f"{show(entry.reason)} is none of {', '.join(CLASSES)}"
        elif (entry.reason == "no_candidate") != (entry.left == 0):
            yield "class", f"{entry.reason}, though {entry.left} people are left"
        elif entry.reason == "needs_second_person" and need.volunteers == 1:
            yield "class", "needs_second_person, though one person is enough"
        elif entry.left < need.volunteers and entry.reason not in ("no_candidate", "needs_second_person"):
            yield "class", f"{entry.reason}, though only {entry.left} of two people are left"
        if entry.reason == "no_candidate" and entry.lost_to:
            yield "lost_to", "nobody is left, so it was lost to nobody"

    def losses(self, entry: Unserved) -> Said:
        for loss in entry.lost_to:
            visit = (loss.get("busy_with"), loss.get("from"), loss.get("until"))
            name = loss.get("volunteer")
            if not isinstance(name, str) or visit not in self.days.get(name, ()):
                yield "lost_to", f"volunteer {show(name)} makes no such visit"

    # --- changes ------------------------------------------------------------------------------------------------

    def change(self, change: dict[str, Any] | None, need: Need) -> Iterator[str]:
        if change is None:
            return
        kind, name = change.get("change"), change.get("volunteer")
        if not isinstance(kind, str) or "to" not in change or "from" not in change:
            yield "a change lacks what is changed, from or to"
            return
        if name is not None and (not isinstance(name, str) or name not in self.volunteers):
            yield f"the volunteer {show(name)} is unknown"
            return
        known = self.present(kind, need, None if name is None else self.volunteers[name])
        if known is not None and change["from"] not in known:
            yield f"{kind} is not {show(change['from'])} now"
        if change["from"] == change["to"]:
            yield f"{kind} does not change"

    def present(self, kind: str, need: Need, person: Volunteer | None) -> Sequence[Any] | None:
        """The values, as a document has them, that this kind of change may begin with; None if nothing is known."""
        if kind == "start_window":
            return [list(need.start_window)]
        if kind in ("gender", "language"):
            wish = getattr(need, kind)
            return [None if wish is None else {"value": wish.value, "required": wish.required}]
        if person is None:
            return None
        if kind == "free":
            return [list(window) for window in person.free]
        if kind in ("reach_m", "max_tasks", "max_service_min"):
            return [getattr(person, kind)]
        return [list(person.skills)] if kind == "skills" else None

    # --- runners-up ---------------------------------------------------------------------------------------------

    def runners_up(self) -> Iterator[str]:
        """Whoever is named as next for a match may come, and what would be lost is right where the round is no part."""
        for match in self.plan.matches:
            if match.runner_up is not None:
                for said in self.runner_up(match, match.runner_up):
                    yield f"runner_up: need {match.need}: {said}"

    def runner_up(self, match: Match, second: dict[str, Any]) -> Iterator[str]:
        need, names = self.needs[match.need], list(second.get("volunteers", ()))
        unknown = next((name for name in names if name not in self.volunteers), None)
        if unknown is not None:
            yield f"volunteer {unknown} is unknown."
            return
        if len(set(names)) != need.volunteers or len(names) != need.volunteers:
            yield f"{names} are not {need.volunteers} different people."
            return
        people = [self.volunteers[name] for name in names]
        new = [person for person in people if person.id not in match.volunteers]
        if len(new) != 1:
            yield f"{names} are not one other person{' beside one who stays' * (need.volunteers - 1)}."
            return
        if all(person.trainee for person in people):
            yield f"{names} are trainees only."
        yield from (f"volunteer {new[0].id} may not come: {rule}." for rule in self.rules.broken(need, new[0]))
        yield from self.busy(match, need, new[0])
        for word in ("loses", "gains"):
            if word == "loses" or word in second:
                yield from self.trade(match, need, people, word, second.get(word) or {})

    def busy(self, match: Match, need: Need, person: Volunteer) -> Iterator[str]:
        visits = self.days.get(person.id, [])
        if person.max_tasks is not None and len(visits) + 1 > person.max_tasks:
            yield f"volunteer {person.id} would pass max_tasks."
        minutes = need.duration_min + sum(self.needs[name].duration_min for name, _, _ in visits)
        if person.max_service_min is not None and minutes > person.max_service_min:
            yield f"volunteer {person.id} would pass max_service_min."
        over = match.start + need.duration_min
        if need.volunteers == 2 and any(start < over and match.start < end for _, start, end in visits):
            yield f"volunteer {person.id} is elsewhere at {match.start}."

    def trade(
        self, match: Match, need: Need, people: list[Volunteer], word: str, told: dict[str, int]
    ) -> Iterator[str]:
        """What the match would lose or gain, in the parts that do not depend on anybody's way."""
        sign = 1 if word == "loses" else -1
        here = [self.volunteers[name] for name in match.volunteers if name in self.volunteers]
        wrong = [part for part, minutes in told.items() if part not in CARE_PARTS or minutes <= 0]
        if wrong:
            yield f"{word} {show(told[wrong[0]])} of {show(wrong[0])}: that is no part, or nothing."
        for part, before in self.rules.standing(need, here).items():
            lost = max(0, sign * (before - self.rules.standing(need, people)[part]))
            if told.get(part, 0) != lost:
                yield f"{word} {told.get(part, 0)} of {part} instead of {lost}."
