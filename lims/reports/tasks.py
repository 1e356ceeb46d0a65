"""Background work of reports: draw what is issued, sign it, put it into the vault. Started from the committed state.

Killed at any moment, it loses nothing: a report without `pdf_sha256` is due. Done twice, it changes nothing: the same
snapshot gives the same page, the file is kept under its hash, and the first hash written stays.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import LimsError, RuleRefused
from lims.core.kept_reasons import as_text
from lims.core.reasons import reason
from lims.documents.act_forms import SignedAct
from lims.documents.annexes import NO_PHOTOS, Photos
from lims.documents.keys import SigningIdentity
from lims.documents.renderers import renderer_of
from lims.documents.signatures import SignatureField
from lims.documents.snapshot import ReportSnapshot
from lims.network import queries as network
from lims.network.tables import Laboratory
from lims.people.personal_keys import KeyGone, open_key
from lims.reports import log, queries, signatures
from lims.reports.desk import signing_identity, timestamps_of
from lims.reports.rules import NUMBERED
from lims.reports.signature_tables import ReportSignature
from lims.reports.signatures import signed_form
from lims.reports.tables import Report
from lims.runtime import Lims

if TYPE_CHECKING:
    from lims.documents.signing import PersonalSignature

#: The field in the PDF that each act is signed in.
FIELDS = {
    SignedAct.COMPILED: SignatureField.COMPILED,
    SignedAct.REVIEWED: SignatureField.REVIEWED,
    SignedAct.APPROVED: SignatureField.APPROVED,
}


class Draws(Protocol):
    """Makes a page of a snapshot: a `Renderer` with its child processes, or a `Press` in this one."""

    def report(
        self,
        snapshot: ReportSnapshot,
        proof: bytes | None = None,
        acts: bytes | None = None,
        photos: Photos = NO_PHOTOS,
    ) -> bytes: ...


def due(lims: Lims) -> Sequence[UUID]:
    """Reports that were issued and have no file yet, oldest first. Those that failed wait for a person."""
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        return session.exec(
            select(Report.id)
            .where(
                col(Report.status).in_(NUMBERED),
                col(Report.pdf_sha256).is_(None),
                col(Report.render_error).is_(None),
            )
            .order_by(col(Report.issued_at), col(Report.id))
        ).all()


def render_report(lims: Lims, report_id: UUID, renderer: "Draws | None" = None) -> None:
    """Draw, sign and keep one report. Done already: nothing happens. A failure is noted in the record, for a person.

    The page is drawn in a child process. Raises `NotFound`, `TimestampRefused`, and what the disk or the database
    raises: then the report is simply due again.
    """
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        report = queries.report_by_key(session, str(report_id))
        laboratory = network.laboratory_by_id(session, report.laboratory_id)
    if report.pdf_sha256 is not None or report.snapshot is None:
        return
    snapshot = ReportSnapshot.model_validate_json(report.snapshot)
    now = lims.clock.now()
    try:
        proof = _proof(lims, laboratory, report_id)
        with lims.read(system_actor(), Action.REPORT_READ) as session:
            acts = signatures.attachment_of(session, report_id)
        photos = {photo.sha256: lims.vault.get(photo.sha256) for photo in snapshot.photos}
        pdf = (renderer or renderer_of(lims)).report(snapshot, proof, acts, photos)
        sha256 = lims.vault.put(_signed(lims, laboratory, report_id, snapshot, pdf, now))
    except LimsError as refused:
        if _is_no_timestamp(refused):
            raise
        _note(lims, laboratory, report_id, error=as_text(refused.reasons))
        return
    _note(lims, laboratory, report_id, sha256=sha256, signed_at=now)


def _is_no_timestamp(refused: LimsError) -> bool:
    """Whether an authority gave no timestamp just now: nothing is wrong with the report."""
    from lims.documents.timestamps import TimestampRefused  # brings pyHanko, which is slow to load

    return isinstance(refused, TimestampRefused)


def due_logs(lims: Lims) -> Sequence[UUID]:
    """Laboratories whose transparency log has leaves under no signed head yet."""
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        return log.unsigned_logs(session)


def sign_log(lims: Lims, laboratory_id: UUID) -> None:
    """Sign the head of a laboratory's log as it stands; signed already: nothing happens."""
    with lims.work(system_actor("worker", laboratory_id), Action.LOG_SIGN) as session:
        laboratory = network.laboratory_by_id(session, laboratory_id)
        log.sign(session, laboratory, signing_identity(lims, laboratory))


