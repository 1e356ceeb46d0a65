"""The signed acts of reports (签名): each stated in words and signed by its person, in the transaction of the act."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.errors import RuleRefused
from lims.core.reasons import Reason, reason
from lims.db.work import LimsSession, acting_person, save
from lims.documents.act_forms import (
    MEANINGS,
    ActContent,
    ActStatement,
    Meaning,
    SignedAct,
    SignedStatement,
    acts_bytes,
    sign_statement,
)
from lims.documents.certificates import digest_of
from lims.documents.keys import SigningIdentity
from lims.documents.snapshot import PeopleBlock, Signatory
from lims.limits import queries as limits
from lims.network import queries as network
from lims.people import confirming
from lims.people import queries as people
from lims.people.confirming import Confirmation
from lims.reports.rules import ReportStatus
from lims.reports.signature_tables import ReportSignature
from lims.reports.tables import Report

_ORDER = list(SignedAct)
#: Where a report stands before an act that follows another one.
_BEFORE = {SignedAct.REVIEWED: ReportStatus.COMPILED, SignedAct.APPROVED: ReportStatus.REVIEWED}
#: What a preview shows where nobody has signed yet.
_NOBODY = "（待签）"


def require_signer(session: LimsSession, confirmation: Confirmation, subject: str) -> None:
    """Refuse an act without a confirmation of its own, fresh and not used yet. Raises `RuleRefused`.

    Args:
        subject: what the act is done to, as the confirmation was asked for it.
    """
    confirming.require_confirmation(session, confirmation, subject)
    used = select(ReportSignature.id).where(
        ReportSignature.confirmation_id == confirmation.id, ReportSignature.subject == subject
    )
    if session.exec(used).first() is not None:
        raise RuleRefused(
            reason("confirmation.used", "This confirmation has been used already; confirm again who you are.")
        )


def keep_act(
    session: LimsSession, report: Report, act: SignedAct, confirmation: Confirmation, subject: str
) -> ReportSignature:
    """Write down that the person at work did this, with their signature over it. `require_signer` comes before."""
    person = acting_person(session)
    statement = ActStatement(
        laboratory=network.laboratory_by_id(session, report.laboratory_id).code,
        report=str(report.id),
        act=act,
        person=people.names_of(session, {person})[person],
        at=session.instant,
        meaning=Meaning(zh=MEANINGS[act].zh, en=MEANINGS[act].en),
        method=confirmation.method.value,
        content=_content(session, report, act),
        previous=_previous(session, report, act),
    )
    signed = sign_statement(statement, confirmation.key)
    return save(
        session,
        ReportSignature(
            laboratory_id=report.laboratory_id,
            report_id=report.id,
            act=act,
            person_id=person,
            at=session.instant,
            method=confirmation.method,
            confirmation_id=confirmation.id,
            subject=subject,
            key_id=confirmation.key_id,
            content_sha256=statement.content.sha256,
            statement=statement.canonical_bytes().decode(),
            signature=signed.signature,
            certificate_pem=signed.certificate,
        ),
    )


def reasons_unsigned_before(session: Session, report: Report, act: SignedAct) -> list[Reason]:
    """A draft from before acts were signed cannot go on: the three acts of a report are one chain."""
    is_next = report.status is _BEFORE[act]
    if not is_next or _previous(session, report, act) is not None:
        return []
    said = "This draft was made before acts were signed; send it back and compile it again."
    return [reason("report.unsigned_before", said)]


def signatures_of(session: Session, report_id: UUID) -> Sequence[ReportSignature]:
    """The signed acts of a report, in the order of the acts; none for a report that is older than they."""
    query = select(ReportSignature).where(ReportSignature.report_id == report_id).order_by(col(ReportSignature.at))
    return sorted(session.exec(query).all(), key=lambda one: _ORDER.index(one.act))


def signed_form(signature: ReportSignature) -> SignedStatement:
    """A stored act as it travels."""
    return SignedStatement(
        statement=ActStatement.model_validate_json(signature.statement),
        signature=signature.signature,
        certificate=signature.certificate_pem,
    )


def attachment_of(session: Session, report_id: UUID) -> bytes | None:
    """The acts as they are attached to the PDF; None for a report that is older than they."""
    return acts_bytes([signed_form(one) for one in signatures_of(session, report_id)])


def people_block(
    session: LimsSession, report: Report, now: datetime, key: SigningIdentity | None = None
) -> PeopleBlock:
    """Who stands on a report, with the certificates that they sign with.

    `key`: what the person at work approves it with; None for a mere look, where an act that is missing is shown so.
    """
    certificates = {one.act: digest_of(signed_form(one).certificates()[0]) for one in signatures_of(session, report.id)}
    approver = report.approved_by if key is None else acting_person(session)
    if key is not None:
        certificates[SignedAct.APPROVED] = digest_of(key.certificate)
    names = people.names_of(session, {i for i in (report.compiled_by, report.reviewed_by, approver) if i is not None})

    def signed(act: SignedAct, user_id: UUID | None, at: datetime | None) -> Signatory:
        name = _NOBODY if user_id is None else names[user_id]
        return Signatory(name=name, at=at or now, certificate_sha256=certificates.get(act, ""))

    return PeopleBlock(
        compiled_by=signed(SignedAct.COMPILED, report.compiled_by, report.compiled_at),
        reviewed_by=signed(SignedAct.REVIEWED, report.reviewed_by, report.reviewed_at),
        approved_by=signed(SignedAct.APPROVED, approver, now),
    )


def _content(session: Session, report: Report, act: SignedAct) -> ActContent:
    is_frozen = act is SignedAct.APPROVED
    return ActContent(
        results_sha256=report.results_sha256,
        judgement=str(report.judgement_id),
        verdict=limits.judgement_by_id(session, report.judgement_id).overall.value,
        deviations=report.deviations,
        report_number=report.number if is_frozen else None,
        snapshot_sha256=report.snapshot_sha256 if is_frozen else None,
    )


def _previous(session: Session, report: Report, act: SignedAct) -> str | None:
    """The digest of the statement of the act before; None for the first, and for drafts that are older than signing."""
    place = _ORDER.index(act)
    before = [one for one in signatures_of(session, report.id) if _ORDER.index(one.act) == place - 1]
    return signed_form(before[0]).statement.sha256 if before else None
