"""The original record (检测原始记录) of one run as it is printed: every text ready, in the language of its reader.

What is None was not recorded, and the page says so. A record holds all that it takes to do the work again: what was
weighed and measured, on what, by whom and when, and where in the file each number stands.
"""

from dataclasses import dataclass
from datetime import datetime

from lims.core.language import Language
from lims.documents.calibration_drawing import CalibrationDrawing

ORIGINAL_RECORD_TEMPLATE = ("original_record", "1")

#: A key of the template's words (`strings.<language>.toml`, `facts`) and what is said of it.
Facts = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class PositionLine:
    """A position of the sequence: what stood there, how it was prepared, when it was injected, its row in the file."""

    position: int
    kind: str
    label: str
    made_from: str
    portion: str
    volume: str
    dilution: str
    given: str
    injected: str | None
    row: str | None


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot that was used, or that one was made of; `lot` is the maker's number, with that of its certificate."""

    code: str
    kind: str
    name: str
    lot: str | None
    strength: str | None
    supplier: str | None
    opened: str | None
    prepared: str | None
    made_of: str
    expires: str


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """Equipment that was used, and until when its calibration held."""

    code: str
    name: str
    model: str
    serial: str
    calibrated_until: str


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A standard of a calibration, and what the line reads back for it."""

    label: str
    nominal: str
    response: str
    found: str
    deviation: str
    is_used: bool
    cell: str


@dataclass(frozen=True, slots=True)
class BracketLine:
    """An injection of a bracketing standard: its place in the sequence and its response factor."""

    place: str
    label: str
    nominal: str
    response: str
    factor: str
    is_used: bool
    cell: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check of quality control; `is_bad`: it did not pass. `remarks` say why, and what was decided."""

    kind: str
    position: str
    value: str
    limit: str
    verdict: str
    is_bad: bool
    source: str
    cell: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultLine:
    """What was found in one sample; `content` is the formula with its numbers, `result` the rounded amount."""

    label: str
    response: str
    content: str
    result: str
    loq: str
    cell: str
    analyst: str | None
    checker: str | None
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnalytePart:
    """One analyte of the run: its calibration, checks and results. `brackets` stand instead of `levels`."""

    name: str
    compound: str
    facts: Facts
    reasons: tuple[str, ...]
    drawing: CalibrationDrawing | None
    levels: tuple[LevelLine, ...]
    checks: tuple[CheckLine, ...]
    results: tuple[ResultLine, ...]
    brackets: tuple[BracketLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what, and when: the first and the last time of it."""

    act: str
    name: str
    when: str


@dataclass(frozen=True, slots=True)
class OriginalRecord:
    """The record of one run. `changed_at` is the newest instant in it."""

    language: Language
    laboratory: str
    number: str
    heading: Facts
    conditions: Facts
    lots: tuple[LotLine, ...]
    devices: tuple[DeviceLine, ...]
    file: Facts
    concentration_unit: str
    portion_unit: str
    volume_unit: str
    result_unit: str
    response: str
    positions: tuple[PositionLine, ...]
    analytes: tuple[AnalytePart, ...]
    acts: tuple[Act, ...]
    begun_at: datetime
    changed_at: datetime
