"""Reader of the quant browser of Shimadzu LabSolutions Insight and LabSolutions LCMS (text, a block per compound).

    ID#   1
    Name  Okratoxin
          Data Filename  Sample Name  …  Ret. Time  Area  …  m/z            Ref.1 m/z      …  Ref.1 Act%  Ref.1 Result
    1     …_001.lcd      Blank        …  -----      6163  …  404.20>239.00  404.20>221.00  …  10.23       Fail
          Average        …

`-----` is not found. A peak whose reference ions do not fit (`Fail`) keeps its area and loses retention time and
concentration. A compound with its own area as `ISTD Area` is an internal standard. Five rows of statistics end a block.
Headings that stand several times (NTP, HETP, …) have no meaning here. `Ref.n Act%` is the area of a reference ion over
that of the quantifier, in percent.
"""

from dataclasses import dataclass, replace
from pathlib import PureWindowsPath

from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record
from lims.runs.readers.blocks import BlockReading, outside
from lims.runs.readers.long_layout import ABOUT, LongTable, unfinished_row
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "labsolutions-browser"
VERSION = "1"

_FIGURES = {
    Figure.RETENTION_TIME: ("Ret. Time",),
    Figure.AREA: ("Area",),
    Figure.HEIGHT: ("Height",),
    Figure.SIGNAL_TO_NOISE: ("S/N",),
    Figure.NOMINAL_CONCENTRATION: ("Std. Conc.",),
    Figure.FINAL_CONCENTRATION: ("Conc.",),
    Figure.ACCURACY: ("Accuracy[%]",),
    Figure.INTERNAL_STANDARD_RESPONSE: ("ISTD Area",),
    Figure.INTERNAL_STANDARD_RATIO: ("Area Ratio",),
}
_FILE, _ACQUIRED = ("Data Filename", "Data File Name"), ("Date Acquired",)
_NAMED = (
    *(*_FILE, *_ACQUIRED, "Sample Name", "Sample Type", "Level#", "Vial#", "Dilution Factor", "m/z"),
    *(f"Ref.{number} {what}" for number in range(1, 6) for what in ("m/z", "Act%", "Inten.")),
)
_MOST_REFERENCE_IONS = 5
_NONE = "-----"
_WIDEST_REMARK = 5


def recognises(file: OpenedFile) -> bool:
    """The lines `ID#` and `Name`, and below them a heading row."""
    rows = [line.split("\t") for line in file.head.lstrip("\ufeff").splitlines()[:50]]
    for first, second, third in zip(rows, rows[1:], rows[2:], strict=False):
        if first[0] == "ID#" and second[0] == "Name" and _are_headings(third):
            return True
    return False


