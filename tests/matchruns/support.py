"""What the tests of the daily match share: one run of a day, and a page as it reads."""

from __future__ import annotations

import re
from typing import Any

from app.matchruns import service
from app.matchruns.models import MatchRun
from app.needs.models import Need
from tests.factories import COMMUNITY
from tests.people import Cast


def text_of(answer: Any) -> str:
    """A page without its marks, blanks as one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def run_match(people: Cast, need: Need) -> MatchRun:
    """One run of the order's day, solved and stored."""
    run = service.begin_run(people.actor(people.lin), COMMUNITY, need.day)
    return service.store_plan(run.id, service.solve_document(run.problem))
