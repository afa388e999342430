"""`./run bench ledger` measures every act, notices a broken book, and leaves nothing behind."""

from pathlib import Path

import pytest

from tools.bench import ledger
from tools.bench.ledger import Figures

ACTS = {"a hold", "a post", "a donation", "a passbook's page", "a line's receipt", "a receipt checked"}


def test_every_act_is_measured_and_the_book_adds_up(engine: str) -> None:
    with ledger.place(engine) as (url, folder):
        found = ledger.measured(engine, url, folder, rounds=2, acts=3)
    assert found.broken == []
    assert found.waits.keys() == ACTS
    assert {len(waits) for waits in found.waits.values()} == {6}
    assert len(found.bare) == 3
    assert not folder.exists()


def test_shares_and_waits_are_told_against_the_bare_insert() -> None:
    figures = Figures("sqlite", "SQLite 3", {"a hold": [0.01, 0.01, 0.01, 0.05]}, bare=[100.0, 200.0, 300.0])
    rows = ledger.table([figures])
    assert rows[2] == "| SQLite 3 | a bare insert | 200 | 1 | | | |"
    assert rows[3] == "| SQLite 3 | a hold | 50 | 0.250 | 10.0 ms (2.0) | 10.0 ms (2.0) | 50.0 ms (10.0) |"


def test_a_book_that_does_not_add_up_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crooked(engine: str, _url: str, _folder: Path, _rounds: int, _acts: int) -> Figures:
        return Figures(engine, "SQLite 3", {"a hold": [0.01]}, bare=[100.0], broken=["I3 line 4: it was changed"])

    monkeypatch.setattr(ledger, "measured", crooked)
    assert ledger.main(["--engines", "sqlite"]) == 1
    assert "sqlite: I3 line 4: it was changed" in capsys.readouterr().err


def test_an_unknown_engine_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        ledger.main(["--engines", "oracle"])
    assert stopped.value.code == 2
    assert "there is no 'oracle'" in capsys.readouterr().err
