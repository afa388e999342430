"""Opening and closing what stands behind accounts: shops with offers, funds with a purpose; and what teams give."""

from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible
from app.audit.service import record
from app.db import session
from app.desk.models import Charity, Offer, Shop
from app.desk.queries import offer_for, team_purse
from app.desk.telling import tell_owner
from app.errors import NotFound
from app.ledger.charity import charity_account
from app.ledger.models import Account, AccountKind, Transfer, Unit
from app.ledger.queries import visible_account
from app.ledger.redeeming import redeem, shop_account
from app.ledger.service import donate
from app.notices.service import notify
from app.people.models import Person, Team


def open_shop(actor: Actor, unit_code: str, *, name: str, where: str) -> Shop:
    """A partner whose things can be redeemed, with its accounts in both units."""
    shop = Shop(
        unit_code=unit_code, name=name, where=where, opened_by=actor.must_be_someone(), opened_at=clock.now()
    )
    session.add(shop)
    session.flush()
    for unit in Unit:
        shop_account(shop, unit)
    record(actor, "shop.open", f"shop:{shop.id}", unit_code=unit_code)
    return shop


def end_shop(actor: Actor, shop_id: str) -> Shop:
    """The shop takes nothing any more; what it took stays in the books."""
    shop = get_visible(Shop, shop_id, actor)
    if shop.ended_at is None:
        shop.ended_at = clock.now()
        record(actor, "shop.end", f"shop:{shop.id}", unit_code=shop.unit_code)
    return shop


def add_offer(actor: Actor, shop_id: str, *, name: str, unit: Unit, price: int) -> Offer:
    """One more thing of a shop."""
    shop = get_visible(Shop, shop_id, actor)
    offer = Offer(shop_id=shop.id, name=name, unit=str(unit), price=price)
    session.add(offer)
    session.flush()
    record(actor, "shop.offer", f"shop:{shop.id}", unit_code=shop.unit_code,
           detail={"offer": offer.id, "unit": offer.unit, "price": offer.price})  # fmt: skip
    return offer


def end_offer(actor: Actor, shop_id: str, offer_id: str) -> None:
    """The thing is not offered any more; another price is another offer."""
    shop = get_visible(Shop, shop_id, actor)
    offer = session.scalar(select(Offer).where(Offer.id == offer_id, Offer.shop_id == shop.id))
    if offer is None:
        raise NotFound
    if offer.ended_at is None:
        offer.ended_at = clock.now()
        record(actor, "shop.end_offer", f"shop:{shop.id}", unit_code=shop.unit_code, detail={"offer": offer_id})


def take(actor: Actor, offer_id: str, nonce: str) -> Transfer:
    """The actor redeems one thing for herself; `nonce` names the act, so that twice is once."""
    me = session.get_one(Person, actor.must_be_someone())
    offer, shop = offer_for(me, offer_id)
    done = redeem(uid=f"redeem:{me.id}:{nonce}", owner_id=me.id, offer=offer, on=clock.now().date())
    told = notify(me.id, "redeemed", uid=f"redeemed:{done.uid}", link=f"/me/points/slips/{done.uid}", words=shop.name)
    if told is not None:
        record(actor, "ledger.redeem", f"transfer:{done.uid}", unit_code=shop.unit_code,
               detail={"offer": offer.id, "amount": done.amount, "unit": done.unit})  # fmt: skip
    return done


def open_charity(
    actor: Actor, unit_code: str, *, name: str, donor: str, purpose: str, item_codes: list[str], categories: list[str]
) -> Charity:
    """A fund with a purpose, with its account: filled from the budget by two people, or by gifts."""
    charity = Charity(
        unit_code=unit_code, name=name, donor=donor, purpose=purpose, item_codes=item_codes, categories=categories,
        opened_by=actor.must_be_someone(), opened_at=clock.now(),
    )  # fmt: skip
    session.add(charity)
    session.flush()
    charity_account(charity)
    record(actor, "charity.open", f"charity:{charity.id}", unit_code=unit_code)
    return charity


def team_gives(actor: Actor, team_id: str, *, to: str, minutes: int, nonce: str) -> Transfer:
    """A team's minutes given to a fund that the actor may see, on the team's wish; its leader hears of it."""
    team = get_visible(Team, team_id, actor)
    purse, fund = team_purse(team), visible_account(actor, to)
    if purse is None or fund.kind not in (AccountKind.COMMUNITY_FUND, AccountKind.CHARITY_FUND):
        raise NotFound
    by = actor.must_be_someone()
    done = donate(uid=f"give:{team.id}:{nonce}", giver=purse.id, fund=fund.id, minutes=minutes, by=by)
    tell_owner(session.get_one(Account, purse.id), "team_gave", uid=f"gave:{done.uid}", amount=minutes)
    record(actor, "ledger.donate", f"transfer:{done.uid}", unit_code=team.unit_code, detail={"minutes": minutes})
    return done
