"""The report of a round (能力验证结果报告), put together from what was handed in and what was found."""

from collections.abc import Iterable, Iterator

import numpy as np

from lims.core.language import Language, translator
from lims.core.reasons import Translate
from lims.core.words import word
from lims.documents.original_record import Facts
from lims.documents.proficiency_drawing import DensityDrawing, MandelDrawing, ScoreDrawing, YoudenDrawing
from lims.documents.proficiency_report import (
    AnalytePart,
    LeftOutLine,
    MethodLine,
    ParticipantLine,
    ProficiencyReport,
    ScoreLine,
    SummaryLine,
    YoudenPart,
)
from lims.proficiency.answer import counted_names, grade_counts
from lims.proficiency.submissions import Result, Submissions
from lims.proficiency.wording import (
    NOTHING,
    assigned_words,
    grade_of,
    grade_word,
    judging_sign,
    name_of,
    notes_of,
    remarks_of,
    robust_words,
    same_digits_notes,
    shown,
    shown_rate,
    shown_score,
    sigma_words,
)
from lims.science.proficiency import EvaluatedRound, Evaluation, Youden
from lims.science.proficiency_scores import SIGNS, Grade, ScoreKind
from lims.science.rounding import decimal_from_float, plain, round_to_places
from lims.science.youden import Lean


def compose(handed_in: Submissions, found: EvaluatedRound, language: Language, title: str) -> ProficiencyReport:
    """The whole report in a language; `title` names the round."""
    say = translator(language)
    both = list(zip(found.evaluations, handed_in.results, strict=True))
    return ProficiencyReport(
        language=language,
        title=title,
        facts=_facts(handed_in, found, say),
        summary=tuple(_summary(evaluation, say) for evaluation in found.evaluations),
        participants=tuple(_participants(handed_in, found)),
        parts=tuple(_part(evaluation, results, say) for evaluation, results in both),
        youden=tuple(_youden(found, one, say) for one in found.youden),
        hints=tuple(same_digits_notes(found, say)),
        left_out=tuple(
            LeftOutLine(
                str(one.row),
                one.participant,
                " ".join((one.analyte, one.item)).strip(),
                one.text,
                one.reason.translated(say),
            )
            for one in handed_in.left_out
        ),
    )


def _facts(handed_in: Submissions, found: EvaluatedRound, say: Translate) -> Facts:
    results = sum(len(of_one) for of_one in handed_in.results)
    facts = (
        ("participants", str(len(found.participants))),
        ("analytes", str(len(found.evaluations))),
        ("results", str(results)),
        ("left_out", str(len(handed_in.left_out))),
    )
    if found.has_own_choices:  # each part says how its own are set
        return facts
    return (
        *facts,
        ("assigned", say(word(found.choice.assigned))),
        ("sigma", say(word(found.choice.sigma))),
    )


def _summary(evaluation: Evaluation, say: Translate) -> SummaryLine:
    counts = grade_counts(evaluation)
    return SummaryLine(
        name=name_of(evaluation, say),
        unit=evaluation.measured.unit.value,
        results=evaluation.measured.values.size,
        assigned=shown(evaluation.assigned.value if evaluation.assigned else None),
        sigma=shown(evaluation.sigma.value if evaluation.sigma else None),
        sign=judging_sign(evaluation),
        satisfactory=counts[Grade.SATISFACTORY],
        questionable=counts[Grade.QUESTIONABLE],
        unsatisfactory=counts[Grade.UNSATISFACTORY],
        rate=shown_rate(counts[Grade.SATISFACTORY], sum(counts.values())),
    )


def _participants(handed_in: Submissions, found: EvaluatedRound) -> Iterator[ParticipantLine]:
    """Every participant over all analytes; a row that was left out counts among those without a grade."""
    count = len(found.participants)
    graded = np.zeros((count, len(Grade)), dtype=np.intp)
    without = np.zeros(count, dtype=np.intp)
    for evaluation in found.evaluations:
        for place, grade in zip(evaluation.measured.places, evaluation.grades, strict=True):
            if np.isnan(grade):
                without[place] += 1
            else:
                graded[place, int(grade)] += 1
    places = {name: place for place, name in enumerate(found.participants)}
    for one in handed_in.left_out:
        without[places[one.participant]] += 1
    for place, name in enumerate(found.participants):
        satisfactory, questionable, unsatisfactory = (int(number) for number in graded[place])
        yield ParticipantLine(name, satisfactory, questionable, unsatisfactory, int(without[place]))


