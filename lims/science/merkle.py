"""Merkle trees of an append-only log (透明日志): heads, inclusion and consistency proofs, and their verification.

Hashing is that of RFC 9162, 2.1 (the same as RFC 6962): SHA-256 over 0x00 and the content of a leaf, over 0x01 and the
two children of a node; the hash of an empty tree is SHA-256 of nothing. Whoever keeps a log keeps the hashes of its
*perfect* subtrees, those over 2^level leaves that begin at a multiple of 2^level: they never change once they are
complete, and heads and proofs of any size need only some 2 log2(size) of them.
"""

import hashlib
from collections.abc import Callable, Sequence

#: The hash of the perfect subtree of 2^level leaves that begins with the leaf `position * 2^level`.
Nodes = Callable[[int, int], bytes]

EMPTY = hashlib.sha256().digest()


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def completed(nodes: Nodes, index: int, leaf: bytes) -> list[bytes]:
    """The perfect subtrees that the leaf of this index completes, by level, the leaf itself first.

    Args:
        nodes: those of the leaves before it.
        index: of the new leaf, from 0; the size of the log before it.
        leaf: its `leaf_hash`.
    """
    made, position = [leaf], index
    while position % 2:
        made.append(node_hash(nodes(len(made) - 1, position - 1), made[-1]))
        position //= 2
    return made


def head(nodes: Nodes, size: int) -> bytes:
    """The root of the tree over the first `size` leaves (RFC 9162, 2.1.1)."""
    return EMPTY if size == 0 else _range(nodes, 0, size)


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The path from a leaf to the root of the tree of `size` leaves (2.1.3.1). Raises `ValueError`: no such leaf."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path, first, last = [], 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            path.append(_range(nodes, middle, last))
            last = middle
        else:
            path.append(_range(nodes, first, middle))
            first = middle
    return path[::-1]


def consistency_proof(nodes: Nodes, earlier: int, later: int) -> list[bytes]:
    """That the tree of `later` leaves begins with that of `earlier` ones (2.1.4.1).

    Empty when one of them has no leaf or both are the same. Raises `ValueError` when `earlier` is the larger one.
    """
    if not 0 <= earlier <= later:
        raise ValueError(f"a tree of {later} leaves cannot go on from {earlier}")
    if earlier in {0, later}:
        return []
    path: list[bytes] = []
    first, last, is_whole = 0, later, True
    while earlier != last:
        middle = first + _split(last - first)
        if earlier <= middle:
            path.append(_range(nodes, middle, last))
            last = middle
        else:
            path.append(_range(nodes, first, middle))
            first, is_whole = middle, False
    if not is_whole:
        path.append(_range(nodes, first, last))
    return path[::-1]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Does the path lead from the `leaf_hash` at `index` to the root of a tree of `size` leaves (2.1.3.2)?"""
    if not 0 <= index < size:
        return False
    position, last, reached = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if position % 2 or position == last:
            reached = node_hash(step, reached)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            reached = node_hash(reached, step)
        position, last = position // 2, last // 2
    return last == 0 and reached == root


def is_consistent(earlier: int, later: int, earlier_root: bytes, later_root: bytes, path: Sequence[bytes]) -> bool:
    """Does the path show that the later tree begins with the earlier one (2.1.4.2)?"""
    if not 0 <= earlier <= later:
        return False
    if earlier == later:
        return not path and earlier_root == later_root
    if earlier == 0:
        return not path and earlier_root == EMPTY
    steps = [earlier_root, *path] if earlier & (earlier - 1) == 0 else list(path)
    if not steps:
        return False
    position, last = earlier - 1, later - 1
    while position % 2:
        position, last = position // 2, last // 2
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if position % 2 or position == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            new = node_hash(new, step)
        position, last = position // 2, last // 2
    return last == 0 and old == earlier_root and new == later_root


def kept(leaves: Sequence[bytes]) -> Nodes:
    """The perfect subtrees over these `leaf_hash`es, computed at once; for a log that is at hand as a whole."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return lambda level, position: levels[level][position]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _range(nodes: Nodes, first: int, last: int) -> bytes:
    """The root over the leaves from `first` to before `last`; `first` is where a subtree of that size may begin."""
    size = last - first
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, first >> level)
    middle = first + _split(size)
    return node_hash(_range(nodes, first, middle), _range(nodes, middle, last))
