"""Reads for the desk's pages about accounts: who inherits, shops and what they take, funds and what they paid for."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, visible
from app.db import session
from app.desk.models import Charity, Offer, Shop
from app.errors import NotFound
from app.ledger.desk_queries import reversals_waiting
from app.ledger.models import Account, AccountKind, Memo, Transfer, TransferKind, Unit
from app.ledger.nominating_queries import named_the_fund, nominee_of
from app.ledger.queries import community_of, find_account
from app.org.models import OrgUnit
from app.people.models import Delegation, Person, Team
from app.rulepacks.queries import setting


@dataclass(frozen=True, eq=False)
class Heir:
    """Where what somebody leaves can go: `what` is a word of the setting `settle_on_death`, or `expiry`."""

    what: str
    person: Person | None = None
    named: bool = False  # by the owner in life

    @property
    def key(self) -> str:
        """What a form says for it."""
        return self.person.id if self.person else self.what


def heirs(account: Account) -> list[Heir]:
    """Who or what can get an account's balance, in the order of the rules; points go to nobody and lapse."""
    person = session.get(Person, account.owner_id)
    lapse = [Heir("expiry")]
    if person is None or account.unit == Unit.POINT:
        return lapse
    found = [heir for what in setting(person.unit_code, "settle_on_death", on=clock.now().date())
             for heir in _of_kind(what, person)]  # fmt: skip
    once = {heir.key: heir for heir in reversed(found)}  # a nominee who is family too stands where she was named
    return [heir for heir in found if once[heir.key] is heir] + lapse


def _of_kind(what: str, person: Person) -> list[Heir]:
    """Those who can get it under one word of the rules. Who was named in life, and the fund if it was, come with it."""
    if what == "nominee":
        nominee = session.get(Person, nominee_of(person.id) or "")
        return [Heir(what, nominee, named=True)] if nominee is not None and nominee.disabled_at is None else []
    if what == "gift_circle_heir":
        return [Heir(what, relative) for relative in _relatives(person.id)]
    has_fund = find_account(AccountKind.COMMUNITY_FUND, community_of(person.unit_code)) is not None
    return [Heir(what, named=named_the_fund(person.id))] if what == "community_fund" and has_fund else []


def _relatives(elder_id: str) -> Sequence[Person]:
    return session.scalars(
        select(Person)
        .join(Delegation, Delegation.relative_id == Person.id)
        .where(Delegation.elder_id == elder_id, Delegation.ended_at.is_(None), Person.disabled_at.is_(None))
        .order_by(Delegation.since)
    ).all()


# Shops --------------------------------------------------------------------------------------------------------------


def shops_in(actor: Actor, words: str = "") -> Select[Shop]:
    """`SELECT` of the shops of the actor's units, by name."""
    query = visible(Shop, actor).order_by(Shop.name, Shop.id)
    return query.where(Shop.name.contains(words, autoescape=True)) if words else query


def offers_of(shop_id: str) -> list[Offer]:
    """What a shop offers now, cheapest first."""
    query = select(Offer).where(Offer.shop_id == shop_id, Offer.ended_at.is_(None))
    return list(session.scalars(query.order_by(Offer.unit, Offer.price, Offer.name)))


def taken_in(shop_id: str) -> dict[Unit, int]:
    """What a shop has taken in, by unit."""
    rows = session.execute(
        select(Account.unit, func.sum(Account.posted))
        .where(Account.kind == AccountKind.SHOP, Account.owner_id == f"shop:{shop_id}")
        .group_by(Account.unit)
    )
    return {Unit(unit): int(posted) for unit, posted in rows}


@dataclass(frozen=True)
class Slip:
    """One thing that was redeemed: when, what for, and by whom."""

    transfer: Transfer
    words: str
    name: str


