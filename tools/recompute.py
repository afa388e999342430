"""Adds up an exported book of the time bank alone: every balance, the chain, the heads and their totals.

    ./run flask ledger export --out book.tsv
    python tools/recompute.py book.tsv          # or - for standard input

Written from docs/proof.md only: it shares no code with the site and needs Python's standard library alone (the check of
signatures too). One sentence for each difference. Exit 0: all agrees. 1: something differs. 2: the text can't be read.
"""

import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

MOST = 200
ZEROS = "0" * 64
ROW = [
    "ledger_id", "seq", "uid", "unit", "kind", "phase", "debit_account_id", "debit_kind", "credit_account_id",
    "credit_kind", "amount", "hold_uid", "reverses_uid", "link_uid", "expires_at", "made_by_id", "agreed_by",
    "created_at", "prev_hash",
]  # fmt: skip
IDENTITY = ["ledger_id", "unit", "kind", "owner_id", "label", "floor_min", "cap_min"]
WORDS = ["minted", "held", "donated", "redeemed", "expired"]
TOTALS = [f"{unit}_{word}" for unit in ("minute", "point") for word in WORDS]
HEAD = ["ledger_id", "nr", "day", "made_at", "seq", "head_hash", "root", *TOTALS, "prev_digest", "key_id"]
NUMBERS = {"seq", "amount", "floor_min", "cap_min", "posted", "held", "last_seq", "head_seq", "nr", *TOTALS}
NUMBERS |= {"ledgers", "accounts", "heads", "transfers"}
Record = dict[str, Any]


class Unreadable(Exception):
    """The text is not an export."""


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def array(record: Record, names: Iterable[str]) -> str:
    """A canonical JSON array of these fields."""
    return json.dumps([record[name] for name in names], ensure_ascii=False, separators=(",", ":"))


# Reading -------------------------------------------------------------------------------------------------------------


def unescaped(word: str) -> str:
    if "\\" not in word:
        return word
    signs = iter(word)
    return "".join({"t": "\t", "n": "\n", "r": "\r"}.get(n := next(signs), n) if s == "\\" else s for s in signs)


def records(lines: Iterable[str]) -> Iterator[tuple[str, Record]]:
    """(kind, record) of every line."""
    columns: dict[str, list[str]] = {}
    for number, line in enumerate(lines, 1):
        kind, *words = line.rstrip("\n").split("\t")
        if number == 1:
            if kind != "#lianxin-ledger-export/1":
                raise Unreadable("this is not an export of the form lianxin-ledger-export/1")
        elif kind.startswith("#"):
            columns[kind[1:]] = words
        elif len(words) != len(columns.get(kind, ())):
            raise Unreadable(f"line {number} does not have the columns of its kind")
        else:
            yield kind, {name: value(name, word) for name, word in zip(columns[kind], words, strict=True)}


def value(name: str, word: str) -> Any:
    if name in NUMBERS and word:
        return int(word)
    return unescaped(word)


# One book ------------------------------------------------------------------------------------------------------------


