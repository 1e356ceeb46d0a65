"""Reader of a MassHunter Quantitative Analysis table with a row for each compound of each injection (csv, tsv).

    Batch Name,pesticides.batch.bin                                     key and value, as many as there are
    Analysis Time,5/13/2024 10:12 AM
    Data File,Sample Name,Sample Type,Acq. Date-Time,Compound,ISTD,RT,Area,Final Conc. (ng/mL)
    QC-1.d,QC-1,QC,5/13/2024 8:01 AM,Carbofuran,d3,4.13,5816,35

No laboratory has given a real export of this layout yet: it is read by the names of its columns.
"""

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns, masshunter_report
from lims.runs.readers.assembling import assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.named_columns import LongTable, columns_with_units
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row, rows_of
from lims.runs.records import Batch

NAME = "masshunter-long"
VERSION = "1"

_DELIMITERS = (",", "\t", ";")
#: The heading is looked for this far.
_SEARCHED_ROWS = 60
#: Keys that the program writes above its table; none of them, and it is another program's.
_KEYS = frozenset(
    {
        "batch name", "batch path", "batch file", "batch data path", "batch state", "analysis time", "analyst name",
        "report time", "reporter name", "last calib update", "last calibration update", "quant batch version",
        "quant report version", "batch info",
    }
)  # fmt: skip
NAMES = masshunter_report.NAMES
_NEEDED = (NAMES.data_file, NAMES.compound)
_FIGURES = frozenset(name for names in NAMES.figures.values() for name in names)


def recognises(file: OpenedFile) -> bool:
    """Keys of the program above a row of headings with Data File and Compound; the sectioned report has them too."""
    return not masshunter_report.recognises(file) and any(
        _heading(_first_rows(file.head, delimiter)) is not None for delimiter in _DELIMITERS
    )


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a long table.

    Raises BadInput for a file without such headings. A row that cannot be read does not stop the others.
    """
    delimiter = next((d for d in _DELIMITERS if _heading(_first_rows(file.head, d)) is not None), None)
    if delimiter is None or masshunter_report.recognises(file):
        raise BadInput(
            reason(
                "masshunter.not_a_long_table",
                "This is no MassHunter table with a row for each compound of each injection: no row of headings holds"
                " Data File, Compound and results (RT, Area, Final Conc.) below the keys of the batch. Export the batch"
                " table of Quantitative Analysis as csv.",
                at=Where(row=1),
            )
        )
    rows = file.rows(delimiter)
    heading = rows[_heading(rows[:_SEARCHED_ROWS]) or 0]
    cells, units = columns_with_units(heading.cells, profile)
    table = LongTable(NAMES, cells, units)
    parts = [
        table.part(row) if row.number > heading.number else columns.ignored(row, _above(row, heading)) for row in rows
    ]
    lines = assembled(parts, profile)
    return batch_of(
        file,
        (NAME, VERSION),
        table.found(profile),
        lines,
        heading_rows=(heading.number,),
        ambiguous_dates=cells.ambiguous_dates,
        asks_about_end=True,
    )


def _first_rows(head: str, delimiter: str) -> tuple[Row, ...]:
    """The first rows; none when the text cannot be split so."""
    first = "\n".join(head.splitlines()[:_SEARCHED_ROWS])
    try:
        return rows_of(first, delimiter)
    except BadInput:
        return ()


def _heading(rows: tuple[Row, ...]) -> int | None:
    """The place of the row of headings below at least one key of the program."""
    has_key = False
    for place, row in enumerate(rows):
        names = {folded(cell) for cell in row.cells}
        plain = {name.partition("(")[0].strip() for name in names}
        if has_key and all(names & set(needed) for needed in _NEEDED) and plain & _FIGURES:
            return place
        has_key = has_key or folded(row.cells[0] if row.cells else "").rstrip(":") in _KEYS
    return None


def _above(row: Row, heading: Row) -> Reason:
    if row.blank:
        return columns.BLANK
    return columns.HEADING if row.cells == heading.cells else columns.BESIDE


READER = Reader(NAME, VERSION, "Agilent MassHunter Quantitative Analysis: long table", recognises=recognises, read=read)
