"""A family's pool of time: opened by one of the family, joined by each on her own word, left at any time.

Whoever is in it may give into it (a gift like any other); the elders in it are served from it. Nothing comes back out
of it to a passbook: what nobody will be served from any more goes to the community fund.
"""

from sqlalchemy import update

from app import clock
from app.access.actor import Actor
from app.audit.service import record
from app.db import new_id, rows_touched, session
from app.errors import NotFound
from app.ledger.errors import KeptForOrders
from app.ledger.models import Account, AccountKind
from app.ledger.opening import ensure_accounts_for_unit, open_account
from app.ledger.posting import account, lock
from app.ledger.queries import area_of, fund_of
from app.ledger.service import donate
from app.notices.service import notify
from app.org.queries import zone_of
from app.passbook.errors import BelongsAlready, NotAnElder, NotFamily
from app.passbook.gifts import own_id
from app.passbook.models import Household, HouseholdMember
from app.passbook.pool_queries import household_of, is_member, may_be_asked, members_of, pool_account, rows_of
from app.passbook.telling import name_of, tell_staff
from app.people.models import Elder, Person
from app.rulepacks.queries import setting

LARGEST_POOL_MIN = 600_000  # 10,000 hours: where the rules name no cap
PAGE = "/me/ledger/household"


def open_pool(actor: Actor) -> Household:
    """A new pool of the actor's family, with her in it; an elder is served from it at once."""
    person = session.get_one(Person, own_id(actor))
    draws = session.get(Elder, person.id) is not None
    if draws and household_of(person.id) is not None:
        raise BelongsAlready
    household = Household(id=new_id(), unit_code=person.unit_code, opened_by=person.id, opened_at=clock.now())
    session.add(household)
    session.flush()
    _open_account(household)
    now = clock.now()
    session.add(
        HouseholdMember(household_id=household.id, person_id=person.id, draws=draws, asked_by=person.id, asked_at=now,
                        agreed_at=now)
    )  # fmt: skip
    record(actor, "pool.open", f"household:{household.id}", unit_code=person.unit_code)
    session.flush()
    return household


def ask_in(actor: Actor, household_id: str, *, person_id: str, draws: bool) -> HouseholdMember:
    """Somebody of the family, asked to join; she is in it by her own word only. `draws`: to be served from it."""
    household = _my_pool(actor, household_id)
    asked = {member.person.id: member.row for member in members_of(household_id, asked=True)}
    if person_id in asked:
        return asked[person_id]
    allowed = {person.id: is_elder for person, is_elder in may_be_asked(household, own_id(actor))}
    if person_id not in allowed:
        raise NotFamily
    if draws and not allowed[person_id]:
        raise NotAnElder
    row = HouseholdMember(
        id=new_id(), household_id=household_id, person_id=person_id, draws=draws, asked_by=own_id(actor),
        asked_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    record(actor, "pool.ask", f"household:{household_id}", unit_code=household.unit_code, detail={"person": person_id})
    session.flush()
    notify(person_id, "pool_asked", uid=f"pool:{row.id}:ask", link=PAGE, name=name_of(own_id(actor)))
    return row


def agree(actor: Actor, household_id: str) -> HouseholdMember:
    """The actor's own yes. An elder's grid worker hears of it, as of everything about her time."""
    row, household = _my_row(actor, household_id)
    lock(_account(household).ledger_id)
    if row.agreed_at is not None:
        return row
    if row.draws and household_of(row.person_id) is not None:
        raise BelongsAlready
    _set(row.id, agreed_at=max(clock.now(), row.asked_at))
    session.refresh(row)
    record(actor, "pool.agree", f"household:{household_id}", unit_code=household.unit_code)
    for member in members_of(household_id):
        if member.person.id != row.person_id:
            notify(member.person.id, "pool_joined", uid=f"pool:{row.id}:{member.person.id}", link=PAGE,
                   name=name_of(row.person_id))  # fmt: skip
    tell_staff(row.person_id, "pool_joined_by", link=f"/g/elders/{row.person_id}", uid=f"pool:{row.id}:agree")
    return row


def leave(actor: Actor, household_id: str) -> HouseholdMember:
    """The actor's no, or her leaving. What she gave stays; when nobody is served from it any more, the rest goes to the
    community fund. KeptForOrders while orders of the last one served still hold some of it."""
    row, household = _my_row(actor, household_id)
    purse = _account(household)
    lock(purse.ledger_id)
    purse = account(purse.id)
    others = [member for member in members_of(household_id) if member.row.id != row.id]
    last = row.agreed_at is not None and row.draws and not any(member.row.draws for member in others)
    if last and purse.held:
        raise KeptForOrders(held=purse.held)
    if _set(row.id, left_at=max(clock.now(), row.asked_at)):
        record(actor, "pool.leave", f"household:{household_id}", unit_code=household.unit_code)
        for member in others:
            notify(member.person.id, "pool_left", uid=f"pool:{row.id}:left:{member.person.id}", link=PAGE,
                   name=name_of(row.person_id))  # fmt: skip
    session.refresh(row)
    if last and purse.posted:
        _give_rest(household, purse, row)
    return row


def _give_rest(household: Household, purse: Account, row: HouseholdMember) -> None:
    fund = fund_of(household.unit_code)
    assert fund is not None, "opened with the pool"
    donate(uid=f"household:{row.id}:rest", giver=purse.id, fund=fund.id, minutes=purse.posted, by=row.person_id)
    for person_id in sorted({row.person_id, household.opened_by}):
        notify(person_id, "pool_rest", uid=f"pool:{row.id}:rest:{person_id}", link=PAGE, minutes=purse.posted)


def _open_account(household: Household) -> Account:
    on = clock.today(zone_of(household.unit_code))
    ensure_accounts_for_unit(household.unit_code, on=on)
    cap = int(setting(household.unit_code, "store_cap_min", on=on)) or LARGEST_POOL_MIN
    return open_account(
        ledger_id=area_of(household.unit_code), kind=AccountKind.FAMILY_POOL, owner_id=household.owner, cap_min=cap
    )


def _account(household: Household) -> Account:
    found = pool_account(household)
    assert found is not None, "opened with the pool"
    return found


def _my_pool(actor: Actor, household_id: str) -> Household:
    if not is_member(household_id, own_id(actor)):
        raise NotFound
    return session.get_one(Household, household_id)


def _my_row(actor: Actor, household_id: str) -> tuple[HouseholdMember, Household]:
    """The actor's place in the pool, also where she was only asked; NotFound when she has none."""
    for row, household in rows_of(own_id(actor)):
        if household.id == household_id:
            return row, household
    raise NotFound


def _set(row_id: str, **values: object) -> int:
    """The write is the check: only one who is still in it moves."""
    moved = update(HouseholdMember).where(HouseholdMember.id == row_id, HouseholdMember.left_at.is_(None))
    return rows_touched(session.execute(moved.values(**values)))
