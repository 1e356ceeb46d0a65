"""Reader of Skyline reports (csv), one row for each transition of a molecule in a replicate.

    Molecule Name,Replicate Name,Precursor Mz,Product Mz,Retention Time,Area,…
    Cortisol,SST1,363.2,121.1,3.05,695348,…

Columns are the user's. Which transition quantifies is said only by a column `Quantitative`; without it each transition
is a compound of its own, `Cortisol (363.2 -> 121.1)`, and the import profile says which of them stands for the analyte.
The rank of a peak says nothing: it changes from replicate to replicate.
"""

from collections import defaultdict

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.long_layout import LongTable, compounds_of, delimiter_of, refuse_without_records, unfinished_row
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "skyline"
VERSION = "1"

_MOLECULE = ("Molecule Name", "Molecule", "Peptide", "Peptide Sequence")
_REPLICATE = ("Replicate Name", "Replicate")
_FILE, _ACQUIRED, _TYPE = ("File Name",), ("Acquired Time",), ("Sample Type",)
_PRECURSOR, _PRODUCT = ("Precursor Mz",), ("Product Mz",)
_LABEL = ("Isotope Label Type", "Isotope Label")
_QUANTITATIVE = ("Quantitative", "Transition Is Quantitative")
_DILUTION = ("Sample Dilution Factor", "Dilution Factor")
_FIGURES = {
    Figure.RETENTION_TIME: ("Retention Time", "Peptide Retention Time", "Molecule Retention Time"),
    Figure.AREA: ("Area",),
    Figure.HEIGHT: ("Height", "Max Height"),
    Figure.NOMINAL_CONCENTRATION: ("Analyte Concentration", "Explicit Analyte Concentration"),
    Figure.FINAL_CONCENTRATION: ("Calculated Concentration",),
    Figure.ACCURACY: ("Accuracy",),
}
_NAMED = (
    *(_MOLECULE + _REPLICATE + _FILE + _ACQUIRED + _TYPE),
    *(_PRECURSOR + _PRODUCT + _LABEL + _QUANTITATIVE + _DILUTION),
)


def recognises(file: OpenedFile) -> bool:
    """A heading row that names molecule, replicate, precursor and area."""
    return delimiter_of(file.head, _are_headings) is not None


def _are_headings(headings: frozenset[str]) -> bool:
    named = all(any(folded(one) in headings for one in ones) for ones in (_MOLECULE, _REPLICATE, _PRECURSOR))
    return named and "area" in headings


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a report. Raises `BadInput` for one without transitions, replicates or areas."""
    delimiter = delimiter_of(file.text.text, _are_headings)
    if delimiter is None:
        raise BadInput(_not_a_report())
    rows = file.rows(delimiter)
    table = LongTable(rows[0], profile, _FIGURES, _NAMED, unfinished_row(file, rows))
    reader = _Rows(table, rows[1:])
    parts: list[Line | Record] = [columns.ignored(rows[0], columns.HEADING), *map(reader.part, rows[1:])]
    refuse_without_records(parts, _not_a_report())
    return batch_of(
        file,
        (NAME, VERSION),
        compounds_of(parts, reader.compounds),
        assembled(parts, profile),
        ambiguous_dates=table.columns.ambiguous_dates,
        heading_rows=(rows[0].number,),
        software="Skyline",
    )


class _Rows:
    """Turns rows into records; first looks through all of them for the transitions of each molecule."""

    def __init__(self, table: LongTable, rows: tuple[Row, ...]) -> None:
        self.table = table
        self.compounds: dict[str, Compound] = {}
        transitions: dict[str, set[str]] = defaultdict(set)
        quantitative: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            transitions[self._molecule(row)].add(self._transition(row))
            if columns.truth_of(table.text(row, *_QUANTITATIVE)):
                quantitative[self._molecule(row)].add(self._transition(row))
        self.quantifiers = {molecule: min(known) for molecule, known in quantitative.items() if len(known) == 1}
        self.qualifiers = {
            molecule: tuple(sorted(transitions[molecule] - {quantifier}))
            for molecule, quantifier in self.quantifiers.items()
        }

    def _molecule(self, row: Row) -> str:
        name, label = self.table.text(row, *_MOLECULE), self.table.text(row, *_LABEL)
        return name if not label or folded(label) == "light" else f"{name} ({label})"

    def _transition(self, row: Row) -> str:
        product = self.table.text(row, *_PRODUCT)
        precursor = self.table.text(row, *_PRECURSOR)
        return f"{precursor} -> {product}" if product else precursor

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if misfit := self.table.misfit(row):
            return columns.refused(row, [misfit])
        faults: list[Reason] = []
        head = self._head(row, faults)
        trace = self._trace(row, faults)
        if faults or head is None or trace is None:
            return columns.refused(row, faults or [columns.nameless(row)])
        return Record(row.number, row.cells, head, (trace,))

    def _head(self, row: Row, faults: list[Reason]) -> Head | None:
        text = self.table.text
        replicate, data_file = text(row, *_REPLICATE), text(row, *_FILE)
        if not replicate and not data_file:
            return None
        return Head(
            key=folded(data_file) or folded(replicate),
            name=replicate or data_file,
            data_file=data_file,
            acquired_at=self.table.columns.instant(row, faults, *_ACQUIRED),
            vendor_type=text(row, *_TYPE),
            dilution=self.table.dilution(row, faults, *_DILUTION),
        )

    def _trace(self, row: Row, faults: list[Reason]) -> Trace | None:
        molecule, transition = self._molecule(row), self._transition(row)
        if not self.table.text(row, *_MOLECULE):
            return None
        quantifier = self.quantifiers.get(molecule)
        is_qualifier = quantifier is not None and transition != quantifier
        name = f"{molecule} ({transition})" if quantifier is None else molecule
        self.compounds.setdefault(
            name,
            Compound(
                name=name,
                column=0,
                qualifiers=self.qualifiers.get(molecule, ()),
                is_internal_standard=self.table.columns.profile.is_internal_standard(name),
                transition=quantifier or transition,
            ),
        )
        return Trace(
            compound=name,
            role=TraceRole.QUALIFIER if is_qualifier else TraceRole.QUANTIFIER,
            label=transition if is_qualifier else "",
            figures=self.table.read_figures(row, faults),
            manually_integrated=None,
            others=self.table.others(row),
        )


def _not_a_report() -> Reason:
    return reason(
        "skyline.not_a_report",
        "This is no Skyline report with results: it needs the columns Molecule Name (or Peptide), Replicate Name,"
        " Precursor Mz, Product Mz, Retention Time and Area, and a row for each transition. Export such a report.",
        at=Where(row=1),
    )


READER = Reader(NAME, VERSION, "Skyline: report of transitions", recognises=recognises, read=read)
