"""What the columns of any other table are (列映射), decided once by a person: a part of an import profile.

Long: a row for each compound of each injection. Wide: a row for each injection, with columns of its compounds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from lims.core.reasons import Reason, Where, reason
from lims.core.words import word
from lims.runs.cells import column_letters, folded


class TableLayout(StrEnum):
    """What a row of the table is."""

    LONG = "long"
    WIDE = "wide"


class Delimiter(StrEnum):
    """What separates the cells of a text."""

    COMMA = "comma"
    TAB = "tab"
    SEMICOLON = "semicolon"
    BAR = "bar"


DELIMITERS: Mapping[Delimiter, str] = MappingProxyType(
    {Delimiter.COMMA: ",", Delimiter.TAB: "\t", Delimiter.SEMICOLON: ";", Delimiter.BAR: "|"}
)


class ColumnMeaning(StrEnum):
    """What a column holds. Those after `IS_EXCLUDED` are figures and are called as in `lims.runs.records.Figure`."""

    NAME = "name"
    DATA_FILE = "data_file"
    ACQUIRED_AT = "acquired_at"
    ACQUIRED_TIME = "acquired_time"
    TYPE = "type"
    LEVEL = "level"
    VIAL = "vial"
    DILUTION = "dilution"
    COMPOUND = "compound"
    UNIT = "unit"
    INTERNAL_STANDARD = "internal_standard"
    MANUALLY_INTEGRATED = "manually_integrated"
    IS_EXCLUDED = "is_excluded"
    AREA = "area"
    HEIGHT = "height"
    INTENSITY = "intensity"
    ABSORBANCE = "absorbance"
    RETENTION_TIME = "retention_time"
    EXPECTED_RETENTION_TIME = "expected_retention_time"
    FINAL_CONCENTRATION = "final_concentration"
    UNDILUTED_CONCENTRATION = "undiluted_concentration"
    NOMINAL_CONCENTRATION = "nominal_concentration"
    ACCURACY = "accuracy"
    SIGNAL_TO_NOISE = "signal_to_noise"
    ION_RATIO = "ion_ratio"
    EXPECTED_ION_RATIO = "expected_ion_ratio"
    INTERNAL_STANDARD_RESPONSE = "internal_standard_response"
    INTERNAL_STANDARD_CONCENTRATION = "internal_standard_concentration"
    RELATIVE_STANDARD_DEVIATION = "relative_standard_deviation"

    @property
    def is_figure(self) -> bool:
        """Whether a column of it holds figures of a compound."""
        return self in FIGURES


_MEANINGS = tuple(ColumnMeaning)
FIGURES = frozenset(_MEANINGS[_MEANINGS.index(ColumnMeaning.AREA) :])
#: Figures that something is measured by; without one of them a table has no results.
MEASURED = frozenset(
    {
        ColumnMeaning.AREA,
        ColumnMeaning.HEIGHT,
        ColumnMeaning.INTENSITY,
        ColumnMeaning.ABSORBANCE,
        ColumnMeaning.FINAL_CONCENTRATION,
        ColumnMeaning.UNDILUTED_CONCENTRATION,
    }
)
CONCENTRATIONS = frozenset(
    {
        ColumnMeaning.FINAL_CONCENTRATION,
        ColumnMeaning.UNDILUTED_CONCENTRATION,
        ColumnMeaning.NOMINAL_CONCENTRATION,
    }
)
#: What belongs to a compound and not to the injection: in a wide table its column names the compound.
OF_A_COMPOUND = FIGURES | {ColumnMeaning.MANUALLY_INTEGRATED, ColumnMeaning.IS_EXCLUDED}


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column, from 1, with the heading it had when it was mapped; in a wide table its compound, and the unit of its
    concentrations where a person knows it.
    """

    column: int
    meaning: ColumnMeaning
    heading: str = ""
    compound: str = ""
    unit: str = ""

    @property
    def letters(self) -> str:
        """The column as a spreadsheet names it."""
        return column_letters(self.column)


@dataclass(frozen=True, slots=True)
class SkipRule:
    """A row whose cell fits `pattern` (`*` and `?`) is no injection. `column` 0: the first cell that is written."""

    pattern: str
    column: int = 0

    def fits(self, cells: Sequence[str]) -> bool:
        """Compared without regard to case, width and kind of dash."""
        if self.column:
            text = cells[self.column - 1] if self.column <= len(cells) else ""
        else:
            text = next((cell for cell in cells if cell.strip()), "")
        return fnmatchcase(folded(text), folded(self.pattern))


