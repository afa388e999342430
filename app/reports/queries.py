"""The public figures of one community and month: counts and minutes only, no person."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from app import clock
from app.db import session
from app.ledger.models import Account, AccountKind, AwaitedCredit, Transfer, Unit
from app.needs.models import Need, NeedState
from app.org.models import OrgClosure
from app.visits.models import Visit, VisitState

CAME = (VisitState.CHECKED_OUT, VisitState.CONFIRMED, VisitState.DISPUTED)
LATE_AFTER_MIN = 10  # a visit that begins later than this after its planned start was late


@dataclass(frozen=True)
class Month:
    """One month of a community up to today. `rated` and `timed` are what the two shares are taken of."""

    first: date
    until: date
    orders: int
    done: int
    unserved: int
    visits: int
    minutes: int
    helpers: int
    elders: int
    timed: int
    on_time: int
    rated: int
    satisfied: int


@dataclass(frozen=True)
class Stock:
    """Where the minutes of a community's passbooks stand now; `differs` must be 0: every minute in is a minute out."""

    people: int
    fund: int
    held: int
    awaited: int
    differs: int


def month_of(unit_code: str, *, zone: str, on: date) -> Month:
    """The figures of the month of `on` up to that day, for the subtree of a unit."""
    first = on.replace(day=1)
    here = select(OrgClosure.descendant_code).where(OrgClosure.ancestor_code == unit_code)
    needs = [Need.unit_code.in_(here), Need.day >= first, Need.day <= on]
    states = dict(session.execute(select(Need.state, func.count()).where(*needs).group_by(Need.state)).all())
    answers = dict(session.execute(select(Need.rating, func.count()).where(*needs).group_by(Need.rating)).all())
    visits = session.scalars(
        select(Visit).join(Need, Need.id == Visit.need_id).where(*needs, Visit.state.in_(CAME))
    ).all()
    elders = session.scalar(
        select(func.count(func.distinct(Need.elder_id))).where(
            *needs, Need.state.in_((NeedState.SERVED, NeedState.DONE))
        )
    )
    timed = [visit for visit in visits if visit.checked_in_at is not None]
    return Month(
        first=first,
        until=on,
        orders=sum(states.values()),
        done=states.get(NeedState.DONE, 0) + states.get(NeedState.SERVED, 0),
        unserved=states.get(NeedState.UNSERVED, 0),
        visits=len(visits),
        minutes=sum(visit.credit_min or 0 for visit in visits if visit.state == VisitState.CONFIRMED),
        helpers=len({visit.volunteer_id for visit in visits}),
        elders=elders or 0,
        timed=len(timed),
        on_time=sum(_was_on_time(visit, zone) for visit in timed),
        rated=sum(count for word, count in answers.items() if word),
        satisfied=answers.get("satisfied", 0) + answers.get("fairly", 0),
    )


def _was_on_time(visit: Visit, zone: str) -> bool:
    planned = clock.instant(visit.day, visit.start_min, zone)
    return _arrival(visit) <= planned + timedelta(minutes=LATE_AFTER_MIN)


def _arrival(visit: Visit) -> datetime:
    assert visit.checked_in_at is not None
    return visit.checked_in_at


def stock() -> Stock:
    """Where the minutes stand now, over all passbooks and funds of the site."""
    minutes = [Account.unit == Unit.MINUTE]
    by_kind = dict(
        session.execute(select(Account.kind, func.sum(Account.posted)).where(*minutes).group_by(Account.kind)).all()
    )
    paid = select(Transfer.uid)
    awaited = session.scalar(
        select(func.coalesce(func.sum(AwaitedCredit.amount), 0)).where(AwaitedCredit.uid.notin_(paid))
    )
    return Stock(
        people=int(by_kind.get(AccountKind.PERSON, 0)),
        fund=int(by_kind.get(AccountKind.COMMUNITY_FUND, 0)),
        held=int(session.scalar(select(func.coalesce(func.sum(Account.held), 0)).where(*minutes)) or 0),
        awaited=int(awaited or 0),
        differs=int(sum(by_kind.values())),
    )
