"""Say when I'm free: the weekly times, and single days that are different."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from app import clock
from app.access.actor import Actor
from app.audit.service import record
from app.availability.models import DayException, WeeklyTime
from app.db import rows_touched, session
from app.errors import DomainError, Invalid, NotFound
from app.org.queries import zone_of
from app.people.models import Volunteer, VolunteerState

WeeklyWindow = tuple[int, int, int]  # weekday (0 Monday), from, until: minutes since midnight
LATEST_DAYS_AHEAD = 365


def set_weekly_times(actor: Actor, windows: Iterable[WeeklyWindow]) -> list[WeeklyTime]:
    """Her whole week as it is from now on; what she said before is replaced."""
    volunteer = _myself(actor)
    replace_weekly_times(volunteer.person_id, windows)
    record(actor, "times.set", f"volunteer:{volunteer.person_id}", unit_code=volunteer.community_code)
    return list(session.scalars(select(WeeklyTime).where(WeeklyTime.volunteer_id == volunteer.person_id)))


def replace_weekly_times(volunteer_id: str, windows: Iterable[WeeklyWindow]) -> None:
    """The weekly times of any volunteer, as the coordinator has them. Invalid for a window that ends early."""
    wanted = sorted(set(windows))
    for weekday, from_min, until_min in wanted:
        if not 0 <= weekday <= 6:
            raise Invalid({"weekday": str(_l("Please choose a day of the week."))})
        _check_window(from_min, until_min)
    session.execute(delete(WeeklyTime).where(WeeklyTime.volunteer_id == volunteer_id))
    for weekday, from_min, until_min in wanted:
        session.add(WeeklyTime(volunteer_id=volunteer_id, weekday=weekday, from_min=from_min, until_min=until_min))
    session.flush()


def add_exception(actor: Actor, *, day: date, free: bool, windows: Sequence[tuple[int, int]]) -> None:
    """One day that is different: free only then (`free`), or not free then. It replaces what was said for the day."""
    volunteer = _myself(actor)
    today = clock.today(zone_of(volunteer.community_code))
    if day < today:
        raise Invalid({"day": str(_l("This day has passed. Please choose today or a later day."))})
    if day > today + timedelta(days=LATEST_DAYS_AHEAD):
        raise Invalid({"day": str(_l("Please choose a day within the next year."))})
    for from_min, until_min in windows:
        _check_window(from_min, until_min)
    session.execute(
        delete(DayException).where(DayException.volunteer_id == volunteer.person_id, DayException.day == day)
    )
    for from_min, until_min in sorted(set(windows)):
        session.add(
            DayException(
                volunteer_id=volunteer.person_id, day=day, free=free, from_min=from_min, until_min=until_min
            )
        )  # fmt: skip
    record(actor, "times.except", f"volunteer:{volunteer.person_id}", unit_code=volunteer.community_code,
           detail={"day": day.isoformat(), "free": free})  # fmt: skip
    session.flush()


def remove_exception(actor: Actor, day: date) -> None:
    """The day is as every week again. NotFound when nothing was said about it."""
    volunteer = _myself(actor)
    gone = session.execute(
        delete(DayException).where(DayException.volunteer_id == volunteer.person_id, DayException.day == day)
    )
    if rows_touched(gone) == 0:
        raise NotFound
    record(actor, "times.as_usual", f"volunteer:{volunteer.person_id}", unit_code=volunteer.community_code,
           detail={"day": day.isoformat()})  # fmt: skip


def _myself(actor: Actor) -> Volunteer:
    volunteer = session.get(Volunteer, actor.must_be_someone())
    if volunteer is None:
        raise NotFound
    return volunteer


def _check_window(from_min: int, until_min: int) -> None:
    if not 0 <= from_min < until_min <= clock.MINUTES_PER_DAY:
        raise Invalid({"until": str(_l("The end must be later than the beginning."))})


# How far and how much ----------------------------------------------------------------------------------------------


class NotResting(DomainError):
    text = _l("This can't be changed now. Please look at the page again, or call the community.")


def set_limits(actor: Actor, *, reach_m: int, max_visits_per_day: int, max_minutes_per_week: int) -> Volunteer:
    """How far she goes and how much she does at most, from the next plan on."""
    volunteer = _myself(actor)
    volunteer.reach_m = reach_m
    volunteer.max_visits_per_day = max_visits_per_day
    volunteer.max_minutes_per_week = max_minutes_per_week
    record(actor, "volunteer.limits", f"volunteer:{volunteer.person_id}", unit_code=volunteer.community_code)
    return volunteer


def take_a_rest(actor: Actor) -> Volunteer:
    """Nobody asks her for new visits until she says so; what she accepted stays."""
    return _step(actor, VolunteerState.ACTIVE, VolunteerState.PAUSED)


def help_again(actor: Actor) -> Volunteer:
    """The rest is over."""
    return _step(actor, VolunteerState.PAUSED, VolunteerState.ACTIVE)


def _step(actor: Actor, come_from: VolunteerState, to: VolunteerState) -> Volunteer:
    volunteer = _myself(actor)
    moved = session.execute(
        update(Volunteer)
        .where(Volunteer.person_id == volunteer.person_id, Volunteer.state == come_from)
        .values(state=to)
        .execution_options(synchronize_session=False)
    )
    if rows_touched(moved) == 0 and volunteer.state != to:
        raise NotResting
    session.refresh(volunteer)
    record(actor, f"volunteer.{to}", f"volunteer:{volunteer.person_id}", unit_code=volunteer.community_code)
    return volunteer
