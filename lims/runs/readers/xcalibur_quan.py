"""Reader of the long workbook of Thermo Xcalibur's Quan Browser (xls), a sheet for each component.

    row 2   Component Name  …  Curve Index  Weighting Index  Origin Index  Equation
    row 3   CAT                                                             NA
    row 5   Filename  Sample Type  Sample Name  …  Exp Amt  Calc Amt  Units  …  Area  Height  ISTD Area  …  RT  …
    row 6   020622_…  Unknown Sample             …  NA       NA              …  757255.68…

Below the rows stands who made the workbook. The sheets `Component` and `mdlCalcs` are templates. `NF` is not found,
`NA` not applicable; `Response Low` and the like stand under `Peak Status`. Numbers of a workbook have a decimal point,
whatever the instrument's computer shows.
"""

from collections import Counter
from dataclasses import replace
from pathlib import PureWindowsPath

from lims.core.errors import LimsError
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import DecimalMark, folded
from lims.runs.opened import OpenedFile, Sheet
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.long_layout import ABOUT, LongTable, compounds_of, refuse_without_records, uneven
from lims.runs.readers.reader import Reader
from lims.runs.reading import Container, Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole, VendorCurve

NAME = "xcalibur-quan"
VERSION = "1"

_SEARCHED_ROWS = 10
_FIGURES = {
    Figure.RETENTION_TIME: ("RT",),
    Figure.AREA: ("Area",),
    Figure.HEIGHT: ("Height",),
    Figure.SIGNAL_TO_NOISE: ("S/N",),
    Figure.NOMINAL_CONCENTRATION: ("Exp Amt",),
    Figure.FINAL_CONCENTRATION: ("Calc Amt",),
    Figure.INTERNAL_STANDARD_RESPONSE: ("ISTD Area",),
}
_NAMED = ("Filename", "Sample Type", "Sample Name", "Units", "Level", "Acq Date", "Vial", "Dilution Factor")
#: Beside these nothing stands in the row that names them; the row below has their values.
_CURVE = ("Curve Index", "Weighting Index", "Origin Index", "Equation")


def recognises(file: OpenedFile) -> bool:
    """A workbook with a sheet that names a component and its curve above the headings of its injections."""
    if file.container not in (Container.XLS, Container.XLSX):
        return False
    try:
        return any(_title_row(sheet) is not None for sheet in file.sheets)
    except (LimsError, RuntimeError):
        return False


def _title_row(sheet: Sheet) -> Row | None:
    for row in sheet.rows[:_SEARCHED_ROWS]:
        named = {folded(cell) for cell in row.cells}
        if "component name" in named and "curve index" in named:
            return row
    return None


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a workbook. Raises `BadInput` for one without a sheet of a component that has injections."""
    # Stored numbers are written out with a point; a decimal comma belongs to text files alone.
    reader = _Workbook(replace(profile, decimal_mark=DecimalMark.POINT, grouping_mark=None))
    parts = [part for sheet in file.sheets for part in reader.sheet(sheet)]
    refuse_without_records(parts, _no_components())
    return batch_of(
        file,
        (NAME, VERSION),
        compounds_of(parts, reader.compounds),
        assembled(parts, profile),
        ambiguous_dates=reader.ambiguous_dates,
        heading_rows=reader.heading_rows[:1],
        software="Xcalibur",
        messages=uneven(reader.sizes),
    )


class _Workbook:
    """Turns the rows of each sheet into records, and collects the components."""

    def __init__(self, profile: ImportProfile) -> None:
        self.profile = profile
        self.compounds: dict[str, Compound] = {}
        self.sizes: Counter[str] = Counter()
        self.heading_rows: list[int] = []
        self.ambiguous_dates: list[str] = []

    def sheet(self, sheet: Sheet) -> list[Line | Record]:
        """What became of the rows of a sheet."""
        title = _title_row(sheet)
        table: LongTable | None = None
        compound = ""
        parts: list[Line | Record] = []
        for row in sheet.rows:
            if row.blank:
                parts.append(columns.ignored(row, columns.BLANK))
            elif title is None or row.number <= title.number:
                parts.append(columns.ignored(row, ABOUT))
            elif row.number == title.number + 1:
                compound = self._component(title, row)
                parts.append(columns.ignored(row, ABOUT))
            elif table is None and folded(row.cells[0]) == "filename":
                table = LongTable(row, self.profile, _FIGURES, _NAMED)
                self.heading_rows.append(row.number)
                parts.append(columns.ignored(row, columns.HEADING))
            elif table is None:
                parts.append(columns.ignored(row, columns.BESIDE))
            elif table.text(row, "Sample Type") or table.text(row, "Area"):
                parts.append(self._result(row, compound, table))
            else:
                parts.append(columns.ignored(row, ABOUT))
        return parts

    def _component(self, title: Row, row: Row) -> str:
        heads = Columns(title.cells, self.profile)
        name = heads.text(row, "Component Name")
        model, weighting, origin, equation = (_written(heads.text(row, one)) for one in _CURVE)
        curve = VendorCurve(model, weighting, origin, equation=equation)
        self.compounds[name] = Compound(
            name=name,
            column=0,
            qualifiers=(),
            is_internal_standard=self.profile.is_internal_standard(name),
            curve=curve if any((model, weighting, origin, equation)) else None,
        )
        return name

    def _result(self, row: Row, compound: str, table: LongTable) -> Line | Record:
        if misfit := table.misfit(row):
            return columns.refused(row, [misfit])
        data_file = table.text(row, "Filename")
        if folded(data_file) in columns.STATISTICS:
            return columns.ignored(row, columns.STATISTIC)
        if not data_file or not compound:
            return columns.refused(row, [columns.nameless(row)])
        faults: list[Reason] = []
        record = Record(
            row.number,
            row.cells,
            self._head(row, data_file, table, faults),
            (self._trace(row, compound, table, faults),),
        )
        self.sizes[compound] += 1
        return columns.refused(row, faults) if faults else record

    def _head(self, row: Row, data_file: str, table: LongTable, faults: list[Reason]) -> Head:
        acquired_at = table.columns.instant(row, faults, "Acq Date")
        self.ambiguous_dates += table.columns.ambiguous_dates
        table.columns.ambiguous_dates.clear()
        return Head(
            key=folded(data_file),
            name=_written(table.text(row, "Sample Name")) or PureWindowsPath(data_file).name,
            data_file=data_file,
            acquired_at=acquired_at,
            vendor_type=table.text(row, "Sample Type"),
            level=_written(table.text(row, "Level")),
            vial=_written(table.text(row, "Vial")),
            dilution=table.dilution(row, faults, "Dilution Factor"),
        )

    def _trace(self, row: Row, compound: str, table: LongTable, faults: list[Reason]) -> Trace:
        return Trace(
            compound=compound,
            role=TraceRole.QUANTIFIER,
            label="",
            figures=table.read_figures(row, faults),
            manually_integrated=None,
            others=table.others(row),
            unit=_written(table.text(row, "Units")),
        )


def _written(text: str) -> str:
    return "" if folded(text) in ("na", "n/a", "nf") else text


def _no_components() -> Reason:
    return reason(
        "xcalibur.no_components",
        "This workbook holds no results of the Quan Browser: no sheet names a component above rows of injections"
        " (Filename, Sample Type, Area, …). In the Quan Browser export the long report to Excel, all components.",
        at=Where(row=1),
    )


READER = Reader(NAME, VERSION, "Thermo Xcalibur: Quan Browser long workbook", recognises=recognises, read=read)
