"""Returns from below: verified against what is registered of their sender, then taken in; all of it or nothing.

A batch is named by the laboratory that tested and its sample number. A higher revision replaces what is kept, the same
revision must say the same, a lower one is old news and changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.errors import RuleRefused, refuse_if
from lims.core.reasons import Where, reason
from lims.db.parts import parts
from lims.db.vault import Vault
from lims.db.work import LimsSession, insert_many, save
from lims.documents.certificates import as_pem, read_certificates
from lims.documents.keys import verify_bytes
from lims.indicators.log_continuity import refuse_rewritten
from lims.indicators.return_checks import Expected, named, place, reasons_not_to_believe
from lims.indicators.return_file import MOST_REASONS, OpenedReturn, Payload, ReturnRecord, open_return
from lims.indicators.sending import record_of
from lims.indicators.tables import ReportedBatch, ReturnReceived
from lims.network import queries as network
from lims.network.tables import Laboratory


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of a return. `unchanged` counts what was kept already, in the same or a higher revision."""

    number: str
    sender_code: str
    sender_name: str
    records: int
    added: int
    changed: int
    unchanged: int
    already_imported: bool


def receive_return(session: LimsSession, vault: Vault, receiver: Laboratory, data: bytes) -> Intake:
    """Take in a return file for the laboratory above its sender; the same file a second time changes nothing.

    Raises `BadInput` for a file that cannot be read and `RuleRefused` for one that is not to be believed: an unknown or
    foreign sender, another certificate, a wrong signature, records that contradict themselves, the network, or what is
    kept, or a transparency log that does not go on from the one taken in before.
    """
    opened = open_return(data)
    sender = _sender(session, opened.payload, receiver)
    _refuse_forged(opened, sender)
    if _is_known(session, vault, receiver, opened):
        return _intake(opened, sender, 0, 0, already_imported=True)
    _refuse_contradictions(session, opened.payload, sender)
    refuse_rewritten(session, vault, receiver, opened, (sender.certificate_pem or "").encode())
    kept = _kept(session, receiver, opened.payload.records)
    added, changed = _news(opened.payload.records, kept)
    received = save(
        session,
        ReturnReceived(
            laboratory_id=receiver.id,
            sender_code=sender.code,
            number=opened.payload.number,
            starts_on=opened.payload.period.starts_on,
            ends_on=opened.payload.period.ends_on,
            records=len(opened.payload.records),
            added=len(added),
            changed=len(changed),
            sha256=vault.put(opened.content),
            created_at=opened.payload.created_at,
            received_at=session.instant,
            received_by=session.actor.name,
            log_size=None if opened.payload.log is None else opened.payload.log.size,
            log_root=None if opened.payload.log is None else opened.payload.log.root,
        ),
    )
    for row, record in changed:
        for name, value in _columns(record, receiver.id, received.id).items():
            setattr(row, name, value)
    session.flush()
    insert_many(session, ReportedBatch, [_columns(record, receiver.id, received.id) for record in added])
    return _intake(opened, sender, len(added), len(changed), already_imported=False)


def _intake(opened: OpenedReturn, sender: Laboratory, added: int, changed: int, *, already_imported: bool) -> Intake:
    records = len(opened.payload.records)
    return Intake(
        number=opened.payload.number,
        sender_code=sender.code,
        sender_name=sender.name,
        records=records,
        added=added,
        changed=changed,
        unchanged=records - added - changed,
        already_imported=already_imported,
    )


def _sender(session: Session, payload: Payload, receiver: Laboratory) -> Laboratory:
    code = payload.sender.code
    sender = session.exec(select(Laboratory).where(Laboratory.code == code)).one_or_none()
    if sender is None:
        raise RuleRefused(
            reason(
                "return.unknown_sender",
                "The sender {code} is not registered here. Register the laboratory with its certificate first.",
                code=code,
                at=Where("payload.sender.code"),
            )
        )
    if not network.is_subordinate(session, sender, receiver.id):
        raise RuleRefused(
            reason(
                "return.not_subordinate",
                "{sender} does not stand below {receiver}; a laboratory takes returns from below only.",
                sender=sender.code,
                receiver=receiver.code,
                at=Where("payload.sender.code"),
            )
        )
    return sender


