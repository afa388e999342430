"""32 clients at once ordering, accepting, checking in and out and confirming, each button pressed several times:
afterwards every minute and every visit is there exactly once.

Quick by default (some 300 requests); `--full` takes 3,000.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import perf_counter
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.ledger.models import Phase, Transfer
from app.needs.models import Need, NeedPlace
from app.visits.models import Assignment, AssignmentState, Visit, VisitState
from tests.conftest import Tell
from tests.load.town import Tap, taps
from tests.people import Cast
from tests.support.ledger import differences

CLIENTS = 32
TIMES = 3  # each button is pressed so often, by an impatient finger or a bad line
LONGEST_WAIT_S = 60


def _press(tap: Tap) -> tuple[str, int, float]:
    begun = perf_counter()
    answer = tap.client.post(tap.path, data=tap.form)
    return tap.kind, answer.status_code, perf_counter() - begun


def _all_at_once(pressed: list[Tap]) -> list[tuple[str, int, float]]:
    """(kind, status, seconds) of each press; the clients begin together and each goes on as it is answered."""
    start = Barrier(CLIENTS)

    def one_client(number: int) -> list[tuple[str, int, float]]:
        start.wait()
        return [_press(tap) for tap in pressed[number::CLIENTS]]

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [answer for answers in pool.map(one_client, range(CLIENTS)) for answer in answers]


def _count(session: Any, what: Any, *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(what).where(*where)) or 0


def _phases(session: Any) -> Counter[str]:
    return Counter(str(phase) for phase in session.scalars(select(Transfer.phase)))


def test_32_clients_lose_and_double_nothing(
    app: Flask, session: Any, cast: Cast, full: bool, tell: Tell
) -> None:
    each = 160 if full else 16
    buttons = list(taps(app, cast, each))
    session.commit()
    needs, phases = _count(session, Need), _phases(session)
    session.rollback()
    pressed = buttons * TIMES
    random.Random(32).shuffle(pressed)
    answers = _all_at_once(pressed)

    statuses = {kind: Counter(status for done, status, _ in answers if done == kind) for kind, _, _ in answers}
    assert {status for _, status, _ in answers} <= {200, 303}, statuses
    for kind in ("order", "check in", "check out", "confirm"):
        assert statuses[kind] == {303: each * TIMES}, statuses  # a repeat is answered like the first
    session.expire_all()
    _every_order_is_there_once(session, each, needs)
    _every_offer_has_one_winner(session, each)
    _every_visit_moved_one_step(session, each)
    _every_minute_moved_once(session, each, phases)
    assert differences(session) == []
    proof = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert proof.exit_code == 0, proof.output
    waits = sorted(seconds for _, _, seconds in answers)
    tell(
        f"{len(answers)} requests of {CLIENTS} clients: worst wait {waits[-1]:.2f} s, half within"
        f" {waits[len(waits) // 2]:.2f} s, {app.config['SETTINGS'].url.split(':')[0]}"
    )
    assert waits[-1] < LONGEST_WAIT_S


def _every_order_is_there_once(session: Any, each: int, before: int) -> None:
    assert _count(session, Need) == before + each
    numbers = session.scalars(select(Need.number)).all()
    assert len(numbers) == len(set(numbers))


def _every_offer_has_one_winner(session: Any, each: int) -> None:
    offered = select(Assignment.need_id).group_by(Assignment.need_id).having(func.count() == 2)
    won = Assignment.need_id.in_(offered), Assignment.state == AssignmentState.ACCEPTED
    assert _count(session, Assignment, *won) == each
    places = session.execute(select(Visit.need_id, Visit.place)).all()
    assert len(places) == len(set(places)) == 4 * each


def _every_visit_moved_one_step(session: Any, each: int) -> None:
    states = Counter(session.scalars(select(Visit.state)))
    assert states == {
        VisitState.PLANNED: each, VisitState.IN_PROGRESS: each,
        VisitState.CHECKED_OUT: each, VisitState.CONFIRMED: each,
    }  # fmt: skip


def _every_minute_moved_once(session: Any, each: int, before: Counter[str]) -> None:
    """One more hold for each order whose elder has minutes, one post for each confirmed visit, and nothing else."""
    moved = _phases(session)
    moved.subtract(before)
    assert {phase: number for phase, number in moved.items() if number} == {
        Phase.HOLD: each // 2,
        Phase.POST: each,
    }
    holds = session.scalars(select(NeedPlace.hold_uid).where(NeedPlace.hold_uid.is_not(None))).all()
    assert len(holds) == len(set(holds)) == 4 * each + each // 2
    confirmed = select(func.sum(Visit.credit_min)).where(Visit.state == VisitState.CONFIRMED)
    posted = select(func.sum(Transfer.amount)).where(Transfer.phase == Phase.POST)
    assert session.scalar(confirmed) == session.scalar(posted) == 60 * each
