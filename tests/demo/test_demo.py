"""The demo community: everything is there, its books add up, and it moves on with the days."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.demo import cast, tomorrow
from app.demo.cli import make_ready
from app.demo.demand import orders_of_day
from app.demo.place import COMMUNITY
from app.ledger.models import Transfer
from app.ledger.verify import verify
from app.matchruns.models import MatchRun
from app.matchruns.queries import plan_in_force
from app.needs.models import Need, NeedState
from app.needs.queries import open_needs
from app.org.queries import grids_of
from app.people.models import Elder, Membership, Role, Volunteer
from app.visits.models import Assignment, Origin, Visit, VisitState


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def loaded(app: Flask) -> Flask:
    make_ready()
    return app


@pytest.mark.engines("sqlite")
def test_the_demo_is_a_community_with_its_past_and_its_tomorrow(loaded: Flask, session: Session) -> None:
    assert len(grids_of(COMMUNITY)) == 13
    assert (count(session, Elder), count(session, Volunteer)) == (120, 60)
    assert {member.key for member in cast.CAST} == {
        "chen", "mei", "bo", "dan", "lin", "guo", "xu", "approver", "auditor", "lead", "admin"
    }  # fmt: skip
    assert all(cast.person_of(member.key).name == member.name for member in cast.CAST)
    days = set(session.scalars(select(Need.day)))
    assert max(days) - min(days) >= timedelta(days=59)
    assert len(open_needs(COMMUNITY, tomorrow.tomorrow())) == tomorrow.OPEN


def test_its_books_are_as_if_everyone_had_written_them(loaded: Flask, session: Session) -> None:
    report = verify()
    assert report.findings == []
    assert count(session, Transfer) > 500
    confirmed = session.scalar(select(func.count()).select_from(Visit).where(Visit.state == VisitState.CONFIRMED))
    assert (confirmed or 0) > 250


@pytest.mark.engines("sqlite")
def test_tomorrow_is_matched_but_for_orders_that_a_change_would_help(loaded: Flask) -> None:
    run = plan_in_force(COMMUNITY, tomorrow.tomorrow())
    assert run is not None
    assert run.needs == tomorrow.OPEN
    left = run.result["unserved"]
    assert 1 <= len(left) <= 6
    assert any(entry["cheapest_change"] for entry in left)
    bo = cast.person_of("bo").id
    assert any(bo in match["volunteers"] for match in run.result["matches"])  # the tour needs an offer for him


@pytest.mark.engines("sqlite")
def test_nobody_is_said_to_be_matched_by_a_run_that_never_was(loaded: Flask, session: Session) -> None:
    asked = session.scalars(select(Assignment)).all()
    assert {one.run_id for one in asked if one.origin in (Origin.MATCH, Origin.NEXT_BEST)} <= set(
        session.scalars(select(MatchRun.id))
    )
    past = [one for one in asked if one.day < tomorrow.tomorrow()]
    assert len(past) > 500
    assert {(one.origin, one.run_id) for one in past} == {(Origin.BY_NAME, None)}
    said = select(func.count()).select_from(AuditEntry).where(AuditEntry.verb == "visit.offer")
    assert session.scalar(said) == len(past)  # each is in the trail, with who asked


@pytest.mark.engines("sqlite")
def test_loading_again_changes_nothing(loaded: Flask, session: Session) -> None:
    before = [count(session, model) for model in (Need, Visit, Transfer, Elder, Membership)]
    make_ready()
    assert [count(session, model) for model in (Need, Visit, Transfer, Elder, Membership)] == before


def test_days_later_the_open_orders_are_for_tomorrow_again(loaded: Flask, session: Session, clock: Any) -> None:
    first = tomorrow.tomorrow()
    clock.forward(days=3)
    make_ready()
    day = tomorrow.tomorrow()
    assert day == first + timedelta(days=3)
    assert len(open_needs(COMMUNITY, day)) == tomorrow.OPEN
    left = select(Need).where(Need.day == first, Need.code.like("demo-%"))
    assert {need.state for need in session.scalars(left)} <= {NeedState.CANCELLED, NeedState.ARRANGED}
    assert plan_in_force(COMMUNITY, day) is not None
    assert verify().findings == []
    lived = session.scalar(select(func.count()).select_from(Visit).where(Visit.day > first - timedelta(days=1)))
    assert (lived or 0) > 0


def test_the_days_are_lumpy_and_weekends_quiet() -> None:
    from random import Random

    dice = Random(1)
    weeks = [[orders_of_day(dice, weekday) for weekday in range(7)] for _ in range(400)]
    tuesdays = [week[1] for week in weeks]
    mean = sum(tuesdays) / len(tuesdays)
    variance = sum((count - mean) ** 2 for count in tuesdays) / len(tuesdays)
    assert 5 < variance / mean < 9
    assert sum(week[6] for week in weeks) < sum(week[1] for week in weeks) / 5


@pytest.mark.engines("sqlite")
def test_the_cast_has_the_roles_that_its_links_promise(loaded: Flask, session: Session) -> None:
    roles = Counter(session.scalars(select(Membership.role)))
    assert roles[Role.COORDINATOR] == 3
    assert roles[Role.GRID_WORKER] == 13
    assert (roles[Role.AUDITOR], roles[Role.ADMINISTRATOR]) == (1, 1)
