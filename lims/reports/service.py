"""Acts on reports: compile, review, approve, send back, amend, withdraw. Three people, one frozen snapshot."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import refuse_if
from lims.core.reasons import Reason
from lims.db.locks import hold
from lims.db.numbers import allocate
from lims.db.work import LimsSession, acting_person, check_version, save
from lims.documents.act_forms import SignedAct
from lims.documents.completeness import missing_elements, untrue_marks
from lims.documents.keys import SigningIdentity
from lims.documents.log_forms import LogAct
from lims.documents.snapshot import ReportSnapshot
from lims.library.rules import Library
from lims.limits import queries as limits
from lims.limits import service as judging
from lims.limits.verdicts import Verdict
from lims.network import queries as network
from lims.people import queries as people
from lims.people.confirming import Confirmation
from lims.people.tables import AuthorisationKind
from lims.rapid.queries import unconfirmed_of_sample
from lims.reports import log, queries, signatures
from lims.reports.composition import compose
from lims.reports.desk import Desk, reasons_against_template
from lims.reports.deviations import reasons_of_deviations
from lims.reports.dossier import deviations_told, dossier_of, family_for, fields_of
from lims.reports.gathered import Stamp
from lims.reports.rules import (
    PLAIN,
    Family,
    Layout,
    ReportStatus,
    Standing,
    amended_number,
    first_number,
    reasons_not_to_annex,
    reasons_not_to_approve,
    reasons_not_to_compile,
    reasons_not_to_notify,
    reasons_not_to_replace,
    reasons_not_to_retry,
    reasons_not_to_review,
    reasons_not_to_send_back,
    reasons_not_to_withdraw,
    reasons_of_open_tests,
    reasons_of_screening,
    report_number,
)
from lims.reports.schemas import AnnexIn
from lims.reports.tables import Report
from lims.samples import queries as samples
from lims.samples.rules import SampleStatus
from lims.samples.tables import Sample

#: What a preview shows where there is no number yet.
_NO_NUMBER = "（待编号）"


def compile_report(
    session: LimsSession, library: Library, sample_number: str, confirmation: Confirmation, layout: Layout = PLAIN
) -> Report:
    """编制: judge the sample and open the draft of its report, as the person at work states and signs.

    Raises `NotFound`, and `RuleRefused` with every reason: not confirmed by the person, tests not verified, a report
    exists, judgement pending.
    """
    sample = samples.sample_by_number(session, sample_number)
    hold(session, sample)
    signatures.require_signer(session, confirmation, sample_number)
    report = _compile(session, library, sample, _Order(layout))
    signatures.keep_act(session, report, SignedAct.COMPILED, confirmation, sample_number)
    return report


def replace_report(
    session: LimsSession, library: Library, key: str, why: str, confirmation: Confirmation, layout: Layout | None = None
) -> Report:
    """更改: the draft of an amended report; compiled, and so signed, by the person at work. `layout` None: as before.

    The old report stays in force until the new one is issued.

    Raises `NotFound`, `RuleRefused`.
    """
    old = queries.report_by_key(session, key)
    sample = samples.sample_by_id(session, old.sample_id)
    hold(session, sample)
    signatures.require_signer(session, confirmation, key)
    has_successor = queries.successor_of(session, old) is not None
    refuse_if(reasons_not_to_replace(old.status, why, has_successor=has_successor))
    report = _compile(session, library, sample, _Order(layout or old.layout, replaces=old, why=why.strip()))
    signatures.keep_act(session, report, SignedAct.COMPILED, confirmation, key)
    return report


def set_annexes(session: LimsSession, key: str, order: AnnexIn) -> Report:
    """附录: which annexes shall the draft carry? Raises `NotFound`, `Conflict`, `RuleRefused`."""
    report = queries.report_by_key(session, key)
    check_version(report, order.version)
    refuse_if(reasons_not_to_annex(report.status))
    report.annex = order.annex
    report.annexes = Layout(uncertainty=order.uncertainty, calibration=order.calibration, photos=order.photos).further
    return save(session, report)


def review_report(session: LimsSession, key: str, version: int | None, confirmation: Confirmation) -> Report:
    """审核, by a second person, who states and signs it. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    report = queries.report_by_key(session, key)
    check_version(report, version)
    person = acting_person(session)
    signatures.require_signer(session, confirmation, key)
    refuse_if(reasons_against_review(session, report, person))
    report.status = ReportStatus.REVIEWED
    report.reviewed_by = person
    report.reviewed_at = session.instant
    signatures.keep_act(session, report, SignedAct.REVIEWED, confirmation, key)
    return save(session, report)