@dataclass(frozen=True)
class ColumnMap:
    """Where the table is and what its columns are.

    `sheet` empty: the file is a text, split by `delimiter`. Rows count from 1, in a workbook within the sheet;
    `heading_row` 0: there is none. `compound` names the one compound of a long table that has no column of it.
    """

    layout: TableLayout
    columns: tuple[MappedColumn, ...]
    heading_row: int = 1
    first_row: int = 2
    delimiter: Delimiter = Delimiter.COMMA
    sheet: str = ""
    compound: str = ""
    skip: tuple[SkipRule, ...] = ()

    def column_of(self, meaning: ColumnMeaning) -> MappedColumn | None:
        """The column of a meaning that stands once."""
        return next((column for column in self.columns if column.meaning is meaning), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, to be kept in an import profile."""
        return {
            "layout": self.layout.value,
            "sheet": self.sheet,
            "delimiter": self.delimiter.value,
            "heading_row": self.heading_row,
            "first_row": self.first_row,
            "compound": self.compound,
            "columns": [
                {
                    "column": one.column,
                    "meaning": one.meaning.value,
                    "heading": one.heading,
                    "compound": one.compound,
                    "unit": one.unit,
                }
                for one in self.columns
            ],
            "skip": [{"pattern": rule.pattern, "column": rule.column} for rule in self.skip],
        }


def mapping_faults(mapping: ColumnMap) -> list[Reason]:
    """Everything that keeps a mapping from giving injections, each with what would be right."""
    meanings = {column.meaning for column in mapping.columns}
    faults = []
    if not meanings & {ColumnMeaning.NAME, ColumnMeaning.DATA_FILE}:
        said = "No column says what was injected; choose the column of the injection's name or of its data file."
        faults.append(reason("mapping.no_name", said, at=Where(field="columns")))
    if not meanings & MEASURED:
        said = (
            "No column is a figure that is measured; choose at least one of area, height, intensity, absorbance or"
            " concentration."
        )
        faults.append(reason("mapping.no_figure", said, at=Where(field="columns")))
    if ColumnMeaning.ACQUIRED_TIME in meanings and ColumnMeaning.ACQUIRED_AT not in meanings:
        said = "A time of day alone is no time of acquisition; choose the column of its day too."
        faults.append(reason("mapping.time_without_day", said, at=Where(field="columns")))
    if mapping.first_row <= mapping.heading_row:
        said = "The first row of data must stand below the row of headings."
        faults.append(reason("mapping.rows_crossed", said, at=Where(field="first_row")))
    of_layout = _long_faults if mapping.layout is TableLayout.LONG else _wide_faults
    return [*faults, *of_layout(mapping), *_doubled(mapping)]


def _long_faults(mapping: ColumnMap) -> Iterator[Reason]:
    if mapping.column_of(ColumnMeaning.COMPOUND) is None and not mapping.compound:
        yield reason(
            "mapping.no_compound",
            "No column names the compound; choose it, or write the compound that the whole table is of.",
            at=Where(field="compound"),
        )


def _wide_faults(mapping: ColumnMap) -> Iterator[Reason]:
    if (column := mapping.column_of(ColumnMeaning.COMPOUND)) is not None:
        yield reason(
            "mapping.compound_in_wide",
            "Column {column} cannot name the compound where a row is a whole injection; choose the other layout.",
            at=Where(field="layout", column=column.letters),
            column=column.letters,
        )
    for column in mapping.columns:
        if column.meaning in OF_A_COMPOUND and not column.compound:
            yield reason(
                "mapping.compound_missing",
                "Column {column} ({heading}) is {kind} of no compound; write of which.",
                at=Where(field="columns", column=column.letters),
                column=column.letters,
                heading=column.heading[:60],
                kind=word(column.meaning),
            )


def _doubled(mapping: ColumnMap) -> Iterator[Reason]:
    """A meaning stands once, in a wide table once for each compound."""
    seen: dict[tuple[ColumnMeaning, str], MappedColumn] = {}
    is_wide = mapping.layout is TableLayout.WIDE
    for column in mapping.columns:
        of = folded(column.compound) if is_wide and column.meaning in OF_A_COMPOUND else ""
        first = seen.setdefault((column.meaning, of), column)
        if first is not column:
            yield reason(
                "mapping.doubled",
                "Columns {first} and {second} are both {kind}; choose one of them.",
                at=Where(field="columns", column=column.letters),
                first=first.letters,
                second=column.letters,
                kind=word(column.meaning),
            )
