"""Reader of the text reports of Waters TargetLynx and QuanLynx (MassLynx): compound summary and sample summary.

    Quantify Compound Summary Report            Quantify Sample Summary Report
    Printed Tue Jan 07 17:28:50 2020            Printed …
    Compound 1:  CAT                            Sample Name: 070120_01   Sample ID: B-17
        Name       RT    Area   …                   Name   RT    Area   …
    1   070120_01  3.20  5.961  …               1   CAT    3.20  5.961  …

`Name` is the raw file's in the first, the compound's in the second. Columns are the user's; a concentration may be
called by its unit. Detection flags are two letters (bb, bd, MM is manual) and marks: X is a point left out of the
curve. Columns `1º Area` … are of the first confirmation ion. Ratios stay text: this program prints quantifier over
qualifier.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record
from lims.runs.readers.blocks import BlockReading, outside
from lims.runs.readers.long_layout import ABOUT, LongTable, unfinished_row
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row
from lims.runs.records import Batch, Figure, Line, Trace, TraceRole

NAME = "targetlynx-text"
VERSION = "1"

_REPORT = re.compile(r"Quantify .*Report")
_COMPOUND = re.compile(r"Compound \d+:\s*(.*)", re.DOTALL)
_SAMPLE = re.compile(r"Sample Name:\s*(.*?)(?:\s+Sample ID:\s*(.*))?", re.DOTALL)
#: A heading that can only be the unit of a concentration.
_UNIT = re.compile(r"[pnuµμm]?(g|mol|M)(/(k?g|L|m[lL]|l|[uµμ][lL]|mg))?|pp[bmt]|%", re.ASCII)
_FIGURES = {
    Figure.RETENTION_TIME: ("RT",),
    Figure.EXPECTED_RETENTION_TIME: ("Pred.RT",),
    Figure.AREA: ("Area",),
    Figure.HEIGHT: ("Height",),
    Figure.SIGNAL_TO_NOISE: ("S/N",),
    Figure.NOMINAL_CONCENTRATION: ("Std. Conc",),
    Figure.FINAL_CONCENTRATION: ("Conc.",),
    Figure.INTERNAL_STANDARD_RESPONSE: ("IS Area",),
}
_OF_ION = {
    Figure.AREA: ("Area",),
    Figure.HEIGHT: ("Ht", "Height"),
    Figure.SIGNAL_TO_NOISE: ("S/N", "Sig/Noise"),
}
_FLAGS = ("Primary Flags", "Detection Flags", "Det. Flags")
_NAMED = ("Name", "Type", "Acq.Date", "Acq.Time", "Vial", "Dilution Factor")
_MOST_IONS = 4
_KEPT = (
    *_FLAGS,
    *(f"{ion}º {name}" for ion in range(1, _MOST_IONS + 1) for names in _OF_ION.values() for name in names),
    *(f"{ion}º Det. Flags" for ion in range(1, _MOST_IONS + 1)),
)


def recognises(file: OpenedFile) -> bool:
    """The title of a report in the first line that is not blank."""
    first = next((line for line in file.head.lstrip("\ufeff").splitlines() if line.strip()), "")
    return _REPORT.fullmatch(first.strip().strip('"').strip()) is not None


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a report. Raises `BadInput` for one that is neither of the two or has no row."""
    if not recognises(file):
        raise BadInput(_no_summary())
    rows = file.rows("\t")
    reader = _Rows(profile, unfinished_row(file, rows))
    parts = [reader.part(row) for row in rows]
    return reader.batch(file, (NAME, VERSION), parts, reader.compounds, "MassLynx", _no_summary())


@dataclass
class _Block:
    """What the rows are of: one compound, or one sample; and the headings of its table once they came."""

    compound: str = ""
    sample: str = ""
    sample_id: str = ""
    table: LongTable | None = None
    unit: str = ""
    #: Columns of the confirmation ions, by the name of each ion.
    ions: dict[str, dict[Figure, int]] = field(default_factory=dict)


