"""Reader of the old sectioned report of Agilent MassHunter Quantitative Analysis (csv).

    Batch Info,2013-03-20T07:11:09…                              key and values
    Sequence Table                                               a row for each injection
    Data File,Sample Name,Position,Inj Vol,Level,Sample Type,…
    QC-1.d,QC-1,P1-A2,-1,,Sample,…
    Quantitation Results                                         a block for each compound, a row for each injection
    Target Compound,Carbofuran
    Data File,Compound,ISTD,Resp,ISTD Resp,Resp Ratio, Final Conc,Exp Conc,Accuracy
    QC-1.d,Carbofuran,d3,5816,274638,0.0212,35,,

Resp is the response that the method uses, the area unless somebody chose the height; it is read as the area. No time of
injection is written, so the data file is the key.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.named_columns import LongTable, Names, columns_with_units, stem
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line

NAME = "masshunter-report"
VERSION = "1"

#: Headings of MassHunter tables with a row for each compound of an injection.
NAMES = Names(
    compound=("compound", "compound name", "target compound", "cmpd. name"),
    name=("sample name", "name"),
    data_file=("data file", "data file name", "sample data file"),
    acquired_at=("acq. date-time", "acq date-time", "acquisition time", "acq. time", "acquisition date"),
    vendor_type=("sample type", "type"),
    level=("level", "cal level", "level name"),
    vial=("position", "pos.", "vial", "sample position"),
    dilution=("dil.", "dilution", "dil. factor", "dilution factor"),
    unit=("units", "unit", "conc. units", "conc units"),
    transition=("transition", "quantifier transition", "mrm", "ion", "target ion"),
    internal_standard=("istd", "istd name", "istd compound", "istd compound name"),
    manual=("mi", "manual integration", "manually integrated"),
    figures={
        Figure.RETENTION_TIME: ("rt", "ret. time", "ret time", "retention time"),
        Figure.EXPECTED_RETENTION_TIME: ("exp. rt", "exp rt", "expected rt", "method rt"),
        Figure.AREA: ("area", "resp.", "resp", "response"),
        Figure.HEIGHT: ("height",),
        Figure.SIGNAL_TO_NOISE: ("s/n", "s/n ratio", "signal/noise"),
        Figure.NOMINAL_CONCENTRATION: ("exp. conc.", "exp conc.", "exp conc", "expected conc.", "expected conc"),
        Figure.UNDILUTED_CONCENTRATION: ("calc. conc.", "calc conc.", "calc conc"),
        Figure.FINAL_CONCENTRATION: ("final conc.", "final conc", "final concentration"),
        Figure.ACCURACY: ("accuracy",),
        Figure.INTERNAL_STANDARD_RESPONSE: ("istd resp.", "istd resp", "istd response", "istd area"),
        Figure.INTERNAL_STANDARD_CONCENTRATION: ("istd conc.", "istd conc"),
        Figure.INTERNAL_STANDARD_RATIO: ("resp. ratio", "resp ratio", "istd resp. ratio", "response ratio"),
        Figure.ION_RATIO: ("ratio", "qualifier ratio", "ion ratio"),
    },
)
_DELIMITERS = (",", "\t", ";")
_START = re.compile(r'[\s,;]*"?Batch Info\b', re.IGNORECASE)
_BATCH, _SEQUENCE, _RESULTS = "batch info", "sequence table", "quantitation results"
_SECTIONS = (_BATCH, _SEQUENCE, _RESULTS)


def recognises(file: OpenedFile) -> bool:
    """It begins with the section Batch Info, and the Sequence Table follows."""
    return _START.match(file.head) is not None and "sequence table" in file.head.casefold()


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a sectioned report.

    Raises BadInput for a file without the section Quantitation Results. A row that cannot be read does not stop the
    others; a block with other injections than the sequence is told of in `messages`.
    """
    rows = _rows(file)
    reader = _Sections(profile)
    parts = [reader.part(row) for row in rows]
    if not reader.table_rows:
        raise BadInput(
            reason(
                "masshunter.no_results",
                "The file has no section Quantitation Results with a row for each injection; it was cut off, or the"
                " batch was not quantitated. Quantitate the batch and export the report again.",
                at=Where(row=rows[-1].number),
            )
        )
    lines = _repetitions(assembled(reader.settled(parts), profile), reader.sequence)
    return batch_of(
        file,
        (NAME, VERSION),
        reader.compounds(),
        lines,
        heading_rows=(),
        ambiguous_dates=reader.ambiguous_dates(),
        messages=tuple(reader.incomplete()),
        asks_about_end=True,
    )


def _rows(file: OpenedFile) -> tuple[Row, ...]:
    """The rows, cut at the mark that the headings of the sequence have most of."""
    heading = next((line for line in file.lines if line.strip(' "').casefold().startswith("data file")), "")
    return file.rows(max(_DELIMITERS, key=heading.count))


