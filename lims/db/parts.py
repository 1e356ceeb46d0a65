"""Long lists in parts: a statement takes a limited number of values."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

#: SQLite takes 32 766 values in a statement at most, PostgreSQL 65 535.
PART = 5_000


def parts(items: Iterable[T], size: int = PART) -> Iterator[list[T]]:
    """The items in lists of at most `size`, in their order; none when there are none."""
    waiting = iter(items)
    while part := list(islice(waiting, size)):
        yield part