def approve_report(
    session: LimsSession, desk: Desk, key: str, version: int | None, confirmation: Confirmation
) -> Report:
    """批准: an authorised signatory's yes. The report gets its number and its snapshot, frozen for ever, and is signed.

    Raises `NotFound`, `Conflict`, and `RuleRefused` with every reason: not confirmed by the person, status, same
    person, not authorised, elements that the standard asks for and the report lacks, marks that are not true.
    """
    report = queries.report_by_key(session, key)
    check_version(report, version)
    person = acting_person(session)
    signatures.require_signer(session, confirmation, key)
    sample = samples.sample_by_id(session, report.sample_id)
    hold(session, sample)  # what is approved is what stands there: no result changes between the look and the yes
    refuse_if(reasons_against_approval(session, report, person, local_day(session.instant)))
    old = None if report.replaces_id is None else queries.report_by_key(session, str(report.replaces_id))
    token = secrets.token_urlsafe(32)
    draft = _compose(session, desk, report, token, old, confirmation.key)
    refuse_if([*reasons_against_snapshot(draft), *_reasons_not_to_print(session, desk, sample, report)])
    # The number comes last: a refused report takes none, and the series is locked only for a moment.
    snapshot = draft.model_copy(update={"number": _number(session, report, old)})
    _issue(session, report, snapshot, token)
    signatures.keep_act(session, report, SignedAct.APPROVED, confirmation, key)
    log.enter(session, report, LogAct.ISSUED)
    if old is not None and old.status is ReportStatus.ISSUED:
        old.status = ReportStatus.REPLACED
        log.enter(session, old, LogAct.REPLACED, report.number)
    _set_status(sample, SampleStatus.REPORTED)
    session.flush()
    return report


def send_back_report(session: LimsSession, key: str, version: int | None, why: str) -> Report:
    """退回: a draft that is given up, with a reason; a new one is compiled. Raises `NotFound`, `RuleRefused`."""
    report = queries.report_by_key(session, key)
    check_version(report, version)
    person = acting_person(session)
    refuse_if(reasons_not_to_send_back(report.status, why))
    report.status = ReportStatus.SENT_BACK
    report.sent_back_by = person
    report.sent_back_at = session.instant
    report.sent_back_reason = why.strip()
    return save(session, report)


def withdraw_report(session: LimsSession, key: str, version: int | None, why: str) -> Report:
    """作废: an issued report loses its force; it keeps number, snapshot and file. Raises `NotFound`, `RuleRefused`."""
    report = queries.report_by_key(session, key)
    check_version(report, version)
    person = acting_person(session)
    refuse_if(reasons_not_to_withdraw(report.status, why))
    report.status = ReportStatus.WITHDRAWN
    report.withdrawn_by = person
    report.withdrawn_at = session.instant
    report.withdrawal_reason = why.strip()
    log.enter(session, report, LogAct.WITHDRAWN)
    sample = samples.sample_by_id(session, report.sample_id)
    if sample.status is SampleStatus.REPORTED:
        _set_status(sample, SampleStatus.TESTED)
    session.flush()
    return report


def require_ready(session: LimsSession, action: Action, key: str, version: int | None, day: date) -> None:
    """Refuse a review or an approval that would be refused anyway, before the person is asked who they are.

    The act looks at all of it again. Raises `NotFound`, `Conflict`, `RuleRefused`.
    """
    report = queries.report_by_key(session, key)
    check_version(report, version)
    person = acting_person(session)
    if action is Action.REPORT_REVIEW:
        refuse_if(reasons_against_review(session, report, person))
    else:
        refuse_if(reasons_against_approval(session, report, person, day))


