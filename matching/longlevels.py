"""Days of long rounds: both levels by the search of rounds, and the bound of the first by ng-routes."""

from __future__ import annotations

from matching.longbounds import serve_bound
from matching.longrounds import improve, load
from matching.search import Search

SEARCHING, BOUNDING = 0.65, 0.85  # of the time limit: until when rounds are searched, and then the bound
EACH = 25  # rounds of the search for each one that the options allow, which are meant for a slower kind


def long_levels(search: Search, begun: float) -> str:
    """Improve the plan, lower the bound of the first level, and say what ended it."""
    load()
    options, limit = search.options, search.options.time_limit_s
    search.deadline = begun + SEARCHING * limit
    search.best = improve(
        search.instance, search.best, deadline=search.deadline, seed=options.seed, rounds=EACH * options.rounds,
        workers=options.workers,
    )  # fmt: skip
    search.tell("rounds")
    stopped_by = "time" if search.left() <= 0 else "rounds"
    search.deadline = begun + BOUNDING * limit
    search.lower("serve", serve_bound(search.instance, search.best, deadline=search.deadline, rounds=options.rounds))
    search.tell("serve")
    return stopped_by
