"""Pages of quality control in runs: deciding on checks, and the rules of the methods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.core.spreadsheets import parse_day
from lims.library.queries import current_library
from lims.people.queries import names_of
from lims.runs import deciding, page_queries, plans
from lims.runs.calibration_form import calibration_fields, calibration_of
from lims.runs.curves import names_in
from lims.runs.formula_form import formula_fields, formula_of
from lims.runs.reporting_form import reporting_fields, reporting_of_form
from lims.runs.rules import QcDecisionKind
from lims.runs.tables import QcPlan
from lims.runtime import Lims
from lims.science.quality_control import QcCheck, SourceStatus
from lims.science.quality_control_presets import PRESETS
from lims.science.quality_control_rules import MEANINGS, QcRule, RuleBasis, rules_from
from lims.science.rounding import SANTE_FIGURES
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
#: Rows of the form; further rules go through the JSON door.
_MOST_ROWS: Final = 60
_EMPTY_ROWS: Final = 3
_FIELDS: Final = ("check", "low", "high", "above", "up_to", "basis", "every", "source", "status")


@dataclass(frozen=True, slots=True)
class PlanLine:
    """The newest rules of a method."""

    plan: QcPlan
    by: str


# ── decisions ────────────────────────────────────────────────────────────────────────────────────────


@router.post("/runs/{run_id}/decisions")
def decide(
    run_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Decide on the chosen checks: accept with a reservation, reject, or repeat."""
    lims.require(viewer.actor, Action.QC_DECIDE)
    try:
        chosen = _chosen(form)
        wanted = form.text("decision")
        if wanted not in set(QcDecisionKind):
            raise BadInput(reason("qc.no_decision", "Say what is decided.", at=Where(field="decision")))
        why = form.text("reason")
        with lims.work(viewer.actor, Action.QC_DECIDE, why) as session:
            made = deciding.decide(session, run_id, chosen, QcDecisionKind(wanted), why)
    except LimsError as refusal:
        say = translator(language)
        said = [why.translated(say) for why in refusal.reasons]
        at, back = status_of(refusal), f"/runs/{run_id}"
        return page(request, "runs/decision_refused.html", status=at, run_id=run_id, problems=said, back=back)
    note = mark("{count} checks are decided on.")
    return see_other(request, f"/runs/{run_id}", note, draft="qc-decision", count=len(made))


