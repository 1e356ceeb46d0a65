"""What was found of a substance (结果量值): a number, less than can be quantified, or nothing.

An amount is a type, never a text that may be a number, and "nothing found" is never 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeAlias, assert_never

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.science.rounding import ReportingRule, reporting_as_dict, reporting_from_dict
from lims.science.units import UnitCode, convert, parse_unit


@dataclass(frozen=True, slots=True)
class Quantified:
    """A value was measured (定量检出). `expanded_uncertainty` is U for k = 2, in the same unit, if it is known.

    `value` is never rounded: it is what a limit is held against. `reporting` is how its method has it shown, None: as
    `lims.science.rounding` does by itself.
    """

    value: Decimal
    unit: UnitCode
    expanded_uncertainty: Decimal | None = None
    reporting: ReportingRule | None = None

    def __post_init__(self) -> None:
        _require_number("value", self.value)
        if self.expanded_uncertainty is not None:
            _require_number("expanded_uncertainty", self.expanded_uncertainty)


@dataclass(frozen=True, slots=True)
class BelowLoq:
    """Less than the limit of quantification (低于定量限, `<LOQ`).

    `detected` says that the substance itself was identified (检出但低于定量限): for a prohibited substance that
    decides, whatever the number would be. False: its presence was not established.
    """

    limit_of_quantification: Decimal
    unit: UnitCode
    detected: bool = False

    def __post_init__(self) -> None:
        _require_number("limit_of_quantification", self.limit_of_quantification, zero=False)


@dataclass(frozen=True, slots=True)
class NotDetected:
    """Not found (未检出), by a method that finds it from the limit of detection (检出限) upwards.

    `limit_of_quantification` is given when the method states one: what a non-detect can vouch for is then that.
    """

    limit_of_detection: Decimal
    unit: UnitCode
    limit_of_quantification: Decimal | None = None

    def __post_init__(self) -> None:
        _require_number("limit_of_detection", self.limit_of_detection, zero=False)
        if self.limit_of_quantification is not None:
            _require_number("limit_of_quantification", self.limit_of_quantification, zero=False)


Amount: TypeAlias = Quantified | BelowLoq | NotDetected

#: Stands for a bound that nobody stated: below every real one, in any unit. Whoever compares asks `is_stated`.
UNSTATED = Decimal("1E-40")
_LEAST = Decimal("1E-25")


#: Before the names of the parts of a reporting rule.
_SHOWN = "shown_"


def is_stated(amount: Amount) -> bool:
    """Is it known how far down the method reaches? True for what was quantified."""
    match amount:
        case Quantified():
            return True
        case BelowLoq(limit_of_quantification=bound):
            return bound > _LEAST
        case NotDetected(limit_of_detection=detection, limit_of_quantification=quantification):
            return (quantification or detection) > _LEAST
        case _:
            assert_never(amount)


def _require_number(field: str, value: Decimal, *, zero: bool = True) -> None:
    """Refuse what cannot be an amount: NaN, infinity, a negative content, a limit of zero."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{field} must be a Decimal, not {type(value).__name__}")
    if value.is_finite() and (value > 0 or (zero and value == 0)):
        return
    if zero:
        said = reason(
            "amount.out_of_range",
            "{number} cannot be an amount; it must be a number of 0 or more.",
            at=Where(field=field),
            number=str(value),
        )
    else:
        said = reason(
            "amount.limit_not_positive",
            "{number} cannot be a limit of detection or quantification; it must be a number above 0.",
            at=Where(field=field),
            number=str(value),
        )
    raise BadInput(said)


def upper_bound(amount: Amount) -> Decimal:
    """The most there can be, in the amount's unit: the value, or the limit the method vouches for; 0 if unstated."""
    if not is_stated(amount):
        return Decimal(0)
    match amount:
        case Quantified(value=value):
            return value
        case BelowLoq(limit_of_quantification=bound):
            return bound
        case NotDetected(limit_of_detection=detection, limit_of_quantification=quantification):
            return detection if quantification is None else quantification
        case _:
            assert_never(amount)


def lower_bound(amount: Amount) -> Decimal:
    """The least there can be, in the amount's unit: the value, or 0 for what was not quantified."""
    return amount.value if isinstance(amount, Quantified) else Decimal(0)


def is_detected(amount: Amount) -> bool:
    """Was the substance found at all, quantified or not? A measured 0 is not a detection."""
    match amount:
        case Quantified(value=value):
            return value > 0
        case BelowLoq(detected=detected):
            return detected
        case NotDetected():
            return False
        case _:
            assert_never(amount)


