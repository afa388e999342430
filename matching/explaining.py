"""Why a need is left over, or how it is served: what the result says of one need, as data and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matching.problem import InvalidProblem, Problem
from matching.result import Result

Entry = Mapping[str, Any]

PARTS = {
    "regular": "a familiar face", "gender": "the gender preferred", "language": "the language preferred",
    "pair": "the score of the pair", "walking": "walking", "waiting": "waiting", "fairness": "fair shares",
}  # fmt: skip
REMOVED = {
    "skill": ("lacks the skill", "lack the skill"),
    "trainee": ("may not go alone", "may not go alone"),
    "gender": ("is not of the gender asked for", "are not of the gender asked for"),
    "language": ("does not speak the language", "do not speak the language"),
    "excluded": ("is excluded", "are excluded"),
    "forbidden": ("is not allowed as a pair", "are not allowed as a pair"),
    "reach": ("lives too far away", "live too far away"),
    "free": ("is not free then", "are not free then"),
    "minutes": ("has no time of service left", "have no time of service left"),
}
CLASSES = {
    "no_candidate": "Nobody is left who could come.",
    "needs_second_person": "Two people are needed, and no two of those left can start together.",
    "clash": "Whoever could come serves something that weighs the same.",
    "outbid": "Whoever could come serves what weighs more.",
}
CHANGES = {
    "start_window": "it may start from {after} instead of {before}; {who} comes",
    "free": "{who} is free from {after} instead of {before}",
    "reach_m": "{who} goes {after} metres far instead of {before}",
    "max_tasks": "{who} makes {after} visits that day instead of {before}",
    "max_service_min": "{who} serves {after} minutes that day instead of {before}",
    "skills": "{who} has {after} too",
}


def explain(problem: Problem, result: Result, need_id: str) -> dict[str, Any]:
    """The entry of one need in the result's document; InvalidProblem if the problem does not hold the need."""
    if need_id not in problem.need_by_id:
        raise InvalidProblem(f"need names the unknown need {need_id!r}.")
    plan = result.plan
    part = type(plan)(
        plan.levels, (),
        tuple(match for match in plan.matches if match.need == need_id),
        tuple(entry for entry in plan.unserved if entry.need == need_id),
    )  # fmt: skip
    document = Result(part, result.status, result.stopped_by).to_dict()
    entries: list[dict[str, Any]] = [*document["matches"], *document["unserved"]]
    return next(iter(entries), {})


def explain_in_words(problem: Problem, result: Result, need_id: str) -> list[str]:
    """The same entry as plain English sentences, people and needs by their ids, times of the day as 9:05."""
    entry = explain(problem, result, need_id)
    if not entry:
        return []
    return _of_match(entry) if "score" in entry else _of_leftover(entry, result)


def _of_match(entry: Entry) -> list[str]:
    score = {part: value for part, value in entry["score"].items() if part != "priority"}
    told = [
        f"{entry['need']} is served by {' and '.join(entry['volunteers'])} from {_clock(entry['start'])} on.",
        f"It weighs {entry['score']['priority']}, and adds {sum(score.values())} minutes of care: {_parts(score)}.",
    ]
    second = entry["runner_up"]
    if second is None:
        return [*told, "Nobody else could come without somebody else being moved."]
    loses, gains = second["loses"], second.get("gains", {})
    names = " and ".join(second["volunteers"])
    says = f"{names} could come instead; that would lose {_parts(loses)}" if loses else f"{names} could come as well"
    return [*told, f"{says}{f' and gain {_parts(gains)}' if gains else ''}."]


def _of_leftover(entry: Entry, result: Result) -> list[str]:
    removed = [_removed(rule, count) for rule, count in entry["removed_by"].items() if count]
    told = [
        f"{entry['need']} is left over. {CLASSES.get(entry['class'], entry['class'])}",
        f"Of {entry['considered']} people {', '.join([*removed, _left(entry['left'])])}.",
    ]
    told += [
        f"{loss['volunteer']} is at {loss['busy_with']} from {_clock(loss['from'])} to {_clock(loss['until'])}."
        for loss in entry["lost_to"]
    ]
    change = entry["cheapest_change"]
    if change is not None:
        told.append(f"The smallest change that serves it: {_change(change)}. It {change['effect']}.")
    else:
        told.append(_no_change(result))
    told += [f"Another that fits beside the plan, not solved again: {_change(one)}." for one in entry["other_changes"]]
    return [*told, f"One more hour of a volunteer there would add {entry['value_of_one_more_hour']} to what is served."]


def _no_change(result: Result) -> str:
    told = result.run.get("reasons")
    if isinstance(told, dict) and not told.get("complete", True):
        return "No single change that serves it is known; the time did not suffice to look for every need."
    return "No single change that may be offered would serve it."


def _left(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'} left"


def _removed(rule: str, count: int) -> str:
    gate = rule.removeprefix("gate:")
    passed = f"has not passed {gate}", f"have not passed {gate}"
    one, many = passed if gate != rule else REMOVED.get(rule, (rule, rule))
    return f"{count} {one if count == 1 else many}"


def _parts(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{PARTS.get(part, part)} {value}" for part, value in parts.items() if value) or "nothing"


def _change(change: Entry) -> str:
    kind, before, after = change["change"], change["from"], change["to"]
    says = CHANGES.get(kind, "the {kind} asked for is only preferred; {who} comes")
    if kind in ("start_window", "free"):
        before, after = _span(before), _span(after)
    if kind == "skills":
        after = ", ".join(sorted(set(after) - set(before)))
    return says.format(kind=kind, who=change["volunteer"], before=before, after=after)


def _span(window: Any) -> str:
    return f"{_clock(window[0])} to {_clock(window[1])}"


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"
