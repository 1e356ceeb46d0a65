"""Acts on results: entered by hand, submitted, verified, returned, corrected. Runs are recorded in `recording`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from lims.accreditation import queries as accreditation
from lims.core.clock import local_day
from lims.core.errors import Conflict, LimsError, RuleRefused, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, acting_person, check_version, save
from lims.library.rules import Library
from lims.people.queries import is_authorised
from lims.people.tables import AuthorisationKind
from lims.results import queries
from lims.results.progress import analytes_needed, follow
from lims.results.rules import (
    Capability,
    Reading,
    ResultOrigin,
    ResultStatus,
    VerificationFacts,
    amount_of,
    reasons_not_authorised,
    reasons_not_to_accept_analyte,
    reasons_not_to_add,
    reasons_not_to_correct,
    reasons_not_to_read,
    reasons_not_to_record,
    reasons_not_to_return,
    reasons_not_to_submit,
    reasons_not_to_use_limits,
    reasons_not_to_verify,
    reasons_of_quality,
    reasons_to_explain,
)
from lims.results.schemas import AmountIn, Chosen, Correction, ResultEntry
from lims.results.tables import Result
from lims.results.trace import failed_checks
from lims.runs.plans import reporting_of
from lims.samples import queries as samples
from lims.samples.tables import AssignedTest, Sample
from lims.science.amounts import Quantified, amount_to_dict
from lims.science.rounding import plain
from lims.science.units import parse_unit
from lims.web.rows import Numbered


@dataclass(frozen=True, slots=True)
class Bench:
    """What a result is recorded for: the sample, its test, the analyte and the day."""

    sample: Sample
    test: AssignedTest
    analyte: str
    analysed_on: date


def enter_result(session: LimsSession, library: Library, entry: ResultEntry) -> Result:
    """A result by hand for one analyte of one assigned test; its number is kept in mg/kg.

    Raises `NotFound` for the sample or test, `Conflict` when the analyte has a result already, and `RuleRefused` with
    every reason: not received, not authorised, foreign analyte, no limit of quantification, number below it.
    """
    result = _entered(session, library, entry)
    follow(session, library, [result.sample_id])
    return result


def enter_results(session: LimsSession, library: Library, entries: Sequence[Numbered[ResultEntry]]) -> list[Result]:
    """Results by hand, as `enter_result`: all of them or none. Raises `RuleRefused` with the reasons of every row."""
    results: list[Result] = []
    reasons: list[Reason] = []
    for entry in entries:
        try:
            results.append(_entered(session, library, entry.order))
        except LimsError as refusal:
            reasons += [replace(why, where=replace(why.where, row=entry.row)) for why in refusal.reasons]
    refuse_if(reasons)
    follow(session, library, [r.sample_id for r in results])
    return results


def _entered(session: LimsSession, library: Library, entry: ResultEntry) -> Result:
    sample = samples.sample_by_code(session, entry.sample)
    test = queries.test_of(session, sample, entry.parameter)
    bench = Bench(sample, test, entry.analyte or test.parameter, entry.analysed_on or local_day(session.instant))
    person = acting_person(session)
    needed = analytes_needed(library, sample, test.parameter)
    reasons = reasons_not_to_accept_analyte(bench.analyte, needed, test.parameter)
    refuse_if(reasons + reasons_not_to_add(test.status) + _reasons_of_bench(session, bench, person))
    _refuse_taken(session, bench)
    return save(session, _result_by_hand(session, library, bench, entry, person))


def submit_results(
    session: LimsSession, library: Library, chosen: Sequence[Chosen], remark: str | None = None
) -> list[Result]:
    """Hand results over for verification: all of them or none.

    Raises `NotFound`, `Conflict` for one that changed meanwhile, `RuleRefused`: only its technician may submit it.
    """
    person = acting_person(session)
    results = _take(session, chosen)
    failed = failed_checks(session, results)
    reasons = []
    for result in results:
        reasons += reasons_not_to_submit(result.status, remark)
        reasons += reasons_of_quality(failed.get(result.measurement_id, ()) if result.measurement_id else ())
        if result.entered_by != person:
            reasons.append(
                reason("result.not_own_work", "Another person entered this result; they must submit it themselves.")
            )
    refuse_if(_once_each(reasons))
    for result in results:
        if result.status is ResultStatus.RETURNED:
            result.remark = remark
        result.status = ResultStatus.SUBMITTED
        result.submitted_at = session.instant
    follow(session, library, [r.sample_id for r in results])
    return results


def verify_results(session: LimsSession, library: Library, chosen: Sequence[Chosen]) -> list[Result]:
    """校核: a second person's yes to results; all of them or none.

    Raises `NotFound`, `Conflict`, and `RuleRefused` with the reasons of every refused result.
    """
    person = acting_person(session)
    results = _take(session, chosen)
    failed = failed_checks(session, results)
    reasons = []
    for result in results:
        checks = failed.get(result.measurement_id, ()) if result.measurement_id else ()
        facts = VerificationFacts(result.status, result.entered_by, checks)
        reasons += [
            reason(
                why.code,
                why.sentence,
                **why.values,
                at=Where(field=f"{result.test_id}/{result.analyte}"),
            )
            for why in reasons_not_to_verify(facts, person)
        ]
    refuse_if(reasons)
    for result in results:
        result.status = ResultStatus.VERIFIED
        result.verified_by = person
        result.verified_at = session.instant
    follow(session, library, [r.sample_id for r in results])
    return results


def return_result(session: LimsSession, library: Library, result_id: UUID, why: str, version: int | None) -> Result:
    """退回: a submitted result back to its technician, who corrects or upholds it.

    Raises `NotFound`, `Conflict`, `RuleRefused`.
    """
    person = acting_person(session)
    result = queries.result_by_id(session, result_id)
    check_version(result, version)
    refuse_if(reasons_not_to_return(result.status, result.entered_by, person, why))
    result.status = ResultStatus.RETURNED
    result.returned_by = person
    result.returned_at = session.instant
    result.return_reason = why.strip()
    follow(session, library, [result.sample_id])
    return result


def correct_result(session: LimsSession, library: Library, result_id: UUID, correction: Correction) -> Result:
    """更正: a new version that supersedes the old one, which stays as it was; its test is open again.

    Raises `NotFound`, `Conflict`, and `RuleRefused` with every reason, as `enter_result`.
    """
    old = queries.result_by_id(session, result_id)
    check_version(old, correction.version)
    person = acting_person(session)
    row = queries.row_of(session, old)
    bench = Bench(row.sample, row.test, old.analyte, correction.analysed_on or old.analysed_on)
    reasons = reasons_not_to_correct(old.status, correction.reason)
    refuse_if(
        reasons + [why for why in _reasons_of_bench(session, bench, person) if why.code != "result.test_verified"]
    )
    new = _result_by_hand(session, library, bench, correction, person)
    old.status = ResultStatus.SUPERSEDED
    session.flush()  # the key of the current result must be free first
    new.supersedes_id = old.id
    new.correction_reason = correction.reason.strip()
    save(session, new)
    follow(session, library, [old.sample_id])
    return new


def capability_of(session: LimsSession, library: Library, bench: Bench, given: AmountIn | None = None) -> Capability:
    """The limits of the method for the analyte, in mg/kg: given with a remark, or verified by the laboratory.

    Raises `RuleRefused` `result.no_loq`: a result without a limit of quantification says nothing.
    """
    if given is not None and given.limit_of_quantification is not None:
        refuse_if(reasons_to_explain(given.remark, "remark"))
        stated = Capability(
            given.limit_of_quantification,
            given.limit_of_detection,
            parse_unit(given.unit, at=Where(field="unit")),
            "given by hand",
        )
        refuse_if(reasons_not_to_use_limits(stated))
        return stated.in_result_unit()
    path = library.foods.keys_around(bench.sample.food)
    method = accreditation.verified_limits(
        session,
        bench.test.method_code,
        bench.analyte,
        path,
        bench.analysed_on,
        laboratory_id=bench.sample.laboratory_id,
    )
    if method is None:
        raise RuleRefused(
            reason(
                "result.no_loq",
                "There is no limit of quantification of {analyte} by {method} for {food}; record the verified method "
                "first, or give the limits with a remark.",
                analyte=bench.analyte,
                method=bench.test.method_code,
                food=bench.sample.food,
                at=Where(field="limit_of_quantification"),
            )
        )
    return Capability(
        method.limit_of_quantification,
        method.limit_of_detection,
        parse_unit(method.unit),
        f"verified {method.verified_on.isoformat()} for {method.product}",
    ).in_result_unit()


def _result_by_hand(session: LimsSession, library: Library, bench: Bench, given: AmountIn, person: UUID) -> Result:
    shown = reporting_of(session, bench.test.method_code, bench.analysed_on)
    capability = replace(capability_of(session, library, bench, given), reporting=shown)
    reading = Reading(
        given.finding,
        parse_unit(given.unit, at=Where(field="unit")),
        given.value,
        given.detected,
        given.expanded_uncertainty,
    )
    refuse_if(reasons_not_to_read(reading, capability))
    amount = amount_of(reading, capability)
    return Result(
        laboratory_id=bench.sample.laboratory_id,
        sample_id=bench.sample.id,
        test_id=bench.test.id,
        analyte=bench.analyte,
        origin=ResultOrigin.HAND,
        amount=amount_to_dict(amount),
        value=amount.value if isinstance(amount, Quantified) else None,
        unit=capability.unit.value,
        limit_of_quantification=capability.limit_of_quantification,
        limit_of_detection=capability.limit_of_detection,
        calculation={
            "entered": {
                "finding": reading.finding.value,
                "value": None if reading.value is None else plain(reading.value),
                "unit": reading.unit.value,
            },
            "limits": capability.source,
        },
        analysed_on=bench.analysed_on,
        entered_by=person,
        entered_at=session.instant,
        remark=given.remark,
    )


def _reasons_of_bench(session: LimsSession, bench: Bench, person: UUID) -> list[Reason]:
    received = bench.sample.received_at
    reasons = reasons_not_to_record(
        bench.sample.status,
        None if received is None else local_day(received),
        bench.analysed_on,
        local_day(session.instant),
    )
    method = bench.test.method_code
    authorised = is_authorised(session, person, AuthorisationKind.METHOD, method, bench.analysed_on)
    return reasons + reasons_not_authorised(authorised, method, bench.analysed_on)


def _refuse_taken(session: LimsSession, bench: Bench) -> None:
    current = queries.current_results(session, [bench.sample.id])
    if any(r.test_id == bench.test.id and r.analyte == bench.analyte for r in current):
        raise Conflict(
            reason(
                "result.exists",
                "{analyte} of this test has a result already; correct that one with a reason.",
                analyte=bench.analyte,
            )
        )


def _take(session: LimsSession, chosen: Sequence[Chosen]) -> list[Result]:
    """The chosen results, each in the version that was looked at."""
    found = queries.results_by_id(session, [c.id for c in chosen])
    for one in chosen:
        check_version(found[one.id], one.version)
    return list(found.values())


def _once_each(reasons: Sequence[Reason]) -> list[Reason]:
    """The same sentence about many results is said once."""
    return list({why.text: why for why in reasons}.values())
