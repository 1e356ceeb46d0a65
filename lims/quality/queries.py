"""Reads of control charts and nonconforming work."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, exists, func, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from lims.core.clock import local_day
from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.people.tables import User
from lims.quality.rules import ChartKey, NonconformingSource, NonconformingState, PointSource
from lims.quality.tables import ControlChartLimits, ControlChartReading, NonconformingWork
from lims.runs.rules import EntryKind
from lims.runs.tables import BatchCheck, Calibration, LevelDecision, Run, Worksheet, WorksheetEntry
from lims.science.control_rules import RULES, ChartState, Plotted, state_of
from lims.science.quality_control import QcCheck
from lims.science.rounding import CALCULATION, plain


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a chart: a check of a run, its value in the unit of the chart, and the position it was made on."""

    check_id: UUID
    run_id: UUID
    key: ChartKey
    value: Decimal
    unit: str
    at: datetime
    label: str
    position: int
    worksheet: str


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart in short: how many points it has, the newest of them, its limits and how it stands."""

    key: ChartKey
    points: int
    newest: datetime
    limits: ControlChartLimits | None
    state: ChartState


#: Which checks are points: what was made on which kind of position.
_POINTS: Final = or_(
    col(BatchCheck.kind).in_([QcCheck.SPIKE_RECOVERY, QcCheck.BLANK]),
    and_(
        col(BatchCheck.kind).in_([QcCheck.CHECK_STANDARD, QcCheck.CALIBRATION_LEVEL]),
        col(WorksheetEntry.kind) == EntryKind.CHECK_STANDARD,
    ),
)


def own_laboratories(session: LimsSession) -> list[UUID]:
    """People work with the quality control of their own laboratory."""
    return [session.actor.laboratory_id] if session.actor.laboratory_id is not None else []


def charts(session: LimsSession) -> list[Charted]:
    """Every chart of the own laboratory that has points, by method, analyte and level."""
    columns = (
        col(Worksheet.method_code),
        col(BatchCheck.analyte),
        col(BatchCheck.kind),
        col(WorksheetEntry.spiked_content),
        col(WorksheetEntry.nominal_concentration),
        col(Worksheet.result_unit),
        col(Worksheet.concentration_unit),
    )
    own = col(BatchCheck.laboratory_id).in_(own_laboratories(session))
    rows = session.connection().execute(
        _joined(select_rows(*columns, func.count(), func.max(col(Run.imported_at)))).where(own).group_by(*columns)
    )
    found: dict[ChartKey, tuple[int, datetime]] = {}
    for method, analyte, kind, spiked, nominal, result_unit, unit, count, newest in rows:
        key, _unit = _key(method, analyte, QcCheck(kind), spiked, nominal, result_unit, unit)
        before = found.get(key)
        found[key] = (count, newest) if before is None else (before[0] + count, max(before[1], newest))
    limits = {key_of(one): one for one in newest_limits(session)}
    states = _states(session, limits.values())
    return [
        Charted(key, count, newest, limits.get(key), states.get(key, ChartState.NO_LIMITS))
        for key, (count, newest) in sorted(found.items())
    ]


def charts_in_trouble(session: LimsSession) -> list[tuple[ChartKey, ChartState]]:
    """The charts whose newest point is out of control, and those that warn; what is out first."""
    limits = newest_limits(session)
    states = _states(session, limits)
    order = (ChartState.OUT, ChartState.WARNING)
    return [(key, state) for wanted in order for key, state in sorted(states.items()) if state is wanted]


def points_of(
    session: LimsSession, key: ChartKey, *, begins: date | None = None, ends: date | None = None
) -> list[Point]:
    """The points of a chart in order of time, of these days by the day of import."""
    found = [point for point in _points(session, [(key.method, key.analyte)]) if point.key == key]
    return [
        point
        for point in found
        if (begins is None or local_day(point.at) >= begins) and (ends is None or local_day(point.at) <= ends)
    ]


def points_of_chart(session: LimsSession, laboratory_id: UUID, key: ChartKey, until: datetime) -> list[Point]:
    """The points of a chart of a laboratory up to an instant, for whoever is of none."""
    found = _read(
        session,
        col(BatchCheck.laboratory_id) == laboratory_id,
        col(Worksheet.method_code) == key.method,
        col(BatchCheck.analyte) == key.analyte,
        col(Run.imported_at) <= until,
    )
    return [point for point in found if point.key == key]


def points_of_run(session: LimsSession, run_id: UUID) -> list[Point]:
    """The points that a run adds to charts."""
    return _read(session, col(BatchCheck.run_id) == run_id)


def limits_of(session: LimsSession, key: ChartKey) -> Sequence[ControlChartLimits]:
    """Every edition of the limits of a chart of the own laboratory, the newest first."""
    return session.exec(
        select(ControlChartLimits)
        .where(
            col(ControlChartLimits.laboratory_id).in_(own_laboratories(session)),
            ControlChartLimits.method_code == key.method,
            ControlChartLimits.analyte == key.analyte,
            ControlChartLimits.source == key.source,
            ControlChartLimits.level == key.level,
        )
        .order_by(col(ControlChartLimits.edition).desc())
    ).all()


def newest_limits(session: LimsSession, laboratory_ids: Collection[UUID] | None = None) -> list[ControlChartLimits]:
    """The limits that count, one for each chart that has any."""
    own = own_laboratories(session) if laboratory_ids is None else laboratory_ids
    rows = session.exec(
        select(ControlChartLimits)
        .where(col(ControlChartLimits.laboratory_id).in_(own))
        .order_by(col(ControlChartLimits.edition))
    ).all()
    return list({(one.laboratory_id, key_of(one)): one for one in rows}.values())


def key_of(limits: ControlChartLimits) -> ChartKey:
    """The chart that limits are of."""
    return ChartKey(limits.method_code, limits.analyte, limits.source, limits.level)


def plotted(points: Iterable[Point], limits: ControlChartLimits) -> list[Plotted]:
    """Points as the rules look at them."""
    return [
        Plotted(CALCULATION.divide(CALCULATION.subtract(point.value, limits.centre), limits.deviation), point.run_id)
        for point in points
    ]


def since(points: Iterable[Point], limits: ControlChartLimits) -> list[Point]:
    """The points that limits are held against: from the beginning of their reference period on."""
    return [point for point in points if local_day(point.at) >= limits.reference_from]


def unread_runs(session: Session) -> Sequence[UUID]:
    """Runs that were imported after the limits of a chart of their method were set, and not read yet; oldest first.

    A run counts as not read when somebody has decided on standards of its calibrations since.
    """
    has_limits = exists().where(
        col(ControlChartLimits.laboratory_id) == col(Run.laboratory_id),
        col(ControlChartLimits.method_code) == col(Worksheet.method_code),
        col(ControlChartLimits.set_at) <= col(Run.imported_at),
    )
    was_read = exists().where(col(ControlChartReading.run_id) == col(Run.id))
    return session.exec(
        select(Run.id)
        .join(Worksheet, col(Worksheet.id) == col(Run.worksheet_id))
        .where(has_limits, or_(~was_read, col(Run.id).in_(_decided_since())))
        .order_by(col(Run.imported_at))
    ).all()


def _decided_since() -> Any:
    """The runs whose calibrations were decided on since their charts were read."""
    return (
        select(ControlChartReading.run_id)
        .join(Calibration, col(Calibration.run_id) == col(ControlChartReading.run_id))
        .join(LevelDecision, col(LevelDecision.calibration_id) == col(Calibration.id))
        .group_by(col(ControlChartReading.run_id), col(ControlChartReading.decisions))
        .having(func.count(col(LevelDecision.id)) != func.coalesce(col(ControlChartReading.decisions), 0))
    )


def reading_of(session: Session, run_id: UUID) -> ControlChartReading | None:
    """How the charts were read after a run."""
    return session.exec(select(ControlChartReading).where(ControlChartReading.run_id == run_id)).one_or_none()


def read_after(session: Session, run: Run) -> Sequence[Run]:
    """The runs of the same method that were imported after a run and whose charts have been read, oldest first."""
    method = select(Worksheet.method_code).where(Worksheet.id == run.worksheet_id).scalar_subquery()
    return session.exec(
        select(Run)
        .join(Worksheet, col(Worksheet.id) == col(Run.worksheet_id))
        .join(ControlChartReading, col(ControlChartReading.run_id) == col(Run.id))
        .where(
            Run.laboratory_id == run.laboratory_id,
            col(Worksheet.method_code) == method,
            col(Run.imported_at) > run.imported_at,
        )
        .order_by(col(Run.imported_at))
    ).all()


def work_of_points(session: Session, run_id: UUID) -> dict[UUID, NonconformingWork]:
    """The work that points of a run opened, by their checks."""
    rows = session.exec(
        select(NonconformingWork).where(
            NonconformingWork.run_id == run_id, NonconformingWork.source == NonconformingSource.CHART
        )
    ).all()
    return {work.check_id: work for work in rows if work.check_id is not None}


# ── nonconforming work ───────────────────────────────────────────────────────────────────────────────


def nonconforming_by_number(session: LimsSession, number: str) -> NonconformingWork:
    """Of the own laboratory. Raises `NotFound`."""
    found = session.exec(
        select(NonconformingWork).where(
            NonconformingWork.number == number,
            col(NonconformingWork.laboratory_id).in_(own_laboratories(session)),
        )
    ).one_or_none()
    if found is None:
        raise NotFound.of("nonconforming work", number)
    return found


def nonconforming(session: LimsSession) -> Any:
    """The nonconforming work of the own laboratory, to be limited and ordered."""
    return select(NonconformingWork).where(col(NonconformingWork.laboratory_id).in_(own_laboratories(session)))


def open_work(session: LimsSession, limit: int) -> tuple[int, Sequence[NonconformingWork]]:
    """How much is not closed, and the oldest of it."""
    waiting = nonconforming(session).where(NonconformingWork.state != NonconformingState.CLOSED)
    count = session.exec(select(func.count()).select_from(waiting.subquery())).one()
    return count, session.exec(waiting.order_by(col(NonconformingWork.opened_at)).limit(limit)).all()


def work_of_chart(session: LimsSession, key: ChartKey) -> Sequence[NonconformingWork]:
    """What was opened for points of a chart, the newest first."""
    found: Sequence[NonconformingWork] = session.exec(
        nonconforming(session)
        .where(
            NonconformingWork.method_code == key.method,
            NonconformingWork.analyte == key.analyte,
            NonconformingWork.point_source == key.source,
            NonconformingWork.level == key.level,
        )
        .order_by(col(NonconformingWork.opened_at).desc())
    ).all()
    return found


def colleagues(session: LimsSession) -> Sequence[User]:
    """The active people of the own laboratory, by name: who can answer for something."""
    return session.exec(
        select(User)
        .where(col(User.laboratory_id).in_(own_laboratories(session)), col(User.is_active).is_(True))
        .order_by(col(User.full_name))
    ).all()


# ── points ───────────────────────────────────────────────────────────────────────────────────────────


def _states(session: LimsSession, limits: Collection[ControlChartLimits]) -> dict[ChartKey, ChartState]:
    by_key = {key_of(one): one for one in limits}
    found: dict[ChartKey, list[Point]] = {key: [] for key in by_key}
    for point in _points(session, {(key.method, key.analyte) for key in by_key}):
        if point.key in found:
            found[point.key].append(point)
    return {
        key: state_of(plotted(since(points, by_key[key]), by_key[key]), RULES[by_key[key].rule_set])
        for key, points in found.items()
        if points
    }


def _points(session: LimsSession, pairs: Collection[tuple[str, str]]) -> list[Point]:
    """The points of these methods and analytes in the own laboratory, in order of time."""
    if not pairs:
        return []
    methods, analytes = {method for method, _ in pairs}, {analyte for _, analyte in pairs}
    return _read(
        session,
        col(BatchCheck.laboratory_id).in_(own_laboratories(session)),
        col(Worksheet.method_code).in_(methods),
        col(BatchCheck.analyte).in_(analytes),
    )


def _read(session: LimsSession, *conditions: Any) -> list[Point]:
    columns = (
        col(Worksheet.method_code),
        col(BatchCheck.analyte),
        col(BatchCheck.kind),
        col(WorksheetEntry.spiked_content),
        col(WorksheetEntry.nominal_concentration),
        col(Worksheet.result_unit),
        col(Worksheet.concentration_unit),
        col(BatchCheck.id),
        col(BatchCheck.run_id),
        col(BatchCheck.value),
        col(Run.imported_at),
        col(WorksheetEntry.label),
        col(WorksheetEntry.position),
        col(Worksheet.number),
    )
    rows = session.connection().execute(
        _joined(select_rows(*columns))
        .where(*conditions)
        .order_by(col(Run.imported_at), col(WorksheetEntry.position), col(BatchCheck.id))
    )
    found = []
    for method, analyte, kind, spiked, nominal, result_unit, unit, *rest in rows:
        check_id, run_id, value, at, label, position, worksheet = rest
        key, shown = _key(method, analyte, QcCheck(kind), spiked, nominal, result_unit, unit)
        # Before check standards had a check of their own, their deviation from nominal was kept.
        told = CALCULATION.add(value, Decimal(100)) if QcCheck(kind) is QcCheck.CALIBRATION_LEVEL else value
        found.append(Point(check_id, run_id, key, told, shown, at, label, position, worksheet))
    return found


def _joined(query: Any) -> Any:
    return (
        query.select_from(BatchCheck)
        .join(Run, col(Run.id) == col(BatchCheck.run_id))
        .join(Worksheet, col(Worksheet.id) == col(Run.worksheet_id))
        .join(WorksheetEntry, col(WorksheetEntry.id) == col(BatchCheck.entry_id))
        .where(_POINTS, col(BatchCheck.value).is_not(None))
    )


def _key(
    method: str,
    analyte: str,
    kind: QcCheck,
    spiked: Decimal | None,
    nominal: Decimal | None,
    result_unit: str,
    unit: str,
) -> tuple[ChartKey, str]:
    """The chart of a check, and the unit of its values."""
    if kind is QcCheck.BLANK:
        return ChartKey(method, analyte, PointSource.BLANK), result_unit
    if kind is QcCheck.SPIKE_RECOVERY:
        return ChartKey(method, analyte, PointSource.SPIKE, f"{_short(spiked)} {result_unit}"), "%"
    return ChartKey(method, analyte, PointSource.CHECK_STANDARD, f"{_short(nominal)} {unit}"), "%"


def _short(value: Decimal | None) -> str:
    """0.050 and 0.05 are one level."""
    return "" if value is None else plain(value.normalize())
