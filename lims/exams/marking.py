"""Marking (判分) and what it tells of questions: exact, and the same whoever does it again."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final

from lims.exams.rules import PartialCredit, QuestionKind, folded, number_in
from lims.science.rounding import round_to_places

#: Parts of marks have two decimals.
_PLACES: Final = 2
#: Of the candidates with the highest and with the lowest marks, 27 % each (Kelley, J. Educ. Psychol. 30 (1939) 17).
_SHARE: Final = 0.27
#: With fewer, the groups would be single candidates.
_FEWEST: Final = 10
_HALF: Final = Decimal("0.5")
#: Signs that most keyboards lack, and what is typed in their place; NFKC has made one sign of both micros.
_ON_A_KEYBOARD: Final = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{GREEK SMALL LETTER MU}": "u"})


@dataclass(frozen=True, slots=True)
class Key:
    """What is right: letters of the bank, true or false, one number with its tolerance, or texts that are accepted."""

    kind: QuestionKind
    answers: tuple[str, ...]
    tolerance: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """How candidates fared with a question: facility P and discrimination D are between 0 and 1, and -1 and 1."""

    asked: int
    answered: int
    facility: float
    discrimination: float | None


def marks_for(key: Key, given: Sequence[str], full: Decimal, rule: PartialCredit) -> Decimal:
    """What an answer is worth, from 0 to `full`; nothing given is worth nothing."""
    if not given:
        return Decimal(0)
    if key.kind is QuestionKind.MULTIPLE:
        return _for_choice(set(key.answers), set(given), full, rule)
    return full if _is_right(key, given[0] if len(given) == 1 else "") else Decimal(0)


def figures_of(shares: Sequence[float], totals: Sequence[float], answered: int) -> QuestionFigures:
    """Facility and discrimination of one question.

    Args:
        shares: what each candidate got of its full marks, from 0 to 1.
        totals: what the same candidates got in the whole paper.
        answered: how many gave any answer.

    D is the facility among the best 27 % less that among the weakest 27 % (Kelley 1939); None below ten candidates.
    Candidates with the same marks at the edge of a group share its last places, so the order of candidates is no
    matter.
    """
    count = len(shares)
    if not count:
        return QuestionFigures(0, 0, 0.0, None)
    facility = sum(shares) / count
    if count < _FEWEST:
        return QuestionFigures(count, answered, facility, None)
    size = ceil(count * _SHARE)
    pairs = list(zip(totals, shares, strict=True))
    best = _mean_of_first(sorted(pairs, key=lambda pair: -pair[0]), size)
    weakest = _mean_of_first(sorted(pairs, key=lambda pair: pair[0]), size)
    return QuestionFigures(count, answered, facility, best - weakest)


def plainly(marks: Decimal) -> Decimal:
    """Marks without zeros that say nothing: 1.5, not 1.50."""
    return Decimal(format(marks.normalize(), "f"))


def counts_of(given: Sequence[Sequence[str]]) -> Mapping[str, int]:
    """How often each option or text was given, the most frequent first."""
    counts: dict[str, int] = {}
    for answers in given:
        for one in answers:
            counts[one] = counts.get(one, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _mean_of_first(ordered: Sequence[tuple[float, float]], size: int) -> float:
    edge = ordered[size - 1][0]
    inside = [share for total, share in ordered[:size] if total != edge]
    at_edge = [share for total, share in ordered if total == edge]
    places = size - len(inside)
    return (sum(inside) + places * sum(at_edge) / len(at_edge)) / size


def _for_choice(right: set[str], given: set[str], full: Decimal, rule: PartialCredit) -> Decimal:
    if given == right:
        return full
    if not given < right or rule is PartialCredit.NOTHING:
        return Decimal(0)
    if rule is PartialCredit.HALF:
        return plainly(round_to_places(full * _HALF, _PLACES))
    return plainly(round_to_places(full * len(given) / len(right), _PLACES))


def _is_right(key: Key, given: str) -> bool:
    match key.kind:
        case QuestionKind.NUMERIC:
            return _is_near(key, given)
        case QuestionKind.FILL:
            return folded(given) in {folded(one) for one in key.answers}
        case _:
            return given == key.answers[0]


def _is_near(key: Key, given: str) -> bool:
    """A number within the tolerance; the unit may stand behind it, another one may not."""
    text = _typed(given)
    unit = _typed(key.unit or "")
    value = number_in(text.removesuffix(unit) if unit else text)
    # As fractions: a difference of decimals is rounded to 28 digits.
    return value is not None and abs(Fraction(value) - Fraction(key.answers[0])) <= Fraction(key.tolerance or 0)


def _typed(text: str) -> str:
    """A number and its unit as a keyboard writes them: no blanks, minus as a hyphen, u for micro."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).rstrip("。")
    return plain.translate(_ON_A_KEYBOARD)
