"""Forms of lots: a lot that was bought, a solution that was prepared, the days of opening and closing."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError
from lims.core.reasons import Where, mark, reason
from lims.core.words import word
from lims.materials import queries, service
from lims.materials.rules import PREPARED, STANDARDS, MaterialKind
from lims.materials.schemas import ClosingIn, LotIn, OpeningIn, SolutionIn
from lims.materials.tables import Material
from lims.materials.views import strength_text
from lims.runtime import Lims
from lims.science.units import UnitCode, UnitKind, parse_unit
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()

#: A laboratory has so many lots in date that a form shows; those beyond are typed by their number.
_MOST_OFFERED = 300
_STRENGTH_KINDS = (UnitKind.RATIO, UnitKind.MASS_CONCENTRATION, UnitKind.MASS_FRACTION)
_STRENGTH_UNITS = tuple(u.value for kind in _STRENGTH_KINDS for u in UnitCode if u.kind is kind and u.value != "1")
_CONCENTRATIONS = tuple(u.value for u in UnitCode if u.kind is UnitKind.MASS_CONCENTRATION)
_BOUGHT = tuple(kind for kind in MaterialKind if kind not in STANDARDS - {MaterialKind.REFERENCE_MATERIAL})


@router.get("/new")
def new_form(request: Request, lims: LimsDep, viewer: ViewerDep, like: str | None = None) -> Response:
    """A form for a lot that was bought; `like` names an earlier lot of the same product to begin with."""
    lims.require(viewer.actor, Action.MATERIAL_REGISTER)
    values = {"received_on": local_day(lims.clock.now()).isoformat()}
    if like:
        with lims.read(viewer.actor, Action.MATERIAL_READ) as session:
            values |= _same_product(queries.material_by_key(session, like))
    return _new_page(request, Filled(values))


@router.post("/new")
def register(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Register a lot of the own laboratory."""
    lims.require(viewer.actor, Action.MATERIAL_REGISTER)
    try:
        order = form.read(LotIn)
        with lims.work(viewer.actor, Action.MATERIAL_REGISTER) as session:
            made = service.register_lot(session, order)
    except LimsError as refusal:
        return _new_page(request, refused(form, refusal, language), status_of(refusal))
    note = mark("The lot {code} is registered.")
    return see_other(request, f"/materials/{made.id}", note, draft="material-new", code=made.code)


@router.get("/solutions/new")
def solution_form(request: Request, lims: LimsDep, viewer: ViewerDep, like: str | None = None) -> Response:
    """A form for a solution; `like` names an earlier one that was prepared in the same way."""
    lims.require(viewer.actor, Action.MATERIAL_PREPARE)
    values = {"prepared_on": local_day(lims.clock.now()).isoformat(), "kind": MaterialKind.WORKING_SOLUTION.value}
    if like:
        with lims.read(viewer.actor, Action.MATERIAL_READ) as session:
            earlier = queries.material_by_key(session, like)
            lines = queries.sources_of(session, [earlier.id]).get(earlier.id, ())
        values |= _same_product(earlier)
        values["sources"] = "\n".join(f"{lot.code} {source.taken:f} {source.taken_unit}" for source, lot in lines)
    return _solution_page(request, lims, viewer, Filled(values))


@router.post("/solutions/new")
def prepare(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Record a solution that the viewer prepared."""
    lims.require(viewer.actor, Action.MATERIAL_PREPARE)
    try:
        order = form.read(SolutionIn, sources=_source_lines(form.text("sources")))
        with lims.work(viewer.actor, Action.MATERIAL_PREPARE) as session:
            made = service.prepare_solution(session, order)
    except LimsError as refusal:
        return _solution_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    note = mark("The solution {code} is recorded.")
    return see_other(request, f"/materials/{made.id}", note, draft="solution-new", code=made.code)


def open_by_form(lims: Lims, viewer: Viewer, key: str, form: Form) -> Material:
    """Record the opening that a form says. Raises `LimsError`."""
    order = form.read(OpeningIn)
    with lims.work(viewer.actor, Action.MATERIAL_EDIT) as session:
        return service.open_lot(session, queries.material_by_key(session, key).code, order)


def close_by_form(lims: Lims, viewer: Viewer, key: str, form: Form) -> Material:
    """Take the lot out of use that a form names. Raises `LimsError`."""
    order = form.read(ClosingIn)
    with lims.work(viewer.actor, Action.MATERIAL_EDIT, order.reason) as session:
        return service.close_lot(session, queries.material_by_key(session, key).code, order)


def _same_product(earlier: Material) -> dict[str, str]:
    """What the next lot of the same product, or the next solution, has in common with an earlier one."""
    names = (
        "kind", "name", "strength", "strength_unit", "grade", "supplier", "storage", "final_volume",
        "final_volume_unit", "preparation",
    )  # fmt: skip
    given = {name: getattr(earlier, name) for name in names}
    if earlier.kind is MaterialKind.REFERENCE_MATERIAL:  # the certificate of the next lot says another value
        given |= {"strength": None}
    return {name: f"{value:f}" if name in {"strength", "final_volume"} else str(value)
            for name, value in given.items() if value is not None}  # fmt: skip


def _source_lines(text: str) -> list[dict[str, str]]:
    """`RM-26-001 1.00 mL` on each line: number, amount, unit. Raises `BadInput` with every line that is none."""
    found, faults = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = line.rsplit(maxsplit=2)
        at = Where("sources", row=number)
        if len(parts) != 3:
            said = "Line {row}: write the number of the lot, the amount and its unit, such as RM-26-001 1.00 mL."
            faults.append(reason("material.source_line", said, at=at, row=number))
            continue
        code, taken, unit = parts
        try:
            found.append({"code": code.strip(), "taken": taken, "unit": parse_unit(unit, at=at).value})
        except LimsError as refusal:
            faults += refusal.reasons
    if faults:
        raise BadInput(*faults)
    return found


def _new_page(request: Request, form: Filled, status: int = 200) -> Response:
    kinds = [(kind.value, word(kind)) for kind in _BOUGHT]
    return page(request, "materials/new.html", status=status, form=form, kinds=kinds, units=_STRENGTH_UNITS)


def _solution_page(request: Request, lims: Lims, viewer: Viewer, form: Filled, status: int = 200) -> Response:
    today = local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.MATERIAL_READ) as session:
        offered = [(one, strength_text(one)) for one in queries.usable_on(session, today, _MOST_OFFERED)]
    kinds = [(kind.value, word(kind)) for kind in MaterialKind if kind in PREPARED]
    return page(
        request,
        "materials/solution.html",
        status=status,
        form=form,
        kinds=kinds,
        units=_CONCENTRATIONS,
        offered=offered,
    )
