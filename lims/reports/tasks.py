"""Background work of reports: draw what is issued, sign it, put it into the vault. Started from the committed state.

Killed at any moment, it loses nothing: a report without `pdf_sha256` is due. Done twice, it changes nothing: the same
snapshot gives the same page, the file is kept under its hash, and the first hash written stays.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import LimsError
from lims.documents.annexes import NO_PHOTOS, Photos
from lims.documents.renderers import renderer_of
from lims.documents.snapshot import ReportSnapshot
from lims.network import queries as network
from lims.network.tables import Laboratory
from lims.reports import log, queries
from lims.reports.desk import signing_identity
from lims.reports.rules import NUMBERED
from lims.reports.tables import Report
from lims.runtime import Lims


class Draws(Protocol):
    """Makes a page of a snapshot: a `Renderer` with its child processes, or a `Press` in this one."""

    def report(self, snapshot: ReportSnapshot, proof: bytes | None = None, photos: Photos = NO_PHOTOS) -> bytes: ...


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

    The page is drawn in a child process. Raises `NotFound`, and what the disk or the database raises: then the report
    is simply due again.
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
        sha256 = lims.vault.put(_signed(lims, laboratory, (snapshot, proof), renderer or renderer_of(lims), now))
    except LimsError as refused:
        _note(lims, laboratory, report_id, error=str(refused))
        return
    _note(lims, laboratory, report_id, sha256=sha256, signed_at=now)


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
    lims: Lims,
    laboratory: Laboratory,
    what: tuple[ReportSnapshot, bytes | None],
    renderer: "Draws",
    at: datetime,
) -> bytes:
    from lims.documents.signing import sign_pdf  # brings pyHanko, which is slow to load

    snapshot, proof = what
    identity = signing_identity(lims, laboratory)
    return sign_pdf(
        renderer.report(snapshot, proof, {photo.sha256: lims.vault.get(photo.sha256) for photo in snapshot.photos}),
        identity,
        at,
        location=laboratory.address,
        reason_text=f"签发检验报告 {snapshot.number}",
    )


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
