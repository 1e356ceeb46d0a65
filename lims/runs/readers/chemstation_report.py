"""Reader of the text report of Agilent ChemStation and OpenLab CDS ChemStation Edition (Report.TXT).

    Data File C:\\Chem32\\1\\Data\\211011 2021-10-11 15-56-48\\Std 500.D      one report for each injection
    Sample Name: Std 500
    Injection Date  : 10/11/2021 11:03:47 PM               Inj :   1       keys and values, often two in a line
                         Internal Standard Report                          or External Standard, Area Percent
    Signal 1: FID1 A,
    RetTime  Type  ISTD    Area     Amt/Area    Amount   Grp   Name        a table for each signal, in fixed width
    Totals …

A type with M was integrated by hand, with I after it is an internal standard. A peak with strokes was not found: its
time is the expected one. An area-percent report names no compounds: peaks are called by their time and their signal.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PureWindowsPath

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.chemstation_columns import FixedTable, fixed_table
from lims.runs.readers.named_columns import stem
from lims.runs.readers.reader import Reader
from lims.runs.reading import MOST_RECORDS, Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "chemstation-report"
VERSION = "1"

_DATA_FILE = re.compile(r"\f?\s?Data File (?P<path>\S.*)")
_SAMPLE_NAME = re.compile(r"\s?Sample Name\s*: ?(?P<name>.*)")
_SIGNAL = re.compile(r"\s*Signal (?P<number>\d+)\s*: (?P<signal>.*)")
_TITLE = re.compile(r"\s*(?P<title>(?:[A-Z]\S* )+Report(?: \(.*\))?)\s*")
_PAIR = re.compile(r"\s*(?P<key>\S[^:]*?)\s*:(?:\s*:)?\s+(?P<value>.*)")
_RIGHT = re.compile(r"(?P<left>.*?)\s{2,}(?P<key>Seq\. Line|Location|Inj|Inj Volume|Vial)\s*:\s*(?P<value>.*)")
_STANDARD = re.compile(r"\s*(?P<number>\d+)\s+\S+\s+(?P<name>\S.*)")
_NO_NAMES = reason(
    "chemstation.no_names",
    "The report names no compounds for some peaks; they are called by their time and signal. Print a report of the"
    " calibrated amounts (External Standard, Internal Standard) to have names.",
)
_CONTINUED = reason("row.continued", "The end of the name in the line above.")


@dataclass
class _Peak:
    """A row of a table."""

    number: int
    cells: tuple[str, ...]
    table: FixedTable
    signal: str
    name: str
    fits: bool
    is_last: bool = False


@dataclass
class _Report:
    """What is written of one injection."""

    data_file: str
    number: int
    first_of_path: str
    name: str = ""
    pairs: dict[str, tuple[str, int]] = field(default_factory=dict)
    standards: dict[str, str] = field(default_factory=dict)
    signals: dict[str, str] = field(default_factory=dict)


def recognises(file: OpenedFile) -> bool:
    """A data file, a sample, and a table of peaks with its time of retention."""
    head = file.head
    has_names = _line_in(_DATA_FILE, head) and _line_in(_SAMPLE_NAME, head)
    return has_names and re.search(r"^\s*(?:(?:Peak )?RetTime\s.*Area|No peaks found)", head, re.MULTILINE) is not None


def _line_in(pattern: re.Pattern[str], head: str) -> bool:
    return re.search(f"^{pattern.pattern}", head, re.MULTILINE) is not None


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a report, or many in one file.

    Raises BadInput for a file without a table of peaks. A peak that cannot be read does not stop the others.
    """
    if len(file.lines) > MOST_RECORDS:
        raise BadInput(_no_table())
    scanner = _Scanner(file.lines)
    scanned = list(scanner.parts())
    if not scanner.has_table:
        raise BadInput(_no_table())
    traces = _Traces([peak for _, peak in scanned if isinstance(peak, _Peak)], profile)
    parts = [traces.part(report, part) for report, part in scanned]
    messages = [*([_NO_NAMES] if traces.without_names else []), *scanner.unfinished]
    return batch_of(
        file,
        (NAME, VERSION),
        traces.compounds(),
        assembled(parts, profile),
        ambiguous_dates=traces.ambiguous_dates,
        messages=messages,
        asks_about_end=True,
    )


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────

_Scanned = tuple[_Report | None, "Row | _Peak | Line"]


