"""Counting the statements that a page sends to the database: a list must not send more when it is longer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.db import db


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent while this is open."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def count_of(page: Callable[[], Any]) -> int:
    """How many statements the page sends; it is opened once before, so that nothing is first-time work."""
    page()
    with statements() as sent:
        page()
    return len(sent)
