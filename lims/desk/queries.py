"""Reads of the desk: what waits at each step of the way, how much of it is late, and what soon runs out.

Each is one statement that counts; none of them loads what it counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, select

from lims.db.work import LimsSession
from lims.equipment.tables import Instrument
from lims.indicators.queries import is_the_newest_copy
from lims.indicators.rules import BatchVerdict
from lims.indicators.tables import ReportedBatch, ReturnReceived
from lims.network.tables import Laboratory
from lims.people.tables import Authorisation, User
from lims.reports.rules import DRAFTS, ReportStatus
from lims.reports.tables import Report
from lims.results.rules import ResultStatus
from lims.results.tables import Result
from lims.runs.tables import BatchCheck, Measurement, Run, Worksheet
from lims.samples.rules import SampleStatus, TestStatus
from lims.samples.tables import AssignedTest, Sample
from lims.science.quality_control import QcVerdict


@dataclass(frozen=True, slots=True)
class Waiting:
    """What lies at a step: how much, how much of it is late, and since when the oldest."""

    count: int = 0
    late: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class MethodWaiting:
    """Tests of one method that nothing was recorded for, of received samples."""

    method_code: str
    tests: int
    late: int
    samples: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Lying:
    """One piece of work that lies at a step: a sample to compile, or a draft (`report_id`)."""

    number: str
    product: str
    since: datetime | None
    report_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run with failed quality checks."""

    run_id: UUID
    worksheet: str
    imported_at: datetime
    failed: int
    analytes: int


@dataclass(frozen=True, slots=True)
class Ending:
    """Something with a last day."""

    name: str
    detail: str
    until: date
    key: str


def samples_to_receive(session: LimsSession, late_before: datetime) -> Waiting:
    """Registered samples that have not arrived at the counter."""
    return _waiting(session, Sample, Sample.registered_at, late_before, Sample.status == SampleStatus.REGISTERED)


def tests_waiting(session: LimsSession, late_before: datetime) -> Sequence[MethodWaiting]:
    """Tests without a result, of received samples, by method; the longest wait first."""
    oldest = func.min(col(Sample.received_at))
    rows = session.exec(
        select(
            AssignedTest.method_code,
            func.count(),
            func.count().filter(col(Sample.received_at) < late_before),
            func.count(func.distinct(col(AssignedTest.sample_id))),
            oldest,  # type: ignore[call-overload]  # overloads end at four columns
        )
        .join(Sample, col(Sample.id) == col(AssignedTest.sample_id))
        .where(
            Sample.laboratory_id == session.actor.laboratory_id,
            Sample.status == SampleStatus.RECEIVED,
            AssignedTest.status == TestStatus.ASSIGNED,
        )
        .group_by(AssignedTest.method_code)
        .order_by(oldest, AssignedTest.method_code)
    ).all()
    return [MethodWaiting(*row) for row in rows]


def own_results(session: LimsSession, late_entered: datetime, late_returned: datetime) -> tuple[Waiting, Waiting]:
    """The results of the person at work that are entered but not handed over, and those that came back."""
    own = Result.entered_by == session.actor.user_id
    entered = _waiting(session, Result, Result.entered_at, late_entered, own, Result.status == ResultStatus.ENTERED)
    back = _waiting(session, Result, Result.returned_at, late_returned, own, Result.status == ResultStatus.RETURNED)
    return entered, back


def results_to_verify(session: LimsSession, late_before: datetime) -> Waiting:
    """Submitted results of others."""
    return _waiting(
        session,
        Result,
        Result.submitted_at,
        late_before,
        Result.status == ResultStatus.SUBMITTED,
        Result.entered_by != session.actor.user_id,
    )


def flagged_to_verify(session: LimsSession) -> int:
    """Submitted results of others whose run failed a quality check of their analyte."""
    failed = (
        select(BatchCheck.id)
        .join(
            Measurement,
            and_(
                col(Measurement.run_id) == col(BatchCheck.run_id), col(Measurement.analyte) == col(BatchCheck.analyte)
            ),
        )
        .where(col(Measurement.id) == col(Result.measurement_id), BatchCheck.verdict == QcVerdict.FAIL)
        .correlate(Result)
    )
    return session.exec(
        select(func.count(col(Result.id))).where(
            Result.laboratory_id == session.actor.laboratory_id,
            Result.status == ResultStatus.SUBMITTED,
            Result.entered_by != session.actor.user_id,
            failed.exists(),
        )
    ).one()