class _Scanner:
    """Goes through the lines and knows where it is: in which report, section, signal and table."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.report: _Report | None = None
        self.title = self.signal = self.wrapped = ""
        self.table: FixedTable | None = None
        self.peak: _Peak | None = None
        self.has_table = self.in_standards = False
        self.unfinished: list[Reason] = []

    def parts(self) -> Iterator[_Scanned]:
        """Each line: a peak, the first line of a report, or a line that is neither."""
        for number, line in enumerate(self.lines, start=1):
            if number == len(self.lines) and not line:
                break  # what follows the last line end
            yield self._part(number, line)
        if self.table is not None:
            self._unfinished(len(self.lines))

    def _part(self, number: int, line: str) -> _Scanned:
        if not line.strip():
            return self.report, Line(number, None, (columns.BLANK,), content=(line,))
        if told := _DATA_FILE.fullmatch(line):
            return self._begin(number, line, told["path"].strip())
        if self.report is None:
            return None, Line(number, None, (columns.BESIDE,), content=(line,))
        if self.table is not None and (found := self._in_table(number, line, self.table, self.report)) is not None:
            return self.report, found
        self._outside(number, line, self.report)
        return self.report, Line(number, None, (columns.BESIDE,), content=(line,))

    def _begin(self, number: int, line: str, path: str) -> _Scanned:
        """A page of a long report begins with its data file again, in the middle of its table."""
        if self.report is not None and self.report.first_of_path == path:
            return self.report, Line(number, None, (columns.BESIDE,), content=(line,))
        if self.table is not None:
            self._unfinished(number)
        self.report = _Report(path, number, path)
        self.title = self.signal = ""
        self.in_standards = False
        self.wrapped = "data file"
        return self.report, Row(number, (line,))

    def _in_table(self, number: int, line: str, table: FixedTable, report: _Report) -> Line | _Peak | None:
        cells = table.cells(line)
        if table.is_row(cells):
            # A report sorted by time has one table for all signals, and their numbers in a column.
            signal = report.signals.get(table.text(cells, "sig"), self.signal)
            self.peak = _Peak(number, cells, table, signal, table.text(cells, "name"), table.fits(line))
            return self.peak
        if line.strip().startswith("Totals"):
            self.table = None
            return Line(number, None, (columns.STATISTIC,), content=(line,))
        if self.peak is not None and table.continues(cells):
            full = len(self.peak.name) >= table.name_width
            self.peak.name += cells[-1].strip() if full else f" {cells[-1].strip()}"
            return Line(number, None, (_CONTINUED,), content=(line,))
        return None

    def _outside(self, number: int, line: str, report: _Report) -> None:
        above = [self.lines[place] if place >= 0 else "" for place in (number - 3, number - 2)]
        if told := _SAMPLE_NAME.fullmatch(line):
            report.name = report.name or told["name"].strip()
            self.wrapped = ""
        elif told := _SIGNAL.fullmatch(line):
            self.signal = report.signals[told["number"]] = told["signal"].strip(" ,")
            self.in_standards = False
        elif told := _TITLE.fullmatch(line):
            self.title = told["title"]
        elif found := fixed_table(line, *above):
            self._table(found)
        elif "istd amount" in folded(line):
            self.in_standards = True
        elif self.in_standards and (told := _STANDARD.fullmatch(line)):
            report.standards.setdefault(told["number"], told["name"].strip())
        elif "no peaks found" in folded(line):
            self.has_table = True
        else:
            self._pair(number, line, report)

    def _table(self, found: FixedTable) -> None:
        """Sums of peaks over all signals repeat what their own tables say."""
        wanted = found.has_results and "summed" not in folded(self.title)
        self.table, self.peak = (found, None) if wanted else (None, None)
        self.has_table = self.has_table or wanted

    def _pair(self, number: int, line: str, report: _Report) -> None:
        if told := _RIGHT.fullmatch(line):
            report.pairs.setdefault(folded(told["key"]), (told["value"].strip(), number))
            line = told["left"]
        if told := _PAIR.fullmatch(line):
            self.wrapped = folded(told["key"])
            report.pairs.setdefault(self.wrapped, (told["value"].strip(), number))
        elif self.wrapped == "data file" and not report.name:
            report.data_file += line.strip()

    def _unfinished(self, number: int) -> None:
        """The table has no line of totals: the file ends in it, and its last row may be cut off."""
        if self.peak is not None:
            self.peak.is_last = True
        self.table = None
        self.unfinished.append(
            reason(
                "chemstation.unfinished",
                "The table above line {row} has no line of totals; the report may be cut off. Print it again.",
                at=Where(row=number),
                row=number,
            )
        )


# ── peaks ────────────────────────────────────────────────────────────────────────────────────────────


class _Traces:
    """Turns the peaks into traces. A name that several signals have is told apart by the signal."""

    def __init__(self, peaks: Sequence[_Peak], profile: ImportProfile) -> None:
        self.profile = profile
        self.cells = profile.cells()
        self.signals: dict[str, set[str]] = defaultdict(set)
        self.found: dict[str, Compound] = {}
        self.ambiguous_dates: list[str] = []
        self.without_names = False
        for peak in peaks:
            self.signals[peak.name].add(peak.signal)

    def part(self, report: _Report | None, part: "Row | _Peak | Line") -> Line | Record:
        """The line or record of a scanned line."""
        if isinstance(part, Line) or report is None:
            assert isinstance(part, Line)  # noqa: S101 -- before the first report there are only lines
            return part
        number, content = (part.number, part.cells)
        faults: list[Reason] = []
        head = self._head(report, faults)
        traces = (self._trace(part, report, faults),) if isinstance(part, _Peak) else ()
        if faults:
            return columns.refused(Row(number, content), faults)
        return Record(number, content, head, traces)

    def compounds(self) -> list[Compound]:
        """The compounds in the order in which they come."""
        return list(self.found.values())

    def _head(self, report: _Report, faults: list[Reason]) -> Head:
        date, row = report.pairs.get("injection date", ("", report.number))
        acquired_at = self.cells.instant(date) if date else None
        if date and acquired_at is None:
            faults.append(columns.date_unreadable(date, row, 1, self.profile))
        elif date and self.cells.ambiguous(date):
            self.ambiguous_dates.append(date)
        vial = report.pairs.get("location") or report.pairs.get("vial") or ("", 0)
        return Head(
            key=folded(report.data_file),
            name=report.name or stem(report.data_file),
            data_file=PureWindowsPath(report.data_file).name,
            acquired_at=acquired_at,
            vial=" ".join(vial[0].split()),
            dilution=self._dilution(report),
            messages=tuple(text for text, _ in [report.pairs.get("additional info", ("", 0))] if text),
            others=tuple(
                (key, Cell(text, CellStatus.NOT_APPLICABLE, None, row, 1)) for key, (text, row) in report.pairs.items()
            ),
        )

    def _dilution(self, report: _Report) -> Cell | None:
        text, row = report.pairs.get("dilution", ("", 0))
        return self.cells.number(text, row, 1) if text else None

    def _trace(self, peak: _Peak, report: _Report, faults: list[Reason]) -> Trace:
        table = peak.table
        if peak.is_last or not peak.fits:
            faults.append(_cut_off(peak.number) if peak.is_last else _shifted(peak.number))
        figures = {}
        for figure, place in table.figures.items():
            cell = figures[figure] = self.cells.number(peak.cells[place - 1].strip(), peak.number, place)
            if cell.status is CellStatus.UNREADABLE:
                faults.append(columns.unreadable(cell, table.heading(place), self.profile))
        if figures[Figure.AREA].status in (CellStatus.NOT_FOUND, CellStatus.EMPTY):
            figures[Figure.EXPECTED_RETENTION_TIME] = figures.pop(Figure.RETENTION_TIME)
        kind = table.text(peak.cells, "type")
        name = self._name(peak)
        used = table.text(peak.cells, "istd")
        is_standard = "I" in kind[2:] or folded(peak.name) in map(folded, report.standards.values())
        self.found.setdefault(
            name,
            Compound(
                name,
                0,
                (),
                is_internal_standard=is_standard or self.profile.is_internal_standard(name),
                transition=peak.signal,
            ),
        )
        amount = table.figures.get(Figure.FINAL_CONCENTRATION)
        return Trace(
            compound=name,
            role=TraceRole.QUANTIFIER,
            label="",
            figures=figures,
            manually_integrated="M" in kind[:2] if kind else None,
            others=tuple(
                (table.heading(place), columns.raw_cell(Row(peak.number, peak.cells), place))
                for place, text in enumerate(peak.cells, start=1)
                if text.strip() and place not in (*table.figures.values(), table.place("name"))
            ),
            unit="" if amount is None else table.unit(amount),
            internal_standard="" if is_standard else report.standards.get(used, ""),
        )

    def _name(self, peak: _Peak) -> str:
        signal = peak.signal.partition(",")[0]
        if peak.name in ("", "?"):
            self.without_names = True
            return f"{peak.table.text(peak.cells, 'rettime')} min ({signal})"
        return f"{peak.name} ({signal})" if len(self.signals[peak.name]) > 1 else peak.name


def _no_table() -> Reason:
    return reason(
        "chemstation.no_table",
        "The file holds no table of peaks (RetTime, Area) of a ChemStation report. Print the report to a text file in"
        " the style Short or Detail, one for each injection or all in one file.",
        at=Where(row=1),
    )


def _cut_off(row: int) -> Reason:
    return reason(
        "row.cut_off",
        "Row {row} is the last one and nothing says that it is whole; the report may be cut off. Print it again.",
        at=Where(row=row),
        row=row,
    )


def _shifted(row: int) -> Reason:
    return reason(
        "row.beyond_column",
        "Row {row} has a text that is longer than its column, so what follows it may be shifted; print the report again"
        " with wider columns.",
        at=Where(row=row),
        row=row,
    )


READER = Reader(NAME, VERSION, "Agilent ChemStation, OpenLab CDS: text report", recognises=recognises, read=read)
