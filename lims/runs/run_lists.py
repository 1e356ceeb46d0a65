"""The two long lists of a run: its checks, and what was measured."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from sqlalchemy import ColumnElement, case, func, or_
from sqlmodel import col

from lims.core.reasons import Translate, mark
from lims.db.work import LimsSession
from lims.runs.curves import NameOf
from lims.runs.records import address_in
from lims.runs.tables import BatchCheck, Measurement, Signal, WorksheetEntry
from lims.runs.views import said
from lims.science.amounts import amount_from_dict
from lims.science.quality_control import QcCheck, QcVerdict
from lims.science.rounding import plain, round_to_places
from lims.web.amounts import amount_text
from lims.web.formats import short
from lims.web.table import Chip, Column, Link, Mood, Said, Table
from lims.web.table_filters import ChoiceFilter, TextFilter, YesNoFilter

VERDICT_MOODS: Mapping[QcVerdict, Mood] = {
    QcVerdict.PASS: "good",
    QcVerdict.FAIL: "bad",
    QcVerdict.NOT_EVALUATED: "warn",
}
_FAILED_FIRST = case({QcVerdict.FAIL: 0, QcVerdict.NOT_EVALUATED: 1, QcVerdict.PASS: 2}, value=col(BatchCheck.verdict))


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check. `value` is ready, with its unit; `why` is said when it did not pass."""

    check: BatchCheck
    name: str
    position: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """What a run says of an analyte in a sample. `amount` is ready; `why` is said when there is none."""

    measurement: Measurement
    entry: WorksheetEntry
    signal: Signal | None
    name: str
    amount: str
    why: str
    sheets: Sequence[tuple[str, int]] = ()


def value_text(check: BatchCheck) -> str:
    """The value of a check with the unit that its limit names. A standard that is left out has no limit, but a %."""
    if check.value is None:
        return ""
    unit = "%" if check.kind is QcCheck.CALIBRATION_LEVEL else check.limit_text.rpartition(" ")[2]
    value = plain(round_to_places(check.value, 1)) if unit == "%" else short(check.value)
    return f"{value} {unit}".strip()


def check_lines(
    say: Translate, name_of: NameOf
) -> Callable[[LimsSession, Sequence[tuple[BatchCheck, WorksheetEntry | None]]], Sequence[CheckLine]]:
    """Makes lines of checks, in a language."""

    def lines(
        _session: LimsSession, records: Sequence[tuple[BatchCheck, WorksheetEntry | None]]
    ) -> Sequence[CheckLine]:
        return [
            CheckLine(
                check,
                name_of(check.analyte),
                entry.label if entry is not None else "",
                value_text(check),
                said(check.reason, say)["text"] if check.reason else "",
            )
            for check, entry in records
        ]

    return lines


def measured_lines(
    say: Translate, name_of: NameOf, sheets: Sequence[tuple[str, int]] = ()
) -> Callable[[LimsSession, Sequence[tuple[Measurement, WorksheetEntry, Signal | None]]], Sequence[MeasuredLine]]:
    """Makes lines of measurements, in a language; `sheets` are those of the file, where it is a workbook."""

    def lines(
        _session: LimsSession, records: Sequence[tuple[Measurement, WorksheetEntry, Signal | None]]
    ) -> Sequence[MeasuredLine]:
        return [
            MeasuredLine(
                measurement,
                entry,
                signal,
                name_of(measurement.analyte),
                amount_text(amount_from_dict(measurement.amount), say) if measurement.amount else "",
                " ".join(dict.fromkeys(why["text"] for why in said(measurement.reasons, say))),
                sheets,
            )
            for measurement, entry, signal in records
        ]

    return lines


def calibration_address(run_id: object, analyte: str) -> str:
    """The page of one analyte of a run."""
    return f"/runs/{run_id}/calibrations?analyte={quote(analyte)}"


def row_address(run_id: object, row: int, column: str = "") -> str:
    """The row of the file that something comes from."""
    return f"/runs/{run_id}/rows?row={row}&column={column}"


CHECKS: Table[CheckLine] = Table(
    name="run-checks",
    title=mark("Quality control"),
    columns=(
        Column(
            "analyte",
            mark("Analyte"),
            cell=lambda r: r.name,
            order=col(BatchCheck.analyte),
            link=lambda r: calibration_address(r.check.run_id, r.check.analyte),
        ),
        Column("kind", mark("Check"), cell=lambda r: r.check.kind, order=col(BatchCheck.kind)),
        Column("position", mark("Position in the sequence"), cell=lambda r: r.position,
            order=col(WorksheetEntry.position),
        ),
        Column(
            "verdict",
            mark("QC verdict"),
            cell=lambda r: Chip(r.check.verdict, VERDICT_MOODS[r.check.verdict]),
            order=col(BatchCheck.verdict),
        ),
        Column(
            "value", mark("Value"), cell=lambda r: r.value, order=col(BatchCheck.value), kind="number",
            export=lambda r: r.check.value,
        ),
        Column("limit", mark("QC limit"), cell=lambda r: r.check.limit_text),
        Column("why", mark("Why"), cell=lambda r: r.why),
        Column("source", mark("Source of the limit"), cell=lambda r: Said(r.check.source)),
    ),
    filters=(
        ChoiceFilter("verdict", mark("QC verdict"), QcVerdict, col(BatchCheck.verdict), many=True),
        ChoiceFilter("kind", mark("Check"), QcCheck, col(BatchCheck.kind), many=True),
        ChoiceFilter("analyte", mark("Analyte"), term=col(BatchCheck.analyte)),
        TextFilter("position", mark("Position in the sequence"), [col(WorksheetEntry.label)]),
    ),
    order=(
        _FAILED_FIRST, col(BatchCheck.kind), col(BatchCheck.analyte), col(WorksheetEntry.position), col(BatchCheck.id),
    ),
    mood=lambda r: "bad" if r.check.verdict is QcVerdict.FAIL else "plain",
    nothing=mark("No check was made: without a calibration nothing can be checked."),
)  # fmt: skip