def _chosen(form: Form) -> list[deciding.Chosen]:
    found = []
    for token in form.texts("chosen"):
        key, _, edition = token.partition(":")
        try:
            found.append(deciding.Chosen(UUID(key), int(edition) if edition.isdigit() else 0))
        except ValueError as fault:
            none = reason("table.none_chosen", "Choose at least one row first.", at=Where(field="chosen"))
            raise BadInput(none) from fault
    return found


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/quality/plans")
def plans_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The methods that have rules, and those that could have some."""
    with lims.read(viewer.actor, Action.QUALITY_READ) as session:
        found = plans.newest_plans(session)
        names = names_of(session, {one.set_by for one in found})
        known = {one.method_code for one in found}
        others = [code for code in page_queries.methods_used(session) if code not in known]
        methods = sorted(current_library(session).methods)
        return page(
            request,
            "quality/plans.html",
            lines=[PlanLine(one, names.get(one.set_by, "")) for one in found],
            others=others,
            methods=methods,
            may_set=viewer.may(Action.QC_PLAN_SET),
        )


@router.get("/quality/plans/one")
def plan_page(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, method: str = "", preset: str = ""
) -> Response:
    """The rules of a method with their editions, and the form for the next; `preset` adds rules to start from."""
    return _plan(request, lims, viewer, language, method[:60], Filled(), preset=preset)


@router.post("/quality/plans")
def set_plan(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """A new edition of the rules of a method."""
    lims.require(viewer.actor, Action.QC_PLAN_SET)
    method = form.text("method")[:60]
    try:
        rules, day = _rules_of(form), parse_day(form.text("effective_on"))
        if day is None:
            raise BadInput(
                reason("qc.no_day", "Say from which day on the rules are in force.", at=Where(field="effective_on"))
            )
        why = form.text("reason")
        with lims.work(viewer.actor, Action.QC_PLAN_SET, why) as session:
            library = current_library(session)
            choices = plans.MethodChoices(calibration_of(form, library), formula_of(form), reporting_of_form(form))
            seen = form.whole("edition") or 0
            made = plans.set_plan(session, library, method, rules, day, seen, why, choices)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _plan(request, lims, viewer, language, method, shown, status=status_of(refusal))
    note = mark("Edition {edition} of the rules is set.")
    return see_other(request, "/quality/plans", note, draft="qc-plan", edition=made.edition)


def _rules_of(form: Form) -> list[QcRule]:
    found: list[QcRule] = []
    for row in range(_MOST_ROWS):
        texts = {name: form.text(f"{name}_{row}") for name in _FIELDS}
        if texts["check"]:
            found.append(_rule(texts, len(found) + 1))
    return found


def _rule(texts: Mapping[str, str], row: int) -> QcRule:
    try:
        numbers = {name: Decimal(texts[name]) if texts[name] else None for name in ("low", "high", "above", "up_to")}
        if any(number is not None and not number.is_finite() for number in numbers.values()):
            raise ValueError(row)
        return QcRule(
            check=QcCheck(texts["check"]),
            source=texts["source"][:200],
            status=SourceStatus(texts["status"] or SourceStatus.OWN),
            basis=RuleBasis(texts["basis"]) if texts["basis"] else None,
            every=int(texts["every"]) if texts["every"] else None,
            **numbers,
        )
    except (ValueError, InvalidOperation) as fault:
        raise BadInput(
            reason("qc.row_unreadable", "Row {row}: a number or a choice cannot be read.", row=row)
        ) from fault


def _plan(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    method: str,
    form: Filled,
    *,
    preset: str = "",
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.QUALITY_READ) as session:
        editions = plans.plans_of(session, method)
        rules = list(rules_from(editions[0].rules)) if editions else []
        choices = plans.choices_of(editions[0]) if editions else plans.MethodChoices()
        library = current_library(session)
        shown = [*rules, *(PRESETS[preset].rules if preset in PRESETS else ())]
        return page(
            request,
            "quality/plan.html",
            status=status,
            method=method,
            editions=editions,
            people=names_of(session, {one.set_by for one in editions}),
            rules=rules,
            calibrated=choices.calibration,
            name_of=names_in(library, language),
            fields=calibration_fields(choices.calibration, form),
            calculated=choices.formula,
            formula=formula_fields(choices.formula, form),
            rounded=choices.reporting or SANTE_FIGURES,
            reporting=reporting_fields(choices.reporting, form),
            rows=_rows(shown, form),
            form=form if form.values else Filled({"effective_on": local_day(lims.clock.now()).isoformat()}),
            presets=PRESETS,
            meanings=MEANINGS,
            checks=tuple(MEANINGS),
            bases=tuple(RuleBasis),
            statuses=tuple(SourceStatus),
            may_set=viewer.may(Action.QC_PLAN_SET),
            say=translator(language),
        )


def _rows(rules: Sequence[QcRule], form: Filled) -> list[dict[str, Any]]:
    """The rows of the form: as they were typed, or the rules that are shown; and some empty ones."""
    empty = dict.fromkeys(_FIELDS, "")
    if form.values:
        typed = [{name: form.value(f"{name}_{row}") for name in _FIELDS} for row in range(_MOST_ROWS)]
        filled = [row for row in typed if any(row.values())]
    else:
        filled = [{name: _text(rule.as_dict()[name]) for name in _FIELDS} for rule in rules]
    return [*filled, *([empty] * _EMPTY_ROWS)][:_MOST_ROWS]


def _text(value: object) -> str:
    return "" if value is None else str(value)