def reasons_against_review(session: LimsSession, report: Report, person: UUID) -> list[Reason]:
    """Why this person may not pass a report in review; empty when nothing stands in the way."""
    unsigned = signatures.reasons_unsigned_before(session, report, SignedAct.REVIEWED)
    return reasons_not_to_review(_standing(session, report), person) + unsigned + _open_since(session, report)


def reasons_against_approval(session: LimsSession, report: Report, person: UUID, day: date) -> list[Reason]:
    """Why this person may not approve a report on a day; what the report lacks is told by its snapshot."""
    subjects = people.subjects_of(session, person, AuthorisationKind.SIGNATORY, day)
    unsigned = signatures.reasons_unsigned_before(session, report, SignedAct.APPROVED)
    against = reasons_not_to_approve(_standing(session, report), person, fields_of(session, report), subjects)
    return against + unsigned + _open_since(session, report)


def reasons_against_snapshot(snapshot: ReportSnapshot) -> list[Reason]:
    """Elements that the standard asks for and the report lacks, and marks that are not true."""
    return missing_elements(snapshot) + untrue_marks(snapshot)


def require_printable(session: LimsSession, desk: Desk, report: Report) -> None:
    """Refuse a draft that its template cannot print as it is asked for. Raises `RuleRefused`, `NotFound`."""
    refuse_if(_reasons_not_to_print(session, desk, samples.sample_by_id(session, report.sample_id), report))


def _reasons_not_to_print(session: LimsSession, desk: Desk, sample: Sample, report: Report) -> list[Reason]:
    return reasons_against_template(desk.template_of(family_for(session, sample, report.layout)), report.layout)


def retry_rendering(session: LimsSession, key: str) -> Report:
    """Let the background work try again to draw and sign a report that failed. Raises `NotFound`, `RuleRefused`."""
    report = queries.report_by_key(session, key)
    refuse_if(reasons_not_to_retry(report.render_error))
    report.render_error = None
    return save(session, report)


def preview(session: LimsSession, desk: Desk, key: str) -> ReportSnapshot:
    """The snapshot of a report: the frozen one when there is one, else what it would be now, without number."""
    report = queries.report_by_key(session, key)
    if report.snapshot is not None:
        return ReportSnapshot.model_validate_json(report.snapshot)
    old = None if report.replaces_id is None else queries.report_by_key(session, str(report.replaces_id))
    return _compose(session, desk, report, "", old)


@dataclass(frozen=True, slots=True)
class _Order:
    """What is asked of a draft: how it is laid out, and which report it amends for which reason."""

    layout: Layout
    replaces: Report | None = None
    why: str | None = None


def _screened_only(session: LimsSession, library: Library, sample: Sample, judgement_id: UUID) -> list[Reason]:
    tests = {test.id: test for test in samples.tests_of(session, sample.id)}
    failing = [
        (line.parameter, tests[line.test_id].method_code)
        for line in limits.lines_of(session, judgement_id)
        if line.verdict in {Verdict.EXCEEDS, Verdict.PROHIBITED_DETECTED}
        and library.is_screening(tests[line.test_id].method_code)
    ]
    return reasons_of_screening(failing, unconfirmed_of_sample(session, sample.id))


def _open_since(session: LimsSession, report: Report) -> list[Reason]:
    """What came after the report was compiled: tests that confirm a positive, rapid tests that nobody confirms; and
    deviations that it does not tell, or tells otherwise.
    """
    sample = samples.sample_by_id(session, report.sample_id)
    tests = samples.tests_of(session, sample.id)
    is_notice = family_for(session, sample, report.layout) is Family.RAPID_TEST
    unconfirmed = 0 if is_notice else unconfirmed_of_sample(session, sample.id)
    return [
        *reasons_of_open_tests((one.parameter, one.status) for one in tests),
        *reasons_of_screening([], unconfirmed),
        *reasons_of_deviations(report.deviations, deviations_told(session, report)),
    ]


