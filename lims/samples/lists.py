"""Lists of samples: whole for those who may see whose they are, by blind codes for the bench; and their labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from sqlalchemy import ColumnElement, and_, case, exists, extract, func, or_
from sqlmodel import col, select
from starlette.responses import RedirectResponse, Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, NotFound
from lims.core.reasons import mark, reason
from lims.db.work import LimsSession
from lims.library.food_tree import folded
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.network import queries as network
from lims.runtime import Lims
from lims.samples import queries
from lims.samples.labels import labels_of, print_labels
from lims.samples.queries import Progress, in_food, in_region
from lims.samples.rules import Programme, SampleStatus, sees_whole
from lims.samples.tables import AssignedTest, Sample
from lims.samples.views import STATUS_MOODS, blinded, days_waiting
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.table import Act, Chip, Column, Start, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter, Filter, Options, TextFilter
from lims.web.table_page import chosen, read_table, table_page
from lims.web.viewer import Viewer, ViewerDep

router = APIRouter()

#: As many labels as a roll takes in one go; the JSON door has the same bound.
MOST_LABELS = 200
LabelKind = Literal["counter", "bench"]


@dataclass(frozen=True, slots=True)
class SampleLine:
    """A sample in a list; `food`, `region` and `laboratory` are names, `waiting` is in days."""

    sample: Sample
    food: str
    region: str
    laboratory: str
    progress: Progress
    waiting: int | None


def _address(row: SampleLine) -> str:
    return f"/samples/{quote(row.sample.number, safe='')}"


def _bench_address(row: SampleLine) -> str:
    return f"/samples/bench/{row.sample.blind_code}"


def _verified(row: SampleLine) -> str:
    return f"{row.progress.verified} / {row.progress.tests}"


def _any(condition: Callable[[str], ColumnElement[bool]]) -> Callable[[Sequence[str]], ColumnElement[bool]]:
    return lambda values: or_(*(condition(value) for value in values))


def _by_method(text: str) -> ColumnElement[bool]:
    return _has_test(col(AssignedTest.method_code).icontains(text, autoescape=True))


def _by_parameter(library: Library) -> Callable[[str], ColumnElement[bool]]:
    """With a test of a parameter one of whose names holds the text."""

    def condition(text: str) -> ColumnElement[bool]:
        wanted = folded(text)
        codes = [
            substance.code
            for substance in library.facts.substances
            if any(wanted in folded(name) for name in (substance.code, substance.name_zh, substance.name_en))
        ]
        return _has_test(col(AssignedTest.parameter).in_(codes))

    return condition


def _has_test(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(and_(col(AssignedTest.sample_id) == col(Sample.id), condition))


#: Later instants have waited less, so the order is turned; what is reported waits no more.
_WAITING = case(
    (
        col(Sample.status) != SampleStatus.REPORTED,
        -extract("epoch", func.coalesce(col(Sample.received_at), col(Sample.registered_at))),
    ),
)

_STATUS: Column[SampleLine] = Column(
    "status",
    mark("Status"),
    cell=lambda r: Chip(r.sample.status, STATUS_MOODS[r.sample.status]),
    order=col(Sample.status),
)
_TESTS: tuple[Column[SampleLine], ...] = (
    Column("tests", mark("Verified / tests"), cell=_verified, kind="number", export=lambda r: r.progress.tests),
    Column("waiting", mark("Days waiting"), cell=lambda r: r.waiting, order=_WAITING, kind="number"),
)
_RECEIVED: Column[SampleLine] = Column(
    "received",
    mark("Received on"),
    cell=lambda r: None if r.sample.received_at is None else local_day(r.sample.received_at),
    order=col(Sample.received_at),
)
_FOOD = ChoiceFilter("food", mark("Food group"), by=_any(in_food))
_STATUS_FILTER = ChoiceFilter("status", mark("Status"), SampleStatus, col(Sample.status), many=True)
_METHOD = TextFilter("method", mark("Method"), by=_by_method)
_RECEIVED_FILTER = DaysFilter("received", mark("Received on"), col(Sample.received_at))
_NEWEST = (col(Sample.registered_at).desc(), col(Sample.number).desc(), col(Sample.id).desc())
_NOTHING = mark("No sample has been registered yet.")
_COUNTER_LABELS = Act("/samples/labels/counter", mark("Print sample labels"))
_BENCH_LABELS = Act("/samples/labels/bench", mark("Print blind labels"))
_RECEIVE = Act("/samples/receive/chosen", mark("Receive together"), Action.SAMPLE_RECEIVE)

SAMPLES: Table[SampleLine] = Table(
    name="samples",
    title=mark("Samples"),
    columns=(
        Column("number", mark("Sample number"), lambda r: r.sample.number, col(Sample.number), link=_address),
        Column("product", mark("Product name"), lambda r: r.sample.product_name, col(Sample.product_name)),
        _STATUS,
        *_TESTS,
        Column("party", mark("Inspected party"), lambda r: r.sample.inspected_party, col(Sample.inspected_party)),
        Column("region", mark("Region"), lambda r: r.region, col(Sample.region_code)),
        Column("programme", mark("Programme"), lambda r: r.sample.programme, col(Sample.programme)),
        Column("sampled", mark("Sampled on"), lambda r: r.sample.sampled_on, col(Sample.sampled_on)),
        replace(_RECEIVED, shown=False),
        Column("client", mark("Client"), lambda r: r.sample.client, col(Sample.client), shown=False),
        Column(
            "sheet",
            mark("Sampling sheet number"),
            lambda r: r.sample.sampling_sheet_number,
            col(Sample.sampling_sheet_number),
            shown=False,
        ),
        Column("food", mark("Food judged as"), lambda r: r.food, col(Sample.food), shown=False),
        Column("stage", mark("Link of the chain"), lambda r: r.sample.stage, col(Sample.stage), shown=False),
        Column("place", mark("Place of sampling"), lambda r: r.sample.place, col(Sample.place), shown=False),
        Column("producer", mark("Producer"), lambda r: r.sample.producer, col(Sample.producer), shown=False),
        Column("samplers", mark("Samplers"), lambda r: r.sample.samplers, col(Sample.samplers), shown=False),
        Column("blind", mark("Blind code"), lambda r: r.sample.blind_code, col(Sample.blind_code), shown=False),
        Column(
            "registered",
            mark("Registered at"),
            lambda r: r.sample.registered_at,
            col(Sample.registered_at),
            shown=False,
        ),
        Column("laboratory", mark("Laboratory"), lambda r: r.laboratory, shown=False),
    ),
    filters=(
        _STATUS_FILTER,
        _FOOD,
        ChoiceFilter("region", mark("Region"), by=_any(in_region)),
        ChoiceFilter("programme", mark("Programme"), Programme, col(Sample.programme)),
        TextFilter(
            "party",
            mark("Client, inspected party, producer"),
            [col(Sample.client), col(Sample.inspected_party), col(Sample.producer)],
        ),
        DaysFilter("sampled", mark("Sampled on"), col(Sample.sampled_on)),
        _METHOD,
        ChoiceFilter("laboratory", mark("Laboratory"), term=col(Sample.laboratory_id)),
    ),
    search=(
        col(Sample.number),
        col(Sample.sampling_sheet_number),
        col(Sample.product_name),
        col(Sample.client),
        col(Sample.inspected_party),
        col(Sample.producer),
        col(Sample.place),
    ),
    order=_NEWEST,
    row_key=lambda r: r.sample.number,
    acts=(_COUNTER_LABELS, _BENCH_LABELS, _RECEIVE),
    nothing=_NOTHING,
    start=Start("/samples/new", mark("Register a sample"), Action.SAMPLE_REGISTER),
)

#: What the bench sees: blind codes, foods and tests.
BENCH_SAMPLES: Table[SampleLine] = Table(
    name="samples-bench",
    title=mark("Samples"),
    columns=(
        Column("code", mark("Blind code"), lambda r: r.sample.blind_code, col(Sample.blind_code), link=_bench_address),
        Column("food", mark("Food judged as"), lambda r: r.food, col(Sample.food)),
        _STATUS,
        *_TESTS,
        _RECEIVED,
        Column("condition", mark("Condition on arrival"), lambda r: r.sample.condition, shown=False),
    ),
    filters=(_STATUS_FILTER, _FOOD, _METHOD, _RECEIVED_FILTER),
    search=(col(Sample.blind_code), col(Sample.food)),
    order=_NEWEST,
    row_key=lambda r: r.sample.blind_code,
    acts=(_BENCH_LABELS, _RECEIVE),
    nothing=_NOTHING,
)


@router.get("/samples")
def list_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Samples, the newest first: whole ones, or as the bench knows them."""
    return _list(request, lims, viewer, mine=False)


