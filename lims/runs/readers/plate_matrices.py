"""Readers of plate readers that write their results as matrices in csv: BMG MARS and Revvity Kaleido.

    User: USER,Path: C:\\…,Test run no.: 3          MARS: once for each plate
    Test name: ELISA 450,Date: 03/03/2016,Time: 16:54:03
    ID1: plate-7
    Absorbance
    Raw Data (450)
    ,1,2,3,…
    A,0.031,0.032,…

    Results for ABS mono 1                        Kaleido: once for each measurement
    Barcode: P-7, PlateRepeat: 1, WellRepeat: 1
    ,1,2,3,…
    A,2.207,1.999,…
    …
    Measurement Started:,,2020-10-26T16:16:18.228-04:00
    Platemap
    Plate
    ,1,2,3,…                                      names of the wells, `-` where there is none

The first matrix of a plate with a title of its own is the signal; titles that name another one (`Blank corrected based
on Raw Data (450)`) are kept beside it as text. Neither program names the analyte: the title is the compound.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head
from lims.runs.readers.batching import batch_of
from lims.runs.readers.joining import Pieces, compounds_in, joined
from lims.runs.readers.plates import (
    Matrix,
    MatrixLine,
    WellReader,
    figure_trace,
    incomplete,
    label_parts,
    matrices_of,
    signal_of,
    text_trace,
)
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import ABOUT, unfinished_row
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line

VERSION = "1"
MARS, KALEIDO = "bmg-mars", "revvity-kaleido"


@dataclass(frozen=True, slots=True)
class _Placed:
    """A matrix and what the lines above it say: its plate, when it was read, and what it shows."""

    matrix: Matrix
    plate: str
    acquired_at: datetime | None
    title: str
    signal: Figure
    is_names: bool = False


def recognises_mars(file: OpenedFile) -> bool:
    """User and number of the test run in the first line."""
    first = next((line for line in file.head[:2_000].splitlines() if line.strip()), "")
    return first.startswith("User:") and "Test run no.:" in first


def recognises_kaleido(file: OpenedFile) -> bool:
    """Results with a repeat of the plate above the wells."""
    head = folded(file.head[:4_000])
    return "results for" in head and "platerepeat:" in head and "wellrepeat:" in head


def read_mars(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read an export of MARS. Raises `BadInput` when it holds no matrix."""
    return _read(file, profile, MARS, "MARS", _mars)


