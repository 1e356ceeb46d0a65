"""Books issued reports as reported batches (上报批次): from a report and its sample to the grain of the indicators.

The report itself is upstream and knows nothing of this. What is due is found from what is committed, so booking may be
repeated, interrupted or skipped for a while: afterwards the batches say what the reports say.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, func, or_, select

from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.db.parts import parts
from lims.db.work import LimsSession, insert_many
from lims.documents.snapshot import NOT_APPLICABLE
from lims.indicators.rules import BatchVerdict
from lims.indicators.tables import ReportedBatch
from lims.library.queries import current_library
from lims.network.tables import Laboratory
from lims.reports.rules import ReportStatus
from lims.reports.tables import Report
from lims.samples.queries import samples_by_id
from lims.samples.tables import Sample

#: What a report leaves in `food_group` when its food stands nowhere in the tree.
UNGROUPED = "未分类"


class _Line(BaseModel):
    parameter: str
    failing: bool = False


class _Said(BaseModel):
    """What is needed of a frozen snapshot, whatever version its schema has."""

    verdict: str
    lines: tuple[_Line, ...] = ()


def due_reports(session: Session, only: UUID | None = None) -> Sequence[Report]:
    """The reports that stand for their sample (the last one issued) and are not booked as they are now."""
    later = aliased(Report)
    is_withdrawn = col(Report.status) == ReportStatus.WITHDRAWN
    overtaken = (
        select(later.id)
        .where(
            col(later.sample_id) == col(Report.sample_id),
            col(later.number).is_not(None),
            or_(
                col(later.issued_at) > col(Report.issued_at),
                and_(is_withdrawn, col(later.status) == ReportStatus.ISSUED),
            ),
        )
        .correlate(Report)
        .exists()
    )
    booked = (
        select(ReportedBatch.id)
        .where(
            col(ReportedBatch.report_id) == col(Report.id),
            # The hash of the PDF comes later than the report; a withdrawn one no longer waits for it.
            or_(
                and_(is_withdrawn, col(ReportedBatch.withdrawn)),
                and_(
                    ~is_withdrawn,
                    ~col(ReportedBatch.withdrawn),
                    or_(col(ReportedBatch.pdf_sha256).is_not(None), col(Report.pdf_sha256).is_(None)),
                ),
            ),
        )
        .correlate(Report)
        .exists()
    )
    return session.exec(
        select(Report)
        .where(
            col(Report.status).in_([ReportStatus.ISSUED, ReportStatus.WITHDRAWN]),
            col(Report.number).is_not(None),
            ~overtaken,
            ~booked,
            *([] if only is None else [Report.id == only]),
        )
        .order_by(col(Report.issued_at), col(Report.id))
    ).all()


def bring_up_to_date(session: LimsSession) -> int:
    """Book everything that is due and visible; how many batches were new or changed."""
    return sum(book_reports(session, part) for part in parts(due_reports(session)))


def book_reports(session: LimsSession, reports: Sequence[Report]) -> int:
    """Book these reports, each the last one issued for its sample; how many batches were new or changed."""
    facts = _facts(session, reports)
    booked = _booked(session, facts)
    new = []
    changed = 0
    for fact in facts:
        row = booked.get((fact["origin_code"], fact["sample_number"]))
        if row is None:
            new.append(fact)
        elif fact["revision"] > row.revision:
            _assign(row, fact)
            changed += 1
        elif row.pdf_sha256 is None and not row.withdrawn and fact["pdf_sha256"]:
            row.pdf_sha256 = fact["pdf_sha256"]
            changed += 1
    session.flush()
    insert_many(session, ReportedBatch, new)
    return len(new) + changed


def _facts(session: Session, reports: Sequence[Report]) -> list[dict[str, Any]]:
    """The columns of a `ReportedBatch` for each report."""
    sample_ids = [report.sample_id for report in reports]
    samples = samples_by_id(session, sample_ids)
    codes = dict(session.exec(select(Laboratory.id, Laboratory.code)).all())
    revisions = _revisions(session, sample_ids)
    groups = _food_groups(session, {s.food for s in samples.values()})
    return [
        _fact(report, samples[report.sample_id], codes[report.laboratory_id], revisions, groups) for report in reports
    ]


def _fact(
    report: Report, sample: Sample, origin: str, revisions: dict[UUID, int], groups: dict[str, str]
) -> dict[str, Any]:
    said = _Said.model_validate_json(report.snapshot or "{}")
    verdict = _verdict(report, said.verdict)
    failing = "、".join(line.parameter for line in said.lines if line.failing) or NOT_APPLICABLE
    return {
        "laboratory_id": report.laboratory_id,
        "origin_code": origin,
        "sample_number": sample.number,
        "report_number": report.number,
        "revision": revisions[sample.id],
        "region_code": sample.region_code,
        "product_name": _one_line(sample.product_name),
        "food": sample.food,
        "food_group": groups[sample.food],
        "programme": sample.programme,
        "stage": sample.stage,
        "sampled_on": sample.sampled_on,
        "issued_at": report.issued_at,
        "verdict": verdict,
        "withdrawn": report.status is ReportStatus.WITHDRAWN,
        "failing": _one_line(failing) if verdict is BatchVerdict.FAILS else None,
        "pdf_sha256": report.pdf_sha256,
        "report_id": report.id,
        "return_id": None,
    }


def _one_line(text: str) -> str:
    """Without control characters, which no return may carry."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _verdict(report: Report, said: str) -> BatchVerdict:
    if said not in set(BatchVerdict):
        raise RuleRefused(
            reason(
                "batch.verdict",
                "Report {number} says “{verdict}”, which no issued report may say; it cannot be counted.",
                number=report.number,
                verdict=said,
            )
        )
    return BatchVerdict(said)


