"""Pure checks of a rightly signed return: what in it contradicts itself or the network."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lims.core.clock import local_day
from lims.core.reasons import Reason, Where, reason
from lims.indicators.return_file import Counts, Payload, ReturnRecord
from lims.indicators.rules import BatchVerdict
from lims.network.rules import is_within

#: Clocks of two installations may differ by this.
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the receiver knows: the region of the sender, which regions of the records exist, who stands at or below
    the sender (by code), and the time."""

    sender_region: str
    regions: Collection[str]
    origins: Collection[str]
    now: datetime


def reasons_not_to_believe(payload: Payload, expected: Expected) -> list[Reason]:
    """Every contradiction, those of single records with their number in the file."""
    reasons = list(_against_the_whole(payload, expected.now))
    seen: set[tuple[str, str]] = set()
    for number, record in enumerate(payload.records, start=1):
        reasons += _against_the_network(record, number, expected)
        reasons += _against_the_dates(payload, record, number)
        reasons += _against_itself(record, number)
        if record.key in seen:
            reasons.append(
                reason(
                    "return.twice",
                    "{record} is in the return twice; a sample stands in it once, in its present revision.",
                    record=named(record),
                    at=place(number, "sample_number"),
                )
            )
        seen.add(record.key)
    return reasons


def named(record: ReturnRecord) -> str:
    """How a person finds the record."""
    return f"{record.report_number} ({record.origin} {record.sample_number})"


def place(number: int, field: str) -> Where:
    """The place of a record's field, counted from 1."""
    return Where(field=f"payload.records.{number - 1}.{field}", row=number, column=field)


def _against_the_whole(payload: Payload, now: datetime) -> Iterator[Reason]:
    if not payload.number.startswith(f"{payload.sender.code}-R"):
        yield reason(
            "return.number",
            "The number {number} is not one of {sender}: it must begin with {sender}-R.",
            number=payload.number,
            sender=payload.sender.code,
            at=Where("payload.number"),
        )
    if payload.period.starts_on > payload.period.ends_on:
        yield reason(
            "return.period",
            "The period ends before it begins: {first} to {last}.",
            first=payload.period.starts_on.isoformat(),
            last=payload.period.ends_on.isoformat(),
            at=Where("payload.period"),
        )
    if payload.created_at > now + CLOCK_TOLERANCE:
        yield reason(
            "return.future",
            "The return says it was made at {made}, later than now; check the clocks of both laboratories.",
            made=payload.created_at.isoformat(),
            at=Where("payload.created_at"),
        )
    if (payload.schema_version == 2) != (payload.log is not None):
        yield reason(
            "return.log_version",
            "A return of version 2 carries the head of the sender's log, one of version 1 carries none.",
            at=Where("payload.schema_version"),
        )
    counted = Counts.of(payload.records)
    if counted != payload.counts:
        yield reason(
            "return.counts",
            "The counts of the return are {stated}, but its records add up to {counted}.",
            stated=_in_words(payload.counts),
            counted=_in_words(counted),
            at=Where("payload.counts"),
        )


def _in_words(counts: Counts) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.model_dump().items())


def _against_the_network(record: ReturnRecord, number: int, expected: Expected) -> Iterator[Reason]:
    if record.origin not in expected.origins:
        yield reason(
            "return.origin",
            "{record} was tested by {origin}, which is neither the sender nor below it.",
            record=named(record),
            origin=record.origin,
            at=place(number, "origin"),
        )
    if record.region not in expected.regions:
        yield reason(
            "return.region_unknown",
            "{record} was drawn in {region}, which is no region of this network.",
            record=named(record),
            region=record.region,
            at=place(number, "region"),
        )
    elif not is_within(record.region, expected.sender_region):
        yield reason(
            "return.region_foreign",
            "{record} was drawn in {region}, outside the sender's region {own}.",
            record=named(record),
            region=record.region,
            own=expected.sender_region,
            at=place(number, "region"),
        )


def _against_the_dates(payload: Payload, record: ReturnRecord, number: int) -> Iterator[Reason]:
    if not payload.period.starts_on <= record.sampled_on <= payload.period.ends_on:
        yield reason(
            "return.sampled_on",
            "{record} was drawn on {day}, outside the period of the return ({first} to {last}).",
            record=named(record),
            day=record.sampled_on.isoformat(),
            first=payload.period.starts_on.isoformat(),
            last=payload.period.ends_on.isoformat(),
            at=place(number, "sampled_on"),
        )
    if record.issued_at > payload.created_at or local_day(record.issued_at) < record.sampled_on:
        yield reason(
            "return.issued_at",
            "{record} was issued at {issued}; that must be after sampling and before the return was made.",
            record=named(record),
            issued=record.issued_at.isoformat(),
            at=place(number, "issued_at"),
        )


def _against_itself(record: ReturnRecord, number: int) -> Iterator[Reason]:
    if (record.verdict is BatchVerdict.FAILS) != (record.failing is not None):
        yield reason(
            "return.failing",
            "{record}: a sample that fails names its failing parameters, any other sample names none.",
            record=named(record),
            at=place(number, "failing"),
        )
    if record.pdf_sha256 is None and not record.withdrawn:
        yield reason(
            "return.pdf",
            "{record} lacks the hash of its signed report; only a withdrawn one may lack it.",
            record=named(record),
            at=place(number, "pdf_sha256"),
        )