class Book:
    """One ledger, folded as its lines come."""

    def __init__(self, told: Record, keys: dict[str, str]) -> None:
        self.told = told
        self.keys = keys
        self.accounts: dict[str, Record] = {}
        self.heads: list[Record] = []
        self.posted: dict[str, int] = defaultdict(int)
        self.held: dict[str, int] = defaultdict(int)
        self.last: dict[str, int] = {}
        self.holds: dict[str, int] = {}
        self.donations: set[str] = set()
        self.totals: dict[str, int] = defaultdict(int)
        self.seq, self.hash = 0, ZEROS
        self.peaks: list[tuple[int, bytes]] = []
        self.met = 0

    def account(self, told: Record) -> Iterator[str]:
        self.accounts[told["id"]] = told
        made = sha(f"lianxin-ledger/1/account\n{array(told, IDENTITY)}".encode()).hex()[:16]
        if made != told["id"] or told["ledger_id"] != self.told["id"]:
            yield f"Account {told['id']}: its id does not fit its owner and limits, or its book."

    def line(self, row: Record) -> Iterator[str]:
        if not self.seq:
            yield from self.meet()
        where = f"Line {row['seq']} ({row['uid']})"
        if (row["seq"], row["prev_hash"], row["ledger_id"]) != (self.seq + 1, self.hash, self.told["id"]):
            yield f"{where}: it does not follow line {self.seq} of this book."
        if sha(f"lianxin-ledger/1\n{array(row, ROW)}".encode()).hex() != row["row_hash"]:
            yield f"{where}: its hash does not fit its content."
        self.seq, self.hash = row["seq"], row["row_hash"]
        yield from self.move(row, where)
        if row["leaf"]:
            self.grow(bytes.fromhex(row["leaf"]))
        yield from self.meet()

    def move(self, row: Record, where: str) -> Iterator[str]:
        debit, credit, amount, phase = row["debit_account_id"], row["credit_account_id"], row["amount"], row["phase"]
        moves = phase in ("single", "post")
        if not isinstance(amount, int) or amount <= 0:
            yield f"{where}: its amount is not above 0."
            return
        if phase == "hold":
            self.holds[row["uid"]] = amount
            self.hold(debit, row["unit"], amount)
        elif phase in ("post", "void"):
            kept = self.holds.pop(row["hold_uid"], None)
            if kept is None or amount > kept:
                yield f"{where}: it answers no open hold, or takes more than was held."
            self.hold(debit, row["unit"], -(kept or 0))
        if moves:
            self.posted[debit] -= amount
            self.posted[credit] += amount
            self.total(row)
        for side in (debit, credit) if moves else (debit,):
            self.last[side] = row["seq"]
            yield from self.limits(side, where)

    def hold(self, account: str, unit: str, amount: int) -> None:
        self.held[account] += amount
        self.totals[f"{unit}_held"] += amount

    def limits(self, side: str, where: str) -> Iterator[str]:
        account = self.accounts.get(side)
        if account is None:
            yield f"{where}: the account {side} is not of this book."
        elif self.posted[side] - self.held[side] < account["floor_min"]:
            yield f"{where}: the account {side} fell below its floor."
        elif account["cap_min"] != "" and self.posted[side] > account["cap_min"]:
            yield f"{where}: the account {side} rose above its cap."

    def total(self, row: Record) -> None:
        unit, amount = row["unit"], row["amount"]
        for kind, sign in ((row["credit_kind"], 1), (row["debit_kind"], -1)):
            word = {"issuance": "minted", "shop": "redeemed", "expiry": "expired"}.get(kind)
            if word:
                self.totals[f"{unit}_{word}"] += -sign * amount if word == "minted" else sign * amount
        if row["kind"] == "donate":
            self.donations.add(row["uid"])
            self.totals[f"{unit}_donated"] += amount
        elif row["reverses_uid"] in self.donations:
            self.totals[f"{unit}_donated"] -= amount

    def grow(self, leaf: bytes) -> None:
        height = 0
        while self.peaks and self.peaks[-1][0] == height:
            leaf, height = sha(b"\x01" + self.peaks.pop()[1] + leaf), height + 1
        self.peaks.append((height, leaf))

    def root(self) -> str:
        found = b""
        for _height, peak in reversed(self.peaks):
            found = sha(b"\x01" + peak + found) if found else peak
        return (found or sha(b"")).hex()

    def meet(self) -> Iterator[str]:
        """Every head that was made at this line."""
        while self.met < len(self.heads) and self.heads[self.met]["seq"] <= self.seq:
            head, before = self.heads[self.met], self.heads[self.met - 1]["digest"] if self.met else ZEROS
            self.met += 1
            name = f"Head {head['nr']} of {head['day']}"
            if head["seq"] != self.seq or (self.seq and head["head_hash"] != self.hash):
                yield f"{name}: line {head['seq']} is not the line that was published."
            if head["root"] != self.root():
                yield f"{name}: the lines have another root."
            for total in TOTALS:
                if head[total] != self.totals[total]:
                    yield f"{name}: {total} is {head[total]}, the lines say {self.totals[total]}."
            yield from self.seal(head, before, name)

    def seal(self, head: Record, before: str, name: str) -> Iterator[str]:
        signed = f"lianxin-head/1\n{array(head, HEAD)}".encode()
        if sha(signed).hex() != head["digest"] or (head["nr"], head["prev_digest"]) != (self.met, before):
            yield f"{name}: it does not follow the head before it, or its digest does not fit."
        if not signature_holds(self.keys.get(head["key_id"], ""), signed, head["signature"]):
            yield f"{name}: its signature does not fit."

    def close(self) -> Iterator[str]:
        if not self.seq:
            yield from self.meet()
        if (self.told["head_seq"], self.told["head_hash"]) != (self.seq, self.hash):
            yield f"Book {self.told['id']}: it names line {self.told['head_seq']} as its last, which is {self.seq}."
        for head in self.heads[self.met :]:
            yield f"Head {head['nr']} of {head['day']}: the book ends before line {head['seq']}."
        sums: dict[str, int] = defaultdict(int)
        for key, account in self.accounts.items():
            sums[account["unit"]] += account["posted"]
            folds = (self.posted[key], self.held[key], self.last.get(key, 0))
            if folds != (account["posted"], account["held"], account["last_seq"]):
                says = (account["posted"], account["held"], account["last_seq"])
                yield f"Account {key}: it says (posted, held, last line) {says}, its lines say {folds}."
        for unit, amount in sums.items():
            if amount:
                yield f"Book {self.told['id']}: its accounts sum to {amount} {unit}s and not to 0."


