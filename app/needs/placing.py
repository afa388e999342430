"""Taking an order: who may ask for whom, can it be had then, must somebody look at it first."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app import clock
from app.access.actor import Actor
from app.access.scope import elders_of, works_in
from app.audit.service import record
from app.db import session
from app.errors import DomainError, Invalid, NotFound
from app.menu.models import MenuItem, Risk
from app.menu.queries import offered_item
from app.needs.entries import OrderEntry
from app.needs.holds import hold_again, hold_minutes, is_paid
from app.needs.models import Channel, Need, NeedState
from app.needs.numbers import next_number
from app.needs.parts import WISH_MIN, parts_of
from app.needs.queries import duplicates_of, had_orders
from app.needs.states import MovedOn, move
from app.needs.waiting import due_after
from app.notices.service import notify
from app.org.queries import zone_of
from app.people.models import Elder, Exclusion, Person, Role, Volunteer, VolunteerState
from app.people.queries import responsible_staff
from app.rulepacks.queries import setting
from app.visits.models import Assignment, AssignmentState

DESK = (Role.COORDINATOR, Role.GRID_WORKER)
WAITING = (NeedState.REVIEW, NeedState.ASKED_BACK, NeedState.OPEN)
RISKS = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)
FURTHEST_DAYS = 90  # nobody knows who is free in a year
LONGEST_NOTE, LONGEST_WISH = 500, 300


class ConsentEnded(DomainError):
    text = _l("The consent of %(name)s has ended, so nothing can be ordered. Please ask again at the door first.")


class NothingStored(DomainError):
    text = _l("By the rules here this needs stored time, and none is left. Please call the community.")


class SomebodyAsked(DomainError):
    text = _l("Neighbours have already been asked for this order. Cancel it and order again for the other time.")


def place(actor: Actor, entry: OrderEntry) -> Need:
    """The order with its minutes held, waiting for a look or open; the same again when its page was sent twice."""
    elder, person = elder_to_speak_for(actor, entry.elder_id)
    number = next_number()
    before = _sent_before(entry)
    if before is not None:
        return before
    item = check(entry, elder, person)
    need = _new(actor, entry, elder, person, item, number=number)
    session.add(need)
    session.flush()
    hold_minutes(need)
    _must_be_taken(need)
    _look_first(actor, need, item)
    record(actor.for_elder(person.id), "need.place", f"need:{need.id}", unit_code=need.unit_code,
           detail={"item": need.item_code, "channel": need.channel})  # fmt: skip
    _tell(actor, need)
    return need


def change(actor: Actor, need_id: str, entry: OrderEntry) -> Need:
    """The order as it is wanted now. SomebodyAsked once people were asked for it, MovedOn once it began or ended."""
    need = waiting_need(actor, need_id)
    elder, person = elder_to_speak_for(actor, need.elder_id)
    item = check(entry, elder, person)
    if somebody_asked(need.id):
        raise SomebodyAsked
    _forget_plans(need)
    held = (need.item_code, need.duration_min, need.volunteers_needed)
    _write(need, entry, item, today=clock.today(zone_of(need.unit_code)))
    session.flush()
    if held != (need.item_code, need.duration_min, need.volunteers_needed):
        hold_again(need)
        _must_be_taken(need)
    if need.state == NeedState.ASKED_BACK or (need.state == NeedState.OPEN and _needs_another_look(actor, need, item)):
        move(need, NeedState.REVIEW)
        wait_for_review(need)
    record(actor.for_elder(person.id), "need.change", f"need:{need.id}", unit_code=need.unit_code)
    return need


def elder_to_speak_for(actor: Actor, elder_id: str) -> tuple[Elder, Person]:
    """The elder and her person, for herself, her relative, or who has the duty in her grid. NotFound for others."""
    elder, person = session.get(Elder, elder_id), session.get(Person, elder_id)
    if elder is None or person is None:
        raise NotFound
    if elder_id not in elders_of(actor) and not works_in(actor, person.unit_code, *DESK):
        raise NotFound
    return elder, person


def waiting_need(actor: Actor, need_id: str) -> Need:
    """The order, ours until the act ends, while nobody has promised to come. NotFound, MovedOn."""
    need = session.scalars(
        select(Need).where(Need.id == need_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if need is None:
        raise NotFound
    elder_to_speak_for(actor, need.elder_id)
    if need.state not in WAITING:
        raise MovedOn
    return need


def somebody_asked(need_id: str) -> bool:
    """Whether a person was asked for the order and has not said no."""
    live = (AssignmentState.OFFERED, AssignmentState.ACCEPTED)
    rows = select(Assignment.id).where(Assignment.need_id == need_id, Assignment.state.in_(live))
    return session.scalar(rows.limit(1)) is not None


def check(entry: OrderEntry, elder: Elder, person: Person) -> MenuItem | None:
    """The item of the order (None: a wish). Invalid names every field that can't stand."""
    today = clock.today(zone_of(person.unit_code))
    if elder.consent_ended is not None and elder.consent_ended <= today:
        raise ConsentEnded(name=person.name)
    item = offered_item(elder.community_code, entry.item_code) if entry.item_code else None
    errors = _wrong_words(entry) | _wrong_time(entry, person.unit_code, item, today)
    if item is not None and entry.duration_min is not None and not item.min_min <= entry.duration_min <= item.max_min:
        errors["duration"] = _l("This help takes between %(least)s and %(most)s minutes.") % {
            "least": item.min_min, "most": item.max_min,
        }  # fmt: skip
    if entry.regular_id is not None and not _is_volunteer_of(elder, entry.regular_id):
        errors["regular"] = _l("This volunteer does not help here. Choose somebody else, or nobody by name.")
    if errors:
        raise Invalid({name: str(sentence) for name, sentence in errors.items()})
    return item


