"""Giving time to family: decided by the owner alone, waiting where it must, called back until it is given."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible
from app.audit.service import record
from app.db import session
from app.errors import DomainError, NotFound
from app.ledger.errors import GiftIsGiven, GiftIsOver, GiftsStopped, NotEnoughMinutes, UidReused
from app.ledger.models import Account, AccountKind, Transfer, TransferKind
from app.ledger.posting import account, instant, lock, transfer
from app.ledger.queries import find_account
from app.ledger.service import ensure_person_account, gift
from app.notices.service import notify
from app.org.queries import zone_of
from app.passbook.errors import (
    AskedAlready,
    NobodyIsServed,
    NotFamily,
    NotInTheCircle,
    OnlyHerself,
    OwnGift,
    TooMuchThisYear,
    TooMuchToday,
    TooYoungToReceive,
)
from app.passbook.models import HOUSEHOLD, Ending, GiftEnd, GiftOrder, GiftWord, Household
from app.passbook.pool_queries import is_member, members_of
from app.passbook.queries import (
    WhyNot,
    gifts_due,
    gifts_stopped,
    given_minutes,
    kin_of,
    last_stop,
    next_gift_nr,
    waiting_minutes,
)
from app.passbook.telling import name_of, tell_staff
from app.people.models import Elder, Person
from app.rulepacks.queries import setting

MINE = "/me/ledger/gifts"


def ask_gift(actor: Actor, *, uid: str, to: str, minutes: int) -> GiftOrder:
    """The gift of the actor's own time that she decided now; `to` is a person's id, or `household:` and an id.

    It is given at once, or waits: a first gift for the hours of the rules, and an elder's first one also until somebody
    of the community has asked her in person. Nobody gives for somebody else.
    """
    giver = session.get_one(Person, own_id(actor))
    payer = account(ensure_person_account(giver.id).id)
    book = lock(payer.ledger_id)
    before = session.get(GiftOrder, uid)
    receiver, relation = _receiver(giver, to)
    if before is not None or transfer(uid) is not None:
        return _same(before, payer, receiver, minutes)
    order = _order(giver, account(payer.id), receiver, minutes, at=instant(book))
    order.uid, order.relation = uid, relation
    session.add(order)
    record(actor, "gift.ask", f"transfer:{uid}", unit_code=giver.unit_code, detail={"minutes": minutes})
    session.flush()
    if order.first:
        _tell_waiting(order, giver)
    else:
        give_now(uid)
    return order


def own_id(actor: Actor) -> str:
    """The person of the actor, who must be acting for herself."""
    giver = actor.must_be_someone()
    if actor.acting_for is not None and actor.acting_for != giver:
        raise OnlyHerself
    return giver


def call_back(actor: Actor, uid: str) -> GiftEnd:
    """The gift, ended by its giver before it was given."""
    order = session.get(GiftOrder, uid)
    if order is None or order.giver_id != own_id(actor):
        raise NotFound
    ended = _end(order, Ending.CALLED_BACK, by=order.giver_id)
    notify(order.giver_id, "gift_called_back", uid=f"gift:{uid}:end", link=MINE, minutes=order.amount)
    return ended


def say_word(actor: Actor, uid: str, *, said_yes: bool, how: str) -> GiftWord:
    """What an elder said about her first gift to somebody of the community who asked her by phone or at the door."""
    order = session.get(GiftOrder, uid)
    if order is None or not order.needs_word:
        raise NotFound
    get_visible(Elder, order.giver_id, actor)
    person_id, receiver = actor.must_be_someone(), account(order.receiver_account_id)
    lock(receiver.ledger_id)
    if person_id in (order.giver_id, receiver.owner_id):
        raise OwnGift
    if session.get(GiftWord, uid) is not None:
        raise AskedAlready
    if session.get(GiftEnd, uid) is not None:
        raise GiftIsOver
    word = GiftWord(uid=uid, person_id=person_id, said_yes=said_yes, how=how, at=max(clock.now(), order.asked_at))
    session.add(word)
    home = session.get_one(Person, order.giver_id).unit_code
    record(actor, "gift.word", f"transfer:{uid}", unit_code=home, detail={"yes": said_yes, "how": how})
    session.flush()
    if not said_yes:
        _end(order, Ending.NOT_HERS, by=person_id)
        notify(order.giver_id, "gift_not_hers", uid=f"gift:{uid}:end", link=MINE, minutes=order.amount)
    elif order.ripe_at <= clock.now():
        give_now(uid)
    return word


def give_due() -> list[str]:
    """Uids of the gifts whose time had come: each was given now, or ended with a reason."""
    due = gifts_due(clock.now())
    for uid in due:
        give_now(uid)
    return due


def give_now(uid: str) -> Transfer | None:
    """The gift, stored; None where it can't be any more (spent meanwhile, full, frozen), and the giver is told why."""
    order = session.get_one(GiftOrder, uid)
    try:
        with session.begin_nested():
            done = gift(uid=uid)
    except DomainError as error:
        if session.get(GiftEnd, uid) is None:
            _end(order, Ending.FAILED, by=None)
            notify(order.giver_id, "gift_failed", uid=f"gift:{uid}:end", link=MINE, minutes=order.amount,
                   reason=error.sentence())  # fmt: skip
        return None
    _tell_given(order)
    return done


