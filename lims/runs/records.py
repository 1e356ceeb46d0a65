"""What every reader hands on, whatever the vendor: one record per injection, analyte and trace, each number with its
place in the file. Nothing here is calculated; the vendor's own concentrations stand beside ours and never replace them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from lims.core.reasons import Reason
from lims.runs.cells import Cell, CellStatus, column_letters
from lims.runs.profile import InjectionType


class TraceRole(StrEnum):
    """Quantifier or qualifier ion (定量离子 / 定性离子)."""

    QUANTIFIER = "quantifier"
    QUALIFIER = "qualifier"


class Figure(StrEnum):
    """The figures of a peak that have a meaning here. Figures of the method carry `EXPECTED_` or `NOMINAL_`."""

    RETENTION_TIME = "retention_time"
    EXPECTED_RETENTION_TIME = "expected_retention_time"
    AREA = "area"
    HEIGHT = "height"
    SIGNAL_TO_NOISE = "signal_to_noise"
    INTENSITY = "intensity"
    ABSORBANCE = "absorbance"
    NOMINAL_CONCENTRATION = "nominal_concentration"
    UNDILUTED_CONCENTRATION = "undiluted_concentration"
    FINAL_CONCENTRATION = "final_concentration"
    ACCURACY = "accuracy"
    INTERNAL_STANDARD_RATIO = "internal_standard_ratio"
    INTERNAL_STANDARD_RESPONSE = "internal_standard_response"
    INTERNAL_STANDARD_CONCENTRATION = "internal_standard_concentration"
    INTERNAL_STANDARD_RECOVERY = "internal_standard_recovery"
    ION_RATIO = "ion_ratio"
    EXPECTED_ION_RATIO = "expected_ion_ratio"
    RELATIVE_STANDARD_DEVIATION = "relative_standard_deviation"
    INHIBITION_RATE = "inhibition_rate"


class QualitativeResult(StrEnum):
    """What a test says that gives no amount, or beside it (阴性 / 阳性 / 无效)."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Trace:
    """One transition of one compound in one injection.

    `label` is the vendor's ("Qualifier (347.3 -> 329.3)"), empty for the quantifier. `manually_integrated` is the
    vendor's flag (手动积分), None when the file has none. `others` are all further columns: heading, raw text, place.
    `unit` is the unit that the file states for the concentrations, as written; empty where it states none.
    `is_excluded`: the vendor's software left this point out of its calibration, None when the file does not say.
    `internal_standard` is the name of the one the vendor's method relates the compound to.
    `qualitative` is the result of a test that says yes or no; None where the file says neither.
    """

    compound: str
    role: TraceRole
    label: str
    figures: Mapping[Figure, Cell]
    manually_integrated: bool | None
    others: tuple[tuple[str, Cell], ...]
    unit: str = ""
    is_excluded: bool | None = None
    internal_standard: str = ""
    qualitative: QualitativeResult | None = None

    def value(self, figure: Figure) -> Cell | None:
        """The cell of a figure, or None when the file has no such column."""
        return self.figures.get(figure)

    def found(self, response: Figure = Figure.AREA) -> bool:
        """Whether there is a peak: a response above zero. An area written as 0 is a peak not found."""
        return self.peak(response) is not None

    def peak(self, response: Figure = Figure.AREA) -> Decimal | None:
        """The response of the peak; None when there is none."""
        cell = self.figures.get(response)
        if cell is None or cell.status is not CellStatus.VALUE or cell.number is None or cell.number <= 0:
            return None
        return cell.number


