"""What is a report worth (核验)? The file's own evidence, joined with what this installation knows of the number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import local_day
from lims.core.errors import BadInput, NotFound
from lims.core.reasons import Where, reason
from lims.documents.answers import IssuedRecord, IssuedStatus, Outcome, Status
from lims.documents.log_forms import LogEntry
from lims.documents.renderers import renderer_of
from lims.documents.snapshot import ReportSnapshot
from lims.network import queries as network
from lims.network.tables import Laboratory
from lims.people import queries as people
from lims.reports import log, queries
from lims.reports.desk import installed_identity, signing_identity
from lims.reports.retests import retests_told
from lims.reports.rules import NUMBERED, ReportStatus, is_number_of, masked, reads_whole
from lims.reports.schemas import LogActOut, PublicView, RetestOut
from lims.reports.tables import Report
from lims.reports.wording import overall_word
from lims.runtime import Lims
from lims.samples.tables import Sample
from lims.settings import Settings

if TYPE_CHECKING:
    from cryptography import x509

    from lims.documents.answers import Verification


def verify_report(lims: Lims, actor: Actor | None, pdf: bytes) -> "Verification":
    """What a PDF is worth that somebody hands in; never raises over the file.

    The record of its number is looked up over all laboratories: whether a paper is genuine is no secret. `actor` is
    whoever asks, None for the public. Raises `Forbidden` when the actor may not verify.
    """
    from lims.documents.verification import read_number, verify_pdf  # brings pyHanko, which is slow to load

    if actor is not None:
        with lims.read(actor, Action.REPORT_VERIFY):
            pass  # the permission is all that is asked of the actor
    number = read_number(pdf)
    with lims.read(system_actor("verification"), Action.REPORT_VERIFY) as session:
        record = None if number is None else _record(session, number)
        laboratory = _laboratory_of(session, number)
        works_here = laboratory is not None and laboratory in people.working_laboratories(session)
    trust = trust_for(lims, laboratory, works_here=works_here)
    found = verify_pdf(pdf, trust, record, renderer_of(lims).report)
    if works_here and record is None and found.status is Status.VALID:
        why = reason("verification.never_issued", "No report {number} was ever issued here.", number=number)
        return replace(found, status=Status.ALTERED, reason=why)
    return _against_log(lims, found, laboratory) if works_here and laboratory is not None else found


def _against_log(lims: Lims, found: "Verification", laboratory: Laboratory) -> "Verification":
    """The head that the file carries is one of the log that is kept here: nothing below it was rewritten since."""
    if found.log is None:
        return found
    with lims.read(system_actor("verification"), Action.REPORT_VERIFY) as session:
        root = log.root_at(session, laboratory.id, found.log.size)
    if root == found.log.root:
        return found
    why = reason(
        "verification.log_rewritten",
        "The transparency log of {laboratory} no longer is the one that this report was entered in: it was rewritten.",
        laboratory=laboratory.code,
    )
    return replace(found, status=Status.NOT_LOGGED, reason=why, logged=Outcome.FAILED)


def verify_report_file(lims: Lims, path: Path) -> "Verification":
    """The same for a file on the disk. Raises `BadInput` when it cannot be read."""
    return verify_report(lims, None, _content(path))


def verify_by_itself(settings: Settings, path: Path, trust: Sequence[Path]) -> "Verification":
    """What a file on the disk is worth, asking no installation: by the file, whom to believe, and the templates here.

    Args:
        trust: PEM files of those to believe; none: the folder of trusted certificates of the settings, if any.
    Raises `BadInput` for a file that cannot be read.
    """
    from lims.documents.certificates import read_certificates, trusted_certificates
    from lims.documents.press import Press  # brings WeasyPrint, which is slow to load
    from lims.documents.verification import verify_pdf

    folder = settings.trusted_certificates
    known = [one for pem in trust for one in read_certificates(_content(pem), str(pem))]
    if not trust and folder is not None:
        known += trusted_certificates(folder)
    has_fonts = (settings.assets / "fonts").is_dir()
    reprint = Press(settings.report_templates, settings.assets).report if has_fonts else None
    return verify_pdf(_content(path), known, None, reprint)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            reason("file.unreadable", "The file {path} cannot be read.", path=str(path), at=Where(field="path"))
        ) from error


def public_view(session: Session, token: str) -> PublicView:
    """What anybody with the paper in hand may see: what stands on it, and whether it is in force.

    Raises `NotFound` for a token that belongs to no issued report.
    """
    report = session.exec(
        select(Report).where(Report.verification_token == token, col(Report.status).in_(NUMBERED))
    ).one_or_none()
    if report is None or report.snapshot is None or report.issued_at is None:
        raise NotFound(reason("verification.unknown_token", "No report has this verification code."))
    snapshot = ReportSnapshot.model_validate_json(report.snapshot)
    successor = queries.successor_of(session, report)
    return PublicView(
        number=snapshot.number,
        status=report.status,
        laboratory=snapshot.laboratory.name,
        sample_name=snapshot.sample.name,
        client=masked(snapshot.client.name),
        verdict=overall_word(snapshot.verdict),
        conclusion=snapshot.conclusion,
        sampled_on=snapshot.sample.sampled_on,
        issued_on=snapshot.issued_on,
        replaced_by=None if successor is None else successor.number,
        withdrawn_on=_day_of_withdrawal(report),
        retests=[RetestOut.model_validate(one) for one in retests_told(session, report)],
        pdf_sha256=report.pdf_sha256,
        development=snapshot.development_ca,
        log=_said_by_the_log(session, report),
    )


def _said_by_the_log(session: Session, report: Report) -> list[LogActOut]:
    """What the transparency log has of a report: no more than stands on its paper or happened to it since."""
    newest = log.newest_head(session, report.laboratory_id)
    size = 0 if newest is None else newest.size
    return [
        LogActOut(act=leaf.act, at=leaf.at, index=leaf.place, leaf=leaf.hash, is_signed=leaf.place < size)
        for leaf in log.leaves_of(session, report.id)
    ]


@dataclass(frozen=True, slots=True)
class Known:
    """A report that somebody asked for. `is_whole`: they hold its code or may read it; else only its state is told."""

    view: PublicView
    is_whole: bool
    is_here: bool


def look_up(lims: Lims, actor: Actor, code: str) -> Known | None:
    """The report of a verification code or a number, over all laboratories; None when there is none.

    Numbers follow one another, codes cannot be guessed: who knows but a number of another laboratory's report learns
    whether it is in force and nothing of what it says. Raises `Forbidden`.
    """
    lims.require(actor, Action.REPORT_VERIFY)
    with lims.read(system_actor("verification"), Action.REPORT_VERIFY) as session:
        numbered = session.exec(select(Report).where(Report.number == code.upper())).one_or_none()
        token = code if numbered is None else numbered.verification_token
        try:
            view = public_view(session, token or "")
        except NotFound:
            return None
    with lims.read(actor, Action.REPORT_VERIFY) as session:
        sample = _sample_of(session, actor, view.number)
    is_whole = sample is not None and reads_whole(actor, sample.registered_by)
    return Known(view, is_whole=is_whole or numbered is None, is_here=sample is not None)


def is_readable(lims: Lims, actor: Actor, number: str) -> bool:
    """Whether this person may read the report of a number, so that a link to it leads somewhere."""
    with lims.read(actor, Action.REPORT_VERIFY) as session:
        return _sample_of(session, actor, number) is not None


def _sample_of(session: Session, actor: Actor, number: str) -> Sample | None:
    """The sample of a report that this person may read."""
    if not actor.may(Action.REPORT_READ):
        return None
    of_report = select(Sample).join(Report, col(Report.sample_id) == Sample.id).where(Report.number == number)
    return session.exec(of_report).first()


def _day_of_withdrawal(report: Report) -> date | None:
    return None if report.withdrawn_at is None else local_day(report.withdrawn_at)


def _record(session: Session, number: str) -> IssuedRecord | None:
    """None as well for a report that was not drawn yet: no file of it can exist."""
    report = session.exec(select(Report).where(Report.number == number)).one_or_none()
    if report is None or report.pdf_sha256 is None:
        return None
    successor = queries.successor_of(session, report)
    status = {
        ReportStatus.REPLACED: IssuedStatus.REPLACED,
        ReportStatus.WITHDRAWN: IssuedStatus.WITHDRAWN,
    }.get(report.status, IssuedStatus.ISSUED)
    return IssuedRecord(
        number=number,
        sha256=report.pdf_sha256,
        status=status,
        replaced_by=None if successor is None else successor.number,
        logged_sha256=_logged_sha256(session, report),
    )


def _logged_sha256(session: Session, report: Report) -> str | None:
    """Of the snapshot that the log has for a report; None without a leaf."""
    leaf = log.leaf_of_issue(session, report.id)
    return None if leaf is None else LogEntry.model_validate_json(leaf.content).snapshot_sha256


def _laboratory_of(session: Session, number: str | None) -> Laboratory | None:
    """The registered laboratory whose numbers look like this one."""
    if number is None:
        return None
    return next((lab for lab in network.laboratories(session) if is_number_of(lab.code, number)), None)


def trust_for(lims: Lims, laboratory: Laboratory | None, *, works_here: bool) -> "list[x509.Certificate]":
    """Whose signature counts on a report of this laboratory: a neighbour's key, however trusted, signs only its own.

    The certificates of the trusted folder, the laboratory's registered one, and the key of the installation when the
    laboratory works here. Of a laboratory that is not registered, only the folder knows.
    """
    from lims.documents.certificates import read_certificates, trusted_certificates
    from lims.documents.keys import development_root

    settings = lims.settings
    folder = settings.trusted_certificates
    trust = [] if folder is None else list(trusted_certificates(folder))
    if laboratory is not None and laboratory.certificate_pem is not None:
        trust += read_certificates(laboratory.certificate_pem.encode(), laboratory.code)
    if works_here:
        own = installed_identity(lims)
        trust += [development_root(settings.data / "keys", lims.clock)] if own is None else own.anchors
        if laboratory is not None:  # its seal is known even when it is named otherwise by now
            trust.append(signing_identity(lims, laboratory).certificate)
    return trust
