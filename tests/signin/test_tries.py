"""Counters of tries live in the database: shared, lasting, and counted before a try is judged."""

import pytest
from flask import Flask

from app.db import transaction
from app.signin import tries
from tests.conftest import Clock


def tried(subject: str, **words: int | None) -> bool:
    with transaction():
        return tries.may_try(subject, **words)  # type: ignore[arg-type]


def test_tries_are_limited_in_a_window_and_free_again_after_it(app: Flask, clock: Clock) -> None:
    assert [tried("pin:1", limit=3) for _try in range(4)] == [True, True, True, False]
    assert tries.tries_left("pin:1", limit=3) == 0
    assert tries.tries_left("pin:2", limit=3) == 3
    clock.forward(hours=1)
    assert tries.tries_left("pin:1", limit=3) == 3
    assert tried("pin:1", limit=3)


def test_a_right_one_forgets_the_wrong_ones(app: Flask) -> None:
    for _try in range(3):
        tried("pin:1", limit=3)
    with transaction():
        tries.succeeded("pin:1")
    assert tries.tries_left("pin:1", limit=3) == 3


@pytest.mark.parametrize(("in_a_row", "still"), [(tries.IN_A_ROW, False), (None, True)])
def test_a_hundred_in_a_row_end_it_however_slowly(app: Flask, clock: Clock, in_a_row: int | None, still: bool) -> None:
    for _hour in range(10):
        assert all(tried("code:1", in_a_row=in_a_row) for _try in range(10))
        assert not tried("code:1", in_a_row=in_a_row)
        clock.forward(hours=1)
    assert tried("code:1", in_a_row=in_a_row) is still


def test_a_counter_survives_a_restart(app: Flask) -> None:
    from app.db import db

    tried("pin:1", limit=1)
    db.session.remove()
    db.engine.dispose()
    assert not tried("pin:1", limit=1)
