"""The pages of times and limits: read, changed, and every input that cannot be."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.availability.queries import free_windows, weekly_times
from app.people.models import Volunteer, VolunteerState
from tests.factories import make_staff, make_volunteer

LogIn = Callable[[Any], FlaskClient]
WEDNESDAY = date(2026, 6, 17)


@pytest.fixture
def volunteer(session: Any) -> Volunteer:
    return make_volunteer(free=[(2, 480, 720)])


@pytest.fixture
def her(log_in: LogIn, volunteer: Volunteer) -> FlaskClient:
    return log_in(volunteer.person_id)


def _week(volunteer: Volunteer) -> list[tuple[int, int, int]]:
    return [(row.weekday, row.from_min, row.until_min) for row in weekly_times(volunteer.person_id)]


def test_the_week_shows_what_holds(her: FlaskClient) -> None:
    page = her.get("/v/times?lang=en").text
    assert "8:00–12:00" in page
    assert "No day is different so far" in page


def test_one_weekday_is_saved_for_others_too(her: FlaskClient, volunteer: Volunteer) -> None:
    form = {"from1": "09:00", "until1": "11:30", "from2": "14:00", "until2": "17:00", "same_on": ["4"]}
    assert her.post("/v/times/0", data=form).status_code == 303
    monday = [(540, 690), (840, 1020)]
    assert _week(volunteer) == [*((0, *w) for w in monday), (2, 480, 720), *((4, *w) for w in monday)]


def test_an_emptied_weekday_is_not_free(her: FlaskClient, volunteer: Volunteer) -> None:
    assert her.post("/v/times/2", data={"from1": "", "until1": ""}).status_code == 303
    assert _week(volunteer) == []


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"from1": "11:00", "until1": "09:00"}, "until1"),
        ({"from1": "11:00", "until1": "11:00"}, "until1"),
        ({"from1": "11:00", "until1": ""}, "until1"),
        ({"from1": "", "until1": "11:00"}, "from1"),
        ({"from1": "morning", "until1": "11:00"}, "from1"),
        ({"from1": "09:61", "until1": "11:00"}, "from1"),
        ({"from1": "09:00", "until1": "24:01"}, "until1"),
        ({"from2": "15:00", "until2": "14:00"}, "until2"),
    ],
)
def test_times_that_cannot_be_are_kept_and_explained(
    her: FlaskClient, volunteer: Volunteer, form: dict[str, str], field: str
) -> None:
    answer = her.post("/v/times/2", data=form)
    assert answer.status_code == 422
    assert f"#f-{field}" in answer.text
    assert all(value in answer.text for value in form.values())
    assert _week(volunteer) == [(2, 480, 720)]


@pytest.mark.parametrize("path", ["/v/times/7", "/v/times/99"])
def test_there_are_seven_weekdays(her: FlaskClient, path: str) -> None:
    assert her.get(path).status_code == 404
    assert her.post(path, data={}).status_code == 404


@pytest.mark.parametrize(
    ("form", "windows"),
    [
        ({"how": "away"}, []),
        ({"how": "away_then", "from": "09:00", "until": "10:00"}, [(480, 540), (600, 720)]),
        ({"how": "only_then", "from": "15:00", "until": "16:00"}, [(900, 960)]),
    ],
)
def test_one_day_can_be_different(
    her: FlaskClient, volunteer: Volunteer, form: dict[str, str], windows: list[tuple[int, int]]
) -> None:
    assert her.post("/v/times/day", data={"day": "2026-06-17", **form}).status_code == 303
    assert free_windows([volunteer.person_id], WEDNESDAY).get(volunteer.person_id, []) == windows
    assert her.post("/v/times/as-usual", data={"day": "2026-06-17"}).status_code == 303
    assert free_windows([volunteer.person_id], WEDNESDAY)[volunteer.person_id] == [(480, 720)]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"day": "", "how": "away"}, "day"),
        ({"day": "soon", "how": "away"}, "day"),
        ({"day": "2026-06-15", "how": "away"}, "day"),
        ({"day": "2028-01-01", "how": "away"}, "day"),
        ({"day": "2026-06-17", "how": ""}, "how"),
        ({"day": "2026-06-17", "how": "only_then"}, "from"),
        ({"day": "2026-06-17", "how": "only_then", "from": "10:00", "until": "09:00"}, "until"),
    ],
)
def test_a_day_that_cannot_be_is_explained(her: FlaskClient, form: dict[str, str], field: str) -> None:
    answer = her.post("/v/times/day", data=form)
    assert answer.status_code == 422
    assert f"#f-{field}" in answer.text


@pytest.mark.parametrize("day", ["", "x", "2026-06-18"])
def test_a_day_of_which_nothing_was_said_is_not_there(her: FlaskClient, day: str) -> None:
    assert her.post("/v/times/as-usual", data={"day": day}).status_code == 404


def test_limits_are_saved(session: Any, her: FlaskClient, volunteer: Volunteer) -> None:
    form = {"reach_m": "1200", "max_visits_per_day": "2", "max_hours_per_week": "5"}
    assert her.post("/v/me", data=form).status_code == 303
    session.refresh(volunteer)
    assert (volunteer.reach_m, volunteer.max_visits_per_day, volunteer.max_minutes_per_week) == (1200, 2, 300)


@pytest.mark.parametrize(
    ("name", "value"),
    [("reach_m", ""), ("reach_m", "0"), ("reach_m", "99999999"), ("max_visits_per_day", "0"),
     ("max_visits_per_day", "11"), ("max_visits_per_day", "two"), ("max_hours_per_week", "-1"),
     ("max_hours_per_week", "61"), ("max_hours_per_week", "1.5")],
)  # fmt: skip
def test_limits_that_cannot_be_are_kept_and_explained(her: FlaskClient, name: str, value: str) -> None:
    form = {"reach_m": "1200", "max_visits_per_day": "2", "max_hours_per_week": "5", name: value}
    answer = her.post("/v/me", data=form)
    assert answer.status_code == 422
    assert f"#f-{name}" in answer.text


def test_a_rest_begins_and_ends(session: Any, her: FlaskClient, volunteer: Volunteer) -> None:
    assert her.post("/v/me/rest").status_code == 303
    session.refresh(volunteer)
    assert volunteer.state == VolunteerState.PAUSED
    assert "Help again" in her.get("/v/me?lang=en").text
    assert her.post("/v/me/again").status_code == 303
    session.refresh(volunteer)
    assert volunteer.state == VolunteerState.ACTIVE


def test_a_newcomer_cannot_end_probation_by_resting(session: Any, log_in: LogIn) -> None:
    newcomer = make_volunteer(state=VolunteerState.PROBATION)
    her = log_in(newcomer.person_id)
    for path in ("/v/me/rest", "/v/me/again"):
        assert her.post(path).status_code == 409
    session.refresh(newcomer)
    assert newcomer.state == VolunteerState.PROBATION


def test_papers_that_ran_out_are_said(session: Any, log_in: LogIn) -> None:
    old = make_volunteer(vetted_until=date(2026, 6, 15), insured_until=None)
    page = log_in(old.person_id).get("/v/me?lang=en").text
    assert "ran out" in page
    assert "not noted yet" in page


def test_the_pages_are_for_volunteers_only(log_in: LogIn, session: Any) -> None:
    lin = log_in(make_staff())
    for path in ("/v", "/v/offers", "/v/times", "/v/times/1", "/v/times/day", "/v/me"):
        assert lin.get(path).status_code == 403
