"""JSON routes of samples: the counter sees whole samples, the bench blind codes."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response, UploadFile
from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import Forbidden, NotFound
from lims.core.language import translator
from lims.core.patterns import REGION_CODE
from lims.core.reasons import reason
from lims.db.work import LimsSession
from lims.library import queries as library
from lims.network import queries as network
from lims.runtime import Lims
from lims.samples import queries, service
from lims.samples.labels import labels_of, print_labels
from lims.samples.rules import Programme, SampleStatus, sees_whole
from lims.samples.schemas import BenchSampleOut, FaultOut, ImportOut, LabelsIn, Receipt, SampleOrder, SampleOut
from lims.samples.spreadsheet import import_samples, read_samples, sample_template
from lims.samples.tables import Sample
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.fields import Limit, Offset, Page
from lims.web.rows import Encoding
from lims.web.uploads import read_upload

router = APIRouter(prefix="/api/samples", tags=["samples"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}}
OnlyGood = Annotated[bool, Query(description="Register the rows without fault, and report the others.")]
LabelKind = Literal["counter", "bench"]


@router.post("", status_code=201)
def register_sample(order: SampleOrder, lims: LimsDep, actor: ActorDep) -> SampleOut:
    """Register one sampling sheet; its tests are chosen from the scope in force today."""
    with lims.work(actor, Action.SAMPLE_REGISTER) as session:
        registered = service.register(session, library.current_library(session), order)
        return SampleOut.of(registered.sample, registered.tests)


@router.post("/import", status_code=201)
def import_sheets(
    file: UploadFile,
    lims: LimsDep,
    actor: ActorDep,
    language: LanguageDep,
    encoding: Encoding = "utf-8",
    only_good_rows: OnlyGood = False,
) -> ImportOut:
    """Register many sheets from CSV or a workbook: all of them, or none and every fault by row and column."""
    lims.require(actor, Action.SAMPLE_REGISTER)
    sheets = read_samples(read_upload(file, lims), encoding)
    with lims.work(actor, Action.SAMPLE_REGISTER) as session:
        samples, faults = import_samples(
            session, library.current_library(session), sheets, only_good_rows=only_good_rows
        )
        say = translator(language)
        told = [FaultOut(row=f.where.row, column=f.where.column, code=f.code, text=f.translated(say)) for f in faults]
        return ImportOut(registered=[sample.number for sample in samples], faults=told)


@router.get("/template.xlsx")
def template(lims: LimsDep, actor: ActorDep) -> Response:
    """An empty spreadsheet of sampling sheets to fill in and import."""
    with lims.read(actor, Action.SAMPLE_REGISTER):
        headers = {"Content-Disposition": 'attachment; filename="samples.xlsx"'}
        return Response(sample_template(), media_type=XLSX, headers=headers)


@router.get("")
def samples(
    lims: LimsDep,
    actor: ActorDep,
    status: SampleStatus | None = None,
    region: Annotated[str | None, Query(pattern=REGION_CODE, description="Drawn in this region.")] = None,
    food: Annotated[str | None, Query(max_length=100, description="A food or group of foods.")] = None,
    programme: Programme | None = None,
    sampled_from: date | None = None,
    sampled_until: date | None = None,
    sampling_sheet_number: Annotated[str | None, Query(max_length=60)] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[SampleOut]:
    """Whole samples, the newest first; for those who may see whose they are."""
    with lims.read(actor, Action.SAMPLE_READ) as session:
        _require_whole(actor)
        wanted = queries.SampleFilter(
            status, region, _food(session, food), programme, sampled_from, sampled_until, sampling_sheet_number
        )
        rows, total = queries.samples(session, wanted, limit, offset)
        tests = queries.tests_by_sample(session, [row.id for row in rows])
        items = [SampleOut.of(row, tests.get(row.id, ())) for row in rows]
        return Page(items=items, total=total, limit=limit, offset=offset)


@router.get("/bench")
def bench_samples(
    lims: LimsDep,
    actor: ActorDep,
    status: SampleStatus | None = None,
    food: Annotated[str | None, Query(max_length=100, description="A food or group of foods.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[BenchSampleOut]:
    """Samples as the bench knows them: blind code, food and tests."""
    with lims.read(actor, Action.SAMPLE_READ) as session:
        wanted = queries.SampleFilter(status=status, food=_food(session, food))
        rows, total = queries.samples(session, wanted, limit, offset)
        tests = queries.tests_by_sample(session, [row.id for row in rows])
        items = [BenchSampleOut.of(row, tests.get(row.id, ())) for row in rows]
        return Page(items=items, total=total, limit=limit, offset=offset)


@router.get("/bench/awaiting")
def awaiting(method: Annotated[str, Query(max_length=60)], lims: LimsDep, actor: ActorDep) -> list[BenchSampleOut]:
    """Received samples with tests by a method that nothing was recorded for, each with those tests; oldest first."""
    with lims.read(actor, Action.SAMPLE_READ) as session:
        waiting = queries.samples_awaiting(session, method)
        found = {sample.id: sample for sample, _ in waiting}
        return [
            BenchSampleOut.of(sample, [test for _, test in waiting if test.sample_id == sample.id])
            for sample in found.values()
        ]


@router.get("/bench/{blind_code}")
def bench_sample(blind_code: str, lims: LimsDep, actor: ActorDep) -> BenchSampleOut:
    """One sample as the bench knows it."""
    with lims.read(actor, Action.SAMPLE_READ) as session:
        sample = queries.sample_by_blind_code(session, blind_code)
        return BenchSampleOut.of(sample, queries.tests_of(session, sample.id))


@router.post("/labels", response_class=Response, responses=PDF)
def labels(order: LabelsIn, lims: LimsDep, actor: ActorDep) -> Response:
    """Labels of many samples in one PDF, in the order given."""
    return _labels(lims, actor, order.numbers, order.kind)


@router.get("/{number}")
def sample(number: str, lims: LimsDep, actor: ActorDep) -> SampleOut:
    """One whole sample; for those who may see whose it is, and for who registered it."""
    with lims.read(actor, Action.SAMPLE_READ) as session:
        found = queries.sample_by_number(session, number)
        _require_whole(actor, found)
        return SampleOut.of(found, queries.tests_of(session, found.id))


@router.post("/{number}/receive")
def receive_sample(number: str, receipt: Receipt, lims: LimsDep, actor: ActorDep) -> SampleOut | BenchSampleOut:
    """Take a registered sample in. Who may not see whose it is gets the bench's view."""
    with lims.work(actor, Action.SAMPLE_RECEIVE) as session:
        received = service.receive_sample(session, number, receipt)
        tests = queries.tests_of(session, received.id)
        whole = sees_whole(actor, received.registered_by)
        return SampleOut.of(received, tests) if whole else BenchSampleOut.of(received, tests)


