"""What every reader hands on, whatever the vendor: one record per injection, analyte and trace, each number with its
place in the file. Nothing here is calculated; the vendor's own concentrations stand beside ours and never replace them.
"""

from dataclasses import dataclass, field
from datetime import datetime
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
    NOMINAL_CONCENTRATION = "nominal_concentration"
    UNDILUTED_CONCENTRATION = "undiluted_concentration"
    FINAL_CONCENTRATION = "final_concentration"
    ACCURACY = "accuracy"
    INTERNAL_STANDARD_RATIO = "internal_standard_ratio"
    ION_RATIO = "ion_ratio"


@dataclass(frozen=True, slots=True)
class Trace:
    """One transition of one compound in one injection.

    `label` is the vendor's ("Qualifier (347.3 -> 329.3)"), empty for the quantifier. `manually_integrated` is the
    vendor's flag (手动积分), None when the file has none. `others` are all further columns: heading, raw text, place.
    """

    compound: str
    role: TraceRole
    label: str
    figures: dict[Figure, Cell]
    manually_integrated: bool | None
    others: tuple[tuple[str, Cell], ...]

    def value(self, figure: Figure) -> Cell | None:
        """The cell of a figure, or None when the file has no such column."""
        return self.figures.get(figure)

    def found(self, response: Figure = Figure.AREA) -> bool:
        """Whether there is a peak: a response above zero. An area written as 0 is a peak not found."""
        cell = self.figures.get(response)
        return cell is not None and cell.status is CellStatus.VALUE and cell.number is not None and cell.number > 0


@dataclass(frozen=True, slots=True)
class Injection:
    """One injection: one row of the table.

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
    _by_compound: dict[str, list[Trace]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_compound: dict[str, list[Trace]] = {}
        for trace in self.traces:
            by_compound.setdefault(trace.compound, []).append(trace)
        object.__setattr__(self, "_by_compound", by_compound)

    def quantifier(self, compound: str) -> Trace | None:
        """The quantifier trace of a compound."""
        of_compound = self._by_compound.get(compound, ())
        return next((trace for trace in of_compound if trace.role is TraceRole.QUANTIFIER), None)

    def qualifiers(self, compound: str) -> tuple[Trace, ...]:
        """The qualifier traces of a compound, in the order of the file."""
        of_compound = self._by_compound.get(compound, ())
        return tuple(trace for trace in of_compound if trace.role is TraceRole.QUALIFIER)


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one record of the file: an injection, or not one, with every reason.

    `refused` means it should have been an injection and could not be read.
    """

    row: int
    injection: Injection | None
    reasons: tuple[Reason, ...] = ()
    refused: bool = False
    content: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compound:
    """A compound as the vendor's method names it, and the first column (from 1) where it stands."""

    name: str
    column: int
    qualifiers: tuple[str, ...]
    is_internal_standard: bool

    @property
    def address(self) -> str:
        """The first column in letters."""
        return column_letters(self.column)


@dataclass(frozen=True, slots=True)
class Batch:
    """A whole file as read. `lines` holds every record of the file exactly once, in order."""

    sha256: str
    reader: str
    reader_version: str
    encoding: str
    first_beyond_ascii: tuple[str, ...]
    ambiguous_dates: tuple[str, ...]
    unread_columns: tuple[str, ...]
    compounds: tuple[Compound, ...]
    lines: tuple[Line, ...]

    @property
    def injections(self) -> tuple[Injection, ...]:
        """The injections that could be read, in the order of the file."""
        return tuple(line.injection for line in self.lines if line.injection is not None)
