"""Reader of the text export of Molecular Devices SoftMax Pro (plate reader), tab-separated, mostly UTF-16.

    ##BLOCKS= 2
    Plate: ⇥ Plate01 ⇥ 1.3 ⇥ PlateFormat ⇥ Endpoint ⇥ Absorbance ⇥ Raw ⇥ … ⇥ 450 ⇥ …
           ⇥ Temperature(°C) ⇥ 1 ⇥ 2 ⇥ …
           ⇥ 25.0 ⇥ 3.418 ⇥ …                        rows A, B, … without letters; reduced values below
    ~End
    Group: Unknowns
    Sample ⇥ Wells ⇥ OD ⇥ R ⇥ Conc ⇥ … ⇥ WellPlateName
    01     ⇥ A4    ⇥ 2.429 ⇥   ⇥ 254.952 ⇥ … ⇥ Plate01      the sample's name stands once for its wells
    ~End

The plates give the absorbance of every well, the groups name the wells and give the concentrations of the curve.
Means, standard deviations and coefficients of variation are statistics and are kept as text only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.joining import Piece, Pieces, compounds_in, joined
from lims.runs.readers.plates import (
    WELL,
    WellReader,
    figure_trace,
    incomplete,
    matrices_of,
    signal_of,
    text_trace,
)
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import ABOUT, misfit, name_and_unit, unfinished_row
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "softmax-pro"
VERSION = "1"

#: Where the first row of a plate section says what was read.
_FORMAT, _MODE, _WHAT, _WAVELENGTH = 3, 4, 5, 15
_CONCENTRATIONS = ("Conc", "BackCalcConc", "Result", "Concentration")


def recognises(file: OpenedFile) -> bool:
    """The first line counts the blocks."""
    return file.head.startswith("##BLOCKS=")


@dataclass
class _Section:
    """A plate or a group, from its first row to `~End`; positions count among the rows of the file."""

    rows: list[Row] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """`plate`, `group`, or whatever else the program calls it."""
        return folded(self.rows[0].cells[0]).split(":")[0]


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read an export. Raises `BadInput` when no plate of it was read once, in the format of a plate."""
    rows = file.rows("\t")
    sections = _sections(rows)
    plates = [section for section in sections if section.kind == "plate"]
    if not plates or not all(_is_supported(plate.rows[0]) for plate in plates):
        raise BadInput(
            reason(
                "softmax.layout_not_supported",
                "This export of SoftMax Pro holds no plates read once at one wavelength in the format of a plate;"
                " export endpoint reads with the option Plate, one wavelength at a time.",
                at=Where(row=1),
            )
        )
    reader = _File(profile, unfinished_row(file, rows), plates)
    parts: dict[int, Line | Pieces] = {row.number: _outside(row) for row in rows}
    for section in sections:
        of_section = reader.plate(section) if section.kind == "plate" else reader.group(section)
        parts |= {part.row: part for part in of_section}
    ordered = [parts[row.number] for row in rows]
    names = compounds_in(ordered)
    return batch_of(
        file,
        (NAME, VERSION),
        [Compound(name, 0, (), profile.is_internal_standard(name), transition=name) for name in names],
        joined(ordered, profile),
        heading_rows=reader.heading_rows,
        software="SoftMax Pro",
        messages=(*reader.messages, *_missing_end(rows[0], sections)),
    )


def _outside(row: Row) -> Line:
    return columns.ignored(row, columns.BLANK if row.blank else ABOUT)


def _sections(rows: Sequence[Row]) -> list[_Section]:
    found: list[_Section] = []
    current: _Section | None = None
    for row in rows:
        first = row.cells[0].strip() if row.cells else ""
        if first.startswith(("Plate:", "Group:", "Note:", "Cuvette:")):
            current = _Section()
            found.append(current)
        if current is not None:
            current.rows.append(row)
        if first.startswith("~End"):
            current = None
    return found


def _is_supported(row: Row) -> bool:
    cells = [*row.cells, *[""] * _WAVELENGTH]
    wavelengths = cells[_WAVELENGTH].split()
    return cells[_FORMAT] == "PlateFormat" and cells[_MODE] == "Endpoint" and len(wavelengths) <= 1


def _missing_end(first: Row, sections: Sequence[_Section]) -> tuple[Reason, ...]:
    """What a person should know: the file holds fewer whole sections than its first line announces."""
    announced = first.cells[0].partition("=")[2].strip()
    whole = sum(section.rows[-1].cells[0].startswith("~End") for section in sections)
    if announced == str(whole) and whole == len(sections):
        return ()
    return (
        reason(
            "softmax.no_end",
            "The file announces {announced} sections and holds {whole} with an end (~End); it may be cut off: export it"
            " again.",
            announced=announced,
            whole=whole,
        ),
    )


