"""Brackets as they are stored with a calibration and with a measurement, and read again (夹心校准记录). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lims.runs.outcomes import Brackets
from lims.science.bracketing import Bracketed, BracketRule, BracketStandard, BracketTerms, bracket_factor
from lims.science.calibration import CalibrationPoint
from lims.science.rounding import plain, round_to_places


@dataclass(frozen=True, slots=True)
class KeptBracket:
    """The bracket that one injection was read from. `place` is its own in the sequence, from 1."""

    before: BracketStandard
    after: BracketStandard
    place: Decimal
    rule: BracketRule
    response_factor: Decimal
    drift_percent: Decimal
    is_valid: bool

    @property
    def drift(self) -> str:
        """The drift as it is read: −0.7."""
        return plain(round_to_places(self.drift_percent, 1)).replace("-", "−")

    @property
    def standards(self) -> str:
        """Which standards served: STD-1 (1) – STD-2 (9), with their places in the sequence."""
        both = (f"{one.point.label} ({plain(one.position)})" for one in (self.before, self.after))
        return " – ".join(both)

    def factor_again(self) -> Decimal:
        """The response factor, calculated from the standards once more."""
        return bracket_factor(self.before, self.after, self.place, self.rule)


@dataclass(frozen=True, slots=True)
class KeptReading:
    """What was read from a bracket in one injection, in the unit of the standards."""

    key: str
    label: str
    concentration: Decimal
    bracket: KeptBracket


@dataclass(frozen=True, slots=True)
class KeptBrackets:
    """All brackets of an analyte in a run: the terms of the method, the standards, the injections between them."""

    terms: BracketTerms
    standards: tuple[BracketStandard, ...]
    readings: tuple[KeptReading, ...]


def bracket_as_dict(one: Bracketed) -> dict[str, Any]:
    """A bracket for JSON; `kept_bracket` reads it."""
    return {
        "before": _standard_as_dict(one.before),
        "after": _standard_as_dict(one.after),
        "place": plain(one.position),
        "rule": one.rule.value,
        "response_factor": plain(one.response_factor),
        "drift_percent": plain(one.drift_percent),
        "is_valid": one.is_valid,
    }


def kept_bracket(kept: Mapping[str, Any] | None) -> KeptBracket | None:
    """What `bracket_as_dict` wrote; None where there is none."""
    if kept is None:
        return None
    return KeptBracket(
        _standard(kept["before"]),
        _standard(kept["after"]),
        Decimal(kept["place"]),
        BracketRule(kept["rule"]),
        Decimal(kept["response_factor"]),
        Decimal(kept["drift_percent"]),
        bool(kept["is_valid"]),
    )


def brackets_as_dict(several: Brackets) -> dict[str, Any]:
    """All brackets of an analyte for JSON; `kept_brackets` reads them."""
    return {
        "terms": several.terms.as_dict(),
        "standards": [_standard_as_dict(one) for one in several.standards],
        "readings": [
            {
                "key": one.key,
                "label": one.label,
                "concentration": plain(one.bracket.concentration),
                "bracket": bracket_as_dict(one.bracket),
            }
            for one in several.injections
        ],
    }


def kept_brackets(fitted: Mapping[str, Any]) -> KeptBrackets | None:
    """The brackets of a calibration as it is stored (its `fitted`); None for one that is no bracketing."""
    kept = fitted.get("brackets")
    if kept is None:
        return None
    readings = []
    for one in kept["readings"]:
        bracket = kept_bracket(one["bracket"])
        if bracket is not None:
            readings.append(KeptReading(one["key"], one["label"], Decimal(one["concentration"]), bracket))
    return KeptBrackets(
        BracketTerms.from_dict(kept["terms"]), tuple(_standard(one) for one in kept["standards"]), tuple(readings)
    )


def _standard_as_dict(one: BracketStandard) -> dict[str, Any]:
    return {
        "label": one.point.label,
        "place": plain(one.position),
        "concentration": plain(one.point.concentration),
        "response": plain(one.point.response),
        "is_used": one.point.is_used,
        "why_not": one.point.why_not,
    }


def _standard(kept: Mapping[str, Any]) -> BracketStandard:
    point = CalibrationPoint(
        Decimal(kept["concentration"]), Decimal(kept["response"]), kept["label"], kept["is_used"], kept["why_not"]
    )
    return BracketStandard(point, Decimal(kept["place"]))
