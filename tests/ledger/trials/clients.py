"""One process of the bank trial: several clients, each a thread as in the site's own server, and one who only reads.

`python -m tests.ledger.trials.clients` takes its orders as JSON on standard input and answers with JSON: what each
client was told, how long it waited at most, and what the reader saw.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.db import act, let_go, session
from app.errors import DomainError
from app.ledger import service
from app.ledger.errors import UidReused
from app.ledger.models import Account, Transfer
from tests.support.databases import make_app

RETRIES, REPLAYS = 0.3, 0.2  # of all acts: sent again at once, and an old one sent again later
MOST_OPEN = 3  # holds of one client, so that not all minutes are promised


@dataclass(frozen=True)
class Deed:
    """One act as a phone keeps it, to be sent any number of times."""

    verb: str
    uid: str
    words: dict[str, Any]

    def send(self, **other: Any) -> Transfer:
        """The line that the bank answers with."""
        given = self.words | other
        if "until" in given:
            given["expires_at"] = clock.now() + timedelta(days=given.pop("until"))
        return act(partial(getattr(service, self.verb), uid=self.uid, **given))


@dataclass
class Client:
    """Somebody with a phone on a bad line. `told` is what the bank said was done, by uid."""

    number: int
    dice: Random
    bank: dict[str, Any]
    told: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    refused: int = 0
    retries: int = 0
    replays: int = 0
    waits: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def live(self, acts: int) -> None:
        for step in range(acts):
            deed = self._choose(step)
            self._try(deed)
            if self.dice.random() < RETRIES:
                self.retries += 1
                self._try(deed)
            if self.deeds and self.dice.random() < REPLAYS:
                self.replays += 1
                self._replay(self.dice.choice(self.deeds))

    def _choose(self, step: int) -> Deed:
        uid, people = f"client:{self.number}:{step}", list(self.bank["people"])
        way = self.dice.random()
        if self.holds and (way < 0.4 or len(self.holds) > MOST_OPEN):
            hold = self.holds.pop(self.dice.randrange(len(self.holds)))
            if way < 0.15:
                return Deed("void", uid, {"hold_uid": hold})
            return Deed("post", uid, {"hold_uid": hold, "payee": self.dice.choice(people), "minutes": 5})
        if way < 0.8:
            payer = self.bank["fund"] if self.dice.random() < 0.5 else self.dice.choice(people)
            return Deed("hold", uid, {"payer": payer, "minutes": self.dice.choice([5, 10, 30]), "until": 3})
        giver = self.dice.choice(people)
        words = {"giver": giver, "fund": self.bank["fund"], "minutes": self.dice.randint(1, 9)}
        return Deed("donate", uid, words | {"by": self.bank["people"][giver]})

    def _try(self, deed: Deed) -> None:
        line = self._sent(deed)
        if line is None:
            self.refused += 1
            if deed.uid in self.told:
                self.wrong.append(f"{deed.uid} was done, and its repeat was refused")
            return
        if deed.uid not in self.told:
            self.told[deed.uid] = (line.debit_account_id, line.credit_account_id, self._moved(line))
            self.deeds.append(deed)
            if deed.verb == "hold":
                self.holds.append(deed.uid)

    def _replay(self, deed: Deed) -> None:
        """An old act again: the same line. With another amount it must be refused."""
        if deed.verb == "void" or self.dice.random() < 0.75:
            line = self._sent(deed)
            if line is None or self.told[deed.uid] != (line.debit_account_id, line.credit_account_id,
                                                       self._moved(line)):  # fmt: skip
                self.wrong.append(f"{deed.uid} came out otherwise when it was replayed")
            return
        try:
            deed.send(minutes=deed.words["minutes"] + 1)
        except UidReused:
            return
        self.wrong.append(f"{deed.uid} was taken with another amount")

    def _sent(self, deed: Deed) -> Transfer | None:
        begun = perf_counter()
        try:
            return deed.send()
        except DomainError:
            return None
        finally:
            self.waits.append(perf_counter() - begun)

    @staticmethod
    def _moved(line: Transfer) -> int:
        return line.amount if line.phase in ("single", "post") else 0

    def report(self) -> dict[str, Any]:
        return {
            "told": self.told, "refused": self.refused, "retries": self.retries, "replays": self.replays,
            "waits": sorted(self.waits)[-20:], "sent": len(self.waits), "wrong": self.wrong,
        }  # fmt: skip


def read_on(app: Flask, over: threading.Event) -> dict[str, int]:
    """Somebody who only looks, until it is over: how often, and how often a sum was not 0."""
    seen = {"reads": 0, "crooked": 0}
    with app.app_context():
        while not over.wait(0.02):
            sums = session.execute(select(func.sum(Account.posted)).group_by(Account.ledger_id, Account.unit)).all()
            let_go()
            seen["reads"] += 1
            seen["crooked"] += any(total for (total,) in sums)
    return seen


def work(orders: dict[str, Any]) -> dict[str, Any]:
    """Everything this process was asked for."""
    app = make_app(orders["url"], Path(orders["instance"]))
    clients = [Client(number, Random(f"{orders['seed']}:{number}"), orders["bank"]) for number in orders["clients"]]
    start, over = threading.Barrier(len(clients)), threading.Event()

    def live(client: Client) -> None:
        with app.app_context():
            start.wait()
            client.live(orders["acts"])

    with ThreadPoolExecutor(len(clients) + 1) as pool:
        reading = pool.submit(read_on, app, over)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()  # every process begins at one word
        begun = perf_counter()
        living = [pool.submit(live, client) for client in clients]
        try:
            for one in living:
                one.result()
        finally:
            seconds = perf_counter() - begun
            over.set()
    return {"seconds": seconds, "clients": [client.report() for client in clients]} | reading.result()


if __name__ == "__main__":
    told = work(json.loads(sys.stdin.readline()))
    sys.stdout.write(json.dumps(told))
