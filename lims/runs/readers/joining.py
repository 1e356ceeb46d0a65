"""Injections whose figures stand apart: intensities on one sheet and concentrations on another, or a matrix of
absorbances above a matrix of names. What belongs to one injection and one compound is put together here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, folded
from lims.runs.profile import ImportProfile
from lims.runs.readers.assembling import Head
from lims.runs.records import Injection, Line, Trace, TraceRole

_NAMES_ONLY = reason("row.names_only", "Names without a value that could be read.")

Identity = tuple[str, str, TraceRole, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one record says of one injection: some figures of some traces."""

    head: Head
    traces: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class Pieces:
    """A record of the file with what it says of one injection or, in a plate's row, of several.

    `part` names the sheet or matrix: the same words on another one are no repetition.
    """

    row: int
    content: tuple[str, ...]
    pieces: tuple[Piece, ...]
    part: str = ""


@dataclass
class _Joined:
    """An injection while it is put together."""

    head: Head
    row: int
    traces: dict[Identity, Trace] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    fault: Reason | None = None


def joined(parts: Iterable[Line | Pieces], profile: ImportProfile) -> tuple[Line, ...]:
    """A line for every part, in their order; all pieces of an injection make one.

    A record that repeats an earlier one word for word counts once. Where records disagree, about a figure or about the
    name of the injection, all records of that injection are refused: which is right is not for a program to say.
    """
    parts = list(parts)
    repeats = _repeats(part for part in parts if isinstance(part, Pieces))
    found: dict[str, _Joined] = {}
    for part in parts:
        if isinstance(part, Pieces) and part.row not in repeats:
            for piece in part.pieces:
                _take(found, part, piece)
    _spread(parts, found)
    injections = _injections(found, profile)
    return tuple(part if isinstance(part, Line) else _line(part, found, injections, repeats) for part in parts)


def _repeats(records: Iterable[Pieces]) -> dict[int, int]:
    """Rows that say again, word for word, what an earlier row said of the same injections and figures."""
    firsts: dict[tuple[object, ...], int] = {}
    repeats = {}
    for record in records:
        what = (record.part, record.content, *(_what(piece) for piece in record.pieces))
        first = firsts.setdefault(what, record.row)
        if first != record.row:
            repeats[record.row] = first
    return repeats


def _what(piece: Piece) -> tuple[object, ...]:
    traces = tuple(
        (
            _identity(piece.head, t),
            tuple((f, c.raw) for f, c in t.figures.items()),
            tuple((h, c.raw) for h, c in t.others),
        )
        for t in piece.traces
    )
    return (piece.head.key, piece.head.name, *traces)


def _identity(head: Head, trace: Trace) -> Identity:
    return (head.key, trace.compound, trace.role, trace.label)


def _take(found: dict[str, _Joined], part: Pieces, piece: Piece) -> None:
    head = piece.head
    known = found.setdefault(head.key, _Joined(head, part.row))
    known.rows.append(part.row)
    if head.name and known.head.name and folded(head.name) != folded(known.head.name):
        known.fault = known.fault or _names_disagree(part.row, known, head)
    known.head = _merged_heads(known.head, head)
    for trace in piece.traces:
        identity = _identity(head, trace)
        before = known.traces.get(identity)
        known.traces[identity] = trace if before is None else _merged(before, trace)
        if before is not None and (figure := _clash(before, trace)):
            known.fault = known.fault or _disputed(part.row, known, trace, figure)


def _spread(parts: Iterable[Line | Pieces], found: dict[str, _Joined]) -> None:
    """A line that is refused takes its other injections with it, so that none is read in part."""
    lines = [[found[piece.head.key] for piece in part.pieces] for part in parts if isinstance(part, Pieces)]
    spreading = True
    while spreading:
        spreading = False
        for injections in lines:
            fault = next((one.fault for one in injections if one.fault), None)
            for one in injections if fault else ():
                if one.fault is None:
                    one.fault, spreading = fault, True


