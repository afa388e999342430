"""A signed certificate is checked without the site: what was signed is proved, what was changed is refused."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.db import session as database
from app.db import transaction
from app.ledger import keys
from app.ledger.head import key_id_of
from app.ledger.proof import REFUSED
from app.records import proof
from app.records.models import CertificatePaper
from app.records.signed import FIELDS, LINE_FIELDS, check
from tests.house.source import ROOT
from tests.people import Cast
from tests.records.support import certified, granted, name_issuer, paid, revoked, served


@pytest.fixture(autouse=True)
def key(app: Flask, session: Any) -> Iterator[None]:
    """A key of this test's own."""
    folder: Path = app.config["SETTINGS"].instance
    for name in (keys.FILE, keys.NEXT):
        (folder / name).unlink(missing_ok=True)
    with transaction():
        keys.ensure_key()
    yield
    for name in (keys.FILE, keys.NEXT):
        (folder / name).unlink(missing_ok=True)


@pytest.fixture
def one(stored: Cast) -> str:
    """A certificate of Bo with two services and honour hours: its id."""
    with transaction():
        name_issuer(stored)
        paid(stored, served(stored, minutes=42, credit_min=40), 40)
        served(stored, ago=9, minutes=61)
        granted(stored, minutes=120)
        return certified(stored).id


@pytest.fixture
def document(stored: Cast, one: str, log_in: Any) -> dict[str, Any]:
    """Its signed file, as Bo downloads it."""
    answer = log_in(stored.bo).get(f"/v/record/certificates/{one}.json")
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.get_data(as_text=True))
    return found


def test_the_file_of_a_certificate_proves_it(document: dict[str, Any]) -> None:
    verdict = check(document, keys.public_keys())
    assert verdict.holds
    said = verdict.certificate
    assert (said["name"], said["minutes"], said["honour_min"], len(said["lines"])) == ("李博", 103, 120, 3)
    assert said["key_id"] == key_id_of(document["public"])


def altered(value: Any) -> Any:
    """The same with one letter or digit changed, its shape kept."""
    if isinstance(value, int):
        return value + 1
    return f"{'1' if value[:1] != '1' else '2'}{value[1:]}"


@pytest.mark.parametrize("field", FIELDS)
def test_a_changed_field_is_refused(document: dict[str, Any], field: str) -> None:
    document["certificate"][field] = altered(document["certificate"][field])
    assert not check(document, keys.public_keys()).holds


def test_each_letter_and_digit_counts(document: dict[str, Any]) -> None:
    """Every place of every signed text, and of the signature."""
    public, tried = keys.public_keys(), 0
    for field in (*FIELDS, "signature"):
        home = document if field == "signature" else document["certificate"]
        whole = home[field]
        for place in range(len(str(whole)) if isinstance(whole, str) else 0):
            home[field] = whole[:place] + ("1" if whole[place] != "1" else "2") + whole[place + 1 :]
            assert not check(document, public).holds, (field, place)
            tried += 1
        home[field] = whole
    assert tried > 400
    assert check(document, public).holds


@pytest.mark.parametrize("field", LINE_FIELDS)
def test_a_changed_line_is_refused(document: dict[str, Any], field: str) -> None:
    for place in range(len(document["certificate"]["lines"])):
        wrong = copy.deepcopy(document)
        line = wrong["certificate"]["lines"][place]
        line[field] = altered(line[field])
        assert not check(wrong, keys.public_keys()).holds


def test_lines_left_out_added_or_turned_round_are_refused(document: dict[str, Any]) -> None:
    lines = document["certificate"]["lines"]
    for wrong in (lines[1:], lines[::-1], [*lines, lines[0]], []):
        changed = copy.deepcopy(document)
        changed["certificate"]["lines"] = wrong
        assert not check(changed, keys.public_keys()).holds


def test_another_key_is_refused(document: dict[str, Any], tmp_path: Path, capsys: Any) -> None:
    with transaction():
        newer = keys.renew_key()
    assert check(document, {newer.id: newer.public}).why == "unknown_key"
    assert check(document, keys.public_keys()).holds
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert proof.main(["check", str(file), "--key", newer.public]) == REFUSED
    assert "not one of the keys" in capsys.readouterr().out


def test_who_signs_it_anew_with_a_key_of_his_own_is_refused(document: dict[str, Any]) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from app.records.signed import FORMAT, canonical

    forger, said = Ed25519PrivateKey.generate(), document["certificate"]
    public = forger.public_key().public_bytes_raw().hex()
    for key_id, beside in ((key_id_of(public), public), (said["key_id"], document["public"])):
        said["minutes"], said["key_id"], document["public"] = 9_999, key_id, beside
        document["signature"] = forger.sign(f"{FORMAT}\n{canonical(said)}".encode()).hex()
        assert not check(document, keys.public_keys()).holds