def _revisions(session: Session, sample_ids: Sequence[UUID]) -> dict[UUID, int]:
    """For each sample the reports issued for it plus those of them that were withdrawn."""
    withdrawn = func.count().filter(col(Report.status) == ReportStatus.WITHDRAWN)
    rows = session.exec(
        select(Report.sample_id, func.count() + withdrawn)
        .where(col(Report.sample_id).in_(sample_ids), col(Report.number).is_not(None))
        .group_by(col(Report.sample_id))
    ).all()
    return dict(rows)


def _food_groups(session: Session, foods: set[str]) -> dict[str, str]:
    """The topmost group of each food, given by its path (蔬菜/豆类蔬菜/豇豆) or by its name."""
    paths = {food: food for food in foods if "/" in food}
    if unknown := foods - set(paths):
        tree = current_library(session).foods
        for food in unknown:
            tops = {found.food.food.split("/")[0] for found in tree.candidates(food)}
            paths[food] = tops.pop() if len(tops) == 1 else UNGROUPED
    return {food: path.split("/")[0] for food, path in paths.items()}


def _booked(session: Session, facts: Sequence[dict[str, Any]]) -> dict[tuple[str, str], ReportedBatch]:
    """The rows of these batches that their own laboratories keep."""
    rows = session.exec(
        select(ReportedBatch).where(
            col(ReportedBatch.laboratory_id).in_({fact["laboratory_id"] for fact in facts}),
            col(ReportedBatch.origin_code).in_({fact["origin_code"] for fact in facts}),
            col(ReportedBatch.sample_number).in_([fact["sample_number"] for fact in facts]),
        )
    ).all()
    own = {(fact["laboratory_id"], fact["origin_code"]) for fact in facts}
    return {(r.origin_code, r.sample_number): r for r in rows if (r.laboratory_id, r.origin_code) in own}


def _assign(row: ReportedBatch, fact: dict[str, Any]) -> None:
    for name, value in fact.items():
        setattr(row, name, value)
