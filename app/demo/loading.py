"""Loading the demo community: the place, the people, and two months of what happened, in one act."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import func, select, update

from app import clock
from app.access.actor import SYSTEM
from app.availability.models import WeeklyTime
from app.availability.service import replace_weekly_times
from app.db import session
from app.demo import cast, neighbours
from app.demo.book import Book
from app.demo.money import AREA, GIFTS_TO_FUND, Money
from app.demo.neighbours import Town
from app.demo.past import Client, Helper, Kind, Order, Past
from app.demo.place import COMMUNITY, ZONE, make_place
from app.demo.records import keep_records
from app.demo.rows import Moment, Written
from app.menu.models import MenuItem
from app.needs.models import Need
from app.people.models import (
    Delegation,
    Duty,
    Elder,
    Membership,
    Person,
    Relation,
    Role,
    Team,
    TeamMember,
    Volunteer,
    VolunteerSkill,
    VolunteerState,
)
from app.people.service import add_membership, add_person, enrol_elder, enrol_volunteer, name_responsible
from app.visits.models import Visit, VisitState

PAST_DAYS = 61
FIRST_NUMBER = 1000
LEAST_TODAY = 9  # a board to look at, also on a Sunday
RELATIVES = 18


def load(today: date) -> None:
    """Everything but tomorrow's orders, in the present transaction."""
    make_place()
    cast.make_staff()
    cast.make_neighbours(today)
    town = Town(today)
    _grid_workers(town)
    _elders(town)
    _volunteers(town)
    _relatives(town)
    _long_ago(today)
    session.flush()
    live_through(today, since=today - timedelta(days=PAST_DAYS), begin=True)
    keep_records(today)


# People --------------------------------------------------------------------------------------------------------------


def _grid_workers(town: Town) -> None:
    for grid in town.grids:
        if grid.number == cast.HOME_GRID:
            continue
        sex = town.dice.choice("fm")
        worker = add_person(SYSTEM, name=town.name(sex), sex=sex, unit_code=grid.code, phone=town.phone())
        add_membership(SYSTEM, worker.id, grid.code, Role.GRID_WORKER)


def _elders(town: Town) -> None:
    workers = _workers()
    for entry in neighbours.elders(town):
        elder = enrol_elder(SYSTEM, entry)
        worker = workers[entry.unit_code]
        name_responsible(SYSTEM, elder.person_id, duty=Duty.GRID_WORKER, name=worker.name, phone=worker.phone)
        if entry.emergency_name:
            name_responsible(
                SYSTEM, elder.person_id, duty=Duty.SUPPORTER, name=entry.emergency_name, phone=entry.emergency_phone
            )


def _workers() -> dict[str, Person]:
    """The grid worker of each grid."""
    rows = session.execute(
        select(Membership.unit_code, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.role == Role.GRID_WORKER)
    )
    return dict(rows.all())


def _volunteers(town: Town) -> None:
    teams: dict[str, Team] = {}
    for number, helper in enumerate(neighbours.volunteers(town)):
        row = enrol_volunteer(SYSTEM, helper.entry, state=_state(number))
        replace_weekly_times(row.person_id, helper.free)
        _date_papers(town, row)
        name = helper.kind.team
        if name is None:
            continue
        if name not in teams:
            teams[name] = Team(unit_code=COMMUNITY, name=name, leader_id=row.person_id)
            session.add(teams[name])
            session.flush()
        session.add(TeamMember(team_id=teams[name].id, volunteer_id=row.person_id))
    session.flush()


def _state(number: int) -> VolunteerState:
    """Nearly all serve; two neighbours are new, one is waiting for an answer, one is away."""
    new = {3: VolunteerState.PROBATION, 9: VolunteerState.PROBATION, 12: VolunteerState.APPLIED}
    return new.get(number, VolunteerState.PAUSED if number == 15 else VolunteerState.ACTIVE)


