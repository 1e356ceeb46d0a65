"""A draw by lot that anybody can recompute (可验证抽签): nobody who takes part in it can steer it alone.

Before anybody is entered, the organiser chooses a seed and shows its SHA-256. When the draw is held, words that nobody
knew before may be added in public (the numbers of a lottery, what somebody in the room calls out); then the seed is
shown. The order is that of SHA-256 over seed, words and entry: a change of any of them gives another order. The way is
that of commitment and reveal; of publicly verifiable random selection see RFC 3797.
"""

import hashlib
from collections.abc import Iterable, Mapping


def commitment(seed: str) -> str:
    """What is shown of a seed before the draw: its SHA-256 in hexadecimal."""
    return hashlib.sha256(seed.encode()).hexdigest()


def ticket(seed: str, words: str, entry: str) -> str:
    """The lot of an entry: SHA-256 of seed, words and entry, each on a line of its own, in hexadecimal."""
    return hashlib.sha256(f"{seed}\n{words}\n{entry}".encode()).hexdigest()


def drawn(seed: str, words: str, entries: Iterable[str]) -> dict[str, int]:
    """The number of each entry, from 1: in the order of their lots. The order of the entries does not matter.

    Raises `ValueError` for an entry that stands twice.
    """
    listed = list(entries)
    if len(set(listed)) < len(listed):
        raise ValueError("an entry stands twice in the draw")
    return {entry: place for place, entry in enumerate(sorted(listed, key=lambda e: ticket(seed, words, e)), 1)}


def disagreements(committed: str, seed: str, words: str, numbers: Mapping[str, int]) -> list[str]:
    """What of a draw is not as its seed says: `seed`, and the entries with another number. Empty: it is genuine."""
    wrong = [] if commitment(seed) == committed else ["seed"]
    expected = drawn(seed, words, numbers)
    return wrong + sorted(entry for entry, number in numbers.items() if expected[entry] != number)
