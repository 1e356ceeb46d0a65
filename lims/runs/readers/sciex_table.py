"""Reader of the results table of SCIEX MultiQuant and SCIEX OS (text): one row for each component of each sample.

    Sample Name⇥Acquisition Date & Time⇥Component Name⇥IS Name⇥Area⇥IS Area⇥Retention Time⇥…
    QC-1⇥08/09/2022 18:24:08⇥Imidacloprid 1⇥Imidacloprid d4⇥119134.56⇥548751.73⇥2.128⇥…

The columns are chosen by the user. A file of the instrument holds many samples, so an injection is known by everything
that the table says of it: sample name, file, time, index. Where it says nothing but the name and two injections have
the same, both are refused. Two transitions are two components; the import profile pairs them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.named_columns import LongTable, Names, columns_with_units
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line

NAME = "sciex-table"
VERSION = "1"

NAMES = Names(
    compound=("component name",),
    name=("sample name",),
    data_file=("original filename", "original file name", "file name", "filename", "data file"),
    acquired_at=("acquisition date & time", "acquisition date and time", "acquisition date"),
    key=("sample index", "injection number"),
    vendor_type=("sample type",),
    level=("standard level", "level"),
    vial=("vial position", "vial number", "vial"),
    dilution=("dilution factor",),
    unit=("concentration units", "calculated concentration units", "conc. units", "units"),
    transition=("mass info", "q1/q3 masses", "q1/q3"),
    internal_standard=("is name", "is component name"),
    kind=("component type",),
    manual=("manually integrated", "manual integration", "modified", "record modified"),
    integration=("integration type",),
    used=("used", "use record"),
    figures={
        Figure.AREA: ("area",),
        Figure.HEIGHT: ("height",),
        Figure.RETENTION_TIME: ("retention time", "rt"),
        Figure.EXPECTED_RETENTION_TIME: ("expected rt", "expected retention time"),
        Figure.SIGNAL_TO_NOISE: ("signal / noise", "signal/noise", "s/n"),
        Figure.NOMINAL_CONCENTRATION: ("actual concentration",),
        Figure.FINAL_CONCENTRATION: ("calculated concentration",),
        Figure.ACCURACY: ("accuracy",),
        Figure.INTERNAL_STANDARD_RESPONSE: ("is area",),
        Figure.INTERNAL_STANDARD_CONCENTRATION: ("is actual concentration", "is concentration"),
        Figure.INTERNAL_STANDARD_RATIO: ("area ratio",),
        Figure.ION_RATIO: ("ion ratio",),
        Figure.EXPECTED_ION_RATIO: ("expected ion ratio",),
    },
)
_DELIMITERS = ("\t", ",", ";")
_SEARCHED_LINES = 10
_RESULTS = frozenset(name for names in NAMES.figures.values() for name in names)


def recognises(file: OpenedFile) -> bool:
    """A row of headings with Sample Name, Component Name and a result."""
    return any(_is_heading(line.split(mark)) for line in _first_lines(file) for mark in _DELIMITERS)


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a results table.

    Raises BadInput for a file without such headings. A row that cannot be read does not stop the others.
    """
    delimiter = next((m for m in _DELIMITERS if any(_is_heading(line.split(m)) for line in _first_lines(file))), None)
    if delimiter is None:
        raise BadInput(
            reason(
                "sciex.not_a_results_table",
                "This is no results table of MultiQuant or SCIEX OS: no row of headings holds Sample Name, Component"
                " Name and results (Area, Retention Time, Calculated Concentration). A list of known concentrations is"
                " none. Export the results table as text with these columns.",
                at=Where(row=1),
            )
        )
    rows = file.rows(delimiter)
    heading = next(row for row in rows if _is_heading(row.cells))
    cells, units = columns_with_units(heading.cells, profile)
    table = LongTable(NAMES, cells, units, whole_key=True)
    parts = [table.part(row) if is_record(row, heading) else columns.ignored(row, above(row, heading)) for row in rows]
    lines = assembled(told_apart(parts), profile)
    return batch_of(
        file,
        (NAME, VERSION),
        with_internal_standards(table.found(profile), lines),
        lines,
        heading_rows=(heading.number,),
        ambiguous_dates=cells.ambiguous_dates,
        asks_about_end=True,
    )


def is_record(row: Row, heading: Row) -> bool:
    """Whether a row belongs to the table; one that only repeats the headings does not."""
    return row.number > heading.number and row.cells != heading.cells


def above(row: Row, heading: Row) -> Reason:
    """Why a row is no record."""
    if row.blank:
        return columns.BLANK
    return columns.HEADING if row.cells == heading.cells else columns.BESIDE


def told_apart(parts: Sequence[Line | Record]) -> Iterator[Line | Record]:
    """The parts, without injections that only a name identifies, and not even that."""
    contents: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for part in parts:
        if isinstance(part, Record) and _only_named(part):
            contents.setdefault((part.head.key, part.traces[0].compound), set()).add(part.content)
    several = {key for (key, _), texts in contents.items() if len(texts) > 1}
    for part in parts:
        if isinstance(part, Record) and part.head.key in several and _only_named(part):
            yield columns.refused(Row(part.row, part.content), [_not_told_apart(part)])
        else:
            yield part


def with_internal_standards(compounds: Iterable[Compound], lines: Iterable[Line]) -> list[Compound]:
    """The compounds; those that others are related to are internal standards, even if nothing else says so."""
    standards = {
        folded(trace.internal_standard)
        for injection in {id(line.injection): line.injection for line in lines}.values()
        if injection is not None
        for trace in injection.traces
        if trace.internal_standard and folded(trace.internal_standard) != folded(trace.compound)
    }
    return [
        replace(one, is_internal_standard=one.is_internal_standard or folded(one.name) in standards)
        for one in compounds
    ]


def _first_lines(file: OpenedFile) -> list[str]:
    return file.head.splitlines()[:_SEARCHED_LINES]


def _is_heading(cells: Iterable[str]) -> bool:
    names = {folded(cell.strip().strip('"')).partition(" (")[0] for cell in cells}
    return {"sample name", "component name"} <= names and bool(names & _RESULTS)


def _only_named(record: Record) -> bool:
    head = record.head
    return head.key == folded(head.name)


def _not_told_apart(record: Record) -> Reason:
    return reason(
        "row.not_told_apart",
        "Row {row}: several injections are called {name}, and nothing else tells them apart; add the acquisition time"
        " or the file name to the table and export it again.",
        at=Where(row=record.row),
        row=record.row,
        name=record.head.name,
    )


READER = Reader(NAME, VERSION, "SCIEX MultiQuant, SCIEX OS: results table", recognises=recognises, read=read)
