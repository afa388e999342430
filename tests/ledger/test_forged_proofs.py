"""Forged proofs: whatever is done to a receipt or to a head, a check that knows the key refuses it.

Pure code on a tree made here: no database, no site. Each forgery draws from a seed that is printed when it passes.
"""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.config import ROOT
from app.ledger import chain, merkle
from app.ledger.head import FIELDS, FIRST, FORMAT, KEY_FORMAT, TOTAL_FIELDS, canonical, digest, key_id_of
from app.ledger.receipt import FORMAT as RECEIPT
from app.ledger.receipt import check, check_growth, check_head
from app.ledger.tiles import Tree

SEED = 20261125
Document = dict[str, Any]


@dataclass(frozen=True)
class World:
    """A book of 300 lines with two heads, its tree, the right key and a stranger's."""

    rows: list[Document]
    salts: list[str]
    tree: Tree
    heads: list[Document]
    key: Ed25519PrivateKey
    stranger: Ed25519PrivateKey

    @property
    def keys(self) -> dict[str, str]:
        public = public_of(self.key)
        return {key_id_of(public): public}

    def receipt(self, index: int, head: int = 1) -> Document:
        told = copy.deepcopy(self.heads[head])
        path = merkle.inclusion(self.tree.node, index, told["head"]["seq"])
        return {"format": RECEIPT, "row": dict(self.rows[index]), "salt": self.salts[index],
                "path": [step.hex() for step in path], "head": told}  # fmt: skip

    def newer(self) -> Document:
        old, new = self.heads[0]["head"], self.heads[1]["head"]
        path = [step.hex() for step in merkle.consistency(self.tree.node, old["seq"], new["seq"])]
        return copy.deepcopy(self.heads[1]) | {"since": {"nr": old["nr"], "seq": old["seq"], "path": path}}


