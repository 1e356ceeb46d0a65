"""A stream of questions (批量判定): rows of analytes, sample by sample, become answers as plain objects.

    rows of one sample → grounds (food, day, …) and amounts → lines → one object per analyte, one for the sample

A row that cannot be read is answered `not_judged` with the reason and what would be right; the other rows of the sample
are judged all the same, and the sample is then not judged, unless something fails.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lims.core.errors import BadInput, LimsError
from lims.core.language import Language, translator
from lims.core.patterns import ANY_REGION_CODE
from lims.core.reasons import Reason, Where, mark, reason
from lims.library.facts import StandardKind
from lims.library.rules import Library
from lims.limits.asked import DECLARED, read_amount, read_day, read_form, read_grounds
from lims.limits.rules import judge_parameter, overall_of, parameters_of
from lims.limits.verdicts import Flag, Line, Occasion, Verdict
from lims.limits.wording import sentence, told
from lims.science.amounts import Amount
from lims.science.rounding import plain

#: The columns of a question; the first seven are expected, the rest may be absent.
COLUMNS = (
    "sample", "food", "date", "basis", "analyte", "value", "unit",
    "loq", "lod", "uncertainty", "species", "tissue", "form", "origin",
)  # fmt: skip
#: What belongs to the sample and not to the analyte.
OF_SAMPLE = ("food", "date", "basis", "species", "tissue", "form", "origin")
OF_AMOUNT = ("value", "unit", "loq", "lod", "uncertainty")

#: Codes of reasons as answers name them; every other code is written with an underscore for its dot.
_CODES: Mapping[str, str] = {
    "limit.edition_not_loaded": "edition_not_loaded",
    "limit.needs_further_test": "needs_further_test",
    "residue.needs_components": "needs_components",
    "conformity.loq_above_limit": "loq_above_limit",
    "conformity.not_quantified": "not_quantified",
    "prohibition.needs_confirmation": "needs_confirmation",
}
#: What the one who asked must mend: it makes the exit status tell.
_TO_MEND = ("food_", "analyte_", "unit_", "value_", "date_", "basis_", "form_", "sample_", "origin_", "row_")
_MENDED_ALSO = frozenset({"edition_not_loaded"})


@dataclass(frozen=True, slots=True)
class Answers:
    """What is said of one sample: an object per analyte, one for the sample, and whether something must be mended."""

    lines: tuple[dict[str, Any], ...]
    sample: dict[str, Any]
    to_mend: bool


@dataclass(frozen=True, slots=True)
class Question:
    """The rows of one sample: cells in the order of `COLUMNS`, and the rows that could not even be read."""

    sample: str
    rows: Sequence[tuple[str, ...]]
    faults: Sequence[tuple[str, Reason]] = ()


@dataclass(slots=True)
class Sorted:
    """The rows of a sample: the substance or the fault of each row in its order, and the amounts by substance."""

    rows: list[tuple[str, str | tuple[Reason, ...]]] = field(default_factory=list)
    measured: dict[str, Amount] = field(default_factory=dict)


def code_of(why: Reason) -> str:
    """The code of a reason as answers name it."""
    return _CODES.get(why.code, why.code.replace(".", "_"))


def must_be_mended(code: str) -> bool:
    """Is it the question that is wrong, and not the amount that decides nothing?"""
    return code in _MENDED_ALSO or code.startswith(_TO_MEND)


def answer(library: Library, question: Question) -> Answers:
    """Judge the rows of one sample.

    The objects stand in the order of the rows; parameters that no row names, but whose parts were measured, follow, and
    last the rows that could not be read.
    """
    sample = question.sample
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in question.rows]
    torn = [refused(library, sample, name, (why,)) for name, why in question.faults]
    torn_verdicts: list[tuple[Verdict, Sequence[Reason]]] = [(Verdict.NOT_JUDGED, (why,)) for _, why in question.faults]
    if not rows:
        return _answers(sample, torn, torn_verdicts)
    try:
        occasion = occasion_of(library, sample, rows)
    except LimsError as unclear:
        lines = [refused(library, sample, row.get("analyte", "").strip(), unclear.reasons) for row in rows]
        return _answers(sample, [*lines, *torn], [(Verdict.NOT_JUDGED, unclear.reasons), *torn_verdicts])
    sorted_rows = sort_rows(library, rows)
    parameters = parameters_of(library, sorted_rows.measured)
    judged = {code: judge_parameter(library, occasion, code, sorted_rows.measured) for code in parameters}
    objects = []
    verdicts: list[tuple[Verdict, Sequence[Reason]]] = [(line.verdict, line.reasons) for line in judged.values()]
    for name, found in sorted_rows.rows:
        if not isinstance(found, str):
            objects.append(refused(library, sample, name, found))
            verdicts.append((Verdict.NOT_JUDGED, found))
        elif found in judged:
            objects.append(line_object(library, sample, name, judged.pop(found)))
        else:
            objects.append(part_object(library, sample, name, found))
    objects += [line_object(library, sample, line.parameter.name_zh, line) for line in judged.values()]
    return _answers(sample, [*objects, *torn], [*verdicts, *torn_verdicts])


def occasion_of(library: Library, sample: str, rows: Sequence[Mapping[str, str]]) -> Occasion:
    """What the rows of a sample say of it. Raises `BadInput`, also when they do not say the same."""
    first = rows[0]
    if not sample:
        raise BadInput(reason("sample.missing", "The number of the sample is missing.", at=Where(column="sample")))
    for column in OF_SAMPLE:
        said = sorted({row.get(column, "").strip() for row in rows})
        if len(said) > 1:
            sentence_ = "The rows of this sample differ in {column}: {values}."
            values = ", ".join(value or "—" for value in said)
            raise BadInput(
                reason("sample.contradicts", sentence_, at=Where(column=column), column=column, values=values)
            )
    food = first.get("food", "").strip()
    if not food and not first.get("species", "").strip():
        raise BadInput(reason("food.missing", "The food is missing.", at=Where(column="food")))
    origin = first.get("origin", "").strip()
    grounds = read_grounds(first.get("basis", ""), _families(library), frozenset(library.markets))
    return Occasion(
        food=food or f"{first.get('species', '').strip()}{first.get('tissue', '').strip()}",
        basis_on=read_day(first.get("date", "")),
        basis_kind=grounds.kind,
        region=_region(library, origin),
        basis=grounds.content,
        market=grounds.market,
        species=first.get("species", "").strip(),
        tissue=first.get("tissue", "").strip(),
        form=read_form(first.get("form", "")),
        declared=grounds.declared,
    )


def sort_rows(library: Library, rows: Sequence[Mapping[str, str]]) -> Sorted:
    """Read every row; two rows of one substance are both faulty, whichever comes first."""
    found = Sorted()
    substances = [library.find_substance(row.get("analyte", "").strip()) for row in rows]
    times = Counter(substance.code for substance in substances if substance is not None)
    for row, substance in zip(rows, substances, strict=True):
        name = row.get("analyte", "").strip()
        if substance is None:
            found.rows.append((name, (unknown_analyte(library, name),)))
        elif times[substance.code] > 1:
            said = "The sample has {count} rows for {name}; there may be one."
            at, count = Where(column="analyte"), times[substance.code]
            found.rows.append((name, (reason("analyte.twice", said, at=at, count=count, name=name),)))
        else:
            try:
                found.measured[substance.code] = read_amount(*(row.get(column, "") for column in OF_AMOUNT))
                found.rows.append((name, substance.code))
            except LimsError as unreadable:
                found.rows.append((name, unreadable.reasons))
    return found


def unknown_analyte(library: Library, name: str) -> Reason:
    """Why a substance cannot be named, with names that look alike."""
    if not name:
        return reason("analyte.missing", "The analyte is missing.", at=Where(column="analyte"))
    alike = library.substances_alike(name)
    if alike:
        said = "The library knows no substance “{name}”; did you mean {candidates}?"
        told = ", ".join(alike)
        return reason("analyte.unknown", said, at=Where(column="analyte"), name=name, candidates=told)
    said = "The library knows no substance “{name}”."
    return reason("analyte.unknown", said, at=Where(column="analyte"), name=name)


def line_object(library: Library, sample: str, asked_as: str, line: Line) -> dict[str, Any]:
    """The object of one analyte."""
    row = None if line.found is None else line.found.row
    has_value = row is not None and row.value is not None
    made = line.assessment
    return {
        "sample": sample,
        "analyte": asked_as,
        "verdict": line.verdict.value,
        "reason": code_of(line.reasons[0]) if line.reasons else None,
        "limit": plain(row.value) if row is not None and row.value is not None else None,
        "limit_unit": row.unit.value if row is not None and has_value else None,
        "compared_value": plain(made.tested) if made is not None and made.compared else None,
        "standard": None if line.edition is None else line.edition.code,
        "food_node": row.food if row is not None else (None if line.food is None else line.food.food.food),
        "explanation_zh": sentence(line, library, Language.CHINESE),
        "explanation_en": sentence(line, library, Language.ENGLISH),
        "flags": [flag.value for flag in line.flags],
    }


def part_object(library: Library, sample: str, asked_as: str, code: str) -> dict[str, Any]:
    """The object of an analyte that has no limit of its own: it counts in the residue of others."""
    owners = [library.substance(owner) for owner in library.owners_of(code)]
    said = mark("It has no limit of its own and counts in the residue of {owners}.")
    zh = ", ".join(owner.name_zh for owner in owners)
    en = ", ".join(owner.name_en for owner in owners)
    return _plain_object(
        sample,
        asked_as,
        Verdict.NO_LIMIT,
        "part_of_residue",
        translator(Language.CHINESE)(said).format(owners=zh),
        said.format(owners=en),
    )


def refused(library: Library, sample: str, asked_as: str, reasons: Sequence[Reason]) -> dict[str, Any]:
    """The object of a row that could not be read."""
    zh, en = (
        between.join(told(why, library, language) for why in reasons)
        for language, between in ((Language.CHINESE, ""), (Language.ENGLISH, " "))
    )
    return _plain_object(sample, asked_as, Verdict.NOT_JUDGED, code_of(reasons[0]), zh, en)


def _plain_object(sample: str, asked_as: str, verdict: Verdict, code: str, zh: str, en: str) -> dict[str, Any]:
    return {
        "sample": sample,
        "analyte": asked_as,
        "verdict": verdict.value,
        "reason": code,
        "limit": None,
        "limit_unit": None,
        "compared_value": None,
        "standard": None,
        "food_node": None,
        "explanation_zh": zh,
        "explanation_en": en,
        "flags": [],
    }


def _answers(
    sample: str, lines: Sequence[dict[str, Any]], verdicts: Sequence[tuple[Verdict, Sequence[Reason]]]
) -> Answers:
    raised = {flag for line in lines for flag in line["flags"]}
    to_mend = any(must_be_mended(code_of(why)) for _, reasons in verdicts for why in reasons)
    word = overall_of(verdicts)
    flags = [flag.value for flag in Flag if flag.value in raised]
    return Answers(tuple(lines), {"sample": sample, "overall": word.value, "flags": flags}, to_mend)


def as_json(value: Mapping[str, Any]) -> str:
    """One object as one line of JSON."""
    return json.dumps(value, ensure_ascii=False)


def _families(library: Library) -> Mapping[str, str]:
    return {
        standard.family: DECLARED if standard.kind is StandardKind.DECLARED else standard.market
        for standard in library.facts.standards
    }


def _region(library: Library, origin: str) -> str:
    """The code of a place given by code or by its name; empty when none is given."""
    if not origin or re.fullmatch(ANY_REGION_CODE, origin):
        return origin
    found = [division.code for division in library.facts.divisions if division.name == origin]
    if len(found) == 1:
        return found[0]
    said = "“{text}” is no division of Guizhou; give its name or its code of six digits."
    raise BadInput(reason("origin.unknown", said, at=Where(column="origin"), text=origin))
