"""Reader of the result of one injection as ChemStation and OpenLab CDS ChemStation Edition write it (Result.xml).

    <ChemStationResult>
     … <SampleName>Std 500</SampleName> <DataFileName>…</DataFileName> <InjectionDateTime>…</InjectionDateTime> …
     <Chromatograms><Signal><Description>FID1 A, Front Signal</Description><YUnits>pA</YUnits>
       <IntegrationResults><RetTime>2.828</RetTime><Area>19536.4</Area><Height>3417.8</Height>…</IntegrationResults>
     </Signal></Chromatograms>
     <Results><ResultsGroup><Peak><SignalDesc>FID1 A, Front Signal</SignalDesc><PeakType>BV E</PeakType>
       <MeasRetTime Unit="min">2.828</MeasRetTime><Name>Methane</Name><Amount Unit="ng/ul">0.9</Amount></Peak>

A peak of the results has the area of the integrated peak at the same time in the same signal; one that was integrated
and has no name is called by its time. A record is an element; its row is the line where it begins, or, where several
begin in one line, its number in the file. A column is the place of the figure in its element. No real file was at
hand: what names the sample is looked for by the names that such elements usually have.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PureWindowsPath

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellReader, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.chemstation_elements import Element, element_of
from lims.runs.readers.named_columns import stem
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "chemstation-xml"
VERSION = "1"

_ROOT = "chemstationresult"
_SAMPLE = ("SampleName", "Sample", "SampleInfoName")
_DATA_FILE = ("DataFileName", "RawDataFileName", "DataFile", "DataFilePath", "Datafile")
_TIME = ("InjectionDateTime", "InjDateTime", "InjectionDate", "InjectionTime", "AcquisitionDateTime", "RunDateTime")
_VIAL = ("Location", "VialNumber", "Vial", "SampleLocation")
_KIND = ("SampleType",)
_LEVEL = ("CalibrationLevel", "CalLevel")
_DILUTION = ("Dilution", "DilutionFactor")
_PEAK_FIGURES: dict[Figure, tuple[str, ...]] = {
    Figure.RETENTION_TIME: ("MeasRetTime", "RetTime"),
    Figure.EXPECTED_RETENTION_TIME: ("ExpRetTime", "ExpectedRetTime"),
    Figure.AREA: ("Area",),
    Figure.HEIGHT: ("Height",),
    Figure.FINAL_CONCENTRATION: ("Amount",),
}
_INTEGRATED_FIGURES: dict[Figure, tuple[str, ...]] = {
    Figure.RETENTION_TIME: ("RetTime",),
    Figure.AREA: ("Area",),
    Figure.HEIGHT: ("Height",),
}
_TIME_TEXT = re.compile(r"\d{1,9}(?:\.\d{1,20})?", re.ASCII)
_NUMBERED = reason(
    "xml.numbered",
    "Several results stand in one line of the XML file; the rows here are their numbers in the file.",
)


@dataclass(frozen=True)
class _Result:
    """An element that is a record, and the signal it belongs to; `row` as the module says."""

    element: Element
    signal: str
    is_named: bool
    row: int = 0


def recognises(file: OpenedFile) -> bool:
    """The root element of such a file."""
    return "<ChemStationResult" in file.head[:2000]


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read the result of an injection.

    Raises BadInput for another document, a damaged one, one without peaks, or one that names no injection.
    """
    text = file.text.text
    root = element_of(text[text.index("<") :] if "<" in text else text)
    if folded(root.name) != _ROOT:
        raise BadInput(
            reason(
                "chemstation.not_a_result",
                "The XML file is no Result.xml of ChemStation: it begins with {element}. Other documents (methods,"
                " sequences, ACAML) hold no results that are read here; let ChemStation write its results as XML, or"
                " print the report to a text file.",
                at=Where(row=1),
                element=root.name[:60],
            )
        )
    results, is_numbered = _numbered(list(_results(root)))
    if not results:
        raise BadInput(
            reason(
                "chemstation.no_peaks",
                "The file holds no peaks (IntegrationResults, or Peak in the results); integrate and quantify the data"
                " file in ChemStation and export it again.",
                at=Where(row=1),
            )
        )
    reader = _Reader(root, results, profile)
    lines = assembled([reader.part(result) for result in results], profile)
    return batch_of(
        file,
        (NAME, VERSION),
        list(reader.compounds.values()),
        lines,
        ambiguous_dates=reader.ambiguous_dates,
        messages=[*reader.messages, *([_NUMBERED] if is_numbered else [])],
        asks_about_end=True,
    )


def _results(root: Element) -> Iterator[_Result]:
    for element in root.walk():
        name = folded(element.name)
        if name == "signal":
            signal = element.said("Description")
            for child in element.children:
                if folded(child.name) == "integrationresults":
                    yield _Result(child, signal, is_named=False)
        elif name == "resultsgroup":
            for child in element.children:
                if folded(child.name) == "peak":
                    yield _Result(child, child.said("SignalDesc"), is_named=True)


def _numbered(results: Sequence[_Result]) -> tuple[list[_Result], bool]:
    rows = [result.element.line for result in results]
    is_numbered = len(set(rows)) < len(rows)
    if is_numbered:
        rows = list(range(1, len(rows) + 1))
    found = [_Result(r.element, r.signal, r.is_named, row) for r, row in zip(results, rows, strict=True)]
    return found, is_numbered


