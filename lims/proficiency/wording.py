"""A round in words (评价用语): how numbers are shown, and what is said of a result, in the reader's language."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from lims.core.reasons import Translate
from lims.core.words import word
from lims.proficiency.answer import blunder_hint, counted_names, no_uncertainty
from lims.proficiency.items import ItemCheck
from lims.proficiency.submissions import Result
from lims.science.outlier_tests import Standing, Tested
from lims.science.proficiency import EvaluatedRound, Evaluation
from lims.science.proficiency_scores import SIGNS, Grade, ScoreKind, grade, grade_named
from lims.science.robust import Robust
from lims.science.rounding import decimal_from_float, plain, round_significant, round_to_places

#: Scores are read with two decimals, percents with one, statistics with four figures; `--json` gives every digit.
DECIMALS: Final = 2
FIGURES: Final = 4
_MOST_DECIMALS: Final = 12
_PERCENTS: Final = frozenset({ScoreKind.D_PERCENT, ScoreKind.PA})
NOTHING: Final = "—"


def shown_score(evaluation: Evaluation, kind: ScoreKind, place: int) -> str:
    """A score as it is read; a dash where there is none.

    With more decimals where it would otherwise stand on the wrong side of a bound: 2.004 is questionable, 2.00 is not.
    """
    found = evaluation.scores.get(kind)
    if found is None or np.isnan(found[place]):
        return NOTHING
    score, fewest = float(found[place]), 1 if kind in _PERCENTS else DECIMALS
    exact = decimal_from_float(score)
    if kind is ScoreKind.D_PERCENT:
        return plain(round_to_places(exact, fewest))
    meant = grade(kind, score)
    written = (round_to_places(exact, places) for places in range(fewest, _MOST_DECIMALS))
    return plain(next((one for one in written if grade(kind, float(one)) is meant), exact))


def shown_rate(count: int, of: int) -> str:
    """A part in percent with one decimal; never 100.0 for less than all."""
    if not of:
        return NOTHING
    exact = decimal_from_float(100 * count / of)
    written = (round_to_places(exact, places) for places in range(1, _MOST_DECIMALS))
    return plain(next((one for one in written if (one == 100) == (count == of)), exact))


def shown(value: float | None) -> str:
    """A statistic with four figures; a dash for none."""
    return NOTHING if value is None else plain(round_significant(decimal_from_float(value), FIGURES))


def grade_of(evaluation: Evaluation, place: int) -> Grade | None:
    """The grade of a result by the score that counts."""
    return grade_named(float(evaluation.grades[place]))


def grade_word(given: Grade | None, say: Translate) -> str:
    """满意, 有问题, 不满意; a dash where there is no score."""
    return NOTHING if given is None else say(word(given))


def name_of(evaluation: Evaluation, say: Translate) -> str:
    """The analyte, with its item where the round has several."""
    measured = evaluation.measured
    if not measured.item:
        return measured.analyte
    return say("{analyte}, item {item}").format(analyte=measured.analyte, item=measured.item)


def assigned_words(evaluation: Evaluation, say: Translate) -> str:
    """The assigned value with its uncertainty, and where it comes from."""
    assigned = evaluation.assigned
    if assigned is None:
        return NOTHING
    uncertainty = "" if assigned.uncertainty is None else f", u = {shown(assigned.uncertainty)}"
    return f"{shown(assigned.value)} {evaluation.measured.unit.value}{uncertainty} ({say(word(assigned.by))})"


def sigma_words(evaluation: Evaluation, say: Translate) -> str:
    """σ_pt, and where it comes from."""
    sigma = evaluation.sigma
    if sigma is None:
        return NOTHING
    return f"{shown(sigma.value)} {evaluation.measured.unit.value} ({say(word(sigma.by))})"


def robust_words(found: Robust | None) -> str:
    """A robust mean and its deviation."""
    return NOTHING if found is None else f"x* = {shown(found.mean)}, s* = {shown(found.deviation)}"


def judging_sign(evaluation: Evaluation) -> str:
    """The sign of the score that counts."""
    return SIGNS[evaluation.judged_by] if evaluation.judged_by else NOTHING


def remarks_of(evaluation: Evaluation, result: Result, place: int, say: Translate) -> str:
    """What is to be said of one result."""
    reasons = [*result.remarks, *(blunder_hint(one) for one in evaluation.blunders if one.place == place)]
    return " ".join(one.translated(say) for one in reasons)


def notes_of(evaluation: Evaluation, results: tuple[Result, ...], say: Translate) -> list[str]:
    """Warnings, what a test found, and why a score is missing, each once."""
    notes: list[str] = [one.translated(say) for one in evaluation.warnings]
    notes += _of_tests(evaluation, results, say)
    lacking: dict[str, list[str]] = {}
    for kind, why in evaluation.missing.items():
        lacking.setdefault(why.translated(say), []).append(SIGNS[kind])
    notes += [say("No {scores}: {reason}").format(scores=", ".join(lacking[why]), reason=why) for why in lacking]
    zeta = evaluation.scores.get(ScoreKind.ZETA)
    if zeta is not None and (count := int(np.isnan(zeta).sum())):
        sentence = say("No ζ, En for {count} results: {reason}")
        notes.append(sentence.format(count=count, reason=no_uncertainty().translated(say)))
    return notes


def same_digits_notes(found: EvaluatedRound, say: Translate) -> Iterator[str]:
    """Pairs of participants whose results are the same to the last digit."""
    sentence = say("{first} and {second} gave the same digits for {shared} of {compared} analytes: ask both.")
    for pair in found.same_digits:
        yield sentence.format(
            first=found.participants[pair.first],
            second=found.participants[pair.second],
            shared=pair.shared,
            compared=pair.compared,
        )


def _of_tests(evaluation: Evaluation, results: tuple[Result, ...], say: Translate) -> Iterator[str]:
    names = counted_names(evaluation, results)
    cochran = evaluation.precision.cochran if evaluation.precision else None
    sentences = (
        (evaluation.grubbs, say("Grubbs: {participant} is farthest from the mean, G = {statistic}: {standing}.")),
        (cochran, say("Cochran: the replicates of {participant} differ most, C = {statistic}: {standing}.")),
    )
    for tested, sentence in sentences:
        if tested is not None and tested.standing is not Standing.UNREMARKABLE:
            yield _of_test(tested, sentence, names[tested.place], say)


def _of_test(tested: Tested, sentence: str, participant: str, say: Translate) -> str:
    standing = say(word(tested.standing))
    return sentence.format(participant=participant, statistic=shown(tested.statistic), standing=standing)


def item_notes(checked: ItemCheck, say: Translate) -> Iterator[str]:
    """What puts a test of homogeneity in doubt: a pair that lies far apart, a measurement that is too coarse."""
    found = checked.homogeneity
    worst = found.largest_difference
    if worst is not None and worst.standing is not Standing.UNREMARKABLE:
        sentence = say("{analyte}: the values of bottle {bottle} differ most, Cochran C = {statistic}: {standing}.")
        yield sentence.format(
            analyte=checked.analyte,
            bottle=checked.bottles[worst.place],
            statistic=shown(worst.statistic),
            standing=say(word(worst.standing)),
        )
    if not found.is_precise:
        sentence = say(
            "{analyte}: the measurement itself scatters by {within}, more than half of σ_pt; it is too coarse."
        )
        yield sentence.format(analyte=checked.analyte, within=shown(found.within))
