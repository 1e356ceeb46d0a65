"""Reads of reports."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from lims.core.clock import CHINA
from lims.core.errors import NotFound
from lims.network.rules import significant
from lims.reports.rules import NUMBERED, ReportStatus
from lims.reports.tables import Report
from lims.results.queries import verified_results
from lims.results.tables import Result
from lims.samples.queries import sample_by_id
from lims.samples.tables import Sample


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report with its sample."""

    report: Report
    sample: Sample


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports; None stands for all."""

    status: ReportStatus | None = None
    sample: str | None = None
    region_code: str | None = None
    issued_from: date | None = None
    issued_until: date | None = None


def report_by_key(session: Session, key: str) -> Report:
    """The report of an id or a number. Raises `NotFound`."""
    try:
        wanted = col(Report.id) == UUID(key)
    except ValueError:
        wanted = col(Report.number) == key
    found = session.exec(select(Report).where(wanted)).one_or_none()
    if found is None:
        raise NotFound.of("report", key)
    return found


def row_of(session: Session, report: Report) -> ReportRow:
    """A report with its sample."""
    return ReportRow(report, sample_by_id(session, report.sample_id))


def reports_of(session: Session, sample_id: UUID) -> Sequence[Report]:
    """Every report of a sample, drafts and given-up ones too, oldest first: its history."""
    return session.exec(
        select(Report)
        .where(Report.sample_id == sample_id)
        .order_by(col(Report.compiled_at), col(Report.revision), col(Report.id))
    ).all()


def successor_of(session: Session, report: Report) -> Report | None:
    """The issued report that replaces this one."""
    return session.exec(
        select(Report).where(Report.replaces_id == report.id, col(Report.status).in_(NUMBERED))
    ).one_or_none()


def digest_of_results(session: Session, sample_id: UUID) -> str:
    """SHA-256 over the ids of the verified results of a sample: a corrected result gives another digest."""
    ids = sorted(str(result.id) for result in verified_results(session, sample_id))
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def results_reported(session: Session, report: Report) -> Sequence[Result]:
    """The results that a report was compiled from, by analyte; those that were corrected since then too."""
    found = session.exec(
        select(Result)
        .where(Result.sample_id == report.sample_id, col(Result.verified_at) <= report.compiled_at)
        .order_by(col(Result.verified_at), col(Result.entered_at))
    ).all()
    newest = {(result.test_id, result.analyte): result for result in found}
    return sorted(newest.values(), key=lambda result: (result.analyte, str(result.id)))


def reports(session: Session, wanted: ReportFilter, limit: int, offset: int) -> tuple[list[ReportRow], int]:
    """Reports with their samples, newest first; and how many there are."""
    conditions = _conditions(wanted)
    of_sample = col(Sample.id) == col(Report.sample_id)
    total = session.exec(select(func.count()).select_from(Report).join(Sample, of_sample).where(*conditions)).one()
    rows = session.exec(
        select(Report, Sample)
        .join(Sample, of_sample)
        .where(*conditions)
        .order_by(col(Report.compiled_at).desc(), col(Report.number).desc(), col(Report.id).desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return [ReportRow(*row) for row in rows], total


def _conditions(wanted: ReportFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(col(Report.status) == wanted.status)
    if wanted.sample is not None:
        conditions.append(col(Sample.number) == wanted.sample)
    if wanted.region_code is not None:
        conditions.append(col(Sample.region_code).startswith(significant(wanted.region_code), autoescape=True))
    if wanted.issued_from is not None:
        conditions.append(col(Report.issued_at) >= first_instant(wanted.issued_from))
    if wanted.issued_until is not None:
        conditions.append(col(Report.issued_at) < first_instant(wanted.issued_until, after=True))
    return conditions


def first_instant(day: date, *, after: bool = False) -> datetime:
    """When a day begins in China; with `after`, the day that follows it."""
    return (datetime.combine(day, time(), tzinfo=CHINA) + timedelta(days=after)).astimezone(UTC)
