"""The public pages of the proof and the receipts of members: what they show, to whom, and what they refuse."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, text

from app.db import session as database
from app.db import transaction
from app.ledger import heads, keys, service
from app.ledger.models import LeafSalt, Ledger
from tests.ledger.conftest import Bank, open_bank
from tests.people import cast


@pytest.fixture
def site(app: Flask, session: Any) -> Iterator[Bank]:
    """A site with two seals; the second holds one line more."""
    with transaction():
        bank = open_bank(cast(session))
        heads.publish(_book())
    with transaction():
        service.donate(uid="gift:1", giver=bank.bo, fund=bank.fund, minutes=5, by=bank.people.bo.id)
        heads.publish(_book())
    yield bank
    for name in (keys.FILE, keys.NEXT):
        (app.config["SETTINGS"].instance / name).unlink(missing_ok=True)


def _book() -> str:
    return database.scalars(select(Ledger.id)).one()


def of(client: Any, address: str, **words: Any) -> str:
    answer = client.get(address, **words)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:400]
    return str(answer.get_data(as_text=True))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_anybody_reads_the_seals(site: Bank, client: Any, language: str) -> None:
    shown = of(client, f"/public/proof?lang={language}")
    assert keys.key_file()["keys"][0]["key_id"] in shown
    assert ("每日封账" in shown) == (language == "zh")
    one = of(client, f"/public/proof/{_book()}/2?lang={language}")
    assert heads.head_of(_book(), 2).root in one
    assert ("It continues the seal before it" in one) == (language == "en")


def test_a_site_without_a_book_says_so(app: Flask, client: Any) -> None:
    assert "There is no seal yet" in of(client, "/public/proof?lang=en")


def test_the_files_are_what_the_pages_say(site: Bank, client: Any) -> None:
    first = json.loads(of(client, f"/public/proof/{_book()}/1.json"))
    latest = json.loads(of(client, f"/public/proof/{_book()}/latest.json"))
    assert first["head"] == heads.body(heads.head_of(_book(), 1))
    assert latest["since"]["nr"] == 1
    assert json.loads(of(client, "/public/proof/keys.json")) == keys.key_file()


@pytest.mark.parametrize(
    "address",
    ["/public/proof/none/1", "/public/proof/{book}/9", "/public/proof/{book}/99999999999",
     "/public/proof/none/latest.json", "/public/proof/{book}/0.json"],
)  # fmt: skip
def test_what_is_not_there_is_not_there(site: Bank, client: Any, address: str) -> None:
    assert client.get(address.format(book=_book())).status_code == 404


def test_a_long_history_has_pages(site: Bank, client: Any, clock: Any) -> None:
    for _ in range(30):
        clock.forward(days=1)
        with transaction():
            heads.publish(_book())
    assert "Next page" in of(client, "/public/proof?lang=en")
    assert f"/public/proof/{_book()}/1\"" in of(client, "/public/proof?lang=en&page=2")


# Checking ------------------------------------------------------------------------------------------------------------


def bring(client: Any, *documents: Any, text: str = "", status: int = 200) -> str:
    files = [(io.BytesIO(json.dumps(one).encode()), f"{n}.json") for n, one in enumerate(documents)]
    answer = client.post("/public/proof/check?lang=en", data={"text": text, "file": files})
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


def test_a_receipt_is_genuine_pasted_or_as_a_file(site: Bank, client: Any) -> None:
    told = heads.receipt(site.post)
    assert "This receipt is genuine" in bring(client, told)
    assert "This receipt is genuine" in bring(client, text=json.dumps(told))


def test_a_changed_receipt_proves_nothing_and_says_why(site: Bank, client: Any) -> None:
    told = heads.receipt(site.post)
    told["row"]["amount"] += 60
    shown = bring(client, told)
    assert "This proves nothing" in shown
    assert "an amount, a name, a time or another part was changed" in shown


def test_two_seals_side_by_side_in_any_order(site: Bank, client: Any, clock: Any) -> None:
    clock.forward(days=1)
    with transaction():
        heads.publish(_book())
    first, second, third = (heads.document(heads.head_of(_book(), nr)) for nr in (1, 2, 3))
    for pair in ((first, second), (second, first), (first, third)):
        assert "continues the older one" in bring(client, *pair)
    third["head"]["root"] = first["head"]["root"]
    assert "This proves nothing" in bring(client, first, third)


def test_a_seal_alone_is_genuine_or_not(site: Bank, client: Any) -> None:
    told = heads.document(heads.head_of(_book(), 1))
    assert "This seal is genuine" in bring(client, told)
    told["head"]["minute_minted"] -= 60
    assert "This proves nothing" in bring(client, told)


@pytest.mark.parametrize(
    "words",
    ["", "nonsense", "[1, 2]", '{"format": "lianxin-receipt/1", "format": "x"}', "9" * 5000, "[" * 100_000,
     "x" * 200_001],
    ids=["nothing", "nonsense", "a list", "twice the same name", "a huge number", "too deep", "too long"],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence_and_kept(site: Bank, client: Any, words: str) -> None:
    shown = bring(client, text=words, status=422)
    assert 'role="alert"' in shown
    assert words[:60] in shown.replace("&#34;", '"')


def test_a_receipt_and_a_seal_together_are_sent_back(site: Bank, client: Any) -> None:
    both = heads.receipt(site.post), heads.document(heads.head_of(_book(), 1))
    assert "one receipt alone" in bring(client, *both, status=422)


# Receipts ------------------------------------------------------------------------------------------------------------


def test_a_member_opens_and_downloads_her_receipt(site: Bank, log_in: Any) -> None:
    bo = log_in(site.people.bo)
    shown = of(bo, f"/receipts/{site.post}?lang=en")
    assert "This line is sealed" in shown
    assert "<svg" in shown
    assert json.loads(of(bo, f"/receipts/{site.post}.json")) == heads.receipt(site.post)


def test_a_relative_opens_the_elder_s_and_a_stranger_finds_nothing(site: Bank, log_in: Any) -> None:
    assert "Receipt of line" in of(log_in(site.people.mei), f"/receipts/{site.post}?lang=en")
    for stranger in (site.people.dan, site.people.xu):
        for ending in ("", ".json"):
            assert log_in(stranger).get(f"/receipts/{site.post}{ending}").status_code in (403, 404)


def test_a_line_of_today_waits_for_the_night(site: Bank, log_in: Any) -> None:
    with transaction():
        service.donate(uid="gift:2", giver=site.bo, fund=site.fund, minutes=5, by=site.people.bo.id)
    bo = log_in(site.people.bo)
    assert "ready tomorrow" in of(bo, "/receipts/gift:2?lang=en")
    assert bo.get("/receipts/gift:2.json").status_code == 409


def test_the_paper_tells_what_it_should_say_and_no_name(site: Bank, client: Any) -> None:
    salt = database.get_one(LeafSalt, site.post).salt
    shown = of(client, f"/public/proof/line/{_book()}/4/{salt}?lang=en")
    assert "This receipt is genuine" in shown
    assert site.people.bo.name not in shown
    for wrong in (f"3/{salt}", f"4/{'0' * 32}", f"99999999999999/{salt}"):
        assert "No such line" in of(client, f"/public/proof/line/{_book()}/{wrong}?lang=en")


def test_a_paper_whose_salt_was_erased_proves_nothing_any_more(site: Bank, client: Any) -> None:
    salt = database.get_one(LeafSalt, site.post).salt
    with transaction():
        database.execute(delete(LeafSalt).where(LeafSalt.uid == site.post))
    assert "No such line" in of(client, f"/public/proof/line/{_book()}/4/{salt}?lang=en")


def test_opening_and_checking_write_nothing(site: Bank, client: Any) -> None:
    tables = ("published_head", "tree_tile", "leaf_salt", "transfer")
    count = "SELECT " + " + ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    before = database.scalar(text(count))
    of(client, "/public/proof")
    bring(client, heads.receipt(site.post))
    assert database.scalar(text(count)) == before
