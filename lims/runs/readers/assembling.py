"""From the records of a long table to injections: many rows, one for each compound, make one injection."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell
from lims.runs.profile import ImportProfile
from lims.runs.records import Injection, Line, Trace, TraceRole


@dataclass(frozen=True, slots=True)
class Head:
    """What a row says of its injection. `key` as of `Injection`: it must be the same in every row of the injection."""

    key: str
    name: str
    data_file: str = ""
    acquired_at: datetime | None = None
    vendor_type: str = ""
    level: str = ""
    vial: str = ""
    dilution: Cell | None = None
    messages: tuple[str, ...] = ()
    others: tuple[tuple[str, Cell], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A record that holds traces of one injection: mostly one, where a row holds a compound."""

    row: int
    content: tuple[str, ...]
    head: Head
    traces: tuple[Trace, ...]


Identity = tuple[str, TraceRole, str]


def assembled(parts: Iterable[Line | Record], profile: ImportProfile) -> tuple[Line, ...]:
    """A line for every part, in their order; records of one injection share the injection.

    A record that repeats an earlier one of the same injection and traces word for word counts once. Records that
    disagree about a trace are all refused: which of them is right is not for a program to say.
    """
    parts = list(parts)
    records = [part for part in parts if isinstance(part, Record)]
    firsts = _firsts(records)
    disputed = _disputed(records, firsts)
    refused = {r.row for r in records if any((r.head.key, *_identity(t)) in disputed for t in r.traces)}
    injections = _injections([r for r in records if r.row not in refused], firsts, profile)
    return tuple(part if isinstance(part, Line) else _line(part, refused, firsts, injections) for part in parts)


def _identity(trace: Trace) -> Identity:
    return (trace.compound, trace.role, trace.label)


def _keys(record: Record) -> list[tuple[str, str, TraceRole, str]]:
    return [(record.head.key, *_identity(trace)) for trace in record.traces]


def _firsts(records: Sequence[Record]) -> dict[tuple[str, str, TraceRole, str], Record]:
    firsts: dict[tuple[str, str, TraceRole, str], Record] = {}
    for record in records:
        for key in _keys(record):
            firsts.setdefault(key, record)
    return firsts


def _disputed(
    records: Sequence[Record], firsts: dict[tuple[str, str, TraceRole, str], Record]
) -> set[tuple[str, str, TraceRole, str]]:
    return {key for record in records for key in _keys(record) if firsts[key].content != record.content}


def _injections(
    records: Sequence[Record], firsts: dict[tuple[str, str, TraceRole, str], Record], profile: ImportProfile
) -> dict[str, Injection]:
    """Injections by their key, in the order in which they begin."""
    traces: dict[str, list[Trace]] = {}
    begun: dict[str, Record] = {}
    for record in records:
        begun.setdefault(record.head.key, record)
        known = traces.setdefault(record.head.key, [])
        known += [trace for key, trace in zip(_keys(record), record.traces, strict=True) if firsts[key] is record]
    return {
        key: _injection(record, order, tuple(traces[key]), profile)
        for order, (key, record) in enumerate(begun.items(), start=1)
    }


def _injection(record: Record, order: int, traces: tuple[Trace, ...], profile: ImportProfile) -> Injection:
    head = record.head
    return Injection(
        key=head.key,
        row=record.row,
        order=order,
        name=head.name,
        data_file=head.data_file,
        acquired_at=head.acquired_at,
        vendor_type=head.vendor_type,
        type=profile.type_of(head.vendor_type, head.name),
        level=head.level,
        vial=head.vial,
        dilution=head.dilution,
        messages=head.messages,
        traces=traces,
        others=head.others,
    )


def _line(
    record: Record,
    refused: set[int],
    firsts: dict[tuple[str, str, TraceRole, str], Record],
    injections: dict[str, Injection],
) -> Line:
    if record.row in refused:
        return Line(record.row, None, (_dispute(record),), refused=True, content=record.content)
    first = firsts[_keys(record)[0]] if record.traces else record
    repeats = None if first is record else first.row
    return Line(record.row, injections[record.head.key], content=record.content, repeats=repeats)


def _dispute(record: Record) -> Reason:
    return reason(
        "row.trace_disputed",
        "Row {row}: {compound} in the injection {name} occurs more than once in this file with different content;"
        " export it again with each once.",
        at=Where(row=record.row),
        row=record.row,
        compound=record.traces[0].compound,
        name=record.head.data_file or record.head.name,
    )
