"""What runs in the background: each task opens its own transaction and calls one service.

A task may be repeated at any time, so each looks at the rows again. Times are UTC; the timetable of a community is its
own zone's, looked up when the task runs.
"""

import time
from typing import Any

from app import clock
from app.db import session, transaction
from app.desk.lapses import accounts_due, go_round
from app.errors import DomainError
from app.jobs.registry import log, task
from app.ledger.head_files import heads_folder, kept_heads
from app.ledger.heads import due as heads_due
from app.ledger.proof_cli import publish_now
from app.ledger.seeding import months_due, seed_month
from app.ledger.service import pay_all_awaited, void_overdue
from app.ledger.verify import mark, prove
from app.matchruns import nightly
from app.matchruns import service as matchruns
from app.matchruns.answers import expire_offers
from app.matchruns.models import MatchRun, RunState
from app.needs.service import close_passed_needs, extend_series
from app.notices import delivery
from app.passbook.gifts import give_due
from app.reports import closing
from app.reports.flag_queries import communities
from app.reports.flagging import look_for_flags
from app.visits.service import confirm_silent_visits

STEP_SECONDS = 0.5  # how often a running match writes down how far it is


@task("send_notice")
def send_notice(notice_id: str) -> None:
    """Deliver one message of the outbox; the carrier is called outside every transaction."""
    with transaction():
        taken = delivery.take(notice_id)
    if not taken:
        return
    message = delivery.message_of(notice_id)
    session.rollback()  # let go of what was read: the carrier may take its time
    failure = delivery.send(message)
    with transaction():
        delivery.note(notice_id, failure)


@task("send_waiting_notices", cron="* * * * *")
def send_waiting_notices() -> None:
    """Deliver what could not be delivered before, or whose job was lost."""
    for notice_id in delivery.waiting():
        send_notice(notice_id)


@task("match")
def match(run_id: str) -> None:
    """Solve a run that somebody began and store its plan; a crash leaves the plan before it in force."""
    run = session.get(MatchRun, run_id)
    if run is None or run.state != RunState.RUNNING:
        return
    document = run.problem
    session.rollback()  # solving stands outside every transaction
    try:
        solved = matchruns.solve_document(document, tell=_writes_down(run_id))
        with transaction():
            matchruns.store_plan(run_id, solved)
    except Exception:
        log.exception("the match run %s failed", run_id)
        with transaction():
            matchruns.fail_run(run_id, "")


@task("nightly_matches", cron="*/10 * * * *")
def nightly_matches() -> None:
    """Begin tomorrow's match of every community whose hour has come; it proposes, and a person publishes."""
    for unit_code, day in nightly.due():
        with transaction():
            nightly.propose_for(unit_code, day)


@task("expire_offers", cron="* * * * *")
def close_late_offers() -> None:
    """Close offers past their deadline and ask the next best."""
    with transaction():
        expire_offers()


@task("confirm_silent_visits", cron="*/15 * * * *")
def confirm_silence() -> None:
    """Confirm visits that nobody spoke about for the set time."""
    with transaction():
        confirm_silent_visits()


@task("close_passed_needs", cron="7 * * * *")
def close_passed() -> None:
    """Close orders whose day passed without anybody."""
    with transaction():
        close_passed_needs()


@task("extend_series", cron="30 18 * * *")
def lengthen_series() -> None:
    """Make the next orders of every weekly repetition."""
    with transaction():
        extend_series()


@task("void_overdue_holds", cron="40 18 * * *")
def give_back() -> None:
    """Give minutes back that were kept for an order and never earned."""
    with transaction():
        void_overdue(at=clock.now())


@task("seed_month", cron="15 18 * * *")
def seed_the_funds() -> None:
    """Propose this month's new minutes for every community that has a fund; two people approve them."""
    for community_code, month in months_due():
        with transaction():
            seed_month(community_code, month)


@task("pay_waiting_credits", cron="50 * * * *")
def pay_waiting() -> None:
    """Store what was earned and waits, where the fund has minutes again."""
    with transaction():
        pay_all_awaited()


@task("lapses", cron="25 1 * * *")
def let_lapse() -> None:
    """Tell in good time what will lapse, and let lapse what was told; nothing where the rules let nothing lapse."""
    for account_id in accounts_due():
        with transaction():
            go_round(account_id)


@task("give_gifts", cron="*/10 * * * *")
def give_ripe_gifts() -> None:
    """Give the gifts that have waited for their time and have every word they need."""
    with transaction():
        give_due()


@task("verify_ledger", cron="20 19 * * *")
def prove_the_books() -> None:
    """Prove every book from its first line, and mark what came out: the passbooks and /healthz say it."""
    report = prove(kept_heads(heads_folder()))
    with transaction():
        mark(report)
    for finding in report.findings:
        log.error("ledger: %s", finding)


@task("publish_heads", cron="40 19 * * *")
def publish_the_heads() -> None:
    """Sign and publish the day's head of every book that has none yet."""
    for ledger_id in heads_due():
        try:
            publish_now(ledger_id)
        except DomainError as error:  # one book that cannot be signed keeps no other waiting
            log.error("head of %s: %s", ledger_id, error)


@task("close_months", cron="45 16 * * *")
def close_months() -> None:
    """Keep the end of every month that is over; ends that the lines do not bear out are dropped and told anew."""
    for book in closing.books():
        with transaction():
            wrong = closing.drop_wrong_closings(book)
        if wrong:
            log.error("ledger: kept month ends of %s differ from the lines on %s accounts", book, wrong)
        while _close_one_month(book):
            pass


def _close_one_month(book: str) -> bool:
    with transaction():
        return closing.close_next_month(book) is not None


@task("look_for_flags", cron="10 20 * * *")
def look_for_patterns() -> None:
    """Look for patterns of minutes that the safeguarding lead should see, community by community."""
    for community in communities():
        with transaction():
            look_for_flags(community.code)


def _writes_down(run_id: str) -> Any:
    last = [0.0]

    def note(step: str, *figures: Any) -> None:
        if time.monotonic() - last[0] < STEP_SECONDS:
            return
        last[0] = time.monotonic()
        with transaction():
            matchruns.note_step(run_id, step, *figures)

    return note
