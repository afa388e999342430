"""The sums of a record: minutes by year and by proof, and the stars that they make."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, extract, func, or_, select

from app.db import session
from app.people.models import Volunteer
from app.people.queries import today_of
from app.records.entry_queries import granted_min
from app.records.queries import Proof, is_counted
from app.rulepacks.queries import setting
from app.visits.models import Visit


@dataclass(frozen=True)
class Year:
    """What counts of one year: how many services, how many minutes."""

    year: int
    services: int
    minutes: int


@dataclass(frozen=True)
class Stars:
    """How many stars the minutes make, and how many are missing to the next (None: there is no next)."""

    count: int
    of: int
    missing_min: int | None


@dataclass(frozen=True)
class Sums:
    """All that counts on a record: services and their minutes by year and proof, and honour hours beside them."""

    years: list[Year]
    by_proof: dict[Proof, int]
    honour_min: int
    stars: Stars

    @property
    def services(self) -> int:
        return sum(year.services for year in self.years)

    @property
    def minutes(self) -> int:
        return sum(year.minutes for year in self.years)


def sums_of(volunteer: Volunteer) -> Sums:
    """The sums of a volunteer's record up to now, the newest year first."""
    years, honour = _years(volunteer.person_id), granted_min(volunteer.person_id)
    total = sum(year.minutes for year in years) + honour
    return Sums(years, _by_proof(volunteer.person_id), honour, stars_for(volunteer, total))


def stars_for(volunteer: Volunteer, minutes: int) -> Stars:
    """The stars of a length of service by the rules of her community today (setting `stars_min`)."""
    today: date = today_of(volunteer.community_code)
    steps = sorted(int(step) for step in setting(volunteer.community_code, "stars_min", on=today))
    reached = [step for step in steps if step <= minutes]
    following = next((step for step in steps if step > minutes), None)
    return Stars(len(reached), len(steps), None if following is None else following - minutes)


def _years(volunteer_id: str) -> list[Year]:
    year = extract("year", Visit.day)
    rows = session.execute(
        select(year, func.count(), func.coalesce(func.sum(Visit.actual_min), 0))
        .where(Visit.volunteer_id == volunteer_id, is_counted())
        .group_by(year)
        .order_by(year.desc())
    )
    return [Year(int(number), count, int(minutes or 0)) for number, count, minutes in rows]


def _by_proof(volunteer_id: str) -> dict[Proof, int]:
    ends = (Visit.checked_in_how, Visit.checked_out_how)
    proof = case(
        (or_(*(end == "late" for end in ends)), str(Proof.LATE)),
        (or_(*(end == "staff" for end in ends)), str(Proof.PHONE)),
        else_=str(Proof.DOOR),
    )
    rows = session.execute(
        select(proof, func.coalesce(func.sum(Visit.actual_min), 0))
        .where(Visit.volunteer_id == volunteer_id, is_counted())
        .group_by(proof)
    )
    found = {Proof(name): int(minutes or 0) for name, minutes in rows}
    return {name: found[name] for name in Proof if name in found}
