"""The key that heads are signed with: private in a file of the data folder or in the environment, public in a table.

The private key is 32 bytes as 64 hexadecimal digits. It is made once, by `flask init`, readable by its owner only; it
is never in the database, a log or a page. When a key is followed by a new one, the old one signs for the new one.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app
from sqlalchemy import select

from app import clock
from app.db import session
from app.ledger.chain import plain
from app.ledger.errors import KeyIsGiven, NoSigningKey, UnknownSigningKey
from app.ledger.head import KEY_FORMAT, key_id_of
from app.ledger.models import SigningKey

FILE = "head_key"
NEXT = "head_key.next"
NOT_HANDED_ON = "0" * 128  # in the place of the old key's word when that key was lost


@dataclass(frozen=True)
class Signed:
    """A signature, and the fingerprint of the key it is of."""

    key_id: str
    signature: str


def sign(domain: str, text: str) -> Signed:
    """The site's signature over `domain`, a line end and `text`. The domain keeps one paper from passing as another."""
    private = _newest()
    signature = private.sign(f"{domain}\n{text}".encode()).hex()
    return Signed(key_id_of(public_of(private)), signature)


def ensure_key() -> SigningKey:
    """The newest key as the table knows it; made where there is none at all. NoSigningKey when its file was lost."""
    newest = newest_key()
    if newest is not None:
        _newest()
        return newest
    private = _given() or _made(_folder() / FILE)
    return _stored(public_of(private), nr=1, handed_on=None)


def renew_key(*, lost: bool = False) -> SigningKey:
    """A new key that follows the present one, which signs for it; `lost` when there is no present one any more.

    Its file waits beside the old one until the row is stored, then takes its place: a crash between leaves both.
    """
    if current_app.config["SETTINGS"].head_key:
        raise KeyIsGiven
    newest = newest_key()
    if newest is None:
        return ensure_key()
    old = None if lost else _newest()
    (_folder() / NEXT).unlink(missing_ok=True)
    public = public_of(_made(_folder() / NEXT))
    word = old.sign(f"{KEY_FORMAT}\n{newest.id}\n{public}".encode()).hex() if old else NOT_HANDED_ON
    return _stored(public, nr=newest.nr + 1, handed_on=word)


def can_sign() -> bool:
    """Whether the private half of the newest key is here; also true where no key was made yet."""
    try:
        return newest_key() is None or bool(_newest())
    except (NoSigningKey, UnknownSigningKey):
        return False


def newest_key() -> SigningKey | None:
    """The key that signs now, by its public half."""
    return session.scalar(select(SigningKey).order_by(SigningKey.nr.desc()).limit(1))


def public_keys() -> dict[str, str]:
    """Every public key of this site by its fingerprint."""
    return {row.id: row.public for row in session.execute(select(SigningKey.id, SigningKey.public))}


def key_file() -> dict[str, Any]:
    """The published key file: every key, oldest first, each with the word of the one before it."""
    rows = session.execute(select(*SigningKey.__table__.c).order_by(SigningKey.nr)).all()
    return {
        "format": KEY_FORMAT,
        "keys": [
            {"key_id": row.id, "public": row.public, "since": plain(row.since), "handed_on": row.handed_on or ""}
            for row in rows
        ],
    }  # fmt: skip


def public_of(private: Ed25519PrivateKey) -> str:
    """The public half as 64 hexadecimal digits."""
    return private.public_key().public_bytes_raw().hex()


def _stored(public: str, *, nr: int, handed_on: str | None) -> SigningKey:
    row = SigningKey(
        id=key_id_of(public), nr=nr, public=public, handed_on=handed_on, since=clock.now().replace(microsecond=0)
    )
    session.add(row)
    session.flush()
    return row


def _newest() -> Ed25519PrivateKey:
    """The private half of the newest key."""
    newest = newest_key()
    private = _given() or _read(_folder() / FILE)
    if newest is not None and (private is None or key_id_of(public_of(private)) != newest.id):
        private = _moved_up(newest) or private
    if private is None:
        raise NoSigningKey
    if newest is not None and key_id_of(public_of(private)) != newest.id:
        raise UnknownSigningKey
    return private


def _moved_up(newest: SigningKey) -> Ed25519PrivateKey | None:
    """The key that waits in its file since a renewal, taking its place now."""
    waiting = _read(_folder() / NEXT)
    if waiting is None or key_id_of(public_of(waiting)) != newest.id:
        return None
    os.replace(_folder() / NEXT, _folder() / FILE)
    return waiting


def _folder() -> Path:
    folder: Path = current_app.config["SETTINGS"].instance
    return folder


def _given() -> Ed25519PrivateKey | None:
    words = current_app.config["SETTINGS"].head_key
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(words)) if words else None


def _read(path: Path) -> Ed25519PrivateKey | None:
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))
    except (OSError, ValueError):
        return None


def _made(path: Path) -> Ed25519PrivateKey:
    """A fresh key in a file that only its owner may read; the key that is there already, where it is."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = _read(path)
        if found is None:
            raise NoSigningKey from None
        return found
    private = Ed25519PrivateKey.generate()
    with os.fdopen(handle, "w") as file:
        file.write(private.private_bytes_raw().hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return private
