"""The database: one metadata, two engines, and the only place that commits.

SQLite is opened so that a ledger may stand on it (foreign keys, WAL, full sync, triggers that see REPLACE) and
every writer takes the write lock at BEGIN, in turn; a connection that cannot be hardened refuses to serve.
"""

import random
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import has_app_context, has_request_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CursorResult, DateTime, Dialect, Engine, MetaData, Result, String, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from app.turns import take_turn

T = TypeVar("T")


class Base(DeclarativeBase):
    """The parent of every table; constraint names follow one pattern on both engines."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant on both engines; a naive one is refused where it is written."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given where an instant is stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return None if value is None else value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


def new_id() -> str:
    """A fresh opaque id of 16 characters: safe in an address, of no use to someone who counts."""
    return secrets.token_hex(8)


def id_column() -> Mapped[str]:
    """The primary key of a thing that people see in an address."""
    return mapped_column(String(16), primary_key=True, insert_default=new_id)


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
session = db.session


@contextmanager
def transaction() -> Iterator[None]:
    """One act, all or nothing: the only commit in the product. Views, jobs and commands open it; services never do.

    What the session read before is let go first, so that on SQLite the write lock is taken at BEGIN.
    """
    if session.info.get("acting"):
        raise RuntimeError("transaction() inside transaction(): one act, one commit")
    session.rollback()
    session.info["acting"] = True
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        session.info.pop("after_commit", None)
        raise
    finally:
        session.info.pop("acting", None)
    for after in session.info.pop("after_commit", []):
        after()


def let_go() -> None:
    """Forget what was read, so that the next statement sees the database anew. It cannot end an act."""
    if session_is_acting():
        raise RuntimeError("let_go() inside transaction(): an act ends with its transaction")
    session.rollback()


@contextmanager
def one_picture() -> Iterator[None]:
    """All that is read inside is of one moment, while others go on writing; outside any transaction()."""
    let_go()
    if session.get_bind().dialect.name == "postgresql":  # SQLite reads one picture from its first read on
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield
    finally:
        let_go()


def rows_touched(result: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE met: 0 where somebody was faster. The write is the check."""
    assert isinstance(result, CursorResult)
    return result.rowcount


def after_commit(call: Callable[[], None]) -> None:
    """Have `call` run once the present act is stored; forgotten when it fails."""
    session.info.setdefault("after_commit", []).append(call)


_RETRYABLE_STATES = {"40001", "40P01", "55P03"}


def is_passing(error: DBAPIError) -> bool:
    """Whether the same act may succeed when tried again: a lost race for a lock, never a broken rule."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _RETRYABLE_STATES or (state == "23505" and "uid" in str(error.orig))
    if isinstance(error, OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    return isinstance(error, IntegrityError) and "uid" in str(error.orig) and "UNIQUE" in str(error.orig)


def act(work: Callable[[], T], *, tries: int = 8) -> T:
    """The result of `work` done in one transaction, tried again (jittered) when only a race stood in its way."""
    for attempt in range(tries):
        try:
            with transaction():
                return work()
        except DBAPIError as error:
            if attempt == tries - 1 or not is_passing(error):
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    raise AssertionError("unreachable: the last try returns or raises")


# SQLite ------------------------------------------------------------------------------------------------------------

PRAGMAS = {
    "foreign_keys": 1,  # off lets a volunteer mint
    "recursive_triggers": 1,  # off lets INSERT OR REPLACE erase rows unseen
    "synchronous": 2,  # FULL: a minute that was promised survives a power cut
    "trusted_schema": 0,
    "temp_store": 2,  # in memory: what a statement may have to undo needs no file of its own
    "busy_timeout": 5000,
}


def harden(engine: Engine) -> None:
    """Make every connection of a SQLite engine fit for the ledger; PostgreSQL needs nothing here."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    # Not at "commit", which is said before COMMIT runs: the next writer would wake up to a database still locked.
    for ending in ("checkin", "invalidate"):
        event.listen(engine, ending, _release)


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for name, value in PRAGMAS.items():
        cursor.execute(f"PRAGMA {name}={value}")
        if cursor.execute(f"PRAGMA {name}").fetchone()[0] != value:
            raise RuntimeError(f"SQLite refused PRAGMA {name}={value}: not safe for the ledger")
    mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode not in ("wal", "memory"):
        raise RuntimeError(f"SQLite journal mode is {mode}, not WAL: not safe for the ledger")
    cursor.close()


def _begin(connection: Any) -> None:
    """Writers wait their turn before BEGIN IMMEDIATE; readers never wait and a page cannot write."""
    acting = has_app_context() and session_is_acting()
    connection.exec_driver_sql(f"PRAGMA query_only={int(has_request_context() and not acting)}")
    if not acting:
        connection.exec_driver_sql("BEGIN")
        return
    connection.info["turn"] = take_turn(connection.engine.url.database)
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _release(_connection: Any, record: Any, *_reason: Any) -> None:
    turn = record.info.pop("turn", None)
    if turn is not None:
        turn.give_back()


def session_is_acting() -> bool:
    """Whether the present request or job stands inside transaction()."""
    return bool(session.info.get("acting"))