def results_by_method(session: LimsSession, late_before: datetime) -> Sequence[MethodWaiting]:
    """Submitted results of others by method; the longest wait first."""
    oldest = func.min(col(Result.submitted_at))
    rows = session.exec(
        select(
            AssignedTest.method_code,
            func.count(),
            func.count().filter(col(Result.submitted_at) < late_before),
            func.count(func.distinct(col(Result.sample_id))),
            oldest,  # type: ignore[call-overload]  # overloads end at four columns
        )
        .join(AssignedTest, col(AssignedTest.id) == col(Result.test_id))
        .where(
            Result.laboratory_id == session.actor.laboratory_id,
            Result.status == ResultStatus.SUBMITTED,
            Result.entered_by != session.actor.user_id,
        )
        .group_by(AssignedTest.method_code)
        .order_by(oldest, AssignedTest.method_code)
    ).all()
    return [MethodWaiting(*row) for row in rows]


def samples_to_compile(session: LimsSession, late_before: datetime, most: int) -> tuple[Waiting, Sequence[Lying]]:
    """Samples whose tests are all verified and that no report is on its way for, by the day of their last result."""
    standing = select(Report.id).where(
        Report.sample_id == col(Sample.id), col(Report.status).in_({*DRAFTS, ReportStatus.ISSUED})
    )
    verified = (
        select(func.max(col(Result.verified_at)))
        .where(Result.sample_id == col(Sample.id), Result.status == ResultStatus.VERIFIED)
        .correlate(Sample)
        .scalar_subquery()
    )
    wanted = (Sample.status == SampleStatus.TESTED, ~standing.exists())
    rows = session.exec(
        select(Sample.number, Sample.product_name, verified)
        .where(Sample.laboratory_id == session.actor.laboratory_id, *wanted)
        .order_by(verified, Sample.number)
        .limit(most)
    ).all()
    return _waiting(session, Sample, verified, late_before, *wanted), [Lying(*row) for row in rows]


def drafts_to_review(session: LimsSession, late_before: datetime, most: int) -> tuple[Waiting, Sequence[Lying]]:
    """Compiled drafts of others."""
    wanted = (Report.status == ReportStatus.COMPILED, Report.compiled_by != session.actor.user_id)
    return _drafts(session, Report.compiled_at, late_before, most, *wanted)


def drafts_to_approve(session: LimsSession, late_before: datetime, most: int) -> tuple[Waiting, Sequence[Lying]]:
    """Reviewed drafts that the person at work neither compiled nor reviewed, whatever their field."""
    person = session.actor.user_id
    wanted = (Report.status == ReportStatus.REVIEWED, Report.compiled_by != person, Report.reviewed_by != person)
    return _drafts(session, Report.reviewed_at, late_before, most, *wanted)


def failed_drawings(session: LimsSession) -> int:
    """Reports in force that could not be drawn or signed, of every laboratory that is seen."""
    return session.exec(
        select(func.count(col(Report.id))).where(
            Report.status == ReportStatus.ISSUED,
            col(Report.pdf_sha256).is_(None),
            col(Report.render_error).is_not(None),
        )
    ).one()


def samples_of(session: LimsSession, late_before: datetime) -> Waiting:
    """The samples that the person at work registered and that have not been received."""
    return _waiting(
        session,
        Sample,
        Sample.registered_at,
        late_before,
        Sample.status == SampleStatus.REGISTERED,
        Sample.registered_by == session.actor.user_id,
    )


def failed_runs(session: LimsSession, since: datetime, most: int) -> tuple[int, Sequence[FailedRun]]:
    """Runs since an instant with failed quality checks: how many, and the newest of them."""
    rows = session.exec(
        select(
            Run.id,
            Worksheet.number,
            Run.imported_at,
            func.count(),
            func.count(func.distinct(col(BatchCheck.analyte))),  # type: ignore[call-overload]  # overloads end at four
        )
        .join(Worksheet, col(Worksheet.id) == col(Run.worksheet_id))
        .join(BatchCheck, col(BatchCheck.run_id) == col(Run.id))
        .where(
            Run.laboratory_id == session.actor.laboratory_id,
            Run.imported_at >= since,
            BatchCheck.verdict == QcVerdict.FAIL,
        )
        .group_by(Run.id, Worksheet.number, Run.imported_at)
        .order_by(col(Run.imported_at).desc(), col(Run.id))
    ).all()
    return len(rows), [FailedRun(*row) for row in rows[:most]]


