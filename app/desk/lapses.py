"""The daily round about stored time that lapses: tell its owners in good time, then let it lapse. Only by the rules."""

from collections.abc import Iterator

from sqlalchemy import select

from app import clock
from app.audit.service import record
from app.db import session
from app.desk.telling import tell_owner
from app.ledger.errors import AccountNotOpen, NothingStored
from app.ledger.lapsing import MONTHS_KEY, announce, expire, ripe
from app.ledger.models import Account, AccountKind, Transfer, Unit
from app.people.models import Person
from app.rulepacks.queries import setting


def months_of(unit_code: str, unit: Unit) -> int:
    """After how many months a unit lapses for the people of a place; 0 is never."""
    return int(setting(unit_code, MONTHS_KEY[unit], on=clock.now().date()))


def accounts_due() -> list[str]:
    """The accounts of people whose rules let something lapse."""
    return [account.id for account, _person, months in _lapsing() if months]


def _lapsing() -> Iterator[tuple[Account, Person, int]]:
    months: dict[tuple[str, str], int] = {}
    rows = session.execute(
        select(Account, Person)
        .join(Person, Person.id == Account.owner_id)
        .where(Account.kind == AccountKind.PERSON, Account.posted > 0)
        .order_by(Account.id)
    ).all()
    for account, person in rows:
        key = (person.unit_code, account.unit)
        if key not in months:
            months[key] = months_of(person.unit_code, Unit(account.unit))
        yield account, person, months[key]


def go_round(account_id: str) -> list[Transfer]:
    """The notices that are due for one account, and what lapses today; its owner hears of both."""
    account = session.get_one(Account, account_id)
    person = session.get_one(Person, account.owner_id)
    months = months_of(person.unit_code, Unit(account.unit))
    if not months:
        return []
    days = [int(each) for each in setting(person.unit_code, "expiry_notice_days", on=clock.now().date())]
    for notice in announce(account, months=months, notice_days=days):
        tell_owner(
            account, "will_lapse", uid=f"will-lapse:{notice.uid}:{notice.days_before}", amount=notice.amount,
            day=notice.lapses_on.isoformat(),
        )  # fmt: skip
    done = []
    for day in ripe(account, months=months):
        try:
            lapse = expire(account, lapses_on=day, months=months)
        except (NothingStored, AccountNotOpen):  # promised to orders, or frozen: it stays for now
            continue
        record(None, "ledger.expire", f"transfer:{lapse.uid}", unit_code=person.unit_code,
               detail={"amount": lapse.amount, "unit": lapse.unit})  # fmt: skip
        tell_owner(account, "lapsed", uid=f"lapsed:{lapse.uid}", amount=lapse.amount)
        done.append(lapse)
    return done
