"""Acts of judging: a sample's verified results against the law of its day, kept with every explanation."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from lims.core.errors import NotFound, RuleRefused, refuse_bad
from lims.core.language import Language
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, insert_many, save
from lims.library.declared import declared_faults
from lims.library.rules import Library
from lims.limits import queries
from lims.limits.asked import refuse_more_than_all
from lims.limits.explanation import explain
from lims.limits.markets import MarketAnswer, everywhere
from lims.limits.questions import unknown_analyte
from lims.limits.rules import NOT_VERIFIED, judge_lines, judge_parameter, left_open, parameters_of
from lims.limits.tables import Judgement, JudgementLine
from lims.limits.verdicts import Flag, Line, Occasion, Overall, SampleJudgement, Verdict
from lims.limits.wording import sentence, without_zeros
from lims.results.queries import verified_results
from lims.results.tables import Result
from lims.samples import queries as samples
from lims.samples.rules import TestStatus, sees_whole
from lims.samples.tables import AssignedTest, Sample
from lims.science.amounts import (
    Amount,
    BelowLoq,
    NotDetected,
    Quantified,
    amount_from_dict,
    amount_to_dict,
    shared_reporting,
)
from lims.science.residues import ResidueSum
from lims.science.rounding import plain
from lims.science.units import UnitCode


def sample_to_judge(session: LimsSession, code: str) -> Sample:
    """A sample by its blind code for everybody, by its number for those who may know whose it is. Raises `NotFound`."""
    found = samples.sample_by_code(session, code)
    if code == found.number and not sees_whole(session.actor, found.registered_by):
        raise NotFound.of("sample", code)
    return found


def judge_sample(session: LimsSession, library: Library, sample_id: UUID) -> Judgement:
    """Judge every assigned test of a sample by its verified results; the judgements before it stay.

    A test without verified results is an open line, and the sample is then pending. Raises `NotFound` for a sample
    that cannot be seen, `RuleRefused` `judgement.nothing_to_judge` for one without tests.
    """
    sample = samples.sample_by_id(session, sample_id)
    tests = samples.tests_of(session, sample_id)
    if not tests:
        said = "No test is assigned to sample {sample}; there is nothing to judge."
        raise RuleRefused(reason("judgement.nothing_to_judge", said, sample=sample.number))
    results = verified_results(session, sample_id)
    occasion = occasion_of(library, sample)
    judged = [(test, _line(library, occasion, test, results)) for test in tests]
    decided = judge_lines([line for _, line in judged])
    before = queries.latest_judgement(session, sample_id)
    judgement = save(
        session,
        Judgement(
            laboratory_id=sample.laboratory_id,
            sample_id=sample_id,
            serial=1 if before is None else before.serial + 1,
            judged_at=session.instant,
            judged_by=session.actor.user_id,
            library_sha256=library.facts.sha256,
            basis_on=sample.basis_on,
            overall=decided.overall,
            flags=_flags(decided.lines),
        ),
    )
    insert_many(session, JudgementLine, [_row(library, judgement, test, line) for test, line in judged])
    return judgement


def occasion_of(library: Library, sample: Sample) -> Occasion:
    """By what a sample is judged.

    Its food is named as other standards may know it: by what is written on the sheet or by the food's own name, where
    that stands for this very food (GB 31650 knows 鸡蛋, and not 动物源食品/蛋类/鸡蛋).
    """
    return Occasion(
        food=_name_of(library, sample),
        basis_on=sample.basis_on,
        basis_kind=sample.basis_kind,
        region=sample.region_code,
        declared=tuple(sample.declared or ()),
    )


def _name_of(library: Library, sample: Sample) -> str:
    own = library.food_name(sample.food)
    for name in (sample.product_name, own):
        meant = library.foods.candidates(name)
        if len(meant) == 1 and meant[0].food.food == sample.food:
            return name
    return sample.food


def sample_everywhere(session: LimsSession, library: Library, sample: Sample) -> tuple[MarketAnswer, ...]:
    """What each market, and each standard it is declared to, would say of a sample by its verified results; nothing
    is stored."""
    tests, results = samples.tests_of(session, sample.id), verified_results(session, sample.id)

    def judge(occasion: Occasion) -> SampleJudgement:
        return judge_lines([_line(library, occasion, test, results) for test in tests])

    return everywhere(library, occasion_of(library, sample), judge)


def amounts_everywhere(
    library: Library,
    occasion: Occasion,
    measured: Mapping[str, Amount],
    parameters: Sequence[str] | None = None,
    unconfirmed: Iterable[str] = (),
) -> tuple[MarketAnswer, ...]:
    """What each market and declared standard would say of amounts without a sample. Raises what `judge_amounts`
    raises."""
    refuse_bad(declared_faults(library, occasion.declared, Where("declared")))
    doubtful = tuple(unconfirmed)
    return everywhere(library, occasion, lambda one: judge_amounts(library, one, measured, parameters, doubtful))


def current_judgement(session: LimsSession, library: Library, sample_id: UUID) -> Judgement:
    """The latest judgement while it is still in step with the library and the verified results; else a new one.

    Raises what `judge_sample` raises.
    """
    latest = queries.latest_judgement(session, sample_id)
    if latest is not None and latest.overall is not Overall.PENDING and latest.library_sha256 == library.facts.sha256:
        verified = (r.verified_at for r in verified_results(session, sample_id))
        if all(at is not None and at <= latest.judged_at for at in verified):
            return latest
    return judge_sample(session, library, sample_id)


def judge_amounts(
    library: Library,
    occasion: Occasion,
    measured: Mapping[str, Amount],
    parameters: Sequence[str] | None = None,
    unconfirmed: Iterable[str] = (),
) -> SampleJudgement:
    """Judge amounts without a sample; nothing is stored. Analytes by code, name or CAS number.

    Without `parameters`, everything that was measured is judged. Raises `NotFound` for an unknown substance, `BadInput`
    for a standard that nobody can declare and for more than the whole food.
    """
    refuse_bad(declared_faults(library, occasion.declared, Where("declared")))
    for name, amount in measured.items():
        if isinstance(amount, Quantified):
            refuse_more_than_all(amount.value, amount.unit, plain(amount.value), Where(field=f"measured.{name}"))
    by_code = {_code(library, name): amount for name, amount in measured.items()}
    doubtful = frozenset(_code(library, name) for name in unconfirmed)
    asked = parameters_of(library, by_code) if parameters is None else [_code(library, name) for name in parameters]
    return judge_lines([judge_parameter(library, occasion, name, by_code, doubtful) for name in asked])


def _code(library: Library, name: str) -> str:
    """The code of a substance by any of its names. Raises `NotFound` with the names that look alike."""
    found = library.find_substance(name)
    if found is None:
        raise NotFound(unknown_analyte(library, name))
    return found.code


def reasons_not_to_report(judgement: Judgement) -> list[Reason]:
    """Why a report may not be made from this judgement: it is still open. Empty when it may."""
    if judgement.overall is not Overall.PENDING:
        return []
    said = "The sample cannot be reported yet: {open} of its parameters are still to be settled."
    return [reason("judgement.pending", said, open=len(judgement.flags["not_judged"]))]


def _line(library: Library, occasion: Occasion, test: AssignedTest, results: Sequence[Result]) -> Line:
    measured = _measured(test, results)
    line = judge_parameter(library, occasion, test.parameter, measured)
    if test.status is TestStatus.VERIFIED:
        return line
    said = "The results of {parameter} are not all verified yet."
    return left_open(line, reason(NOT_VERIFIED, said, parameter=line.parameter.name_zh))


def _measured(test: AssignedTest, results: Sequence[Result]) -> Mapping[str, Amount]:
    """What was found of each analyte: by this test, else by another test of the sample."""
    others = {r.analyte: amount_from_dict(r.amount) for r in results if r.test_id != test.id}
    return others | {r.analyte: amount_from_dict(r.amount) for r in results if r.test_id == test.id}


def _flags(lines: Iterable[Line]) -> dict[str, list[str]]:
    lines = list(lines)

    def codes(chosen: Iterable[Line]) -> list[str]:
        return sorted(line.parameter.code for line in chosen)

    raised = {flag.value: codes(line for line in lines if flag in line.flags) for flag in Flag}
    return raised | {
        "without_limit": codes(line for line in lines if line.verdict is Verdict.NO_LIMIT),
        "not_judged": codes(line for line in lines if line.verdict is Verdict.NOT_JUDGED),
    }


def _row(library: Library, judgement: Judgement, test: AssignedTest, line: Line) -> dict[str, Any]:
    owner = {"laboratory_id": judgement.laboratory_id, "judgement_id": judgement.id, "test_id": test.id}
    return owner | line_values(library, line)


def line_values(library: Library, line: Line) -> dict[str, Any]:
    """What is kept of a line, by the names of the columns of `judgement_line`."""
    limit = None if line.found is None or line.found.row is None else line.found.row
    return {
        "parameter": line.parameter.code,
        "verdict": line.verdict,
        "limit_verdict": line.limit_verdict,
        "banned_detected": line.banned_detected,
        "local_use_violation": line.local_use_violation,
        "amount": None if line.total is None else amount_to_dict(judged_amount(line.total)),
        "limit_value": None if limit is None else limit.value,
        "unit": (UnitCode.MG_PER_KG if limit is None else limit.unit).value,
        "explanation": explain(line),
        "sentence_zh": sentence(line, library, Language.CHINESE),
        "sentence_en": sentence(line, library, Language.ENGLISH),
    }


def judged_amount(total: ResidueSum) -> Amount:
    """The residue as one amount, in the unit of the sum.

    One component with the factor 1 is its own amount. A sum of which nothing was quantified is below, or not detected
    up to, the most that the methods could have missed.
    """
    if len(total.terms) == 1 and total.terms[0].factor == 1:
        return total.terms[0].found
    if total.is_quantified:
        shown = shared_reporting(term.found for term in total.terms)
        return Quantified(without_zeros(total.lower), total.unit, total.expanded_uncertainty, shown)
    if total.is_detected:
        return BelowLoq(total.upper, total.unit, detected=True)
    return NotDetected(total.upper, total.unit)
