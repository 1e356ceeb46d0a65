"""From what participants handed in to a frozen evaluation: the table, what was found, and the report in each language.

Pure. The same rows and settings give the same evaluation, and their SHA-256 names them.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from lims.core.canonical import canonical_bytes
from lims.core.language import Language
from lims.core.spreadsheets import Row
from lims.documents.proficiency_report import ProficiencyReport
from lims.proficiency.answer import as_json
from lims.proficiency.report import compose
from lims.proficiency.report_of_items import with_origins
from lims.proficiency.rules import Measurand
from lims.proficiency.submissions import submissions_of
from lims.proficiency.tables import ProficiencyParticipant, ProficiencyResult
from lims.science.proficiency import evaluate_round
from lims.science.proficiency_scores import Grade
from lims.science.proficiency_setting import AssignedBy, Choice

_REPORT: TypeAdapter[ProficiencyReport] = TypeAdapter(ProficiencyReport)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What is frozen."""

    settings: dict[str, Any]
    rows: list[dict[str, str]]
    sha256: str
    outcome: dict[str, Any]
    reports: dict[str, str]


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """A score of a participant that is not satisfactory, and the sign that it goes by."""

    analyte: str
    item: str
    sign: str
    value: str
    grade: Grade


def rows_of(
    results: Iterable[tuple[ProficiencyParticipant, ProficiencyResult]], measurands: Sequence[Measurand]
) -> list[dict[str, str]]:
    """The table of a round as `submissions` reads it: a row for each value, with what is given for its analyte."""
    places = {one.key: place for place, one in enumerate(measurands)}
    rows = []
    for participant, result in sorted(results, key=lambda one: places[one[1].analyte, one[1].item]):
        given = _given(measurands[places[result.analyte, result.item]])
        for place, text in enumerate(result.replicates, 1):
            cells = {
                "participant": participant.code,
                "item": result.item,
                "analyte": result.analyte,
                "value": text,
                "unit": result.unit,
                "uncertainty": "" if result.uncertainty is None else format(result.uncertainty, "f"),
                "method": result.method or "",
                "replicate": str(place),
                **given,
            }
            rows.append({name: text for name, text in cells.items() if text})
    return rows


def evaluated(
    title: str,
    rows: list[dict[str, str]],
    measurands: Sequence[Measurand],
    coverage: Decimal,
    homogeneity: Mapping[str, Any] | None = None,
) -> Evaluated:
    """Evaluate the table of a round; the reports also say what was found of the items (`answer.items_as_json`).

    Raises `BadInput` where the pure evaluation refuses it whole.
    """
    settings = {"coverage": format(coverage, "f"), "measurands": [one.stored() for one in measurands]}
    handed_in = submissions_of([Row(number, cells) for number, cells in enumerate(rows, 2)])
    choices = {one.key: one.choice(coverage) for one in measurands}
    found = evaluate_round(handed_in.round, Choice(coverage=float(coverage)), choices)
    return Evaluated(
        settings=settings,
        rows=rows,
        sha256=hashlib.sha256(canonical_bytes({"rows": rows, "settings": settings})).hexdigest(),
        outcome=as_json(handed_in, found),
        reports={
            language.value: _REPORT.dump_json(
                with_origins(compose(handed_in, found, language, title), found, measurands, homogeneity)
            ).decode()
            for language in Language
        },
    )


def report_in(reports: Mapping[str, str], language: Language) -> ProficiencyReport:
    """The frozen report in a language."""
    return _REPORT.validate_json(reports[language.value])


def shortcomings(outcome: Mapping[str, Any], code: str) -> list[Shortcoming]:
    """The scores of a participant that are questionable or unsatisfactory."""
    return [
        Shortcoming(
            analyte["analyte"],
            analyte["item"],
            analyte["judged_by"],
            result["scores"][analyte["judged_by"]]["value"],
            Grade(result["grade"]),
        )
        for analyte in outcome["analytes"]
        for result in analyte["results"]
        if result["participant"] == code and result["grade"] not in (None, Grade.SATISFACTORY)
    ]


def for_participants(outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The coded round as every participant may see it; who shares digits with whom is the organiser's to ask."""
    return list(outcome["analytes"])


def _given(one: Measurand) -> dict[str, str]:
    if one.assigned is not AssignedBy.GIVEN or one.assigned_value is None:
        return {}
    uncertainty = "" if one.assigned_uncertainty is None else format(one.assigned_uncertainty, "f")
    return {"assigned_value": format(one.assigned_value, "f"), "assigned_uncertainty": uncertainty}
