"""Readers of the ASCII exports of Shimadzu LabSolutions (LC, IC, GC) and GCMSsolution.

    [Compound Results(Detector A)]      ID#, Name, R.Time, Area, Height, Conc., Curve, 3rd, 2nd, 1st, Constant, …
    [MS Quantitative Results]           ID#, Name, Type, ISTD Group#, Mass, Ret.Time, …, Mode, …, S/N, Unit, …

Area 0 at retention time 0, and `Not Identified`, are peaks not found. The constants of the curve are printed with each
injection and change where standards are renewed within the sequence; those of the last injection are shown. The factor
between curve and concentration is not printed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PureWindowsPath

from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.labsolutions_sections import Part, Section, parts_of, rows_of_export
from lims.runs.readers.long_layout import ABOUT, LongTable, compounds_of, refuse_without_records, stated
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole, VendorCurve

NAME, GCMS_NAME = "labsolutions-ascii", "gcmssolution-ascii"
VERSION = "1"

_LC, _MS = "Compound Results", "MS Quantitative Results"
_RESULTS = (_LC, _MS)
_FIGURES = {
    Figure.RETENTION_TIME: ("R.Time", "Ret.Time", "Ret. Time"),
    Figure.EXPECTED_RETENTION_TIME: ("Std.Ret.Time",),
    Figure.AREA: ("Area",),
    Figure.HEIGHT: ("Height",),
    Figure.FINAL_CONCENTRATION: ("Conc.",),
    Figure.SIGNAL_TO_NOISE: ("S/N",),
}
_NAMED = ("ID#", "Name", "Type", "Mass", "Mode", "Unit")
_CURVE = ("3rd", "2nd", "1st", "Constant")
_MOST_REFERENCE_IONS = 5
_REFERENCE = {
    Figure.AREA: "Area",
    Figure.HEIGHT: "Height",
    Figure.EXPECTED_ION_RATIO: "Set Ratio",
    Figure.ION_RATIO: "Ratio",
}
_KEPT = (
    *("ISTD Group#", "Curve", "Calibration Curve", *_CURVE),
    *(f"Ref.Ion{ion} {name}" for ion in range(1, _MOST_REFERENCE_IONS + 1) for name in ("m/z", *_REFERENCE.values())),
)


def recognises(file: OpenedFile) -> bool:
    """`[Header]` and a section that GCMSsolution does not write."""
    return _is_export(file) and not recognises_gcms(file)


def recognises_gcms(file: OpenedFile) -> bool:
    """`[Header]` and the quantitative results of a mass spectrometer."""
    return _is_export(file) and f"[{_MS}]" in file.head


def _is_export(file: OpenedFile) -> bool:
    head = file.head[:4000].lstrip("\ufeff \r\n")
    return head.startswith("[Header]") and "Data File Name\t" in head


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read an export of LabSolutions. Raises `BadInput` for one without results of compounds."""
    return _read(file, profile, NAME)


