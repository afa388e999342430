"""The migrations make exactly what the models say, and take it away again, on both engines."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, inspect

from app.config import ROOT
from app.db import Base, db
from app.ledger.guards import missing_guards
from tests.support.databases import Database, make_app

FOLDER = str(ROOT / "migrations")


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Flask:
    """The product on a migrated database that this test may take apart."""
    return make_app(database.url, tmp_path)


def differences() -> list[object]:
    """What the database has otherwise than the models say; names of CHECKs too, which Alembic does not compare."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[object] = list(compare_metadata(context, Base.metadata))
        inspector = inspect(connection)
        for table in Base.metadata.sorted_tables:
            wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
            stored = {str(check["name"]) for check in inspector.get_check_constraints(table.name)}
            found += [f"{table.name}: CHECK {name}" for name in wanted ^ stored]
        found += [f"guard {name}" for name in missing_guards(connection)]
    return found


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_the_migrated_database_is_what_the_models_say(site: Flask) -> None:
    with site.app_context():
        assert differences() == []
        db.engine.dispose()


def test_every_migration_runs_down_to_nothing_and_up_again(site: Flask) -> None:
    with site.app_context():
        downgrade(directory=FOLDER, revision="base")
        assert tables() == set()
        upgrade(directory=FOLDER)
        assert differences() == []
        db.engine.dispose()


def test_each_migration_alone_runs_up_down_and_up(site: Flask) -> None:
    revisions = [script.revision for script in ScriptDirectory(FOLDER).walk_revisions()]
    with site.app_context():
        for revision in revisions:
            downgrade(directory=FOLDER, revision=f"{revision}-1" if revision != revisions[-1] else "base")
        for revision in reversed(revisions):
            upgrade(directory=FOLDER, revision=revision)
            downgrade(directory=FOLDER, revision="-1")
            upgrade(directory=FOLDER, revision=revision)
        assert differences() == []
        db.engine.dispose()


@pytest.mark.engines("sqlite")
def test_the_connections_of_the_site_keep_their_foreign_keys_on_after_a_migration(site: Flask) -> None:
    with site.app_context():
        upgrade(directory=FOLDER)
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        db.engine.dispose()


def test_the_history_has_one_head() -> None:
    assert len(ScriptDirectory(FOLDER).get_heads()) == 1
