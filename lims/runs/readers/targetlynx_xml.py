"""Reader of the XML of Waters TargetLynx (QUANDATASET): everything that its reports may leave out.

    <SAMPLE name="130522_Std_01" createdate="13-May-22" type="Analyte" vial="1:A,2" …>
      <COMPOUND id="1" name="CAT" stdconc="0.0000000000" …>
        <PEAK foundrt="4.19" area="1728.54" analconc="0.0000000000" pkflags="MM" signoise="15266.1" …>
          <CONFIRMATIONIONPEAK1 area=… /> <ISPEAK area=… />
        </PEAK>
        <METHOD quantrace="280" … />

`0.0000000000` stands for what was not entered or not calculated. Rows and columns are those of `targetlynx_elements`.
Numbers have a decimal point on every computer. Ratios stay text: this program gives quantifier over qualifier.
"""

from dataclasses import replace

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, DecimalMark, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.long_layout import LongTable, compounds_of, refuse_without_records, unset, without_peak
from lims.runs.readers.reader import Reader
from lims.runs.readers.targetlynx_elements import Dataset, Element, dataset_of
from lims.runs.readers.targetlynx_text import flags_of
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole, VendorCurve

NAME = "targetlynx-xml"
VERSION = "1"

_FIGURES = {
    Figure.RETENTION_TIME: ("PEAK foundrt",),
    Figure.EXPECTED_RETENTION_TIME: ("PEAK predrt",),
    Figure.AREA: ("PEAK area",),
    Figure.HEIGHT: ("PEAK height",),
    Figure.SIGNAL_TO_NOISE: ("PEAK signoise",),
    Figure.NOMINAL_CONCENTRATION: ("COMPOUND stdconc",),
    Figure.FINAL_CONCENTRATION: ("PEAK analconc",),
    Figure.INTERNAL_STANDARD_RESPONSE: ("ISPEAK area",),
}
_OF_ION = {
    Figure.RETENTION_TIME: ("foundrt",),
    Figure.AREA: ("area",),
    Figure.HEIGHT: ("height",),
    Figure.SIGNAL_TO_NOISE: ("signoise",),
}
_UNSET = (
    Figure.EXPECTED_RETENTION_TIME,
    Figure.NOMINAL_CONCENTRATION,
    Figure.FINAL_CONCENTRATION,
    Figure.SIGNAL_TO_NOISE,
)
_DATE, _TIME, _DILUTION = "SAMPLE createdate", "SAMPLE createtime", "SAMPLE dilutionfac"
_NAMED = ("SAMPLE name", "SAMPLE type", "SAMPLE vial", _DATE, _TIME, _DILUTION, "COMPOUND name")
_MOST_IONS = 4