class _File:
    """The plates by their names, and what the groups say of their wells."""

    def __init__(self, profile: ImportProfile, unfinished: int | None, plates: Sequence[_Section]) -> None:
        self.profile = profile
        self.wells = WellReader(profile, unfinished)
        self.unfinished = unfinished
        self.plates = {folded(plate.rows[0].cells[1]): plate.rows[0] for plate in plates}
        self.heading_rows: list[int] = []
        self.messages: list[Reason] = []
        self.unit = ""

    def _compound(self, first: Row) -> str:
        cells = [*first.cells, *[""] * _WAVELENGTH]
        return f"{cells[_WHAT].strip()} {cells[_WAVELENGTH].strip()}".strip()

    def plate(self, section: _Section) -> list[Line | Pieces]:
        """The raw values of a plate are the signal; reduced values below them are kept as text."""
        first = section.rows[0]
        name, compound = first.cells[1].strip(), self._compound(first)
        matrices = matrices_of(section.rows, labelled=False)
        self.messages += incomplete(matrices)
        parts: list[Line | Pieces] = [_outside(row) for row in section.rows]
        for place, matrix in enumerate(matrices):
            self.heading_rows.append(matrix.heading.number)
            parts[matrix.above] = columns.ignored(matrix.heading, columns.HEADING)
            is_raw = place == 0
            for offset, line in enumerate(matrix.lines, start=1):

                def head(well: str) -> Head:
                    return Head(key=f"{folded(name)} {well.lower()}", name="", vial=well)

                def trace(_: str, cell: Cell, is_raw: bool = is_raw) -> Trace:
                    figure = signal_of(first.cells[_WHAT])
                    return figure_trace(compound, figure, cell) if is_raw else text_trace(compound, "reduced", cell)

                part = f"{name} {'raw' if is_raw else 'reduced'} {line.letter}"
                parts[matrix.above + offset] = self.wells.numbers(matrix, line, head, trace, part)
        return parts

    def group(self, section: _Section) -> list[Line | Pieces]:
        """The wells of a group; its formulas and summaries hold no result."""
        parts: list[Line | Pieces] = [_outside(row) for row in section.rows]
        top = next((p for p, row in enumerate(section.rows) if _is_heading(row)), None)
        if top is None:
            return parts
        reader = _Group(section.rows[0].cells[0].partition(":")[2].strip(), section.rows[top], self)
        self.heading_rows.append(section.rows[top].number)
        parts[top] = columns.ignored(section.rows[top], columns.HEADING)
        for position in range(top + 1, len(section.rows)):
            if section.rows[position].blank:
                break
            if section.rows[position].cells[0].startswith("~End"):
                break
            parts[position] = reader.part(section.rows[position])
        return parts

    def plate_of(self, name: str) -> tuple[str, str] | None:
        """Key and compound of a plate by its name; without a name, of the only one."""
        if not name and len(self.plates) == 1:
            name = next(iter(self.plates))
        first = self.plates.get(folded(name))
        return None if first is None else (folded(name), self._compound(first))


def _is_heading(row: Row) -> bool:
    names = {folded(cell) for cell in row.cells}
    return {"sample", "wells"} <= names


class _Group:
    """One table of a group. The name of a sample stands in the first row of its wells."""

    def __init__(self, name: str, heading: Row, file: _File) -> None:
        self.name = name
        self.file = file
        self.columns = Columns([name_and_unit(cell)[0] for cell in heading.cells], file.profile)
        self.nominal = next(
            (p for p, cell in enumerate(heading.cells, start=1) if folded(cell).startswith("standard value")), None
        )
        if self.nominal:
            file.unit = heading.cells[self.nominal - 1].strip()[len("Standard Value") :].strip(" ()[]")
        self.sample = ""
        self.standard: Cell | None = None

    def part(self, row: Row) -> Line | Pieces:
        """The well of a row, with its name and its figures."""
        if fault := misfit(row, self.columns.width, self.file.unfinished):
            self.sample = ""  # it may have named the sample of the rows below it
            return columns.refused(row, [fault])
        self.sample = self.columns.text(row, "Sample") or self.sample
        well = WELL.fullmatch(self.columns.text(row, "Wells").upper())
        plate = self.file.plate_of(self.columns.text(row, "WellPlateName"))
        if well is None or plate is None or not self.sample:
            return columns.refused(row, [_no_well(row)])
        faults: list[Reason] = []
        trace = self._trace(row, plate[1], faults)
        if faults:
            return columns.refused(row, faults)
        name = f"{well[1]}{int(well[2])}"
        flag = self.columns.text(row, "R")
        head = Head(
            key=f"{plate[0]} {name.lower()}",
            name=self.sample,
            vendor_type=self.name,
            level=self.sample if self.nominal else "",
            vial=name,
            messages=(flag,) if flag else (),
        )
        return Pieces(row.number, row.cells, (Piece(head, (trace,)),), self.name)

    def _trace(self, row: Row, compound: str, faults: list[Reason]) -> Trace:
        places = {Figure.UNDILUTED_CONCENTRATION: self.columns.place(*_CONCENTRATIONS)}
        figures = {f: self.columns.number(row, place, faults) for f, place in places.items() if place}
        if self.nominal and self.columns.text(row, "Sample"):
            self.standard = self.columns.number(row, self.nominal, faults)
        if self.standard is not None:
            figures[Figure.NOMINAL_CONCENTRATION] = self.standard
        used = [cell.column for cell in figures.values()]
        named = [self.columns.place(name) for name in ("Sample", "Wells", "WellPlateName")]
        others = self.columns.others(row, [*used, *(place for place in named if place)])
        return Trace(compound, TraceRole.QUANTIFIER, "", figures, None, others, unit=self.file.unit)


def _no_well(row: Row) -> Reason:
    return reason(
        "softmax.no_well",
        "Row {row} names no well, or no plate of this file; export the group with the columns Sample, Wells and"
        " WellPlateName.",
        at=Where(row=row.number),
        row=row.number,
    )


READER = Reader(NAME, VERSION, "Molecular Devices SoftMax Pro: text export", recognises=recognises, read=read)
