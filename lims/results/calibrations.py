"""The calibrations (校准) behind results, as an annex of a report shows them: curve, facts, place of the raw data."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from lims.core.language import Language, translator
from lims.core.reasons import Translate, mark
from lims.documents.calibration_drawing import CalibrationDrawing
from lims.results.original_record_lines import calibration_facts, drawing_of
from lims.runs import queries as runs
from lims.runs.curves import curve_of
from lims.runs.tables import Calibration, Measurement, Signal

#: The facts of a calibration that a reader of a report is told, and what they are called.
_TOLD = {
    "model": mark("Kind of curve"),
    "equation": mark("Equation"),
    "r": mark("Correlation coefficient"),
    "weighting": mark("Weighting"),
    "range": mark("Range"),
}


@dataclass(frozen=True, slots=True)
class CalibrationBehind:
    """One calibration: the code of its analyte, named facts, its drawing, and the file and rows of the readings."""

    analyte: str
    facts: tuple[tuple[str, str], ...]
    drawing: CalibrationDrawing
    source: str


def calibrations_behind(
    session: Session, measurement_ids: Iterable[UUID], language: Language
) -> Sequence[CalibrationBehind]:
    """The calibrations that these measurements were read from, by analyte; only those of the samples are drawn in."""
    say = translator(language)
    wanted = select(Measurement).where(col(Measurement.id).in_(list(measurement_ids)))
    by_calibration: dict[UUID, list[Measurement]] = defaultdict(list)
    for one in session.exec(wanted.order_by(col(Measurement.analyte), col(Measurement.id))).all():
        by_calibration[one.calibration_id].append(one)
    found = session.exec(select(Calibration).where(col(Calibration.id).in_(list(by_calibration)))).all()
    ordered = sorted(found, key=lambda one: (one.analyte, str(one.id)))
    behind = [_behind(session, one, by_calibration[one.id], say) for one in ordered]
    return [one for one in behind if one is not None]


def _behind(
    session: Session, calibration: Calibration, measured: Sequence[Measurement], say: Translate
) -> CalibrationBehind | None:
    run = runs.run_by_id(session, calibration.run_id)
    worksheet, file = runs.worksheet_of(session, run), runs.file_of(session, run)
    curve = curve_of(calibration.model_dump(), say)
    drawing = drawing_of(run, measured, curve, say)
    if drawing is None:
        return None
    facts = dict(calibration_facts(curve, worksheet, say))
    told = tuple((say(name), value) for key, name in _TOLD.items() if (value := facts.get(key)))
    sentence = say(mark("Raw data: {file} (SHA-256 {sha256}), compound {compound}, rows {rows}; worksheet {worksheet}"))
    signals = _signals(session, measured)
    return CalibrationBehind(
        analyte=calibration.analyte,
        facts=told,
        drawing=drawing,
        source=sentence.format(
            file=file.name,
            sha256=file.sha256,
            compound=", ".join(sorted({one.compound for one in signals})) or "—",
            rows=", ".join(str(row) for row in sorted({one.row for one in signals})) or "—",
            worksheet=worksheet.number,
        ),
    )


def _signals(session: Session, measured: Sequence[Measurement]) -> Sequence[Signal]:
    ids = [one.signal_id for one in measured if one.signal_id is not None]
    short = defer(col(Signal.raw))  # type: ignore[arg-type]  # the column is the mapper's attribute
    return session.exec(select(Signal).options(short).where(col(Signal.id).in_(ids))).all()