def wait_for_review(need: Need) -> None:
    """From now on the community has its working hours to look at the order; an order for soon has fewer."""
    zone = zone_of(need.unit_code)
    hours = int(setting(need.unit_code, "order_accept_within_h", on=clock.today(zone)))
    soonest = clock.instant(need.day, need.earliest_start_min, zone)
    need.review_due_at = max(clock.now(), min(due_after(clock.now(), hours, zone), soonest))
    session.flush()


def coordinator_of(need: Need) -> str | None:
    """The coordinator nearest to the order's grid."""
    staff = responsible_staff(need.unit_code, Role.COORDINATOR)
    return staff[0].id if staff else None


# -------------------------------------------------------------------------------------------------------------------


def _sent_before(entry: OrderEntry) -> Need | None:
    if entry.idempotency_key is None:
        return None
    return session.scalars(
        select(Need).where(Need.idempotency_key == entry.idempotency_key, Need.elder_id == entry.elder_id)
    ).one_or_none()


def _new(
    actor: Actor, entry: OrderEntry, elder: Elder, person: Person, item: MenuItem | None, *, number: int
) -> Need:  # fmt: skip
    need = Need(
        number=number, elder_id=person.id, community_code=elder.community_code, unit_code=person.unit_code,
        state=NeedState.OPEN, channel=_channel(actor, person.id), placed_by=actor.person_id or person.id,
        placed_at=clock.now(), caller=entry.caller, idempotency_key=entry.idempotency_key,
    )  # fmt: skip
    _write(need, entry, item, today=clock.today(zone_of(person.unit_code)))
    return need


def _write(need: Need, entry: OrderEntry, item: MenuItem | None, *, today: date) -> None:
    need.item_code = item.code if item else None
    need.wish_text = entry.wish_text if item is None else need.wish_text or ""
    need.day, need.same_day = entry.day, entry.day == today
    need.earliest_start_min, need.latest_start_min = entry.earliest_start_min, entry.latest_start_min
    need.duration_min = entry.duration_min or (item.usual_min if item else WISH_MIN)
    need.volunteers_needed = item.people if item else 1
    need.same_sex, need.regular_id, need.note = entry.same_sex, entry.regular_id, entry.note


def _channel(actor: Actor, elder_id: str) -> Channel:
    if actor.is_system:
        return Channel.SERIES
    if actor.person_id == elder_id:
        return Channel.SELF
    return Channel.RELATIVE if elder_id in actor.speaks_for else Channel.STAFF


def _wrong_words(entry: OrderEntry) -> dict[str, str]:
    errors: dict[str, str] = {}
    if entry.item_code is None and not entry.wish_text:
        errors["wish"] = _l("Say what you wish for, in your own words.")
    if len(entry.wish_text) > LONGEST_WISH:
        errors["wish"] = _l("This is too long: keep it under %(longest)s characters.") % {"longest": LONGEST_WISH}
    if len(entry.note) > LONGEST_NOTE:
        errors["note"] = _l("This is too long: keep it under %(longest)s characters.") % {"longest": LONGEST_NOTE}
    return errors


