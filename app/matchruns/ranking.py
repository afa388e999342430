"""Who can come for one need, best first: the rules and the care of the match, without moving anybody."""

from collections.abc import Collection
from dataclasses import dataclass, field

import matching
from app.clock import MINUTES_PER_DAY
from app.matchruns.models import MatchRun, RunState
from app.matchruns.problem import Document, build_problem
from app.matchruns.why import reasons
from app.needs.models import Need
from matching import BetterWindow, Problem, Result, broken_rules

AROUND_MIN = 180  # minutes before and after the hours asked for that are looked at
APART_MIN = 60
MOST_TIMES = 3
FEW = 3  # people who can come as asked, below which other times are worth a word


@dataclass(frozen=True)
class Candidate:
    """One person who could come: when, how far on foot, and what speaks for it.

    `wishes` names her own wishes that she would set aside by accepting (`free`, `reach`, `minutes`); empty for
    whoever simply can. `partners`: who could start with her, for an order that two people make. Times are minutes
    since midnight.
    """

    volunteer_id: str
    start_min: int
    walking_min: int = 0
    why: tuple[str, ...] = ()
    score: dict[str, int] = field(default_factory=dict)
    windows: tuple[tuple[int, int], ...] = ()
    wishes: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()


def ranked(need: Need, *, earliest_min: int = 0, several: bool = False, run: MatchRun | None = None) -> list[Candidate]:
    """The people who keep every rule for this need beside all that stands, best first.

    `earliest_min`: nobody can be there before. `several`: a place that somebody was asked for still counts as open.
    `run`: a plan that nobody was told of yet, to rank beside it.
    """
    if run is not None and run.state == RunState.PROPOSED and need.id in _ids(run.problem):
        return _beside(need, run)
    document = build_problem(need.community_code, need.day, only=[need], several=several)
    return _ranked(document, need.id, earliest_min=earliest_min)


def ranked_by_name(need: Need, *, but: Collection[str] = ()) -> list[Candidate]:
    """Who could come if she set aside her own wishes for once (how far, when, how much), best first.

    What protects the elder is never set aside. Whoever is in `but` (they simply can) is left out.
    """
    plain = build_problem(need.community_code, need.day, only=[need])
    if not plain["needs"]:
        return []
    strict = Problem.from_dict({**plain, "locked": []})
    wished = strict.need_by_id[need.id]
    found = _ranked(build_problem(need.community_code, need.day, only=[need], by_name=True), need.id)
    return [
        Candidate(
            one.volunteer_id, one.start_min, one.walking_min, one.why, one.score, one.windows,
            wishes=tuple(broken_rules(strict, wished, strict.volunteer_by_id[one.volunteer_id])),
        )
        for one in found
        if one.volunteer_id not in but
    ]  # fmt: skip


def other_times(need: Need, *, earliest_min: int = 0, several: bool = False) -> list[BetterWindow]:
    """Times outside the hours asked for at which somebody could come beside all that stands.

    Those with most people first, and never two within the same hour.
    """
    document = build_problem(need.community_code, need.day, only=[need], several=several)
    if not document["needs"]:
        return []
    problem = Problem.from_dict({**document, "locked": []})
    wanted = problem.need_by_id[need.id]
    first, last = wanted.start_window
    within = (max(earliest_min, first - AROUND_MIN), min(MINUTES_PER_DAY - 1, max(last, earliest_min) + AROUND_MIN))
    kept: list[BetterWindow] = []
    for one in matching.better_windows(problem, None, wanted, within=within):
        if all(abs(one.start - other.start) >= APART_MIN for other in kept):
            kept.append(one)
    return kept[:MOST_TIMES]


def _ids(document: Document) -> set[str]:
    return {need["id"] for need in document.get("needs", ())}


def _beside(need: Need, run: MatchRun) -> list[Candidate]:
    """The need as it stands now, beside what the plan gives everybody else."""
    now = build_problem(need.community_code, need.day, only=[need])
    if not now["needs"]:
        return []
    others = [document for document in run.problem["needs"] if document["id"] != need.id]
    problem = Problem.from_dict({**now, "needs": [*now["needs"], *others], "locked": []})
    return _candidates(problem, Result.from_dict(run.result), need.id)


def _ranked(document: Document, need_id: str, *, earliest_min: int = 0) -> list[Candidate]:
    document = {**document, "locked": []}
    for need in document["needs"]:
        first, last = need["start_window"]
        need["start_window"] = [max(first, earliest_min), last]
    document["needs"] = [need for need in document["needs"] if need["start_window"][0] <= need["start_window"][1]]
    if not document["needs"]:
        return []
    return _candidates(Problem.from_dict(document), None, need_id)


def _candidates(problem: Problem, result: Result | None, need_id: str) -> list[Candidate]:
    return [
        Candidate(
            one.volunteer, one.start, max(0, one.walking_min), tuple(reasons(one.score)), dict(one.score), one.windows,
            partners=one.partners,
        )
        for one in matching.suggest(problem, result, problem.need_by_id[need_id])
    ]
