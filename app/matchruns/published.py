"""The weights of the match, for the page that anyone can read: what the solver uses, nothing retyped."""

from dataclasses import dataclass

from app.matchruns.problem import FOR_LISTED, MOST_DAYS_WAITED, PER_DAY_WAITED, REGULAR_DAYS, REGULAR_VISITS
from matching.problem import Goals


@dataclass(frozen=True)
class Weights:
    """Serve: what adds to the base of a need. Care: `goals`, in minutes of walking. A familiar face: visits lately."""

    goals: Goals
    per_day_waited: int
    most_days_waited: int
    for_listed: int
    regular_visits: int
    regular_days: int


def weights() -> Weights:
    """The weights that hold for every match of this site."""
    return Weights(
        goals=Goals(),
        per_day_waited=PER_DAY_WAITED,
        most_days_waited=MOST_DAYS_WAITED,
        for_listed=FOR_LISTED,
        regular_visits=REGULAR_VISITS,
        regular_days=REGULAR_DAYS,
    )
