"""Reader of the Shimadzu ICPE-9000 result text: 44 tab-separated columns without a heading row.

    method  CAL2  1 ppb  9/23/2016 12:02:58 PM  …  As  QUANT  193.759  1  ppb  …  After Drift Correction  -0.045  …
    method  UNK   QC     10/13/2016 11:17:43 AM …  As  QUANT  193.759  1  ppb  10.1  12.6  …  11.3  1.76  15.49  …

One row for each line of an element in an injection. Columns 12 to 21 are concentrations of the replicates, 22 to 24
their mean, standard deviation and relative standard deviation; 32 to 41 intensities, 42 to 44 the same of these. The
meaning of the others is not stated anywhere; they are kept. An element and its wavelength are one compound.
"""

import re
from itertools import islice

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.long_layout import compounds_of, refuse_without_records
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "icpe-9000"
VERSION = "1"

_WIDTH = 44
_METHOD, _TYPE, _SAMPLE, _TIME, _ELEMENT, _KIND, _WAVELENGTH, _UNIT = 1, 2, 3, 4, 7, 8, 9, 11
_FIGURES = {
    Figure.FINAL_CONCENTRATION: 22,
    Figure.RELATIVE_STANDARD_DEVIATION: 24,
    Figure.INTENSITY: 42,
}
#: The names that a person sees for columns without a heading; those not listed are called by their number.
_NAMES = {
    _METHOD: "Method",
    _TYPE: "Type",
    _SAMPLE: "Sample",
    _TIME: "Time",
    _ELEMENT: "Element",
    _KIND: "Analysis",
    _WAVELENGTH: "Wavelength",
    _UNIT: "Unit",
    **{12 + place: f"Concentration {place + 1}" for place in range(10)},
    **{22: "Concentration", 23: "Concentration SD", 24: "Concentration RSD", 31: "Correction"},
    **{32 + place: f"Intensity {place + 1}" for place in range(10)},
    **{42: "Intensity", 43: "Intensity SD", 44: "Intensity RSD"},
}
_HEADINGS = tuple(_NAMES.get(place, f"Column {place}") for place in range(1, _WIDTH + 1))
_USED = frozenset({_TYPE, _SAMPLE, _TIME, _ELEMENT, _WAVELENGTH, _UNIT, *_FIGURES.values()})
_TYPE_AND_LEVEL = re.compile(r"(CAL|UNK|QC|BLK|STD|SMP)(\d*)", re.IGNORECASE)
_ELEMENT_SYMBOL = re.compile(r"[A-Z][a-z]?")
_NUMBER = re.compile(r"\d{2,4}[.,]\d+")


def recognises(file: OpenedFile) -> bool:
    """The first line has 44 cells, with type, element, kind of analysis and wavelength where they belong."""
    first = next((line for line in islice(file.head.splitlines(), 20) if line.strip()), "")
    cells = first.split("\t")
    return len(cells) == _WIDTH and _is_result(cells)


def _is_result(cells: list[str] | tuple[str, ...]) -> bool:
    return (
        _TYPE_AND_LEVEL.fullmatch(cells[_TYPE - 1].strip()) is not None
        and _ELEMENT_SYMBOL.fullmatch(cells[_ELEMENT - 1].strip()) is not None
        and cells[_KIND - 1].strip().upper() in ("QUANT", "QUAL")
        and _NUMBER.fullmatch(cells[_WAVELENGTH - 1].strip()) is not None
    )


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a result text. Raises `BadInput` when no row has its columns."""
    if not recognises(file):
        raise BadInput(_not_results())
    rows = file.rows("\t")
    reader = _Rows(profile)
    parts = [reader.part(row) for row in rows]
    refuse_without_records(parts, _not_results())
    return batch_of(
        file,
        (NAME, VERSION),
        compounds_of(parts, reader.compounds),
        assembled(parts, profile),
        ambiguous_dates=reader.columns.ambiguous_dates,
        software="ICPEsolution",
    )


class _Rows:
    """Turns rows into records, and collects the elements' lines that they name."""

    def __init__(self, profile: ImportProfile) -> None:
        self.columns = Columns(_HEADINGS, profile)
        self.compounds: dict[str, Compound] = {}

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if len(row.cells) < _WIDTH:
            return columns.refused(row, [columns.too_short(row, _WIDTH)])
        if any(cell.strip() for cell in row.cells[_WIDTH:]):
            return columns.refused(row, [columns.too_long(row, _WIDTH)])
        if not _is_result(row.cells):
            return columns.refused(row, [_shifted(row)])
        faults: list[Reason] = []
        record = Record(row.number, row.cells, self._head(row, faults), (self._trace(row, faults),))
        return columns.refused(row, faults) if faults else record

    def _head(self, row: Row, faults: list[Reason]) -> Head:
        kind = _TYPE_AND_LEVEL.fullmatch(row.cells[_TYPE - 1].strip())
        name = row.cells[_SAMPLE - 1].strip()
        time = self.columns.instant(row, faults, _NAMES[_TIME])
        if not name:
            faults.append(columns.nameless(row))
        elif time is None and not faults:
            faults.append(_without_time(row))
        return Head(
            key=f"{folded(name)} @ {time}",
            name=name,
            acquired_at=time,
            vendor_type=kind[1] if kind else "",
            level=kind[2] if kind else "",
        )

    def _trace(self, row: Row, faults: list[Reason]) -> Trace:
        element, wavelength = row.cells[_ELEMENT - 1].strip(), row.cells[_WAVELENGTH - 1].strip()
        name = f"{element} {wavelength}"
        is_internal = self.columns.profile.is_internal_standard(name)
        self.compounds.setdefault(name, Compound(name, 0, (), is_internal, transition=wavelength))
        return Trace(
            compound=name,
            role=TraceRole.QUANTIFIER,
            label="",
            figures=self.columns.figures(row, _FIGURES, faults),
            manually_integrated=None,
            others=self.columns.others(row, _USED),
            unit=row.cells[_UNIT - 1].strip(),
        )


def _shifted(row: Row) -> Reason:
    return reason(
        "icpe.columns_differ",
        "Row {row} has no type, element and wavelength in the columns 2, 7 and 9; its cells may be shifted. Export the"
        " results again.",
        at=Where(row=row.number),
        row=row.number,
    )


def _without_time(row: Row) -> Reason:
    return reason(
        "row.no_time",
        "Row {row} has no acquisition time; a name alone identifies no injection.",
        at=Where(row=row.number),
        row=row.number,
    )


def _not_results() -> Reason:
    return reason(
        "icpe.not_results",
        "This is no result text of the ICPE-9000: its rows have 44 columns, with the element in column 7 and the"
        " wavelength in column 9. Export the quantitative results as tab-separated text.",
        at=Where(row=1),
    )


READER = Reader(NAME, VERSION, "Shimadzu ICPE-9000: quantitative results", recognises=recognises, read=read)
