"""What the tests of rules share."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.rulechanges.service import Proposal, propose_change
from app.rulepacks.models import RuleChange
from tests.people import COMMUNITY, Cast

FIRST = date(2026, 6, 17)  # tomorrow, on the stopped clock


def proposed(
    people: Cast, values: Mapping[str, Any], starts_on: date = FIRST, *, unit_code: str = COMMUNITY
) -> RuleChange:
    """A change that Coordinator Lin proposes."""
    return propose_change(people.actor(people.lin), Proposal(unit_code, values, starts_on, "居民会议决定"))
