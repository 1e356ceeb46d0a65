"""Counts the statements that a piece of work sends to the database, so that tests can hold pages to a few."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, event

#: What opens a transaction or tells who is reading: sent once for each session, whatever the work is.
_OVERHEAD = ("BEGIN", "SELECT set_config")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it was sent, with its values and what the database took for it."""

    sql: str
    values: Any
    milliseconds: float


@dataclass(slots=True)
class Statements:
    """Everything sent while counting, in its order. `len` counts without what opens a transaction."""

    sent: list[Statement] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.sent)

    @property
    def milliseconds(self) -> float:
        """What the database took, rows fetched later not included."""
        return sum(statement.milliseconds for statement in self.sent)

    def slowest(self, count: int = 3) -> list[Statement]:
        """Where the time went."""
        return sorted(self.sent, key=lambda statement: -statement.milliseconds)[:count]

    def repeated(self) -> dict[str, int]:
        """Statements that were sent more than once, and how often: the mark of a query for each row."""
        times: dict[str, int] = {}
        for statement in self.sent:
            times[statement.sql] = times.get(statement.sql, 0) + 1
        return {sql: count for sql, count in times.items() if count > 1}


@contextmanager
def counted(engine: Engine) -> Iterator[Statements]:
    """`with counted(lims.engine) as statements:` — what is sent through the engine, by any thread, meanwhile."""
    found = Statements()
    begun: dict[int, float] = {}

    def before(_connection: Connection, cursor: Any, *_: Any) -> None:
        begun[id(cursor)] = perf_counter()

    def after(_connection: Connection, cursor: Any, sql: str, values: Any, *_: Any) -> None:
        milliseconds = (perf_counter() - begun.pop(id(cursor))) * 1000
        if not sql.startswith(_OVERHEAD):
            found.sent.append(Statement(sql, values, milliseconds))

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)
