"""Values that take turns: each is tried in many places, and no place tries them all."""

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import TypeVar

T = TypeVar("T")


def turns(values: Sequence[T], at_once: int) -> Callable[[], tuple[T, ...]]:
    """Each call gives the next `at_once` values; after the last comes the first again, always in the same order."""
    ring = cycle(values)
    return lambda: tuple(islice(ring, at_once))
