"""/healthz tells whoever watches the site what is not well."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import clock
from app.db import db
from app.ledger.guards import drop_guard
from app.ledger.models import CheckMark
from tests.support.databases import make_app

Client = Any


def asked(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/healthz")
    return answer.status_code, answer.get_json()


def test_a_fresh_site_is_well(client: Client, engine: str) -> None:
    status, said = asked(client)
    assert (status, said["status"]) == (200, "ok")
    assert set(said) == {"status", "version", "database", "migrations", "ledger", "proof", "jobs"}
    assert said["database"] == {"status": "ok", "engine": engine}
    assert said["migrations"]["at"] == said["migrations"]["wanted"]


def test_a_database_behind_its_program_is_not_well(client: Client, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    status, said = asked(client)
    assert (status, said["status"], said["migrations"]["status"]) == (503, "unwell", "unwell")


def test_a_missing_guard_of_the_ledger_is_named(client: Client, session: Session) -> None:
    drop_guard(session.connection(), "transfer_no_update")
    status, said = asked(client)
    assert (status, said["ledger"]["missing_guards"]) == (503, ["transfer_no_update"])


@pytest.mark.parametrize(("clean", "status"), [(True, 200), (False, 503)])
def test_the_last_verification_counts(client: Client, session: Session, clean: bool, status: int) -> None:
    session.add(CheckMark(at=clock.now() - timedelta(hours=1), clean=not clean, transfers=0, findings=int(clean)))
    session.add(CheckMark(at=clock.now(), clean=clean, transfers=0, findings=int(not clean)))
    assert asked(client)[0] == status


@pytest.mark.engines("sqlite")
def test_a_site_whose_database_was_never_made_is_not_well(engine: str, tmp_path: Path) -> None:
    site = make_app(f"sqlite:///{tmp_path / 'none.db'}", tmp_path)
    status, said = asked(site.test_client())
    assert (status, said["database"]["status"], said["migrations"]["status"]) == (503, "ok", "unwell")
    assert said["ledger"]["status"] == "unwell"


def test_a_database_that_cannot_be_reached_is_said_without_its_address(tmp_path: Path) -> None:
    site = make_app(f"sqlite:///{tmp_path / 'no folder' / 'secret-name.db'}", tmp_path)
    with site.app_context():
        db.engine.dispose()
    answer = site.test_client().get("/healthz")
    assert (answer.status_code, answer.get_json()["database"]["status"]) == (503, "unwell")
    assert "secret-name" not in answer.text


@pytest.mark.engines("sqlite")
def test_jobs_that_no_process_runs_are_not_well(database: Any, tmp_path: Path) -> None:
    site = make_app(database.url, tmp_path, jobs="huey")
    status, said = asked(site.test_client())
    assert (status, said["jobs"]["engine"], said["jobs"]["status"]) == (503, "huey", "unwell")


def test_it_asks_for_no_permission_and_opens_no_session(app: Flask, client: Client) -> None:
    answer = client.get("/healthz")
    assert "Set-Cookie" not in answer.headers
