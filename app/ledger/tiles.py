"""Keeping a tree in pieces: a tile holds 256 neighbouring hashes, so a proof over a million lines reads a few of them.

Level 0 holds leaves; each entry of level n + 1 is the root over one full tile of level n. A tile only ever grows at its
end. Standard library only; where tiles are kept is the caller's matter.
"""

from collections.abc import Callable, Iterable, Iterator

from app.ledger.merkle import fold, root

BITS = 8
WIDTH = 1 << BITS  # 8 KB a tile: three reads and 3 x 255 hashes for a proof over 16 million lines
HASH = 32
Load = Callable[[int, int], bytes]
"""The bytes of tile `nr` of a level; b"" where nothing is kept yet."""


class Tree:
    """The tree behind a store of tiles; `changed` are the tiles that grew and wait to be kept."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._tiles: dict[tuple[int, int], bytearray] = {}
        self.changed: set[tuple[int, int]] = set()

    def tile(self, level: int, nr: int) -> bytes:
        """The hashes of one tile, one after the other."""
        return bytes(self._tile(level, nr))

    def append(self, leaf: bytes, index: int) -> None:
        """Add leaf `index`; it must be the next one."""
        self._push(0, leaf, index)

    def extend(self, leaves: Iterable[bytes], begin: int) -> None:
        """Add leaves from index `begin` on."""
        for index, leaf in enumerate(leaves, begin):
            self.append(leaf, index)

    def leaf(self, index: int) -> bytes:
        """Leaf `index`; LookupError where it is not kept."""
        return self._entry(0, index)

    def node(self, height: int, index: int) -> bytes:
        """The complete subtree of this height and index; LookupError where its leaves are not kept."""
        level, rest = divmod(height, BITS)
        begin = index << rest
        return fold([self._entry(level, at) for at in range(begin, begin + (1 << rest))])

    def root(self, size: int) -> bytes:
        """The root over the first `size` leaves."""
        return root(self.node, size)

    def grown(self) -> Iterator[tuple[int, int, bytes]]:
        """(level, nr, hashes) of every tile that grew since it was loaded."""
        for level, nr in sorted(self.changed):
            yield level, nr, self.tile(level, nr)

    def _tile(self, level: int, nr: int) -> bytearray:
        key = level, nr
        if key not in self._tiles:
            self._tiles[key] = bytearray(self._load(level, nr))
        return self._tiles[key]

    def _entry(self, level: int, index: int) -> bytes:
        nr, place = divmod(index, WIDTH)
        found = bytes(self._tile(level, nr)[place * HASH : (place + 1) * HASH])
        if len(found) != HASH:
            raise LookupError(f"hash {index} of level {level} is not kept")
        return found

    def _push(self, level: int, value: bytes, index: int) -> None:
        nr, place = divmod(index, WIDTH)
        tile = self._tile(level, nr)
        if len(tile) != place * HASH:
            raise LookupError(f"{index} is not the next hash of level {level}")
        tile += value
        self.changed.add((level, nr))
        if place == WIDTH - 1:
            self._push(level + 1, fold([bytes(tile[at : at + HASH]) for at in range(0, len(tile), HASH)]), nr)
