"""Reader of FOSS WineScan (FTIR), csv.

    Sample Id,,,Ash,Ca,Ethanol,…,Info,ResultType,BottleType,Remark          automatic: headings before every sample,
    QC-001,,,0.9905,22.31,14.11,…,Mean,Normal,Normal,                       and not always the same
    Sample Id,Rep #,Product,ReducingSugar,pH,…,Date,Time,Remark,            FT 120: headings once,
    Calibration,,,,                                                         a marker
    QC-001,1,SFW_06_1,1.79,3.58,…,2/11/2005,13:33 PM,,                      each repeat,
    QC-001,Mean,SFW_06_1,…                                                  and their statistics

A mean is read only where the file holds nothing but means: it is then the result. Beside repeats it is a statistic.
No unit is written anywhere: that of the profile holds.
"""

from collections.abc import Sequence

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import (
    MARKER,
    Occurrences,
    compounds_of,
    date_and_time,
    delimiter_of,
    misfit,
    unfinished_row,
)
from lims.runs.reading import Row
from lims.runs.records import Batch, Figure, Line, Trace, TraceRole

NAME = "foss-winescan"
VERSION = "1"

_ABOUT_SAMPLE = frozenset(
    {"sample id", "rep #", "product", "info", "resulttype", "bottletype", "remark", "date", "time", "job", ""}
)
_KINDS_OF_MEAN = frozenset({"mean", "average"})
_KINDS_OF_STATISTIC = frozenset({"mean", "average", "sd", "std", "stdev", "min", "max", "rsd", "range"})


def recognises(file: OpenedFile) -> bool:
    """A row of headings: Sample Id with the kind of the row, and constituents of wine."""
    return delimiter_of(file, _is_heading) is not None


def _is_heading(row: Row) -> bool:
    cells = {folded(cell) for cell in row.cells}
    return "sample id" in cells and bool(cells & {"info", "rep #"}) and bool(cells & {"ethanol", "totalacid", "ph"})


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read an export. Raises `BadInput` when no row holds the headings."""
    delimiter = delimiter_of(file, _is_heading)
    if delimiter is None:
        raise BadInput(
            reason(
                "winescan.no_headings",
                "No row holds the headings Sample Id, Info (or Rep #) and constituents; export the results of the"
                " WineScan again with column headings.",
                at=Where(row=1),
            )
        )
    rows = file.rows(delimiter)
    reader = _Rows(rows, profile, unfinished_row(file, rows))
    parts = [reader.part(row) for row in rows]
    return batch_of(
        file,
        (NAME, VERSION),
        compounds_of(parts, profile),
        assembled(parts, profile),
        heading_rows=reader.heading_rows,
        ambiguous_dates=reader.ambiguous_dates,
        software="WineScan",
    )


def _kind(table: Columns, row: Row) -> str:
    """Which repeat a row is, or which statistic."""
    return folded(table.text(row, "Rep #") or table.text(row, "Info"))


class _Rows:
    """Reads the rows one after the other; headings hold until the next ones."""

    def __init__(self, rows: Sequence[Row], profile: ImportProfile, unfinished: int | None) -> None:
        self.profile = profile
        self.unfinished = unfinished
        self.columns: Columns | None = None
        self.heading_rows: list[int] = []
        self.ambiguous_dates: list[str] = []
        self.occurrences = Occurrences()
        self.only_means = self._only_means(rows)

    def _only_means(self, rows: Sequence[Row]) -> bool:
        table: Columns | None = None
        for row in rows:
            if _is_heading(row):
                table = Columns(row.cells, self.profile)
            elif table and not row.blank and (kind := _kind(table, row)) and kind not in _KINDS_OF_MEAN:
                return False
        return True

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if _is_heading(row):
            self.columns = Columns(row.cells, self.profile)
            self.heading_rows.append(row.number)
            return columns.ignored(row, columns.HEADING)
        table = self.columns
        if table is None:
            return columns.ignored(row, columns.BESIDE)
        if fault := misfit(row, table.width, self.unfinished):
            return columns.refused(row, [fault])
        if not any(cell.strip() for cell in row.cells[1:]):
            return columns.ignored(row, MARKER)
        kind = _kind(table, row)
        if kind in _KINDS_OF_STATISTIC and not (self.only_means and kind in _KINDS_OF_MEAN):
            return columns.ignored(row, columns.STATISTIC)
        return self._record(row, table, kind)

    def _record(self, row: Row, table: Columns, kind: str) -> Line | Record:
        faults: list[Reason] = []
        name = table.text(row, "Sample Id")
        acquired_at = date_and_time(table, row, faults, "Date", "Time")
        traces = []
        for place, heading in enumerate(table.headings, start=1):
            if folded(heading) not in _ABOUT_SAMPLE:
                cell = table.number(row, place, faults)
                figures = {Figure.FINAL_CONCENTRATION: cell}
                traces.append(Trace(heading, TraceRole.QUANTIFIER, "", figures, None, ()))
        if not name:
            faults.append(columns.nameless(row))
        if faults:
            return columns.refused(row, faults)
        self.ambiguous_dates += table.ambiguous_dates
        content = (*table.headings, *row.cells)  # the same numbers under other headings are another measurement
        number = self.occurrences.number((name, kind, str(acquired_at or "")), content)
        when = f" @ {acquired_at}" if acquired_at else ""
        places = [p for p, heading in enumerate(table.headings, start=1) if folded(heading) not in _ABOUT_SAMPLE]
        head = Head(
            key=f"{folded(name)} {kind}{when} #{number}",
            name=name,
            acquired_at=acquired_at,
            messages=tuple(text for text in (table.text(row, "Remark"),) if text),
            others=table.others(row, [1, *places]),
        )
        return Record(row.number, row.cells, head, tuple(traces))


READER = Reader(NAME, VERSION, "FOSS WineScan: results", recognises=recognises, read=read)