def recognises(file: OpenedFile) -> bool:
    """The element QUANDATASET near the beginning."""
    return "<QUANDATASET" in file.head[:4000]


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read the XML. Raises `BadInput` for a broken file, one with entities, and one without compounds of samples."""
    dataset = dataset_of(file)
    if not dataset.compounds:
        raise BadInput(_no_samples())
    keys = dataset.keys
    headings = Row(1, tuple(f"{element} {name}" for element, name in keys))
    point = replace(profile, decimal_mark=DecimalMark.POINT, grouping_mark=None)
    reader = _Compounds(LongTable(headings, point, _FIGURES, _NAMED), dataset)
    rows = [
        Row(number, tuple(compound.attributes.get(key, "") for key in keys))
        for number, compound in enumerate(dataset.compounds, start=2)
    ]
    parts = [columns.ignored(headings, columns.HEADING), *map(reader.part, rows, dataset.compounds)]
    refuse_without_records(parts, _no_samples())
    return batch_of(
        file,
        (NAME, VERSION),
        compounds_of(parts, reader.compounds),
        assembled(parts, profile),
        ambiguous_dates=reader.table.columns.ambiguous_dates,
        heading_rows=(1,),
        software="TargetLynx",
        messages=_messages(dataset),
    )


class _Compounds:
    """Turns the compounds of samples into records."""

    def __init__(self, table: LongTable, dataset: Dataset) -> None:
        self.table = table
        self.dataset = dataset
        self.compounds: dict[str, Compound] = {}
        self.of_sample = frozenset(
            place for place, heading in enumerate(table.columns.headings, start=1) if heading.startswith("SAMPLE ")
        )
        self.ions = {
            number: places
            for number in range(1, _MOST_IONS + 1)
            if (places := table.columns.figure_places(_of_ion(number)))
        }
        self.of_ions = frozenset(place for places in self.ions.values() for place in places.values())

    def part(self, row: Row, element: Element) -> Line | Record:
        """What became of a compound of a sample."""
        name, compound = element.value("SAMPLE", "name"), element.value("COMPOUND", "name")
        if not name or not compound:
            return columns.refused(row, [columns.nameless(row)])
        twice = sorted(one for one in element.repeated if "PEAK" in one)
        if twice:
            return columns.refused(row, [_several_peaks(row, compound, name, twice[0])])
        faults: list[Reason] = []
        head = self._head(row, element, name, faults)
        traces = (self._quantifier(row, element, compound, faults), *self._qualifiers(row, element, compound, faults))
        self._note(element, compound, traces)
        return columns.refused(row, faults) if faults else Record(row.number, row.cells, head, traces)

    def _head(self, row: Row, element: Element, name: str, faults: list[Reason]) -> Head:
        acquired_at = self.table.instant_of(row, faults, _DATE, _TIME)
        used = set(range(1, len(row.cells) + 1)) - self.of_sample | self.table.used
        return Head(
            key=folded(name) if acquired_at is None else f"{folded(name)} @ {acquired_at}",
            name=name,
            data_file=name,
            acquired_at=acquired_at,
            vendor_type=element.value("SAMPLE", "type"),
            vial=element.value("SAMPLE", "vial"),
            dilution=self.table.dilution(row, faults, _DILUTION),
            others=self.table.columns.others(row, used),
        )

    def _quantifier(self, row: Row, element: Element, compound: str, faults: list[Reason]) -> Trace:
        manual, excluded = flags_of(element.value("PEAK", "pkflags"))
        return Trace(
            compound=compound,
            role=TraceRole.QUANTIFIER,
            label="",
            figures=_without_unset(self.table.read_figures(row, faults)),
            manually_integrated=manual,
            others=self.table.columns.others(row, self.table.used | self.of_sample | self.of_ions),
            is_excluded=excluded,
        )

    def _qualifiers(self, row: Row, element: Element, compound: str, faults: list[Reason]) -> list[Trace]:
        found = []
        for number, places in self.ions.items():
            ion = f"CONFIRMATIONIONPEAK{number}"
            if any(of == ion for of, _ in element.attributes):
                manual, _ = flags_of(element.value(ion, "pkflags"))
                figures = _without_unset(without_peak(self.table.columns.figures(row, places, faults)))
                found.append(Trace(compound, TraceRole.QUALIFIER, f"{number}º", figures, manual, ()))
        return found

    def _note(self, element: Element, compound: str, traces: tuple[Trace, ...]) -> None:
        known = self.compounds.get(compound)
        if known is None:
            curve = self.dataset.curves.get(element.value("COMPOUND", "name"))
            known = Compound(
                name=compound,
                column=0,
                qualifiers=(),
                is_internal_standard=self.table.columns.profile.is_internal_standard(compound),
                transition=element.value("METHOD", "quantrace") or element.value("PEAK", "chromtrace"),
                curve=None if curve is None else _curve(curve),
            )
        labels = dict.fromkeys([*known.qualifiers, *(trace.label for trace in traces[1:])])
        self.compounds[compound] = replace(known, qualifiers=tuple(labels))


def _of_ion(number: int) -> dict[Figure, list[str]]:
    return {figure: [f"CONFIRMATIONIONPEAK{number} {name}" for name in names] for figure, names in _OF_ION.items()}


def _without_unset(figures: dict[Figure, Cell]) -> dict[Figure, Cell]:
    return {figure: unset(cell) if figure in _UNSET else cell for figure, cell in figures.items()}


def _curve(element: Element) -> VendorCurve:
    determination = element.value("DETERMINATION", "rsquared")
    return VendorCurve(
        model=element.value("CURVE", "type"),
        weighting=element.value("CURVE", "weighting"),
        origin=element.value("CURVE", "origin"),
        coefficients=(("r²", determination),) if determination else (),
        r=element.value("CORRELATION", "r"),
        equation=element.value("CALIBRATIONCURVE", "curve"),
    )


def _messages(dataset: Dataset) -> tuple[Reason, ...]:
    messages = []
    if dataset.announced is not None and dataset.announced != dataset.samples:
        messages.append(
            reason(
                "targetlynx.samples_missing",
                "The file announces {stated} samples and holds {found}; samples were left out or added.",
                stated=dataset.announced,
                found=dataset.samples,
            )
        )
    if dataset.empty_samples:
        messages.append(
            reason(
                "targetlynx.samples_empty",
                "{count} samples have no compounds, among them {name}; process the whole sample list and export again.",
                count=len(dataset.empty_samples),
                name=dataset.empty_samples[0],
            )
        )
    return tuple(messages)


def _several_peaks(row: Row, compound: str, name: str, element: str) -> Reason:
    return reason(
        "targetlynx.several_peaks",
        "Row {row}: {compound} in the sample {name} has more than one {element}; which one counts cannot be told."
        " Choose one peak in TargetLynx and export again.",
        at=Where(row=row.number),
        row=row.number,
        compound=compound,
        name=name,
        element=element,
    )


def _no_samples() -> Reason:
    return reason(
        "targetlynx.no_samples",
        "This XML of TargetLynx holds no compounds of samples (GROUPDATA, SAMPLELISTDATA). Export the complete data set"
        " of the processed sample list.",
        at=Where(row=1),
    )


READER = Reader(NAME, VERSION, "Waters TargetLynx: XML data set", recognises=recognises, read=read)
