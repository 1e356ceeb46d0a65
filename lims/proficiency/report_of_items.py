"""What the report of a round says of its items: where a given value comes from, and whether they are alike and stay so.

ISO/IEC 17043 asks for both. They are notes of each analyte, frozen with the evaluation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lims.core.language import translator
from lims.core.reasons import Translate, mark
from lims.documents.proficiency_report import ProficiencyReport
from lims.proficiency.rules import Measurand
from lims.proficiency.wording import FIGURES
from lims.science.proficiency import EvaluatedRound
from lims.science.rounding import plain, round_significant


def with_origins(
    report: ProficiencyReport,
    found: EvaluatedRound,
    measurands: Sequence[Measurand],
    homogeneity: Mapping[str, Any] | None,
) -> ProficiencyReport:
    """The report with these notes before its others. `homogeneity`: as a round keeps it; None: not tested."""
    say = translator(report.language)
    origins = {one.key: one.origin for one in measurands}
    tested = {one["analyte"]: one for one in (homogeneity or {}).get("analytes", ())}
    parts = []
    for part, evaluation in zip(report.parts, found.evaluations, strict=True):
        analyte, item = evaluation.measured.analyte, evaluation.measured.item
        notes = []
        if origin := origins.get((analyte, item)):
            notes.append(say("The assigned value comes from: {origin}.").format(origin=origin))
        notes += _of_items(tested[analyte], say) if analyte in tested else [say("The items were not tested.")]
        parts.append(replace(part, notes=(*notes, *part.notes)))
    return replace(report, parts=tuple(parts))


def _of_items(one: Mapping[str, Any], say: Translate) -> Iterator[str]:
    alike, stays = one["homogeneity"], one["stability"]
    verdicts = {True: say(mark("passed")), False: say(mark("not passed"))}
    passed = alike["is_homogeneous"] or alike["is_homogeneous_by_expanded"]
    yield say(
        "Homogeneity of {bottles} bottles: s_s = {between}, allowed {allowed}, by the expanded criterion {expanded}"
        " ({unit}): {verdict}."
    ).format(
        bottles=alike["bottles"],
        between=_short(alike["s_between"]),
        allowed=_short(alike["allowed"]),
        expanded=_short(alike["allowed_by_expanded"]),
        unit=one["unit"],
        verdict=verdicts[passed],
    )
    if stays is not None:
        passed = stays["is_stable"] or stays["is_stable_by_expanded"]
        yield say(
            "Stability: the mean moved by {moved}, allowed {allowed}, by the expanded criterion {expanded} ({unit}):"
            " {verdict}."
        ).format(
            moved=_short(stays["moved"]),
            allowed=_short(stays["allowed"]),
            expanded=_short(stays["allowed_by_expanded"]),
            unit=one["unit"],
            verdict=verdicts[passed],
        )


def _short(text: str) -> str:
    return plain(round_significant(Decimal(text), FIGURES))
