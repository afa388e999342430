"""A Merkle tree over the lines of a book, hashed as in RFC 6962: what is proved with a handful of hashes.

Standard library only: whoever checks a receipt needs this file and nothing of the site. A leaf is
`SHA-256(0x00 || salt || row_hash)`, an inner node `SHA-256(0x01 || left || right)`; the different first byte keeps a
node from being passed off as a leaf. Trees are told by the hashes of their *complete* subtrees, `node(height, index)`,
so that a source may keep them any way it likes.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()  # the root of a tree without leaves, as RFC 6962 has it
SALT_BYTES = 16
Node = Callable[[int, int], bytes]
"""The hash of the complete subtree of 2**height leaves that begins at leaf index * 2**height."""


def leaf_hash(salt: str, row_hash: str) -> bytes:
    """The leaf of one line, of its salt (32 hexadecimal digits) and its row hash (64)."""
    data = bytes.fromhex(salt), bytes.fromhex(row_hash)
    if (len(data[0]), len(data[1])) != (SALT_BYTES, 32):
        raise ValueError("a salt has 32 hexadecimal digits and a row hash 64")
    return sha256(b"\x00" + data[0] + data[1]).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The parent of two nodes."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over 2**k neighbouring nodes of one height."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


# Making proofs -------------------------------------------------------------------------------------------------------


def subroot(node: Node, begin: int, end: int) -> bytes:
    """The root over the leaves begin..end-1; `begin` stands where a subtree of that size may begin."""
    size = end - begin
    if size & (size - 1) == 0:
        height = size.bit_length() - 1
        return node(height, begin >> height)
    middle = begin + _left(size)
    return node_hash(subroot(node, begin, middle), subroot(node, middle, end))


def root(node: Node, size: int) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return subroot(node, 0, size) if size else EMPTY


def inclusion(node: Node, index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` (from 0) to the root of `size` leaves, from the bottom up."""
    assert 0 <= index < size
    path, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _left(end - begin)
        if index < middle:
            path.append(subroot(node, middle, end))
            end = middle
        else:
            path.append(subroot(node, begin, middle))
            begin = middle
    return path[::-1]


def consistency(node: Node, old: int, new: int) -> list[bytes]:
    """The hashes that show that the tree of `new` leaves begins with the tree of `old` leaves."""
    assert 0 <= old <= new
    if old in (0, new):
        return []
    path, begin, end, whole = [], 0, new, True
    while old != end:
        middle = begin + _left(end - begin)
        if old <= middle:
            path.append(subroot(node, middle, end))
            end = middle
        else:
            path.append(subroot(node, begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append(subroot(node, begin, end))
    return path[::-1]


def _left(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


# Checking proofs (RFC 9162, 2.1.3.2 and 2.1.4.2) ---------------------------------------------------------------------


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """The root that the path leads to from this leaf; None when no tree of that size has such a path."""
    if not 0 <= index < size:
        return None
    number, last, found = index, size - 1, leaf
    for step in path:
        if last == 0 or len(step) != 32:
            return None
        if number & 1 or number == last:
            found = node_hash(step, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, step)
        number, last = number >> 1, last >> 1
    return found if last == 0 else None


def grows_from(old_root: bytes, old: int, new_root: bytes, new: int, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the newer tree begins with the whole older one."""
    if not 0 <= old <= new or any(len(step) != 32 for step in path):
        return False
    if old == 0:
        return old_root == EMPTY and not path and (new > 0 or new_root == EMPTY)
    if old == new:
        return old_root == new_root and not path
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    return _joins(old_root, old, new_root, new, steps)


def _joins(old_root: bytes, old: int, new_root: bytes, new: int, steps: list[bytes]) -> bool:
    if not steps:
        return False
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            now = node_hash(now, step)
        number, last = number >> 1, last >> 1
    return (was, now, last) == (old_root, new_root, 0)
