"""What goes wrong is logged without the words of whom it happened to."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError


def test_an_error_of_the_database_does_not_say_what_was_written(session: Any) -> None:
    with pytest.raises(DBAPIError) as refused:
        session.execute(text("INSERT INTO no_such_table (door) VALUES (:door)"), {"door": "canary-door-7"})
    assert "canary-door-7" not in str(refused.value)