_KIND_OF_AMOUNT = col(Measurement.amount)["kind"].as_string()
_STATES: Mapping[str, str] = {
    "quantified": mark("quantified"),
    "below_loq": mark("below LOQ"),
    "not_detected": mark("not detected"),
    "none": mark("nothing can be said"),
}


def state_options(say: Translate) -> list[tuple[str, str]]:
    """Choices of what may be said of a sample."""
    return [(value, say(text)) for value, text in _STATES.items()]


def _in_state(chosen: Sequence[str]) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = [_KIND_OF_AMOUNT.in_([state for state in chosen if state != "none"])]
    if "none" in chosen:
        wanted.append(col(Measurement.is_computed).is_(False))
    return or_(*wanted)


def _flags(row: MeasuredLine) -> list[Chip]:
    flags = []
    factors = row.measurement.factors
    if factors.get("range") == "above_range":
        flags.append(Chip(mark("above the range"), "bad"))
    if factors.get("range") == "below_range" and row.measurement.content is not None:
        flags.append(Chip(mark("below the lowest standard"), "plain"))
    if row.signal is not None and row.signal.manually_integrated:
        flags.append(Chip(mark("integrated by hand"), "warn"))
    if row.signal is not None and row.signal.response is not None and not factors.get("identified", True):
        flags.append(Chip(mark("not identified"), "warn"))
    return flags


def _factor(row: MeasuredLine, name: str, unit: str = "") -> str | None:
    text = row.measurement.factors.get(name)
    return None if text is None else f"{short(Decimal(text))} {unit}".strip()


def _said_of(row: MeasuredLine) -> Chip | str:
    return row.amount or Chip(mark("nothing can be said"), "bad")


MEASURED: Table[MeasuredLine] = Table(
    name="run-measured",
    title=mark("Measured"),
    columns=(
        Column(
            "sample",
            mark("Blind code"),
            cell=lambda r: r.entry.label,
            order=col(WorksheetEntry.position),
            link=lambda r: f"/samples/bench/{r.entry.label}",
        ),
        Column(
            "analyte",
            mark("Analyte"),
            cell=lambda r: Link(calibration_address(r.measurement.run_id, r.measurement.analyte), r.name),
            order=col(Measurement.analyte),
        ),
        Column("amount", mark("Content"), cell=_said_of, order=col(Measurement.content), kind="number"),
        Column(
            "concentration",
            mark("Concentration in the solution"),
            cell=lambda r: _factor(r, "concentration", r.measurement.factors["concentration_unit"]),
            kind="number",
        ),
        Column(
            "response",
            mark("Response"),
            cell=lambda r: _factor(r, "response"),
            kind="number",
            shown=False,
        ),
        Column(
            "loq", mark("LOQ"), cell=lambda r: f"{plain(r.measurement.limit_of_quantification)} {r.measurement.unit}",
            order=col(Measurement.limit_of_quantification), kind="number",
        ),
        Column(
            "lod", mark("LOD"), cell=lambda r: f"{plain(r.measurement.limit_of_detection)} {r.measurement.unit}",
            order=col(Measurement.limit_of_detection), kind="number", shown=False,
        ),
        Column("flags", mark("Flags"), cell=_flags),
        Column("why", mark("Why nothing can be said"), cell=lambda r: r.why),
        Column(
            "row",
            mark("Cell of the file"),
            cell=lambda r: None
            if r.signal is None
            else Link(
                row_address(r.measurement.run_id, r.signal.row, r.signal.column),
                address_in(r.sheets, r.signal.row, r.signal.column),
            ),
        ),
    ),
    filters=(
        ChoiceFilter("said", mark("What is said"), by=_in_state, many=True),
        ChoiceFilter("analyte", mark("Analyte"), term=col(Measurement.analyte)),
        TextFilter("sample", mark("Blind code"), [col(WorksheetEntry.label)]),
        YesNoFilter("by_hand", mark("Integrated by hand"), func.coalesce(col(Signal.manually_integrated), False)),
    ),
    order=(col(WorksheetEntry.position), col(Measurement.analyte), col(Measurement.id)),
    mood=lambda r: "bad" if not r.measurement.is_computed else "plain",
    nothing=mark("Nothing was measured: the file has no analyte that a sample of the worksheet needs."),
)  # fmt: skip
