"""Lists ask the database as often for many rows as for few."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import clock
from app.visits.models import ReportKind, VisitReport, VisitState
from tests.factories import ZONE, make_assignment, make_elder, make_need, make_visit, make_volunteer
from tests.people import Cast, cast
from tests.support.counting import statements

LogIn = Callable[[Any], FlaskClient]


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


def _statements(client: FlaskClient, path: str) -> int:
    client.get(path)  # whatever is read once for all
    with statements() as sent:
        assert client.get(path).status_code == 200
    return len(sent)


def _a_day_of(people: Cast, session: Any, visits: int) -> None:
    today = clock.today(ZONE)
    for n in range(visits):
        start = (480 + 10 * n, 480 + 10 * n)
        make_visit(need=make_need(elder=make_elder(), day=today, start=start), volunteer=people.volunteer)
        make_assignment(need=make_need(elder=make_elder(), start=start), volunteer=people.volunteer)
        make_visit(
            need=make_need(elder=make_elder(), day=today - timedelta(days=n + 1), start=start),
            volunteer=people.volunteer, state=VisitState.CONFIRMED,
        )  # fmt: skip
        other = make_visit(need=make_need(elder=make_elder(), day=today, start=start), volunteer=make_volunteer())
        session.add(
            VisitReport(
                visit_id=other.id, kind=ReportKind.LATE, reported_by=other.volunteer_id, reported_at=clock.now(),
                owner_id=people.lin.id,
            )
        )  # fmt: skip
        make_visit(
            need=make_need(elder=make_elder(), day=today - timedelta(days=2), start=start), volunteer=make_volunteer()
        )  # fmt: skip
    session.flush()


@pytest.mark.parametrize(("who", "path"), [("bo", "/v"), ("bo", "/v/offers"), ("lin", "/c/live"), ("lin", "/c/late")])
def test_many_rows_take_as_many_statements_as_few(
    session: Any, log_in: LogIn, people: Cast, who: str, path: str
) -> None:
    client = log_in(getattr(people, who))
    _a_day_of(people, session, 2)
    few = _statements(client, path)
    _a_day_of(people, session, 6)
    assert _statements(client, path) <= few + 1
