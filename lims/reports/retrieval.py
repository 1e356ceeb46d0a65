"""调阅: issued reports found by what an inspector asks, page by page.

Everybody finds what their session may see and no more. The order is that of issue, newest first; a page goes on where
the last one ended (by key, not by count), so reports that are issued meanwhile move nothing.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import defer
from sqlmodel import col, select

from lims.core.errors import BadInput, NotFound
from lims.core.reasons import reason
from lims.db.work import LimsSession
from lims.limits.tables import Judgement
from lims.limits.verdicts import Overall
from lims.network import queries as network
from lims.network.rules import significant
from lims.reports.queries import first_instant
from lims.reports.rules import NUMBERED
from lims.reports.schemas import RetrievalIn
from lims.reports.tables import Report
from lims.samples.tables import Sample
from lims.web.table_filters import words_in

#: Reports on a page.
PAGE = 50
#: Reports in one zip or one workbook: a season of a province.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """A report that was found; `region` and `laboratory` are names. Its snapshot stays in the database."""

    report: Report
    sample: Sample
    overall: Overall
    region: str
    laboratory: str


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Some reports, how many there are in all, and the mark that the next page begins with."""

    rows: Sequence[Found]
    total: int
    next: str | None


def find(session: LimsSession, asked: RetrievalIn, after: str | None = None, limit: int = PAGE) -> FoundPage:
    """Issued reports that answer what is asked, the newest first. Raises `BadInput` for a mark that is none."""
    conditions = _conditions(asked)
    total = session.exec(_joined(select(func.count(col(Report.id)))).where(*conditions)).one()
    if after is not None:
        at, key = _read_mark(after)
        issued, earlier = col(Report.issued_at), col(Report.id) < key
        conditions.append(or_(issued < at, and_(issued == at, earlier)))
    records = session.exec(_ordered(conditions).limit(limit + 1)).all()
    more = len(records) > limit
    last = records[limit - 1][0] if more else None
    return FoundPage(_rows(session, records[:limit]), total, None if last is None else _mark_of(last))


def find_all(session: LimsSession, asked: RetrievalIn) -> Sequence[Found]:
    """Every report that answers. Raises `BadInput` when they are more than one file holds, `NotFound` when none is."""
    conditions = _conditions(asked)
    total = session.exec(_joined(select(func.count(col(Report.id)))).where(*conditions)).one()
    if total > MOST:
        said = (
            "These are {total} reports; at most {most} are given out at once. Narrow the search, for instance by day."
        )
        raise BadInput(reason("retrieval.too_many", said, total=f"{total:,}", most=f"{MOST:,}"))
    if total == 0:
        raise NotFound(reason("retrieval.nothing", "No issued report answers this search."))
    return _rows(session, session.exec(_ordered(conditions)).all())


def found_among(session: LimsSession, ids: Sequence[UUID]) -> Sequence[Found]:
    """These issued reports, the newest first."""
    wanted = [col(Report.status).in_(NUMBERED), col(Report.id).in_(ids)]
    return _rows(session, session.exec(_ordered(wanted)).all()) if ids else ()


def _joined(query: Any) -> Any:
    return query.join(Sample, col(Sample.id) == col(Report.sample_id)).join(
        Judgement, col(Judgement.id) == col(Report.judgement_id)
    )


def _ordered(conditions: Sequence[ColumnElement[bool]]) -> Any:
    query = _joined(select(Report, Sample, Judgement.overall))
    newest = (col(Report.issued_at).desc(), col(Report.id).desc())
    return query.where(*conditions).order_by(*newest).options(defer(col(Report.snapshot)))  # type: ignore[arg-type]  # the column is the mapper's attribute


def _conditions(asked: RetrievalIn) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [col(Report.status).in_(NUMBERED)]
    texts = (
        (asked.number, [col(Report.number), col(Sample.number), col(Sample.sampling_sheet_number)]),
        (asked.party, [col(Sample.inspected_party), col(Sample.client)]),
        (asked.producer, [col(Sample.producer)]),
        (asked.product, [col(Sample.product_name), col(Sample.food)]),
    )
    conditions += [words_in(columns, text) for text, columns in texts if text]
    if asked.region:
        inside = significant(asked.region)
        conditions.append(col(Sample.region_code).startswith(inside, autoescape=True))
    if asked.verdict is not None:
        conditions.append(col(Judgement.overall) == asked.verdict)
    if asked.status is not None:
        conditions.append(col(Report.status) == asked.status)
    if asked.laboratory is not None:
        conditions.append(col(Report.laboratory_id) == asked.laboratory)
    if asked.issued_from is not None:
        conditions.append(col(Report.issued_at) >= first_instant(asked.issued_from))
    if asked.issued_until is not None:
        conditions.append(col(Report.issued_at) < first_instant(asked.issued_until, after=True))
    return conditions


def _rows(session: LimsSession, records: Sequence[tuple[Report, Sample, Overall]]) -> list[Found]:
    regions = network.region_names(session, {sample.region_code for _, sample, _ in records})
    laboratories = {lab.id: lab.name for lab in network.laboratories(session)}
    return [
        Found(
            report,
            sample,
            overall,
            regions.get(sample.region_code, sample.region_code),
            laboratories.get(report.laboratory_id, ""),
        )
        for report, sample, overall in records
    ]


def _mark_of(report: Report) -> str:
    at = "" if report.issued_at is None else report.issued_at.isoformat()
    return urlsafe_b64encode(f"{at}|{report.id}".encode()).decode().rstrip("=")


def _read_mark(text: str) -> tuple[datetime, UUID]:
    try:
        at, _, key = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").partition("|")
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError("an instant without its zone")
        return instant.astimezone(UTC), UUID(key)
    except ValueError as error:
        said = "This is no mark that a page of the search gave; begin with the first page."
        raise BadInput(reason("retrieval.mark", said)) from error