@router.get("/{number}/label.pdf", response_class=Response, responses=PDF)
def label(number: str, lims: LimsDep, actor: ActorDep, kind: LabelKind = "bench") -> Response:
    """The label of a sample: for the bench with the blind code alone, or for the sample store."""
    return _labels(lims, actor, [number], kind)


def _labels(lims: Lims, actor: Actor, numbers: Sequence[str], kind: LabelKind) -> Response:
    with lims.read(actor, Action.SAMPLE_READ) as session:
        found = _samples_by_number(session, actor, numbers)
        if kind == "counter" or not actor.may(Action.SAMPLE_RECEIVE):
            for one in found:
                _require_whole(actor, one)
        names = network.region_names(session, (one.region_code for one in found))
        tests = queries.tests_by_sample(session, [one.id for one in found])
        ready = labels_of(found, kind, names, tests)
    # Printing takes a while: the database is let go first.
    headers = {"Content-Disposition": 'inline; filename="labels.pdf"'}
    return Response(print_labels(lims, ready), media_type="application/pdf", headers=headers)


def _samples_by_number(session: LimsSession, actor: Actor, numbers: Sequence[str]) -> list[Sample]:
    rows = session.exec(select(Sample).where(col(Sample.number).in_(set(numbers)))).all()
    own = {row.number: row for row in rows if row.laboratory_id == actor.laboratory_id}
    for number in numbers:
        if number not in own:
            raise NotFound.of("sample", number)
    return [own[number] for number in numbers]


def _require_whole(actor: Actor, sample: Sample | None = None) -> None:
    if not sees_whole(actor, sample.registered_by if sample else None):
        raise Forbidden(
            reason(
                "sample.blind",
                "Whose a sample is stays hidden from the bench; look it up by its blind code under /api/samples/bench.",
            )
        )


def _food(session: LimsSession, name: str | None) -> str | None:
    return library.current_library(session).foods.resolve(name).food.food if name else None