def _proof(lims: Lims, laboratory: Laboratory, report_id: UUID) -> bytes | None:
    """That the issue of the report stands in the log: under the first head that covers it, signed now if need be.

    The same bytes whenever it is asked for. None for a report that has no leaf.
    """
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        leaf = log.leaf_of_issue(session, report_id)
        is_signed = leaf is None or log.head_over(session, leaf) is not None
    if not is_signed:
        sign_log(lims, laboratory.id)
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        head = None if leaf is None else log.head_over(session, leaf)
        if leaf is None or head is None:
            return None
        return log.proof_of(session, leaf, head, laboratory.code).canonical_bytes()


def _signed(
    lims: Lims, laboratory: Laboratory, report_id: UUID, snapshot: ReportSnapshot, pdf: bytes, at: datetime
) -> bytes:
    """Signed by its three people and sealed last; a report from before people signed has the seal alone."""
    from lims.documents.signing import sign_pdf, sign_report  # brings pyHanko, which is slow to load

    seal, place = signing_identity(lims, laboratory), laboratory.address
    why = f"签发检验报告 {snapshot.number}"
    if not snapshot.signatures:
        return sign_pdf(pdf, seal, at, location=place, reason_text=why)
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        people = _personal(session, lims, report_id)
    timestamps = timestamps_of(lims) if snapshot.timestamped else None
    return sign_report(pdf, people, seal, at, location=place, reason_text=why, timestamps=timestamps)


def _personal(session: Session, lims: Lims, report_id: UUID) -> "list[PersonalSignature]":
    """The acts on a report as they are signed in its file: with the keys of then, at the instants of then."""
    from lims.documents.signing import PersonalSignature  # as above

    return [
        PersonalSignature(FIELDS[one.act], _key_of(session, lims, one), one.at, signed_form(one).statement.meaning.zh)
        for one in signatures.signatures_of(session, report_id)
    ]


def _key_of(session: Session, lims: Lims, act: ReportSignature) -> SigningIdentity:
    """The very key that a person acted with: the report names its certificate, and no other would be believed.

    Raises `RuleRefused` when it is gone, and `BadInput` when the token does not answer.
    """
    form = signed_form(act)
    try:
        key = open_key(session, lims, act.key_id)
    except KeyGone:
        key = None
    if key is None or key.certificate != form.certificates()[0]:
        said = (
            "The key that {name} signed this report with is gone. Put it back where it was (into the token, under any "
            "label; into the folder of keys), then try again. If it is lost for good, amend the report: the new one is "
            "signed with the keys of now. Or withdraw it."
        )
        raise RuleRefused(reason("report.key_gone", said, name=form.statement.person))
    return key


def _note(
    lims: Lims,
    laboratory: Laboratory,
    report_id: UUID,
    *,
    sha256: str | None = None,
    signed_at: datetime | None = None,
    error: str | None = None,
) -> None:
    """Write down the outcome, unless somebody else was quicker."""
    with lims.work(system_actor("worker", laboratory.id), Action.REPORT_RENDER) as session:
        report = queries.report_by_key(session, str(report_id))
        if report.pdf_sha256 is not None:
            return
        report.render_error = error
        report.pdf_sha256 = sha256
        report.signed_at = signed_at
        session.flush()
