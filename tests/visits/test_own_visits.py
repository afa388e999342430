"""Who went to an elder judges nothing about that visit, whatever else she is here; and her door closes again."""

from typing import Any

import pytest

from app.access.actor import SYSTEM, actor_of
from app.errors import NotAllowed
from app.people.models import Role
from app.people.service import add_membership
from app.visits import service
from app.visits.models import ReportKind
from app.visits.queries import task
from app.visits.settlement import OwnVisit
from tests.conftest import Clock
from tests.factories import make_volunteer
from tests.people import GRID3, Cast
from tests.visits.support import World, accepted, at_the_door, paid_need, served_together


def test_of_two_who_went_together_neither_confirms_the_other(people: Cast, clock: Clock) -> None:
    world = paid_need(people, volunteers_needed=2, duration_min=30)
    other = make_volunteer()
    add_membership(SYSTEM, other.person_id, GRID3, Role.GRID_WORKER)
    first, _ = served_together(world, other, clock)
    hers = actor_of(other.person_id)
    assert hers is not None
    with pytest.raises(OwnVisit):
        service.confirm_visit(hers, first.id)


def test_nobody_closes_a_report_about_her_own_visit(world: World) -> None:
    visit = accepted(world)
    add_membership(SYSTEM, world.people.bo.id, GRID3, Role.GRID_WORKER)
    made = service.report(world.actor(world.people.bo), visit.id, ReportKind.LATE, "", about="10")
    with pytest.raises(NotAllowed):
        service.close_report(world.actor(world.people.bo), made.id, "nothing")


def test_a_door_does_not_stay_open_because_nobody_checks_out(world: World, clock: Clock) -> None:
    visit = at_the_door(world, accepted(world))
    bo: Any = world.actor(world.people.bo)
    clock.forward(hours=12)
    assert task(bo, visit.assignment_id).door is not None
    clock.forward(hours=24)
    assert task(bo, visit.assignment_id).door is None
