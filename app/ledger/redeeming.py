"""Stored time or points given to a shop for one of its offers, as far as the rules allow. Never money."""

from datetime import date

from app.db import session
from app.desk.models import Offer, Shop
from app.errors import NotFound
from app.ledger.errors import NotRedeemable
from app.ledger.models import Account, AccountKind, Transfer, TransferKind, Unit
from app.ledger.opening import open_account, open_ledger
from app.ledger.posting import Leg, done_before, store
from app.ledger.queries import area_of, find_account
from app.people.models import Person
from app.rulepacks.queries import setting


def owner_of_shop(shop_id: str) -> str:
    """Under whose name the accounts of a shop stand."""
    return f"shop:{shop_id}"


def shop_account(shop: Shop, unit: Unit) -> Account:
    """The shop's account in that unit, opened when it has none. Nothing ever leaves it but a correction."""
    area, owner = area_of(shop.unit_code), owner_of_shop(shop.id)
    found = find_account(AccountKind.SHOP, owner, unit=unit)
    if found is None:
        open_ledger(area)
        found = open_account(ledger_id=area, kind=AccountKind.SHOP, owner_id=owner, unit=unit)
    return found


def redeemable(unit_code: str, unit: Unit, *, on: date) -> bool:
    """Whether the rules of a unit let its people redeem stored time, or points, for what a shop has."""
    if unit is Unit.POINT:
        return bool(setting(unit_code, "points_enabled", on=on)) and "self" in setting(
            unit_code, "points_redeemable_by", on=on
        )
    return bool(setting(unit_code, "exchange_for_goods", on=on))


def redeem(*, uid: str, owner_id: str, offer: Offer, on: date) -> Transfer:
    """The price of an offer moved from its owner's account to the shop's."""
    person, shop, unit = session.get(Person, owner_id), session.get_one(Shop, offer.shop_id), Unit(offer.unit)
    purse = find_account(AccountKind.PERSON, owner_id, unit=unit)
    if person is None or purse is None:
        raise NotFound
    leg = Leg(
        uid=uid, kind=TransferKind.REDEEM, debit_id=purse.id, credit_id=shop_account(shop, unit).id,
        amount=offer.price, made_by_id=owner_id,
    )  # fmt: skip
    before = done_before(leg)
    if before is not None:
        return before
    if shop.ended_at is not None or offer.ended_at is not None or not redeemable(person.unit_code, unit, on=on):
        raise NotRedeemable
    return store(leg, f"{shop.name} · {offer.name}")