def _wrong_time(entry: OrderEntry, unit_code: str, item: MenuItem | None, today: date) -> dict[str, str]:
    if entry.day < today:
        return {"day": _l("That day is past. Choose today or a later day.")}
    if entry.day > today + timedelta(days=FURTHEST_DAYS):
        sentence = _l("That is too far ahead. Choose a day within the next %(days)s days.")
        return {"day": str(sentence) % {"days": FURTHEST_DAYS}}
    earliest, latest = entry.earliest_start_min, entry.latest_start_min
    if latest < earliest:
        return {"latest": _l("The latest start is before the earliest. Change one of the two.")}
    parts = parts_of(item, unit_code, on=entry.day)
    if not any(part.holds(earliest) for part in parts) or not any(part.holds(latest) for part in parts):
        return {"at": _l("Nobody comes at that hour for this. Choose one of the times on the page.")}
    if entry.day == today and latest <= clock.minute_of_day(zone_of(unit_code)):
        return {"at": _l("That time of today is over. Choose a later time or another day.")}
    return {}


def _is_volunteer_of(elder: Elder, volunteer_id: str) -> bool:
    volunteer = session.get(Volunteer, volunteer_id)
    if volunteer is None or volunteer.state in (VolunteerState.REFUSED, VolunteerState.LEFT):
        return False
    if session.get(Exclusion, (elder.person_id, volunteer_id)) is not None:
        return False
    return volunteer.community_code == elder.community_code


# Review ------------------------------------------------------------------------------------------------------------


def _look_first(actor: Actor, need: Need, item: MenuItem | None) -> None:
    """The order waits for the coordinator where a rule says so; one that she places herself was looked at by her."""
    need.review_reasons = _reasons(need, item)
    need.owner_id = coordinator_of(need)
    at_her_desk = not actor.is_system and works_in(actor, need.unit_code, Role.COORDINATOR) and item is not None
    if at_her_desk:
        need.reviewed_by, need.reviewed_at, need.owner_id = actor.person_id, clock.now(), actor.person_id
    elif need.review_reasons and not actor.is_system:
        need.state = NeedState.REVIEW
        wait_for_review(need)
    session.flush()


def _needs_another_look(actor: Actor, need: Need, item: MenuItem | None) -> bool:
    before, need.review_reasons = set(need.review_reasons), _reasons(need, item)
    return bool(set(need.review_reasons) - before) and not works_in(actor, need.unit_code, Role.COORDINATOR)


def _reasons(need: Need, item: MenuItem | None) -> list[str]:
    """Why somebody must look at it first, as the settings say; [] when it passes by itself."""
    on = clock.today(zone_of(need.unit_code))
    from_risk = Risk(setting(need.unit_code, "review_from_risk", on=on))
    reasons = ["risk"] if item is not None and RISKS.index(Risk(item.risk)) >= RISKS.index(from_risk) else []
    also: Sequence[str] = setting(need.unit_code, "review_also", on=on)
    found = {
        "wish": item is None,
        "first_order": not had_orders(need.elder_id, but=need.id),
        "duplicate": bool(duplicates_of(need)),
    }
    unpaid = _rule_without_minutes(need) == "ask_coordinator" and not is_paid(need)
    return reasons + [name for name in also if found.get(name)] + (["no_minutes"] if unpaid else [])


def _rule_without_minutes(need: Need) -> str:
    return str(setting(need.unit_code, "order_without_minutes", on=clock.today(zone_of(need.unit_code))))


def _must_be_taken(need: Need) -> None:
    """Nothing where the order is taken without minutes too, as the default says; NothingStored where a city's rules
    refuse it."""
    if _rule_without_minutes(need) == "refuse" and not is_paid(need):
        raise NothingStored


def _forget_plans(need: Need) -> None:
    """A plan that nobody was told of no longer stands once the order is another."""
    session.execute(
        update(Assignment)
        .where(Assignment.need_id == need.id, Assignment.state == AssignmentState.PROPOSED)
        .values(state=AssignmentState.SUPERSEDED)
        .execution_options(synchronize_session=False)
    )


# Telling people ----------------------------------------------------------------------------------------------------


def _tell(actor: Actor, need: Need) -> None:
    """The elder hears of an order that somebody else placed for her; the coordinator of one that can't wait."""
    if actor.person_id not in (need.elder_id, None):
        kind = "ordered_for_you" if need.item_code else "wished_for_you"
        words = {"item": need.item_code} if need.item_code else {}
        notify(need.elder_id, kind, link=f"/me/orders/{need.id}", uid=f"ordered:{need.id}", number=need.number,
               name=actor.name, day=need.day.isoformat(), **words)  # fmt: skip
    if need.owner_id in (None, actor.person_id):
        return
    if need.state == NeedState.REVIEW:
        notify(need.owner_id, "order_to_review", link="/c/review", uid=f"review:{need.id}", number=need.number)
    elif need.same_day:
        notify(need.owner_id, "order_for_today", link=f"/c/today/{need.id}", uid=f"today:{need.id}", number=need.number)
