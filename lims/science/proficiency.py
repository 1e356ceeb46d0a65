"""The evaluation of a proficiency round (能力验证结果评价): results of many participants in, scores with grounds out.

ISO 13528 (GB/T 28043). The same functions serve the command, which needs no database, and rounds that are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lims.core.reasons import Reason, reason
from lims.science.algorithm_a import OVERRUN, AlgorithmA, algorithm_a
from lims.science.kernel_density import BANDWIDTH, Density, density, silverman_bandwidth
from lims.science.method_comparison import MethodGroup, by_method, that_differ
from lims.science.outlier_tests import Mandel, Tested, cochran, grubbs, mandel
from lims.science.proficiency_hints import FEWEST_FIGURES, Blunder, SameDigits, blunders, same_digits
from lims.science.proficiency_scores import Reference, ScoreKind, graded, scores
from lims.science.proficiency_setting import (
    ENOUGH_FOR_CONSENSUS,
    Assigned,
    AssignedBy,
    Choice,
    Given,
    Sigma,
    SigmaBy,
    assigned_value,
    consensus,
    sigma_pt,
)
from lims.science.robust import Floats, Robust, algorithm_s
from lims.science.units import UnitCode
from lims.science.youden import YoudenPairs, youden_pairs

#: Standard deviations that the participants themselves make.
_OF_THE_ROUND: Final = frozenset({SigmaBy.ROBUST, SigmaBy.ALGORITHM_S})
#: The consensus and a value that was given differ for certain beyond this many standard uncertainties (7.8).
_DIFFERENT: Final = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The results of one analyte in one item, all in one unit; every array has one entry per result.

    `places` are the participants among those of the round. `values` are means where results were replicated and
    `replicates` has the shape (results, n), NaN where one is missing; `counts` says who takes part in the consensus;
    `expanded` are expanded uncertainties, NaN where none was given, and `figures` significant figures as written.
    `methods` has the method of each result, or is empty where nobody named one.
    """

    analyte: str
    item: str
    unit: UnitCode
    places: NDArray[np.intp]
    values: Floats
    expanded: Floats
    counts: NDArray[np.bool_]
    figures: NDArray[np.intp]
    replicates: Floats
    given: Given
    methods: tuple[str, ...] = ()

    @property
    def whole_replicates(self) -> Floats:
        """The rows of replicates without a gap, of those who take part in the consensus."""
        chosen: Floats = self.replicates[self.counts]
        return chosen


@dataclass(frozen=True, slots=True)
class Precision:
    """What replicates say: Cochran's test, Mandel's h and k, the robust repeatability standard deviation."""

    cochran: Tested | None
    mandel: Mandel | None
    repeatability: float


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """One analyte in one item. What is None or missing from `scores` has its reason in `missing`.

    `judged_by` is the score that counts: z, or z′ where the assigned value is too uncertain. `counted` is p, the number
    of results that the robust statistics rest on; `grades` are those of the score that counts, as `graded` gives them.
    """

    measured: Measured
    counted: int
    robust: AlgorithmA | None
    assigned: Assigned | None
    sigma: Sigma | None
    scores: dict[ScoreKind, Floats]
    judged_by: ScoreKind | None
    grades: Floats
    missing: dict[ScoreKind, Reason]
    density: Density | None
    grubbs: Tested | None
    precision: Precision | None
    methods: tuple[MethodGroup, ...]
    blunders: tuple[Blunder, ...]
    warnings: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Youden:
    """The two items of an analyte, by their places among the evaluations."""

    first: int
    second: int
    pairs: YoudenPairs


@dataclass(frozen=True, slots=True)
class Round:
    """A round: who took part, and what was measured."""

    participants: tuple[str, ...]
    measured: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class EvaluatedRound:
    """A round with all that was found. `has_own_choices`: analytes were evaluated otherwise than by `choice`."""

    participants: tuple[str, ...]
    choice: Choice
    evaluations: tuple[Evaluation, ...]
    same_digits: tuple[SameDigits, ...]
    youden: tuple[Youden, ...]
    has_own_choices: bool = False


def evaluate_round(
    handed_in: Round, choice: Choice, own_choices: Mapping[tuple[str, str], Choice] = MappingProxyType({})
) -> EvaluatedRound:
    """Every analyte by itself, then what only the whole round shows. Never raises for what was measured.

    `own_choices`, by analyte and item, go before the choice of the round.
    """
    found = tuple(
        evaluate(measured, own_choices.get((measured.analyte, measured.item), choice))
        for measured in handed_in.measured
    )
    table = np.full((len(handed_in.participants), len(found)), np.nan)
    for column, measured in enumerate(handed_in.measured):
        table[measured.places, column] = np.where(measured.figures >= FEWEST_FIGURES, measured.values, np.nan)
    return EvaluatedRound(
        handed_in.participants,
        choice,
        found,
        tuple(same_digits(table)),
        _youden(handed_in.participants, found),
        bool(own_choices),
    )


