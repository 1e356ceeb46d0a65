"""Pure decisions about results: what may be entered, submitted, verified, returned and corrected."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from lims.core.reasons import Reason, Where, reason
from lims.samples.rules import SampleStatus, TestStatus
from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified
from lims.science.rounding import ReportingRule, plain
from lims.science.units import UnitCode, convert

#: Every result is kept in the unit of the limits (GB 2763: mg/kg).
RESULT_UNIT = UnitCode.MG_PER_KG
#: The pure substance: no content can be larger.
_PURE = Decimal(1_000_000)
#: A reason shorter than this explains nothing.
SHORTEST_REASON = 10


class ResultOrigin(StrEnum):
    """Where a number came from."""

    RUN = "run"
    HAND = "hand"


class ResultStatus(StrEnum):
    """Where a result is on its way. A corrected one is SUPERSEDED by a new version, never changed."""

    ENTERED = "entered"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    VERIFIED = "verified"
    SUPERSEDED = "superseded"


class Finding(StrEnum):
    """What a technician says of an analyte (检出情况)."""

    QUANTIFIED = "quantified"  # 定量检出
    BELOW_LOQ = "below_loq"  # 低于定量限
    NOT_DETECTED = "not_detected"  # 未检出


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found of one analyte, as it was read: every number in `unit`."""

    finding: Finding
    unit: UnitCode
    value: Decimal | None = None
    detected: bool = False
    expanded_uncertainty: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Capability:
    """The limits of a method for an analyte (定量限, 检出限), in one unit, and where they come from.

    `reporting` is how the method has its results shown.
    """

    limit_of_quantification: Decimal
    limit_of_detection: Decimal | None
    unit: UnitCode
    source: str
    reporting: ReportingRule | None = None

    def in_result_unit(self) -> "Capability":
        """The same limits in the unit of results. Raises `RuleRefused` `unit.kind_differs`."""
        detection = self.limit_of_detection
        return Capability(
            convert(self.limit_of_quantification, self.unit, RESULT_UNIT),
            None if detection is None else convert(detection, self.unit, RESULT_UNIT),
            RESULT_UNIT,
            self.source,
        )


@dataclass(frozen=True, slots=True)
class VerificationFacts:
    """What verifying looks at."""

    status: ResultStatus
    entered_by: UUID
    failed_checks: tuple[str, ...] = ()


def reasons_not_to_use_limits(capability: Capability) -> list[Reason]:
    """A limit of quantification is above zero and not below the limit of detection."""
    loq, lod = capability.limit_of_quantification, capability.limit_of_detection
    reasons = [
        reason(
            "result.limit_not_positive",
            "The limit of {kind} is {value}; it must be above 0.",
            kind=kind,
            value=str(value),
            at=Where(field=field),
        )
        for kind, field, value in (
            ("quantification", "limit_of_quantification", loq),
            ("detection", "limit_of_detection", lod),
        )
        if value is not None and not (value.is_finite() and value > 0)
    ]
    if not reasons and lod is not None and lod > loq:
        reasons.append(
            reason(
                "result.limits_crossed",
                "The limit of detection {lod} is above the limit of quantification {loq}; it must not be.",
                lod=str(lod),
                loq=str(loq),
                at=Where(field="limit_of_detection"),
            )
        )
    return reasons


