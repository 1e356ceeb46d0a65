"""Returns on their way up: what a laboratory keeps of a period, numbered and signed."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from lims.core.clock import local_day
from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.db.numbers import allocate
from lims.db.vault import Vault
from lims.db.work import LimsSession, save
from lims.documents.keys import SigningIdentity
from lims.indicators import queries, return_file
from lims.indicators.booking import bring_up_to_date
from lims.indicators.log_continuity import head_to_send
from lims.indicators.return_file import Counts, Payload, ReturnPeriod, ReturnRecord, Sender
from lims.indicators.rules import Period
from lims.indicators.tables import ReportedBatch, ReturnSent
from lims.network.tables import Laboratory

_MOST_NAMED = 5


def send_return(
    session: LimsSession, vault: Vault, laboratory: Laboratory, period: Period, signer: SigningIdentity
) -> bytes:
    """The signed return of a period: every batch drawn in it that the laboratory keeps, in its present revision.

    When nothing has changed since the last return of the same period, that file is given back, byte for byte, and
    nothing is written; otherwise a new return is numbered, and what it says replaces what the earlier one said.

    Raises `RuleRefused` naming reports whose PDF is still to be drawn and signed: a return vouches for the files.
    """
    bring_up_to_date(session)
    records = _records(session, laboratory, period)
    content = return_file.content_sha256(records)
    last = queries.last_return(session, laboratory.id, period.starts_on, period.ends_on)
    if last is not None and last.content_sha256 == content:
        return vault.get(last.sha256)
    log = head_to_send(session, laboratory, signer)
    year = local_day(session.instant).year
    (serial,) = allocate(session, laboratory.id, f"return:{year}")
    payload = Payload(
        kind="qianjian.return",
        schema_version=1 if log is None else 2,
        sender=Sender(code=laboratory.code, name=laboratory.name),
        number=f"{laboratory.code}-R{year}{serial:04}",
        period=ReturnPeriod(starts_on=period.starts_on, ends_on=period.ends_on),
        created_at=session.instant,
        records=tuple(records),
        counts=Counts.of(records),
        log=log,
    )
    file = return_file.seal(payload, signer)
    # The file is on the disk before the record that refers to it is committed.
    sent = ReturnSent(
        laboratory_id=laboratory.id,
        number=payload.number,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        records=len(records),
        sha256=vault.put(file),
        content_sha256=content,
        created_at=session.instant,
        created_by=session.actor.name,
        log_size=None if log is None else log.size,
    )
    save(session, sent)
    return file


def record_of(row: ReportedBatch) -> ReturnRecord:
    """A reported batch as a return says it."""
    return ReturnRecord(
        origin=row.origin_code,
        sample_number=row.sample_number,
        report_number=row.report_number,
        revision=row.revision,
        region=row.region_code,
        product_name=row.product_name,
        food=row.food,
        food_group=row.food_group,
        programme=row.programme,
        stage=row.stage,
        sampled_on=row.sampled_on,
        issued_at=row.issued_at,
        verdict=row.verdict,
        withdrawn=row.withdrawn,
        failing=row.failing,
        pdf_sha256=row.pdf_sha256,
    )


def _records(session: Session, laboratory: Laboratory, period: Period) -> list[ReturnRecord]:
    rows = session.exec(
        select(ReportedBatch)
        .where(
            ReportedBatch.laboratory_id == laboratory.id,
            col(ReportedBatch.sampled_on).between(period.starts_on, period.ends_on),
        )
        .order_by(col(ReportedBatch.origin_code), col(ReportedBatch.sample_number))
    ).all()
    _refuse_undrawn([row.report_number for row in rows if row.pdf_sha256 is None and not row.withdrawn])
    return [record_of(row) for row in rows]


def _refuse_undrawn(numbers: Sequence[str]) -> None:
    if numbers:
        raise RuleRefused(
            reason(
                "return.undrawn",
                "{count} reports of this period have no signed PDF yet, among them {numbers};"
                " send the return when they have been drawn.",
                count=len(numbers),
                numbers=", ".join(numbers[:_MOST_NAMED]),
            )
        )
