"""Pages of judgements: what is said of a sample and why, and what the law of a day would say of some amounts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError, NotFound, refuse_bad
from lims.core.language import Language
from lims.core.patterns import REGION_CODE_OR_NONE
from lims.core.reasons import Reason, Where, mark, reason
from lims.core.spreadsheets import Column
from lims.library.facts import HOME_MARKET, Basis, Form
from lims.library.market_names import market_name
from lims.library.queries import current_library, library_of
from lims.library.rules import Library
from lims.limits import market_pages, queries, service
from lims.limits.asked import read_amount
from lims.limits.market_pages import Matrix, matrix
from lims.limits.places import animals_of
from lims.limits.questions import unknown_analyte
from lims.limits.verdicts import Occasion, Overall, Verdict
from lims.limits.views import OVERALL_MOODS, ShownLine, ordered, shown, shown_lines
from lims.network.queries import regions_within
from lims.network.rules import PROVINCE_CODE
from lims.people.queries import names_of
from lims.runtime import Lims
from lims.samples.rules import BasisKind
from lims.science.amounts import Amount
from lims.science.conformity import DecisionRule
from lims.science.units import UnitCode
from lims.web.dependencies import LimsDep
from lims.web.fields import Input
from lims.web.forms import Filled, FormDep, refused
from lims.web.grids import GridColumn, GridView, grid_columns, grid_view, read_grid, typed_rows
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.rows import Numbered, orders_of
from lims.web.texts import Text100, Text200
from lims.web.viewer import PageLanguage, Viewer, ViewerDep, language_of

router = APIRouter()
router.include_router(market_pages.router)

#: What may be asked about, as a table: one substance in each row.
ASKED_COLUMNS = (
    Column("substance", ("化合物", "参数", "Substance"), required=True, example="克百威"),
    Column("value", ("数值", "结果", "Value"), required=True, example="0.015"),
    Column("unit", ("单位", "Unit"), example="mg/kg"),
    Column("loq", ("定量限", "LOQ"), example="0.01"),
)
_WIDTHS = {"substance": 18, "value": 14, "unit": 10, "loq": 12}
DRAFT = "amounts"
#: Fields that are folded away while they hold what is usual.
_FOLDED: Mapping[str, tuple[object, ...]] = {
    **dict.fromkeys(("species", "tissue", "rule", "declared"), ("", None, [])),
    **{"market": ("", HOME_MARKET), "form": ("", Form.ANY.value)},
}


class AskedAmount(Input):
    """An amount in a row, as `lims judge` reads it: 0.015, <0.01, ND, 检出."""

    substance: Text100
    value: Text100
    unit: Text100 = UnitCode.MG_PER_KG.value
    loq: Text100 = ""


class Asked(Input):
    """The occasion that is asked about."""

    food: Text200
    basis_on: date
    basis_kind: BasisKind = BasisKind.HARVEST
    region: str = Field(default="", pattern=REGION_CODE_OR_NONE)
    basis: Basis = Basis.AS_RECEIVED
    market: str = Field(default=HOME_MARKET, max_length=20)
    species: Text100 = ""
    tissue: Text100 = ""
    form: Form = Form.ANY
    rule: DecisionRule | None = None
    declared: list[Text100] = Field(default_factory=list, max_length=10)

    def occasion(self) -> Occasion:
        """By what it is judged."""
        return Occasion(
            food=self.food,
            basis_on=self.basis_on,
            basis_kind=self.basis_kind,
            region=self.region,
            basis=self.basis,
            rule=self.rule,
            market=self.market,
            species=self.species,
            tissue=self.tissue,
            form=self.form,
            declared=tuple(self.declared),
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """What the law of the day says."""

    overall: Overall
    lines: tuple[ShownLine, ...]
    markets: Matrix


@router.get("/samples/{code}/judgement")
def judgement(
    request: Request, code: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, serial: int | None = None
) -> Response:
    """The newest judgement of a sample, or an earlier one by its serial; by number, or for the bench by blind code."""
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        sample = service.sample_to_judge(session, code)
        history = queries.judgements_of(session, sample.id)
        found = next((one for one in history if serial in {None, one.serial}), None)
        if found is None and serial is not None:
            raise NotFound.of("judgement of sample", code)
        lines = (
            shown_lines(queries.lines_of(session, found.id), library_of(session, found.library_sha256), language)
            if found
            else ()
        )
        people = {one.judged_by for one in history if one.judged_by}
        return page(
            request,
            "limits/judgement.html",
            part="limits/_judgement.html",
            code=code,
            address=f"/samples/{code}" if code == sample.number else f"/samples/bench/{code}",
            found=found,
            history=history,
            names=names_of(session, people),
            lines=lines,
            counts={verdict: sum(line.verdict is verdict for line in lines) for verdict in Verdict},
            moods=OVERALL_MOODS,
        )


@router.post("/samples/{code}/judgement")
def judge(
    request: Request, code: str, lims: LimsDep, viewer: ViewerDep, _language: PageLanguage, _form: FormDep
) -> Response:
    """Judge a sample by its verified results and the library in use; earlier judgements stay."""
    with lims.work(viewer.actor, Action.SAMPLE_JUDGE) as session:
        sample = service.sample_to_judge(session, code)
        made = service.judge_sample(session, current_library(session), sample.id)
    note = mark("Judgement {serial} of the sample is made.")
    return see_other(request, f"/samples/{code}/judgement", note, serial=made.serial)


@router.get("/judge")
def question(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """What would the law of a day say of some amounts?"""
    form = Filled({"basis_on": local_day(lims.clock.now()).isoformat(), "basis_kind": BasisKind.HARVEST.value})
    return _question_page(request, lims, viewer, form, grid_view(_columns(language), language))


@router.post("/judge")
def ask(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """What the law of a day says of some amounts in a food; nothing is stored."""
    columns = _columns(language)
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        library = current_library(session)
    try:
        asked = form.read(Asked, lists=["declared"])
        orders, faults = orders_of(read_grid(form, columns), ASKED_COLUMNS, AskedAmount)
        amounts, unreadable = _amounts(orders)
        refuse_bad([*faults, *_substance_faults(orders, library), *unreadable])
        judged = service.judge_amounts(library, asked.occasion(), amounts)
        compared = service.amounts_everywhere(library, asked.occasion(), amounts)
    except LimsError as refusal:
        grid = grid_view(columns, language, typed_rows(form, columns), refusal.reasons)
        shown_form = refused(form, refusal, language)
        return _question_page(request, lims, viewer, shown_form, grid, status=status_of(refusal))
    lines = ordered(shown(service.line_values(library, line), library, language) for line in judged.lines)
    return _question_page(
        request,
        lims,
        viewer,
        Filled({**asked.model_dump(mode="json")}),
        grid_view(columns, language, typed_rows(form, columns)),
        answer=Answered(judged.overall, tuple(lines), matrix(compared, library, language)),
    )


def _columns(language: Language) -> tuple[GridColumn, ...]:
    columns = grid_columns(ASKED_COLUMNS, language, _WIDTHS, ["value", "loq"])
    return tuple(replace(one, lookup="substance") if one.key == "substance" else one for one in columns)


def _amounts(orders: list[Numbered[AskedAmount]]) -> tuple[dict[str, Amount], list[Reason]]:
    """What was found of each substance, and why it cannot be read in some rows."""
    amounts: dict[str, Amount] = {}
    faults: list[Reason] = []
    headings = {column.key: column.headings[0] for column in ASKED_COLUMNS}
    for one in orders:
        order = one.order
        try:
            amounts[order.substance] = read_amount(order.value, order.unit, order.loq)
        except BadInput as refusal:
            for why in refusal.reasons:
                at = Where(row=one.row, column=headings.get(why.where.column or "", headings["value"]))
                faults.append(replace(why, where=at))
    return amounts, faults


def _substance_faults(orders: list[Numbered[AskedAmount]], library: Library) -> list[Reason]:
    """Every substance is known, and asked about once."""
    faults: list[Reason] = []
    seen: dict[str, int | None] = {}
    for one in orders:
        at = Where(row=one.row, column=ASKED_COLUMNS[0].headings[0])
        substance = library.find_substance(one.order.substance)
        if substance is None:
            faults.append(replace(unknown_analyte(library, one.order.substance), where=at))
        elif substance.code in seen:
            said = "{name} stands in row {row} already; ask about each substance once."
            faults.append(reason("substance.twice", said, name=one.order.substance, row=seen[substance.code], at=at))
        else:
            seen[substance.code] = one.row
    return faults


def _question_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    form: Filled,
    grid: GridView,
    *,
    answer: Answered | None = None,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        library = current_library(session)
        regions = [(region.code, region.name) for region in regions_within(session, PROVINCE_CODE)]
    return page(
        request,
        "limits/judge.html",
        status=status,
        form=form,
        grid=grid,
        animals=animals_of(library),
        regions=regions,
        basis_kinds=tuple(BasisKind),
        bases=tuple(Basis),
        forms=tuple(Form),
        rules=tuple(DecisionRule),
        markets=[(code, market_name(code, language_of(request))) for code in library.markets],
        declarable=library.declared_families,
        folded_open=any(form.value(name) not in usual for name, usual in _FOLDED.items()),
        answer=answer,
        moods=OVERALL_MOODS,
        draft=DRAFT,
    )
