"""Merkle trees: the published vectors of Certificate Transparency, and what must hold of every tree."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.science import merkle

#: The leaves and roots of the test data of Certificate Transparency (RFC 6962; RFC 9162 hashes the same way).
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (1, 1): [],
}
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
PUBLISHED = merkle.kept(HASHES)

contents = st.lists(st.binary(max_size=4), min_size=1, max_size=70, unique=True)


def by_definition(leaves: list[bytes]) -> bytes:
    """The root as RFC 9162, 2.1.1 defines it."""
    if len(leaves) <= 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest() if leaves else hashlib.sha256(b"").digest()
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:middle]) + by_definition(leaves[middle:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert merkle.head(PUBLISHED, size).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int) -> None:
    assert [step.hex() for step in merkle.inclusion_proof(PUBLISHED, index, size)] == INCLUSION[index, size]


@pytest.mark.parametrize(("earlier", "later"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(earlier: int, later: int) -> None:
    assert [s.hex() for s in merkle.consistency_proof(PUBLISHED, earlier, later)] == CONSISTENCY[earlier, later]


@given(contents)
def test_a_log_that_grows_leaf_by_leaf_has_the_head_of_the_definition(leaves: list[bytes]) -> None:
    nodes: dict[tuple[int, int], bytes] = {}
    for index, content in enumerate(leaves):
        for level, made in enumerate(merkle.completed(lambda *at: nodes[at], index, merkle.leaf_hash(content))):
            nodes[level, index >> level] = made
        assert merkle.head(lambda *at: nodes[at], index + 1) == by_definition(leaves[: index + 1])


@given(contents, st.data())
def test_a_leaf_is_proved_at_its_place_and_nowhere_else(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    root = by_definition(leaves[:size])
    path = merkle.inclusion_proof(merkle.kept(hashes), index, size)

    assert merkle.is_included(hashes[index], index, size, path, root)
    assert not merkle.is_included(merkle.leaf_hash(leaves[index] + b"!"), index, size, path, root)
    assert not merkle.is_included(hashes[index], index, size, [*path, root], root)
    assert not merkle.is_included(hashes[index], index, size, path, merkle.leaf_hash(root))
    for other in range(-1, size + 1):
        assert other == index or not merkle.is_included(hashes[index], other, size, path, root)
    if path:
        assert not merkle.is_included(hashes[index], index, size, path[:-1], root)


@given(contents, st.data())
def test_a_log_that_only_grew_is_told_from_a_rewritten_one(leaves: list[bytes], data: st.DataObject) -> None:
    later = data.draw(st.integers(1, len(leaves)))
    earlier = data.draw(st.integers(0, later))
    nodes = merkle.kept([merkle.leaf_hash(leaf) for leaf in leaves])
    roots = by_definition(leaves[:earlier]), by_definition(leaves[:later])
    path = merkle.consistency_proof(nodes, earlier, later)

    assert merkle.is_consistent(earlier, later, *roots, path)
    assert not merkle.is_consistent(earlier, later, *roots, [*path, roots[1]])
    if earlier:
        changed = data.draw(st.integers(0, earlier - 1))
        forged = [leaf + b"!" if i == changed else leaf for i, leaf in enumerate(leaves[:later])]
        again = merkle.kept([merkle.leaf_hash(leaf) for leaf in forged])
        proof = merkle.consistency_proof(again, earlier, later)
        assert not merkle.is_consistent(earlier, later, roots[0], by_definition(forged), proof)


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(PUBLISHED, index, size)


def test_a_log_never_goes_back() -> None:
    with pytest.raises(ValueError, match="cannot go on"):
        merkle.consistency_proof(PUBLISHED, 5, 4)
    assert not merkle.is_consistent(5, 4, b"", b"", [])
