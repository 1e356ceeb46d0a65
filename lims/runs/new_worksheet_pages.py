"""Pages that make a worksheet: the samples that wait for a method become a batch, position by position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Reason, Where, mark
from lims.core.words import word
from lims.db.work import LimsSession
from lims.equipment import queries as equipment
from lims.equipment.rules import reasons_not_to_use
from lims.library.food_tree import lies_in
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.people import queries as people
from lims.people.tables import AuthorisationKind
from lims.runs import page_queries, plans, service
from lims.runs.batch_outline import Position, SampleChoice
from lims.runs.curves import names_in
from lims.runs.quality_plan import STARTING_PLAN
from lims.runs.rules import EntryKind
from lims.runs.worksheet_form import (
    OUTLINE_FIELDS,
    PLAIN,
    PLAN_FIELDS,
    beginning,
    read_choices,
    read_order,
    read_positions,
    told_on_form,
)
from lims.runtime import Lims
from lims.samples.queries import samples_awaiting
from lims.samples.tables import Sample
from lims.science.calibration import Weighting
from lims.science.units import UnitCode, UnitKind
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.grids import CellKind, GridColumn, grid_view, read_grid, typed_rows
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
#: So many samples are ticked to begin with; more seldom fit on an instrument in one go.
_MOST_TICKED: Final = 40
_UNITS: Final[Mapping[str, tuple[UnitKind, ...]]] = {
    "test_portion_unit": (UnitKind.MASS, UnitKind.VOLUME),
    "final_volume_unit": (UnitKind.VOLUME,),
    "concentration_unit": (UnitKind.MASS_CONCENTRATION,),
    "result_unit": (UnitKind.MASS_FRACTION, UnitKind.MASS_CONCENTRATION),
}


@dataclass(frozen=True, slots=True)
class WaitingMethod:
    """A method that samples wait for."""

    code: str
    title: str
    samples: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sample that waits for the method, as the bench sees it. `choice` is None while it is not ticked.

    `worksheets` are those that it stands on already, and has no result from yet.
    """

    sample: Sample
    food: str
    parameters: Sequence[str]
    worksheets: Sequence[str]
    choice: SampleChoice | None


@dataclass(frozen=True, slots=True)
class InstrumentChoice:
    """An instrument that may be chosen; `why_not` says why it may not."""

    code: str
    name: str
    calibrated_until: date
    why_not: str


@router.get("/worksheets/new")
def new_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, method: str = "") -> Response:
    """The form, filled in as the last worksheet of the method was made."""
    return _form_page(request, lims, viewer, language, method.strip())


@router.post("/worksheets/new")
def create(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Make the worksheet, or show its positions first."""
    lims.require(viewer.actor, Action.WORKSHEET_CREATE)
    try:
        positions = read_positions(form)
        if form.text("act") == "positions":
            return _positions_page(request, language, form, positions, ())
        return _created(request, lims, viewer, form, positions)
    except LimsError as refusal:
        filled = refused(form, told_on_form(refusal), language)
        method = form.text("method_code")
        return _form_page(request, lims, viewer, language, method, (filled, form), status=status_of(refusal))


@router.get("/worksheets/new/positions")
def positions_begin(request: Request) -> Response:
    """Who asks for the positions alone begins with the form that makes them."""
    return see_other(request, "/worksheets/new")


@router.post("/worksheets/new/positions")
def create_as_listed(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Make the worksheet with the positions as somebody has arranged them."""
    lims.require(viewer.actor, Action.WORKSHEET_CREATE)
    columns = _grid_columns(language)
    lines: list[int] = []
    try:
        rows = read_grid(form, columns)
        lines = [row.number for row in rows]
        positions = [{key: text for key, text in row.cells.items() if text} for row in rows]
        return _created(request, lims, viewer, form, positions)
    except LimsError as refusal:
        faults = [_at_cell(why, lines) for why in refusal.reasons]
        typed = typed_rows(form, columns)
        return _positions_page(request, language, form, typed, faults, status=status_of(refusal))


def _created(request: Request, lims: Lims, viewer: Viewer, form: Form, positions: Sequence[Position]) -> Response:
    order = read_order(form, positions).to_order()
    with lims.work(viewer.actor, Action.WORKSHEET_CREATE) as session:
        worksheet = service.create_worksheet(session, order)
    return see_other(
        request, f"/worksheets/{worksheet.number}", mark("The worksheet {number} is made."), number=worksheet.number
    )


def _form_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    method: str,
    sent: tuple[Filled, Form] | None = None,
    *,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.WORKSHEET_CREATE) as session:
        library, today = current_library(session), local_day(lims.clock.now())
        waiting = _waiting(session, library)
        if not method and len(waiting) == 1:
            method = waiting[0].code
        candidates = _candidates(session, library, method, language)
        if sent is None:
            free = [one.sample.blind_code for one in candidates if not one.worksheets][:_MOST_TICKED]
            begun = beginning(session, method, free, _matrix_of(library, candidates, language), language)
            filled, choices = Filled(begun.values), begun.choices
        else:
            filled, choices = sent[0], read_choices(sent[1])
        chosen = {choice.code: choice for choice in choices}
        return page(
            request,
            "runs/new.html",
            part="runs/_new.html",
            status=status,
            form=filled,
            method=method,
            title_of_method=library.methods[method].title if method in library.methods else "",
            waiting=waiting,
            samples=[replace(one, choice=chosen.get(one.sample.blind_code)) for one in candidates],
            instruments=_instruments(session, language, today),
            is_authorised=_is_authorised(session, viewer, method, today),
            units=_units(),
            plan_names=[f"plan_{name}" for name in PLAN_FIELDS],
            asks=plans.with_rules(session, STARTING_PLAN, method, today),
            weightings=[(weighting.value, translator(language)(word(weighting))) for weighting in Weighting],
        )