def shared_reporting(amounts: Iterable[Amount]) -> ReportingRule | None:
    """How a sum of amounts is shown: as its quantified parts are, where these agree."""
    rules = {one.reporting for one in amounts if isinstance(one, Quantified)}
    return rules.pop() if len(rules) == 1 else None


def in_unit(amount: Amount, unit: UnitCode) -> Amount:
    """The same amount in another unit of its kind, exactly. Raises `RuleRefused` `unit.kind_differs`."""

    def move(value: Decimal) -> Decimal:
        return convert(value, amount.unit, unit)

    match amount:
        case Quantified(value=value, expanded_uncertainty=u, reporting=rule):
            return Quantified(move(value), unit, None if u is None else move(u), rule)
        case BelowLoq(limit_of_quantification=bound, detected=detected):
            return BelowLoq(move(bound), unit, detected)
        case NotDetected(limit_of_detection=detection, limit_of_quantification=bound):
            return NotDetected(move(detection), unit, None if bound is None else move(bound))
        case _:
            assert_never(amount)


def amount_to_dict(amount: Amount) -> dict[str, str]:
    """The amount as plain texts for JSON, digits kept; `amount_from_dict` reads it back. Unknown parts are absent."""
    known: dict[str, Decimal | str | None]
    match amount:
        case Quantified(value=value, expanded_uncertainty=u, reporting=rule):
            known = {"kind": "quantified", "value": value, "expanded_uncertainty": u}
            if rule is not None:
                known |= {_SHOWN + name: text for name, text in reporting_as_dict(rule).items()}
        case BelowLoq(limit_of_quantification=bound, detected=detected):
            known = {"kind": "below_loq", "limit_of_quantification": bound, "detected": "yes" if detected else "no"}
        case NotDetected(limit_of_detection=detection, limit_of_quantification=bound):
            known = {"kind": "not_detected", "limit_of_detection": detection, "limit_of_quantification": bound}
        case _:
            assert_never(amount)
    texts = {name: _text(part) for name, part in known.items() if part is not None}
    return texts | {"unit": amount.unit.value}


def amount_from_dict(texts: Mapping[str, str]) -> Amount:
    """The amount that `amount_to_dict` wrote. Raises `BadInput` naming the part that is missing or wrong."""
    unit = parse_unit(_part(texts, "unit"), at=Where(field="unit"))
    match _part(texts, "kind"):
        case "quantified":
            value, uncertainty = _number(texts, "value"), _optional_number(texts, "expanded_uncertainty")
            return Quantified(value, unit, uncertainty, _reporting(texts))
        case "below_loq":
            return BelowLoq(_number(texts, "limit_of_quantification"), unit, _yes(texts, "detected"))
        case "not_detected":
            return NotDetected(
                _number(texts, "limit_of_detection"), unit, _optional_number(texts, "limit_of_quantification")
            )
        case other:
            raise BadInput(
                reason(
                    "amount.kind_unknown",
                    "“{kind}” is no kind of amount; it must be quantified, below_loq or not_detected.",
                    at=Where(field="kind"),
                    kind=other,
                )
            )


def _reporting(texts: Mapping[str, str]) -> ReportingRule | None:
    own = {name.removeprefix(_SHOWN): text for name, text in texts.items() if name.startswith(_SHOWN)}
    return reporting_from_dict(own) if own else None


def _text(part: Decimal | str) -> str:
    return format(part, "f") if isinstance(part, Decimal) else part


def _part(texts: Mapping[str, str], field: str) -> str:
    if field not in texts:
        raise BadInput(
            reason("amount.part_missing", "The amount has no {part}; it is needed.", at=Where(field=field), part=field)
        )
    return texts[field]


def _number(texts: Mapping[str, str], field: str) -> Decimal:
    text = _part(texts, field)
    try:
        # A float would bring binary digits nobody measured; only texts are read.
        if not isinstance(text, str):
            raise InvalidOperation
        return Decimal(text)
    except InvalidOperation as unreadable:
        raise BadInput(
            reason(
                "amount.not_a_number",
                "“{text}” is not a number written as text; write for example 0.05.",
                at=Where(field=field),
                text=text,
            )
        ) from unreadable


def _optional_number(texts: Mapping[str, str], field: str) -> Decimal | None:
    return _number(texts, field) if field in texts else None


def _yes(texts: Mapping[str, str], field: str) -> bool:
    text = _part(texts, field)
    if text not in {"yes", "no"}:
        raise BadInput(reason("amount.not_yes_or_no", "“{text}” must be yes or no.", at=Where(field=field), text=text))
    return text == "yes"