def test_the_command_needs_no_site_and_says_what_it_cannot_know(document: dict[str, Any], tmp_path: Path) -> None:
    """In a process that knows no database: proved, refused, not to be read, and no key to compare with."""
    file, known = tmp_path / "certificate.json", tmp_path / "keys.json"
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    known.write_text(json.dumps(keys.key_file()), encoding="utf-8")

    def run(*words: str) -> tuple[int, str]:
        env = {"PATH": os.environ["PATH"], "LIANXIN_INSTANCE": str(tmp_path / "none"), "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "app.records.proof", *words]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    code, words = run("check", str(file), "--key", str(known))
    assert (code, words.split(".")[0]) == (0, "PROVED")
    assert "Whether it was revoked since, no file can know: open http" in words
    assert document["certificate"]["check_at"] in words
    code, words = run("check", str(file))
    assert (code, words.split(".")[0]) == (3, "NOT PROVED YET")
    document["certificate"]["name"] = "李勃"
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    code, words = run("check", str(file), "--key", str(known))
    assert (code, words.split(".")[0]) == (1, "REFUSED")
    file.write_text("{", encoding="utf-8")
    assert run("check", str(file), "--key", str(known))[0] == 2


def test_it_imports_no_database_and_no_site() -> None:
    code = "import sys, app.records.proof; print([m for m in sys.modules if m.startswith(('flask', 'sqlalchemy'))])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("nonsense", [None, [], {}, {"format": "lianxin-signed-certificate/1"}, "text", 7])
def test_nonsense_is_refused(nonsense: Any) -> None:
    assert check(nonsense, {}).why == "malformed"


def test_what_does_not_hold_is_not_signed(stored: Cast, one: str, document: dict[str, Any], log_in: Any) -> None:
    from app.records.models import Certificate

    with transaction():
        revoked(stored, database.get_one(Certificate, one))
    for person, where in ((stored.bo, "/v"), (stored.lin, "/c/records")):
        address = f"{where}/record/certificates/{one}" if where == "/v" else f"{where}/certificates/{one}"
        client = log_in(person)
        answer = client.get(f"{address}.json?lang=en")
        assert answer.status_code == 409
        assert "Only a certificate that holds is signed." in answer.get_data(as_text=True)
        assert "The signed file" not in client.get(f"{address}?lang=en").get_data(as_text=True)
    assert check(document, keys.public_keys()).holds  # what was signed before still fits: no file knows what came after


def test_an_erased_or_altered_certificate_is_not_signed(stored: Cast, one: str, log_in: Any) -> None:
    with transaction():
        database.get_one(CertificatePaper, one).name = "李勃"
    assert log_in(stored.bo).get(f"/v/record/certificates/{one}.json").status_code == 409
    with transaction():
        database.delete(database.get_one(CertificatePaper, one))
    assert log_in(stored.bo).get(f"/v/record/certificates/{one}.json").status_code == 404


def test_without_a_key_the_paper_is_there_unsigned(stored: Cast, one: str, app: Flask, log_in: Any) -> None:
    bo = log_in(stored.bo)
    assert "The signed file" in bo.get(f"/v/record/certificates/{one}?lang=en").get_data(as_text=True)
    (app.config["SETTINGS"].instance / keys.FILE).unlink()
    paper = bo.get(f"/v/record/certificates/{one}?lang=en")
    assert paper.status_code == 200
    assert "This certifies that" in paper.get_data(as_text=True)
    assert "The signed file" not in paper.get_data(as_text=True)
    answer = bo.get(f"/v/record/certificates/{one}.json?lang=en")
    assert answer.status_code == 409
    assert "The printed certificate is good without it." in answer.get_data(as_text=True)


def test_the_file_is_its_owners_and_the_desks(stored: Cast, one: str, log_in: Any) -> None:
    assert log_in(stored.dan).get(f"/v/record/certificates/{one}.json").status_code == 404
    assert log_in(stored.xu).get(f"/c/records/certificates/{one}.json").status_code == 404
    assert log_in(stored.lin).get(f"/c/records/certificates/{one}.json").status_code == 200


def test_the_paper_names_key_and_signature(stored: Cast, one: str, document: dict[str, Any], log_in: Any) -> None:
    for lang in ("zh", "en"):
        paper = log_in(stored.bo).get(f"/v/record/certificates/{one}?lang={lang}").get_data(as_text=True)
        assert document["certificate"]["key_id"] in paper
        assert document["signature"] in paper  # the clock stands still in tests: the same moment, the same signature
