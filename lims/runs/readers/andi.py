"""Reader of ANDI/AIA chromatography files (ASTM E1947): the table of peaks of one injection, in netCDF.

    dimensions  peak_number = 7
    attributes  sample_name, sample_type, injection_date_time_stamp, retention_unit, peak_amount_unit, …
    variables   peak_name, peak_retention_time, peak_amount, peak_area, peak_height, … (peak_number)

A row is a peak. Retention times are in seconds and become minutes. A peak without a name is no compound and is left
out, with its area; an amount that is not there is empty. The chromatogram itself is not read.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.netcdf import NetCdf, opened
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import compounds_of
from lims.runs.reading import LARGEST_FILE_BYTES, MOST_RECORDS, Container, Row
from lims.runs.records import Batch, Figure, Line, Trace, TraceRole

NAME = "andi-chromatography"
VERSION = "1"

_UNNAMED = reason("andi.unnamed_peak", "A peak without a name: it is no compound of the method.")
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:([+-])(\d\d):?(\d\d))?")
#: Figure, variable.
_FIGURES = {
    Figure.RETENTION_TIME: "peak_retention_time",
    Figure.AREA: "peak_area",
    Figure.HEIGHT: "peak_height",
    Figure.FINAL_CONCENTRATION: "peak_amount",
}
_KEPT = ("peak_start_time", "peak_end_time", "peak_width", "peak_area_percent", "peak_asymmetry", "retention_index")
#: The columns of a row as it is shown: a peak's figures, then the rest.
_COLUMNS = ("peak_name", *_FIGURES.values(), *_KEPT)
_SECONDS = Decimal(60)


def recognises(file: OpenedFile) -> bool:
    """The dimension and the variable of peaks in the header of a netCDF file."""
    head = file.content[:65_536]
    return file.container is Container.NETCDF and b"peak_number" in head and b"peak_name" in head


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read the peaks. Raises `BadInput` for a damaged file and for one without peaks."""
    if len(file.content) > LARGEST_FILE_BYTES:
        raise BadInput(_no_peaks())
    data = opened(file.content)
    count = data.dimensions.get("peak_number", 0)
    names = data.texts("peak_name")
    if not names or len(names) != count or count > MOST_RECORDS:
        raise BadInput(_no_peaks())
    peaks = _Peaks(data, profile, count)
    parts = [peaks.part(place, name) for place, name in enumerate(names)]
    return batch_of(
        file,
        (NAME, VERSION),
        compounds_of(parts, profile),
        assembled(parts, profile),
        software=data.text("dataset_origin"),
        messages=peaks.messages,
    )


def _no_peaks() -> Reason:
    return reason(
        "andi.no_peaks",
        "This ANDI file holds no table of peaks; export it after the peaks were integrated and named.",
        at=Where(field="file"),
    )


@dataclass(frozen=True, slots=True)
class _Number:
    """A value as it is stored and as it is shown."""

    value: Decimal | None

    @property
    def raw(self) -> str:
        return "" if self.value is None else format(self.value, "f")


class _Peaks:
    """The columns of the table of peaks, and the injection they are of."""

    def __init__(self, data: NetCdf, profile: ImportProfile, count: int) -> None:
        self.profile = profile
        self.values = {name: self._column(data, name, count) for name in (*_FIGURES.values(), *_KEPT)}
        self.manual = self._column(data, "manually_reintegrated_peaks", count)
        self.unit = data.text("peak_amount_unit")
        unit = folded(data.text("retention_unit"))
        # The standard wants seconds; what says neither these nor minutes (points of data, say) is no time.
        self.minute = Decimal(1) if "min" in unit else _SECONDS if not unit or "sec" in unit else None
        self.messages: tuple[Reason, ...] = ()
        self.head = self._head(data)

    def _column(self, data: NetCdf, name: str, count: int) -> tuple[Decimal | None, ...]:
        variable = data.variables.get(name)
        values = data.numbers(name) if variable is not None and variable.shape == (count,) else None
        return values or (None,) * count

    def _head(self, data: NetCdf) -> Head:
        source = data.text("source_file_reference")
        source = "" if folded(source) in ("none", "default") else source
        name = data.text("sample_name") or data.text("sample_id") or source or data.text("experiment_title")
        if not name:
            raise BadInput(
                reason(
                    "andi.no_sample",
                    "This ANDI file names no sample; enter a sample name in the sequence and export it again.",
                    at=Where(field="file"),
                )
            )
        stamp = data.text("injection_date_time_stamp")
        acquired_at = self._instant(stamp)
        return Head(
            key=folded(source)[-200:] or f"{folded(name)} @ {acquired_at or '-'}",
            name=name,
            data_file=source,
            acquired_at=acquired_at,
            vendor_type=data.text("sample_type"),
            vial=data.text("autosampler_position"),
        )

    def _instant(self, stamp: str) -> datetime | None:
        """A time with its zone, in the zone of the instrument; years such as 1900 stand for none."""
        parts = _STAMP.fullmatch(stamp)
        if parts is None:
            return None
        try:
            zone = self.profile.time_zone
            whole = datetime(*map(int, parts.groups()[:6]), tzinfo=zone)  # type: ignore[arg-type,misc]
            if whole.year <= 1900:
                return None
            if parts[7]:
                offset = timedelta(hours=int(parts[8]), minutes=int(parts[9]))
                sent = timezone(-offset if parts[7] == "-" else offset)
                whole = whole.replace(tzinfo=sent).astimezone(zone)
        except ValueError:
            return None
        return whole

    def part(self, place: int, name: str) -> Line | Record:
        """What became of a peak."""
        number = place + 1
        row = Row(number, (name, *(_Number(self.values[column][place]).raw for column in _COLUMNS[1:])))
        if not name:
            return columns.ignored(row, _UNNAMED)
        figures = {figure: self._cell(row, figure, column, place) for figure, column in _FIGURES.items()}
        others = tuple(
            (column, Cell(raw, CellStatus.NOT_APPLICABLE, None, number, _COLUMNS.index(column) + 1))
            for column in _KEPT
            if (raw := row.cells[_COLUMNS.index(column)])
        )
        manual = self.manual[place]
        trace = Trace(
            name,
            TraceRole.QUANTIFIER,
            "",
            figures,
            None if manual is None else manual != 0,
            others,
            unit=self.unit,
        )
        return Record(number, row.cells, self.head, (trace,))

    def _cell(self, row: Row, figure: Figure, column: str, place: int) -> Cell:
        value = self.values[column][place]
        position = _COLUMNS.index(column) + 1
        raw = row.cells[position - 1]
        if value is None or (figure is Figure.RETENTION_TIME and self.minute is None):
            return Cell(raw, CellStatus.NOT_APPLICABLE if raw else CellStatus.EMPTY, None, row.number, position)
        if figure is Figure.RETENTION_TIME and self.minute == _SECONDS:
            value = round(value / _SECONDS, 6)
        return Cell(raw, CellStatus.VALUE, value, row.number, position)


READER = Reader(NAME, VERSION, "ANDI/AIA chromatography: peaks", recognises=recognises, read=read)