def instruments_ending(session: LimsSession, until: date) -> Sequence[Ending]:
    """Instruments of the own laboratory whose calibration ends by a day or has ended, the first to end first."""
    rows = session.exec(
        select(Instrument)
        .where(Instrument.laboratory_id == session.actor.laboratory_id, Instrument.calibrated_until <= until)
        .order_by(col(Instrument.calibrated_until), col(Instrument.code))
    ).all()
    return [Ending(i.code, i.name, i.calibrated_until, i.code) for i in rows]


def authorisations_ending(session: LimsSession, today: date, until: date) -> Sequence[tuple[Ending, str]]:
    """Authorisations of active people of the own laboratory that end between two days, each with its kind."""
    rows = session.exec(
        select(Authorisation, User)
        .join(User, col(User.id) == col(Authorisation.user_id))
        .where(
            Authorisation.laboratory_id == session.actor.laboratory_id,
            col(User.is_active),
            col(Authorisation.ends_on).between(today, until),
        )
        .order_by(col(Authorisation.ends_on), col(User.username), col(Authorisation.subject))
    ).all()
    return [
        (Ending(user.full_name, held.subject, held.ends_on, user.username), held.kind)
        for held, user in rows
        if held.ends_on is not None
    ]


def failing_batches(session: Session, since: datetime, most: int) -> tuple[int, Sequence[ReportedBatch]]:
    """Reported batches that failed, issued since an instant: how many, and the newest; each batch once."""
    conditions = (
        ReportedBatch.verdict == BatchVerdict.FAILS,
        ~col(ReportedBatch.withdrawn),
        ReportedBatch.issued_at >= since,
        is_the_newest_copy(session),
    )
    count = session.exec(select(func.count(col(ReportedBatch.id))).where(*conditions)).one()
    newest = (col(ReportedBatch.issued_at).desc(), col(ReportedBatch.id))
    return count, session.exec(select(ReportedBatch).where(*conditions).order_by(*newest).limit(most)).all()


def newest_reports(session: Session, most: int) -> Sequence[tuple[Report, Sample]]:
    """The reports issued last."""
    return session.exec(
        select(Report, Sample)
        .join(Sample, col(Sample.id) == col(Report.sample_id))
        .where(Report.status == ReportStatus.ISSUED)
        .order_by(col(Report.issued_at).desc(), col(Report.id))
        .limit(most)
    ).all()


def laboratories_without_return(session: LimsSession, first: date, last: date) -> Sequence[Laboratory]:
    """The laboratories directly below that have sent no return which covers these days, by code."""
    received = select(ReturnReceived.sender_code).where(
        ReturnReceived.laboratory_id == session.actor.laboratory_id,
        ReturnReceived.starts_on <= first,
        ReturnReceived.ends_on >= last,
    )
    return session.exec(
        select(Laboratory)
        .where(Laboratory.superior_id == session.actor.laboratory_id, col(Laboratory.code).not_in(received))
        .order_by(Laboratory.code)
    ).all()


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of the laboratories that are seen."""

    active: int
    inactive: int
    temporary: int


def accounts(session: Session) -> Accounts:
    """How many people may sign in, how many no longer, and who still has a password of the administrator's."""
    active = col(User.is_active)
    counted = select(
        func.count().filter(active),
        func.count().filter(~active),
        func.count().filter(active, col(User.temporary_password_at).is_not(None)),
    )
    # Named as what is selected from: a filtered count alone would not be limited to what the session may see.
    return Accounts(*session.exec(counted.select_from(User)).one())


def _drafts(
    session: LimsSession, since: Any, late_before: datetime, most: int, *wanted: ColumnElement[bool] | bool
) -> tuple[Waiting, Sequence[Lying]]:
    rows = session.exec(
        select(Sample.number, Sample.product_name, since, Report.id)
        .join(Report, col(Report.sample_id) == col(Sample.id))
        .where(Report.laboratory_id == session.actor.laboratory_id, *wanted)
        .order_by(since, col(Report.id))
        .limit(most)
    ).all()
    return _waiting(session, Report, since, late_before, *wanted), [Lying(*row) for row in rows]


def _waiting(
    session: LimsSession, model: Any, since: Any, late_before: datetime, *conditions: ColumnElement[bool] | bool
) -> Waiting:
    """How much of the own laboratory meets the conditions, how much of it since before an instant, the oldest."""
    late = func.count().filter(since < late_before)
    counted = select(func.count(), late, func.min(since)).select_from(model)
    return Waiting(*session.exec(counted.where(model.laboratory_id == session.actor.laboratory_id, *conditions)).one())
