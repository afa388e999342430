"""When volunteers are free: weekly times, with what each said about single days."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from sqlalchemy import select

from app.availability.models import DayException, WeeklyTime
from app.db import session
from app.menu.models import Skill
from app.people.models import VolunteerSkill

Window = tuple[int, int]


def free_windows(volunteer_ids: Collection[str], day: date) -> dict[str, list[Window]]:
    """Per volunteer the windows [from, until) of that day, minutes since midnight, disjoint and in order.

    Times said for the day itself stand instead of the weekly ones; what she said she cannot is cut out of either.
    A volunteer without any window is left out.
    """
    usual: dict[str, list[Window]] = {}
    for week in _weekly_rows(volunteer_ids, day.weekday()):
        usual.setdefault(week.volunteer_id, []).append((week.from_min, week.until_min))
    instead: dict[str, list[Window]] = {}
    cannot: dict[str, list[Window]] = {}
    for said in _rows_of_days(volunteer_ids, day, day):
        side = instead if said.free else cannot
        side.setdefault(said.volunteer_id, []).append((said.from_min, said.until_min))
    free = {key: _cut(_joined(windows), cannot.get(key, [])) for key, windows in (usual | instead).items()}
    return {key: windows for key, windows in free.items() if windows}


def weekly_times(volunteer_id: str) -> list[WeeklyTime]:
    """Her weekly times, Monday morning first."""
    rows = select(WeeklyTime).where(WeeklyTime.volunteer_id == volunteer_id)
    return list(session.scalars(rows.order_by(WeeklyTime.weekday, WeeklyTime.from_min)))


def exceptions_from(volunteer_id: str, day: date) -> list[DayException]:
    """What she said about single days from `day` on, the next one first."""
    rows = select(DayException).where(DayException.volunteer_id == volunteer_id, DayException.day >= day)
    return list(session.scalars(rows.order_by(DayException.day, DayException.from_min)))


def days_free(volunteer_id: str, start: date, days: int) -> list[tuple[date, list[Window]]]:
    """The next `days` days from `start` on which she is free, each with its windows."""
    week = [start + timedelta(days=n) for n in range(days)]
    return [(day, windows[volunteer_id]) for day in week if (windows := free_windows([volunteer_id], day))]


def _weekly_rows(volunteer_ids: Collection[str], weekday: int) -> Iterable[WeeklyTime]:
    return session.scalars(
        select(WeeklyTime).where(WeeklyTime.volunteer_id.in_(volunteer_ids), WeeklyTime.weekday == weekday)
    )


def _rows_of_days(volunteer_ids: Collection[str], first: date, last: date) -> Iterable[DayException]:
    return session.scalars(
        select(DayException).where(
            DayException.volunteer_id.in_(volunteer_ids), DayException.day >= first, DayException.day <= last
        )
    )


def _joined(windows: Iterable[Window]) -> list[Window]:
    """The same time as few windows: what touches or overlaps becomes one."""
    whole: list[Window] = []
    for start, end in sorted(windows):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def _cut(windows: list[Window], away: Iterable[Window]) -> list[Window]:
    for start, end in away:
        pieces = (piece for a, b in windows for piece in ((a, min(b, start)), (max(a, end), b)))
        windows = [piece for piece in pieces if piece[0] < piece[1]]
    return windows


def skills_of(volunteer_id: str) -> list[tuple[Skill, VolunteerSkill]]:
    """What she can do, by the order of codes, each with its last valid day."""
    rows = session.execute(
        select(Skill, VolunteerSkill)
        .join(VolunteerSkill, VolunteerSkill.skill_code == Skill.code)
        .where(VolunteerSkill.volunteer_id == volunteer_id)
        .order_by(Skill.code)
    )
    return [(skill, held) for skill, held in rows]