def read_gcms(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read an export of GCMSsolution. Raises `BadInput` for one without results of compounds."""
    return _read(file, profile, GCMS_NAME)


def _read(file: OpenedFile, profile: ImportProfile, name: str) -> Batch:
    rows = rows_of_export(file)
    unfinished = None if file.text.text.endswith(("\n", "\r")) else rows[-1].number
    export = _Export(parts_of(rows), profile, unfinished)
    of_row = export.by_row()
    parts = [of_row.get(row.number) or _without_result(row) for row in rows]
    refuse_without_records(parts, _no_results())
    return batch_of(
        file,
        (name, VERSION),
        compounds_of(parts, export.compounds),
        assembled(parts, profile),
        ambiguous_dates=export.ambiguous_dates,
        heading_rows=export.heading_rows[:1],
        software=export.software(),
        messages=export.messages,
    )


def _without_result(row: Row) -> Line:
    return columns.ignored(row, columns.BLANK if row.blank else ABOUT)


class _Export:
    """All injections of a file; collects compounds, doubtful dates and what is missing."""

    def __init__(self, parts: list[Part], profile: ImportProfile, unfinished: int | None) -> None:
        self.parts = parts
        self.profile = profile
        self.cells = profile.cells()
        self.unfinished = unfinished
        self.compounds: dict[str, Compound] = {}
        self.ambiguous_dates: list[str] = []
        self.heading_rows: list[int] = []
        self.messages: list[Reason] = []
        self._several = self._on_several_detectors()
        self._repeated = self._repeated_names()

    def software(self) -> str:
        """Program and version, as the first injection states them."""
        if not self.parts:
            return ""
        first = self.parts[0]
        return f"{first.value('Header', 'Application Name')} {first.value('Header', 'Version')}".strip()

    def _on_several_detectors(self) -> set[str]:
        """Names of compounds that more than one section of results has: there the section belongs to the name."""
        sections: dict[str, set[str]] = defaultdict(set)
        for part in self.parts:
            for section in part.results(_RESULTS):
                for row in section.table[1] if section.table else ():
                    if len(row.cells) > 1:
                        sections[row.cells[1].strip()].add(section.name)
        return {name for name, known in sections.items() if len(known) > 1}

    def _repeated_names(self) -> set[str]:
        """Names that a method gave to more than one compound: there the number belongs to the name."""
        found: set[str] = set()
        for section in (section for part in self.parts for section in part.results(_RESULTS)):
            rows = section.table[1] if section.table else []
            names = Counter(cells[1].strip() for cells in {row.cells for row in rows if len(row.cells) > 1})
            found.update(name for name, count in names.items() if count > 1)
        return found

    def by_row(self) -> dict[int, Line | Record]:
        """What became of the rows of results, by their numbers."""
        found: dict[int, Line | Record] = {}
        for part in self.parts:
            faults: list[Reason] = []
            head = self._head(part, faults)
            results = list(part.results(_RESULTS))
            if not any(section.table for section in results):
                self.messages.append(_without_results(part, head))
            for section in results:
                found.update(self._section(section, head, faults))
        return found

    def _head(self, part: Part, faults: list[Reason]) -> Head:
        path = part.value("Header", "Data File Name")
        data_file = PureWindowsPath(path).name
        if not path:
            faults.append(_without_data_file(part))
        return Head(
            key=folded(path),
            name=part.value("Sample Information", "Sample Name") or PureWindowsPath(path).stem,
            data_file=data_file,
            acquired_at=self._acquired(part, faults),
            # `1:Standard`: the number is the program's code of the type.
            vendor_type=part.value("Sample Information", "Sample Type").split(":", 1)[-1],
            level=_level(part.value("Sample Information", "Level")),
            vial=part.value("Sample Information", "Vial#"),
            dilution=self._dilution(part, faults),
            others=tuple(
                (key, columns.raw_cell(row, 2))
                for one in part.sections
                if one.name == "Sample Information"
                for key, row in one.fields.items()
                if row.cells[1].strip()
            ),
        )

    def _acquired(self, part: Part, faults: list[Reason]) -> datetime | None:
        row = part.row("Sample Information", "Acquired")
        text = "" if row is None else row.cells[1].strip()
        if row is None or not text:
            return None
        instant = self.cells.instant(text)
        if instant is None:
            faults.append(columns.date_unreadable(text, row.number, 2, self.profile))
        elif self.cells.ambiguous(text):
            self.ambiguous_dates.append(text)
        return instant

    def _dilution(self, part: Part, faults: list[Reason]) -> Cell | None:
        row = part.row("Sample Information", "Dilution Factor")
        if row is None:
            return None
        cell = self.cells.number(row.cells[1], row.number, 2)
        if cell.status is CellStatus.UNREADABLE:
            faults.append(columns.unreadable(cell, "Dilution Factor", self.profile))
        return stated(cell)

    def _section(self, section: Section, head: Head, faults: list[Reason]) -> Iterator[tuple[int, Line | Record]]:
        if section.table is None:
            return
        headings, rows = section.table
        self.heading_rows.append(headings.number)
        yield headings.number, columns.ignored(headings, columns.HEADING)
        table = LongTable(headings, self.profile, _FIGURES, _NAMED, self.unfinished, _KEPT)
        self._count(section, rows, head)
        standards = _internal_standards(table, rows)
        for row in rows:
            yield row.number, self._row(table, section, row, head, standards, list(faults))

    def _count(self, section: Section, rows: list[Row], head: Head) -> None:
        announced = section.fields.get("# of IDs")
        if announced is not None and announced.cells[1].strip() != str(len(rows)):
            self.messages.append(_count_differs(announced, len(rows), head))

    def _row(
        self,
        table: LongTable,
        section: Section,
        row: Row,
        head: Head,
        standards: Mapping[str, str],
        faults: list[Reason],
    ) -> Line | Record:
        if misfit := table.misfit(row):
            return columns.refused(row, [misfit])
        name = table.text(row, "Name")
        if not name:
            return columns.refused(row, [_without_compound(row)])
        name = self._full_name(name, table.text(row, "ID#"), section)
        traces = (self._quantifier(table, row, name, standards, faults), *_qualifiers(table, row, name, faults))
        self._note(table, row, traces)
        return columns.refused(row, faults) if faults else Record(row.number, row.cells, head, traces)

    def _full_name(self, name: str, number: str, section: Section) -> str:
        full = f"{name} (ID# {number})" if name in self._repeated else name
        return f"{full} [{section.name}]" if name in self._several else full

    def _quantifier(
        self, table: LongTable, row: Row, name: str, standards: Mapping[str, str], faults: list[Reason]
    ) -> Trace:
        mode = folded(table.text(row, "Mode"))
        return Trace(
            compound=name,
            role=TraceRole.QUANTIFIER,
            label="",
            figures=table.read_figures(row, faults),
            manually_integrated={"auto": False, "manual": True}.get(mode),
            others=table.others(row),
            unit=table.text(row, "Unit"),
            internal_standard="" if _is_standard(table, row) else standards.get(table.text(row, "ISTD Group#"), ""),
        )

    def _note(self, table: LongTable, row: Row, traces: Sequence[Trace]) -> None:
        """The compound as this injection shows it: constants of the last one, ions of all."""
        name = traces[0].compound
        before = self.compounds.get(name)
        labels = [trace.label for trace in traces[1:]]
        self.compounds[name] = Compound(
            name=name,
            column=0,
            qualifiers=tuple(dict.fromkeys([*(before.qualifiers if before else ()), *labels])),
            is_internal_standard=_is_standard(table, row) or self.profile.is_internal_standard(name),
            transition=table.text(row, "Mass"),
            curve=_curve(table, row),
        )


def _is_standard(table: LongTable, row: Row) -> bool:
    return folded(table.text(row, "Type")) == "istd"


def _internal_standards(table: LongTable, rows: Sequence[Row]) -> dict[str, str]:
    """The internal standard of each group that has exactly one."""
    names: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if _is_standard(table, row):
            names[table.text(row, "ISTD Group#")].append(table.text(row, "Name"))
    return {group: found[0] for group, found in names.items() if len(found) == 1}


def _qualifiers(table: LongTable, row: Row, name: str, faults: list[Reason]) -> tuple[Trace, ...]:
    """The reference ions that the method has. Their ratios are reference over target ion, in percent."""
    found = []
    for number in range(1, _MOST_REFERENCE_IONS + 1):
        ion = f"Ref.Ion{number}"
        mass = table.text(row, f"{ion} m/z")
        if mass.strip("0.,") == "":
            continue
        figures = {
            figure: table.columns.number(row, place, faults)
            for figure, heading in _REFERENCE.items()
            if (place := table.columns.place(f"{ion} {heading}")) is not None
        }
        figures = _of_reference(figures)
        found.append(Trace(name, TraceRole.QUALIFIER, f"{ion} ({mass})", figures, None, ()))
    return tuple(found)


def _of_reference(figures: dict[Figure, Cell]) -> dict[Figure, Cell]:
    """Without areas where only the ratio was kept; not found where the ratio is 0 too."""
    area, ratio = figures.get(Figure.AREA), figures.get(Figure.ION_RATIO)
    if area is None or area.number != 0:
        return figures
    if ratio is not None and ratio.number:
        return {figure: cell for figure, cell in figures.items() if figure not in (Figure.AREA, Figure.HEIGHT)}
    return {
        figure: cell if figure is Figure.EXPECTED_ION_RATIO else cell._replace(status=CellStatus.NOT_FOUND, number=None)
        for figure, cell in figures.items()
    }


def _curve(table: LongTable, row: Row) -> VendorCurve | None:
    model = table.text(row, "Curve", "Calibration Curve")
    if not model:
        return None
    constants = tuple((name, table.text(row, name)) for name in _CURVE if table.text(row, name))
    is_fitted = any(text.split("e")[0].strip("0.,+-") for _, text in constants)
    return VendorCurve(model=model, coefficients=constants if is_fitted else ())


def _level(text: str) -> str:
    """Level 0 is written for what is no standard."""
    return "" if text == "0" else text


def _count_differs(announced: Row, found: int, head: Head) -> Reason:
    return reason(
        "labsolutions.count_differs",
        "{name}: row {row} announces {stated} compounds, but {found} rows stand below it; the file was cut off, or rows"
        " were taken out.",
        at=Where(row=announced.number),
        name=head.data_file,
        row=announced.number,
        stated=announced.cells[1].strip(),
        found=found,
    )


def _without_results(part: Part, head: Head) -> Reason:
    row = part.sections[0].heading.number
    return reason(
        "labsolutions.injection_without_results",
        "{name}: the injection that begins in row {row} has no results of compounds; the file may be cut off.",
        at=Where(row=row),
        name=head.data_file,
        row=row,
    )


def _without_data_file(part: Part) -> Reason:
    row = part.sections[0].heading.number
    return reason(
        "labsolutions.no_data_file",
        "The injection that begins in row {row} has no Data File Name; export it with the section Header.",
        at=Where(row=row),
        row=row,
    )


def _without_compound(row: Row) -> Reason:
    return reason(
        "row.no_compound",
        "Row {row} has no name of a compound.",
        at=Where(row=row.number),
        row=row.number,
    )


def _no_results() -> Reason:
    return reason(
        "labsolutions.no_results",
        "This export holds no results of compounds. Export it again with the section Compound Results (LabSolutions) or"
        " MS Quantitative Results (GCMSsolution); a table of peaks or a chromatogram does not say what was found.",
        at=Where(row=1),
    )


READER = Reader(NAME, VERSION, "Shimadzu LabSolutions: ASCII export", recognises=recognises, read=read)
GCMS_READER = Reader(
    GCMS_NAME, VERSION, "Shimadzu GCMSsolution: ASCII export", recognises=recognises_gcms, read=read_gcms
)