def evaluate(measured: Measured, choice: Choice) -> Evaluation:
    """The statistics and scores of one analyte in one item."""
    counted = measured.values if measured.counts.all() else measured.values[measured.counts]
    robust = algorithm_a(counted) if counted.size else None
    agreed = consensus(counted, choice.assigned, robust)
    assigned = assigned_value(measured.given, agreed, counted.size, choice)
    precision = _precision(measured)
    repeatability = None if precision is None else precision.repeatability
    sigma = sigma_pt(measured.given, agreed, assigned, measured.unit, choice, repeatability)
    reference = _reference(assigned, sigma, choice)
    found = {} if reference is None else scores(measured.values, measured.expanded, reference)
    shape = _density(counted, robust, sigma)
    methods = _methods(measured, counted)
    farthest = grubbs(counted)
    off = () if isinstance(sigma, Reason) or reference is None else tuple(
        blunders(measured.values, found[ScoreKind.Z], reference.assigned, sigma.value)
    )  # fmt: skip
    is_uncertain = reference is not None and reference.is_uncertain
    judged_by = ScoreKind.Z_PRIME if is_uncertain else ScoreKind.Z
    counting = found.get(judged_by)
    return Evaluation(
        measured=measured,
        counted=counted.size,
        robust=robust,
        assigned=None if isinstance(assigned, Reason) else assigned,
        sigma=None if isinstance(sigma, Reason) else sigma,
        scores=found,
        judged_by=None if counting is None else judged_by,
        grades=np.full(measured.values.size, np.nan) if counting is None else graded(judged_by, counting),
        missing=_missing(assigned, sigma),
        density=shape,
        grubbs=farthest,
        precision=precision,
        methods=methods,
        blunders=off,
        warnings=(
            *_of_consensus(assigned, sigma, agreed, counted.size),
            *_of_gross_errors(assigned, sigma, robust, choice),
            *_of_uncertainty(reference),
            *_of_shape(shape, measured.unit),
            *_of_methods(methods, measured.unit),
        ),
    )


def _reference(assigned: Assigned | Reason, sigma: Sigma | Reason, choice: Choice) -> Reference | None:
    if isinstance(assigned, Reason):
        return None
    return Reference(
        assigned.value, assigned.uncertainty, None if isinstance(sigma, Reason) else sigma.value, choice.coverage
    )


def _missing(assigned: Assigned | Reason, sigma: Sigma | Reason) -> dict[ScoreKind, Reason]:
    """Why there is no such score for anybody."""
    if isinstance(assigned, Reason):
        return dict.fromkeys(ScoreKind, assigned)
    missing: dict[ScoreKind, Reason] = {}
    if isinstance(sigma, Reason):
        missing |= dict.fromkeys((ScoreKind.Z, ScoreKind.Z_PRIME, ScoreKind.PA), sigma)
    if assigned.value == 0:
        missing[ScoreKind.D_PERCENT] = reason(
            "proficiency.assigned_zero", "The assigned value is 0; no difference can be given in percent of it."
        )
    if assigned.uncertainty is None:
        unknown = reason(
            "proficiency.assigned_uncertainty_unknown", "The uncertainty of the assigned value is not known."
        )
        for kind in (ScoreKind.Z_PRIME, ScoreKind.ZETA, ScoreKind.EN):
            missing.setdefault(kind, unknown)
    return missing


def _density(counted: Floats, robust: AlgorithmA | None, sigma: Sigma | Reason) -> Density | None:
    if robust is None or robust.fixed.deviation == 0:
        return None
    spread = robust.fixed.deviation
    # Two groups make a robust deviation as wide as their distance; 0.75 of that would hide them.
    if isinstance(sigma, Reason) or sigma.by in _OF_THE_ROUND:
        width = silverman_bandwidth(spread, counted.size)
    else:
        width = BANDWIDTH * sigma.value
    return density(counted, robust.fixed.mean, spread, width)


def _precision(measured: Measured) -> Precision | None:
    replicates = measured.whole_replicates
    if replicates.shape[1] < 2 or not replicates.size:
        return None
    pooled = algorithm_s(replicates.std(axis=1, ddof=1), replicates.shape[1] - 1)
    return Precision(cochran(replicates), mandel(replicates), pooled)


