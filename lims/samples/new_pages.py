"""One sampling sheet as a form: what is known already stands in it, the food is looked up while it is typed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError, NotFound
from lims.core.language import Language
from lims.core.reasons import Reason, Where, mark, reason
from lims.db.work import LimsSession, own_laboratory
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.network import queries as network
from lims.network.tables import Laboratory
from lims.runtime import Lims
from lims.samples import queries, service
from lims.samples.foods import FoodChoice, food_choice, foods_like, with_tests
from lims.samples.rules import BasisKind, Programme, Stage, sees_whole
from lims.samples.schemas import SampleOrder
from lims.samples.tables import Sample
from lims.samples.views import options_of
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused, typed
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()

DRAFT = "sample-new"
#: What of the sheet before fits the next one of the same round too.
_OF_A_ROUND = (
    "programme", "stage", "client", "client_address", "inspected_party", "inspected_address", "producer",
    "producer_address", "region_code", "place", "sampled_on", "samplers", "sampling_method", "quantity_unit",
    "basis_on", "basis_kind", "declared",
)  # fmt: skip
#: What of a person's last sheet is taken over unasked: who draws where, and how.
_OF_A_PERSON = ("region_code", "samplers", "sampling_method", "quantity_unit")
#: Fields for which words of the last sheets are suggested.
_SUGGESTED = (
    "client", "client_address", "inspected_party", "inspected_address", "producer", "producer_address", "place",
    "samplers", "sampling_method", "specification", "base_quantity", "quantity_unit",
)  # fmt: skip
#: Whose address stands in which field: a name chosen again brings its address with it.
_ADDRESSES = {"client": "client_address", "inspected_party": "inspected_address", "producer": "producer_address"}
#: As far back are words suggested from.
_LAST_SHEETS = 60
_LONGEST_TEST = 160

Name = Annotated[str, Query(max_length=200)]


@router.get("/samples/new")
def new_page(
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    like: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """An empty sheet, with what is known of the person's last one; `like` is the number of one to follow."""
    with lims.read(viewer.actor, Action.SAMPLE_REGISTER) as session:
        form = Filled(_known(session, viewer, like))
        return _form_page(request, lims, viewer, language, session, form)


