"""Reader of the workbook of AORC confirmation criteria (xls, xlsx): one compound of one sample, its ions and times.

    AORC confirmation criteria calculation worksheet
    Laboratory number,,H2O-0001
    Sampling number,,EXP-014-D
    Molecule,,Boldenone
    In the sample … / Retention time of the molecule,,,7.61
    In reference standard … / Retention time of the molecule,,,7.61
    ,m/z,Area or intensity in the sample,Area or intensity in the spiked sample …,Signal/noise ratio
    ion 1,578.2---414.2,256914,56424,105.2

The first ion is read as the quantifier, the others as its qualifiers. What stands of the reference is kept beside them:
it is no injection of its own. Further sheets calculate from the first; they are not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellReader, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of, sheets_of
from lims.runs.readers.reader import Reader
from lims.runs.reading import Container, Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "aorc-worksheet"
VERSION = "1"

_TITLE = "aorc confirmation criteria"
_SEARCHED_ROWS = 10
_RETENTION = "retention time of the molecule"
_CALCULATED = reason("aorc.calculated", "A sheet that calculates from the first one; it is not read.")
_SAID = reason("aorc.form", "A line of the form.")


@dataclass
class _Form:
    """What the first sheet says, by the rows where it stands."""

    laboratory: str = ""
    sampling: str = ""
    molecule: str = ""
    times: dict[Figure, Cell] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    heading_row: int = 0
    ions: list[Row] = field(default_factory=list)


def recognises(file: OpenedFile) -> bool:
    """The title of the worksheet in the first rows."""
    if file.container not in (Container.XLSX, Container.XLS):
        return False
    rows = [row for sheet in sheets_of(file)[:1] for row in sheet.rows[:_SEARCHED_ROWS]]
    return any(_TITLE in folded(cell) for row in rows for cell in row.cells)


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read the worksheet.

    Raises BadInput for a workbook that is none, or in which the sample, the molecule or its ions are missing.
    """
    if not recognises(file):
        raise BadInput(
            reason(
                "aorc.not_a_worksheet",
                "This is no worksheet of AORC confirmation criteria; fill in the template and hand in the whole"
                " workbook.",
                at=Where(row=1),
            )
        )
    first = file.sheets[0]
    faults: list[Reason] = []
    form = _form(first.rows, profile, faults)
    missing = [name for name, text in _needed(form).items() if not text]
    if missing:
        raise BadInput(
            reason(
                "aorc.incomplete",
                "The worksheet does not say: {missing}. Fill it in and hand it in again.",
                at=Where(row=1),
                missing=", ".join(missing),
            )
        )
    parts = [_part(row, form, profile, faults) for row in first.rows]
    parts += [columns.ignored(row, _other(row)) for sheet in file.sheets[1:] for row in sheet.rows]
    labels = tuple(_label(ion) for ion in form.ions[1:])
    compound = Compound(
        form.molecule,
        0,
        labels,
        profile.is_internal_standard(form.molecule),
        transition=_transition(form.ions[0]),
    )
    return batch_of(
        file,
        (NAME, VERSION),
        [compound],
        assembled(parts, profile),
        heading_rows=(form.heading_row,),
        asks_about_end=True,
    )


def _needed(form: _Form) -> dict[str, str]:
    return {
        "Laboratory number": form.laboratory,
        "Molecule": form.molecule,
        "ions": "ions" if form.ions else "",
    }


def _other(row: Row) -> Reason:
    return columns.BLANK if row.blank else _CALCULATED


def _form(rows: tuple[Row, ...], profile: ImportProfile, faults: list[Reason]) -> _Form:
    form = _Form()
    cells = profile.cells()
    is_reference = False
    for row in rows:
        name = folded(row.cells[0])
        if name in ("laboratory number", "sampling number", "molecule"):
            field_name = name.partition(" ")[0]
            setattr(form, field_name, getattr(form, field_name) or _third(row))
        elif name.startswith("in the sample"):
            is_reference = False
        elif name.startswith("in reference"):
            is_reference = True
        elif name == _RETENTION:
            figure = Figure.EXPECTED_RETENTION_TIME if is_reference else Figure.RETENTION_TIME
            form.times[figure] = _number(row, 4, cells, profile, faults)
        elif "m/z" in map(folded, row.cells) and not form.headings:
            form.headings, form.heading_row = row.cells, row.number
        elif form.headings and name.startswith("ion ") and _cell(row, 2):
            form.ions.append(row)
    return form


def _third(row: Row) -> str:
    return next((text for text in (_cell(row, place) for place in (3, 2, 4)) if text), "")


def _cell(row: Row, place: int) -> str:
    return row.cells[place - 1].strip() if place <= len(row.cells) else ""


def _number(row: Row, place: int, cells: CellReader, profile: ImportProfile, faults: list[Reason]) -> Cell:
    cell = cells.number(_cell(row, place), row.number, place)
    if cell.status is CellStatus.UNREADABLE:
        faults.append(columns.unreadable(cell, "", profile))
    return cell


def _part(row: Row, form: _Form, profile: ImportProfile, faults: list[Reason]) -> Line | Record:
    if row.blank:
        return columns.ignored(row, columns.BLANK)
    if row not in form.ions:
        return columns.ignored(row, columns.HEADING if row.number == form.heading_row else _SAID)
    wrong = list(faults)
    trace = _trace(row, form, profile, wrong)
    if wrong:
        return columns.refused(row, wrong)
    key = " @ ".join(folded(text) for text in (form.laboratory, form.sampling) if text)
    head = Head(key, form.laboratory, others=tuple(_others(form)))
    return Record(row.number, row.cells, head, (trace,))


def _others(form: _Form) -> Iterator[tuple[str, Cell]]:
    if form.sampling:
        yield "Sampling number", Cell(form.sampling, CellStatus.NOT_APPLICABLE, None, 0, 3)


def _trace(row: Row, form: _Form, profile: ImportProfile, faults: list[Reason]) -> Trace:
    cells = profile.cells()
    is_first = row is form.ions[0]
    figures = {
        Figure.AREA: _number(row, 3, cells, profile, faults),
        Figure.SIGNAL_TO_NOISE: _number(row, 5, cells, profile, faults),
    }
    if is_first:
        figures |= form.times
    heading = form.headings[3].strip() if len(form.headings) > 3 else ""
    return Trace(
        compound=form.molecule,
        role=TraceRole.QUANTIFIER if is_first else TraceRole.QUALIFIER,
        label="" if is_first else _label(row),
        figures=figures,
        manually_integrated=None,
        others=((heading, columns.raw_cell(row, 4)),) if _cell(row, 4) else (),
    )


def _transition(row: Row) -> str:
    """`578.2---414.2` as other programs write it."""
    first, dashes, second = _cell(row, 2).partition("---")
    return f"{first.strip()} -> {second.strip()}" if dashes else first.strip()


def _label(row: Row) -> str:
    return f"Qualifier ({_transition(row)})"


READER = Reader(NAME, VERSION, "AORC confirmation criteria worksheet", recognises=recognises, read=read)