class _Reader:
    """Makes records of the results; all of them are of one injection."""

    def __init__(self, root: Element, results: Sequence[_Result], profile: ImportProfile) -> None:
        self.profile = profile
        self.cells: CellReader = profile.cells()
        self.ambiguous_dates: list[str] = []
        self.compounds: dict[str, Compound] = {}
        self.sample = [e for e in root.walk() if not e.children and e.text]
        self.integrated = {_key(result): result for result in results if not result.is_named}
        self.named = {_key(result) for result in results if result.is_named}
        names = {(folded(r.element.said("Name")), r.signal) for r in results if r.is_named}
        self.signals = [name for name, _ in names]
        self.head_faults: list[Reason] = []
        self.messages: list[Reason] = []
        self.head = self._head()

    def part(self, result: _Result) -> Record | Line:
        """The record of an element; an integrated peak that the results name is only kept as its area."""
        content = tuple(child.text for child in result.element.children)
        if not result.is_named and _key(result) in self.named:
            return Record(result.row, content, self.head, ())
        faults = list(self.head_faults)
        trace = self._trace(result, faults)
        if faults:
            return columns.refused(Row(result.row, content), faults)
        return Record(result.row, content, self.head, (trace,))

    def _said(self, names: Sequence[str]) -> str:
        wanted = [folded(name) for name in names]
        found = {folded(e.name): e.text for e in reversed(self.sample) if folded(e.name) in wanted}
        return next((found[name] for name in wanted if name in found), "")

    def _head(self) -> Head:
        data_file, name = self._said(_DATA_FILE), self._said(_SAMPLE)
        if not data_file and not name:
            raise BadInput(
                reason(
                    "chemstation.no_sample",
                    "The file says neither which sample nor which data file its results are of; export Result.xml again"
                    " from ChemStation, with the information of the sample.",
                    at=Where(row=1),
                )
            )
        date = self._said(_TIME)
        acquired_at = self.cells.instant(date) if date else None
        if date and acquired_at is None:
            # The data file tells the injection already: then the time is only said to be unknown.
            told = columns.date_unreadable(date, 1, 1, self.profile)
            (self.messages if data_file else self.head_faults).append(told)
        elif date and self.cells.ambiguous(date):
            self.ambiguous_dates.append(date)
        dilution = self._said(_DILUTION)
        return Head(
            key=folded(data_file) if data_file else f"{folded(name)} @ {acquired_at or ''}".rstrip(" @"),
            name=name or stem(data_file),
            data_file=PureWindowsPath(data_file).name,
            acquired_at=acquired_at,
            vendor_type=self._said(_KIND),
            level=self._said(_LEVEL),
            vial=self._said(_VIAL),
            dilution=self.cells.number(dilution, 1, 1) if dilution else None,
        )

    def _trace(self, result: _Result, faults: list[Reason]) -> Trace:
        element = result.element
        figures = self._figures(result, _PEAK_FIGURES if result.is_named else _INTEGRATED_FIGURES, faults)
        if result.is_named and (integrated := self.integrated.get(_key(result))) is not None:
            figures = {**self._figures(integrated, _INTEGRATED_FIGURES, faults), **figures}
        time = figures.get(Figure.RETENTION_TIME)
        if Figure.AREA not in figures and time is not None and time.number:
            faults.append(_unmatched(result))
        kind = element.said("PeakType")
        amount = element.child("Amount")
        name = self._name(result)
        is_standard = "I" in kind[2:] or self.profile.is_internal_standard(name)
        self.compounds.setdefault(name, Compound(name, 0, (), is_standard, transition=result.signal))
        used = {id(element.child(*names)) for names in _PEAK_FIGURES.values()}
        return Trace(
            compound=name,
            role=TraceRole.QUANTIFIER,
            label="",
            figures=figures,
            manually_integrated="M" in kind[:2] if kind else None,
            others=tuple(
                (child.name, Cell(child.text, CellStatus.NOT_APPLICABLE, None, result.row, place))
                for place, child in enumerate(element.children, start=1)
                if child.text and id(child) not in used
            ),
            unit="" if amount is None else amount.unit,
        )

    def _figures(
        self, result: _Result, names: dict[Figure, tuple[str, ...]], faults: list[Reason]
    ) -> dict[Figure, Cell]:
        found = {}
        for figure, called in names.items():
            if (child := result.element.child(*called)) is not None:
                place = result.element.place(child)
                cell = found[figure] = self.cells.number(child.text, result.row, place)
                if cell.status is CellStatus.UNREADABLE:
                    faults.append(columns.unreadable(cell, child.name, self.profile))
        return found

    def _name(self, result: _Result) -> str:
        name, signal = result.element.said("Name"), result.signal.partition(",")[0].strip()
        if name in ("", "?"):
            return f"{result.element.said('MeasRetTime', 'RetTime')} min ({signal})"
        return f"{name} ({signal})" if self.signals.count(folded(name)) > 1 else name


def _key(result: _Result) -> tuple[str, str]:
    """By what a peak of the results and an integrated one are the same: the signal, and the time to six decimals."""
    text = result.element.said("MeasRetTime", "RetTime")
    return (result.signal, f"{Decimal(text):.6f}" if _TIME_TEXT.fullmatch(text) else text)


def _unmatched(result: _Result) -> Reason:
    return reason(
        "chemstation.peak_unmatched",
        "Row {row}: the peak {name} has a time of retention, but no integrated peak at this time has an area; integrate"
        " and quantify the data file again and export it.",
        at=Where(row=result.row),
        row=result.row,
        name=result.element.said("Name"),
    )


READER = Reader(NAME, VERSION, "Agilent ChemStation, OpenLab CDS: Result.xml", recognises=recognises, read=read)
