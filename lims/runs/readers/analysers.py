"""Readers of tables with one measurement per row: FOSS FIAstar, Seal AQ2 and Thermo Gallery (discrete analysers).

    FIAstar:  List name;Date;Time;Tray;Cup;Sample name;Sample type;Dilution;Remark;Parameter;Sample;Injection;…
    AQ2:      Sample ID,Sample Details,Test Name,Result,Units,Absorbance
    Gallery:  Sample/ctrl ID ⇥ Pat/Ctr/cAl ⇥ Test name ⇥ Test type ⇥ Result ⇥ Result unit ⇥ Result time ⇥ …
              below a heading of the laboratory

A row of FIAstar belongs to the injection of its tray, cup and injection number; a row of the Gallery is a measurement
with a time of its own; the AQ2 writes neither, so the second result of a sample and test is a second injection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import (
    Occurrences,
    compounds_of,
    date_and_time,
    delimiter_of,
    has_headings,
    misfit,
    unfinished_row,
)
from lims.runs.reading import Row
from lims.runs.records import Batch, Figure, Line, Trace, TraceRole

VERSION = "1"


@dataclass(frozen=True, slots=True)
class _Format:
    """The headings of one program: by which it is recognised, and what they mean.

    `identity` are headings that together identify the injection, with the sample; `messages` those of flags.
    """

    name: str
    program: str
    recognised: tuple[str, ...]
    sample: str
    test: str
    figures: Mapping[Figure, Sequence[str]]
    unit: str = ""
    kind: str = ""
    date: str = ""
    time: str = ""
    vial: tuple[str, ...] = ()
    dilution: str = ""
    identity: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    counts: bool = False


_FIASTAR = _Format(
    name="foss-fiastar",
    program="FOSS FIAstar",
    recognised=("list name", "tray", "cup", "sample name", "parameter", "peak height/area"),
    sample="Sample name",
    test="Parameter",
    figures={Figure.INTENSITY: ("Peak Height/Area",), Figure.FINAL_CONCENTRATION: ("Concentration",)},
    kind="Sample type",
    date="Date",
    time="Time",
    vial=("Tray", "Cup"),
    dilution="Dilution",
    identity=("List name", "Tray", "Cup", "Sample", "Injection"),
    messages=("Error/Warning",),
)
_AQ2 = _Format(
    name="seal-aq2",
    program="Seal AQ2",
    recognised=("sample id", "sample details", "test name", "result", "units", "absorbance"),
    sample="Sample ID",
    test="Test Name",
    figures={Figure.ABSORBANCE: ("Absorbance",), Figure.FINAL_CONCENTRATION: ("Result",)},
    unit="Units",
    counts=True,
)
_GALLERY = _Format(
    name="thermo-gallery",
    program="Thermo Gallery",
    recognised=("sample/ctrl id", "test name", "result", "result unit", "result time"),
    sample="Sample/ctrl ID",
    test="Test name",
    figures={Figure.ABSORBANCE: ("Response",), Figure.FINAL_CONCENTRATION: ("Result",)},
    unit="Result unit",
    kind="Pat/Ctr/cAl",
    date="Result time",
    identity=("Test name",),
    messages=("Errors", "Notes"),
)


def _recognises(file: OpenedFile, form: _Format) -> bool:
    return delimiter_of(file, lambda row: has_headings(row, *form.recognised)) is not None


def _read(file: OpenedFile, profile: ImportProfile, form: _Format) -> Batch:
    delimiter = delimiter_of(file, lambda row: has_headings(row, *form.recognised))
    if delimiter is None:
        raise BadInput(
            reason(
                "analyser.no_headings",
                "No row holds the headings of {program} ({headings}); export the results again with column headings.",
                at=Where(row=1),
                program=form.program,
                headings=", ".join(form.recognised),
            )
        )
    rows = file.rows(delimiter)
    top = next(row for row in rows if has_headings(row, *form.recognised))
    table = _Table(form, top, profile, unfinished_row(file, rows))
    parts = [table.part(row) for row in rows]
    return batch_of(
        file,
        (form.name, VERSION),
        compounds_of(parts, profile),
        assembled(parts, profile),
        heading_rows=(top.number,),
        ambiguous_dates=table.columns.ambiguous_dates,
        software=form.program,
    )


class _Table:
    """The columns of a table and what its rows say."""

    def __init__(self, form: _Format, top: Row, profile: ImportProfile, unfinished: int | None) -> None:
        self.form = form
        self.top = top
        self.unfinished = unfinished
        self.columns = Columns(top.cells, profile)
        self.figures = self.columns.figure_places(form.figures)
        self.occurrences = Occurrences()

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if row.number < self.top.number:
            return columns.ignored(row, columns.BESIDE)
        if row.number == self.top.number or row.cells == self.top.cells:
            return columns.ignored(row, columns.HEADING)
        if fault := misfit(row, self.columns.width, self.unfinished):
            return columns.refused(row, [fault])
        if folded(self.columns.text(row, self.form.sample)) in columns.STATISTICS:
            return columns.ignored(row, columns.STATISTIC)
        faults: list[Reason] = []
        head = self._head(row, faults)
        trace = self._trace(row, faults)
        if faults:
            return columns.refused(row, faults)
        return Record(row.number, row.cells, head, (trace,))

    def _head(self, row: Row, faults: list[Reason]) -> Head:
        form, text = self.form, self.columns.text
        acquired_at = date_and_time(self.columns, row, faults, form.date, form.time) if form.date else None
        name = text(row, form.sample)
        if not name or not text(row, form.test):
            faults.append(columns.nameless(row))
        place = self.columns.place(form.dilution) if form.dilution else None
        key = [name, *(text(row, heading) for heading in form.identity)]
        if acquired_at:
            key.append(f"@ {acquired_at}")
        if form.counts:
            key.append(f"#{self.occurrences.number((name, text(row, form.test)), row.cells)}")
        return Head(
            key=folded(" ".join(part for part in key if part)),
            name=name,
            acquired_at=acquired_at,
            vendor_type=text(row, form.kind) if form.kind else "",
            vial="/".join(text(row, heading) for heading in form.vial),
            dilution=self.columns.number(row, place, faults) if place else None,
            messages=tuple(said for said in (text(row, heading) for heading in form.messages) if said),
        )

    def _trace(self, row: Row, faults: list[Reason]) -> Trace:
        form = self.form
        figures = self.columns.figures(row, self.figures, faults)
        named = [form.sample, form.test, form.unit, form.kind, form.date, form.time, form.dilution, *form.messages]
        places = [self.columns.place(heading) for heading in (*named, *form.vial) if heading]
        used = [*(cell.column for cell in figures.values()), *(place for place in places if place)]
        return Trace(
            self.columns.text(row, form.test),
            TraceRole.QUANTIFIER,
            "",
            figures,
            None,
            self.columns.others(row, used),
            unit=self.columns.text(row, form.unit) if form.unit else "",
        )


def _reader(form: _Format) -> Reader:
    return Reader(
        form.name,
        VERSION,
        f"{form.program}: results",
        recognises=lambda file: _recognises(file, form),
        read=lambda file, profile: _read(file, profile, form),
    )


FIASTAR_READER = _reader(_FIASTAR)
AQ2_READER = _reader(_AQ2)
GALLERY_READER = _reader(_GALLERY)
