"""JSON of a mapping of columns."""

from typing import Literal

from pydantic import Field

from lims.runs.column_map import ColumnMap, ColumnMeaning, Delimiter, MappedColumn, SkipRule, TableLayout
from lims.web.fields import Input
from lims.web.texts import Text40, Text60, Text100, Text200, Text500

#: As `lims.core.workbooks` reads them, and wide tables of text.
MOST_COLUMNS = 10_000


class MappedColumnIn(Input):
    """One column, from 1, and what it holds."""

    column: int = Field(ge=1, le=MOST_COLUMNS, examples=[3])
    meaning: ColumnMeaning
    heading: Text500 | Literal[""] = Field(default="", description="As it was when the column was mapped.")
    compound: Text200 | Literal[""] = Field(default="", description="In a wide table: of which compound.")
    unit: Text40 | Literal[""] = Field(default="", description="Of the concentrations in it, where it is known.")


class SkipRuleIn(Input):
    """Rows that are no injections: their cell fits the pattern (`*`, `?`)."""

    pattern: Text60 = Field(examples=["Mean*"])
    column: int = Field(default=0, ge=0, le=MOST_COLUMNS, description="0: the first cell that is written.")


class ColumnMapIn(Input):
    """Where a table is in a file and what its columns are."""

    layout: TableLayout
    sheet: Text100 | Literal[""] = Field(default="", description="Of a workbook.")
    delimiter: Delimiter = Field(default=Delimiter.COMMA, description="Of a text.")
    heading_row: int = Field(default=1, ge=0, le=1_000_000, description="0: the table has no headings.")
    first_row: int = Field(default=2, ge=1, le=1_000_000, description="Where the data begin.")
    compound: Text200 | Literal[""] = Field(default="", description="The one compound of a long table without names.")
    columns: list[MappedColumnIn] = Field(default=[], max_length=2000)
    skip: list[SkipRuleIn] = Field(default=[], max_length=100)

    def to_map(self) -> ColumnMap:
        """The mapping as a value."""
        return ColumnMap(
            layout=self.layout,
            columns=tuple(MappedColumn(c.column, c.meaning, c.heading, c.compound, c.unit) for c in self.columns),
            heading_row=self.heading_row,
            first_row=self.first_row,
            delimiter=self.delimiter,
            sheet=self.sheet,
            compound=self.compound,
            skip=tuple(SkipRule(rule.pattern, rule.column) for rule in self.skip),
        )
