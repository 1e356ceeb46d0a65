"""A round for programs (JSON): numbers as texts with all their digits, reasons with their code in both languages."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from lims.core.language import Language, translator
from lims.core.reasons import Reason, Where, reason
from lims.proficiency.items import ItemCheck
from lims.proficiency.submissions import LeftOut, Result, Submissions
from lims.science.outlier_tests import Tested
from lims.science.proficiency import EvaluatedRound, Evaluation
from lims.science.proficiency_hints import Blunder
from lims.science.proficiency_scores import Grade, ScoreKind, grade_named, graded
from lims.science.robust import Floats, median, niqr
from lims.science.rounding import decimal_from_float, plain
from lims.science.youden import YoudenPairs

_CHINESE = translator(Language.CHINESE)


def as_json(handed_in: Submissions, found: EvaluatedRound) -> dict[str, Any]:
    """The whole round as plain objects."""
    names = found.participants
    return {
        "choice": {
            "assigned": found.choice.assigned.value,
            "sigma": found.choice.sigma.value,
            "sigma_number": digits(found.choice.number),
            "coverage": digits(found.choice.coverage),
        },
        "participants": len(names),
        "analytes": [
            _analyte(evaluation, results, left_out_of(handed_in, evaluation))
            for evaluation, results in zip(found.evaluations, handed_in.results, strict=True)
        ],
        "not_evaluated": [_left_out(one) for one in without_results(handed_in)],
        "same_digits": [
            {
                "participants": [names[pair.first], names[pair.second]],
                "shared": pair.shared,
                "compared": pair.compared,
            }
            for pair in found.same_digits
        ],
        "youden": [
            {
                "analyte": found.evaluations[one.first].measured.analyte,
                "items": [found.evaluations[place].measured.item for place in (one.first, one.second)],
                "rank_correlation": digits(one.pairs.rank_correlation),
                "pairs": [_pair(one.pairs, place) for place in range(len(one.pairs.participants))],
            }
            for one in found.youden
        ],
    }


def left_out_of(handed_in: Submissions, evaluation: Evaluation) -> list[LeftOut]:
    """The rows of an analyte and item that do not count."""
    key = evaluation.measured.analyte, evaluation.measured.item
    return [one for one in handed_in.left_out if (one.analyte, one.item) == key]


def without_results(handed_in: Submissions) -> list[LeftOut]:
    """Rows of analytes of which no result at all could be used."""
    used = {(one.analyte, one.item) for one in handed_in.round.measured}
    return [one for one in handed_in.left_out if (one.analyte, one.item) not in used]


def is_complete(handed_in: Submissions, found: EvaluatedRound) -> bool:
    """Does every row count, and has every result the score that it is judged by?"""
    return not handed_in.left_out and all(one.judged_by is not None for one in found.evaluations)


def digits(value: float | None) -> str | None:
    """A number of statistics with its 15 digits."""
    return None if value is None or np.isnan(value) else plain(decimal_from_float(value))


def grade_counts(evaluation: Evaluation) -> dict[Grade, int]:
    """How many results have each grade, by the score that counts."""
    counted = Counter(evaluation.grades[~np.isnan(evaluation.grades)].tolist())
    return {each: counted[float(place)] for place, each in enumerate(Grade)}


def counted_names(evaluation: Evaluation, results: Sequence[Result]) -> list[str]:
    """Who takes part in the consensus, in the order that tests count them in."""
    counts = evaluation.measured.counts
    return [result.participant for result, counted in zip(results, counts, strict=True) if counted]


def blunder_hint(blunder: Blunder) -> Reason:
    """What a result off by a power of ten looks like."""
    factor = plain(decimal_from_float(10.0**blunder.power))
    if blunder.is_unit:
        sentence = "Divided by {factor_number} it would be satisfactory: was a unit mistaken?"
        return reason("proficiency.unit_mistaken", sentence, factor_number=factor)
    sentence = "Divided by {factor_number} it would be satisfactory: does the decimal point stand in the right place?"
    return reason("proficiency.point_misplaced", sentence, factor_number=factor)


def no_uncertainty() -> Reason:
    """Why a participant has no ζ and no En."""
    return reason("proficiency.no_uncertainty", "No uncertainty was given with the result.")


def _analyte(evaluation: Evaluation, results: Sequence[Result], left_out: Sequence[LeftOut]) -> dict[str, Any]:
    measured, robust = evaluation.measured, evaluation.robust
    counted = measured.values[measured.counts]
    assigned, sigma = evaluation.assigned, evaluation.sigma
    return {
        "analyte": measured.analyte,
        "item": measured.item,
        "unit": measured.unit.value,
        "participants": len(results),
        "counted": evaluation.counted,
        "assigned_value": digits(assigned.value if assigned else None),
        "assigned_standard_uncertainty": digits(assigned.uncertainty if assigned else None),
        "assigned_by": assigned.by.value if assigned else None,
        "sigma_pt": digits(sigma.value if sigma else None),
        "sigma_by": sigma.by.value if sigma else None,
        "judged_by": evaluation.judged_by.value if evaluation.judged_by else None,
        "robust": {
            "mean": digits(robust.fixed.mean),
            "deviation": digits(robust.fixed.deviation),
            "mean_by_stop_rule": digits(robust.stopped.mean),
            "deviation_by_stop_rule": digits(robust.stopped.deviation),
            "median": digits(median(counted)),
            "niqr": digits(niqr(counted)),
        }
        if robust
        else None,
        "grades": {each.value: count for each, count in grade_counts(evaluation).items()},
        "modes": [{"place": digits(mode.place), "share": digits(mode.share)} for mode in evaluation.density.modes]
        if evaluation.density
        else [],
        "grubbs": _tested(evaluation.grubbs, counted_names(evaluation, results)),
        "precision": _precision(evaluation, results),
        "methods": [
            {
                "method": one.method,
                "results": one.count,
                "robust_mean": digits(one.mean),
                "robust_deviation": digits(one.deviation),
                "standard_uncertainty": digits(one.uncertainty),
            }
            for one in evaluation.methods
        ],
        "no_score": {kind.value: told(why) for kind, why in evaluation.missing.items()},
        "warnings": [told(warning) for warning in evaluation.warnings],
        "results": _results(evaluation, results),
        "left_out": [_left_out(one) for one in left_out],
    }


def _results(evaluation: Evaluation, results: Sequence[Result]) -> list[dict[str, Any]]:
    grades: dict[ScoreKind, Floats] = {
        kind: graded(kind, score) for kind, score in evaluation.scores.items() if kind is not ScoreKind.D_PERCENT
    }
    if ScoreKind.PA in grades:
        grades[ScoreKind.D_PERCENT] = grades[ScoreKind.PA]
    hints = {blunder.place: blunder_hint(blunder) for blunder in evaluation.blunders}
    return [
        {
            "participant": result.participant,
            "value": plain(result.value),
            "replicates": [plain(value) for value in result.replicates],
            "expanded_uncertainty": None if result.uncertainty is None else plain(result.uncertainty),
            "method": result.method,
            "in_consensus": bool(evaluation.measured.counts[place]),
            "grade": _grade(grade_named(float(evaluation.grades[place]))),
            "scores": {
                kind.value: {
                    "value": digits(float(score[place])),
                    "grade": _grade(grade_named(float(grades[kind][place]))) if kind in grades else None,
                }
                for kind, score in evaluation.scores.items()
                if not np.isnan(score[place])
            },
            "no_score": _no_score(evaluation, place),
            "remarks": [told(one) for one in (*result.remarks, *([hints[place]] if place in hints else []))],
        }
        for place, result in enumerate(results)
    ]


def _no_score(evaluation: Evaluation, place: int) -> dict[str, Any]:
    """The scores that this participant alone has not; those that nobody has stand with the analyte."""
    return {
        kind.value: told(no_uncertainty())
        for kind in (ScoreKind.ZETA, ScoreKind.EN)
        if kind in evaluation.scores and np.isnan(evaluation.scores[kind][place])
    }


def _precision(evaluation: Evaluation, results: Sequence[Result]) -> dict[str, Any] | None:
    precision = evaluation.precision
    if precision is None:
        return None
    names = counted_names(evaluation, results)
    found = precision.mandel
    return {
        "repeatability": digits(precision.repeatability),
        "cochran": _tested(precision.cochran, names),
        "mandel": found
        and {
            "h_critical": {"5": digits(found.h_5), "1": digits(found.h_1)},
            "k_critical": {"5": digits(found.k_5), "1": digits(found.k_1)},
            "laboratories": [
                {"participant": name, "h": digits(float(h)), "k": digits(float(k))}
                for name, h, k in zip(names, found.h, found.k, strict=True)
            ],
        },
    }


def _tested(tested: Tested | None, names: Sequence[str]) -> dict[str, Any] | None:
    if tested is None:
        return None
    return {
        "of": names[tested.place],
        "statistic": digits(tested.statistic),
        "critical_5": digits(tested.critical_5),
        "critical_1": digits(tested.critical_1),
        "standing": tested.standing.value,
    }


def _pair(pairs: YoudenPairs, place: int) -> dict[str, Any]:
    return {
        "participant": pairs.participants[place],
        "z": [digits(float(pairs.first[place])), digits(float(pairs.second[place]))],
        "lean": pairs.lean(place).value,
    }


def _left_out(one: LeftOut) -> dict[str, Any]:
    return {
        "row": one.row,
        "participant": one.participant,
        "analyte": one.analyte,
        "item": one.item,
        "text": one.text,
        **told(one.reason),
    }


def told(why: Reason) -> dict[str, Any]:
    """A reason with its code, in both languages, and the place of it where there is one."""
    at = {} if why.where == Where() else {"at": why.where.as_dict()}
    return {"code": why.code, "reason": why.text, "reason_zh": why.translated(_CHINESE), **at}


def _grade(grade: Grade | None) -> str | None:
    return grade.value if grade else None


def items_as_json(checks: Sequence[ItemCheck]) -> dict[str, Any]:
    """Homogeneity and stability of the items as plain objects."""
    return {
        "analytes": [
            {
                "analyte": one.analyte,
                "unit": one.unit.value,
                "sigma_pt": digits(one.sigma),
                "is_fit": one.is_fit,
                "homogeneity": {
                    "bottles": one.homogeneity.units,
                    "portions": one.homogeneity.portions,
                    "mean": digits(one.homogeneity.mean),
                    "s_of_means": digits(one.homogeneity.of_means),
                    "s_within": digits(one.homogeneity.within),
                    "s_between": digits(one.homogeneity.between),
                    "allowed": digits(one.homogeneity.allowed),
                    "allowed_by_expanded": digits(one.homogeneity.expanded),
                    "is_homogeneous": one.homogeneity.is_homogeneous,
                    "is_homogeneous_by_expanded": one.homogeneity.is_homogeneous_by_expanded,
                    "is_measured_precisely": one.homogeneity.is_precise,
                    "cochran": _tested(one.homogeneity.largest_difference, one.bottles),
                },
                "stability": one.stability
                and {
                    "moved": digits(one.stability.moved),
                    "allowed": digits(one.stability.allowed),
                    "allowed_by_expanded": digits(one.stability.expanded),
                    "is_stable": one.stability.is_stable,
                    "is_stable_by_expanded": one.stability.is_stable_by_expanded,
                },
            }
            for one in checks
        ]
    }