@router.post("/samples/new")
def register(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Register the sheet, or show it again: with what stands in the way, or with the tests of its food."""
    lims.require(viewer.actor, Action.SAMPLE_REGISTER)
    if form.text("act") == "look":
        return _again(request, lims, viewer, language, typed(form))
    try:
        with lims.work(viewer.actor, Action.SAMPLE_REGISTER) as session:
            library = current_library(session)
            order = _order(library, form)
            sample = service.register(session, library, order).sample
    except LimsError as refusal:
        return _again(request, lims, viewer, language, refused(form, refusal, language), status_of(refusal))
    number = quote(sample.number, safe="")
    address = f"/samples/new?like={number}" if form.text("act") == "next" else f"/samples/{number}"
    return see_other(request, address, mark("Sample {number} is registered."), number=sample.number, draft=DRAFT)


@router.get("/samples/new/food")
def food_part(
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    product_name: Name = "",
    food: Name = "",
    food_choice: Name = "",
) -> Response:
    """What is known of a typed food, and what may be tested in it."""
    with lims.read(viewer.actor, Action.SAMPLE_REGISTER) as session:
        values = {"product_name": product_name, "food": food, "food_choice": food_choice}
        choice = _choice(session, current_library(session), values, lims, language)
    return page(request, "samples/_food_and_tests.html", form=Filled(values), choice=choice)


@router.get("/samples/new/foods")
def foods_part(
    request: Request, lims: LimsDep, viewer: ViewerDep, product_name: Name = "", food: Name = ""
) -> Response:
    """Foods whose names hold what is being typed, for the list under the field."""
    with lims.read(viewer.actor, Action.SAMPLE_REGISTER) as session:
        found = foods_like(current_library(session), food or product_name)
    return page(request, "samples/_foods.html", foods=found, whole_path=bool(food))


def _order(library: Library, form: Form) -> SampleOrder:
    """The sheet with its tests. Raises `BadInput` with every fault."""
    faults: list[Reason] = []
    known: dict[str, Any] = {"parameters": _parameters(form, faults)}
    name = form.text("food") or form.text("product_name")
    choice = food_choice(library, name, form.text("food_choice"))
    if choice.food and choice.candidates:
        known["food"] = choice.food
    try:
        order = form.read(SampleOrder, lists=["declared"], **known)
    except BadInput as refusal:
        raise BadInput(*refusal.reasons, *faults) from refusal
    if faults:
        raise BadInput(*faults)
    return order


def _parameters(form: Form, faults: list[Reason]) -> Any:
    """All in scope, or the ticked ones and those that were written with their methods."""
    if form.text("scope") != "chosen":
        return "all"
    written = [line.strip() for line in form.text("others").splitlines() if line.strip()]
    for line in written:
        parameter, _, method = line.partition("@")
        if not (parameter.strip() and method.strip()) or len(line) > _LONGEST_TEST:
            faults.append(
                reason(
                    "test.line",
                    "“{line}” is no parameter with its method; write them as 克百威@GB 23200.121-2026.",
                    line=line[:60],
                    at=Where("others"),
                )
            )
    tests = [*form.texts("parameters"), *written]
    if not tests:
        faults.append(reason("test.none", "Choose at least one parameter, or all in scope.", at=Where("parameters")))
    # What is faulty anyway is not told twice.
    return "all" if faults else tests


def _again(
    request: Request, lims: Lims, viewer: Viewer, language: Language, form: Filled, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.SAMPLE_REGISTER) as session:
        return _form_page(request, lims, viewer, language, session, form, status)


def _form_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    session: LimsSession,
    form: Filled,
    status: int = 200,
) -> Response:
    laboratory = _laboratory(session)
    regions = [r for r in network.regions_within(session, laboratory.region_code) if len(r.code) == 6]
    if len(regions) == 1 and not form.value("region_code"):
        form = replace(form, values={**form.values, "region_code": laboratory.region_code})
    lately = _lately(session, viewer)
    library = current_library(session)
    return page(
        request,
        "samples/new.html",
        status=status,
        form=form,
        draft=DRAFT,
        choice=_choice(session, library, form.values, lims, language),
        programmes=options_of(Programme, language),
        stages=options_of(Stage, language),
        basis_kinds=options_of(BasisKind, language),
        declarable=[(family, family) for family in library.declared_families],
        regions=[(region.code, f"{region.code} {region.name}") for region in regions],
        today=local_day(lims.clock.now()),
        last=next(iter(queries.samples_registered_by(session, 1)), None),
        suggested={name: _words(lately, name) for name in _SUGGESTED},
        addresses={name: _addresses(lately, name, field) for name, field in _ADDRESSES.items()},
        address_fields=_ADDRESSES,
    )


def _choice(
    session: LimsSession, library: Library, values: Mapping[str, Any], lims: Lims, language: Language
) -> FoodChoice:
    name = str(values.get("food") or values.get("product_name") or "").strip()
    choice = food_choice(library, name, str(values.get("food_choice") or ""))
    return with_tests(session, library, _laboratory(session), choice, local_day(lims.clock.now()), language)


def _laboratory(session: LimsSession) -> Laboratory:
    return network.laboratory_by_id(session, own_laboratory(session))


def _known(session: LimsSession, viewer: Viewer, like: str) -> Mapping[str, Any]:
    """What the form begins with: of the sheet to follow, or of the person's last one."""
    if like:
        sample = queries.own_samples(session, [like]).get(like)
        if sample is None or not sees_whole(viewer.actor, sample.registered_by):
            raise NotFound.of("sample", like)
        return _values(sample, _OF_A_ROUND)
    last = next(iter(queries.samples_registered_by(session, 1)), None)
    return _values(last, _OF_A_PERSON) if last else {}


def _values(sample: Sample, names: Sequence[str]) -> Mapping[str, Any]:
    return {name: value for name in names if (value := getattr(sample, name)) is not None}


def _lately(session: LimsSession, viewer: Viewer) -> Sequence[Sample]:
    """The sheets that words are suggested from: the laboratory's, or for the bench those that the person wrote."""
    if sees_whole(viewer.actor):
        return queries.samples_registered_lately(session, _LAST_SHEETS)
    return queries.samples_registered_by(session, _LAST_SHEETS)


def _words(samples: Sequence[Sample], name: str) -> Sequence[str]:
    return list(dict.fromkeys(text for sample in samples if (text := getattr(sample, name))))[:20]


def _addresses(samples: Sequence[Sample], name: str, field: str) -> Mapping[str, str]:
    """The last address of each name."""
    known = {getattr(one, name): getattr(one, field) for one in reversed(samples)}
    return {who: address for who, address in known.items() if who and address}
