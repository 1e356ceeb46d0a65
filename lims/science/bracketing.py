"""Bracketing (夹心校准): a sample is read from the standards that were injected before and after it.

Both standards give a response factor; their drift decides whether the bracket is valid. Positions are a time or a
number in the sequence, in any unit, the same for standards and samples. Where standards of several levels bracket, a
sample is read from those of one level, that whose response is nearest to its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any

from lims.core.errors import BadInput, RuleRefused
from lims.core.reasons import Reason, Where, reason
from lims.science.calibration import CalibrationPoint
from lims.science.response_factor import response_factor
from lims.science.rounding import CALCULATION, plain, round_significant


class BracketRule(StrEnum):
    """Which response factor a sample gets (响应因子取法): the mean of both, or one between them by position."""

    MEAN = "mean_factor"
    INTERPOLATED = "interpolated_factor"


@dataclass(frozen=True, slots=True)
class BracketStandard:
    """One injection of the bracketing standard, at its position in the sequence."""

    point: CalibrationPoint
    position: Decimal

    @property
    def factor(self) -> Decimal:
        """y/x of this injection. Raises `BadInput` `calibration.no_response_factor`."""
        return response_factor(self.point)


@dataclass(frozen=True, slots=True)
class BracketLimit:
    """How far the response factor may drift within a bracket, in percent, and the text that says so."""

    max_drift_percent: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class BracketTerms:
    """How a method brackets (夹心校准要求), as data with its source.

    `reach_percent`: how far below the lowest and above the highest standard a concentration may still be reported.
    """

    rule: BracketRule
    max_drift_percent: Decimal
    reach_percent: Decimal
    source: str

    @property
    def limit(self) -> BracketLimit:
        """How far a bracket may drift."""
        return BracketLimit(self.max_drift_percent, self.source)

    def as_dict(self) -> dict[str, str]:
        """Plain texts for JSON."""
        return {
            "rule": self.rule.value,
            "max_drift_percent": plain(self.max_drift_percent),
            "reach_percent": plain(self.reach_percent),
            "source": self.source,
        }

    @classmethod
    def from_dict(cls, texts: Mapping[str, Any]) -> "BracketTerms":
        """What `as_dict` wrote."""
        return cls(
            BracketRule(texts["rule"]),
            Decimal(texts["max_drift_percent"]),
            Decimal(texts["reach_percent"]),
            texts["source"],
        )


def reasons_not_to_bracket(terms: BracketTerms) -> list[Reason]:
    """What speaks against terms: a drift of nothing or of everything, a reach below zero or all the way down to it."""
    at = Where(field="bracketing")
    found = []
    if not 0 < terms.max_drift_percent < 100:
        found.append(
            reason("calibration.bracket_drift_limit", "The drift of a bracket must be above 0 and below 100 %.", at=at)
        )
    if not 0 <= terms.reach_percent < 100:
        found.append(
            reason(
                "calibration.bracket_reach",
                "How far beyond the standards is reported must be 0 % or more, and below 100 %.",
                at=at,
            )
        )
    if not terms.source.strip():
        found.append(
            reason("calibration.bracket_source", "Say which text asks for the bracketing and its limit.", at=at)
        )
    return found


@dataclass(frozen=True, slots=True)
class Bracketed:
    """What the bracket gives a sample at its `position`, by the `rule`.

    `before` and `after` are the standards that served; `reasons` speak against it.

    `drift_percent` = 100 (RF_after/RF_before − 1). The concentration is in the unit of the standards, 28 digits; it is
    a result only when `is_valid`.
    """

    concentration: Decimal
    response_factor: Decimal
    drift_percent: Decimal
    before: BracketStandard
    after: BracketStandard
    position: Decimal
    rule: BracketRule
    reasons: tuple[Reason, ...]

    @property
    def is_valid(self) -> bool:
        """Whether nothing speaks against the bracket."""
        return not self.reasons


def bracketing_standards(
    standards: Sequence[BracketStandard], position: Decimal
) -> tuple[BracketStandard, BracketStandard]:
    """The last used standard before a position and the first after it.

    Raises `RuleRefused` `calibration.not_bracketed` when there is none on either side.
    """
    used = [one for one in standards if one.point.is_used]
    before = [one for one in used if one.position <= position]
    after = [one for one in used if one.position > position]
    if not before or not after:
        raise RuleRefused(_not_bracketed(position))
    return max(before, key=lambda one: one.position), min(after, key=lambda one: one.position)


def bracketed(
    response: Decimal,
    position: Decimal,
    standards: Sequence[BracketStandard],
    limit: BracketLimit,
    rule: BracketRule = BracketRule.MEAN,
) -> Bracketed:
    """The concentration of a sample, response/RF, from the two standards around its position, exactly.

    Both are of one level, the one whose mean response is nearest to that of the sample.

    RF = (RF_before + RF_after)/2, or RF_before + (RF_after − RF_before)·(t − t_before)/(t_after − t_before). Raises
    `BadInput` `calibration.response_not_finite` and `calibration.no_response_factor`, `RuleRefused`
    `calibration.not_bracketed`.
    """
    if not response.is_finite():
        raise BadInput(
            reason(
                "calibration.response_not_finite",
                "The response {response} is not a number that can be read from a calibration.",
                response=str(response),
            )
        )
    before, after = _nearest_pair(response, position, standards)
    factor = bracket_factor(before, after, position, rule)
    with localcontext(CALCULATION):
        drift = 100 * (after.factor / before.factor - 1)
        found = response / factor
    return Bracketed(found, factor, drift, before, after, position, rule, tuple(_drifted(drift, limit)))


def bracket_factor(before: BracketStandard, after: BracketStandard, position: Decimal, rule: BracketRule) -> Decimal:
    """RF of a bracket at a position, 28 digits. Raises `BadInput` `calibration.no_response_factor`."""
    first, last = before.factor, after.factor
    with localcontext(CALCULATION):
        if rule is BracketRule.MEAN:
            return (first + last) / 2
        return first + (last - first) * (position - before.position) / (after.position - before.position)


def _nearest_pair(
    response: Decimal, position: Decimal, standards: Sequence[BracketStandard]
) -> tuple[BracketStandard, BracketStandard]:
    """The bracketing pair of the level nearest in response. Raises as `bracketing_standards` does."""
    pairs = []
    for level in sorted({one.point.concentration for one in standards if one.point.is_used}):
        of_level = [one for one in standards if one.point.concentration == level]
        try:
            pairs.append(bracketing_standards(of_level, position))
        except RuleRefused:
            continue
    if not pairs:
        raise RuleRefused(_not_bracketed(position))
    return min(pairs, key=lambda pair: abs(response - (pair[0].point.response + pair[1].point.response) / 2))


def _not_bracketed(position: Decimal) -> Reason:
    return reason(
        "calibration.not_bracketed",
        "The injection at {position} lies between no two standards of one level; inject one before and one after it.",
        at=Where(field="position"),
        position=plain(position),
    )


def _drifted(drift: Decimal, limit: BracketLimit) -> list[Reason]:
    if abs(drift) <= limit.max_drift_percent:
        return []
    return [
        reason(
            "calibration.bracket_drifted",
            "The response factor drifts by {drift} % within the bracket; {source} allows at most {allowed} %.",
            drift=plain(round_significant(drift, 3)),
            allowed=plain(limit.max_drift_percent),
            source=limit.source,
        )
    ]