# The whole text ------------------------------------------------------------------------------------------------------


def differences(lines: Iterable[str]) -> Iterator[str]:
    """A sentence for each thing that does not agree."""
    keys: dict[str, str] = {}
    seen: dict[str, int] = defaultdict(int)
    book: Book | None = None
    end: Record | None = None
    for kind, told in records(lines):
        seen[kind] += 1
        if end is not None:
            raise Unreadable("something stands behind its end")
        if kind == "K":
            yield from key_of(told, keys)
        elif kind == "L":
            yield from book.close() if book else ()
            book = Book(told, keys)
        elif kind == "Z":
            end = told
        elif book is None:
            raise Unreadable("a record stands before the book it belongs to")
        elif kind == "H":
            book.heads.append(told)
        else:
            yield from book.account(told) if kind == "A" else book.line(told)
    yield from book.close() if book else ()
    counted = {"ledgers": seen["L"], "accounts": seen["A"], "heads": seen["H"], "transfers": seen["T"]}
    if end != counted:
        yield f"The text is cut short or was added to: it has {counted} and ends with {end}."


def key_of(told: Record, keys: dict[str, str]) -> Iterator[str]:
    before = list(keys.items())[-1:]
    keys[told["id"]] = told["public"]
    if told["nr"] != len(keys) or bool(before) != bool(told["handed_on"]):
        yield f"Key {told['id']}: keys are missing before it."
    if sha(bytes.fromhex(told["public"])).hex()[:32] != told["id"]:
        yield f"Key {told['id']}: its fingerprint does not fit."
    for key_id, public in before:
        word = f"lianxin-key/1\n{key_id}\n{told['public']}".encode()
        if told["handed_on"] != ZEROS + ZEROS and not signature_holds(public, word, told["handed_on"]):
            yield f"Key {told['id']}: the key before it did not sign for it."


# Ed25519 (RFC 8032, section 6), slow and plain -----------------------------------------------------------------------

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    u, v = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = v - u, d - c, d + c, v + u
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(count: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while count:
        if count & 1:
            found = add(found, point)
        point, count = add(point, point), count >> 1
    return found


def point_of(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def signature_holds(public: str, signed: bytes, signature: str) -> bool:
    try:
        key, given = bytes.fromhex(public), bytes.fromhex(signature)
    except ValueError:
        return False
    if len(key) != 32 or len(given) != 64:
        return False
    a, r, s = point_of(key), point_of(given[:32]), int.from_bytes(given[32:], "little")
    base = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    if a is None or r is None or base is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(given[:32] + key + signed).digest(), "little") % Q
    left, right = times(s, base), add(r, times(h, a))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


def main(arguments: list[str]) -> int:
    """Read the file that is named and say what differs."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    count = 0
    try:
        with sys.stdin if arguments[0] == "-" else open(arguments[0], encoding="utf-8", newline="\n") as text:
            for count, sentence in enumerate(differences(text), 1):
                print(sentence)
                if count == MOST:
                    break
    except (OSError, ValueError, KeyError, StopIteration, RuntimeError, TypeError, Unreadable) as error:
        print(f"{arguments[0]} can't be read: {error}.", file=sys.stderr)
        return 2
    print("All of it agrees." if not count else f"{count} differences.", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
