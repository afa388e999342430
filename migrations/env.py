"""How a migration meets the database: on both engines in one transaction, by itself.

SQLite rebuilds a table by dropping it, which would cascade into every row that refers to it; so foreign keys are
switched off before the transaction begins, and checked before it ends.
"""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from app.db import Base, UtcDateTime, db
from app.turns import take_turn

# Tables of the engines of jobs, which make and change them by themselves.
OTHERS_TABLES = {"kv", "schedule", "task", "counter"}
OTHERS_PREFIX = "procrastinate_"


def include_object(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Only what our models describe."""
    return not (kind == "table" and name and (name in OTHERS_TABLES or name.startswith(OTHERS_PREFIX)))


def render_item(kind: str, item: Any, _autogen_context: Any) -> str | bool:
    """A migration names no class of the product that may move one day."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        render_item=render_item,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"the migration left rows that refer to nothing: {broken[:5]}")


def run() -> None:
    turn = take_turn(db.engine.url.database) if db.engine.dialect.name == "sqlite" else None
    connection = db.engine.connect()
    try:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        migrate(connection)
    finally:
        connection.invalidate()  # never used again: its foreign keys are off
        connection.close()
        if turn is not None:
            turn.give_back()


if context.is_offline_mode():
    raise SystemExit("A migration here looks at the database it changes; there is no --sql.")
run()
