"""Filling a book quickly: rows with a true chain are written past the product while the guards are down; then balances
and head are set, the guards stand again, and the verifier says whether it is a book that the product could have made.

What is written: a visit after the other (hold, post), what was earned mostly given back to the fund, every 500th post
reversed by two people, every tenth visit with its rows. One member has one line of a hundred.
"""

import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from random import Random
from typing import Any

import psycopg
from sqlalchemy import Table, insert, text, update

from app.db import Base, session, transaction
from app.ledger import service
from app.ledger.chain import row_hash
from app.ledger.guards import create_guards, drop_guards, missing_guards
from app.ledger.models import Account, AccountKind, Ledger
from app.visits.models import Visit, VisitState
from tests.factories import make_need, make_visit, make_volunteer
from tests.ledger.conftest import Bank

BATCH = 10_000
MEMBERS, MINUTES = 1_000, 30
LOW = 300  # minutes: below that the fund gets back every time
EVERY_REVERSED, EVERY_SEEN, FREQUENT = 500, 10, 100
SECONDS_APART = 15
Row = dict[str, Any]


class Book:
    """A book that grows: `grow_to(lines)` leaves it whole, guarded and committed."""

    def __init__(self, bank: Bank, seed: int) -> None:
        self.bank, self.dice, self.number = bank, Random(seed), count(1)
        with transaction():
            self.book = session.query(Ledger).one()
            self.clearing = session.query(Account).filter_by(kind="clearing").one().id
            self.members = [bank.bo, *(self._member(nr) for nr in range(MEMBERS))]
            self.visit = self._a_visit()
        self.stood = Counter({row.id: row.posted for row in session.query(Account)})
        self.posted: Counter[str] = Counter()
        self.last_seq: dict[str, int] = {}
        self.seq, self.hash, self.at = self.book.head_seq, self.book.head_hash, self.book.head_at
        self.others: dict[str, list[Row]] = {}

    def _member(self, number: int) -> str:
        return service.open_account(
            ledger_id=self.book.id, kind=AccountKind.PERSON, owner_id=f"member:{number}", cap_min=10**9
        ).id

    def _a_visit(self) -> dict[str, Row]:
        """The rows of one confirmed visit, whose like will be written."""
        visit = make_visit(need=make_need(), volunteer=make_volunteer(), state=VisitState.CONFIRMED)
        session.flush()
        rows = {
            name: dict(session.execute(Base.metadata.tables[name].select().where(key == value)).mappings().one())
            for name, key, value in (
                ("need", Base.metadata.tables["need"].c.id, visit.need_id),
                ("assignment", Base.metadata.tables["assignment"].c.id, visit.assignment_id),
                ("visit", Base.metadata.tables["visit"].c.id, visit.id),
            )
        }
        session.delete(session.get_one(Visit, visit.id))  # this one moved no minutes
        return rows

    def grow_to(self, lines: int) -> None:
        with transaction():
            connection = session.connection()
            drop_guards(connection)
            wanted = self._lines(lines)
            while rows := list(islice(wanted, BATCH)):
                _store(Base.metadata.tables["transfer"], rows)
                salts = [{"uid": row["uid"], "salt": secrets.token_hex(16)} for row in rows]
                _store(Base.metadata.tables["leaf_salt"], salts)
                for name in ("need", "assignment", "visit", "approval"):
                    _store(Base.metadata.tables[name], self.others.pop(name, []))
            self._set_balances()
            create_guards(connection)
            assert missing_guards(connection) == []
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ANALYZE"))
        session.commit()
        session.expire_all()

    def _lines(self, lines: int) -> Iterator[Row]:
        while self.seq < lines:
            yield from self._served(next(self.number))

    def _served(self, number: int) -> Iterator[Row]:
        member = self.bank.bo if number % FREQUENT == 0 else self.dice.choice(self.members)
        visit = f"{number:016x}"
        seen = number % EVERY_SEEN == 0
        hold, post = f"order:{visit}:hold:1", f"visit:{visit}:post" if seen else f"served:{visit}:post"
        if seen:
            self._remember_visit(visit)
        yield self._line(hold, "service", "hold", self.bank.fund, self.clearing)
        yield self._line(post, "service", "post", self.bank.fund, member, hold_uid=hold)
        if number % EVERY_REVERSED == 0:
            yield self._reversal(post, member)
        elif number % 2 or self.stood[self.bank.fund] < LOW:
            yield self._line(f"give:{visit}", "donate", "single", member, self.bank.fund)

    def _reversal(self, post: str, member: str) -> Row:
        people = self.bank.people
        word = {
            "uid": f"{post}:reversal", "ledger_id": self.book.id, "kind": "reversal", "debit_account_id": member,
            "credit_account_id": self.bank.fund, "amount": MINUTES, "reverses_uid": post, "created_at": self.at,
        }  # fmt: skip
        said = [word | {"person_id": people.lin.id, "step": "propose"},
                word | {"person_id": people.approver.id, "step": "approve"}]  # fmt: skip
        self.others.setdefault("approval", []).extend(said)
        return self._line(
            word["uid"], "reversal", "single", member, self.bank.fund, reverses_uid=post,
            agreed_by=",".join(sorted((people.lin.id, people.approver.id))),
        )  # fmt: skip

    def _line(self, uid: str, kind: str, phase: str, debit: str, credit: str, **given: str) -> Row:
        self.seq, self.at = self.seq + 1, self.at + timedelta(seconds=SECONDS_APART)
        row: Row = {
            "uid": uid, "ledger_id": self.book.id, "seq": self.seq, "unit": "minute", "kind": kind, "phase": phase,
            "debit_account_id": debit, "debit_kind": self._kind(debit), "credit_account_id": credit,
            "credit_kind": self._kind(credit), "amount": MINUTES, "hold_uid": None, "reverses_uid": None,
            "link_uid": None, "expires_at": None, "made_by_id": None, "agreed_by": None, "created_at": self.at,
            "prev_hash": self.hash,
        }  # fmt: skip
        row |= given
        if phase == "hold":
            row["expires_at"] = self.at + timedelta(days=30)
        row["row_hash"] = self.hash = row_hash(row)
        self.last_seq[debit] = self.seq
        if phase != "hold":
            self.last_seq[credit] = self.seq
            for side, change in ((debit, -MINUTES), (credit, MINUTES)):
                self.posted[side] += change
                self.stood[side] += change
        return row

    def _kind(self, account: str) -> str:
        return {self.bank.fund: "community_fund", self.clearing: "clearing"}.get(account, "person")

    def _remember_visit(self, visit: str) -> None:
        need, assignment = f"{visit[1:]}n", f"{visit[1:]}a"
        keys = {
            "need": {"id": need, "number": 10**6 + int(visit, 16)},
            "assignment": {"id": assignment, "need_id": need},
            "visit": {"id": visit, "need_id": need, "assignment_id": assignment},
        }
        for name, key in keys.items():
            self.others.setdefault(name, []).append(self.visit[name] | key)

    def _set_balances(self) -> None:
        accounts, books = Base.metadata.tables["account"], Base.metadata.tables["ledger"]
        for account, seq in self.last_seq.items():
            moved = update(accounts).where(accounts.c.id == account)
            session.execute(moved.values(posted=accounts.c.posted + self.posted[account], last_seq=seq))
        head = update(books).where(books.c.id == self.book.id)
        session.execute(head.values(head_seq=self.seq, head_hash=self.hash, head_at=self.at))
        self.posted.clear()
        self.last_seq.clear()


def _store(table: Table, rows: list[Row]) -> None:
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        session.connection().execute(insert(table), rows)
        return
    dialect = session.get_bind().dialect
    shaped = {column.name: column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.c}
    raw = session.connection().connection.dbapi_connection
    assert isinstance(raw, psycopg.Connection)
    names = list(rows[0])
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([
                process(row[name]) if (process := shaped[name]) and row[name] is not None else row[name]
                for name in names
            ])  # fmt: skip