def slips_of(shop_id: str, number: str = "") -> Select[Transfer, str, str]:
    """`SELECT` of (transfer, words, name) redeemed at a shop, newest first; `number` is part of a slip's number."""
    query = (
        select(Transfer, func.coalesce(Memo.text, ""), func.coalesce(Person.name, ""))
        .join(Account, Account.id == Transfer.credit_account_id)
        .outerjoin(Memo, Memo.uid == Transfer.uid)
        .outerjoin(Person, Person.id == Transfer.made_by_id)
        .where(Account.owner_id == f"shop:{shop_id}", Transfer.kind == TransferKind.REDEEM)
        .order_by(Transfer.seq.desc())
    )
    return query.where(Transfer.uid.endswith(number.lower(), autoescape=True)) if number else query


def slip_of(actor: Actor, shop_id: str, slip_uid: str) -> Slip:
    """One thing that was redeemed at a shop of the actor's units. NotFound for any other line."""
    shop = get_visible(Shop, shop_id, actor)
    found = session.execute(slips_of(shop.id).where(Transfer.uid == slip_uid)).one_or_none()
    if found is None:
        raise NotFound
    return Slip(*found)


def refunds_of(slip_uids: Sequence[str]) -> dict[str, str]:
    """By slip, "done" where it was given back, "waits" where that waits for a second person; others are not there."""
    done = session.scalars(select(Transfer.reverses_uid).where(Transfer.reverses_uid.in_(slip_uids)))
    return dict.fromkeys(reversals_waiting(slip_uids), "waits") | {uid: "done" for uid in done if uid is not None}


@dataclass(frozen=True)
class Counter:
    """A shop as its customers see it."""

    shop: Shop
    offers: list[Offer]


def counters_for(person: Person) -> list[Counter]:
    """The shops of a person's community and of the units above, with what they offer."""
    codes = _with_above(person.unit_code)
    query = select(Shop).where(Shop.unit_code.in_(codes), Shop.ended_at.is_(None)).order_by(Shop.name)
    return [Counter(shop, offers) for shop in session.scalars(query) if (offers := offers_of(shop.id))]


def offer_for(person: Person, offer_id: str) -> tuple[Offer, Shop]:
    """An offer that this person may take. NotFound when it is not there, ended, or of another town."""
    offer = session.get(Offer, offer_id)
    shop = session.get(Shop, offer.shop_id) if offer is not None else None
    if offer is None or shop is None or shop.unit_code not in _with_above(person.unit_code):
        raise NotFound
    return offer, shop


def _with_above(unit_code: str) -> list[str]:
    from_grid = [unit_code]
    while (unit := session.get(OrgUnit, from_grid[-1])) is not None and unit.parent_code is not None:
        from_grid.append(unit.parent_code)
    return from_grid


# Funds with a purpose -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Purse:
    """A fund with a purpose, and what stands on its account (no account yet: nothing)."""

    charity: Charity
    account: Account | None

    @property
    def stored(self) -> int:
        return self.account.posted if self.account else 0


def charities_in(actor: Actor) -> list[Purse]:
    """The funds with a purpose of the actor's units, oldest first."""
    return [purse_of(charity) for charity in session.scalars(charities_of(actor))]


def charities_of(actor: Actor, words: str = "") -> Select[Charity]:
    """`SELECT` of them for a list; `words` are part of the fund's name, or of who gave it."""
    query = visible(Charity, actor).order_by(Charity.opened_at, Charity.id)
    if not words:
        return query
    return query.where(or_(*(each.contains(words, autoescape=True) for each in (Charity.name, Charity.donor))))


def charity_of(actor: Actor, charity_id: str) -> Purse:
    """One of them. NotFound for one of other units."""
    return purse_of(get_visible(Charity, charity_id, actor))


def purse_of(charity: Charity) -> Purse:
    """The fund with its account."""
    return Purse(charity, find_account(AccountKind.CHARITY_FUND, f"donor:{charity.id}"))


# Teams ----------------------------------------------------------------------------------------------------------------


def team_purse(team: Team) -> Account | None:
    """The team's account, if it was opened."""
    return find_account(AccountKind.TEAM, f"team:{team.id}")
