"""Where the rows of a list come from: a query, of which a page is fetched at a time, or values in memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import func
from sqlmodel import select

from lims.db.parts import parts
from lims.db.work import LimsSession
from lims.web.table import Table
from lims.web.table_filters import has_words, words_in
from lims.web.table_state import State
from lims.web.table_terms import ordered, sorted_values

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
#: Rows are built from records so many at a time.
BATCH = 500


class Source(Protocol[R_co]):
    """Rows in the order and within the limits of a state."""

    def count(self) -> int:
        """How many there are."""

    def part(self, offset: int, size: int) -> Sequence[R_co]:
        """Some of them."""

    def batches(self) -> Iterator[Sequence[R_co]]:
        """All of them, some at a time."""


@dataclass(frozen=True, slots=True)
class QuerySource(Generic[R]):
    """Rows built from what a query finds. `rows` gets all records of a page at once, to look up in bulk."""

    session: LimsSession
    table: Table[R]
    state: State
    query: Any
    rows: Callable[[LimsSession, Sequence[Any]], Sequence[R]]

    def count(self) -> int:
        """As `Source`."""
        found = self._limited().order_by(None).subquery()
        return self.session.exec(select(func.count()).select_from(found)).one()

    def part(self, offset: int, size: int) -> Sequence[R]:
        """As `Source`."""
        return self.rows(self.session, self.session.exec(self._sorted().limit(size).offset(offset)).all())

    def batches(self) -> Iterator[Sequence[R]]:
        """As `Source`."""
        found = self.session.exec(self._sorted().execution_options(yield_per=BATCH))
        for records in found.partitions(BATCH):
            yield self.rows(self.session, records)

    def _limited(self) -> Any:
        conditions = [limit.condition() for _, limit in self.state.limits]
        if self.state.search:
            conditions.append(words_in(self.table.search, self.state.search))
        return self.query.where(*conditions)

    def _sorted(self) -> Any:
        order = list(self.table.order)
        column = self.table.column(self.state.sort) if self.state.sort else None
        if column is not None and column.order is not None:
            order.insert(0, ordered(column.order, descending=self.state.descending))
        return self._limited().order_by(*order)


@dataclass(frozen=True, slots=True)
class ValueSource(Generic[R]):
    """Rows that are in memory already, in the order in which they stand unless a head is chosen."""

    table: Table[R]
    state: State
    values: Sequence[R]

    def count(self) -> int:
        """As `Source`."""
        return len(self._limited())

    def part(self, offset: int, size: int) -> Sequence[R]:
        """As `Source`."""
        return self._sorted()[offset : offset + size]

    def batches(self) -> Iterator[Sequence[R]]:
        """As `Source`."""
        return parts(self._sorted(), BATCH)

    def _limited(self) -> list[R]:
        limits = [limit for _, limit in self.state.limits]
        text = self.state.search
        return [
            row
            for row in self.values
            if all(limit.keeps(row) for limit in limits) and (not text or has_words(self.table.search, row, text))
        ]

    def _sorted(self) -> Sequence[R]:
        found = self._limited()
        column = self.table.column(self.state.sort) if self.state.sort else None
        if column is None or column.order is None:
            return found
        return sorted_values(found, column.order, descending=self.state.descending)