def public_of(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def signed(head: Document, key: Ed25519PrivateKey) -> Document:
    head = {**head, "key_id": key_id_of(public_of(key))}
    signature = key.sign(f"{FORMAT}\n{canonical(head)}".encode()).hex()
    return {"format": FORMAT, "head": head, "signature": signature, "public": public_of(key)}


def make_world(seed: int = SEED) -> World:
    dice = Random(seed)
    rows, salts, last = [], [], "0" * 64
    for seq in range(1, 301):
        row = {
            "ledger_id": "420500000000", "seq": seq, "uid": f"visit:{dice.getrandbits(64):016x}:post", "unit": "minute",
            "kind": "gift", "phase": "single", "debit_account_id": f"{dice.getrandbits(64):016x}",
            "debit_kind": "person", "credit_account_id": f"{dice.getrandbits(64):016x}", "credit_kind": "person",
            "amount": dice.randrange(1, 300), "hold_uid": "", "reverses_uid": "", "link_uid": "", "expires_at": "",
            "made_by_id": f"{dice.getrandbits(64):016x}", "agreed_by": "", "created_at": "2026-06-16T01:00:00Z",
            "prev_hash": last,
        }  # fmt: skip
        last = chain.row_hash(row)
        rows.append(row)
        salts.append(dice.randbytes(16).hex())
    tree = Tree(lambda level, nr: b"")
    tree.extend((merkle.leaf_hash(s, chain.row_hash(r)) for r, s in zip(rows, salts, strict=True)), 0)
    key, stranger = (Ed25519PrivateKey.from_private_bytes(dice.randbytes(32)) for _ in range(2))
    heads: list[Document] = []
    for nr, seq in ((1, 183), (2, 300)):
        day = f"2026-06-{15 + nr}"
        body = {
            "ledger_id": "420500000000", "nr": nr, "day": day, "made_at": f"{day}T19:40:00Z", "seq": seq,
            "head_hash": chain.row_hash(rows[seq - 1]), "root": tree.root(seq).hex(),
            **dict.fromkeys(TOTAL_FIELDS, 7), "prev_digest": digest(heads[0]["head"]) if heads else FIRST, "key_id": "",
        }  # fmt: skip
        heads.append(signed(body, key))
    return World(rows, salts, tree, heads, key, stranger)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


# How to forge --------------------------------------------------------------------------------------------------------


def another(value: Any, dice: Random) -> Any:
    """Another value of the same kind."""
    if isinstance(value, int):
        return value + dice.choice([-1, 1, 60, 2**40])
    if not value:
        return dice.choice(["x", "0", "system"])
    at = dice.randrange(len(value))
    return value[:at] + dice.choice([sign for sign in "0123456789abcdefZ" if sign != value[at]]) + value[at + 1 :]


def row_field(told: Document, world: World, dice: Random) -> None:
    name = dice.choice(chain.FIELDS)
    told["row"][name] = another(told["row"][name], dice)


def row_of_another_line(told: Document, world: World, dice: Random) -> None:
    told["row"] = dict(dice.choice([row for row in world.rows if row["seq"] != told["row"]["seq"]]))


def two_row_fields_swapped(told: Document, world: World, dice: Random) -> None:
    one, two = "debit_account_id", "credit_account_id"
    told["row"][one], told["row"][two] = told["row"][two], told["row"][one]


def amount_as_text(told: Document, world: World, dice: Random) -> None:
    told["row"]["amount"] = dice.choice([str(told["row"]["amount"]), float(told["row"]["amount"]), True, None, [1]])


def row_without_a_part(told: Document, world: World, dice: Random) -> None:
    del told["row"][dice.choice(chain.FIELDS)]


def something_added(told: Document, world: World, dice: Random) -> None:
    place = dice.choice([told, told["row"], told["head"], told["head"]["head"]])
    place["note"] = "600 minutes"


def salt_changed(told: Document, world: World, dice: Random) -> None:
    told["salt"] = dice.choice([another(told["salt"], dice), world.salts[0], "", told["salt"].upper() + "A", "00" * 16])


def step_changed(told: Document, world: World, dice: Random) -> None:
    at = dice.randrange(len(told["path"]))
    told["path"][at] = another(told["path"][at], dice)


def siblings_swapped(told: Document, world: World, dice: Random) -> None:
    one, two = dice.sample(range(len(told["path"])), 2)
    told["path"][one], told["path"][two] = told["path"][two], told["path"][one]


def path_cut_short(told: Document, world: World, dice: Random) -> None:
    keep = dice.randrange(len(told["path"]))
    told["path"] = dice.choice([told["path"][:keep], told["path"][len(told["path"]) - keep :]])


def path_made_longer(told: Document, world: World, dice: Random) -> None:
    at = dice.randrange(len(told["path"]) + 1)
    told["path"].insert(at, dice.choice([*told["path"], dice.randbytes(32).hex()]))


def path_upside_down(told: Document, world: World, dice: Random) -> None:
    told["path"].reverse()


def path_of_another_line(told: Document, world: World, dice: Random) -> None:
    other = dice.choice([n for n in range(183) if n != told["row"]["seq"] - 1])
    told["path"] = world.receipt(other)["path"]


def path_of_the_other_tree(told: Document, world: World, dice: Random) -> None:
    told["path"] = world.receipt((told["row"]["seq"] - 1) % 183, head=0)["path"]


def head_of_the_other_tree(told: Document, world: World, dice: Random) -> None:
    told["head"] = copy.deepcopy(world.heads[0])


def wrong_place(told: Document, world: World, dice: Random) -> None:
    told["row"]["seq"] = dice.choice([0, -1, 301, 2**63, *(n for n in range(1, 301) if n != told["row"]["seq"])])


def head_field(told: Document, world: World, dice: Random) -> None:
    name = dice.choice(FIELDS)
    told["head"]["head"][name] = another(told["head"]["head"][name], dice)


def signature_changed(told: Document, world: World, dice: Random) -> None:
    signature = told["head"]["signature"]
    told["head"]["signature"] = dice.choice(
        [another(signature, dice), "0" * 128, world.heads[0]["signature"], signature[64:] + signature[:64]]
    )


def signature_stretched(told: Document, world: World, dice: Random) -> None:
    """Ed25519's other half plus the order of its group: the same point for a careless check."""
    order = 2**252 + 27742317777372353535851937790883648493
    raw = bytes.fromhex(told["head"]["signature"])
    half = int.from_bytes(raw[32:], "little") + order * dice.randrange(1, 3)
    told["head"]["signature"] = (raw[:32] + half.to_bytes(32, "little")).hex()


def key_put_beside(told: Document, world: World, dice: Random) -> None:
    told["head"]["public"] = public_of(world.stranger)


def signed_by_a_stranger(told: Document, world: World, dice: Random) -> None:
    """A whole receipt of the forger's own book, made with all care, signed by the forger's own key."""
    told["row"]["amount"] += 600
    lie(told, world.salts, world.rows)
    told["head"] = signed(told["head"]["head"], world.stranger)


def stranger_under_the_right_name(told: Document, world: World, dice: Random) -> None:
    """The same, but the head names the right key and brings it along: only the signature is the forger's."""
    told["row"]["amount"] += 600
    lie(told, world.salts, world.rows)
    forged = signed(told["head"]["head"], world.stranger)
    right = told["head"]
    body = {**forged["head"], "key_id": right["head"]["key_id"]}
    told["head"] = {**right, "head": body, "signature": forged["signature"]}


def inner_node_as_leaf(told: Document, world: World, dice: Random) -> None:
    """Second preimage: an inner node's two hashes in the place of salt and row hash, with the path from there up."""
    pair = (told["row"]["seq"] - 1) // 2
    left, right = world.tree.leaf(pair * 2), world.tree.leaf(pair * 2 + 1)
    told["salt"] = (left + right).hex()
    told["row"]["seq"] = pair + 1
    told["path"] = told["path"][1:]


def leaf_domain_forgotten(told: Document, world: World, dice: Random) -> None:
    """A tree whose leaves are hashed like inner nodes: the root is the forger's, the signature the site's."""
    leaf = merkle.node_hash(bytes.fromhex(told["salt"]), bytes.fromhex(chain.row_hash(told["row"])))
    path = [bytes.fromhex(step) for step in told["path"]]
    root = merkle.root_of_inclusion(leaf, told["row"]["seq"] - 1, told["head"]["head"]["seq"], path)
    assert root is not None
    told["head"]["head"]["root"] = root.hex()


def another_paper_signed(told: Document, world: World, dice: Random) -> None:
    """The site's own signature over the same words as another kind of paper."""
    words = f"{KEY_FORMAT}\n{canonical(told['head']['head'])}".encode()
    told["head"]["signature"] = world.key.sign(words).hex()


def format_changed(told: Document, world: World, dice: Random) -> None:
    place = dice.choice([told, told["head"]])
    place["format"] = dice.choice(["lianxin-receipt/2", "", None, FORMAT if place is told else RECEIPT, "x"])


def shape_broken(told: Document, world: World, dice: Random) -> None:
    name = dice.choice(["row", "path", "head", "salt"])
    told[name] = dice.choice([None, [], {}, "", 7, [told[name]]])


def lie(told: Document, salts: list[str], rows: list[Document]) -> None:
    """Make the tree of the forger's book around the forged line, so that path and root fit it."""
    at = told["row"]["seq"] - 1
    leaves = [merkle.leaf_hash(s, chain.row_hash(r)) for r, s in zip(rows, salts, strict=True)]
    leaves[at] = merkle.leaf_hash(told["salt"], chain.row_hash(told["row"]))
    tree = Tree(lambda level, nr: b"")
    tree.extend(leaves, 0)
    size = told["head"]["head"]["seq"]
    told["path"] = [step.hex() for step in merkle.inclusion(tree.node, at, size)]
    told["head"]["head"]["root"] = tree.root(size).hex()
    if at + 1 == size:
        told["head"]["head"]["head_hash"] = chain.row_hash(told["row"])


FORGERIES: list[Callable[[Document, World, Random], None]] = [
    row_field, row_field, row_field, row_of_another_line, two_row_fields_swapped, amount_as_text, row_without_a_part,
    something_added, salt_changed, step_changed, step_changed, siblings_swapped, path_cut_short, path_made_longer,
    path_upside_down, path_of_another_line, path_of_the_other_tree, head_of_the_other_tree, wrong_place, head_field,
    head_field, signature_changed, signature_stretched, key_put_beside, signed_by_a_stranger,
    stranger_under_the_right_name, inner_node_as_leaf, leaf_domain_forgotten, another_paper_signed, format_changed,
    shape_broken,
]  # fmt: skip


def test_a_thousand_forged_receipts_are_refused(world: World, full: bool) -> None:
    dice, refused, untouched = Random(SEED), 0, 0
    wanted = 20_000 if full else 1_000
    while refused < wanted:
        forge = FORGERIES[refused % len(FORGERIES)]
        right = world.receipt(dice.randrange(300))
        told = copy.deepcopy(right)
        forge(told, world, dice)
        if told == right:
            untouched += 1
            assert untouched < wanted // 10, "too many forgeries changed nothing"
            continue
        verdict = check(json.loads(json.dumps(told)), world.keys)
        assert not verdict.holds, f"seed {SEED}, number {refused}, {forge.__name__}: {told}"
        refused += 1


def test_every_right_receipt_is_proved(world: World) -> None:
    for index in range(300):
        assert check(world.receipt(index), world.keys).holds
        if index < 183:
            assert check(world.receipt(index, head=0), world.keys).holds


def test_each_forgery_alone_is_refused_for_a_reason(world: World) -> None:
    """So that no single kind hides among the others; and the reasons are not all the same one."""
    dice, reasons = Random(SEED), set()
    for forge in FORGERIES * 8:
        told = world.receipt(57)
        forge(told, world, dice)
        reasons.add(check(told, world.keys).why)
    assert reasons == {"malformed", "outside", "not_in_tree", "unknown_key", "signature", "other_book"}


# Heads side by side --------------------------------------------------------------------------------------------------


def test_forged_growth_is_refused(world: World, full: bool) -> None:
    dice = Random(SEED)
    older, newer = world.heads[0], world.newer()
    assert check_growth(older, newer, keys=world.keys).holds
    for number in range(5_000 if full else 250):
        old, new = copy.deepcopy(older), copy.deepcopy(newer)
        forge = number % 6
        if forge == 0:
            name = dice.choice(FIELDS)
            new["head"][name] = another(new["head"][name], dice)
        elif forge == 1:
            name = dice.choice(FIELDS)
            old["head"][name] = another(old["head"][name], dice)
        elif forge == 2:
            at = dice.randrange(len(new["since"]["path"]))
            new["since"]["path"][at] = another(new["since"]["path"][at], dice)
        elif forge == 3:
            steps = new["since"]["path"]
            new["since"]["path"] = dice.choice([steps[:-1], steps[1:], steps[::-1], [*steps, steps[0]], []])
        elif forge == 4:
            old, new = new, old
        else:
            new = signed({**new["head"], "root": dice.randbytes(32).hex()}, world.stranger) | {"since": new["since"]}
        assert not check_growth(old, new, keys=world.keys).holds, f"seed {SEED}, number {number}"


def test_a_book_that_was_rewritten_and_signed_with_the_right_key_does_not_continue(world: World) -> None:
    """Even the site itself, with its key, cannot show that a changed past continues what it published."""
    rows = [dict(row) for row in world.rows]
    rows[20]["amount"] += 1
    for at in range(21, 300):
        rows[at]["prev_hash"] = chain.row_hash(rows[at - 1])
    tree = Tree(lambda level, nr: b"")
    tree.extend((merkle.leaf_hash(s, chain.row_hash(r)) for r, s in zip(rows, world.salts, strict=True)), 0)
    body = {**world.heads[1]["head"], "root": tree.root(300).hex(), "head_hash": chain.row_hash(rows[-1])}
    path = [step.hex() for step in merkle.consistency(tree.node, 183, 300)]
    lied = signed(body, world.key) | {"since": {"nr": 1, "seq": 183, "path": path}}
    assert check_head(lied, world.keys).holds
    assert check_growth(world.heads[0], lied, keys=world.keys).why == "not_grown"


# The program ---------------------------------------------------------------------------------------------------------


def program(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The check as an outsider runs it: no site and no database may be loaded."""
    script = (
        "import sys; from app.ledger.proof import main; code = main(sys.argv[1:]);"
        "bad = sorted({'flask', 'sqlalchemy', 'app.db', 'app.wiring'} & set(sys.modules));"
        "print('LOADED', bad) if bad else None; sys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, check=False,
        timeout=60, env={"PATH": "/usr/bin:/bin", "LIANXIN_INSTANCE": "/nowhere", **environment},
    )  # fmt: skip


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    keys = {"format": KEY_FORMAT, "keys": [{"key_id": next(iter(world.keys)), "public": public_of(world.key),
                                            "since": "", "handed_on": ""}]}  # fmt: skip
    forged = world.receipt(57)
    forged["row"]["amount"] += 1
    files = {"receipt": world.receipt(57), "forged": forged, "old": world.heads[0], "new": world.newer(), "keys": keys}
    for name, document in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    (tmp_path / "heads").mkdir()
    (tmp_path / "heads/keys.json").write_text(json.dumps(keys))
    (tmp_path / "broken.json").write_text("{")
    return tmp_path


def test_the_program_tells_right_from_forged_without_the_site(world: World, folder: Path) -> None:
    with_file = ("--key", folder / "keys.json")
    told = program("check", folder / "receipt.json", *with_file)
    assert (told.returncode, told.stdout.startswith("PROVED. Line 58")) == (0, True), told
    assert "LOADED" not in told.stdout
    assert program("check", folder / "receipt.json", "--key", public_of(world.key)).returncode == 0
    assert program("check", folder / "receipt.json", "--key", public_of(world.stranger)).returncode == 1
    told = program("check", folder / "forged.json", *with_file)
    assert (told.returncode, told.stdout.startswith("REFUSED.")) == (1, True), told
    assert program("consistent", folder / "old.json", folder / "new.json", *with_file).returncode == 0
    assert program("consistent", folder / "new.json", folder / "old.json", *with_file).returncode == 1


def test_the_program_takes_the_keys_of_the_data_folder_and_says_when_it_has_none(folder: Path) -> None:
    assert program("check", folder / "receipt.json", LIANXIN_INSTANCE=str(folder)).returncode == 0
    told = program("check", folder / "receipt.json")
    assert (told.returncode, told.stdout.startswith("NOT PROVED YET.")) == (3, True), told


@pytest.mark.parametrize("name", ["broken.json", "missing.json"])
def test_what_the_program_cannot_read_is_one_sentence(folder: Path, name: str) -> None:
    told = program("check", folder / name, "--key", folder / "keys.json")
    assert (told.returncode, told.stderr.count("\n")) == (2, 1), told
