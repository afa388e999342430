"""How much a passbook may hold by the rules of today, beside the ceiling that its account was opened with.

An account's own limits never change (they are part of its id), a city's cap does. So a person's account is opened with
a ceiling far above every cap, and the cap of the rule pack is applied here, under the lock of the book. Who stood above
a new cap before it began keeps every minute.

It holds for whatever is stored on a passbook: help, gifts, new minutes, corrections, what somebody else left. Only a
reversal may pass it: that is the exact opposite of a line, and a cap that keeps a mistake alive protects nobody.
"""

from app import clock
from app.db import session
from app.ledger.models import Account, AccountKind, Unit
from app.org.models import OrgUnit
from app.people.models import Person
from app.rulepacks.queries import setting

LARGEST_STORE_MIN = 6_000_000  # 100,000 hours: ten times the largest cap that a rule may set


def room_of(row: Account) -> int | None:
    """What can still be stored in the account today; None where nothing limits it."""
    cap = _cap_of(row)
    if cap is None or row.room is None:
        return row.room
    return max(0, min(row.room, cap - row.posted))


def _cap_of(row: Account) -> int | None:
    """The cap of the rules for a person's minutes; None where there is none."""
    if row.kind != AccountKind.PERSON or row.unit != Unit.MINUTE:
        return None
    person = session.get(Person, row.owner_id)
    return store_cap(person) if person is not None else None


def store_cap(person: Person) -> int | None:
    """How much a person's passbook may hold by the rules of today where she lives; None where nothing limits it."""
    unit = session.get(OrgUnit, person.unit_code)
    if unit is None:
        return None
    return int(setting(person.unit_code, "store_cap_min", on=clock.today(unit.zone))) or None