def reasons_not_to_read(reading: Reading, capability: Capability) -> list[Reason]:
    """Does the number agree with what is said of it? The capability is in the unit of results."""
    if reading.finding is not Finding.QUANTIFIED:
        reasons = []
        if reading.value is not None:
            reasons.append(
                reason(
                    "result.value_not_wanted",
                    "A result that is not quantified has no value; leave it empty.",
                    at=Where(field="value"),
                )
            )
        if reading.finding is Finding.NOT_DETECTED and capability.limit_of_detection is None:
            reasons.append(
                reason(
                    "result.no_limit_of_detection",
                    "“Not detected” needs the limit of detection of the method; give it, or report below the LOQ.",
                    at=Where(field="limit_of_detection"),
                )
            )
        return reasons
    if reading.value is None or not (reading.value.is_finite() and reading.value >= 0):
        return [
            reason(
                "result.value_needed",
                "A quantified result needs its value, a number of 0 or more.",
                at=Where(field="value"),
            )
        ]
    if convert(reading.value, reading.unit, RESULT_UNIT) > _PURE:
        return [
            reason(
                "result.impossible",
                "{value} {unit} is more than the sample weighs; check the number and its unit.",
                at=Where(field="value"),
                value=plain(reading.value),
                unit=reading.unit.value,
            )
        ]
    if convert(reading.value, reading.unit, RESULT_UNIT) < capability.limit_of_quantification:
        return [
            reason(
                "result.value_below_loq",
                "{value} {unit} is below the limit of quantification {loq} mg/kg; enter it as below the LOQ.",
                value=str(reading.value),
                unit=reading.unit.value,
                loq=format(capability.limit_of_quantification, "f"),
                at=Where(field="value"),
            )
        ]
    return []


def amount_of(reading: Reading, capability: Capability) -> Amount:
    """The amount in the unit of results; what `reasons_not_to_read` refuses must be refused before."""
    match reading.finding:
        case Finding.QUANTIFIED if reading.value is not None:
            u = reading.expanded_uncertainty
            return Quantified(
                convert(reading.value, reading.unit, RESULT_UNIT),
                RESULT_UNIT,
                None if u is None else convert(u, reading.unit, RESULT_UNIT),
                capability.reporting,
            )
        case Finding.NOT_DETECTED if capability.limit_of_detection is not None:
            return NotDetected(capability.limit_of_detection, RESULT_UNIT, capability.limit_of_quantification)
        case Finding.BELOW_LOQ:
            return BelowLoq(capability.limit_of_quantification, RESULT_UNIT, reading.detected)
        case _:
            raise ValueError(f"no amount can be made of {reading}")


def reasons_not_to_record(
    sample_status: SampleStatus, received_on: date | None, analysed_on: date, today: date
) -> list[Reason]:
    """May a result be recorded for this test on this day?"""
    reasons = []
    if sample_status is SampleStatus.REGISTERED or received_on is None:
        reasons.append(
            reason(
                "result.sample_not_received",
                "The sample has not been received; receive it before testing.",
                at=Where(field="sample"),
            )
        )
    elif analysed_on < received_on:
        reasons.append(
            reason(
                "result.analysed_before_received",
                "The analysis on {day} is before the sample was received on {received}.",
                day=analysed_on.isoformat(),
                received=received_on.isoformat(),
                at=Where(field="analysed_on"),
            )
        )
    if analysed_on > today:
        reasons.append(
            reason(
                "result.analysed_in_future",
                "The analysis on {day} has not happened yet; today is {today}.",
                day=analysed_on.isoformat(),
                today=today.isoformat(),
                at=Where(field="analysed_on"),
            )
        )
    return reasons


def reasons_not_to_add(test_status: TestStatus) -> list[Reason]:
    """A verified test takes no further results."""
    if test_status is not TestStatus.VERIFIED:
        return []
    return [
        reason(
            "result.test_verified",
            "The test has been verified; correct its result with a reason instead of entering another.",
        )
    ]


def reasons_not_to_accept_analyte(analyte: str, needed: Collection[str], parameter: str) -> list[Reason]:
    """An analyte is entered only where the parameter needs it."""
    if analyte in needed:
        return []
    return [
        reason(
            "result.foreign_analyte",
            "{analyte} is no part of {parameter}; that needs {needed}.",
            analyte=analyte,
            parameter=parameter,
            needed=", ".join(sorted(needed)),
            at=Where(field="analyte"),
        )
    ]


def reasons_not_authorised(authorised: bool, method_code: str, day: date) -> list[Reason]:
    """授权: who tests must be authorised for the method on the day (ISO/IEC 17025:2017, 6.2.6)."""
    if authorised:
        return []
    return [
        reason(
            "result.not_authorised",
            "You are not authorised for {method} on {day}; somebody with the authorisation must enter this.",
            method=method_code,
            day=day.isoformat(),
        )
    ]


