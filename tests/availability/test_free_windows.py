"""When somebody is free: the week, and the days that are different."""

from datetime import date

import pytest

from app.access.actor import Actor, actor_of
from app.availability.queries import days_free, exceptions_from, free_windows, weekly_times
from app.availability.service import add_exception, remove_exception, set_weekly_times
from app.errors import Invalid, NotFound
from app.people.models import Volunteer
from tests.factories import make_staff, make_volunteer

WEDNESDAY = date(2026, 6, 17)
THURSDAY = date(2026, 6, 18)


def _actor(volunteer: Volunteer) -> Actor:
    actor = actor_of(volunteer.person_id)
    assert actor is not None
    return actor


def _free(volunteer: Volunteer, day: date) -> list[tuple[int, int]]:
    return free_windows([volunteer.person_id], day).get(volunteer.person_id, [])


def test_weekly_times_hold_on_their_weekday_only(session: object) -> None:
    bo = make_volunteer(free=[(2, 480, 720)])
    assert _free(bo, WEDNESDAY) == [(480, 720)]
    assert _free(bo, THURSDAY) == []


def test_times_that_touch_or_overlap_are_one_window(session: object) -> None:
    bo = make_volunteer(free=[(2, 480, 600), (2, 600, 660), (2, 640, 720), (2, 840, 900)])
    assert _free(bo, WEDNESDAY) == [(480, 720), (840, 900)]


def test_times_said_for_a_day_stand_instead_of_the_weekly_ones(session: object) -> None:
    bo = make_volunteer(free=[(2, 480, 720)])
    add_exception(_actor(bo), day=WEDNESDAY, free=True, windows=[(900, 1020)])
    assert _free(bo, WEDNESDAY) == [(900, 1020)]


def test_hours_away_are_cut_out_of_the_weekly_times(session: object) -> None:
    bo = make_volunteer(free=[(2, 480, 720)])
    add_exception(_actor(bo), day=WEDNESDAY, free=False, windows=[(540, 600)])
    assert _free(bo, WEDNESDAY) == [(480, 540), (600, 720)]


def test_a_whole_day_away_leaves_nothing(session: object) -> None:
    bo = make_volunteer(free=[(2, 480, 720)])
    add_exception(_actor(bo), day=WEDNESDAY, free=False, windows=[(0, 1440)])
    assert free_windows([bo.person_id], WEDNESDAY) == {}


def test_a_day_said_again_replaces_what_was_said(session: object) -> None:
    bo = make_volunteer(free=[(2, 480, 720)])
    add_exception(_actor(bo), day=WEDNESDAY, free=False, windows=[(0, 1440)])
    add_exception(_actor(bo), day=WEDNESDAY, free=True, windows=[(600, 660)])
    assert _free(bo, WEDNESDAY) == [(600, 660)]
    assert len(exceptions_from(bo.person_id, WEDNESDAY)) == 1


def test_a_day_can_be_as_usual_again(session: object) -> None:
    bo = make_volunteer(free=[(2, 480, 720)])
    add_exception(_actor(bo), day=WEDNESDAY, free=False, windows=[(0, 1440)])
    remove_exception(_actor(bo), WEDNESDAY)
    assert _free(bo, WEDNESDAY) == [(480, 720)]
    with pytest.raises(NotFound):
        remove_exception(_actor(bo), WEDNESDAY)


def test_the_next_days_are_listed_with_their_windows(session: object) -> None:
    bo = make_volunteer(free=[(2, 480, 720)])
    assert days_free(bo.person_id, WEDNESDAY, 8) == [(WEDNESDAY, [(480, 720)]), (date(2026, 6, 24), [(480, 720)])]


def test_a_new_week_replaces_the_old_one(session: object) -> None:
    bo = make_volunteer(free=[(2, 480, 720)])
    set_weekly_times(_actor(bo), [(0, 540, 600), (0, 540, 600)])
    assert [(row.weekday, row.from_min, row.until_min) for row in weekly_times(bo.person_id)] == [(0, 540, 600)]


@pytest.mark.parametrize("window", [(600, 600), (700, 600), (-5, 60), (1400, 1441)])
def test_a_window_that_ends_before_it_begins_is_refused(session: object, window: tuple[int, int]) -> None:
    bo = make_volunteer(free=[(2, 480, 720)])
    with pytest.raises(Invalid):
        set_weekly_times(_actor(bo), [(1, *window)])
    assert _free(bo, WEDNESDAY) == [(480, 720)]


@pytest.mark.parametrize("day", [date(2026, 6, 15), date(2027, 7, 1)])
def test_a_day_that_has_passed_or_is_years_away_is_refused(session: object, day: date) -> None:
    bo = make_volunteer()
    with pytest.raises(Invalid) as caught:
        add_exception(_actor(bo), day=day, free=False, windows=[(0, 1440)])
    assert "day" in caught.value.fields


def test_only_a_volunteer_has_times(session: object) -> None:
    lin = actor_of(make_staff().id)
    assert lin is not None
    with pytest.raises(NotFound):
        set_weekly_times(lin, [(0, 540, 600)])
