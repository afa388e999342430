"""Orders that come at the same instant: each its own number, one page one order, one answer to one review."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.access.actor import SYSTEM
from app.db import transaction
from app.errors import DomainError
from app.ledger.models import Account
from app.ledger.service import ensure_accounts_for_unit
from app.needs.models import Need, NeedState
from app.needs.service import MovedOn, accept_order, change_need, place_need, refuse_order
from app.visits.service import cancel_need
from tests.factories import make_elder, make_need
from tests.needs.support import TOMORROW, entry
from tests.people import GRID3, Cast
from tests.visits.support import issue

AT_ONCE = 8


def all_at_once(app: Flask, works: list[Callable[[], object]]) -> list[object]:
    """What each of the works gave, run at the same instant as pages run them; its DomainError if it raised."""
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    return work()
            except DomainError as refused:
                return refused

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_every_order_has_its_own_number(app: Flask, session: Any, cast: Cast) -> None:
    elders = [make_elder().person_id for _ in range(AT_ONCE)]
    session.commit()
    numbers = all_at_once(app, [lambda e=e: place_need(SYSTEM, entry(e)).number for e in elders])
    assert sorted(numbers) == list(range(min(numbers), min(numbers) + AT_ONCE))  # type: ignore[type-var]


def test_one_page_sent_by_several_taps_is_one_order(app: Flask, session: Any, cast: Cast) -> None:
    chen, actor = cast.chen.id, cast.actor(cast.chen)
    session.commit()
    sent = entry(chen, idempotency_key="page-9", weekly=True)
    ids = all_at_once(app, [lambda: place_need(actor, sent).id for _ in range(AT_ONCE)])
    assert len(set(ids)) == 1
    assert len(session.scalars(select(Need)).all()) == 1


def test_the_last_hour_of_the_fund_is_held_once(app: Flask, session: Any, cast: Cast) -> None:
    with transaction():
        fund = ensure_accounts_for_unit(GRID3, on=TOMORROW)
        issue(cast, fund, 60)
        elders = [make_elder().person_id for _ in range(AT_ONCE)]
    states = all_at_once(app, [lambda e=e: place_need(SYSTEM, entry(e)).state for e in elders])
    assert states == [NeedState.OPEN] * AT_ONCE  # nobody is refused for lack of minutes
    account = session.get(Account, fund.id, populate_existing=True)
    assert (account.held, account.available) == (60, 0)


def test_of_two_coordinators_one_answers(app: Flask, session: Any, cast: Cast) -> None:
    need_id = make_need(elder=cast.elder, state=NeedState.REVIEW).id
    lin, approver = cast.actor(cast.lin), cast.actor(cast.approver)
    session.commit()
    answers = all_at_once(
        app,
        [
            lambda: accept_order(lin, need_id).reviewed_by,
            lambda: refuse_order(approver, need_id, "路滑。").reviewed_by,
        ],
    )
    assert sum(isinstance(answer, MovedOn) for answer in answers) == 1
    assert session.get(Need, need_id, populate_existing=True).reviewed_by in answers


def test_changed_and_cancelled_at_once_it_is_cancelled(app: Flask, session: Any, cast: Cast) -> None:
    need_id, actor = make_need(elder=cast.elder).id, cast.actor(cast.chen)
    session.commit()
    later = entry(cast.chen.id, earliest_start_min=840, latest_start_min=900)
    answers = all_at_once(
        app, [lambda: change_need(actor, need_id, later).id, lambda: cancel_need(actor, need_id).state]
    )
    assert session.get(Need, need_id, populate_existing=True).state == NeedState.CANCELLED
    assert isinstance(answers[0], MovedOn | str)