class _Rows(BlockReading):
    """Turns rows into records; knows in which block it is."""

    def __init__(self, profile: ImportProfile, unfinished: int | None) -> None:
        super().__init__(profile, unfinished)
        self.block: _Block | None = None

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        first = row.cells[0].strip()
        if _REPORT.fullmatch(first) or first.startswith("Printed "):
            return columns.ignored(row, ABOUT)
        if opened := _block_of(first):
            self.block = opened
            return columns.ignored(row, ABOUT)
        if self.block is None:
            return columns.refused(row, [outside(row)])
        if not first:
            self._headings(row, self.block)
            return columns.ignored(row, columns.HEADING)
        if self.block.table is None:
            return columns.refused(row, [_without_headings(row)])
        return self._result(row, self.block, self.block.table)

    def _headings(self, row: Row, block: _Block) -> None:
        units = [cell.strip() for cell in row.cells if _UNIT.fullmatch(cell.strip())]
        figures = dict(_FIGURES)
        has_column = any(folded(cell) == "conc." for cell in row.cells)
        if not has_column and len(units) == 1:
            figures[Figure.FINAL_CONCENTRATION] = (units[0],)
            block.unit = units[0]
        block.table = self.table(row, figures, _NAMED, _KEPT)
        block.ions = _ion_columns(block.table)

    def _result(self, row: Row, block: _Block, table: LongTable) -> Line | Record:
        if misfit := table.misfit(row):
            return columns.refused(row, [misfit])
        name = table.text(row, "Name")
        if folded(name) in columns.STATISTICS:
            return columns.ignored(row, columns.STATISTIC)
        if not name:
            return columns.refused(row, [columns.nameless(row)])
        faults: list[Reason] = []
        head = self._head(row, block.sample or name, block, table, faults)
        traces = self._traces(row, block.compound or name, block, table, faults)
        labels = (trace.label for trace in traces[1:])
        self.note(traces[0].compound, labels, table.text(row, "Quan Trace", "Trace"))
        return columns.refused(row, faults) if faults else Record(row.number, row.cells, head, traces)

    def _head(self, row: Row, name: str, block: _Block, table: LongTable, faults: list[Reason]) -> Head:
        acquired_at = self.instant(table, row, faults, ("Acq.Date",), "Acq.Time")
        return Head(
            key=folded(name) if acquired_at is None else f"{folded(name)} @ {acquired_at}",
            name=name,
            data_file=name,
            acquired_at=acquired_at,
            vendor_type=table.text(row, "Type"),
            vial=table.text(row, "Vial"),
            dilution=table.dilution(row, faults, "Dilution Factor"),
            messages=(block.sample_id,) if block.sample_id else (),
        )

    def _traces(
        self, row: Row, compound: str, block: _Block, table: LongTable, faults: list[Reason]
    ) -> tuple[Trace, ...]:
        manual, excluded = flags_of(table.text(row, *_FLAGS))
        quantifier = Trace(
            compound=compound,
            role=TraceRole.QUANTIFIER,
            label="",
            figures=table.read_figures(row, faults),
            manually_integrated=manual,
            others=table.others(row),
            unit=block.unit,
            is_excluded=excluded,
        )
        return (quantifier, *_ions(row, compound, block.ions, table, faults))


def _block_of(first: str) -> _Block | None:
    if named := _COMPOUND.fullmatch(first):
        return _Block(compound=named[1].strip())
    if named := _SAMPLE.fullmatch(first):
        return _Block(sample=named[1].strip(), sample_id=(named[2] or "").strip())
    return None


def _ion_columns(table: LongTable) -> dict[str, dict[Figure, int]]:
    found = {}
    for ion in (f"{number}º" for number in range(1, _MOST_IONS + 1)):
        headings = {figure: [f"{ion} {name}" for name in names] for figure, names in _OF_ION.items()}
        if places := table.columns.figure_places(headings):
            found[ion] = places
    return found


def _ions(
    row: Row, compound: str, ions: Mapping[str, Mapping[Figure, int]], table: LongTable, faults: list[Reason]
) -> list[Trace]:
    """The confirmation ions that have figures in this row."""
    found = []
    for ion, places in ions.items():
        figures = table.columns.figures(row, places, faults)
        if any(cell.status is not CellStatus.EMPTY for cell in figures.values()):
            manual, _ = flags_of(table.text(row, f"{ion} Det. Flags"))
            found.append(Trace(compound, TraceRole.QUALIFIER, ion, figures, manual, ()))
    return found


def flags_of(flags: str) -> tuple[bool | None, bool | None]:
    """From detection flags (`bb`, `MM`, `bdX`): whether a person integrated, whether the point was left out."""
    if not flags:
        return None, None
    return "M" in flags[:2], "X" in flags[2:]


def _without_headings(row: Row) -> Reason:
    return reason(
        "targetlynx.no_headings",
        "Row {row} has no row of headings above it in its block (Name, RT, Area, …); export the report again.",
        at=Where(row=row.number),
        row=row.number,
    )


def _no_summary() -> Reason:
    return reason(
        "targetlynx.no_summary",
        "This report of MassLynx holds no results: it is no compound summary and no sample summary, or it has no rows."
        " Export the complete summary of TargetLynx by compound as text, or the results as XML.",
        at=Where(row=1),
    )


READER = Reader(NAME, VERSION, "Waters TargetLynx: summary report", recognises=recognises, read=read)
