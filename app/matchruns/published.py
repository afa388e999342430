"""The weights of the match, for the page that anyone can read: what the solver uses, nothing retyped."""

from dataclasses import dataclass
from datetime import date

from app.matchruns.problem import REGULAR_DAYS, REGULAR_VISITS
from app.matchruns.urgency import Urgency, urgency_of, usual_urgency
from matching.problem import Goals


@dataclass(frozen=True)
class Weights:
    """Serve: `urgency`. Care: `goals`, in minutes of walking. A familiar face: visits lately."""

    goals: Goals
    urgency: Urgency
    regular_visits: int
    regular_days: int


def weights(unit_code: str | None, on: date) -> Weights:
    """The weights that hold for the matches of a unit; those of the shipped default where there is no unit yet."""
    return Weights(
        goals=Goals(),
        urgency=urgency_of(unit_code, on) if unit_code is not None else usual_urgency(),
        regular_visits=REGULAR_VISITS,
        regular_days=REGULAR_DAYS,
    )
