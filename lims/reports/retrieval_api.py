"""JSON routes of retrieval: issued reports by what an inspector asks, and many of them in one file."""

from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field

from lims.core.actions import Action
from lims.core.language import translator
from lims.limits.verdicts import Overall
from lims.reports import retrieval, retrieval_files
from lims.reports.distribution_rules import ReceiptForm
from lims.reports.retests import Retest, retests_for
from lims.reports.rules import ReportStatus, require_whole
from lims.reports.schemas import RetestSeenOut, RetrievalIn
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.fields import Output
from lims.web.table_page import XLSX

router = APIRouter(prefix="/api/reports/found", tags=["reports"])

Responses: TypeAlias = dict[int | str, dict[str, Any]]
ZIP: Responses = {200: {"content": {"application/zip": {}}, "description": "The signed files and index.csv."}}
BOOK: Responses = {200: {"content": {XLSX: {}}, "description": "A row for each result."}}


class FindIn(RetrievalIn):
    """What is looked for, and which part of what is found."""

    after: str | None = Field(default=None, max_length=200, description="`next` of the part before.")
    limit: int = Field(default=retrieval.PAGE, ge=1, le=500)


class FoundOut(Output):
    """An issued report that answers a search."""

    id: UUID
    number: str
    status: ReportStatus
    issued_at: AwareDatetime
    laboratory: str
    sample: str
    sample_name: str
    region_code: str
    region: str
    inspected_party: str | None
    client: str | None
    producer: str | None
    verdict: Overall
    pdf_sha256: str | None
    retests: list[RetestSeenOut] = Field(description="Retest reports that name it, in force; the oldest first.")


class FoundPageOut(Output):
    """Some reports, the newest first. `next` is given as `after` to go on; null: that was all."""

    items: list[FoundOut]
    total: int
    next: str | None = Field(description="Begin the next part with `after` set to this.")


@router.get("")
def find_reports(
    lims: LimsDep,
    actor: ActorDep,
    asked: Annotated[FindIn, Query()],
) -> FoundPageOut:
    """Issued reports by region, party, producer, product, day, verdict, status, laboratory and number."""
    require_whole(actor)
    with lims.read(actor, Action.REPORT_READ) as session:
        found = retrieval.find(session, asked, asked.after, asked.limit)
        retests = retests_for(lims, session, [row.report for row in found.rows])
    items = [_out(row, retests.get(row.report.id, [])) for row in found.rows]
    return FoundPageOut(items=items, total=found.total, next=found.next)


@router.post("/zip", response_class=Response, responses=ZIP)
def zip_of_found(asked: RetrievalIn, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> Response:
    """Every report that answers, with index.csv; at most 2000. Each counts as downloaded."""
    return retrieval_files.sent(lims, actor, asked, ReceiptForm.ZIP, translator(language))


@router.post("/results", response_class=Response, responses=BOOK)
def results_of_found(asked: RetrievalIn, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> Response:
    """The results of every report that answers as one workbook; at most 2000 reports. Each counts as downloaded."""
    return retrieval_files.sent(lims, actor, asked, ReceiptForm.RESULTS, translator(language))


def _out(row: retrieval.Found, retests: list[Retest]) -> FoundOut:
    report, sample = row.report, row.sample
    known = {name: getattr(report, name) for name in ("id", "number", "status", "issued_at", "pdf_sha256")}
    known |= {name: getattr(sample, name) for name in ("region_code", "inspected_party", "client", "producer")}
    return FoundOut(
        laboratory=row.laboratory,
        sample=sample.number,
        sample_name=sample.product_name,
        region=row.region,
        verdict=row.overall,
        retests=[RetestSeenOut.model_validate(one) for one in retests],
        **known,
    )
