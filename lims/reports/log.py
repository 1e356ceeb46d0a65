"""The transparency log of a laboratory (透明日志): every report issued, replaced or withdrawn is a leaf, for ever.

A leaf is written in the transaction of its act, under the row lock of a number series: one at a time, without gaps, and
not at all when the act fails. Heads are signed afterwards from what is committed, by the key that signs the reports.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import defer
from sqlalchemy.sql.base import ExecutableOption
from sqlmodel import Session, col, func, select

from lims.core.errors import NotFound
from lims.core.reasons import reason
from lims.db.locks import hold
from lims.db.numbers import allocate
from lims.db.work import LimsSession, save
from lims.documents.keys import SigningIdentity
from lims.documents.log_forms import (
    HeadBody,
    LogAct,
    LogEntry,
    LogProof,
    SignedHead,
    head_body,
    sign_head,
    token_sha256,
)
from lims.network import queries as network
from lims.network.tables import Laboratory
from lims.reports.rules import NUMBERED, ReportStatus
from lims.reports.tables import LogHead, LogLeaf, Report
from lims.science import merkle

_SERIES = "report-log"


def enter(session: LimsSession, report: Report, act: LogAct, replaced_by: str | None = None) -> LogLeaf:
    """Append the leaf of an act on a report, in the transaction of the act."""
    return _append(session, report, act, session.instant, replaced_by)


def enter_earlier(session: LimsSession) -> int:
    """Give every act that is older than the log its leaf, in the order of the acts; how many there were.

    For the laboratories that have no leaf yet. Doing it again does nothing.
    """
    begun = select(LogLeaf.laboratory_id).distinct()
    reports = session.exec(
        select(Report)
        .where(
            col(Report.status).in_(NUMBERED),
            col(Report.snapshot_sha256).is_not(None),
            col(Report.verification_token).is_not(None),
            col(Report.laboratory_id).not_in(begun),
        )
        .options(without_snapshot())
    ).all()
    by_id = {report.id: report for report in reports}
    successors = {r.replaces_id: r for r in reports if r.replaces_id is not None}
    acts = [(report, act) for report in by_id.values() for act in acts_on(report, successors.get(report.id))]
    acts.sort(key=lambda found: (found[1].at, found[1].act is not LogAct.ISSUED, found[0].number or ""))
    for report, done in acts:
        _append(session, report, done.act, done.at, done.replaced_by)
    return len(acts)


def without_snapshot() -> ExecutableOption:
    """Leave the snapshots of reports where they are: they are by far the largest part."""
    return defer(Report.snapshot)  # type: ignore[arg-type]  # SQLModel declares the type of the value


class ActDone(NamedTuple):
    """What was done to a report, and when."""

    at: datetime
    act: LogAct
    replaced_by: str | None = None


def acts_on(report: Report, successor: Report | None) -> list[ActDone]:
    """What was done to a numbered report. `successor`: the report that replaces it."""
    if report.issued_at is None:
        return []
    acts = [ActDone(report.issued_at, LogAct.ISSUED)]
    if report.status is ReportStatus.REPLACED and successor is not None and successor.issued_at is not None:
        acts.append(ActDone(successor.issued_at, LogAct.REPLACED, successor.number))
    if report.status is ReportStatus.WITHDRAWN and report.withdrawn_at is not None:
        acts.append(ActDone(report.withdrawn_at, LogAct.WITHDRAWN))
    return acts


def _append(session: LimsSession, report: Report, act: LogAct, at: datetime, replaced_by: str | None) -> LogLeaf:
    laboratory = network.laboratory_by_id(session, report.laboratory_id)
    entry = entry_of(report, laboratory.code, act, at, replaced_by)
    place = allocate(session, laboratory.id, _SERIES)[0] - 1
    nodes = merkle.completed(_nodes(session, laboratory.id), place, entry.leaf)
    return save(
        session,
        LogLeaf(
            laboratory_id=laboratory.id,
            place=place,
            report_id=report.id,
            act=act,
            at=at,
            content=entry.canonical_bytes().decode(),
            hash=entry.leaf.hex(),
            nodes=" ".join(node.hex() for node in nodes),
        ),
    )


def entry_of(report: Report, laboratory: str, act: LogAct, at: datetime, replaced_by: str | None = None) -> LogEntry:
    """What the log says of an act on a numbered report."""
    return LogEntry(
        laboratory=laboratory,
        act=act,
        report_number=report.number or "",
        token_sha256=token_sha256(report.verification_token or ""),
        snapshot_sha256=report.snapshot_sha256 or "",
        at=at,
        replaced_by=replaced_by,
    )


# ── heads ────────────────────────────────────────────────────────────────────────────────────────────


def size_of(session: Session, laboratory_id: UUID) -> int:
    """How many leaves the log of a laboratory has."""
    query = select(func.coalesce(func.max(LogLeaf.place), -1)).where(LogLeaf.laboratory_id == laboratory_id)
    return int(session.exec(query).one()) + 1


def newest_head(session: Session, laboratory_id: UUID) -> LogHead | None:
    """The head that was signed last."""
    query = select(LogHead).where(LogHead.laboratory_id == laboratory_id)
    return session.exec(query.order_by(col(LogHead.serial).desc()).limit(1)).first()


def sign(session: LimsSession, laboratory: Laboratory, signer: SigningIdentity) -> LogHead | None:
    """The signed head of the log as it stands; a new one only when there is none by this key. None: an empty log."""
    hold(session, laboratory)  # one at a time, so that heads never become smaller
    size, last = size_of(session, laboratory.id), newest_head(session, laboratory.id)
    if size == 0:
        return None
    pem = signer.certificate_pem.decode()
    if last is not None and (last.size, last.certificate_pem) == (size, pem):
        return last
    root = merkle.head(_nodes(session, laboratory.id), size)
    signed = sign_head(head_body(laboratory.code, size, root, session.instant), signer)
    return save(
        session,
        LogHead(
            laboratory_id=laboratory.id,
            serial=1 if last is None else last.serial + 1,
            size=size,
            root=root.hex(),
            at=session.instant,
            signature=signed.signature,
            certificate_pem=pem,
        ),
    )


def head_form(head: LogHead, laboratory: str) -> SignedHead:
    """A stored head as it travels."""
    body = HeadBody(laboratory=laboratory, size=head.size, root=head.root, at=head.at)
    return SignedHead(body=body, signature=head.signature, certificate=head.certificate_pem)


def unsigned_logs(session: Session) -> Sequence[UUID]:
    """The laboratories whose newest leaf is under no signed head yet."""
    signed = (
        select(LogHead.laboratory_id, func.max(LogHead.size).label("size")).group_by(col(LogHead.laboratory_id))
    ).subquery()
    query = (
        select(LogLeaf.laboratory_id)
        .outerjoin(signed, signed.c.laboratory_id == LogLeaf.laboratory_id)
        .group_by(col(LogLeaf.laboratory_id), signed.c.size)
        .having(func.max(LogLeaf.place) + 1 > func.coalesce(signed.c.size, 0))
    )
    return sorted(session.exec(query).all())


# ── proofs ───────────────────────────────────────────────────────────────────────────────────────────


def leaves_of(session: Session, report_id: UUID) -> Sequence[LogLeaf]:
    """The leaves of a report, oldest first."""
    query = select(LogLeaf).where(LogLeaf.report_id == report_id)
    return session.exec(query.order_by(col(LogLeaf.place))).all()


def leaf_of_issue(session: Session, report_id: UUID) -> LogLeaf | None:
    """The leaf that says that the report was issued."""
    return next((leaf for leaf in leaves_of(session, report_id) if leaf.act is LogAct.ISSUED), None)


def head_over(session: Session, leaf: LogLeaf) -> LogHead | None:
    """The first signed head that covers a leaf: the same one for ever."""
    query = select(LogHead).where(LogHead.laboratory_id == leaf.laboratory_id, LogHead.size > leaf.place)
    return session.exec(query.order_by(col(LogHead.serial)).limit(1)).first()


def proof_of(session: Session, leaf: LogLeaf, head: LogHead, laboratory: str) -> LogProof:
    """That a leaf stands under a head."""
    path = merkle.inclusion_proof(_nodes(session, leaf.laboratory_id), leaf.place, head.size)
    return LogProof(
        entry=LogEntry.model_validate_json(leaf.content),
        index=leaf.place,
        path=tuple(step.hex() for step in path),
        head=head_form(head, laboratory),
    )


def inclusion(session: Session, laboratory: Laboratory, leaf: str, size: int) -> tuple[int, list[str]]:
    """Place and path of the leaf with a hash in the tree of `size` leaves. Raises `NotFound`."""
    query = select(LogLeaf).where(LogLeaf.laboratory_id == laboratory.id, LogLeaf.hash == leaf)
    found = session.exec(query).one_or_none()
    if found is None or not found.place < size <= size_of(session, laboratory.id):
        raise NotFound(reason("log.no_leaf", "A log of this size has no such leaf."))
    path = merkle.inclusion_proof(_nodes(session, laboratory.id), found.place, size)
    return found.place, [step.hex() for step in path]


def consistency(session: Session, laboratory_id: UUID, first: int, second: int) -> list[str]:
    """That the log of `second` leaves begins with that of `first` ones. Raises `NotFound` for sizes it never had."""
    if not 0 <= first <= second <= size_of(session, laboratory_id):
        raise NotFound(
            reason("log.no_size", "The log never went from {first} to {second}.", first=first, second=second)
        )
    return [step.hex() for step in merkle.consistency_proof(_nodes(session, laboratory_id), first, second)]


def leaf_hashes(session: Session, laboratory_id: UUID, start: int, limit: int) -> list[str]:
    """The hashes of so many leaves from a place on."""
    query = select(LogLeaf.hash).where(LogLeaf.laboratory_id == laboratory_id, LogLeaf.place >= start)
    return list(session.exec(query.order_by(col(LogLeaf.place)).limit(limit)).all())


def root_at(session: Session, laboratory_id: UUID, size: int) -> str | None:
    """The root over the first `size` leaves as they are now; None when there are not so many."""
    if not 0 <= size <= size_of(session, laboratory_id):
        return None
    return merkle.head(_nodes(session, laboratory_id), size).hex()


def _nodes(session: Session, laboratory_id: UUID) -> merkle.Nodes:
    def node(level: int, position: int) -> bytes:
        last = ((position + 1) << level) - 1
        query = select(LogLeaf.nodes).where(LogLeaf.laboratory_id == laboratory_id, LogLeaf.place == last)
        return bytes.fromhex(session.exec(query).one().split(" ")[level])

    return node
