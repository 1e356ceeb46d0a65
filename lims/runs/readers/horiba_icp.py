"""Reader of the short report of Horiba Jobin Yvon ICP-OES, csv.

    Sample:,S-0001,Method:,150309,Measured:,10.03.2015  18:45,,,,
    LineName,,Net_Intensity,Cc,SD,RSD,,,,
    Al 396.152,,"8,196.668 ",,,0.052 ,0.00 ,,mg/l,5.68
    Mn 257.610,,425.142 ,,,-0.005,0.00 ,X,mg/l,12.30

A block per sample. The headings stand left of their numbers: below `Cc, SD, RSD` come two empty columns, the
concentration, its standard deviation, a flag, the unit and the relative standard deviation. A row is read only when it
has exactly this shape. Numbers are grouped (`8,196.668`): the grouping mark of the profile says so.
"""

from dataclasses import dataclass
from datetime import datetime

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import CellReader, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import (
    as_written,
    compounds_of,
    delimiter_of,
    unfinished_row,
    without_end,
)
from lims.runs.reading import Row
from lims.runs.records import Batch, Figure, Line, Trace, TraceRole

NAME = "horiba-icp"
VERSION = "1"

_HEADINGS = ("linename", "", "net_intensity", "cc", "sd", "rsd")
_WIDTH = 10
_INTENSITY, _CONCENTRATION, _DEVIATION, _FLAG, _UNIT, _RELATIVE = 3, 6, 7, 8, 9, 10
_EMPTY = (2, 4, 5)


def recognises(file: OpenedFile) -> bool:
    """A row of this report's headings."""
    return delimiter_of(file, _is_heading) is not None


def _is_heading(row: Row) -> bool:
    return tuple(folded(cell) for cell in row.cells[: len(_HEADINGS)]) == _HEADINGS


def _is_sample(row: Row) -> bool:
    return bool(row.cells) and folded(row.cells[0]) == "sample:"


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a short report. Raises `BadInput` when it holds no block of a sample."""
    delimiter = delimiter_of(file, _is_heading) or ","
    rows = file.rows(delimiter)
    if not any(_is_heading(row) for row in rows) or not any(_is_sample(row) for row in rows):
        raise BadInput(
            reason(
                "horiba.no_samples",
                "This is no short report of a Horiba ICP: no block begins with Sample: above LineName and"
                " Net_Intensity. Export the report “ICP Short Report (lines)” as csv.",
                at=Where(row=1),
            )
        )
    reader = _Blocks(profile, unfinished_row(file, rows))
    parts = [reader.part(row) for row in rows]
    return batch_of(
        file,
        (NAME, VERSION),
        compounds_of(parts, profile, reader.transitions),
        assembled(parts, profile),
        heading_rows=[row.number for row in rows if _is_heading(row)],
        ambiguous_dates=reader.ambiguous_dates,
    )


@dataclass(frozen=True, slots=True)
class _Sample:
    """The block that is being read; `fault` says why none of its rows can be."""

    name: str
    method: str
    acquired_at: datetime | None
    fault: Reason | None = None


class _Blocks:
    """Reads rows one after the other; knows whose block it is in."""

    def __init__(self, profile: ImportProfile, unfinished: int | None) -> None:
        self.profile = profile
        self.cells: CellReader = profile.cells()
        self.unfinished = unfinished
        self.sample: _Sample | None = None
        self.within = False
        self.ambiguous_dates: list[str] = []
        self.transitions: dict[str, str] = {}

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if _is_sample(row):
            return self._begin(row)
        if _is_heading(row):
            if self.within:  # a second block without a row of its own that names the sample
                self.sample = None
            self.within = True
            return columns.ignored(row, columns.HEADING)
        if row.number == self.unfinished and self.within and len(row.cells) > _EMPTY[0]:
            return columns.refused(row, [without_end(row)])
        if not self.within or self._is_footer(row):
            return columns.ignored(row, columns.BESIDE)
        return self._record(row)

    def _is_footer(self, row: Row) -> bool:
        """Print date and page stand below the blocks, and between them where a page ends."""
        first = folded(row.cells[0])
        return first.startswith("print date") or (not first and len([c for c in row.cells if c.strip()]) == 1)

    def _begin(self, row: Row) -> Line:
        written = dict(zip((folded(cell) for cell in row.cells[::2]), row.cells[1::2], strict=False))
        measured = written.get("measured:", "").strip()
        acquired_at = self.cells.instant(measured)
        fault = None
        if acquired_at is None:
            fault = columns.date_unreadable(measured, row.number, 6, self.profile)
        elif self.cells.ambiguous(measured):
            self.ambiguous_dates.append(measured)
        name = written.get("sample:", "").strip()
        if not name:
            fault = columns.nameless(row)
        self.sample = _Sample(name, written.get("method:", "").strip(), acquired_at, fault)
        self.within = False
        return columns.refused(row, [fault]) if fault else columns.ignored(row, columns.HEADING)

    def _record(self, row: Row) -> Line | Record:
        if fault := self._misfit(row):
            return columns.refused(row, [fault])
        sample = self.sample
        if sample is None or sample.fault:
            return columns.refused(row, [sample.fault if sample and sample.fault else columns.nameless(row)])
        faults: list[Reason] = []
        trace = self._trace(row, faults)
        if faults:
            return columns.refused(row, faults)
        method = (("Method", as_written(sample.method, row.number, 1)),) if sample.method else ()
        key = f"{folded(sample.name)} @ {sample.acquired_at}"
        head = Head(key=key, name=sample.name, acquired_at=sample.acquired_at, others=method)
        return Record(row.number, row.cells, head, (trace,))

    def _misfit(self, row: Row) -> Reason | None:
        if len(row.cells) < _WIDTH:
            return columns.too_short(row, _WIDTH)
        if any(cell.strip() for cell in row.cells[_WIDTH:]):
            return columns.too_long(row, _WIDTH)
        unit = row.cells[_UNIT - 1].strip()
        is_number = self.cells.number(unit, row.number, _UNIT).status is CellStatus.VALUE
        if any(row.cells[place - 1].strip() for place in _EMPTY) or not unit or is_number:
            return reason(
                "horiba.shifted",
                "Row {row} has not the shape of this report (line, intensity, concentration, standard deviation, flag,"
                " unit, relative standard deviation); export the report again without changing its columns.",
                at=Where(row=row.number),
                row=row.number,
            )
        return None

    def _trace(self, row: Row, faults: list[Reason]) -> Trace:
        line = row.cells[0].strip()
        if not line:
            faults.append(columns.nameless(row))
        places = {
            Figure.INTENSITY: ("Net_Intensity", _INTENSITY),
            Figure.UNDILUTED_CONCENTRATION: ("Cc", _CONCENTRATION),
            Figure.RELATIVE_STANDARD_DEVIATION: ("RSD", _RELATIVE),
        }
        figures = {}
        for figure, (heading, place) in places.items():
            cell = figures[figure] = self.cells.number(row.cells[place - 1], row.number, place)
            if cell.status is CellStatus.UNREADABLE:
                faults.append(columns.unreadable(cell, heading, self.profile))
        kept = (("SD", _DEVIATION), ("flag", _FLAG))
        others = tuple((name, columns.raw_cell(row, place)) for name, place in kept if row.cells[place - 1].strip())
        self.transitions.setdefault(line, line)
        unit = row.cells[_UNIT - 1].strip()
        return Trace(line, TraceRole.QUANTIFIER, "", figures, None, others, unit=unit)


READER = Reader(NAME, VERSION, "Horiba ICP: short report", recognises=recognises, read=read)