def end_waiting(account_id: str, *, by: str) -> int:
    """How many gifts from a passbook that still waited were ended, since all of them are stopped."""
    ended = select(GiftEnd.uid)
    given = select(Transfer.uid).where(Transfer.kind == TransferKind.GIFT, Transfer.debit_account_id == account_id)
    waiting = session.scalars(
        select(GiftOrder).where(
            GiftOrder.giver_account_id == account_id, GiftOrder.uid.notin_(ended), GiftOrder.uid.notin_(given)
        )
    ).all()
    for order in waiting:
        _end(order, Ending.STOPPED, by=by)
    return len(waiting)


# ---------------------------------------------------------------------------------------------------------------------


def _order(giver: Person, payer: Account, receiver: Account, minutes: int, *, at: datetime) -> GiftOrder:
    """The order of a gift that the rules allow, its uid and relation not set yet."""
    day = clock.day_of(at, zone_of(giver.unit_code))
    cap, year_cap = _check_room(giver, payer, minutes, day)
    first = _is_first(payer, receiver)
    cooling = int(setting(giver.unit_code, "gift_first_cooling_h", on=day))
    return GiftOrder(
        giver_id=giver.id, giver_account_id=payer.id, receiver_account_id=receiver.id, amount=minutes, day=day,
        cap_min=cap, year_cap_min=year_cap, nr=next_gift_nr(payer.id), first=first, cooling_h=cooling,
        needs_word=first and session.get(Elder, giver.id) is not None, asked_at=at,
        ripe_at=at + timedelta(hours=cooling if first else 0),
    )  # fmt: skip


def _receiver(giver: Person, to: str) -> tuple[Account, str]:
    """The account that may be given to, and the relation; a DomainError says why it may not."""
    if to.startswith(f"{HOUSEHOLD}:"):
        return _pool(giver, to), HOUSEHOLD
    day = clock.today(zone_of(giver.unit_code))
    kin = {one.person.id: one for one in kin_of(giver.id, on=day)}
    if to not in kin:
        raise NotFamily
    if kin[to].why_not is WhyNot.CIRCLE:
        raise NotInTheCircle
    if kin[to].why_not is WhyNot.AGE:
        raise TooYoungToReceive(age=int(setting(giver.unit_code, "gift_recipient_min_age", on=day)))
    return ensure_person_account(to), kin[to].relation


def _pool(giver: Person, owner: str) -> Account:
    household = session.get(Household, owner.removeprefix(f"{HOUSEHOLD}:"))
    found = find_account(AccountKind.FAMILY_POOL, owner)
    if household is None or found is None or not is_member(household.id, giver.id):
        raise NotFamily
    if not any(member.row.draws for member in members_of(household.id)):
        raise NobodyIsServed
    return found