def _refuse_forged(opened: OpenedReturn, sender: Laboratory) -> None:
    """The signer is who is registered, and has signed exactly this."""
    if sender.certificate_pem is None:
        raise RuleRefused(
            reason(
                "return.no_certificate",
                "No certificate is registered for {sender}. Register the one it signs its returns with.",
                sender=sender.code,
            )
        )
    registered = sender.certificate_pem.encode()
    if opened.file.certificate.encode() != as_pem(read_certificates(registered)[:1]):
        raise RuleRefused(
            reason(
                "return.foreign_certificate",
                "The return is signed with another certificate than the one registered for {sender}."
                " If it has a new one, register that first.",
                sender=sender.code,
                at=Where("certificate"),
            )
        )
    if not verify_bytes(registered, opened.signed_bytes, opened.signature):
        raise RuleRefused(
            reason(
                "return.signature",
                "The signature does not fit what the return says: it was changed after {sender} signed it."
                " Ask for the file again.",
                sender=sender.code,
                at=Where("signature"),
            )
        )


def _is_known(session: Session, vault: Vault, receiver: Laboratory, opened: OpenedReturn) -> bool:
    """Whether this very return was imported. Raises `RuleRefused` when its number was used for another one."""
    payload = opened.payload
    address = session.exec(
        select(ReturnReceived.sha256).where(
            ReturnReceived.laboratory_id == receiver.id,
            ReturnReceived.sender_code == payload.sender.code,
            ReturnReceived.number == payload.number,
        )
    ).one_or_none()
    if address is None or address == opened.sha256:
        return address is not None
    # What is signed decides: an ECDSA signature has more than one spelling.
    if open_return(vault.get(address)).signed_bytes == opened.signed_bytes:
        return True
    raise RuleRefused(
        reason(
            "return.number_used",
            "Another return {number} of {sender} was imported before; a changed return needs a new number.",
            number=payload.number,
            sender=payload.sender.code,
            at=Where("payload.number"),
        )
    )


def _refuse_contradictions(session: LimsSession, payload: Payload, sender: Laboratory) -> None:
    known = set(network.region_names(session, (record.region for record in payload.records)))
    laboratories = network.laboratories(session)
    may_come = {
        lab.code for lab in laboratories if lab.id == sender.id or network.is_subordinate(session, lab, sender.id)
    }
    expected = Expected(sender.region_code, known, may_come, session.instant)
    refuse_if(reasons_not_to_believe(payload, expected)[:MOST_REASONS])


def _kept(
    session: Session, receiver: Laboratory, records: Sequence[ReturnRecord]
) -> Mapping[tuple[str, str], ReportedBatch]:
    """What the receiver keeps already of these batches."""
    origins = sorted({record.origin for record in records})
    kept: dict[tuple[str, str], ReportedBatch] = {}
    for part in parts([record.sample_number for record in records]):
        rows = session.exec(
            select(ReportedBatch).where(
                ReportedBatch.laboratory_id == receiver.id,
                col(ReportedBatch.origin_code).in_(origins),
                col(ReportedBatch.sample_number).in_(part),
            )
        ).all()
        kept |= {(row.origin_code, row.sample_number): row for row in rows}
    return kept


def _news(
    records: Sequence[ReturnRecord], kept: Mapping[tuple[str, str], ReportedBatch]
) -> tuple[list[ReturnRecord], list[tuple[ReportedBatch, ReturnRecord]]]:
    """Records that are new, and rows with the records that replace them. Raises `RuleRefused` for contradictions."""
    added, changed, reasons = [], [], []
    for number, record in enumerate(records, start=1):
        row = kept.get(record.key)
        if row is None:
            added.append(record)
        elif record.revision > row.revision:
            changed.append((row, record))
        elif record.revision == row.revision and record != record_of(row):
            reasons.append(
                reason(
                    "return.contradicts",
                    "{record} in revision {revision} says something else than what was imported before ({fields});"
                    " a correction needs a higher revision.",
                    record=named(record),
                    revision=record.revision,
                    fields=", ".join(_differing(record, record_of(row))),
                    at=place(number, "revision"),
                )
            )
    refuse_if(reasons[:MOST_REASONS])
    return added, changed


def _differing(one: ReturnRecord, other: ReturnRecord) -> list[str]:
    return [name for name in ReturnRecord.model_fields if getattr(one, name) != getattr(other, name)]


def _columns(record: ReturnRecord, receiver_id: UUID, return_id: UUID) -> dict[str, Any]:
    """A record as the receiver keeps it."""
    return {
        "laboratory_id": receiver_id,
        "origin_code": record.origin,
        "sample_number": record.sample_number,
        "report_number": record.report_number,
        "revision": record.revision,
        "region_code": record.region,
        "product_name": record.product_name,
        "food": record.food,
        "food_group": record.food_group,
        "programme": record.programme,
        "stage": record.stage,
        "sampled_on": record.sampled_on,
        "issued_at": record.issued_at,
        "verdict": record.verdict,
        "withdrawn": record.withdrawn,
        "failing": record.failing,
        "pdf_sha256": record.pdf_sha256,
        "report_id": None,
        "return_id": return_id,
    }