def read_kaleido(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read an export of Kaleido. Raises `BadInput` when it holds no matrix."""
    return _read(file, profile, KALEIDO, "Kaleido", _kaleido)


_Found = tuple[list[_Placed], list[Reason], list[str]]


def _read(
    file: OpenedFile,
    profile: ImportProfile,
    name: str,
    software: str,
    place: Callable[[Sequence[Row], Sequence[Matrix], ImportProfile], _Found],
) -> Batch:
    rows = file.rows(_delimiter(file))
    matrices = matrices_of(rows)
    placed, messages, dates = place(rows, matrices, profile)
    if not any(not one.is_names for one in placed):
        raise BadInput(
            reason(
                "plate.no_matrix",
                "No matrix of wells (1 to 12 over A to H, or 1 to 24 over A to P) was found in this file; export the"
                " results of {software} as a plate.",
                at=Where(row=1),
                software=software,
            )
        )
    reader = _Plates(placed, profile, unfinished_row(file, rows))
    parts = reader.parts(rows)
    return batch_of(
        file,
        (name, VERSION),
        [Compound(n, 0, (), profile.is_internal_standard(n), transition=n) for n in compounds_in(parts)],
        joined(parts, profile),
        heading_rows=[matrix.heading.number for matrix in matrices],
        ambiguous_dates=dates,
        software=software,
        messages=(*messages, *incomplete(matrices)),
    )


def _delimiter(file: OpenedFile) -> str:
    return max((",", ";", "\t"), key=file.head[:20_000].count)


def _mars(rows: Sequence[Row], matrices: Sequence[Matrix], profile: ImportProfile) -> _Found:
    """The lines of a plate stand above its matrices; a new test run begins another plate."""
    cells = profile.cells()
    by_row = {matrix.above: matrix for matrix in matrices}
    placed: list[_Placed] = []
    messages: list[Reason] = []
    dates: list[str] = []
    said: dict[str, str] = {}
    mode = ""
    for position, row in enumerate(rows):
        texts = [cell.strip() for cell in row.cells if cell.strip()]
        if texts and texts[0].startswith("User:"):
            said, mode = {}, ""
        for text in texts:
            key, colon, value = text.partition(":")
            if colon:
                said[folded(key)] = value.strip()
        if texts and folded(texts[0]).startswith(("absorbance", "fluorescence", "luminescence", "alphascreen")):
            mode = texts[0]
        if matrix := by_row.get(position):
            text = f"{said.get('date', '')} {said.get('time', '')}".strip()
            acquired_at = cells.instant(text) if text else None
            if text and acquired_at is None:
                messages.append(columns.date_unreadable(text, row.number, 1, profile))
            elif cells.ambiguous(text):
                dates.append(text)
            plate = " ".join(said[key] for key in ("test run no.", "id1", "id2", "id3") if said.get(key))
            placed.append(_Placed(matrix, plate, acquired_at, matrix.title, signal_of(mode)))
    return placed, messages, dates


def _kaleido(rows: Sequence[Row], matrices: Sequence[Matrix], profile: ImportProfile) -> _Found:
    """The measurement and the barcode stand above a matrix, the time below all of them."""
    by_row = {matrix.above: matrix for matrix in matrices}
    started = next((row.cells[-1] for row in rows if folded("".join(row.cells[:1])) == "measurement started:"), "")
    acquired_at = _instant(started, profile)
    messages = [] if acquired_at or not started else [columns.date_unreadable(started, 1, 3, profile)]
    placed: list[_Placed] = []
    title = plate = ""
    is_names = False
    for position, row in enumerate(rows):
        first = " ".join(row.cells[0].split()) if row.cells else ""
        if first.startswith("Results for"):
            title, is_names = first[len("Results for") :].strip(), False
        elif first.startswith("Barcode:"):
            plate = " ".join(part for cell in row.cells for part in cell.split() if not part.endswith(":"))
        elif folded(first) == "platemap":
            is_names = True
        if matrix := by_row.get(position):
            signal = Figure.ABSORBANCE if folded(title).startswith("abs") else Figure.INTENSITY
            placed.append(_Placed(matrix, plate, acquired_at, title, signal, is_names))
    return placed, messages, []


def _instant(text: str, profile: ImportProfile) -> datetime | None:
    """A time with its own zone, in the zone of the instrument."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        return profile.cells().instant(text)
    zone = profile.time_zone
    return instant.replace(tzinfo=zone) if instant.tzinfo is None else instant.astimezone(zone)


class _Plates:
    """The matrices of a file, made into records."""

    def __init__(self, placed: Sequence[_Placed], profile: ImportProfile, unfinished: int | None) -> None:
        self.placed = placed
        self.wells = WellReader(profile, unfinished)
        #: The first title of each plate is what was measured; what is based on it names it.
        self.signals: dict[str, list[str]] = {}
        self.names: dict[str, str] = {}
        for one in placed:
            if one.is_names:
                found = {well: raw.strip() for line in one.matrix.lines for well, _, raw in one.matrix.wells(line)}
                self.names |= {well: name for well, name in found.items() if name.strip("-")}
                continue
            known = self.signals.setdefault(one.plate, [])
            derived = any(title in one.title and title != one.title for title in known)
            calculated = folded(one.title).startswith(("blank", "conc", "average", "mean", "std", "%", "cv"))
            if not derived and not (calculated and known) and one.title not in known:
                known.append(one.title)

    def parts(self, rows: Sequence[Row]) -> list[Line | Pieces]:
        """A part for every row."""
        of_rows: dict[int, Line | Pieces] = {}
        for one in self.placed:
            of_rows[one.matrix.heading.number] = columns.ignored(one.matrix.heading, columns.HEADING)
            for line in one.matrix.lines:
                of_rows[line.row.number] = self._line(one, line)
        return [of_rows.get(row.number) or columns.ignored(row, columns.BLANK if row.blank else ABOUT) for row in rows]

    def _head(self, one: _Placed, well: str) -> Head:
        name = self.names.get(well, "")
        kind, number = label_parts(name)
        return Head(
            key=f"{folded(one.plate)} @ {one.acquired_at or '-'} {well.lower()}",
            name=name or well,
            acquired_at=one.acquired_at,
            vendor_type=kind,
            level=number if folded(kind) in ("std", "cal") else "",
            vial=well,
        )

    def _line(self, one: _Placed, line: MatrixLine) -> Line | Pieces:
        if one.is_names:
            return columns.ignored(line.row, ABOUT)
        signals = self.signals.get(one.plate) or [one.title]
        part = f"{one.plate} {one.title}"

        def head(well: str) -> Head:
            return self._head(one, well)

        if one.title in signals:
            return self.wells.numbers(one.matrix, line, head, lambda _, c: figure_trace(one.title, one.signal, c), part)
        compound = next((title for title in signals if title in one.title), signals[0])
        if folded(one.title).startswith("conc") and len(signals) == 1:
            figure = Figure.UNDILUTED_CONCENTRATION
            return self.wells.numbers(one.matrix, line, head, lambda _, c: figure_trace(compound, figure, c), part)
        return self.wells.numbers(one.matrix, line, head, lambda _, c: text_trace(compound, one.title, c), part)


MARS_READER = Reader(MARS, VERSION, "BMG MARS: matrix", recognises=recognises_mars, read=read_mars)
KALEIDO_READER = Reader(KALEIDO, VERSION, "Revvity Kaleido: matrix", recognises=recognises_kaleido, read=read_kaleido)