def _waiting(session: LimsSession, library: Library) -> list[WaitingMethod]:
    return [
        WaitingMethod(code, library.methods[code].title if code in library.methods else "", count)
        for code, count in page_queries.methods_waited_for(session).items()
    ]


def _candidates(session: LimsSession, library: Library, method: str, language: Language) -> list[Candidate]:
    """The samples that wait for the method, oldest first; none is ticked yet."""
    tests: dict[UUID, list[str]] = {}
    samples: dict[UUID, Sample] = {}
    name_of = names_in(library, language)
    for sample, test in samples_awaiting(session, method) if method else ():
        samples[sample.id] = sample
        tests.setdefault(sample.id, []).append(name_of(test.parameter))
    held = page_queries.worksheets_holding(session, method, set(samples))
    return [
        Candidate(
            sample,
            library.foods.food(sample.food).name if sample.food in library.foods else sample.food,
            tests[key],
            held.get(key, ()),
            None,
        )
        for key, sample in samples.items()
    ]


def _matrix_of(library: Library, candidates: Sequence[Candidate], language: Language) -> str:
    """The smallest group of foods that holds all samples (豆类蔬菜); the whole kingdom when there is none."""
    foods = {one.sample.food for one in candidates}
    if not foods or any(food not in library.foods for food in foods):
        return ""
    groups = library.foods.path(min(foods))[1:]
    shared = (group.name for group in groups if all(lies_in(food, group.food) for food in foods))
    return next(shared, translator(language)(mark("foods of plant origin")))


def _instruments(session: LimsSession, language: Language, today: date) -> list[InstrumentChoice]:
    say = translator(language)
    own = session.actor.laboratory_id
    return [
        InstrumentChoice(
            each.code,
            each.name,
            each.calibrated_until,
            " ".join(why.translated(say) for why in reasons_not_to_use(each.code, each.calibrated_until, today)),
        )
        for each in equipment.instruments(session)
        if each.laboratory_id == own
    ]


def _is_authorised(session: LimsSession, viewer: Viewer, method: str, today: date) -> bool:
    user = viewer.actor.user_id
    return user is not None and people.is_authorised(session, user, AuthorisationKind.METHOD, method, today)


def _units() -> dict[str, list[tuple[str, str]]]:
    return {
        field: [(unit.value, unit.value) for unit in UnitCode if unit.kind in kinds] for field, kinds in _UNITS.items()
    }


# ── the positions one by one ─────────────────────────────────────────────────────────────────────────


def _positions_page(
    request: Request,
    language: Language,
    form: Form,
    positions: Sequence[Mapping[str, str]],
    faults: Sequence[Reason],
    *,
    status: int = 200,
) -> Response:
    samples = tuple(dict.fromkeys(row["label"] for row in positions if row.get("kind") == EntryKind.SAMPLE))
    view = grid_view(_grid_columns(language, samples), language, positions, faults)
    settings = (*PLAIN, *OUTLINE_FIELDS, *(f"plan_{name}" for name in PLAN_FIELDS))
    kept = [(name, form.text(name)) for name in settings]
    return page(request, "runs/positions.html", status=status, view=view, kept=kept, values=dict(kept))


def _grid_columns(language: Language, samples: Sequence[str] = ()) -> tuple[GridColumn, ...]:
    say = translator(language)
    kinds = tuple((kind.value, say(word(kind))) for kind in EntryKind)
    words = {text: value for value, text in kinds} | {kind.value.replace("_", " "): kind.value for kind in EntryKind}

    def column(key: str, title: str, kind: CellKind = CellKind.NUMBER, width: int = 12, **more: Any) -> GridColumn:
        return GridColumn(key, say(title), kind, width=width, **more)

    return (
        column("kind", mark("Kind"), CellKind.CHOICE, 16, required=True, options=kinds, words=words),
        column("label", mark("Name in the sequence"), CellKind.TEXT, 18, required=True),
        column("parent", mark("Made from"), CellKind.TEXT, 14, suggestions=tuple(samples)),
        column("nominal_concentration", mark("Concentration")),
        column("spiked_content", mark("Added content")),
        column("test_portion", mark("Test portion")),
        column("final_volume", mark("Final volume")),
        column("dilution", mark("Dilution"), width=10),
        column("moisture_percent", mark("Moisture (%)"), width=10),
        column("standard_concentration", mark("Internal standard (conc.)"), width=10),
    )


def _at_cell(why: Reason, lines: Sequence[int]) -> Reason:
    """A fault of the position at its row of the grid; faults of the grid itself stand there already."""
    where = why.where
    if not (where.field or "").startswith("entries") or where.row is None or where.row > len(lines):
        return replace(why, where=replace(where, field="grid")) if where.field == "entries" else why
    column = where.column or (where.field or "").rpartition(".")[2]
    return replace(why, where=Where(row=lines[where.row - 1], column=_COLUMN_OF.get(why.code, column)))


#: The cell that a position lacks, by the code of the fault.
_COLUMN_OF: Final[Mapping[str, str]] = {
    "worksheet.nominal_missing": "nominal_concentration",
    "worksheet.spike_missing": "spiked_content",
    "worksheet.parent_missing": "parent",
    "worksheet.label_missing": "label",
    "worksheet.factor_not_positive": "test_portion",
    "worksheet.moisture_impossible": "moisture_percent",
    "worksheet.standard_concentration_impossible": "standard_concentration",
}