def reasons_not_to_submit(status: ResultStatus, remark: str | None) -> list[Reason]:
    """ENTERED goes on as it is; a RETURNED one may be upheld, with an answer to the one who returned it."""
    if status is ResultStatus.ENTERED:
        return []
    if status is ResultStatus.RETURNED:
        return reasons_to_explain(remark, "remark")
    return [
        reason(
            "result.not_to_submit",
            "A result that is {status} cannot be submitted; only an entered or returned one can.",
            status=status.value,
        )
    ]


def reasons_not_to_verify(facts: VerificationFacts, verifier: UUID) -> list[Reason]:
    """校核: by a second person, after submission, with passed quality control (ISO/IEC 17025:2017, 7.7.1)."""
    reasons = []
    if facts.status is not ResultStatus.SUBMITTED:
        reasons.append(
            reason(
                "result.not_submitted",
                "A result that is {status} cannot be verified; only a submitted one can.",
                status=facts.status.value,
            )
        )
    if facts.entered_by == verifier:
        reasons.append(reason("result.own_work", "You entered this result yourself; another person must verify it."))
    return reasons + reasons_of_quality(facts.failed_checks)


def reasons_of_quality(failed: Collection[str]) -> list[Reason]:
    """Failed quality control locks a result until somebody entitled has accepted it."""
    if not failed:
        return []
    return [
        reason(
            "result.qc_failed",
            "The quality control of this result failed ({checks}); repeat the measurement.",
            checks=", ".join(failed),
        )
    ]


def reasons_not_to_return(status: ResultStatus, entered_by: UUID, verifier: UUID, why: str | None) -> list[Reason]:
    """退回: a submitted result, by somebody else, with a reason."""
    reasons = reasons_to_explain(why, "reason")
    if status is not ResultStatus.SUBMITTED:
        reasons.append(
            reason(
                "result.not_to_return",
                "A result that is {status} cannot be returned; only a submitted one can.",
                status=status.value,
            )
        )
    if entered_by == verifier:
        reasons.append(reason("result.own_work", "You entered this result yourself; another person must verify it."))
    return reasons


def reasons_not_to_correct(status: ResultStatus, why: str | None) -> list[Reason]:
    """更正: a new version with a reason; the old one stays (ISO/IEC 17025:2017, 7.5.2)."""
    reasons = reasons_to_explain(why, "reason")
    if status is ResultStatus.SUPERSEDED:
        reasons.append(
            reason("result.superseded", "This result has been corrected already; correct its newest version.")
        )
    return reasons


def reasons_to_explain(why: str | None, field: str) -> list[Reason]:
    """A reason of at least ten characters."""
    if why is not None and len(why.strip()) >= SHORTEST_REASON:
        return []
    return [
        reason(
            "reason.too_short",
            "Say why, in at least {count} characters.",
            count=SHORTEST_REASON,
            at=Where(field=field),
        )
    ]


def status_of_test(needed: Iterable[str], current: Mapping[str, ResultStatus]) -> TestStatus:
    """What the current results of a test make of it: every needed analyte recorded, or verified."""
    statuses = [current.get(analyte) for analyte in needed]
    if not statuses or None in statuses:
        return TestStatus.ASSIGNED
    if all(status is ResultStatus.VERIFIED for status in statuses):
        return TestStatus.VERIFIED
    return TestStatus.RECORDED


def status_of_sample(present: SampleStatus, tests: Collection[TestStatus]) -> SampleStatus:
    """What its tests make of a sample. A reported sample whose tests are all verified stays reported."""
    if present is SampleStatus.REGISTERED:
        return present
    if tests and all(test is TestStatus.VERIFIED for test in tests):
        return SampleStatus.REPORTED if present is SampleStatus.REPORTED else SampleStatus.TESTED
    return SampleStatus.RECEIVED
