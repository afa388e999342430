"""The commands and the timetable of the proof: what they make, and the sentence when something is missing."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.db import session as database
from app.db import transaction
from app.jobs.registry import run
from app.ledger import keys, service
from app.ledger.guards import create_guards, drop_guards
from app.ledger.head_files import heads_folder
from app.ledger.models import Ledger, PublishedHead, SigningKey
from tests.ledger.conftest import Bank, open_bank
from tests.people import cast


def clean(app: Flask) -> None:
    folder: Path = app.config["SETTINGS"].instance
    for name in (keys.FILE, keys.NEXT):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "heads", ignore_errors=True)


@pytest.fixture
def bank(app: Flask, session: Any) -> Iterator[Bank]:
    """A stored bank on a site without a key; its data folder is emptied again."""
    clean(app)
    with transaction():
        bank = open_bank(cast(session))
    yield bank
    clean(app)


def told(app: Flask, *words: str) -> Any:
    database.rollback()
    return app.test_cli_runner().invoke(args=["ledger", *words])


def give(bank: Bank, uid: str) -> None:
    with transaction():
        service.donate(uid=uid, giver=bank.bo, fund=bank.fund, minutes=5, by=bank.people.bo.id)


def heads_stored() -> int:
    database.rollback()
    return len(database.scalars(select(PublishedHead)).all())


def test_init_makes_the_key_once(app: Flask, bank: Bank) -> None:
    for _ in range(2):
        assert app.test_cli_runner().invoke(args=["init"]).exit_code == 0
    database.rollback()
    assert len(database.scalars(select(SigningKey)).all()) == 1
    assert (app.config["SETTINGS"].instance / keys.FILE).exists()


def test_a_head_is_stored_written_and_held_against_the_book(app: Flask, bank: Bank) -> None:
    assert told(app, "head").exit_code == 0
    give(bank, "gift:1")
    answer = told(app, "head")
    assert answer.stdout.startswith("Head 2 of ")
    names = sorted(path.name for path in heads_folder().iterdir())
    book = database.scalars(select(Ledger.id)).one()
    assert names == [f"{book}-000001.json", f"{book}-000002.json", "keys.json"]
    answer = told(app, "verify", "--json")
    assert {one["invariant"] for one in json.loads(answer.stdout)["findings"]} == {"I12"}


def test_heads_taken_out_of_the_table_are_found_against_the_files(app: Flask, bank: Bank, tmp_path: Path) -> None:
    told(app, "head")
    shutil.copytree(heads_folder(), tmp_path / "elsewhere")
    with transaction():
        connection = database.connection()
        drop_guards(connection)
        connection.execute(text("DELETE FROM published_head"))
        create_guards(connection)
    assert "is not here any more" in told(app, "verify").stdout
    shutil.rmtree(heads_folder())
    assert "I13" not in told(app, "verify").stdout
    assert "is not here any more" in told(app, "verify", "--heads", str(tmp_path / "elsewhere")).stdout


def test_a_kept_file_that_cannot_be_read_is_said(app: Flask, bank: Bank) -> None:
    told(app, "head")
    next(path for path in heads_folder().iterdir() if path.name != "keys.json").write_text("{")
    assert "I13 a kept file: it can't be read" in told(app, "verify").stdout


def test_a_missing_key_is_one_sentence(app: Flask, bank: Bank, client: Any) -> None:
    told(app, "head")
    (app.config["SETTINGS"].instance / keys.FILE).unlink()
    give(bank, "gift:1")
    answer = told(app, "head")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("There is no key to sign with.")
    assert answer.stderr.count("\n") == 1
    assert client.get("/healthz").json["proof"]["status"] == "unwell"


def test_a_new_key_follows_and_a_crash_before_its_file_moved_loses_nothing(app: Flask, bank: Bank) -> None:
    told(app, "head")
    assert told(app, "new-key").exit_code == 0
    folder: Path = app.config["SETTINGS"].instance
    assert (folder / keys.NEXT).exists()  # it takes its place at the first use
    give(bank, "gift:1")
    assert told(app, "head").exit_code == 0
    assert not (folder / keys.NEXT).exists()
    assert len(json.loads((heads_folder() / "keys.json").read_text())["keys"]) == 2


def test_a_key_from_the_environment_is_not_renewed_into_a_file(app: Flask, bank: Bank) -> None:
    given = app.config["SETTINGS"]
    app.config["SETTINGS"] = given.model_copy(update={"head_key": "ab" * 32})
    try:
        assert told(app, "head").exit_code == 0
        assert not (given.instance / keys.FILE).exists()
        assert "LIANXIN_HEAD_KEY" in told(app, "new-key").stderr
    finally:
        app.config["SETTINGS"] = given


def test_the_timetable_publishes_once_a_day(app: Flask, bank: Bank, clock: Any) -> None:
    for _ in range(2):
        database.rollback()
        run(app, "publish_heads", {})
    assert heads_stored() == 1
    clock.forward(days=1)
    run(app, "publish_heads", {})
    assert heads_stored() == 2


def test_a_book_nobody_knows_is_said(app: Flask, bank: Bank) -> None:
    for command in ("head", "export"):
        answer = told(app, command, "--ledger", "none")
        assert (answer.exit_code, answer.stderr.count("\n")) == (2, 1)
