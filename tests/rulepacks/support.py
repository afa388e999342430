"""What the tests of rules share."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app import clock as wall
from app.rulechanges.service import Proposal, approve_change, propose_change, propose_pack
from app.rulepacks.models import RuleChange
from app.visits.models import Visit
from app.visits.service import confirm_visit
from tests.conftest import Clock
from tests.factories import ZONE
from tests.people import COMMUNITY, Cast
from tests.visits.support import World, accepted, at_the_door, gone_home, paid_need

FIRST = date(2026, 6, 17)  # tomorrow, on the stopped clock


def proposed(
    people: Cast, values: Mapping[str, Any], starts_on: date = FIRST, *, unit_code: str = COMMUNITY
) -> RuleChange:
    """A change that Coordinator Lin proposes."""
    return propose_change(people.actor(people.lin), Proposal(unit_code, values, starts_on, "居民会议决定"))


def take_over(people: Cast, at: Clock, code: str) -> None:
    """The pack proposed by one, approved by another, and its day come: nine in the morning of the next day."""
    change = propose_pack(people.actor(people.lin), COMMUNITY, code, FIRST, "试行")
    approve_change(people.actor(people.approver), change.id)
    at.forward(days=1)


def serve(people: Cast, at: Clock, minutes: int, *, start: int = 570) -> tuple[World, Visit]:
    """Bo serves Aunt Chen for so many minutes today, and she confirms."""
    world = paid_need(people, minutes=minutes, start=(start, start + 30), duration_min=minutes)
    at.move_to(wall.instant(world.need.day, start, ZONE))
    visit = at_the_door(world, accepted(world))
    at.forward(minutes=minutes)
    gone_home(world, visit)
    confirm_visit(people.actor(people.chen), visit.id)
    return world, visit
