"""Rules of quality control for the methods of a laboratory (质控规则): editions, each in force from a day on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import col, select

from lims.core.errors import Conflict, RuleRefused, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, acting_person, own_laboratory, save
from lims.library.rules import Library
from lims.runs.calibration_choice import CalibrationChoice, reasons_not_to_calibrate
from lims.runs.deciding import SHORTEST_REASON
from lims.runs.quality_plan import QualityPlan
from lims.runs.tables import QcPlan
from lims.science.content_formula import ContentFormula, reasons_not_to_calculate
from lims.science.quality_control_rules import QcRule, reasons_not_to_set, rules_from
from lims.science.rounding import ReportingRule, reasons_not_to_report, reporting_as_dict, reporting_from_dict


@dataclass(frozen=True, slots=True)
class MethodChoices:
    """What the rules of a method choose besides checks; None: as usual.

    The usual: straight lines with the weighting of the worksheet, w = c · V · f / m, the figures of
    `lims.science.rounding.SANTE_FIGURES`.
    """

    calibration: CalibrationChoice | None = None
    formula: ContentFormula | None = None
    reporting: ReportingRule | None = None


def plans_of(session: LimsSession, method_code: str) -> Sequence[QcPlan]:
    """Every edition of the rules of a method in the own laboratory, the newest first."""
    return session.exec(
        select(QcPlan)
        .where(QcPlan.laboratory_id == session.actor.laboratory_id, QcPlan.method_code == method_code)
        .order_by(col(QcPlan.edition).desc())
    ).all()


def newest_plans(session: LimsSession) -> Sequence[QcPlan]:
    """The newest edition of each method that has rules, by method."""
    rows = session.exec(
        select(QcPlan)
        .where(QcPlan.laboratory_id == session.actor.laboratory_id)
        .order_by(col(QcPlan.method_code), col(QcPlan.edition))
    ).all()
    return list({row.method_code: row for row in rows}.values())


def plan_in_force(session: LimsSession, method_code: str, day: date) -> QcPlan | None:
    """The newest edition that is in force on a day."""
    return next((one for one in plans_of(session, method_code) if one.effective_on <= day), None)


def with_rules(session: LimsSession, plan: QualityPlan, method_code: str, day: date) -> QualityPlan:
    """The plan of a batch with the rules of its method that are in force."""
    found = plan_in_force(session, method_code, day)
    if found is None:
        return plan
    chosen = choices_of(found)
    return replace(
        plan,
        rules=rules_from(found.rules),
        edition=found.edition,
        calibration=chosen.calibration,
        formula=chosen.formula,
        reporting=chosen.reporting,
    )


def reporting_of(session: LimsSession, method_code: str, day: date) -> ReportingRule | None:
    """How a method has results of a day shown; None: as usual."""
    found = plan_in_force(session, method_code, day)
    return None if found is None else choices_of(found).reporting


def choices_of(plan: QcPlan) -> MethodChoices:
    """What an edition chooses besides its rules."""
    return MethodChoices(
        None if plan.calibration is None else CalibrationChoice.from_dict(plan.calibration),
        None if plan.formula is None else ContentFormula.from_dict(plan.formula),
        None if plan.reporting is None else reporting_from_dict(plan.reporting),
    )


def set_plan(
    session: LimsSession,
    library: Library,
    method_code: str,
    rules: Sequence[QcRule],
    effective_on: date,
    edition: int,
    why: str,
    choices: MethodChoices,
) -> QcPlan:
    """A new edition of the rules of a method. `edition` is that which was seen, 0 for none.

    Raises `RuleRefused` with every fault of the rules, `Conflict` when
    somebody set others meanwhile.
    """
    laboratory_id, person = own_laboratory(session), acting_person(session)
    if method_code not in library.methods:
        raise RuleRefused(
            reason(
                "qc.method_unknown",
                "The library has no method {method}.",
                method=method_code[:60],
                at=Where(field="method"),
            )
        )
    refuse_if([*_against(library, rules, choices), *_unexplained(why)])
    known = plans_of(session, method_code)
    before = known[0].edition if known else 0
    if before != edition:
        raise Conflict(
            reason("conflict.changed", "Somebody changed this meanwhile. Load it again and repeat your change.")
        )
    return save(
        session,
        QcPlan(
            laboratory_id=laboratory_id,
            method_code=method_code,
            edition=before + 1,
            effective_on=effective_on,
            rules=[rule.as_dict() for rule in rules],
            calibration=None if choices.calibration is None else choices.calibration.as_dict(),
            formula=None if choices.formula is None else choices.formula.as_dict(),
            reporting=None if choices.reporting is None else dict(reporting_as_dict(choices.reporting)),
            reason=why.strip(),
            set_by=person,
            set_at=session.instant,
        ),
    )


def _against(library: Library, rules: Sequence[QcRule], choices: MethodChoices) -> list[Reason]:
    found = reasons_not_to_set(rules)
    if not rules and choices == MethodChoices():
        found.append(reason("qc.no_rule", "Give at least one rule.", at=Where(field="check_0")))
    if choices.calibration is not None:
        found += [*_unknown_analytes(library, choices.calibration), *reasons_not_to_calibrate(choices.calibration)]
    if choices.formula is not None:
        found += reasons_not_to_calculate(choices.formula)
    if choices.reporting is not None:
        found += reasons_not_to_report(choices.reporting)
    return found


def _unexplained(why: str) -> list[Reason]:
    if len(why.strip()) >= SHORTEST_REASON:
        return []
    return [
        reason(
            "reason.too_short",
            "Say why, in at least {count} characters.",
            count=SHORTEST_REASON,
            at=Where(field="reason"),
        )
    ]


def _unknown_analytes(library: Library, calibration: CalibrationChoice) -> list[Reason]:
    found = {code: library.find_substance(code) for code in calibration.by_analyte}
    return [
        reason(
            "calibration.analyte_unknown",
            "The library has no substance {analyte}.",
            analyte=code,
            at=Where(field="calibration"),
        )
        for code, substance in found.items()
        if substance is None or substance.code != code
    ]
