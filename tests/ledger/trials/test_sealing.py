"""Sealing a long book: the tree grows in short acts, the next head and any receipt cost the same at every length, and a
program of its own adds the whole text up (costs are processor time)."""

import os
from collections.abc import Callable, Iterator
from random import Random
from statistics import median
from typing import Any

import pytest
from flask import Flask

from app.db import session as database
from app.db import transaction
from app.ledger import heads, keys
from app.ledger.export import export
from app.ledger.models import Ledger
from app.ledger.receipt import check, check_growth
from app.ledger.tree import behind, grow
from app.ledger.verify import prove
from tests.conftest import Tell
from tests.ledger.conftest import Bank, open_bank
from tests.ledger.trials.loading import Book
from tests.ledger.trials.measuring import cost_s
from tests.people import Cast
from tools.recompute import differences

SEED = 20261125
SIZE, QUICK = 1_000_000, 3_000
ACT_S, PROOF_S = 1.5, 0.1  # no act keeps postings waiting longer; no receipt takes longer to make


@pytest.fixture
def bank(cast: Cast, app: Flask) -> Iterator[Bank]:
    with transaction():
        bank = open_bank(cast)
    yield bank
    for name in (keys.FILE, keys.NEXT):
        (app.config["SETTINGS"].instance / name).unlink(missing_ok=True)


def in_an_act(work: Callable[[], Any]) -> Callable[[], None]:
    def act() -> None:
        with transaction():
            work()

    return act


def test_a_long_book_is_sealed_in_short_acts_and_proved_at_once(
    app: Flask, session: Any, bank: Bank, engine: str, full: bool, clock: Any, tell: Tell
) -> None:
    book, size, dice = Book(bank, SEED), SIZE if full else QUICK, Random(SEED)
    ledger_id = database.query(Ledger.id).scalar()
    book.grow_to(size - 100)
    clock.move_to(book.at)
    acts = []
    while behind(ledger_id):
        acts.append(cost_s(in_an_act(lambda: grow(ledger_id))))
    sealed = [cost_s(in_an_act(lambda: heads.publish(ledger_id)))]
    book.grow_to(size)
    clock.move_to(book.at)
    sealed.append(cost_s(in_an_act(lambda: heads.publish(ledger_id))))
    first, second = heads.head_of(ledger_id, 1), heads.head_of(ledger_id, 2)
    uids = [f"give:{n:016x}" for n in dice.sample(range(1, size // 5, 2), 40)]
    made = [cost_s(lambda: heads.receipt(uid)) for uid in uids]  # noqa: B023 (called at once)
    grown = cost_s(lambda: heads.document(second, since=first))
    known = keys.public_keys()
    assert all(check(heads.receipt(uid), known).holds for uid in uids)
    assert check_growth(heads.document(first), heads.document(second, since=first), keys=known).holds
    report: list[Any] = []
    proved = cost_s(lambda: report.extend(prove().findings))
    assert [str(one) for one in report if bank.post not in one.where] == []
    added: list[str] = []
    alone = cost_s(lambda: added.extend(differences(export())))
    assert added == []
    tell(f"sealing, {engine}, seed {SEED}, {size} lines, load {os.getloadavg()[0]:.0f}:")
    tell(f"  {len(acts)} acts, each at most {max(acts):.2f} s, {sum(acts):.1f} s in all")
    tell(f"  heads {' and '.join(f'{one:.2f}' for one in sealed)} s; the proof between them {1000 * grown:.1f} ms")
    tell(f"  receipts: median {1000 * median(made):.1f} ms, worst {1000 * max(made):.1f} ms")
    tell(f"  verify with two heads {proved:.1f} s; export and adding up alone {alone:.1f} s")
    assert max(acts) <= ACT_S
    assert max(made) <= PROOF_S