@router.get("/samples/mine")
def own_list_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """What the person registered: they know whose it is, also when they work at the bench."""
    return _list(request, lims, viewer, mine=True)


def _list(request: Request, lims: Lims, viewer: Viewer, *, mine: bool) -> Response:
    whole = sees_whole(viewer.actor)
    today = local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.SAMPLE_READ) as session:
        library = current_library(session)
        query = select(Sample)
        if mine:
            query = query.where(col(Sample.registered_by) == viewer.actor.user_id)
        options = _options(session, library, whole=whole or mine)
        table = _table(viewer, library, options, whole=whole, mine=mine)

        def rows(inner: LimsSession, samples: Sequence[Sample]) -> Sequence[SampleLine]:
            return _rows(inner, library, samples, today)

        view = read_table(session, table, query, request, rows, options)
    return table_page(request, view, "samples/list.html", whole=whole, mine=mine)


def _table(
    viewer: Viewer, library: Library, options: dict[str, Options], *, whole: bool, mine: bool
) -> Table[SampleLine]:
    table = SAMPLES if whole or mine else BENCH_SAMPLES
    if mine:
        table = replace(table, name="samples-mine")
    filters: list[Filter] = [each for each in table.filters if each.key != "laboratory" or options["laboratory"]]
    filters.insert(filters.index(_METHOD), TextFilter("parameter", mark("Parameter"), by=_by_parameter(library)))
    # Who neither registers nor receives has no use for labels.
    handles = viewer.may(Action.SAMPLE_REGISTER) or viewer.may(Action.SAMPLE_RECEIVE)
    return replace(table, filters=filters, acts=table.acts if handles and _prints(viewer, table) else ())


