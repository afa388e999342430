"""Two plans of one problem side by side: who is served now, who no longer, what changed."""

from __future__ import annotations

from typing import Any

from matching.problem import Problem
from matching.result import Result


def compare(problem: Problem, a: Result, b: Result) -> dict[str, Any]:
    """What plan b changes against plan a, as a JSON document."""
    before = {match.need: match for match in a.matches}
    after = {match.need: match for match in b.matches}
    order = [need.id for need in problem.needs]
    changed = []
    for need in order:
        if need not in before or need not in after:
            continue
        old, new = before[need], after[need]
        if (sorted(old.volunteers), old.start) == (sorted(new.volunteers), new.start):
            continue
        goals = {
            part: new.score[part] - old.score[part] for part in new.score if new.score[part] != old.score.get(part)
        }
        sides = {
            name: {"volunteers": list(one.volunteers), "start": one.start} for name, one in (("from", old), ("to", new))
        }
        changed.append({"need": need, **sides, "goals": goals})
    return {
        "served_now": [need for need in order if need in after and need not in before],
        "lost": [need for need in order if need in before and need not in after],
        "changed": changed,
        "levels": [
            {"name": new.name, "from": old.value, "to": new.value} for old, new in zip(a.levels, b.levels, strict=True)
        ],
    }