def _merged_heads(known: Head, head: Head) -> Head:
    """What the first record of an injection left open, a later one may say."""
    others = dict(known.others)
    return replace(
        known,
        name=known.name or head.name,
        data_file=known.data_file or head.data_file,
        acquired_at=known.acquired_at or head.acquired_at,
        vendor_type=known.vendor_type or head.vendor_type,
        level=known.level or head.level,
        vial=known.vial or head.vial,
        dilution=known.dilution or head.dilution,
        messages=tuple(dict.fromkeys((*known.messages, *head.messages))),
        others=(*known.others, *(other for other in head.others if other[0] not in others)),
    )


def _merged(known: Trace, trace: Trace) -> Trace:
    return replace(
        known,
        figures={**trace.figures, **known.figures},
        others=(*known.others, *trace.others),
        unit=known.unit or trace.unit,
        is_excluded=known.is_excluded if trace.is_excluded is None else trace.is_excluded,
        qualitative=known.qualitative or trace.qualitative,
    )


def _clash(known: Trace, trace: Trace) -> str:
    """The first figure that both have with different texts, or their units if those differ."""
    for figure, cell in trace.figures.items():
        other: Cell | None = known.figures.get(figure)
        if other is not None and other.raw.strip() != cell.raw.strip():
            return figure.value
    return "unit" if known.unit and trace.unit and known.unit != trace.unit else ""


def _injections(found: dict[str, _Joined], profile: ImportProfile) -> dict[str, Injection]:
    whole = [one for one in found.values() if one.fault is None and one.traces]
    return {
        one.head.key: Injection(
            key=one.head.key,
            row=one.row,
            order=order,
            name=one.head.name or one.head.vial,
            data_file=one.head.data_file,
            acquired_at=one.head.acquired_at,
            vendor_type=one.head.vendor_type,
            type=profile.type_of(one.head.vendor_type, one.head.name),
            level=one.head.level,
            vial=one.head.vial,
            dilution=one.head.dilution,
            messages=one.head.messages,
            traces=tuple(one.traces.values()),
            others=one.head.others,
        )
        for order, one in enumerate(whole, start=1)
    }


def _line(part: Pieces, found: dict[str, _Joined], injections: dict[str, Injection], repeats: dict[int, int]) -> Line:
    faults = [why for piece in part.pieces if (why := found[piece.head.key].fault)]
    of_line = [injections[piece.head.key] for piece in part.pieces if piece.head.key in injections]
    if not faults and not of_line:
        return Line(part.row, None, (_NAMES_ONLY,), content=part.content)
    if faults:
        return Line(
            part.row, None, tuple({why.text: why for why in faults}.values()), refused=True, content=part.content
        )
    first, *further = of_line
    return Line(part.row, first, content=part.content, repeats=repeats.get(part.row), further=tuple(further))


def _names_disagree(row: int, known: _Joined, head: Head) -> Reason:
    return reason(
        "row.injection_renamed",
        "Row {row}: the injection {injection} is called {name} here and {other} in row {first}; export the file again"
        " without changing names in it.",
        at=Where(row=row),
        row=row,
        injection=head.data_file or head.key,
        name=head.name,
        other=known.head.name,
        first=known.row,
    )


def _disputed(row: int, known: _Joined, trace: Trace, figure: str) -> Reason:
    return reason(
        "row.figure_disputed",
        "Row {row}: {kind} of {compound} in the injection {name} is written more than once in this file and differs;"
        " export it again with each once.",
        at=Where(row=row),
        row=row,
        kind=figure,
        compound=trace.compound,
        name=known.head.name,
    )


def compounds_in(parts: Iterable[Line | Pieces]) -> Sequence[str]:
    """The names of the compounds in the order of the file."""
    found = (t.compound for p in parts if isinstance(p, Pieces) for piece in p.pieces for t in piece.traces)
    return tuple(dict.fromkeys(found))
