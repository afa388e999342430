"""The weekly repetition: the same help on the same weekday, its orders made two weeks ahead until it is stopped."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import exists, select, update

from app import clock
from app.access.actor import SYSTEM, Actor
from app.access.scope import get_visible
from app.audit.service import record
from app.db import session
from app.errors import DomainError
from app.needs.entries import OrderEntry
from app.needs.models import Need, NeedSeries, NeedState
from app.needs.placing import elder_to_speak_for, place
from app.org.queries import zone_of
from app.people.models import Person

AHEAD_DAYS = 14
WEEK = timedelta(days=7)


def begin_series(actor: Actor, need: Need) -> NeedSeries:
    """This order every week from now on; the next ones follow once the first was taken on."""
    assert need.item_code is not None, "a wish does not repeat"
    series = NeedSeries(
        elder_id=need.elder_id, item_code=need.item_code, weekday=need.day.weekday(), duration_min=need.duration_min,
        earliest_start_min=need.earliest_start_min, latest_start_min=need.latest_start_min, note=need.note,
        made_by=actor.person_id or need.elder_id, made_until=need.day,
    )  # fmt: skip
    session.add(series)
    session.flush()
    need.series_id = series.id
    session.flush()
    record(actor.for_elder(need.elder_id), "need.repeat", f"series:{series.id}", unit_code=need.unit_code)
    extend(series)
    return series


def extend_series() -> int:
    """Make the next orders of every weekly repetition; how many."""
    running = select(NeedSeries).where(NeedSeries.stopped_at.is_(None)).order_by(NeedSeries.id)
    return sum(extend(series) for series in session.scalars(running).all())


def extend(series: NeedSeries) -> int:
    """Make the orders of one repetition for the next two weeks; how many. None while its first waits for a look.

    What can't be ordered any more (the item was taken off the menu, her consent ended) is passed over: the elder sees
    the repetition on her page and the community is not asked for what it does not offer.
    """
    if series.stopped_at is not None or _waits_for_review(series):
        return 0
    home = session.get_one(Person, series.elder_id).unit_code
    today = clock.today(zone_of(home))
    made = 0
    for day in _days(series, today):
        made += _make(series, day)
        series.made_until = day
    session.flush()
    return made


def stop_series(actor: Actor, series_id: str) -> list[Need]:
    """No further orders: those of hers that nobody has promised yet, for the caller to cancel."""
    series = get_visible(NeedSeries, series_id, actor)
    elder_to_speak_for(actor, series.elder_id)
    session.execute(
        update(NeedSeries)
        .where(NeedSeries.id == series.id, NeedSeries.stopped_at.is_(None))
        .values(stopped_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    session.refresh(series)
    record(actor.for_elder(series.elder_id), "need.stop_repeating", f"series:{series.id}")
    waiting = (NeedState.REVIEW, NeedState.ASKED_BACK, NeedState.OPEN)
    return list(session.scalars(select(Need).where(Need.series_id == series.id, Need.state.in_(waiting))))


def _days(series: NeedSeries, today: date) -> Iterator[date]:
    day = series.made_until + WEEK
    while day <= today + timedelta(days=AHEAD_DAYS):
        if day > today:
            yield day
        day += WEEK


def _make(series: NeedSeries, day: date) -> int:
    entry = OrderEntry(
        elder_id=series.elder_id, item_code=series.item_code, day=day, duration_min=series.duration_min,
        earliest_start_min=series.earliest_start_min, latest_start_min=series.latest_start_min, note=series.note,
        idempotency_key=f"series:{series.id}:{day.isoformat()}", **_like_the_first(series),
    )  # fmt: skip
    try:
        need = place(SYSTEM, entry)
    except DomainError:
        return 0
    need.series_id = series.id
    return 1


def _like_the_first(series: NeedSeries) -> dict[str, Any]:
    """Who should come, as the last order of the repetition said it."""
    last = session.scalars(
        select(Need).where(Need.series_id == series.id).order_by(Need.day.desc(), Need.number.desc()).limit(1)
    ).one_or_none()
    return {"same_sex": last.same_sex, "regular_id": last.regular_id} if last is not None else {}


def _waits_for_review(series: NeedSeries) -> bool:
    waiting = exists().where(Need.series_id == series.id, Need.state.in_((NeedState.REVIEW, NeedState.ASKED_BACK)))
    taken_on = exists().where(
        Need.series_id == series.id,
        Need.state.notin_((NeedState.REVIEW, NeedState.ASKED_BACK, NeedState.REFUSED, NeedState.CANCELLED)),
    )
    return bool(session.scalar(select(waiting | ~taken_on)))
