"""The transparency log on its way up: the head that goes along with a return, and whether it goes on from the last one.

A laboratory that rewrote its log after a return cannot prove that the new log begins with the old one; its superior
then refuses the return and says so.
"""

import base64
from collections.abc import Sequence

from sqlmodel import Session, col, select

from lims.core.errors import RuleRefused
from lims.core.reasons import Where, reason
from lims.db.vault import Vault
from lims.db.work import LimsSession
from lims.documents.keys import SigningIdentity, verify_bytes
from lims.documents.log_forms import HeadBody
from lims.indicators.return_checks import CLOCK_TOLERANCE
from lims.indicators.return_file import MOST_STEPS, LogStep, OpenedReturn, ReturnLog, open_return
from lims.indicators.tables import ReturnReceived, ReturnSent
from lims.network.tables import Laboratory
from lims.reports import log
from lims.science import merkle

_AT = Where("payload.log")


def head_to_send(session: LimsSession, laboratory: Laboratory, signer: SigningIdentity) -> ReturnLog | None:
    """The signed head of the laboratory's log as it stands, with the proofs; None: an empty log."""
    head = log.sign(session, laboratory, signer)
    if head is None:
        return None
    earlier = [size for size in _sizes_sent(session, laboratory) if size < head.size]
    steps = [
        LogStep(size=size, path=tuple(log.consistency(session, laboratory.id, size, head.size))) for size in earlier
    ]
    return ReturnLog(size=head.size, root=head.root, at=head.at, signature=head.signature, continues=tuple(steps))


def _sizes_sent(session: Session, laboratory: Laboratory) -> Sequence[int]:
    """Of the heads that went along with the last returns, newest first."""
    query = select(ReturnSent.log_size).where(
        ReturnSent.laboratory_id == laboratory.id, col(ReturnSent.log_size).is_not(None)
    )
    sizes = session.exec(query.distinct().order_by(col(ReturnSent.log_size).desc()).limit(MOST_STEPS)).all()
    return [size for size in sizes if size is not None]


def refuse_rewritten(session: Session, vault: Vault, receiver: Laboratory, opened: OpenedReturn, pem: bytes) -> None:
    """Refuse a return whose log does not go on from the newest head that was taken in of its sender.

    Args:
        session: what the receiver keeps.
        vault: where the files are that were taken in.
        receiver: the laboratory above.
        opened: the return, rightly signed.
        pem: the certificate registered for the sender.
    """
    payload, known = opened.payload, _newest(session, receiver, opened.payload.sender.code)
    if payload.log is None:
        if known is not None:
            said = "Earlier returns of {sender} carried the head of its log, this one does not; ask for one that does."
            raise RuleRefused(reason("return.log_missing", said, sender=payload.sender.code, at=_AT))
        return
    _refuse_forged_head(opened, payload.log, pem)
    if known is None or known.log_size is None or known.log_root is None:
        return
    older, newer = (known.log_size, known.log_root), (payload.log.size, payload.log.root)
    path: Sequence[str] | None = ()
    if newer[0] > older[0]:
        path = payload.log.step_from(older[0])
    elif newer[0] < older[0]:  # an earlier return that comes late: the known one has the proof
        older, newer = newer, older
        kept = open_return(vault.get(known.sha256)).payload.log
        path = None if kept is None else kept.step_from(older[0])
    if path is None:
        raise RuleRefused(
            reason(
                "return.log_unproven",
                "The return does not show that the log of {sender} goes on from the {size} leaves of return {number}.",
                sender=payload.sender.code,
                size=known.log_size,
                number=known.number,
                at=_AT,
            )
        )
    steps = [bytes.fromhex(step) for step in path]
    if not merkle.is_consistent(older[0], newer[0], bytes.fromhex(older[1]), bytes.fromhex(newer[1]), steps):
        raise RuleRefused(
            reason(
                "return.log_rewritten",
                "The log of {sender} was rewritten: it no longer begins with the {size} leaves of return {number}."
                " Find out why before anything of it is believed.",
                sender=payload.sender.code,
                size=known.log_size,
                number=known.number,
                at=_AT,
            )
        )


def _newest(session: Session, receiver: Laboratory, sender: str) -> ReturnReceived | None:
    """The return of a sender that was taken in with the largest log."""
    query = select(ReturnReceived).where(
        ReturnReceived.laboratory_id == receiver.id,
        ReturnReceived.sender_code == sender,
        col(ReturnReceived.log_size).is_not(None),
    )
    newest = query.order_by(col(ReturnReceived.log_size).desc(), col(ReturnReceived.received_at).desc())
    return session.exec(newest.limit(1)).first()


def _refuse_forged_head(opened: OpenedReturn, head: ReturnLog, pem: bytes) -> None:
    body = HeadBody(laboratory=opened.payload.sender.code, size=head.size, root=head.root, at=head.at)
    try:
        signature = base64.b64decode(head.signature, validate=True)
    except ValueError:
        signature = b""
    if not verify_bytes(pem, body.canonical_bytes(), signature):
        raise RuleRefused(
            reason(
                "return.log_signature",
                "The head of the log in the return is not signed by {sender}.",
                sender=opened.payload.sender.code,
                at=_AT,
            )
        )
    if head.at > opened.payload.created_at + CLOCK_TOLERANCE:
        raise RuleRefused(
            reason(
                "return.log_time", "The head of the log in the return is dated later than the return itself.", at=_AT
            )
        )
