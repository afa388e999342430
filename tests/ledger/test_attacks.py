"""Somebody with a connection to the database and bad intentions (attacks.py): the database must refuse every statement.

Constraints and triggers alone stand in the way; the product's own code is not asked.
"""

from datetime import timedelta

import pytest

from app import clock
from app.audit.service import record
from app.db import session as database
from app.ledger import service
from app.ledger.desk_guards import DESK_KEYS
from app.ledger.gift_guards import GIFT_GUARDS
from app.ledger.guards import GUARDS, KEYS, definitions, drop_guard
from app.ledger.member_guards import MEMBER_GUARDS
from app.ledger.models import AccountKind, Approval, ExpiryNotice, Ledger, TransferKind
from tests.factories import COMMUNITY, ZONE, make_rule
from tests.ledger.attacks import DAY_CAP_MIN, YEAR_CAP_MIN, all_attacks, forged, is_refused, ordered
from tests.ledger.conftest import Bank

OWN_TABLES = {"ledger", "account", "transfer", "transfer_rule", "approval", "audit_entry", "standing", *DESK_KEYS}
"""Tables whose attacks stand here; those of heads, records, rules and gifts have their own, beside what they guard."""


def test_nobody_can(target: Bank) -> None:
    attacks = all_attacks(target)
    assert len(attacks) >= 60
    assert [what for what, attack in attacks.items() if not is_refused(attack)] == []


ALIVE = {
    "ledger_starts_empty": "open a book that has begun",
    "account_starts_empty": "open a rich passbook",
    "account_explained": "give himself minutes",
    "ledger_explained": "turn the head back",
    "transfer_next_in_chain": "write a line into the past",
    "transfer_accounts_open": "pay a frozen passbook",
    "transfer_hold_lasts": "hold for no time at all",
    "transfer_resolves_hold": "take more than was held",
    "transfer_reversal_exact": "reverse another amount",
    "transfer_link_known": "pay himself from the fund",
    "transfer_agreed": "mint minutes out of nothing",
    "approval_in_time": "approve what is done",
    "approval_of_the_proposal": "approve what nobody proposed",
    "approval_by_a_third": "propose on one's own account",
    "standing_legal": "close a full passbook",
    "transfer_rule_fixed": "allow a new direction",
    "account_no_delete": "erase a passbook",
    "transfer_no_delete": "erase a line",
    "transfer_rule_no_delete": "erase one rule",
    "approval_no_delete": "erase a word",
    "audit_entry_no_delete": "erase the trail",
    "standing_no_delete": "erase that it is frozen",
    "transfer_no_update": "change an amount",
    "transfer_rule_no_update": "change what minutes may do",
    "approval_no_update": "change a word on a proposal",
    "audit_entry_no_update": "rewrite the trail",
    "standing_no_update": "open a frozen passbook",
    "approval_no_truncate": "empty approval",
    "audit_entry_no_truncate": "empty audit_entry",
    "standing_no_truncate": "empty standing",
    "transfer_moves_balances": "spend more than there is",
    "transfer_lapse_announced": "let time lapse after one notice",
    "transfer_earmarked": "let a purpose pay itself out",
    "transfer_redeemed_by_owner": "redeem another's time",
    "transfer_overrun_agreed": "count a longer visit on one's own word",
    "transfer_gift_within_caps": "give beyond the day's cap what was ordered past the guards",
    "transfer_gift_not_on_credit": "give on credit",
    "gift_order_next": "leave out a place among one's gifts",
    "gift_order_within_cap": "give more in a day than the rules allow",
    "gift_order_within_year": "give more in a year than the rules allow",
    "gift_order_of_its_day": "give today what is tomorrow's to give",
    "expiry_notice_no_update": "announce more afterwards",
    "expiry_notice_no_delete": "take a notice back",
    "expiry_notice_no_truncate": "empty expiry_notice",
}
"""The guard that alone stands in the way of an attack."""