def _prints(viewer: Viewer, table: Table[SampleLine]) -> bool:
    return table.name != BENCH_SAMPLES.name or viewer.may(Action.SAMPLE_RECEIVE)


def _rows(session: LimsSession, library: Library, samples: Sequence[Sample], today: date) -> Sequence[SampleLine]:
    regions = network.region_names(session, {sample.region_code for sample in samples})
    laboratories = {lab.id: lab.name for lab in network.laboratories(session)}
    progress = queries.progress_by_sample(session, [sample.id for sample in samples])
    return [
        SampleLine(
            sample,
            library.food_name(sample.food),
            regions.get(sample.region_code, sample.region_code),
            laboratories.get(sample.laboratory_id, ""),
            progress.get(sample.id, Progress()),
            days_waiting(sample, today),
        )
        for sample in samples
    ]


def _options(session: LimsSession, library: Library, *, whole: bool) -> dict[str, Options]:
    """The groups of foods and the regions that samples are of, with those around them; the laboratories if several."""
    options: dict[str, Options] = {"food": _food_options(session, library)}
    if not whole:
        return options
    codes = queries.regions_of_samples(session)
    around = {code[:width].ljust(6, "0") for code in codes for width in (2, 4)}
    names = network.region_names(session, codes | around if len(codes) > 1 else codes)
    visible = session.actor.visible_laboratories
    laboratories = [
        (str(lab.id), lab.name) for lab in network.laboratories(session) if visible is None or lab.id in visible
    ]
    return options | {
        "region": sorted(names.items()),
        "laboratory": laboratories if len(laboratories) > 1 else [],
    }


def _food_options(session: LimsSession, library: Library) -> Options:
    """Each food and every group around it, a group before what is in it."""
    paths = {path for path in queries.foods_of_samples(session) if path in library.foods}
    nodes = {node for path in paths for node in library.foods.keys_around(path)}
    return [(node, "　" * node.count("/") + library.food_name(node)) for node in sorted(nodes)]


# ── labels ───────────────────────────────────────────────────────────────────────────────────────────


@router.post("/samples/labels/{kind}")
def label_chosen(kind: LabelKind, viewer: ViewerDep, lims: LimsDep, form: FormDep) -> Response:
    """The labels of the chosen samples, at an address of their own: it can be opened and printed again."""
    lims.require(viewer.actor, Action.SAMPLE_READ)
    pairs = [("kind", kind), *(("sample", key) for key in chosen(form))]
    return RedirectResponse(f"/samples/labels.pdf?{urlencode(pairs)}", 303)


@router.get("/samples/labels.pdf")
def labels(
    lims: LimsDep,
    viewer: ViewerDep,
    kind: LabelKind = "bench",
    sample: Sequence[str] = Query(default=()),
) -> Response:
    """Labels of samples by number or blind code, in the order given; those of the bench tell the blind code alone."""
    if len(sample) > MOST_LABELS:
        raise BadInput(
            reason("labels.too_many", "At most {most} labels are printed at once; choose fewer.", most=MOST_LABELS)
        )
    with lims.read(viewer.actor, Action.SAMPLE_READ) as session:
        found = _to_label(session, viewer, kind, sample)
        names = network.region_names(session, {one.region_code for one in found})
        ready = labels_of(found, kind, names, queries.tests_by_sample(session, [one.id for one in found]))
    # Printing takes a while: the database is let go first.
    headers = {"Content-Disposition": f'inline; filename="labels-{kind}.pdf"'}
    return Response(print_labels(lims, ready), media_type="application/pdf", headers=headers)


def _to_label(session: LimsSession, viewer: Viewer, kind: LabelKind, keys: Sequence[str]) -> Sequence[Sample]:
    found = queries.own_samples(session, keys)
    for key in keys or [""]:
        if key not in found:
            raise NotFound.of("sample", key)
    samples = [found[key] for key in keys]
    may_blind = kind == "bench" and viewer.may(Action.SAMPLE_RECEIVE)
    if not may_blind and not all(sees_whole(viewer.actor, one.registered_by) for one in samples):
        raise blinded()
    return samples