def _compile(session: LimsSession, library: Library, sample: Sample, order: _Order) -> Report:
    old = order.replaces
    tests = [(test.parameter, test.status) for test in samples.tests_of(session, sample.id)]
    existing = [report.status for report in queries.reports_of(session, sample.id)]
    against = reasons_not_to_compile(tests, existing, replaces=old is not None)
    refuse_if(against + reasons_not_to_notify(sample.programme, order.layout))
    person = acting_person(session)
    judgement = judging.current_judgement(session, library, sample.id)
    # A notice of rapid tests fails nobody: it says that a positive has to be confirmed.
    is_notice = family_for(session, sample, order.layout) is Family.RAPID_TEST
    screened = [] if is_notice else _screened_only(session, library, sample, judgement.id)
    refuse_if([*judging.reasons_not_to_report(judgement), *screened])
    report = Report(
        laboratory_id=sample.laboratory_id,
        sample_id=sample.id,
        judgement_id=judgement.id,
        results_sha256=queries.digest_of_results(session, sample.id),
        revision=0 if old is None else old.revision + 1,
        replaces_id=None if old is None else old.id,
        change_reason=order.why,
        annex=order.layout.annex,
        annexes=order.layout.further,
        language=order.layout.language,
        notice=order.layout.notice,
        stated_deviations=order.layout.stated,
        compiled_by=person,
        compiled_at=session.instant,
    )
    report.deviations = deviations_told(session, report)
    return save(session, report)


def _standing(session: LimsSession, report: Report) -> Standing:
    judgement = limits.judgement_by_id(session, report.judgement_id)
    newest = limits.latest_judgement(session, report.sample_id)
    # A judgement made again with the same word is no news.
    same_word = newest is not None and newest.overall is judgement.overall and newest.flags == judgement.flags
    same_results = report.results_sha256 == queries.digest_of_results(session, report.sample_id)
    return Standing(report.status, report.compiled_by, report.reviewed_by, same_word and same_results)


def _compose(
    session: LimsSession, desk: Desk, report: Report, token: str, old: Report | None, key: SigningIdentity | None = None
) -> ReportSnapshot:
    """The snapshot as it is now; `key`: what the person at work approves it with."""
    now = _now(session, report)
    dossier = dossier_of(session, report, local_day(now))
    stamp = Stamp(
        number=_NO_NUMBER,
        issued_at=now,
        verification_url=desk.verification_url(token),
        people=signatures.people_block(session, report, now, key),
        template=desk.template_of(dossier.family).ref,
        development=desk.development,
        replaces=None if old is None else old.number,
        replaced=None if old is None or not old.snapshot else ReportSnapshot.model_validate_json(old.snapshot),
        change_reason=report.change_reason,
        timestamped=desk.timestamped,
    )
    return compose(dossier, stamp)


def _now(session: LimsSession, report: Report) -> datetime:
    """The instant of the act; a mere look at a draft has none and takes the draft's last one."""
    return report.reviewed_at or report.compiled_at if session.act is None else session.instant


def _number(session: LimsSession, report: Report, old: Report | None) -> str:
    if old is not None and old.number is not None:
        return amended_number(first_number(old.number), report.revision)
    laboratory = network.laboratory_by_id(session, report.laboratory_id)
    year = local_day(session.instant).year
    serial = allocate(session, report.laboratory_id, f"report-{year}")[0]
    return report_number(laboratory.code, year, serial)


def _issue(session: LimsSession, report: Report, snapshot: ReportSnapshot, token: str) -> None:
    report.number = snapshot.number
    report.approved_by = acting_person(session)
    report.issued_at = session.instant
    report.verification_token = token
    report.snapshot = snapshot.canonical_bytes().decode()
    report.snapshot_sha256 = snapshot.sha256
    report.status = ReportStatus.ISSUED


def _set_status(sample: Sample, status: SampleStatus) -> None:
    if sample.status is not status:
        sample.status = status
