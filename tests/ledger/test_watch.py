"""Without its guards the site only reads: compared at the start and by /healthz, and a repair needs no restart."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from app.db import db, transaction
from app.jobs import registry
from app.ledger.errors import GuardsMissing
from app.ledger.guards import create_guard, drop_guard
from app.ledger.watch import watch_of
from tests.ledger.conftest import Bank, open_bank
from tests.people import Cast
from tests.support.databases import make_app

GUARD = "transfer_agreed"


@pytest.fixture
def desk(cast: Cast) -> Bank:
    with transaction():
        return open_bank(cast)


def without_guard(app: Any) -> None:
    with db.engine.begin() as connection:
        drop_guard(connection, GUARD)
    watch_of(app).look()


def repair() -> None:
    with db.engine.begin() as connection:
        create_guard(connection, GUARD)


def freeze(desk: Bank, log_in: Callable[..., Any]) -> Any:
    return log_in(desk.people.lin).post(
        f"/c/ledger/accounts/{desk.bo}/standing?lang=en", data={"state": "frozen", "reason": "A complaint."}
    )


def test_pages_are_read_and_nothing_is_changed(app: Any, desk: Bank, log_in: Callable[..., Any]) -> None:
    without_guard(app)
    lin = log_in(desk.people.lin)
    assert lin.get("/c/ledger").status_code == 200
    answer = freeze(desk, log_in)
    assert answer.status_code == 503
    assert "nothing can be changed now" in answer.get_data(as_text=True)
    with pytest.raises(GuardsMissing):
        registry.run(app, "pay_waiting_credits", {})


def test_a_repair_needs_no_restart(app: Any, desk: Bank, log_in: Callable[..., Any]) -> None:
    without_guard(app)
    assert freeze(desk, log_in).status_code == 503
    repair()
    assert freeze(desk, log_in).status_code == 303
    registry.run(app, "pay_waiting_credits", {})


def test_the_watch_of_the_site_sees_what_is_gone_while_it_runs(
    app: Any, desk: Bank, client: Any, log_in: Callable[..., Any]
) -> None:
    with db.engine.begin() as connection:
        drop_guard(connection, GUARD)
    assert freeze(desk, log_in).status_code == 303  # nobody has looked yet
    assert client.get("/healthz").status_code == 503
    assert freeze(desk, log_in).status_code == 503


def test_a_request_never_holds_two_connections_while_the_guards_are_compared(
    app: Any, desk: Bank, log_in: Callable[..., Any]
) -> None:
    """Else many at once each hold one, wait for a second, and nobody ever goes on."""
    lin, held, pool = log_in(desk.people.lin), [0], db.engine.pool
    assert isinstance(pool, QueuePool)
    watch_of(app).missing = [GUARD]  # it has been repaired since

    def note(*_told: Any) -> None:
        held.append(pool.checkedout())

    event.listen(pool, "checkout", note)
    answer = lin.post(
        f"/c/ledger/accounts/{desk.bo}/standing?lang=en", data={"state": "frozen", "reason": "A complaint."}
    )
    event.remove(pool, "checkout", note)
    assert answer.status_code == 303
    assert max(held) == 1


def test_a_guard_that_is_missing_at_the_start_is_seen(app: Any, desk: Bank, tmp_path: Path) -> None:
    with db.engine.begin() as connection:
        drop_guard(connection, GUARD)
    url = db.engine.url.render_as_string(hide_password=False)
    again = make_app(url, tmp_path)
    assert watch_of(again).missing == [GUARD]
    with again.app_context():
        db.engine.dispose()


def test_a_site_that_was_just_made_shares_no_connection_with_processes_forked_off(app: Any, tmp_path: Path) -> None:
    again = make_app(db.engine.url.render_as_string(hide_password=False), tmp_path)
    with again.app_context():
        pool = db.engine.pool
        assert isinstance(pool, QueuePool)
        assert pool.checkedin() + pool.checkedout() == 0
