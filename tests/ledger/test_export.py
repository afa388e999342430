"""The book as plain text, added up by a program that shares no code with the site."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.config import ROOT
from app.db import session as database
from app.db import transaction
from app.ledger import heads, keys, service
from app.ledger.export import FORMAT, export
from app.ledger.guards import drop_guards
from app.ledger.models import Ledger
from tests.ledger.conftest import Bank, open_bank
from tests.people import cast
from tools.recompute import Unreadable, differences


@pytest.fixture
def book(bank: Bank) -> list[str]:
    """The lines of a book with two heads, a renewed key, a gift, and one line that no head holds yet."""
    heads.publish(_book())
    service.donate(uid="gift:1", giver=bank.bo, fund=bank.fund, minutes=10, by=None, memo="a\tword\nof two lines")
    keys.renew_key()
    heads.publish(_book())
    service.donate(uid="gift:2", giver=bank.bo, fund=bank.fund, minutes=5, by=None)
    return list(export())


@pytest.fixture(autouse=True)
def no_key_left(app: Flask) -> Iterator[None]:
    yield
    for name in (keys.FILE, keys.NEXT):
        (app.config["SETTINGS"].instance / name).unlink(missing_ok=True)


def test_the_independent_sum_agrees(book: list[str]) -> None:
    assert book[0] == f"#{FORMAT}\n"
    assert sum(line.startswith("T\t") for line in book) == 7
    assert list(differences(book)) == []


def test_every_changed_number_or_hash_is_found(book: list[str], full: bool) -> None:
    """Any one value of any record, changed to another."""
    seed = 20261125
    dice, columns = Random(seed), {line[1]: line[:-1].split("\t") for line in book if line[0] == "#" and line[1] != "l"}
    free = {("L", "opened_at"), ("K", "since")}  # said for the reader; nothing is made of them
    for _ in range(4000 if full else 300):
        lines = list(book)
        at = dice.choice([n for n, line in enumerate(lines) if line[0] != "#"])
        words = lines[at][:-1].split("\t")
        place = dice.randrange(1, len(words))
        if (words[0], columns[words[0]][place]) in free:
            continue
        was = words[place]
        words[place] = str(int(was) + dice.choice([1, 60, -1])) if was.lstrip("-").isdecimal() else _other(was, dice)
        lines[at] = "\t".join(words) + "\n"
        assert is_found(lines), f"seed {seed}: {words[0]} {columns[words[0]][place]}: {was} to {words[place]}"


def is_found(lines: list[str]) -> bool:
    """Whether the program says a difference, or refuses to read the text."""
    try:
        return bool(list(differences(lines)))
    except (Unreadable, ValueError, KeyError, TypeError):
        return True


@pytest.mark.parametrize("kind", ["A", "H", "T", "Z", "L"])
def test_a_record_that_is_missing_or_doubled_is_found(book: list[str], kind: str) -> None:
    for at in [n for n, line in enumerate(book) if line[0] == kind]:
        for lines in (book[:at] + book[at + 1 :], book[: at + 1] + book[at:]):
            assert is_found(lines)


def test_what_is_wrong_in_the_database_is_wrong_in_the_text(bank: Bank) -> None:
    drop_guards(database.connection())
    database.execute(text("UPDATE account SET posted = posted + 5 WHERE id = :dan"), {"dan": bank.dan})
    database.execute(text("UPDATE transfer SET amount = 20 WHERE uid = :post"), {"post": bank.post})
    found = list(differences(export()))
    database.rollback()
    assert any("hash does not fit" in sentence for sentence in found)
    assert any(f"Account {bank.dan}" in sentence for sentence in found)


@pytest.mark.engines("sqlite")
def test_the_program_alone_reads_the_command_s_text(app: Flask, session: Any, tmp_path: Path) -> None:
    with transaction():
        bank = open_bank(cast(session))
        heads.publish(_book())
    file = tmp_path / "book.tsv"
    told = app.test_cli_runner().invoke(args=["ledger", "export", "--out", str(file)])
    assert told.exit_code == 0, told.output
    assert _alone(file).returncode == 0, _alone(file).stdout
    file.write_text(file.read_text().replace(f"\t{bank.bo}\t", f"\t{bank.dan}\t", 1))
    assert _alone(file).returncode == 1
    file.write_text("something else\n")
    assert _alone(file).returncode == 2


def test_it_shares_no_code_with_the_site() -> None:
    words = (ROOT / "tools/recompute.py").read_text()
    assert "import app" not in words
    assert "from app" not in words


def _alone(file: Path) -> subprocess.CompletedProcess[str]:
    """The program in a bare interpreter: no site-packages, nothing of this folder."""
    command = [sys.executable, "-I", "-S", str(ROOT / "tools/recompute.py"), str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def _other(word: str, dice: Random) -> str:
    if not word:
        return "x"
    place = dice.randrange(len(word))
    sign = dice.choice([one for one in "0123456789abcdef" if one != word[place]])
    return word[:place] + sign + word[place + 1 :]


def _book() -> str:
    return str(database.query(Ledger.id).scalar())