def _date_papers(town: Town, volunteer: Volunteer) -> None:
    """Credentials end some day; somebody who only applied has shown nothing yet."""
    if volunteer.state == VolunteerState.APPLIED:
        volunteer.vetted_until = volunteer.insured_until = volunteer.trained_until = None
        return
    volunteer.identity_checked_at = volunteer.decided_at = clock.now()
    volunteer.identity_checked_by = volunteer.decided_by = cast.person_of("lin").id
    for row in session.scalars(select(VolunteerSkill).where(VolunteerSkill.volunteer_id == volunteer.person_id)):
        if row.skill_code in CREDENTIALS:
            row.valid_until = town.today + timedelta(days=town.dice.randint(40, 500))


CREDENTIALS = {
    "first_aid", "escort_training", "errand_agent", "health_certificate", "electrician_licence", "health_training",
    "medical_licence", "legal_licence",
}  # fmt: skip


def _relatives(town: Town) -> None:
    """Some children who act for a parent, with the parent's say-so at the door."""
    workers = _workers()
    elders = session.scalars(select(Elder).where(Elder.emergency_name != "", Elder.code != "E001").order_by(Elder.code))
    for elder in list(elders)[:RELATIVES]:
        unit_code = session.get_one(Person, elder.person_id).unit_code
        child = add_person(
            SYSTEM, name=elder.emergency_name, sex=town.dice.choice("fm"), unit_code=unit_code,
            phone=elder.emergency_phone,
        )  # fmt: skip
        session.add(
            Delegation(
                elder_id=elder.person_id, relative_id=child.id, relation=Relation.CHILD, consent_how="door",
                recorded_by=workers[unit_code].id, since=clock.now(),
            )
        )  # fmt: skip


def _long_ago(today: date) -> None:
    """Everyone enrolled before the history begins; every point of the demo is one to look at, not to go to."""
    then = clock.instant(today - timedelta(days=PAST_DAYS + 30), 10 * 60, ZONE)
    session.flush()
    session.execute(update(Person).values(created_at=then, point_is_approximate=True))
    session.execute(update(Membership).values(since=then))
    session.execute(update(Delegation).values(since=then))
    served = Volunteer.state != VolunteerState.APPLIED
    session.execute(
        update(Volunteer)
        .where(served)
        .values(applied_at=then, pledge_at=then, identity_checked_at=then, decided_at=then)
    )


# What happened -------------------------------------------------------------------------------------------------------


def live_through(today: date, *, since: date, begin: bool = False) -> None:
    """The days from `since` up to this minute of today, with their orders, visits and minutes."""
    now = clock.now()
    dice = Random(f"{neighbours.SEED} {since}")
    clients = _clients()
    past = Past(dice, _kinds(), clients, _helpers(since))
    orders: list[Order] = []
    for ahead in range((today - since).days + 1):
        day = since + timedelta(days=ahead)
        orders += past.day(day, least=LEAST_TODAY if day == today else 0)
    written = Written(now=now, coordinator_id=cast.person_of("lin").id, number=_last_number())
    written.write(orders)
    written.store()
    opened_at = clock.instant(since - timedelta(days=7), 8 * 60, ZONE)
    _move_minutes(written, dice, opened_at=opened_at, begin=begin)
    _last_asked(orders, now)


def _move_minutes(written: Written, dice: Random, *, opened_at: datetime, begin: bool) -> None:
    lin, wang = cast.person_of("lin").id, cast.person_of("approver").id
    money = Money(Book(AREA, opened_at=opened_at), opened_at, (lin, wang), dice)
    elders = sorted(session.scalars(select(Elder.person_id)))
    volunteers = sorted(session.scalars(select(Volunteer.person_id)))
    money.open([*elders, *volunteers])
    acts: list[tuple[datetime, Callable[[], None]]] = []
    if begin:
        chen = cast.person_of("chen").id
        some = [chen, *dice.sample([elder for elder in elders if elder != chen], 40)]
        acts += money.first_fillings(some, written.now)
        for giver in dice.sample(volunteers, GIFTS_TO_FUND):
            when = written.now - timedelta(days=dice.randint(1, 12))
            acts.append((when, _gift(money, when, giver)))
    acts += [(moment.at, _moving(money, moment)) for moment in written.moments if moment.at <= written.now]
    for _, act in sorted(acts, key=lambda dated: dated[0]):
        act()
    money.book.write()
    money.forget_refused()


