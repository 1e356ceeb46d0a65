"""A list of samples for the tests of lists: as a feature would describe, read and answer it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import col, select
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.reasons import mark
from lims.db.work import LimsSession, insert_many
from lims.network.tables import Laboratory
from lims.runtime import Lims
from lims.samples.rules import BasisKind, Programme, SampleStatus, Stage
from lims.samples.tables import Sample
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.page import see_other
from lims.web.table import Act, Chip, Column, Said, Start, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter, NumbersFilter, TextFilter, YesNoFilter
from lims.web.table_page import chosen, read_table, table_page
from lims.web.viewer import ViewerDep

PATH = "/try/samples"

SAMPLES: Table[Sample] = Table(
    name="try-samples",
    title=mark("Samples"),
    columns=(
        Column("number", mark("Number"), lambda s: s.number, col(Sample.number), link=lambda s: f"/samples/{s.number}"),
        Column("status", mark("Status"), lambda s: Chip(s.status, "busy"), col(Sample.status)),
        Column("product", mark("Product"), lambda s: s.product_name, col(Sample.product_name)),
        Column("quantity", mark("Quantity"), lambda s: s.quantity, col(Sample.quantity), kind="number"),
        Column("sampled", mark("Sampled on"), lambda s: s.sampled_on, col(Sample.sampled_on)),
        Column("registered", mark("Registered at"), lambda s: s.registered_at, col(Sample.registered_at)),
        Column("received", mark("Received at"), lambda s: s.received_at, col(Sample.received_at)),
        Column("client", mark("Client"), lambda s: s.client, col(Sample.client)),
        Column("told", mark("Told"), lambda s: Said("{unit}", {"unit": s.quantity_unit}), shown=False),
        Column("remark", mark("Remark"), lambda s: s.remark, shown=False),
    ),
    filters=(
        TextFilter("product", mark("Product"), [col(Sample.product_name), col(Sample.food)]),
        ChoiceFilter("status", mark("Status"), SampleStatus, col(Sample.status), many=True),
        ChoiceFilter("programme", mark("Programme"), Programme, col(Sample.programme)),
        ChoiceFilter("client", mark("Client"), term=col(Sample.client)),
        ChoiceFilter("laboratory", mark("Laboratory"), term=col(Sample.laboratory_id)),
        DaysFilter("sampled", mark("Sampled on"), col(Sample.sampled_on)),
        DaysFilter("registered", mark("Registered at"), col(Sample.registered_at)),
        NumbersFilter("quantity", mark("Quantity"), col(Sample.quantity)),
        YesNoFilter("received", mark("Received"), col(Sample.received_at).is_not(None)),
    ),
    search=(col(Sample.number), col(Sample.client), col(Sample.status), col(Sample.quantity)),
    order=(col(Sample.registered_at).desc(), col(Sample.id)),
    row_key=lambda s: s.number,
    acts=(
        Act(f"{PATH}/print", mark("Print labels")),
        Act(f"{PATH}/judge", mark("Judge"), Action.SAMPLE_JUDGE, confirm=mark("Judge these samples?")),
    ),
    nothing=mark("No sample has been registered yet."),
    start=Start("/samples/new", mark("Register a sample"), Action.SAMPLE_REGISTER),
)

router = APIRouter()


@router.get(PATH)
def list_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """As the route of a feature."""
    with lims.read(viewer.actor, Action.SAMPLE_READ) as session:
        clients = [(name, name) for name in session.exec(select(Sample.client).distinct()).all()]
        laboratories = [(str(found.id), found.name) for found in session.exec(select(Laboratory)).all()]
        options = {"client": clients, "laboratory": laboratories}
        table = read_table(session, SAMPLES, select(Sample), request, _rows, options)
    return table_page(request, table)


@router.post(f"{PATH}/print")
def print_labels(request: Request, viewer: ViewerDep, form: FormDep) -> Response:
    """An act on chosen rows."""
    assert viewer.may(Action.SAMPLE_READ)
    return see_other(request, form.text("next"), "{numbers}", numbers=",".join(chosen(form)))


def _rows(_session: LimsSession, samples: Sequence[Sample]) -> Sequence[Sample]:
    return samples


def a_row(number: int, actor: Actor, **changes: Any) -> Mapping[str, Any]:
    """The columns of a sample of an actor's laboratory."""
    registered = datetime(2026, 11, 23, 2, 0, tzinfo=UTC) - timedelta(minutes=number)
    return {
        "laboratory_id": actor.laboratory_id,
        "number": f"Q2026-{number:06d}",
        "blind_code": f"B{number:06d}",
        "sampling_sheet_number": f"CY-{number}",
        "product_name": "豇豆",
        "food": "蔬菜/豇豆",
        "programme": Programme.ROUTINE,
        "stage": Stage.FARM,
        "client": "播州区农业农村局",
        "inspected_party": "合作社",
        "region_code": "520304",
        "place": "龙山村",
        "sampled_on": date(2026, 11, 20),
        "samplers": "李明",
        "quantity": Decimal("3.0"),
        "quantity_unit": "kg",
        "basis_on": date(2026, 11, 20),
        "basis_kind": BasisKind.HARVEST,
        "registered_at": registered,
        **changes,
    }


def insert(lims: Lims, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """Samples, written as an import writes them."""
    with lims.work(actor, Action.SAMPLE_REGISTER) as session:
        return insert_many(session, Sample, rows)