def _methods(measured: Measured, counted: Floats) -> tuple[MethodGroup, ...]:
    if not measured.methods:
        return ()
    return by_method(counted, [name for name, counts in zip(measured.methods, measured.counts, strict=True) if counts])


def _of_methods(groups: tuple[MethodGroup, ...], unit: UnitCode) -> list[Reason]:
    sentence = (
        "Results by {first} ({first_mean} {unit}) and by {second} ({second_mean} {unit}) differ by more than both are"
        " uncertain: the consensus may be the value of neither method."
    )
    return [
        reason(
            "proficiency.methods_differ",
            sentence,
            first=one.method,
            second=other.method,
            first_mean=f"{one.mean:.4g}",
            second_mean=f"{other.mean:.4g}",
            unit=unit.value,
        )
        for one, other in that_differ(groups)
    ]


def _of_consensus(
    assigned: Assigned | Reason, sigma: Sigma | Reason, agreed: Robust | Reason, count: int
) -> list[Reason]:
    warnings = []
    by_consensus = (not isinstance(assigned, Reason) and assigned.by is not AssignedBy.GIVEN) or (
        not isinstance(sigma, Reason) and sigma.by in _OF_THE_ROUND
    )
    if by_consensus and count < ENOUGH_FOR_CONSENSUS:
        sentence = "The consensus rests on {count} results; below {enough} it is not reliable."
        warnings.append(reason("proficiency.few_participants", sentence, count=count, enough=ENOUGH_FOR_CONSENSUS))
    if isinstance(assigned, Reason) or assigned.by is not AssignedBy.GIVEN or isinstance(agreed, Reason):
        return warnings
    squares = (assigned.uncertainty or 0.0) ** 2 + (1.25 * agreed.deviation) ** 2 / count
    if abs(assigned.value - agreed.mean) > _DIFFERENT * squares**0.5:
        warnings.append(
            reason(
                "proficiency.consensus_differs",
                "The participants agree on another value than the assigned one, by more than both are uncertain.",
            )
        )
    return warnings


def _of_gross_errors(
    assigned: Assigned | Reason, sigma: Sigma | Reason, robust: AlgorithmA | None, choice: Choice
) -> list[Reason]:
    """Where algorithm A has broken down, its s* is so large that nobody's score is bad: the worst of all silences."""
    is_used = choice.assigned is AssignedBy.ROBUST_MEAN and (
        (not isinstance(assigned, Reason) and assigned.by is AssignedBy.ROBUST_MEAN)
        or (not isinstance(sigma, Reason) and sigma.by is SigmaBy.ROBUST)
    )
    if not is_used or robust is None or not robust.is_overrun:
        return []
    return [
        reason(
            "proficiency.too_many_gross_errors",
            "The spread by algorithm A is more than {times} times that of the middle half of the results: there are too"
            " many gross errors for it, and scores look too good; say --assigned hampel or median.",
            times=OVERRUN,
        )
    ]


def _of_uncertainty(reference: Reference | None) -> list[Reason]:
    if reference is None or not reference.is_uncertain:
        return []
    return [
        reason(
            "proficiency.assigned_value_uncertain",
            "The uncertainty of the assigned value is above 0.3 of the standard deviation for proficiency assessment:"
            " results are judged by z′.",
        )
    ]


def _of_shape(shape: Density | None, unit: UnitCode) -> list[Reason]:
    if shape is None or len(modes := shape.considerable) < 2:
        return []
    return [
        reason(
            "proficiency.several_modes",
            "The results gather about {count} values ({places} {unit}): look for two methods or units; the consensus"
            " may be the value of no group.",
            count=len(modes),
            places=", ".join(f"{mode.place:.3g}" for mode in modes),
            unit=unit.value,
        )
    ]


def _youden(participants: tuple[str, ...], found: tuple[Evaluation, ...]) -> tuple[Youden, ...]:
    """Analytes that were measured in just two items, and scored in both."""
    by_analyte: dict[str, list[int]] = {}
    for number, evaluation in enumerate(found):
        by_analyte.setdefault(evaluation.measured.analyte, []).append(number)
    pairs = []
    for numbers in by_analyte.values():
        if len(numbers) != 2 or any(found[number].judged_by is None for number in numbers):
            continue
        one, other = (found[number] for number in numbers)
        names = tuple(tuple(participants[place] for place in each.measured.places) for each in (one, other))
        both = youden_pairs((names[0], names[1]), (one.scores[ScoreKind.Z], other.scores[ScoreKind.Z]))
        if both.participants:
            pairs.append(Youden(numbers[0], numbers[1], both))
    return tuple(pairs)