def _part(evaluation: Evaluation, results: tuple[Result, ...], say: Translate) -> AnalytePart:
    kinds = [kind for kind in ScoreKind if kind in evaluation.scores]
    return AnalytePart(
        name=name_of(evaluation, say),
        facts=_facts_of(evaluation, say),
        notes=tuple(notes_of(evaluation, results, say)),
        signs=tuple(SIGNS[kind] for kind in kinds),
        lines=tuple(_line(evaluation, result, place, kinds, say) for place, result in enumerate(results)),
        scores=_score_drawing(evaluation, results),
        density=_density_drawing(evaluation, say),
        methods=tuple(_method_lines(evaluation)),
        mandel=_mandel_drawing(evaluation, results),
    )


def _method_lines(evaluation: Evaluation) -> Iterator[MethodLine]:
    for one in evaluation.methods:
        apart = None if evaluation.assigned is None else one.mean - evaluation.assigned.value
        yield MethodLine(
            one.method, one.count, shown(one.mean), shown(one.uncertainty), shown(one.deviation), shown(apart)
        )


def _mandel_drawing(evaluation: Evaluation, results: tuple[Result, ...]) -> MandelDrawing | None:
    found = evaluation.precision.mandel if evaluation.precision else None
    if found is None:
        return None
    names = counted_names(evaluation, results)
    return MandelDrawing(
        tuple(zip(names, found.h.tolist(), found.k.tolist(), strict=True)),
        (found.h_5, found.h_1),
        (found.k_5, found.k_1),
    )


def _facts_of(evaluation: Evaluation, say: Translate) -> Facts:
    robust = evaluation.robust
    return (
        ("assigned_value", assigned_words(evaluation, say)),
        ("sigma_pt", sigma_words(evaluation, say)),
        ("fixed", robust_words(robust.fixed if robust else None)),
        ("stopped", robust_words(robust.stopped if robust else None)),
        ("counted", f"{evaluation.measured.values.size} / {evaluation.counted}"),
        ("judged_by", judging_sign(evaluation)),
        *((("repeatability", shown(evaluation.precision.repeatability)),) if evaluation.precision else ()),
    )


def _line(evaluation: Evaluation, result: Result, place: int, kinds: Iterable[ScoreKind], say: Translate) -> ScoreLine:
    grade = grade_of(evaluation, place)
    return ScoreLine(
        participant=result.participant,
        method=result.method,
        value=plain(result.value) if len(result.replicates) == 1 else shown(float(result.value)),
        uncertainty=NOTHING if result.uncertainty is None else plain(result.uncertainty),
        scores=tuple(shown_score(evaluation, kind, place) for kind in kinds),
        grade=grade_word(grade, say),
        is_bad=grade in {Grade.QUESTIONABLE, Grade.UNSATISFACTORY},
        remarks=remarks_of(evaluation, result, place, say),
    )


def _score_drawing(evaluation: Evaluation, results: tuple[Result, ...]) -> ScoreDrawing | None:
    kind = evaluation.judged_by
    if kind is None:
        return None
    score = evaluation.scores[kind]
    return ScoreDrawing(
        SIGNS[kind],
        tuple(
            (results[place].participant, float(score[place]), shown_score(evaluation, kind, int(place)))
            for place in np.argsort(score, kind="stable")
        ),
    )


def _density_drawing(evaluation: Evaluation, say: Translate) -> DensityDrawing | None:
    found, measured = evaluation.density, evaluation.measured
    if found is None:
        return None
    return DensityDrawing(
        x_title=f"{say('result')} ({measured.unit.value})",
        places=tuple(found.places.tolist()),
        heights=tuple(found.heights.tolist()),
        values=tuple(measured.values.tolist()),
        assigned=evaluation.assigned.value if evaluation.assigned else None,
        sigma=evaluation.sigma.value if evaluation.sigma else None,
    )


def _youden(found: EvaluatedRound, one: Youden, say: Translate) -> YoudenPart:
    first, second = (found.evaluations[place].measured for place in (one.first, one.second))
    pairs = one.pairs
    points = tuple(zip(pairs.participants, pairs.first.tolist(), pairs.second.tolist(), strict=True))
    leans = ((name, x, y, pairs.lean(place)) for place, (name, x, y) in enumerate(points))
    note = say("Spearman's rank correlation ρ = {rho} ({count} pairs)")
    return YoudenPart(
        name=first.analyte,
        drawing=YoudenDrawing(f"z, {first.item}", f"z, {second.item}", points),
        note=note.format(rho=shown(pairs.rank_correlation), count=len(points)),
        lines=tuple(
            (name, _two_places(x), _two_places(y), say(word(lean)))
            for name, x, y, lean in leans
            if lean is not Lean.NEAR
        ),
    )


def _two_places(value: float) -> str:
    return plain(round_to_places(decimal_from_float(value), 2))