def _check_room(giver: Person, payer: Account, minutes: int, day: date) -> tuple[int, int]:
    """The caps of the day and the year, where the gift is within both, and within what is there and not promised."""
    if gifts_stopped(payer.id):
        raise GiftsStopped
    cap = int(setting(giver.unit_code, "gift_cap_min_per_day", on=day))
    left = max(cap - given_minutes(payer.id, since=day, until=day + timedelta(days=1)), 0)
    if minutes > left:
        raise TooMuchToday(cap=cap, left=left)
    year = int(setting(giver.unit_code, "gift_cap_min_per_year", on=day))
    left = max(year - given_minutes(payer.id, since=day.replace(month=1, day=1)), 0)
    if minutes > left:
        raise TooMuchThisYear(cap=year, left=left)
    free = min(payer.available, payer.posted - payer.held) - waiting_minutes(payer.id)  # no gift on credit
    if minutes > free:
        raise NotEnoughMinutes(available=max(free, 0), wanted=minutes)
    return cap, year


def _is_first(payer: Account, receiver: Account) -> bool:
    """Whether nothing was given there yet, or not since gifts were last stopped or let go again."""
    earlier = select(Transfer.uid).where(
        Transfer.kind == TransferKind.GIFT, Transfer.debit_account_id == payer.id,
        Transfer.credit_account_id == receiver.id,
    )  # fmt: skip
    stop = last_stop(payer.id)
    if stop is not None:
        earlier = earlier.where(Transfer.created_at > stop.at)
    return session.scalar(earlier.limit(1)) is None


def _same(before: GiftOrder | None, payer: Account, receiver: Account, minutes: int) -> GiftOrder:
    wanted = (payer.id, receiver.id, minutes)
    if before is None or (before.giver_account_id, before.receiver_account_id, before.amount) != wanted:
        raise UidReused
    return before


def _end(order: GiftOrder, why: Ending, *, by: str | None) -> GiftEnd:
    """The gift, ended once; GiftIsGiven when it was given before."""
    lock(account(order.giver_account_id).ledger_id)
    before = session.get(GiftEnd, order.uid)
    if before is not None:
        return before
    if transfer(order.uid) is not None:
        raise GiftIsGiven
    ended = GiftEnd(uid=order.uid, why=why, by_id=by, at=clock.now())
    session.add(ended)
    giver = session.get(Person, order.giver_id)
    record(by, "gift.end", f"transfer:{order.uid}", unit_code=giver.unit_code if giver else None,
           detail={"why": str(why)})  # fmt: skip
    session.flush()
    return ended


# Messages ------------------------------------------------------------------------------------------------------------


def _tell_waiting(order: GiftOrder, giver: Person) -> None:
    kind = "gift_waits_for_word" if order.needs_word else "gift_waits"
    notify(giver.id, kind, uid=f"gift:{order.uid}:ask", link=MINE, minutes=order.amount, name=_to(order),
           at=order.ripe_at.isoformat())  # fmt: skip
    tell_staff(giver.id, "gift_to_ask", link="/g/gifts", uid=f"gift:{order.uid}:ask", minutes=order.amount,
               but=account(order.receiver_account_id).owner_id)  # fmt: skip


def _tell_given(order: GiftOrder) -> None:
    receiver = account(order.receiver_account_id)
    given: dict[str, Any] = {"minutes": order.amount, "name": name_of(order.giver_id)}
    notify(order.giver_id, "gift_given", uid=f"gift:{order.uid}:given", link=MINE, minutes=order.amount,
           name=_to(order))  # fmt: skip
    if receiver.kind == AccountKind.PERSON:
        link = "/me/ledger" if session.get(Elder, receiver.owner_id) else "/v/ledger"
        notify(receiver.owner_id, "gift_received", uid=f"gift:{order.uid}:received", link=link, **given)
    else:
        for member in members_of(receiver.owner_id.removeprefix(f"{HOUSEHOLD}:")):
            if member.person.id != order.giver_id:
                notify(member.person.id, "pool_filled", uid=f"gift:{order.uid}:{member.person.id}",
                       link="/me/ledger/household", **given)  # fmt: skip
    if not order.first:  # the first was asked about in person
        tell_staff(order.giver_id, "gift_of_elder", link="/g/gifts", uid=f"gift:{order.uid}:told",
                   minutes=order.amount, but=receiver.owner_id)  # fmt: skip


def _to(order: GiftOrder) -> str:
    """The receiver as a message names her; a family's pool is named by who opened it."""
    owner = account(order.receiver_account_id).owner_id
    if owner.startswith(f"{HOUSEHOLD}:"):
        return name_of(session.get_one(Household, owner.removeprefix(f"{HOUSEHOLD}:")).opened_by)
    return name_of(owner)
