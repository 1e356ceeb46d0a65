"""Answers as forms with gaps (判定结果模板): cut where the day and the number go, so that they are filled in again.

A form is made from the answer to a number that no text holds; it is kept only if that stands where it is expected.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from lims.library.facts import WITHOUT_NUMBER
from lims.library.rules import Library
from lims.limits.questions import code_of, line_object, must_be_mended
from lims.limits.rules import PENDING_CODES
from lims.limits.verdicts import Line, Verdict
from lims.limits.wording import short, without_zeros
from lims.science.amounts import Quantified
from lims.science.conformity import Comparison, DecisionRule
from lims.science.residues import Component, ResidueDefinition, ResidueSum
from lims.science.rounding import plain
from lims.science.units import UnitCode

#: Stand for a day and a number while an answer becomes a form with gaps; no text of the library holds them.
_DAY_MARK = "\x01"
_MARK = json.dumps(_DAY_MARK)[1:-1].encode()
LOW, HIGH = Decimal("0.000000123457"), Decimal("187654")
#: Gaps behind the numbers, counted from the end.
_EXACT, _DAY = -2, -1
#: Reservations of a comparison that hold no other numbers than the limit and those of the residue.
_RESERVED = frozenset({"conformity.loq_unfit_for_sum", "conformity.loq_not_stated"})


class _MarkedDay:
    """Prints as the mark that the day of a sample is put in place of."""

    def __str__(self) -> str:
        return _DAY_MARK

    def __format__(self, _spec: str) -> str:
        return _DAY_MARK


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """An answer without sample and analyte, in UTF-8, cut where the day goes, and what it means for the sample."""

    parts: tuple[bytes, ...]
    verdict: Verdict
    pending: bool
    to_mend: bool
    flags: tuple[str, ...]


#: Is the residue above the limit, and might it be, counting all that may have been missed?
Outcome = tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The answer of an outcome with gaps: `gaps` says what stands between its parts.

    A gap is the day, the compared value as it is, or the number of that place among those of the sentence.
    """

    parts: tuple[bytes, ...]
    gaps: tuple[int, ...]
    said: Said


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


def _parts(said: dict[str, Any]) -> tuple[bytes, ...]:
    """The object behind its analyte as text, cut at the marks of the day."""
    rest = {name: value for name, value in said.items() if name not in {"sample", "analyte"}}
    text = ", " + json.dumps(rest, ensure_ascii=False)[1:]
    return tuple(text.encode().split(_MARK))


def probes(codes: Sequence[str], least: Decimal) -> dict[str, Quantified]:
    """Amounts of analytes for making forms, from a least one upwards, each unlike any sum of the others."""
    return {code: Quantified(least * 2**place, UnitCode.MG_PER_KG) for place, code in enumerate(codes)}


def definition_of(total: ResidueSum) -> ResidueDefinition:
    """What was added up in a residue."""
    return ResidueDefinition(total.expressed_as, tuple(Component(term.code, term.factor) for term in total.terms))


def outcome_of(total: ResidueSum | None, limit: Decimal | None) -> Outcome:
    """The outcome of a residue; the limit is in its unit."""
    if total is None or limit is None:
        return False, False
    return total.lower > limit, total.upper > limit


def has_form(line: Line, outcome: Outcome) -> bool:
    """Are numbers above 0 all that differs between the answers of one outcome?"""
    total, made = line.total, line.assessment
    if any(other.assessment is not None for other in line.others) or line.ruling.screening is not None:
        return False
    if line.reasons and made is not None:
        return False
    if made is None:  # nothing is compared: a number is shown, or says only that something was detected
        return not any(outcome) and not any(why.code == "unit.kind_differs" for why in line.reasons)
    simple = made.rule is DecisionRule.SIMPLE and made.comparison is Comparison.FULL_VALUE
    is_row = line.found is not None and line.found.row is not None and line.found.row.kind not in WITHOUT_NUMBER
    is_plain = simple and is_row and total is not None and made.limit.unit is total.unit
    known = all(why.code in _RESERVED for why in made.reasons)
    return is_plain and known and outcome_of(total, made.limit.value) == outcome


def mentions(line: Line, day: str) -> bool:
    """Does a reason name the day? Then the answer is that of the day alone."""
    return any(day in str(value) for why in line.reasons for value in why.values.values())


def cut(said: Said, line: Line) -> AnswerForm | None:
    """The answer cut at its numbers as well; None when one does not stand where it is expected."""
    made, total = line.assessment, line.total
    limit = None if made is None else made.limit.value
    numbers = [] if total is None else numbers_of(total, limit)
    sentence = [
        *([(_DAY, _MARK)] if len(said.parts) > 1 else []),
        *((n, one.encode()) for n, one in enumerate(numbers)),
    ]
    compared = [(_EXACT, plain(made.tested).encode())] if made is not None and numbers else []
    tokens = [*compared, *sentence, *sentence]
    parts, rest = [], _MARK.join(said.parts)
    for _, token in tokens:
        before, found, rest = rest.partition(token)
        if not found:
            return None
        parts.append(before)
    if any(token in rest for _, token in tokens):
        return None
    return AnswerForm((*parts, rest), tuple(gap for gap, _ in tokens), said)


def numbers_of(total: ResidueSum, limit: Decimal | None) -> list[str]:
    """The numbers of a sentence that change with what was measured, as it shows them and in its order.

    What was quantified of each component; of a sum itself, and the most that it may be; what is held against the limit;
    and the most again where that is above the limit and the residue is not.
    """
    shown = [_brief(term.found.value, limit) for term in total.terms if isinstance(term.found, Quantified)]
    if not shown:
        return []
    if not total.is_calculated:
        return shown if limit is None else [*shown, shown[0]]
    sum_ = _brief(without_zeros(total.lower), limit)
    shown.append(sum_)
    most = sum_ if total.lower == total.upper else _brief(without_zeros(total.upper), limit)
    if total.lower != total.upper:
        shown.append(most)
    if limit is not None:
        shown.append(sum_)
        if total.lower <= limit < total.upper:
            shown.append(most)
    return shown


def exactly(total: ResidueSum) -> str:
    """What is held against the limit, with every digit, without zeros that only a calculation added."""
    return plain(without_zeros(total.lower) if total.is_calculated else total.lower)


def filled(form: AnswerForm, numbers: Sequence[str], exact: str, day: bytes) -> bytes:
    """The answer with its gaps filled; numbers as `numbers_of` shows them."""
    of_gap = (*[one.encode() for one in numbers], exact.encode(), day)
    out = [form.parts[0]]
    for gap, part in zip(form.gaps, form.parts[1:], strict=True):
        out.append(of_gap[gap])
        out.append(part)
    return b"".join(out)


def brief_numbers(amount: Decimal, limit: Decimal | None) -> tuple[str, ...]:
    """The numbers of a sentence about one amount as it was measured."""
    shown = _brief(amount, limit)
    return (shown,) if limit is None else (shown, shown)


def _brief(value: Decimal, limit: Decimal | None) -> str:
    text = format(value, "f")
    return text if len(text) <= 6 else short(value, limit)
