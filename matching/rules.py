"""The hard rules, one function each.

The candidate filter, `suggest`, the check when a volunteer accepts and the page "why nobody came" all print these
names. `PAIR_RULES` stands in the published order: the first rule that fails is the one that is counted. (`check.py`
keeps its own copy on purpose: it must not share a mistake with the solver.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from matching.problem import Need, Place, Problem, Volunteer, Window
from matching.travel import home_again, leg_min, metres, point

Visit = tuple[Need, int]  # a need and the minute its visit starts


# --- one volunteer at one need -------------------------------------------------------------------------------------


def has_skills(problem: Problem, need: Need, volunteer: Volunteer) -> bool:
    """She has every skill the need asks for."""
    return set(need.skills) <= set(volunteer.skills)


def has_gate(gate: str) -> Callable[[Problem, Need, Volunteer], bool]:
    """The rule that she has passed this gate if the need asks for it."""

    def passed(problem: Problem, need: Need, volunteer: Volunteer) -> bool:
        return gate not in need.gates or gate in volunteer.gates

    return passed


def goes_with_a_partner(problem: Problem, need: Need, volunteer: Volunteer) -> bool:
    """A trainee goes only where two people go."""
    return not volunteer.trainee or need.volunteers == 2


def has_the_gender(problem: Problem, need: Need, volunteer: Volunteer) -> bool:
    """She is of the required gender."""
    return need.gender is None or not need.gender.required or volunteer.gender == need.gender.value


def speaks_the_language(problem: Problem, need: Need, volunteer: Volunteer) -> bool:
    """She speaks the required language."""
    return need.language is None or not need.language.required or need.language.value in volunteer.languages


def is_not_excluded(problem: Problem, need: Need, volunteer: Volunteer) -> bool:
    """Neither side has excluded the other."""
    return volunteer.id not in need.excluded and need.id not in volunteer.excluded


def is_allowed_as_a_pair(problem: Problem, need: Need, volunteer: Volunteer) -> bool:
    """The pair is not forbidden, and listed where only listed pairs count."""
    pair = problem.pair_by_ids.get((need.id, volunteer.id))
    return not problem.pairs_only if pair is None else not pair.forbidden


def is_within_reach(problem: Problem, need: Need, volunteer: Volunteer) -> bool:
    """The need lies within her reach from home."""
    if need.remote or volunteer.reach_m is None:
        return True
    return metres(point(volunteer.place), point(need.place)) <= volunteer.reach_m


def is_free(problem: Problem, need: Need, volunteer: Volunteer) -> bool:
    """This one visit alone, the way there and home included, fits one of her free windows."""
    return bool(start_spans(problem, need, volunteer))


def has_the_minutes(problem: Problem, need: Need, volunteer: Volunteer) -> bool:
    """The visit alone is within her limits of the day."""
    limit = volunteer.max_service_min
    return (limit is None or need.duration_min <= limit) and volunteer.max_tasks != 0


def pair_rules(need: Need) -> list[tuple[str, Callable[[Problem, Need, Volunteer], bool]]]:
    """The named rules for this need in the published order."""
    return [
        ("skill", has_skills),
        *((f"gate:{gate}", has_gate(gate)) for gate in sorted(need.gates)),
        ("trainee", goes_with_a_partner),
        ("gender", has_the_gender),
        ("language", speaks_the_language),
        ("excluded", is_not_excluded),
        ("forbidden", is_allowed_as_a_pair),
        ("reach", is_within_reach),
        ("free", is_free),
        ("minutes", has_the_minutes),
    ]


def start_spans(problem: Problem, need: Need, volunteer: Volunteer) -> list[Window]:
    """The spans of minutes, inclusive, at which she could start this visit if it were her only one."""
    out, back = lone_legs(problem, need, volunteer)
    earliest, latest = need.start_window
    spans = [(max(earliest, begin + out), min(latest, end - back - need.duration_min)) for begin, end in volunteer.free]
    return [(low, high) for low, high in spans if low <= high]


def lone_legs(problem: Problem, need: Need, volunteer: Volunteer) -> tuple[int, int]:
    """The minutes to a need and from it home, or to the end place."""
    there: Place = volunteer.place if need.remote else need.place
    return (
        0 if need.remote else leg_min(problem, volunteer, volunteer.place, there),
        leg_min(problem, volunteer, there, home_again(volunteer)),
    )


# --- one volunteer's day -------------------------------------------------------------------------------------------


def has_tasks_left(volunteer: Volunteer, visits: Sequence[Visit]) -> bool:
    """The visits are no more than her most tasks."""
    return volunteer.max_tasks is None or len(visits) <= volunteer.max_tasks


def has_minutes_left(volunteer: Volunteer, visits: Sequence[Visit]) -> bool:
    """The visits together are within her minutes of service."""
    limit = volunteer.max_service_min
    return limit is None or sum(need.duration_min for need, _ in visits) <= limit


def fits_the_day(problem: Problem, volunteer: Volunteer, visits: Iterable[Visit]) -> bool:
    """Rounds exist in which she starts each visit at its minute, legs and free windows respected."""
    states: set[tuple[Place, int]] | None = None  # where she is, and in which free window, after the last visit
    ended = 0
    for need, start in sorted(visits, key=lambda visit: visit[1]):
        states = _after(problem, volunteer, states, ended, need, start)
        ended = start + need.duration_min
    return states is None or any(_home_by(problem, volunteer, state, ended) for state in states)


def _after(
    problem: Problem, volunteer: Volunteer, states: set[tuple[Place, int]] | None, ended: int, need: Need, start: int
) -> set[tuple[Place, int]]:
    home = volunteer.place
    there = home if need.remote else need.place
    out = 0 if need.remote else leg_min(problem, volunteer, home, need.place)
    reached: set[tuple[Place, int]] = set()
    for index, (begin, end) in enumerate(volunteer.free):
        if start + need.duration_min > end:
            continue
        if states is None and begin + out <= start:
            reached.add((there, index))
        for state in states or ():
            place, window = state
            if window == index:
                leg = 0 if need.remote else leg_min(problem, volunteer, place, need.place)
                if ended + leg <= start:
                    reached.add((place if need.remote else there, index))
            if window > index or (window == index and volunteer.end_place is not None):
                continue
            back = ended + leg_min(problem, volunteer, place, home_again(volunteer))
            if back <= volunteer.free[window][1] and max(begin, back) + out <= start:
                reached.add((there, index))
    return reached


def _home_by(problem: Problem, volunteer: Volunteer, state: tuple[Place, int], ended: int) -> bool:
    place, window = state
    return ended + leg_min(problem, volunteer, place, home_again(volunteer)) <= volunteer.free[window][1]


# --- all of it -----------------------------------------------------------------------------------------------------


def broken_rules(
    problem: Problem, need: Need, volunteer: Volunteer, *, start: int | None = None, others: Sequence[Visit] = ()
) -> list[str]:
    """The names of the rules this visit would break, beside her other visits of the day; [] when it may stand.

    Without a start the visit is judged alone; with one, the start, the limits of the day and the legs to and from
    `others` (need, start) are judged as well.
    """
    broken = [name for name, rule in pair_rules(need) if not rule(problem, need, volunteer)]
    if start is None:
        return broken
    visits = [*others, (need, start)]
    if not need.start_window[0] <= start <= need.start_window[1]:
        broken.append("start_window")
    if not has_tasks_left(volunteer, visits):
        broken.append("max_tasks")
    if not has_minutes_left(volunteer, visits):
        broken.append("max_service")
    if "free" not in broken and not fits_the_day(problem, volunteer, visits):
        broken.append("day" if others else "free")
    return broken


def first_broken_rule(problem: Problem, need: Need, volunteer: Volunteer) -> str | None:
    """The first pair rule that fails, in the published order; None for a candidate."""
    return next((name for name, rule in pair_rules(need) if not rule(problem, need, volunteer)), None)


def may_be_partners(one: Volunteer, other: Volunteer) -> bool:
    """Two people may go together: they differ and at least one is not a trainee."""
    return one.id != other.id and not (one.trainee and other.trainee)
