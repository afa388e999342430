"""The bank of the ledger's tests, for the desk's acts upon it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app import clock
from app.db import transaction
from tests.factories import ZONE, make_rule
from tests.ledger.conftest import Bank, open_bank
from tests.people import COMMUNITY, Cast


@pytest.fixture
def desk(cast: Cast) -> Bank:
    """The bank, stored."""
    with transaction():
        return open_bank(cast)


@pytest.fixture
def rule(cast: Cast) -> Callable[..., None]:
    """Have other rules hold in the community since a while ago."""

    def make(**values: Any) -> None:
        since: date = clock.today(ZONE) - timedelta(days=40)
        with transaction():
            make_rule(COMMUNITY, values, since)

    return make
