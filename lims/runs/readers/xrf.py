"""Readers of X-ray fluorescence spectrometers: Rigaku (Supermini) and Bruker S8 Tiger, both csv.

    ,,,,Al2O3,,As,,CaO,…                                        Rigaku: elements above every second column,
    ,,,,mass%,,ppm,,mass%,…                                     their units,
    S-0001,PIGMT,90.916,2015/03/31 14:33,19.847,,53,,0.259,…    a row per sample with method, sum and time,
    Number,,,,4,,4,…                                            and statistics

    Formula,Concentration,Z,Status,Line 1,Net int.,LLD,Stat. error,Analyzed layer,Bound %
    CaO,0.125 % -,20,XRF 1,Ca KA1-HR-Tr,1.076,50.5 PPM,5.69%,24.9 um,       Bruker: one sample, a row per element
    Cl,0.0 PPM -,17,Not detected,…

Bruker writes the unit into the cell of the number, with a sign of its own behind it, and the name of the sample nowhere
but in the name of the file. What it did not detect is 0.0 there and not detected here.
"""

import re
from collections.abc import Sequence
from pathlib import PureWindowsPath

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import (
    DELIMITERS,
    compounds_of,
    delimiter_of,
    glued,
    has_headings,
    misfit,
    unfinished_row,
    without_end,
)
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

RIGAKU, BRUKER = "rigaku-xrf", "bruker-s8-tiger"
VERSION = "1"

_UNITS = frozenset({"mass%", "ppm", "wt%", "%", "mass ppm"})
_RIGAKU_STATISTICS = columns.STATISTICS | {"number", "range", "rsd(%)", "std dev."}
_FIRST_ELEMENT = 5
_SIGN = re.compile(r"(.*\S)\s+[+-]\s*")


# ── Rigaku ───────────────────────────────────────────────────────────────────────────────────────────


def recognises_rigaku(file: OpenedFile) -> bool:
    """Four empty cells before elements, and below them their units."""
    return _rigaku_delimiter(file) is not None


def _rigaku_delimiter(file: OpenedFile) -> str | None:
    return next((mark for mark in DELIMITERS if _top(file.first_rows(mark)) is not None), None)


def _top(rows: Sequence[Row]) -> int | None:
    """The position of the row of elements."""
    for position in range(min(len(rows) - 1, 10)):
        elements, units = rows[position].cells, rows[position + 1].cells
        if len(elements) < _FIRST_ELEMENT or any(cell.strip() for cell in elements[: _FIRST_ELEMENT - 1]):
            continue
        written = [folded(cell) for cell in units if cell.strip()]
        named = [cell for cell in elements if cell.strip()]
        if written and len(written) == len(named) and set(written) <= _UNITS:
            return position
    return None


