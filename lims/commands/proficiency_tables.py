"""The tables of `lims proficiency evaluate` on the terminal, in the user's language."""

from collections.abc import Iterator, Sequence

from lims.commands.tables import print_table
from lims.core.reasons import Translate
from lims.core.words import word
from lims.proficiency.answer import grade_counts
from lims.proficiency.items import ItemCheck
from lims.proficiency.submissions import Result, Submissions
from lims.proficiency.wording import (
    NOTHING,
    assigned_words,
    grade_of,
    grade_word,
    item_notes,
    judging_sign,
    name_of,
    notes_of,
    remarks_of,
    robust_words,
    same_digits_notes,
    shown,
    shown_score,
    sigma_words,
)
from lims.science.proficiency import EvaluatedRound, Evaluation
from lims.science.proficiency_scores import SIGNS, ScoreKind
from lims.science.rounding import plain


def print_round(handed_in: Submissions, found: EvaluatedRound, say: Translate) -> None:
    """Each analyte with its results, then what was left out and what only the whole round shows."""
    for evaluation, results in zip(found.evaluations, handed_in.results, strict=True):
        _print_analyte(evaluation, results, say)
    if handed_in.left_out:
        columns = (say("row"), say("participant"), say("analyte"), say("value"), say("reason"))
        rows = [
            (
                str(one.row),
                one.participant,
                " ".join((one.analyte, one.item)).strip(),
                one.text,
                one.reason.translated(say),
            )
            for one in handed_in.left_out
        ]
        print_table(say("Rows left out"), columns, rows)
    for youden in found.youden:
        one = found.evaluations[youden.first].measured
        print(f"{say('Youden pairs')}: {one.analyte}, ρ = {shown(youden.pairs.rank_correlation)}")
    for note in same_digits_notes(found, say):
        print(note)


def _print_analyte(evaluation: Evaluation, results: tuple[Result, ...], say: Translate) -> None:
    print_table(name_of(evaluation, say), (say("statistic"), say("value")), list(_facts(evaluation, say)))
    kinds = [kind for kind in ScoreKind if kind in evaluation.scores]
    columns = (say("participant"), say("result"), "U", *(SIGNS[kind] for kind in kinds), say("grade"), say("remarks"))
    rows = []
    for place, result in enumerate(results):
        uncertainty = NOTHING if result.uncertainty is None else plain(result.uncertainty)
        value = plain(result.value) if len(result.replicates) == 1 else shown(float(result.value))
        scores = (shown_score(evaluation, kind, place) for kind in kinds)
        grade = grade_word(grade_of(evaluation, place), say)
        rows.append(
            (result.participant, value, uncertainty, *scores, grade, remarks_of(evaluation, result, place, say))
        )
    print_table(say("Results and scores"), columns, rows)
    for note in notes_of(evaluation, results, say):
        print(f"· {note}")
    print()


def _facts(evaluation: Evaluation, say: Translate) -> Iterator[tuple[str, str]]:
    yield say("assigned value"), assigned_words(evaluation, say)
    yield say("standard deviation for proficiency assessment"), sigma_words(evaluation, say)
    if (robust := evaluation.robust) is not None:
        yield say("algorithm A, at its fixed point"), robust_words(robust.fixed)
        yield say("algorithm A, by the stop rule"), robust_words(robust.stopped)
    if evaluation.precision is not None:
        yield say("repeatability standard deviation (algorithm S)"), shown(evaluation.precision.repeatability)
    yield say("results, in the consensus"), f"{evaluation.measured.values.size}, {evaluation.counted}"
    yield say("judged by"), judging_sign(evaluation)
    counts = grade_counts(evaluation)
    yield say("grades"), ", ".join(f"{say(word(grade))} {count}" for grade, count in counts.items())


def print_items(checks: Sequence[ItemCheck], say: Translate) -> None:
    """Homogeneity and stability, a line for each analyte and test."""
    columns = (
        say("analyte"),
        say("kind of test"),
        say("was found"),
        say("allowed"),
        say("by the expanded criterion"),
        say("verdict"),
    )
    rows = []
    for one in checks:
        name, found = f"{one.analyte} ({one.unit.value})", one.homogeneity
        verdict = _verdict(found.is_homogeneous, found.is_homogeneous_by_expanded, say)
        rows.append(
            (
                name,
                say("homogeneity"),
                f"ss = {shown(found.between)}",
                shown(found.allowed),
                shown(found.expanded),
                verdict,
            )
        )
        if (moved := one.stability) is not None:
            verdict = _verdict(moved.is_stable, moved.is_stable_by_expanded, say)
            rows.append(
                (
                    name,
                    say("stability"),
                    f"|Δ| = {shown(moved.moved)}",
                    shown(moved.allowed),
                    shown(moved.expanded),
                    verdict,
                )
            )
    print_table(say("Items of the round"), columns, rows)
    for one in checks:
        for note in item_notes(one, say):
            print(f"· {note}")


def _verdict(passes: bool, passes_by_expanded: bool, say: Translate) -> str:
    if passes:
        return say("passed")
    return say("passed by the expanded criterion") if passes_by_expanded else say("not passed")