SECOND_LOCKS = {
    "transfer_sides_match", "transfer_shape", "transfer_instants", "account_within_limits", "account_place_kept",
    "ledger_place_kept", "ledger_no_delete", "ledger_no_truncate", "account_no_truncate", "transfer_no_truncate",
    "transfer_rule_no_truncate", "gift_order_shape", *(f"{table}_no_replace" for table in OWN_TABLES & KEYS.keys()),
}  # fmt: skip
"""Guards that repeat a constraint, a foreign key or another guard, for a connection that has switched those off."""


def test_each_guard_is_alive(target: Bank) -> None:
    """Without it, what it stands against gets through."""
    attacks = all_attacks(target)
    elsewhere = {guard.name for guard in GUARDS if guard.table not in OWN_TABLES or guard in MEMBER_GUARDS}
    elsewhere -= {guard.name for guard in GIFT_GUARDS}
    guards = definitions(database.connection().dialect.name).keys() - elsewhere
    assert guards <= ALIVE.keys() | SECOND_LOCKS
    dead = []
    for name in guards & ALIVE.keys():

        def without(name: str = name) -> None:
            drop_guard(database.connection(), name)
            if is_refused(attacks[ALIVE[name]]):
                dead.append(name)

        is_refused(without)
    assert dead == []


def test_the_forger_knows_how_to_write_a_good_line(bank: Bank) -> None:
    """So that the refusals above are for the one thing that is wrong."""
    database.add(forged(bank, kind="donate", debit="bo", credit="fund", amount=5))
    database.flush()
    assert (bank.posted(bank.bo), bank.posted(bank.fund)) == (25, 605)


@pytest.fixture
def target(bank: Bank) -> Bank:
    """The bank with a frozen passbook, and a correction of another amount that two people agreed to."""
    people = bank.people
    frozen = service.ensure_person_account(people.mei.id)
    service.freeze(account_id=frozen.id, by=people.lin.id, reason="under review")
    word = service.propose(
        uid="another amount", kind=TransferKind.REVERSAL, debit=bank.bo, credit=bank.chen, minutes=29,
        by=people.lin.id, reverses=bank.post,
    )  # fmt: skip
    yes = {column.name: getattr(word, column.name) for column in Approval.__table__.c}
    database.add(Approval(**yes | {"step": "approve", "person_id": people.approver.id}))
    open_more(bank)
    allow_little(bank)
    record(people.actor(people.lin), "test.act", "thing:1")
    database.flush()
    return bank


def open_more(bank: Bank) -> None:
    """A shop, a fund with a purpose that holds an hour, and notices of what will lapse on Bo's passbook."""
    now, area = clock.now(), database.query(Ledger).one().id
    service.open_account(ledger_id=area, kind=AccountKind.SHOP, owner_id="shop:1")
    charity = service.open_account(ledger_id=area, kind=AccountKind.CHARITY_FUND, owner_id="donor:1")
    service.seed(
        uid="seed:charity", issuance=bank.issuance, to=charity.id, minutes=60,
        approvers=[bank.people.lin.id, bank.people.approver.id],
    )  # fmt: skip
    for uid, days, ripe in (("once", 60, 0), ("twice", 60, 0), ("twice", 7, 0), ("early", 60, 0), ("early", 7, 3)):
        told = now - timedelta(days=90)
        notice = ExpiryNotice(
            uid=uid, days_before=days, account_id=bank.bo, lapses_on=now.date(), amount=5, told_at=told,
            ripe_at=now + timedelta(days=ripe),
        )  # fmt: skip
        database.add(notice)


def allow_little(bank: Bank) -> None:
    """Rules under which little may be given, an order of Bo's for most of it, and a passbook that may owe an hour."""
    caps = {"gift_cap_min_per_day": DAY_CAP_MIN, "gift_cap_min_per_year": YEAR_CAP_MIN}
    make_rule(COMMUNITY, caps, clock.today(ZONE))
    service.open_account(
        ledger_id=database.query(Ledger).one().id, kind=AccountKind.PERSON, owner_id="debtor", floor_min=-60,
        cap_min=6000,
    )  # fmt: skip
    database.add(ordered(bank, amount=15))