def read_rigaku(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a table of samples. Raises `BadInput` when the row of elements or that of units is missing."""
    rows = file.rows(_rigaku_delimiter(file) or ",")
    top = _top(rows)
    if top is None:
        raise BadInput(
            reason(
                "rigaku.no_headings",
                "The two heading rows of a Rigaku table (elements, and their units below) are missing; export the table"
                " again with both.",
                at=Where(row=1),
            )
        )
    table = _Rigaku(rows[top], rows[top + 1], profile, unfinished_row(file, rows))
    parts = [table.part(row) for row in rows]
    return batch_of(
        file,
        (RIGAKU, VERSION),
        [
            Compound(name, place, (), profile.is_internal_standard(name), transition=name)
            for place, name, _ in table.elements
        ],
        assembled(parts, profile),
        heading_rows=(rows[top].number, rows[top + 1].number),
        ambiguous_dates=table.columns.ambiguous_dates,
    )


class _Rigaku:
    """The table of elements and what its rows say."""

    def __init__(self, top: Row, units: Row, profile: ImportProfile, unfinished: int | None) -> None:
        self.top, self.units = top, units
        self.unfinished = unfinished
        headings = ["Sample", "Method", "Sum", "Date", *top.cells[_FIRST_ELEMENT - 1 :]]
        self.columns = Columns(headings, profile)
        self.elements = [
            (place, element.strip(), units.cells[place - 1].strip())
            for place, element in enumerate(top.cells, start=1)
            if element.strip() and place <= len(units.cells)
        ]

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if row.number <= self.units.number:
            is_heading = row.number in (self.top.number, self.units.number)
            return columns.ignored(row, columns.HEADING if is_heading else columns.BESIDE)
        name = row.cells[0].strip()
        if folded(name) in _RIGAKU_STATISTICS and not any(cell.strip() for cell in row.cells[1 : _FIRST_ELEMENT - 1]):
            return columns.ignored(row, columns.STATISTIC)
        if fault := misfit(row, self.columns.width, self.unfinished):
            return columns.refused(row, [fault])
        faults: list[Reason] = []
        acquired_at = self.columns.instant(row, faults, "Date")
        traces = tuple(self._trace(row, element, faults) for element in self.elements)
        if not name:
            faults.append(columns.nameless(row))
        if faults:
            return columns.refused(row, faults)
        others = tuple((heading, columns.raw_cell(row, place)) for heading, place in (("Method", 2), ("Sum", 3)))
        head = Head(f"{folded(name)} @ {acquired_at or '-'}", name, acquired_at=acquired_at, others=others)
        return Record(row.number, row.cells, head, traces)

    def _trace(self, row: Row, element: tuple[int, str, str], faults: list[Reason]) -> Trace:
        place, name, unit = element
        figures = {Figure.FINAL_CONCENTRATION: self.columns.number(row, place, faults)}
        beside = columns.raw_cell(row, place + 1) if place < len(row.cells) else None
        is_flag = beside is not None and beside.raw.strip() and place + 1 not in {p for p, _, _ in self.elements}
        others = (("flag", beside),) if beside is not None and is_flag else ()
        return Trace(name, TraceRole.QUANTIFIER, "", figures, None, others, unit=unit)


# ── Bruker S8 Tiger ──────────────────────────────────────────────────────────────────────────────────


def recognises_bruker(file: OpenedFile) -> bool:
    """The headings Formula, Concentration, Net int. and LLD."""
    return delimiter_of(file, _is_bruker_heading) is not None


def _is_bruker_heading(row: Row) -> bool:
    return has_headings(row, "formula", "concentration", "net int.", "lld")


def read_bruker(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read the elements of a sample. Raises `BadInput` when the headings or the name of the sample are missing."""
    delimiter = delimiter_of(file, _is_bruker_heading)
    name = PureWindowsPath(file.name).stem.strip()
    if delimiter is None or not name:
        raise BadInput(
            reason(
                "s8_tiger.no_sample",
                "A table of the S8 Tiger names its sample only in the name of the file; hand the file in under that"
                " name, with its headings Formula and Concentration.",
                at=Where(field="file"),
            )
        )
    rows = file.rows(delimiter)
    top = next(row for row in rows if _is_bruker_heading(row))
    table = _Bruker(top, name, profile, unfinished_row(file, rows))
    parts = [table.part(row) for row in rows]
    return batch_of(
        file,
        (BRUKER, VERSION),
        compounds_of(parts, profile, table.transitions),
        assembled(parts, profile),
        heading_rows=(top.number,),
        software="S8 Tiger",
    )


class _Bruker:
    """The elements of one sample."""

    def __init__(self, top: Row, name: str, profile: ImportProfile, unfinished: int | None) -> None:
        self.top = top
        self.profile = profile
        self.unfinished = unfinished
        self.columns = Columns(top.cells, profile)
        self.head = Head(folded(name), name)
        self.transitions: dict[str, str] = {}

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if row.number < self.top.number:
            return columns.ignored(row, columns.BESIDE)
        if row.number == self.top.number:
            return columns.ignored(row, columns.HEADING)
        if fault := misfit(row, self.columns.width):
            return columns.refused(row, [fault])
        if row.number == self.unfinished:
            return columns.refused(row, [without_end(row)])
        faults: list[Reason] = []
        trace = self._trace(row, faults)
        return columns.refused(row, faults) if faults else Record(row.number, row.cells, self.head, (trace,))

    def _trace(self, row: Row, faults: list[Reason]) -> Trace:
        text = self.columns.text
        formula = text(row, "Formula")
        if not formula:
            faults.append(columns.nameless(row))
        figures: dict[Figure, Cell] = {}
        unit = ""
        if place := self.columns.place("Concentration"):
            cell, unit = self._concentration(row, place)
            figures[Figure.FINAL_CONCENTRATION] = cell
            if cell.status is CellStatus.UNREADABLE:
                faults.append(columns.unreadable(cell, "Concentration", self.profile))
        if place := self.columns.place("Net int."):
            figures[Figure.INTENSITY] = self.columns.number(row, place, faults)
        line = text(row, "Line 1")
        self.transitions.setdefault(formula, line)
        others = self.columns.others(row, [1, *(cell.column for cell in figures.values())])
        return Trace(formula, TraceRole.QUANTIFIER, "", figures, None, others, unit=unit)

    def _concentration(self, row: Row, place: int) -> tuple[Cell, str]:
        """`111.8 % +`: the number, its unit, and a sign that is no part of either."""
        raw = row.cells[place - 1]
        signed = _SIGN.fullmatch(raw)
        cell, unit = glued(self.columns.cells, signed[1] if signed else raw, row.number, place)
        cell = cell._replace(raw=raw)
        if folded(self.columns.text(row, "Status")) == "not detected" and cell.status is CellStatus.VALUE:
            cell = cell._replace(status=CellStatus.NOT_DETECTED, number=None)
        return cell, unit


RIGAKU_READER = Reader(RIGAKU, VERSION, "Rigaku XRF: table", recognises=recognises_rigaku, read=read_rigaku)
BRUKER_READER = Reader(BRUKER, VERSION, "Bruker S8 Tiger: elements", recognises=recognises_bruker, read=read_bruker)