@dataclass(frozen=True, slots=True)
class Injection:
    """One injection, of one row of a wide table or many rows of a long one; `row` is the first.

    `key` identifies it again (folded data file, or name and time): a sample name alone is not unique.
    `order` counts injections in the file from 1. `dilution` is as the vendor's table says, a cell or None.
    """

    key: str
    row: int
    order: int
    name: str
    data_file: str
    acquired_at: datetime | None
    vendor_type: str
    type: InjectionType | None
    level: str
    vial: str
    dilution: Cell | None
    messages: tuple[str, ...]
    traces: tuple[Trace, ...]
    others: tuple[tuple[str, Cell], ...]
    _quantifiers: dict[str, Trace] = field(init=False, repr=False, compare=False)
    _qualifiers: dict[str, tuple[Trace, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        quantifiers: dict[str, Trace] = {}
        qualifiers: dict[str, tuple[Trace, ...]] = {}
        for trace in self.traces:
            if trace.role is TraceRole.QUANTIFIER:
                quantifiers.setdefault(trace.compound, trace)
            else:
                qualifiers[trace.compound] = (*qualifiers.get(trace.compound, ()), trace)
        object.__setattr__(self, "_quantifiers", quantifiers)
        object.__setattr__(self, "_qualifiers", qualifiers)

    def quantifier(self, compound: str) -> Trace | None:
        """The quantifier trace of a compound."""
        return self._quantifiers.get(compound)

    def qualifiers(self, compound: str) -> tuple[Trace, ...]:
        """The qualifier traces of a compound, in the order of the file."""
        return self._qualifiers.get(compound, ())


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one record of the file: it belongs to an injection, or to none, with every reason.

    In a long table many lines belong to one injection, the same object. `refused` means it should have belonged to one
    and could not be read; `repeats` names the earlier row of the same injection and compound that it repeats.
    `further` are the other injections of the same line: the row of a plate holds one in each well.
    """

    row: int
    injection: Injection | None
    reasons: tuple[Reason, ...] = ()
    refused: bool = False
    content: tuple[str, ...] = ()
    repeats: int | None = None
    further: tuple[Injection, ...] = ()

    @property
    def injections(self) -> tuple[Injection, ...]:
        """All injections of the line, from left to right."""
        return () if self.injection is None else (self.injection, *self.further)


@dataclass(frozen=True, slots=True)
class VendorCurve:
    """The calibration as the vendor's software states it, as text; it stands beside ours and is never used."""

    model: str = ""
    weighting: str = ""
    origin: str = ""
    coefficients: tuple[tuple[str, str], ...] = ()
    r: str = ""
    equation: str = ""


@dataclass(frozen=True, slots=True)
class Compound:
    """A compound as the vendor's method names it, and the first column (from 1) where it stands; 0 when rows name it.

    `transition` is the vendor's text for what was measured: masses, line, isotope and mode, wavelength.
    """

    name: str
    column: int
    qualifiers: tuple[str, ...]
    is_internal_standard: bool
    transition: str = ""
    curve: VendorCurve | None = None

    @property
    def address(self) -> str:
        """The first column in letters."""
        return column_letters(self.column)


@dataclass(frozen=True, slots=True)
class Batch:
    """A whole file as read. `lines` holds every record of the file exactly once, in order.

    Rows count through all sheets of a workbook; `sheets` are their names and the number of rows before each.
    `heading_rows` are shown above whatever part of the file a person looks at. `messages` are for that person.
    """

    sha256: str
    reader: str
    reader_version: str
    encoding: str
    first_beyond_ascii: tuple[str, ...]
    ambiguous_dates: tuple[str, ...]
    unread_columns: tuple[str, ...]
    compounds: tuple[Compound, ...]
    lines: tuple[Line, ...]
    sheets: tuple[tuple[str, int], ...] = ()
    heading_rows: tuple[int, ...] = ()
    software: str = ""
    messages: tuple[Reason, ...] = ()

    @property
    def injections(self) -> tuple[Injection, ...]:
        """The injections that could be read, in the order of the file, each once."""
        seen: set[int] = set()
        found = []
        for line in self.lines:
            if line.repeats is None:
                found += [injection for injection in line.injections if id(injection) not in seen]
                seen.update(id(injection) for injection in line.injections)
        return tuple(found)

    def address(self, row: int, column: int) -> str:
        """A place as a person finds it: `K12`, in a workbook of several sheets `Concentrations!K12`."""
        return address_in(self.sheets, row, column_letters(column))

    def place_of(self, row: int) -> tuple[str, int]:
        """The sheet that a row stands in, empty where there is none, and its number there."""
        return place_in(self.sheets, row)


def place_in(sheets: Sequence[tuple[str, int]], row: int) -> tuple[str, int]:
    """The sheet that a row (counted through all sheets) stands in, empty where there is none, and its number there."""
    sheet, before = "", 0
    for name, rows in sheets:
        if rows < row:
            sheet, before = name, rows
    return sheet, row - before


def address_in(sheets: Sequence[tuple[str, int]], row: int, column: str) -> str:
    """A place as a person finds it: `K12`, in a workbook of several sheets `Concentrations!K12`."""
    sheet, local = place_in(sheets, row)
    return f"{sheet}!{column}{local}" if len(sheets) > 1 else f"{column}{local}"
