"""What every engine of jobs promises: the same tests on all of them."""

import pytest

from app.audit.models import AuditEntry
from app.db import session, transaction
from app.jobs import port
from tests.jobs.conftest import Site, eventually, write


class Halt(Exception):
    """An act stops half-way."""


def test_a_job_runs_after_the_act_that_asked_for_it_is_stored(site: Site) -> None:
    site.runs()
    with transaction():
        port.enqueue("test_write", key="one")
        session.flush()
        assert session.query(AuditEntry).filter_by(subject="job:one").count() == 0
    assert eventually(lambda: site.is_done("one"))


def test_an_act_that_fails_asks_for_nothing(site: Site) -> None:
    def stops() -> None:
        with transaction():
            port.enqueue("test_write", key="lost")
            raise Halt

    site.runs()
    with pytest.raises(Halt):
        stops()
    site.ask("test_write", key="after")
    assert eventually(lambda: site.is_done("after"))
    assert not site.is_done("lost")
    assert eventually(lambda: site.health().waiting == 0)


def test_a_job_outside_an_act_is_refused(site: Site) -> None:
    with pytest.raises(RuntimeError, match="inside transaction"):
        port.enqueue("test_write", key="nowhere")


def test_a_job_that_nobody_could_run_fails_the_act(site: Site) -> None:
    with pytest.raises(LookupError, match="no_such_task"), transaction():
        port.enqueue("no_such_task")


def test_a_job_that_fails_stays_visible_and_blocks_no_other(site: Site) -> None:
    site.runs()
    site.ask("test_fail")
    site.ask("test_write", key="next")
    assert eventually(lambda: site.is_done("next"))
    assert eventually(lambda: site.health().failed == 1 and site.health().waiting == 0)
    assert site.health().well  # it waits for a person; the jobs go on


def test_what_a_job_does_not_store_is_gone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error ends its own act only: what it had written in it is not there, and the act before it is."""
    from app.audit.service import record
    from app.jobs import registry

    def half() -> None:
        with transaction():
            record(None, "jobs.test", "job:half")
            session.flush()
            raise ValueError("half-way")

    monkeypatch.setitem(registry.TASKS, "test_half", registry.Task("test_half", half))
    site.runs()
    with transaction():
        record(None, "jobs.test", "job:before")
        port.enqueue("test_half")
    assert eventually(lambda: site.health().failed == 1)
    assert site.is_done("before")
    assert not site.is_done("half")


def test_many_jobs_are_each_done_once(site: Site) -> None:
    site.runs()
    with transaction():
        for number in range(20):
            port.enqueue("test_write", key=f"of-{number}")
    assert eventually(lambda: all(site.is_done(f"of-{number}") for number in range(20)))
    assert not any(site.is_done(f"of-{number}", times=2) for number in range(20))


def test_jobs_run_here_and_now_where_a_command_asks(site: Site) -> None:
    site.ask("test_write", key="now")
    site.ask("test_fail")
    site.engine.run_waiting()
    assert site.is_done("now")
    assert site.health().waiting + site.health().failed == 1  # the failed one is kept, for its next try or a person


def test_a_message_is_on_its_way_after_its_act(site: Site) -> None:
    """The product's own job, from the outbox to the carrier."""
    from app.notices.models import Notice
    from app.notices.service import notify
    from tests.people import cast

    bo = cast(session).bo.id
    session.commit()
    site.runs()
    with transaction():
        notify(bo, "applied")

    def sent() -> bool:
        session.rollback()
        return session.query(Notice).filter(Notice.sent_at.is_not(None)).count() == 1

    assert eventually(sent)


def test_a_job_that_stumbles_is_tried_again(queued: Site) -> None:
    queued.runs()
    queued.ask("test_stumble", key="third-try")
    assert eventually(lambda: queued.is_done("third-try"))
    assert eventually(lambda: queued.health().waiting == 0)
    assert queued.health().failed == 0


def test_jobs_wait_for_a_process_that_runs_them(queued: Site) -> None:
    queued.ask("test_write", key="patient")
    assert (queued.health().waiting, queued.health().well, queued.is_done("patient")) == (1, False, False)
    queued.runs()
    assert eventually(lambda: queued.is_done("patient"))
    assert eventually(lambda: queued.health().waiting == 0)


def test_the_site_is_not_well_while_nobody_runs_its_jobs(queued: Site) -> None:
    """/healthz turns to 503 and back."""
    with transaction():
        queued.engine.prepare()
    client = queued.app.test_client()

    def said(status: int) -> bool:
        session.remove()
        return client.get("/healthz").status_code == status

    assert said(503)
    assert client.get("/healthz").get_json()["jobs"]["status"] == "unwell"
    queued.runs()
    assert eventually(lambda: said(200))
    queued.engine.stop()
    assert eventually(lambda: said(503))


def test_a_second_act_may_ask_while_jobs_run(queued: Site) -> None:
    """Asking and running meet in one table (on SQLite: in one queue of writers) without an error."""
    queued.runs()
    for number in range(15):
        queued.ask("test_write", key=f"in-between-{number}")
        write(f"by-hand-{number}")
    assert eventually(lambda: all(queued.is_done(f"in-between-{number}") for number in range(15)))
    assert eventually(lambda: queued.health().waiting == 0)
    assert queued.health().failed == 0
