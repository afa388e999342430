"""`flask init` and `flask import ...`: exit codes, words, and what is stored."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import db
from app.menu.models import MenuItem, Skill
from app.needs.models import Need
from app.org.models import OrgUnit
from app.people.models import Elder, Volunteer
from app.rulepacks.models import Setting
from app.rulepacks.service import neutral_pack
from tests.imports.files import CODE, ELDER, NEED, ORG, VOLUNTEER, table
from tests.support.databases import make_app

SETTINGS = len(neutral_pack()["settings"])


@pytest.fixture
def flask(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=[str(word) for word in words])


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    rows = {"org": ORG, "elders": ELDER, "volunteers": VOLUNTEER, "needs": NEED}
    made = {}
    for kind, row in rows.items():
        made[kind] = tmp_path / f"{kind}.csv"
        made[kind].write_bytes(table(row, encoding="gb18030"))
    return made


def count(session: Any, model: Any) -> int:
    session.rollback()
    return int(session.scalar(select(func.count()).select_from(model)))


def test_init_makes_an_empty_working_site_and_may_be_repeated(flask: Any, session: Any) -> None:
    for _ in range(2):
        done = flask("init")
        assert done.exit_code == 0, done.output
        assert [count(session, model) for model in (MenuItem, Skill, Setting, Elder)] == [30, 39, SETTINGS, 0]


def test_a_whole_community_comes_from_four_files(flask: Any, session: Any, files: dict[str, Path]) -> None:
    flask("init")
    assert flask("import", "org", files["org"]).exit_code == 0
    for _ in range(2):
        for kind in ("elders", "volunteers", "needs"):
            done = flask("import", kind, files[kind], "--unit", CODE)
            assert done.exit_code == 0, done.output
        assert [count(session, model) for model in (Elder, Volunteer, Need)] == [1, 1, 1]
    assert "as before 1" in done.stdout


def test_a_dry_run_stores_nothing(flask: Any, session: Any, files: dict[str, Path]) -> None:
    flask("init")
    assert flask("import", "org", files["org"], "--dry-run").exit_code == 0
    assert count(session, OrgUnit) == 0
    flask("import", "org", files["org"])
    done = flask("import", "elders", files["elders"], "--unit", CODE, "--dry-run")
    assert done.exit_code == 0
    assert "row 2  E1  竺阿菊  added" in done.stdout
    assert "dry run" in done.stdout
    assert count(session, Elder) == 0


def test_a_broken_file_is_left_with_2_and_every_row_is_named(flask: Any, session: Any, files: dict[str, Path]) -> None:
    flask("init")
    flask("import", "org", files["org"])
    rows = [ELDER, ELDER | {"code": "E2", "sex": "x"}, ELDER | {"code": "E3", "consent_date": ""}]
    files["elders"].write_bytes(table(*rows))
    for extra in ([], ["--dry-run"]):
        done = flask("import", "elders", files["elders"], "--unit", CODE, *extra)
        assert done.exit_code == 2
        assert "row 3, E2, sex:" in done.stderr
        assert "row 4, E3, consent_date:" in done.stderr
        assert count(session, Elder) == 0


def test_an_unknown_unit_is_left_with_2_and_a_sentence(flask: Any, files: dict[str, Path]) -> None:
    flask("init")
    done = flask("import", "elders", files["elders"], "--unit", "123")
    assert done.exit_code == 2
    assert "no unit with the code 123" in done.stderr


def test_a_file_that_is_not_there_is_left_with_2(flask: Any, tmp_path: Path) -> None:
    assert flask("import", "org", tmp_path / "nothing.csv").exit_code == 2


def test_the_console_speaks_chinese_where_it_is_set_so(
    flask: Any, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    flask("init")
    flask("import", "org", files["org"])
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    done = flask("import", "elders", files["elders"], "--unit", "123")
    assert done.exit_code == 2


def test_a_database_without_tables_is_a_sentence_and_no_trace(tmp_path: Path, files: dict[str, Path]) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path)
    done = app.test_cli_runner().invoke(args=["import", "org", str(files["org"])])
    assert done.exit_code == 1
    assert "flask init" in done.stderr
    assert "Traceback" not in done.output
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
