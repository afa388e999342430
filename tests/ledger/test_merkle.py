"""The tree by itself: against RFC 6962's own words, written out naively, at every size up to a hundred."""

from hashlib import sha256
from random import Random

import pytest

from app.ledger import merkle
from app.ledger.tiles import HASH, WIDTH, Tree


def leaves(count: int, seed: int = 1) -> list[bytes]:
    return [Random(seed * 1_000_003 + n).randbytes(32) for n in range(count)]


def naive_root(nodes: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, over leaf hashes."""
    if not nodes:
        return sha256(b"").digest()
    if len(nodes) == 1:
        return nodes[0]
    k = max(1 << n for n in range(20) if 1 << n < len(nodes))
    return sha256(b"\x01" + naive_root(nodes[:k]) + naive_root(nodes[k:])).digest()


def naive_path(at: int, nodes: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(nodes) == 1:
        return []
    k = max(1 << n for n in range(20) if 1 << n < len(nodes))
    if at < k:
        return [*naive_path(at, nodes[:k]), naive_root(nodes[k:])]
    return [*naive_path(at - k, nodes[k:]), naive_root(nodes[:k])]


def naive_proof(old: int, nodes: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if old == len(nodes):
        return [] if whole else [naive_root(nodes)]
    k = max(1 << n for n in range(20) if 1 << n < len(nodes))
    if old <= k:
        return [*naive_proof(old, nodes[:k], whole), naive_root(nodes[k:])]
    return [*naive_proof(old - k, nodes[k:], False), naive_root(nodes[:k])]


def tree_of(nodes: list[bytes]) -> Tree:
    tree = Tree(lambda level, nr: b"")
    tree.extend(nodes, 0)
    return tree


@pytest.mark.parametrize("size", [*range(1, 40), 63, 64, 65, 100])
def test_roots_and_paths_are_those_of_the_rfc_at_every_place(size: int) -> None:
    nodes = leaves(size)
    tree = tree_of(nodes)
    assert tree.root(size) == naive_root(nodes)
    for at in range(size):
        path = merkle.inclusion(tree.node, at, size)
        assert path == naive_path(at, nodes)
        assert merkle.root_of_inclusion(nodes[at], at, size, path) == tree.root(size)


@pytest.mark.parametrize("size", [*range(1, 40), 64, 65, 100])
def test_every_older_tree_is_shown_to_be_the_beginning_of_the_newer(size: int) -> None:
    nodes = leaves(size)
    tree = tree_of(nodes)
    for old in range(1, size + 1):
        path = merkle.consistency(tree.node, old, size)
        assert path == naive_proof(old, nodes)
        assert merkle.grows_from(tree.root(old), old, tree.root(size), size, path)
        if old < size:
            assert not merkle.grows_from(tree.root(size), old, tree.root(size), size, path)
            assert not merkle.grows_from(tree.root(old), old, tree.root(old), size, path)


def test_an_empty_tree_is_the_beginning_of_every_tree() -> None:
    tree = tree_of(leaves(5))
    assert merkle.root(tree.node, 0) == sha256(b"").digest()
    assert merkle.grows_from(merkle.EMPTY, 0, tree.root(5), 5, [])
    assert not merkle.grows_from(tree.root(1), 0, tree.root(5), 5, [])


def test_a_wrong_place_or_path_leads_to_another_root() -> None:
    nodes, size = leaves(37), 37
    tree = tree_of(nodes)
    path = merkle.inclusion(tree.node, 11, size)
    wrong = [(12, size, path), (11, 16, path), (11, size, path[:-1]), (11, size, [*path, path[0]]),
             (11, size, [path[1], path[0], *path[2:]]), (11, 11, path), (-1, size, path)]  # fmt: skip
    for at, of, steps in wrong:
        assert merkle.root_of_inclusion(nodes[11], at, of, steps) != tree.root(size)


def test_an_inner_node_is_no_leaf() -> None:
    """The two hashes of a node, taken as the data of a leaf, hash to something else."""
    left, right = leaves(2)
    assert sha256(b"\x00" + left + right).digest() != merkle.node_hash(left, right)
    with pytest.raises(ValueError, match="a salt has 32"):
        merkle.leaf_hash(left.hex(), right.hex())


def test_tiles_grow_only_at_their_end_and_are_read_back() -> None:
    size, kept = 3 * WIDTH + 17, {}
    nodes = leaves(size)
    for begin, end in ((0, 10), (10, WIDTH), (WIDTH, 2 * WIDTH + 5), (2 * WIDTH + 5, size)):
        tree = Tree(lambda level, nr: kept.get((level, nr), b""))
        tree.extend(nodes[begin:end], begin)
        for level, nr, hashes in tree.grown():
            assert hashes.startswith(kept.get((level, nr), b""))
            kept[level, nr] = hashes
    assert {key: len(value) // HASH for key, value in kept.items()} == {
        (0, 0): WIDTH, (0, 1): WIDTH, (0, 2): WIDTH, (0, 3): 17, (1, 0): 3,
    }  # fmt: skip
    again = Tree(lambda level, nr: kept.get((level, nr), b""))
    assert again.root(size) == naive_root(nodes)
    with pytest.raises(LookupError, match="is not the next"):
        again.append(nodes[0], size + 1)
    with pytest.raises(LookupError, match="is not kept"):
        again.leaf(size)
