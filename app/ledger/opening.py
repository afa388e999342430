"""Opening books and accounts: whose they are and how low and high they may stand."""

from datetime import date

from app import clock
from app.db import session
from app.errors import NotFound
from app.ledger.chain import account_id
from app.ledger.limits import LARGEST_STORE_MIN
from app.ledger.models import Account, AccountKind, Ledger, Unit
from app.ledger.posting import account, lock
from app.ledger.queries import area_of, community_of, find_account
from app.people.models import Person
from app.rulepacks.queries import setting

# What adjustments may give out in one month before the account's floor stops them (100 hours; an assumption).
ADJUSTMENT_BUDGET_MIN = 6_000


def open_ledger(area_code: str) -> Ledger:
    """The book of a settlement area, opened when it is not there yet."""
    found = session.get(Ledger, area_code)
    if found is None:
        now = clock.now().replace(microsecond=0)
        found = Ledger(id=area_code, opened_at=now, head_at=now)
        session.add(found)
        session.flush()
    return found


def open_account(
    *,
    ledger_id: str,
    kind: AccountKind,
    owner_id: str,
    unit: Unit = Unit.MINUTE,
    floor_min: int = 0,
    cap_min: int | None = None,
    label: str = "",
) -> Account:
    """The account with these names, opened with these limits when it is not there yet; limits never change later."""
    lock(ledger_id)  # two who open the same account at once: the second finds the first's
    found = find_account(kind, owner_id, unit=unit, label=label)
    if found is None:
        identity = {
            "ledger_id": ledger_id, "unit": str(unit), "kind": str(kind), "owner_id": owner_id, "label": label,
            "floor_min": floor_min, "cap_min": cap_min,
        }  # fmt: skip
        found = Account(
            id=account_id(identity), **identity, opened_at=clock.now().replace(microsecond=0)
        )  # fmt: skip
        session.add(found)
        session.flush()
    return found


def ensure_accounts_for_unit(unit_code: str, *, on: date) -> Account:
    """The community fund of a unit, with everything that must stand beside it: the area's book and sinks, and the
    year's issuance, whose floor is the budget of the rule pack (`seed_budget_min_per_community_year`)."""
    area, community = area_of(unit_code), community_of(unit_code)
    open_ledger(area)
    open_account(ledger_id=area, kind=AccountKind.CLEARING, owner_id=area, cap_min=0)
    open_account(ledger_id=area, kind=AccountKind.EXPIRY, owner_id=area)
    adjustment_of(area, on=on)
    budget = int(setting(community, "seed_budget_min_per_community_year", on=on))
    open_account(
        ledger_id=area, kind=AccountKind.ISSUANCE, owner_id=community, label=str(on.year), floor_min=-budget, cap_min=0
    )
    return open_account(ledger_id=area, kind=AccountKind.COMMUNITY_FUND, owner_id=community)


def adjustment_of(area: str, *, on: date, unit: Unit = Unit.MINUTE) -> Account:
    """The month's account of corrections, whose floor is the month's budget."""
    return open_account(
        ledger_id=area, kind=AccountKind.ADJUSTMENT, owner_id=area, unit=unit, label=f"{on:%Y-%m}",
        floor_min=-ADJUSTMENT_BUDGET_MIN,
    )  # fmt: skip


def expiry_of(area: str, unit: Unit) -> Account:
    """Where what lapses goes."""
    return open_account(ledger_id=area, kind=AccountKind.EXPIRY, owner_id=area, unit=unit)


def ensure_person_account(person_id: str) -> Account:
    """A person's passbook, opened in the book of her area when she has none; its credit line is the rule
    pack's of today. The cap of the rule pack is asked whenever she stores (limits.py)."""
    found = find_account(AccountKind.PERSON, person_id)
    if found is not None:
        return found
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    on = clock.now().date()
    ensure_accounts_for_unit(person.unit_code, on=on)
    return open_account(
        ledger_id=area_of(person.unit_code),
        kind=AccountKind.PERSON,
        owner_id=person_id,
        floor_min=-int(setting(person.unit_code, "elder_credit_line_min", on=on)),
        cap_min=LARGEST_STORE_MIN,
    )


def clearing_of(payer: str) -> str:
    row = account(payer)
    found = find_account(AccountKind.CLEARING, row.ledger_id, unit=Unit(row.unit))
    if found is None:
        found = open_account(
            ledger_id=row.ledger_id, kind=AccountKind.CLEARING, owner_id=row.ledger_id, unit=Unit(row.unit), cap_min=0
        )
    return found.id
