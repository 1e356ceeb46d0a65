"""Reader of the results table of SCIEX Analyst (text): what the method says of each peak, then a tab table.

    Peak Name: Imidacloprid
    Internal Standard: Imidacloprid d4            or: Use as Internal Standard
    Q1/Q3 Masses: 256.10/209.10 Da

    Fit⇥Linear⇥Weighting⇥1 / x⇥Iterate⇥No         of the analyte above that has no calibration yet
    Intercept⇥0.00123
    Slope⇥0.0456
    Correlation coefficient⇥0.9998
    Use Area

    Sample Name⇥…⇥Analyte Peak Name⇥…⇥Analyte Peak Area (counts)⇥…⇥Calculated Concentration (ng/mL)⇥…

Coefficients are printed with three digits: they are kept as text and never used. The unit stands in the names of the
columns. The last heading is empty. No real export was at hand; the layout is that of published descriptions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.named_columns import LongTable, Names, columns_with_units
from lims.runs.readers.reader import Reader
from lims.runs.readers.sciex_table import above, is_record, told_apart, with_internal_standards
from lims.runs.records import Batch, Compound, Figure, VendorCurve

NAME = "sciex-analyst"
VERSION = "1"

NAMES = Names(
    compound=("analyte peak name",),
    name=("sample name",),
    data_file=("file name",),
    acquired_at=("acquisition date",),
    vendor_type=("sample type",),
    vial=("vial position",),
    dilution=("dilution factor",),
    unit=("analyte units",),
    transition=("analyte mass ranges",),
    internal_standard=("is peak name",),
    manual=("record modified",),
    integration=("analyte integration type",),
    used=("use record",),
    figures={
        Figure.AREA: ("analyte peak area",),
        Figure.HEIGHT: ("analyte peak height",),
        Figure.RETENTION_TIME: ("analyte retention time",),
        Figure.EXPECTED_RETENTION_TIME: ("analyte expected rt",),
        Figure.SIGNAL_TO_NOISE: ("analyte signal to noise",),
        Figure.NOMINAL_CONCENTRATION: ("analyte concentration",),
        Figure.FINAL_CONCENTRATION: ("calculated concentration",),
        Figure.ACCURACY: ("accuracy",),
        Figure.INTERNAL_STANDARD_RESPONSE: ("is peak area",),
        Figure.INTERNAL_STANDARD_CONCENTRATION: ("is concentration",),
        Figure.INTERNAL_STANDARD_RATIO: ("area ratio",),
    },
)
_HEADING = re.compile(r"(^|\t)\"?Sample Name\"?\t(.*\t)?\"?Analyte Peak Name\"?(\t|$)", re.MULTILINE)
_COEFFICIENTS = frozenset({"intercept", "slope", "a", "b", "c", "a0", "a1", "a2", "quadratic"})


@dataclass
class _Peak:
    """What the file says of a peak above its table."""

    name: str
    internal_standard: str = ""
    is_internal_standard: bool = False
    masses: str = ""
    curve: VendorCurve | None = None


@dataclass
class _Peaks:
    """Reads the blocks above the table, line by line."""

    peaks: list[_Peak] = field(default_factory=list)
    target: _Peak | None = None

    def take(self, cells: Sequence[str]) -> None:
        """Understand a line, or leave it."""
        first = cells[0].strip()
        name, colon, text = first.partition(":")
        if folded(name) == "peak name" and colon:
            self.peaks.append(_Peak(text.strip() or cells[-1].strip()))
            self.target = None
        elif self.peaks and folded(first) == "use as internal standard":
            self.peaks[-1].is_internal_standard = True
        elif self.peaks and folded(name) == "internal standard" and colon:
            self.peaks[-1].internal_standard = text.strip()
        elif self.peaks and folded(name).startswith("q1/q3 masses") and colon:
            self.peaks[-1].masses = text.strip()
        elif folded(first) == "fit" and len(cells) > 1:
            self.target = self._without_curve()
            self._set(_fit(cells))
        elif self.target is not None and self.target.curve is not None and len(cells) > 1:
            self._figure(self.target.curve, first, cells[1].strip())

    def _without_curve(self) -> _Peak | None:
        """The analyte that a calibration belongs to: the only one without; of several, nobody can say."""
        waiting = [peak for peak in self.peaks if not peak.is_internal_standard and peak.curve is None]
        return waiting[0] if len(waiting) == 1 else None

    def _set(self, curve: VendorCurve) -> None:
        if self.target is not None:
            self.target.curve = curve

    def _figure(self, curve: VendorCurve, name: str, text: str) -> None:
        if folded(name) == "correlation coefficient":
            self._set(replace(curve, r=text))
        elif folded(name) in _COEFFICIENTS:
            self._set(replace(curve, coefficients=(*curve.coefficients, (name, text))))


def recognises(file: OpenedFile) -> bool:
    """The headings Sample Name and Analyte Peak Name in one row; the blocks above them may be long."""
    return _HEADING.search(file.head) is not None


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read an Analyst results table.

    Raises BadInput for a file without the table. A row that cannot be read does not stop the others.
    """
    rows = file.rows("\t")
    heading = next((row for row in rows if _HEADING.search("\t".join(row.cells))), None)
    if heading is None:
        raise BadInput(
            reason(
                "sciex.not_an_analyst_table",
                "This is no results table of Analyst: no row of headings holds Sample Name and Analyte Peak Name. Open"
                " the results table in Analyst and export it as text, all columns, without the option of a summary.",
                at=Where(row=1),
            )
        )
    peaks = _Peaks()
    for row in rows:
        if row.number < heading.number and not row.blank:
            peaks.take(row.cells)
    cells, units = columns_with_units(heading.cells, profile)
    table = LongTable(NAMES, cells, units, whole_key=True)
    parts = [table.part(row) if is_record(row, heading) else columns.ignored(row, above(row, heading)) for row in rows]
    lines = assembled(told_apart(parts), profile)
    compounds = [_with_method(one, peaks.peaks) for one in table.found(profile)]
    return batch_of(
        file,
        (NAME, VERSION),
        with_internal_standards(compounds, lines),
        lines,
        heading_rows=(heading.number,),
        ambiguous_dates=cells.ambiguous_dates,
        software="Analyst",
        asks_about_end=True,
    )


def _fit(cells: Sequence[str]) -> VendorCurve:
    """Fit⇥model⇥Weighting⇥weighting⇥Iterate⇥No"""
    told = dict(zip(map(folded, cells[::2]), (cell.strip() for cell in cells[1::2]), strict=False))
    model = told.get("fit", "")
    origin = "through zero" if "through zero" in folded(model) else ""
    return VendorCurve(model=model, weighting=told.get("weighting", ""), origin=origin)


def _with_method(compound: Compound, peaks: Sequence[_Peak]) -> Compound:
    peak = next((one for one in peaks if folded(one.name) == folded(compound.name)), None)
    if peak is None:
        return compound
    return replace(
        compound,
        is_internal_standard=compound.is_internal_standard or peak.is_internal_standard,
        transition=peak.masses or compound.transition,
        curve=peak.curve,
    )


READER = Reader(NAME, VERSION, "SCIEX Analyst: results table", recognises=recognises, read=read)