def _are_headings(cells: list[str] | tuple[str, ...]) -> bool:
    named = {folded(cell) for cell in cells}
    return any(folded(one) in named for one in _FILE) and "area" in named and "sample type" in named


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a copy of the quant browser. Raises `BadInput` for one without headings or without rows."""
    rows = file.rows("\t")
    reader = _Rows(profile, unfinished_row(file, rows))
    parts = [reader.part(row) for row in rows]
    compounds = reader.compounds_at_the_end()
    return reader.batch(file, (NAME, VERSION), parts, compounds, "LabSolutions", _no_results())


@dataclass
class _Block:
    """The compound whose rows are being read, and its headings once they came."""

    compound: str
    table: LongTable | None = None


class _Rows(BlockReading):
    """Turns rows into records; knows in which compound's block it is."""

    def __init__(self, profile: ImportProfile, unfinished: int | None) -> None:
        super().__init__(profile, unfinished)
        self.block: _Block | None = None
        self._own_standards: set[str] = set()
        self._of_other_standards: set[str] = set()

    def compounds_at_the_end(self) -> dict[str, Compound]:
        """The compounds; one that is related to itself in every injection is an internal standard."""
        standards = self._own_standards - self._of_other_standards
        return {
            name: replace(known, is_internal_standard=known.is_internal_standard or name in standards)
            for name, known in self.compounds.items()
        }

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        first = row.cells[0].strip()
        if first in ("ID#", "Name"):
            return self._opening(row, first)
        if self.block is None:
            # A wide row can only be a result whose compound was cut off or moved away.
            is_result = len(row.cells) > _WIDEST_REMARK
            return columns.refused(row, [outside(row)]) if is_result else columns.ignored(row, columns.BESIDE)
        if not first and _are_headings(row.cells):
            self.block.table = self.table(row, _FIGURES, _NAMED, ("Mark",))
            return columns.ignored(row, columns.HEADING)
        if self.block.table is None:
            return columns.refused(row, [_without_headings(row, self.block.compound)])
        if not first and folded(self.block.table.text(row, *_FILE)) in columns.STATISTICS:
            return columns.ignored(row, columns.STATISTIC)
        return self._result(row, self.block, self.block.table)

    def _opening(self, row: Row, first: str) -> Line:
        """`ID#` ends the block before it, `Name` says whose block begins."""
        name = row.cells[1].strip() if len(row.cells) > 1 else ""
        if first == "ID#":
            self.block = None
        elif not name:
            return columns.refused(row, [_nameless_compound(row)])
        else:
            self.block = _Block(name)
        return columns.ignored(row, ABOUT)

    def _result(self, row: Row, block: _Block, table: LongTable) -> Line | Record:
        if misfit := table.misfit(row):
            return columns.refused(row, [misfit])
        faults: list[Reason] = []
        head = self._head(row, table, faults)
        if not head.data_file:
            return columns.refused(row, [columns.nameless(row)])
        traces = (self._quantifier(row, block, table, faults), *self._qualifiers(row, block, table, faults))
        self._relate(block.compound, traces[0])
        self.note(block.compound, (trace.label for trace in traces[1:]), _written(table.text(row, "m/z")))
        return columns.refused(row, faults) if faults else Record(row.number, row.cells, head, traces)

    def _head(self, row: Row, table: LongTable, faults: list[Reason]) -> Head:
        path = table.text(row, *_FILE)
        acquired_at = self.instant(table, row, faults, _ACQUIRED)
        level = table.text(row, "Level#")
        return Head(
            key=folded(path),
            name=_written(table.text(row, "Sample Name")) or PureWindowsPath(path).stem,
            data_file=PureWindowsPath(path).name,
            acquired_at=acquired_at,
            vendor_type=table.text(row, "Sample Type"),
            level="" if level == "0" else _written(level),
            vial=_written(table.text(row, "Vial#")),
            dilution=table.dilution(row, faults, "Dilution Factor"),
        )

    def _quantifier(self, row: Row, block: _Block, table: LongTable, faults: list[Reason]) -> Trace:
        mark = table.text(row, "Mark")
        place = table.columns.place("Mark")
        return Trace(
            compound=block.compound,
            role=TraceRole.QUANTIFIER,
            label="",
            figures=table.read_figures(row, faults),
            manually_integrated=None if place is None or mark == _NONE else "M" in mark.split(".")[0],
            others=table.others(row),
        )

    def _qualifiers(self, row: Row, block: _Block, table: LongTable, faults: list[Reason]) -> list[Trace]:
        found = []
        for number in range(1, _MOST_REFERENCE_IONS + 1):
            mass = _written(table.text(row, f"Ref.{number} m/z"))
            places = {
                Figure.ION_RATIO: table.columns.place(f"Ref.{number} Act%"),
                Figure.INTENSITY: table.columns.place(f"Ref.{number} Inten."),
            }
            figures = {
                figure: table.columns.number(row, place, faults)
                for figure, place in places.items()
                if place is not None
            }
            if mass and figures:
                label = f"Ref.{number} ({mass})"
                found.append(Trace(block.compound, TraceRole.QUALIFIER, label, _of_reference(figures), None, ()))
        return found

    def _relate(self, compound: str, trace: Trace) -> None:
        """A compound whose internal standard has its own area is one itself."""
        standard, area = trace.value(Figure.INTERNAL_STANDARD_RESPONSE), trace.value(Figure.AREA)
        if standard is not None and standard.number:
            is_own = area is not None and area.number == standard.number
            (self._own_standards if is_own else self._of_other_standards).add(compound)


def _of_reference(figures: dict[Figure, Cell]) -> dict[Figure, Cell]:
    """A reference ion without intensity was not found; its ratio 0 is none."""
    if any(cell.number for cell in figures.values()):
        return figures
    return {figure: cell._replace(status=CellStatus.NOT_FOUND, number=None) for figure, cell in figures.items()}


def _written(text: str) -> str:
    return "" if text == _NONE else text


def _without_headings(row: Row, compound: str) -> Reason:
    return reason(
        "labsolutions.no_headings",
        "Row {row} stands below the compound {compound} without a row of headings (Data Filename, Sample Type, Area,"
        " …); nobody can say what its columns are. Copy the table with its headings.",
        at=Where(row=row.number),
        row=row.number,
        compound=compound,
    )


def _nameless_compound(row: Row) -> Reason:
    return reason("row.no_compound", "Row {row} has no name of a compound.", at=Where(row=row.number), row=row.number)


def _no_results() -> Reason:
    return reason(
        "labsolutions.not_the_browser",
        "This is no table of the LabSolutions quant browser: it needs blocks of ID#, Name, a row of headings and a row"
        " for each injection. Export the quantitative results of all compounds as text.",
        at=Where(row=1),
    )


READER = Reader(NAME, VERSION, "Shimadzu LabSolutions Insight: quant browser", recognises=recognises, read=read)