def _gift(money: Money, at: datetime, giver: str) -> Callable[[], None]:
    return lambda: money.give(at, giver, 60)


def _moving(money: Money, moment: Moment) -> Callable[[], None]:
    return lambda: money.move(moment)


def _last_asked(orders: Iterable[Order], now: datetime) -> None:
    """When each volunteer was last asked, for the goal of asking the least recently asked first."""
    last: dict[str, datetime] = {}
    for order in orders:
        for going in (*order.going, *([order.declined] if order.declined else [])):
            if going.offered_at <= now:
                last[going.helper_id] = max(going.offered_at, last.get(going.helper_id, going.offered_at))
    for volunteer_id, when in last.items():
        session.execute(update(Volunteer).where(Volunteer.person_id == volunteer_id).values(last_asked_at=when))


def _last_number() -> int:
    return session.scalar(select(func.max(Need.number))) or FIRST_NUMBER


def _kinds() -> list[Kind]:
    return [
        Kind(
            code=item.code, usual_min=item.usual_min, min_min=item.min_min, max_min=item.max_min,
            risky=item.risk != "low", people=item.people, needs=frozenset([*item.skills, *item.credentials]),
            parts=tuple(item.day_parts), remote=item.by_phone, timebank=item.timebank,
        )
        for item in session.scalars(select(MenuItem))
    ]  # fmt: skip


def _clients() -> list[Client]:
    workers = {unit: worker.id for unit, worker in _workers().items()}
    speaks = dict(
        session.execute(select(Delegation.elder_id, Delegation.relative_id).where(Delegation.ended_at.is_(None))).all()
    )
    rows = session.execute(
        select(Person).join(Elder, Elder.person_id == Person.id).where(Elder.community_code == COMMUNITY)
        .order_by(Elder.code)
    ).scalars()  # fmt: skip
    return [
        Client(
            id=person.id, unit_code=person.unit_code, point=(person.lat_deg or 0.0, person.lon_deg or 0.0),
            relative_id=speaks.get(person.id), grid_worker_id=workers[person.unit_code],
        )
        for person in rows
    ]  # fmt: skip


def _busy(since: date) -> dict[str, dict[date, list[tuple[int, int]]]]:
    """What volunteers have promised already: somebody who plays with the demo may have been faster than its past."""
    busy: dict[str, dict[date, list[tuple[int, int]]]] = {}
    for visit in session.scalars(select(Visit).where(Visit.day >= since, Visit.state != VisitState.CANCELLED)):
        day = busy.setdefault(visit.volunteer_id, {}).setdefault(visit.day, [])
        day.append((visit.start_min, visit.start_min + visit.duration_min))
    return busy


def _helpers(since: date) -> list[Helper]:
    busy = _busy(since)
    free: dict[str, dict[int, list[tuple[int, int]]]] = {}
    for row in session.scalars(select(WeeklyTime)):
        free.setdefault(row.volunteer_id, {}).setdefault(row.weekday, []).append((row.from_min, row.until_min))
    skills: dict[str, set[str]] = {}
    for skill in session.scalars(select(VolunteerSkill)):
        skills.setdefault(skill.volunteer_id, set()).add(skill.skill_code)
    rows = session.execute(
        select(Volunteer, Person).join(Person, Person.id == Volunteer.person_id)
        .where(Volunteer.community_code == COMMUNITY, Volunteer.state == VolunteerState.ACTIVE)
        .order_by(Volunteer.code)
    )  # fmt: skip
    return [
        Helper(
            id=person.id, point=(person.lat_deg or 0.0, person.lon_deg or 0.0), reach_m=volunteer.reach_m,
            skills=frozenset(skills.get(person.id, ())), free=free.get(person.id, {}),
            most_a_day=volunteer.max_visits_per_day, busy=busy.get(person.id, {}),
        )
        for volunteer, person in rows
    ]  # fmt: skip
