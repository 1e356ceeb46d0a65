"""Acts on control charts and nonconforming work."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import select

from lims.core.clock import local_day
from lims.core.errors import Conflict, NotFound, refuse_if
from lims.core.reasons import Where, reason
from lims.db.numbers import allocate
from lims.db.work import LimsSession, acting_person, check_version, own_laboratory, save
from lims.people import queries as people
from lims.quality import queries
from lims.quality.queries import Point
from lims.quality.rules import (
    ChartKey,
    NonconformingSource,
    NonconformingState,
    reasons_not_to_close,
    reasons_not_to_evaluate,
    reasons_not_to_refer,
    reasons_to_explain,
)
from lims.quality.schemas import ClosingIn, EvaluationIn, LimitsIn, NonconformingIn
from lims.quality.tables import ControlChartLimits, ControlChartReading, NonconformingWork
from lims.runs import queries as runs
from lims.runs.left_out import level_decisions_of
from lims.runs.tables import Run
from lims.science.control_charts import reference_of
from lims.science.control_rules import RULES, Weight, broken_rules
from lims.science.rounding import plain, round_significant


def set_limits(session: LimsSession, order: LimitsIn) -> ControlChartLimits:
    """控制限: from the points of a reference period, as a new edition; the earlier ones stay as they are.

    Raises `NotFound` for a chart without points, `Conflict` when somebody set limits meanwhile, `RuleRefused` and
    `BadInput` with the reasons: no reason given, a period that is none, too few points.
    """
    laboratory_id, person = own_laboratory(session), acting_person(session)
    key = ChartKey(order.method, order.analyte, order.source, order.level)
    if not queries.points_of(session, key):
        raise NotFound.of("control chart", f"{key.analyte} {key.level}".strip())
    today = local_day(session.instant)
    refuse_if(
        [
            *reasons_not_to_refer(order.reference_from, order.reference_until, today),
            *reasons_to_explain(order.reason, "reason"),
        ]
    )
    known = queries.limits_of(session, key)
    edition = known[0].edition if known else 0
    if edition != order.edition:
        raise Conflict(
            reason("conflict.changed", "Somebody changed this meanwhile. Load it again and repeat your change.")
        )
    period = queries.points_of(session, key, begins=order.reference_from, ends=order.reference_until)
    left_out = set(order.excluded)
    used = [point for point in period if point.check_id not in left_out]
    found = reference_of([point.value for point in used], by=order.deviation_from)
    return save(
        session,
        ControlChartLimits(
            laboratory_id=laboratory_id,
            method_code=key.method,
            analyte=key.analyte,
            source=key.source,
            level=key.level,
            edition=edition + 1,
            unit=used[0].unit,
            rule_set=order.rule_set,
            centre=round_significant(found.centre, 10),
            deviation=round_significant(found.deviation, 10),
            mean_moving_range=round_significant(found.mean_moving_range, 10),
            deviation_from=found.deviation_from,
            points=found.count,
            reference_from=order.reference_from,
            reference_until=order.reference_until,
            excluded=sorted(str(point.check_id) for point in period if point.check_id in left_out),
            reason=order.reason,
            set_by=person,
            set_at=session.instant,
        ),
    )


def read_charts(session: LimsSession, run_id: UUID) -> ControlChartReading | None:
    """Read the charts that a run added points to; what is out of control opens nonconforming work.

    Once for each run, and again when its calibrations were decided on since: then the later runs of its method, which
    stand on the same charts, are read again too. A second call changes nothing. Raises `NotFound`.
    """
    run = runs.run_by_id(session, run_id)
    if run_id not in queries.unread_runs(session):
        return None
    limits = {queries.key_of(one): one for one in queries.newest_limits(session, [run.laboratory_id])}
    before = queries.reading_of(session, run_id)
    if before is not None:
        for later in queries.read_after(session, run):
            _read(session, later, limits)
    return _read(session, run, limits)


def _read(session: LimsSession, run: Run, limits: Mapping[ChartKey, ControlChartLimits]) -> ControlChartReading:
    work = queries.work_of_points(session, run.id)
    broken: list[dict[str, Any]] = []
    found: dict[UUID, tuple[Point, list[str]]] = {}
    for key in sorted({point.key for point in queries.points_of_run(session, run.id)} & limits.keys()):
        if limits[key].set_at > run.imported_at:
            continue
        points = queries.since(queries.points_of_chart(session, run.laboratory_id, key, run.imported_at), limits[key])
        rules = broken_rules(queries.plotted(points, limits[key]), RULES[limits[key].rule_set])
        for place, point in enumerate(points):
            if point.run_id != run.id:
                continue
            here = [one for one in rules if one.at == place]
            broken += [{"check": str(point.check_id), "rule": one.rule.value} for one in here]
            out = [one.rule.value for one in here if one.weight is Weight.OUT]
            found[point.check_id] = (point, out)
            if out and point.check_id not in work:
                _open_for_point(session, run.laboratory_id, point, out)
    for check_id, one in work.items():
        _tell_again(session, one, found.get(check_id))
    reading = queries.reading_of(session, run.id) or ControlChartReading(
        laboratory_id=run.laboratory_id, run_id=run.id, read_at=session.instant
    )
    reading.read_at, reading.broken = session.instant, broken
    reading.decisions = sum(len(several) for several in level_decisions_of(session, run.id).values())
    return save(session, reading)


def _tell_again(session: LimsSession, work: NonconformingWork, found: tuple[Point, list[str]] | None) -> None:
    """What a point says since its run was evaluated again; what it said before is kept. Closed work stays as it is."""
    told = work.told or {}
    value = "" if found is None else _shown(found[0])
    rules = [] if found is None else found[1]
    if work.state is NonconformingState.CLOSED or (told.get("value"), told.get("rules")) == (value, rules):
        return
    earlier = {"value": told.get("value", ""), "rules": told.get("rules", []), "until": session.instant.isoformat()}
    work.told = {**told, "value": value, "rules": rules, "before": [*told.get("before", []), earlier]}
    save(session, work)


def _shown(point: Point) -> str:
    return plain(round_significant(point.value, 4))


def _open_for_point(session: LimsSession, laboratory_id: UUID, point: Point, rules: Sequence[str]) -> None:
    key, value = point.key, _shown(point)
    save(
        session,
        NonconformingWork(
            laboratory_id=laboratory_id,
            number=_number(session, laboratory_id),
            source=NonconformingSource.CHART,
            origin_key=f"chart:{point.check_id}",
            run_id=point.run_id,
            check_id=point.check_id,
            method_code=key.method,
            analyte=key.analyte,
            level=key.level,
            point_source=key.source,
            what=f"{key.analyte} {key.level} {value} {point.unit}: {', '.join(rules)}",
            told={
                "rules": list(rules),
                "value": value,
                "unit": point.unit,
                "label": point.label,
                "at": point.at.isoformat(),
            },
            opened_at=session.instant,
        ),
    )


def open_work(session: LimsSession, order: NonconformingIn) -> NonconformingWork:
    """不符合工作 reported by a person. Raises `NotFound` for the run, `RuleRefused`."""
    laboratory_id, person = own_laboratory(session), acting_person(session)
    refuse_if(reasons_to_explain(order.what, "what"))
    run = None if order.run_id is None else runs.run_by_id(session, order.run_id)
    if run is not None and run.laboratory_id != laboratory_id:
        raise NotFound.of("run", run.id)
    return save(
        session,
        NonconformingWork(
            laboratory_id=laboratory_id,
            number=_number(session, laboratory_id),
            source=NonconformingSource.OTHER if run is None else NonconformingSource.RUN,
            run_id=None if run is None else run.id,
            method_code=None if run is None else runs.worksheet_of(session, run).method_code,
            what=order.what,
            opened_by=person,
            opened_at=session.instant,
        ),
    )


def open_for_score(session: LimsSession, laboratory_id: UUID, *, key: str, analyte: str, item: str, what: str) -> None:
    """不符合工作 for a score of a proficiency round that is not satisfactory; once for a `key`."""
    origin = f"proficiency:{key}"
    query = select(NonconformingWork.id).where(
        NonconformingWork.laboratory_id == laboratory_id, NonconformingWork.origin_key == origin
    )
    if session.exec(query).first() is None:
        save(
            session,
            NonconformingWork(
                laboratory_id=laboratory_id,
                number=_number(session, laboratory_id),
                source=NonconformingSource.PROFICIENCY,
                origin_key=origin,
                analyte=analyte,
                level=item,
                what=what,
                opened_at=session.instant,
            ),
        )


def evaluate_work(session: LimsSession, number: str, order: EvaluationIn) -> NonconformingWork:
    """How grave it is and what is done; again until it is closed. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    person, work = acting_person(session), queries.nonconforming_by_number(session, number)
    check_version(work, order.version)
    refuse_if(reasons_not_to_evaluate(work.state, order.action))
    work.responsible = person if order.responsible is None else _colleague(session, order.responsible)
    work.significance = order.significance
    work.action = order.action
    work.evaluated_by = person
    work.evaluated_at = session.instant
    work.state = NonconformingState.EVALUATED
    return save(session, work)


def close_work(session: LimsSession, number: str, order: ClosingIn) -> NonconformingWork:
    """Closed with what became of it. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    person, work = acting_person(session), queries.nonconforming_by_number(session, number)
    check_version(work, order.version)
    refuse_if(reasons_not_to_close(work.state, order.outcome))
    work.outcome = order.outcome
    work.closed_by = person
    work.closed_at = session.instant
    work.state = NonconformingState.CLOSED
    return save(session, work)


def _colleague(session: LimsSession, username: str) -> UUID:
    user = people.user_by_name(session, username)
    if user is None or user.laboratory_id != session.actor.laboratory_id or not user.is_active:
        raise NotFound(
            reason(
                "nonconforming.nobody",
                "There is no active person {name} in this laboratory.",
                name=username,
                at=Where(field="responsible"),
            )
        )
    return user.id


def _number(session: LimsSession, laboratory_id: UUID) -> str:
    day = local_day(session.instant)
    serial = allocate(session, laboratory_id, f"nonconforming-{day.year}")[0]
    return f"NC{day.year}-{serial:04d}"
