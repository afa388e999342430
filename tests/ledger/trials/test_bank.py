"""32 clients at one bank: threads, as the site's own server has them, in several processes, as a larger site has them.

Each acts, sends three of ten acts again at once and replays an old one after one of five; a reader in each process adds
all accounts up meanwhile. Afterwards the lines are exactly those that the clients were told, and the balances are what
these lines make.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.ledger import service
from app.ledger.models import Account, Transfer
from app.ledger.verify import prove
from tests.conftest import Tell
from tests.factories import make_person
from tests.ledger.conftest import Bank, open_bank
from tests.ledger.trials.bare import bare_inserts_a_second
from tests.people import Cast
from tests.support.databases import Database

ROOT = Path(__file__).parents[3]
SEED = 20261125
WORST_WAIT_S = {"sqlite": 1.0, "postgresql": 2.0}
QUICK_WAIT_S = 30.0  # other tests run beside the short form, so that its waits say nothing
ACTS = {"sqlite": 2000, "postgresql": 1000}
NEIGHBOURS = 12


@pytest.fixture
def bank(cast: Cast) -> Bank:
    """The bank, stored, with a rich fund and more people."""
    with transaction():
        bank = open_bank(cast)
        service.seed(
            uid="seed:more", issuance=bank.issuance, to=bank.fund, minutes=6000,
            approvers=[cast.lin.id, cast.approver.id],
        )  # fmt: skip
        return bank


def passbooks(bank: Bank) -> dict[str, str]:
    """Account and owner of people who come to this bank, each with two hours."""
    agreed = [bank.people.lin.id, bank.people.approver.id]
    with transaction():
        people = [make_person() for _ in range(NEIGHBOURS)]
        found = {service.ensure_person_account(person.id).id: person.id for person in people}
        for account in found:
            service.seed(uid=f"seed:{account}", issuance=bank.issuance, to=account, minutes=120, approvers=agreed)
        return found


def test_32_clients_lose_and_double_nothing(
    app: Flask, session: Any, bank: Bank, database: Database, engine: str, full: bool, tell: Tell, tmp_path: Path
) -> None:
    processes, each, acts = (4, 8, ACTS[engine]) if full else (2, 4, 12)
    people = passbooks(bank)
    before = balances(session)
    known = set(session.scalars(select(Transfer.uid)))
    session.rollback()
    orders = [
        {
            "url": database.url, "instance": str(tmp_path / str(number)), "seed": SEED, "acts": acts,
            "clients": list(range(number * each, (number + 1) * each)), "bank": {"fund": bank.fund, "people": people},
        }
        for number in range(processes)
    ]  # fmt: skip
    bare = bare_inserts_a_second(database.url, 2000 if full else 200)
    answers = all_of(orders)
    bare = max(bare, bare_inserts_a_second(database.url, 2000 if full else 200))

    clients = [client for answer in answers for client in answer["clients"]]
    assert [word for client in clients for word in client["wrong"]] == []
    assert sum(answer["reads"] for answer in answers) > 0
    assert sum(answer["crooked"] for answer in answers) == 0
    told: dict[str, list[Any]] = {}
    for client in clients:
        told |= client["told"]
    every_line_was_told(session, told, known)
    assert balances(session) == moved(before, told)
    assert [str(one) for one in prove().findings if one.invariant != "I12"] == []

    sent = sum(client["sent"] for client in clients)
    worst = max(client["waits"][-1] for client in clients)
    rate = sent / max(answer["seconds"] for answer in answers)
    tell(
        f"bank, {engine}, seed {SEED}: {len(clients)} clients in {processes} processes, {sent} acts sent"
        f" ({sum(c['retries'] for c in clients)} retries, {sum(c['replays'] for c in clients)} replays,"
        f" {sum(c['refused'] for c in clients)} refused), {len(told)} lines; {rate:.0f} acts a second,"
        f" {rate / bare:.3f} of {bare:.0f} bare inserts; worst wait {worst:.2f} s;"
        f" {sum(a['reads'] for a in answers)} reads sum to 0; load {os.getloadavg()[0]:.1f}"
    )
    assert len(told) > sent / 4, "most acts were refused: the trial says little"
    assert worst < (WORST_WAIT_S[engine] if full else QUICK_WAIT_S)


def all_of(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the processes answer, each given its orders; they begin together."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.trials.clients"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in orders
    ]  # fmt: skip
    for process, order in zip(running, orders, strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = []
    for process in running:
        assert process.stdin is not None
        process.stdin.write("begin\n")
        process.stdin.flush()
    for process in running:
        out, _ = process.communicate()
        assert process.returncode == 0
        answers.append(json.loads(out))
    return answers


def balances(session: Any) -> Counter[str]:
    session.expire_all()
    return Counter({row.id: row.posted for row in session.scalars(select(Account)) if row.posted})


def moved(before: Counter[str], told: dict[str, list[Any]]) -> Counter[str]:
    """The balances that these lines make, without asking the bank."""
    after = Counter(before)
    for debit, credit, minutes in told.values():
        after[debit] -= minutes
        after[credit] += minutes
    return Counter({key: minutes for key, minutes in after.items() if minutes})


def every_line_was_told(session: Any, told: dict[str, list[Any]], known: set[str]) -> None:
    rows = session.execute(select(Transfer.uid, Transfer.amount, Transfer.phase)).all()
    stored = {row.uid: row.amount if row.phase in ("single", "post") else 0 for row in rows}
    assert stored.keys() - known == told.keys()
    assert all(stored[uid] == minutes for uid, (_debit, _credit, minutes) in told.items())
