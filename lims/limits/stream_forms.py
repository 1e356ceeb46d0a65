"""Answers as forms with gaps (判定结果模板): cut where the day and the number go, so that they are filled in again.

A form is made from the answer to a number that no text holds; it is kept only if that stands where it is expected.
"""

import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from lims.library.facts import WITHOUT_NUMBER
from lims.library.rules import Library
from lims.limits.questions import code_of, line_object, must_be_mended
from lims.limits.rules import PENDING_CODES
from lims.limits.verdicts import Line, Verdict
from lims.limits.wording import short
from lims.science.conformity import Comparison, DecisionRule
from lims.science.rounding import plain
from lims.science.units import UnitCode, convert

#: Stand for a day and a number while an answer becomes a form with gaps; no text of the library holds them.
_DAY_MARK = "\x01"
LOW, HIGH = Decimal("0.000000123457"), Decimal("987654")


class _MarkedDay:
    """Prints as the mark that the day of a sample is put in place of."""

    def __str__(self) -> str:
        return _DAY_MARK

    def __format__(self, _spec: str) -> str:
        return _DAY_MARK


@dataclass(frozen=True, slots=True)
class Said:
    """An answer without sample and analyte, cut where the day goes, and what it means for the sample."""

    parts: tuple[str, ...]
    verdict: Verdict
    pending: bool
    to_mend: bool
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The answer of an outcome with gaps: `gaps` says what stands between its parts.

    A gap is the day, the number as it is shown, or the exact number.
    """

    parts: tuple[str, ...]
    gaps: tuple[str, ...]
    said: Said
    limit: Decimal | None


def said_of(library: Library, line: Line) -> Said:
    """The answer of a line, cut where the day goes."""
    marked = replace(line, occasion=replace(line.occasion, basis_on=cast(date, _MarkedDay())))
    said = line_object(library, "", "", marked)
    pending = any(why.code in PENDING_CODES for why in line.reasons)
    to_mend = any(must_be_mended(code_of(why)) for why in line.reasons)
    return Said(
        _parts(said), line.verdict, pending and line.verdict is Verdict.NOT_JUDGED, to_mend, tuple(said["flags"])
    )


def fixed(said: dict[str, Any]) -> Said:
    verdict = Verdict(said["verdict"])
    return Said(_parts(said), verdict, False, must_be_mended(said["reason"]), ())


def _parts(said: dict[str, Any]) -> tuple[str, ...]:
    """The object behind its analyte as text, cut at the marks of the day."""
    rest = {name: value for name, value in said.items() if name not in {"sample", "analyte"}}
    text = ", " + json.dumps(rest, ensure_ascii=False)[1:]
    return tuple(text.split(json.dumps(_DAY_MARK)[1:-1]))


def has_form(line: Line, exceeds: bool) -> bool:
    """Is a number all that differs between the answers of one outcome?"""
    total, made = line.total, line.assessment
    if total is None or len(total.terms) != 1 or total.terms[0].factor != 1:
        return False
    if any(other.assessment is not None for other in line.others) or line.ruling.screening is not None:
        return False
    if line.reasons and made is not None:
        return False
    if made is None:
        return not exceeds
    simple = made.rule is DecisionRule.SIMPLE and made.comparison is Comparison.FULL_VALUE
    is_row = line.found is not None and line.found.row is not None and line.found.row.kind not in WITHOUT_NUMBER
    return simple and is_row and not made.reasons and (made.tested > made.limit.value) is exceeds


def mentions(line: Line, day: str) -> bool:
    return any(day in str(value) for why in line.reasons for value in why.values.values())


def cut(said: Said, line: Line, probe: Decimal) -> AnswerForm | None:
    """The answer cut at the number as well; None when the number does not stand where it is expected."""
    made = line.assessment
    tokens: list[tuple[str, str]] = []
    if made is None:
        in_sentence = [("shown", short(probe, None))]
    else:
        shown = short(convert(probe, UnitCode.MG_PER_KG, made.limit.unit), made.limit.value)
        in_sentence = [("shown", shown), ("shown", shown)]
        tokens.append(("exact", plain(made.tested)))
    day = ("day", json.dumps(_DAY_MARK)[1:-1])
    sentence = [day, *in_sentence] if len(said.parts) > 1 else in_sentence
    tokens += [*sentence, *sentence]
    text = day[1].join(said.parts)
    parts, rest = [], text
    for _, token in tokens:
        before, found, rest = rest.partition(token)
        if not found:
            return None
        parts.append(before)
    if any(token in rest for _, token in tokens):
        return None
    limit = None if made is None else made.limit.value
    return AnswerForm((*parts, rest), tuple(name for name, _ in tokens), said, limit)


def filled(form: AnswerForm, amount: Decimal, day: str) -> str:
    """The answer with its gaps filled; the amount is in the unit of the limit."""
    gaps = {"day": day, "shown": _brief(amount, form.limit), "exact": plain(amount)}
    out = [form.parts[0]]
    for gap, part in zip(form.gaps, form.parts[1:], strict=True):
        out.append(gaps[gap])
        out.append(part)
    return "".join(out)


def _brief(value: Decimal, limit: Decimal | None) -> str:
    text = format(value, "f")
    return text if len(text) <= 6 else short(value, limit)
