"""Services are called as from an edge: inside an act."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.db import transaction
from tests.people import Cast, cast


@pytest.fixture
def people(session: Any) -> Iterator[Cast]:
    """The cast, with an act open as a page or a job would have it."""
    with transaction():
        yield cast(session)


@pytest.fixture
def lin(people: Cast, log_in: Any) -> Any:
    """The coordinator at her desk."""
    return log_in(people.lin)
