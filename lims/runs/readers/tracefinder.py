"""Reader of Thermo TraceFinder result tables (csv), one row for each peak of a compound in an injection.

    Compound,RT,Type,Filename,Batch Order,…,Peak Label,…,Sample Type,Level,…,Height,Area,Actual RT,…,Final Units,…
    arginine,14.23,Target Compound,AYW1130,1,…,T1,…,Unknown,,…,82607001,1965311119,14.42,…,,…

A file holds one compound or a whole batch. `RT` is the expected retention time, `Actual RT` the measured one. `T1` is
the quantifier, every other peak label a qualifier. `N/F` is a peak not found.
"""

from dataclasses import replace

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.long_layout import LongTable, compounds_of, delimiter_of, refuse_without_records, unfinished_row
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "tracefinder"
VERSION = "1"

_TELLING = frozenset({"compound", "filename", "peak label", "actual rt", "area"})
_QUANTIFIER = "t1"
_FIGURES = {
    Figure.RETENTION_TIME: ("Actual RT",),
    Figure.EXPECTED_RETENTION_TIME: ("RT",),
    Figure.AREA: ("Area",),
    Figure.HEIGHT: ("Height",),
    Figure.SIGNAL_TO_NOISE: ("S/N",),
    Figure.NOMINAL_CONCENTRATION: ("Theoretical Amt",),
    Figure.FINAL_CONCENTRATION: ("Calculated Amt",),
    Figure.INTERNAL_STANDARD_RATIO: ("Response Ratio",),
    Figure.INTERNAL_STANDARD_RESPONSE: ("ISTD Response",),
    Figure.INTERNAL_STANDARD_CONCENTRATION: ("ISTD Amt",),
}
_NAMED = (
    *("Compound", "Filename", "Peak Label", "Sample Type", "Level", "Sample Name", "Vial Position"),
    *("m/z (Expected)", "Excluded", "Final Units", "Acquisition Date", "Dilution Factor", "Flag Details", "ISTD"),
)
#: What TraceFinder writes although there is no internal standard: ratio 0 of amount 0.
_OF_INTERNAL_STANDARD = (Figure.INTERNAL_STANDARD_RATIO, Figure.INTERNAL_STANDARD_CONCENTRATION)


def recognises(file: OpenedFile) -> bool:
    """A heading row with the columns that only TraceFinder calls so."""
    return delimiter_of(file.head, _TELLING.issubset) is not None


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a result table. Raises `BadInput` for one without the columns or without a row."""
    delimiter = delimiter_of(file.text.text, _TELLING.issubset)
    if delimiter is None:
        raise BadInput(_not_a_table())
    rows = file.rows(delimiter)
    table = LongTable(rows[0], profile, _FIGURES, _NAMED, unfinished_row(file, rows), ("Type", "Integration Mode"))
    reader = _Rows(table)
    parts: list[Line | Record] = [columns.ignored(rows[0], columns.HEADING), *map(reader.part, rows[1:])]
    refuse_without_records(parts, _not_a_table())
    return batch_of(
        file,
        (NAME, VERSION),
        compounds_of(parts, reader.compounds),
        assembled(parts, profile),
        ambiguous_dates=table.columns.ambiguous_dates,
        heading_rows=(rows[0].number,),
        software="TraceFinder",
    )


class _Rows:
    """Turns rows into records, and collects the compounds that they name."""

    def __init__(self, table: LongTable) -> None:
        self.table = table
        self.compounds: dict[str, Compound] = {}

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if misfit := self.table.misfit(row):
            return columns.refused(row, [misfit])
        data_file, compound = self.table.text(row, "Filename"), self.table.text(row, "Compound")
        if not data_file or not compound:
            return columns.refused(row, [columns.nameless(row)])
        faults: list[Reason] = []
        record = Record(row.number, row.cells, self._head(row, data_file, faults), (self._trace(row, faults),))
        return columns.refused(row, faults) if faults else record

    def _head(self, row: Row, data_file: str, faults: list[Reason]) -> Head:
        text = self.table.text
        flags = text(row, "Flag Details")
        return Head(
            key=folded(data_file),
            name=text(row, "Sample Name") or data_file,
            data_file=data_file,
            acquired_at=self.table.columns.instant(row, faults, "Acquisition Date"),
            vendor_type=text(row, "Sample Type"),
            level=_written(text(row, "Level")),
            vial=_written(text(row, "Vial Position")),
            dilution=self.table.dilution(row, faults, "Dilution Factor"),
            messages=(flags,) if _written(flags) else (),
        )

    def _trace(self, row: Row, faults: list[Reason]) -> Trace:
        text = self.table.text
        label = text(row, "Peak Label")
        is_qualifier = label != "" and folded(label) != _QUANTIFIER
        trace = Trace(
            compound=text(row, "Compound"),
            role=TraceRole.QUALIFIER if is_qualifier else TraceRole.QUANTIFIER,
            label=label if is_qualifier else "",
            figures=_with_internal_standard(self.table.read_figures(row, faults)),
            manually_integrated=_is_manual(text(row, "Integration Mode")),
            others=self.table.others(row),
            unit=_written(text(row, "Final Units")),
            is_excluded=self.table.columns.flag(row, faults, "Excluded"),
            internal_standard=_written(text(row, "ISTD")),
        )
        self._note(trace, text(row, "Type"), text(row, "m/z (Expected)"))
        return trace

    def _note(self, trace: Trace, kind: str, transition: str) -> None:
        known = self.compounds.get(trace.compound)
        if known is None:
            by_profile = self.table.columns.profile.is_internal_standard(trace.compound)
            is_internal = folded(kind) in ("istd", "internal standard") or by_profile
            known = Compound(trace.compound, 0, (), is_internal)
        if trace.role is TraceRole.QUANTIFIER:
            known = replace(known, transition=transition)
        elif trace.label not in known.qualifiers:
            known = replace(known, qualifiers=(*known.qualifiers, trace.label))
        self.compounds[trace.compound] = known


def _with_internal_standard(figures: dict[Figure, Cell]) -> dict[Figure, Cell]:
    response = figures.get(Figure.INTERNAL_STANDARD_RESPONSE)
    if response is not None and response.status is CellStatus.VALUE:
        return figures
    return {
        figure: cell._replace(status=CellStatus.NOT_APPLICABLE, number=None)
        if figure in _OF_INTERNAL_STANDARD and cell.number == 0
        else cell
        for figure, cell in figures.items()
    }


def _is_manual(mode: str) -> bool | None:
    """The integration mode: that of the method, or a person's."""
    word = folded(mode)
    if word.startswith(("manual", "user")):
        return True
    return False if word in ("method", "auto", "avalon", "genesis", "icis") else None


def _written(text: str) -> str:
    return "" if folded(text) in ("n/a", "na") else text


def _not_a_table() -> Reason:
    return reason(
        "tracefinder.not_a_table",
        "This is no TraceFinder result table: it needs the columns Compound, Filename, Peak Label, Sample Type, Area"
        " and Actual RT, and a row for each compound of an injection. Export the results of the batch as csv with"
        " these columns.",
        at=Where(row=1),
    )


READER = Reader(NAME, VERSION, "Thermo TraceFinder: result table", recognises=recognises, read=read)