class _Sections:
    """Turns rows into parts, one after the other, and knows in which section it is."""

    def __init__(self, profile: ImportProfile) -> None:
        self.profile = profile
        self.section = ""
        self.awaits_heading = False
        self.sequence_columns: Columns | None = None
        self.sequence: dict[str, Row] = {}
        self.heads: dict[str, Head] = {}
        self.disputed: set[str] = set()
        self.tables: list[LongTable] = []
        self.table_rows: Counter[str] = Counter()

    def part(self, row: Row) -> Line | Record:
        """What a row is in the section where it stands."""
        if row.blank:
            self.awaits_heading = False
            return columns.ignored(row, columns.BLANK)
        first = folded(row.cells[0])
        if first in _SECTIONS:
            self.section, self.awaits_heading = first, first == _SEQUENCE
            return columns.ignored(row, columns.HEADING)
        if self.section == _RESULTS and first == "target compound":
            self.awaits_heading = True
            return columns.ignored(row, columns.HEADING)
        if first == "data file" and self.section in (_SEQUENCE, _RESULTS):
            self._begin(row)
            return columns.ignored(row, columns.HEADING)
        if self.section == _SEQUENCE and self.sequence_columns is not None:
            return self._sequence_row(row, self.sequence_columns)
        if self.section == _RESULTS and self.tables and not self.awaits_heading:
            return self._result_row(row)
        if self.section in (_SEQUENCE, _RESULTS):
            return columns.refused(row, [_headless(row)])
        return columns.ignored(row, columns.BESIDE)

    def _begin(self, row: Row) -> None:
        self.awaits_heading = False
        cells, units = columns_with_units(row.cells, self.profile)
        if self.section == _SEQUENCE:
            self.sequence_columns = cells
        else:
            self.tables.append(LongTable(NAMES, cells, units))

    def _sequence_row(self, row: Row, table: Columns) -> Line | Record:
        if len(row.cells) < table.width:
            return columns.refused(row, [columns.too_short(row, table.width)])
        faults: list[Reason] = []
        head = LongTable(NAMES, table).head(row, faults)
        if faults or head is None:
            return columns.refused(row, faults)
        if self.sequence.setdefault(head.key, row).cells != row.cells:
            self.disputed.add(head.key)
        self.heads.setdefault(head.key, head)
        return Record(row.number, row.cells, head, ())

    def _result_row(self, row: Row) -> Line | Record:
        part = self.tables[-1].part(row)
        if isinstance(part, Line):
            return part
        self.table_rows[part.traces[0].compound] += 1
        return replace(part, head=self.heads.get(part.head.key, part.head))

    def settled(self, parts: Sequence[Line | Record]) -> Iterator[Line | Record]:
        """The parts, without those of an injection of which the sequence says two things."""
        for part in parts:
            if isinstance(part, Record) and part.head.key in self.disputed:
                yield columns.refused(Row(part.row, part.content), [_sequence_disputed(part)])
            else:
                yield part

    def compounds(self) -> list[Compound]:
        """The compounds of all blocks, each once."""
        found = {compound.name: compound for table in self.tables for compound in table.found(self.profile)}
        return list(found.values())

    def ambiguous_dates(self) -> list[str]:
        """Dates to be looked at."""
        return [date for table in self.tables for date in table.columns.ambiguous_dates]

    def incomplete(self) -> Iterator[Reason]:
        """A reason for each compound whose block has fewer rows than the sequence: the file may be cut off."""
        for compound, count in self.table_rows.items():
            if count < len(self.sequence):
                yield reason(
                    "masshunter.block_incomplete",
                    "{compound} has {found} rows for the {right} injections of the sequence; the file may be cut off.",
                    compound=compound,
                    found=count,
                    right=len(self.sequence),
                )


def _repetitions(lines: Sequence[Line], sequence: dict[str, Row]) -> tuple[Line, ...]:
    """Rows of the sequence that stand twice count once."""
    firsts: dict[tuple[str, ...], int] = {}
    told = {row.cells for row in sequence.values()}
    return tuple(
        replace(line, repeats=first)
        if line.content in told and (first := firsts.setdefault(line.content, line.row)) != line.row
        else line
        for line in lines
    )


def _headless(row: Row) -> Reason:
    return reason(
        "masshunter.headless",
        "Row {row} stands below no row of column names (Data File, …); the report is damaged: export it again.",
        at=Where(row=row.number),
        row=row.number,
    )


def _sequence_disputed(record: Record) -> Reason:
    return reason(
        "masshunter.sequence_disputed",
        "Row {row}: the data file {file} stands twice in the Sequence Table with different content; export the report"
        " again.",
        at=Where(row=record.row),
        row=record.row,
        file=record.head.data_file or stem(record.head.key),
    )


READER = Reader(
    NAME, VERSION, "Agilent MassHunter Quantitative Analysis: sectioned report", recognises=recognises, read=read
)
