"""Rules of quality control (质控规则) as data: a check, its limits, where they hold, and the text they come from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from lims.core.errors import BadInput
from lims.core.reasons import Reason, mark, reason
from lims.science.quality_control import QcCheck, QcOutcome, QcVerdict, SourceStatus, part_used
from lims.science.rounding import plain, round_significant

#: From this part of a limit on a value is near it, and worth a look although it passes.
NEAR: Final = Decimal("0.9")


class RuleBasis(StrEnum):
    """What a limit is counted in, where a check knows several ways (计算基准)."""

    MINUTES = "in_minutes"
    PERCENT_OF_TIME = "in_percent_of_time"
    QUALIFIER_OVER_QUANTIFIER = "qualifier_over_quantifier"
    QUANTIFIER_OVER_QUALIFIER = "quantifier_over_qualifier"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the limits of a check mean: which of them it has, in which unit, and what its range speaks of."""

    has_low: bool
    has_high: bool
    unit: str
    text: str
    ranges: str = ""
    bases: tuple[RuleBasis, ...] = ()
    has_every: bool = False


_CONTENT: Final = mark("content in mg/kg")
#: By check; a check that stands here may have rules.
MEANINGS: Mapping[QcCheck, Meaning] = MappingProxyType(
    {
        QcCheck.BLANK: Meaning(False, True, "", mark("content of a blank as part of the LOQ: 0.3 for 30 %")),
        QcCheck.SPIKE_RECOVERY: Meaning(True, True, "%", mark("recovery of what was added"), _CONTENT),
        QcCheck.DUPLICATE: Meaning(
            False, True, "%", mark("difference of two determinations over their mean"), _CONTENT
        ),
        QcCheck.PRECISION: Meaning(
            False, True, "", mark("spread of two determinations over the one that Horwitz expects"), _CONTENT
        ),
        QcCheck.CHECK_STANDARD: Meaning(True, True, "%", mark("found over nominal of a check standard")),
        QcCheck.BRACKET: Meaning(
            False, False, "", mark("a check standard after so many injections at most, and at the end"), has_every=True
        ),
        QcCheck.DRIFT: Meaning(
            False, True, "%", mark("change over the sequence by the line through the check standards")
        ),
        QcCheck.INTERNAL_STANDARD: Meaning(
            True, True, "%", mark("response of the internal standard over its mean in the standards")
        ),
        QcCheck.ION_RATIO: Meaning(
            False,
            True,
            "%",
            mark("relative deviation of the ion ratio from that of the standards"),
            mark("abundance of the qualifier in %"),
            (RuleBasis.QUALIFIER_OVER_QUANTIFIER, RuleBasis.QUANTIFIER_OVER_QUALIFIER),
        ),
        QcCheck.RETENTION_TIME: Meaning(
            False,
            True,
            "",
            mark("deviation of the retention time from that of the standards"),
            bases=(RuleBasis.MINUTES, RuleBasis.PERCENT_OF_TIME),
        ),
        QcCheck.SIGNAL_TO_NOISE: Meaning(True, False, "", mark("signal to noise, as the instrument states it")),
        QcCheck.CARRY_OVER: Meaning(
            False, True, "%", mark("response of the blank after the highest standard over that of the lowest")
        ),
        QcCheck.CALIBRATION_LEVEL: Meaning(False, True, "%", mark("deviation of a standard read back from the line")),
        QcCheck.MANUAL_INTEGRATION: Meaning(
            False, False, "", mark("a peak integrated by hand needs a reason and a second person")
        ),
    }
)


@dataclass(frozen=True, slots=True)
class QcRule:
    """One rule. `low` and `high` belong to what is allowed; the range reaches from `above` (not in it) to `up_to`."""

    check: QcCheck
    source: str
    status: SourceStatus = SourceStatus.OWN
    low: Decimal | None = None
    high: Decimal | None = None
    above: Decimal | None = None
    up_to: Decimal | None = None
    basis: RuleBasis | None = None
    every: int | None = None

    def covers(self, place: Decimal) -> bool:
        """Does the rule speak of this content or abundance?"""
        return (self.above is None or place > self.above) and (self.up_to is None or place <= self.up_to)

    @property
    def unit(self) -> str:
        """The unit of the limits."""
        if self.check is QcCheck.RETENTION_TIME:
            return "%" if self.basis is RuleBasis.PERCENT_OF_TIME else "min"
        return MEANINGS[self.check].unit

    @property
    def limit(self) -> str:
        """The limits as a text: 70–120 %."""
        unit = f" {self.unit}" if self.unit else ""
        if self.low is not None and self.high is not None:
            return f"{plain(self.low)}–{plain(self.high)}{unit}"
        if self.high is not None:
            sign = "±" if self.check in _TWO_SIDED else "≤ "
            return f"{sign}{plain(self.high)}{unit}"
        if self.low is not None:
            return f"≥ {plain(self.low)}{unit}"
        return "" if self.every is None else f"≤ {self.every}"

    def as_dict(self) -> dict[str, Any]:
        """Plain texts for JSON."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {
            "check": self.check.value,
            "source": self.source,
            "status": self.status.value,
            **{name: None if value is None else plain(value) for name, value in numbers.items()},
            "basis": None if self.basis is None else self.basis.value,
            "every": self.every,
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "QcRule":
        """What `as_dict` wrote."""
        numbers = {name: None if kept.get(name) is None else Decimal(kept[name]) for name in _NUMBERS}
        basis, every = kept.get("basis"), kept.get("every")
        return cls(
            check=QcCheck(kept["check"]),
            source=kept["source"],
            status=SourceStatus(kept["status"]),
            basis=None if basis is None else RuleBasis(basis),
            every=None if every is None else int(every),
            **numbers,
        )


_NUMBERS: Final = ("low", "high", "above", "up_to")
_TWO_SIDED: Final = frozenset({QcCheck.ION_RATIO, QcCheck.RETENTION_TIME, QcCheck.CALIBRATION_LEVEL, QcCheck.DRIFT})


def rule_for(rules: Iterable[QcRule], check: QcCheck, place: Decimal | None = None) -> QcRule | None:
    """The first rule of a check that covers a content or abundance; without a place the first of the check."""
    return next((rule for rule in rules if rule.check is check and (place is None or rule.covers(place))), None)


def held(rule: QcRule, value: Decimal, why: Reason) -> QcOutcome:
    """A value against the limits of a rule; `why` is said when it fails. A two-sided limit looks at the magnitude."""
    looked_at = abs(value) if rule.check in _TWO_SIDED else value
    inside = (rule.low is None or looked_at >= rule.low) and (rule.high is None or looked_at <= rule.high)
    return QcOutcome(
        rule.check,
        QcVerdict.PASS if inside else QcVerdict.FAIL,
        value,
        rule.limit,
        rule.source,
        None if inside else why,
        part_used(looked_at, rule.low, rule.high),
        rule.status,
    )


def not_evaluated(rule: QcRule, why: Reason, value: Decimal | None = None) -> QcOutcome:
    """Nothing to hold against the limits of a rule, and why."""
    return QcOutcome(rule.check, QcVerdict.NOT_EVALUATED, value, rule.limit, rule.source, why, status=rule.status)


def shown(value: Decimal) -> str:
    """A number in a reason: four figures."""
    return plain(round_significant(value, 4))


def reasons_not_to_set(rules: Iterable[QcRule]) -> list[Reason]:
    """What speaks against rules: a limit that is missing or backwards, a range that ends before it begins."""
    return [why for row, rule in enumerate(rules, start=1) for why in _faults(rule, row)]


def _faults(rule: QcRule, row: int) -> list[Reason]:
    meaning = MEANINGS.get(rule.check)
    found = []
    if meaning is None:
        return [reason("qc.no_rules", "Row {row}: this check takes no rules.", row=row)]
    if (meaning.has_high and rule.high is None) or (meaning.has_low and not meaning.has_high and rule.low is None):
        found.append(reason("qc.limit_missing", "Row {row}: {check} needs its limit.", row=row, check=_name(rule)))
    if meaning.has_every and not rule.every:
        found.append(
            reason("qc.every_missing", "Row {row}: say after how many injections a check standard is due.", row=row)
        )
    backwards = (rule.low, rule.high), (rule.above, rule.up_to)
    if any(one is not None and other is not None and one > other for one, other in backwards):
        found.append(
            reason("qc.limits_backwards", "Row {row}: the lower number must come before the higher one.", row=row)
        )
    if not rule.source.strip():
        found.append(reason("qc.source_missing", "Row {row}: say which text asks for this limit.", row=row))
    if rule.basis is not None and rule.basis not in meaning.bases:
        found.append(
            reason("qc.basis_wrong", "Row {row}: {check} is not counted in this way.", row=row, check=_name(rule))
        )
    return found


def _name(rule: QcRule) -> str:
    return rule.check.value.replace("_", " ")


def rules_from(rows: Iterable[Mapping[str, Any]]) -> tuple[QcRule, ...]:
    """Rules as they are stored. Raises `BadInput` for what is none."""
    try:
        return tuple(QcRule.from_dict(row) for row in rows)
    except (KeyError, ValueError, ArithmeticError) as fault:
        raise BadInput(reason("qc.rule_unreadable", "A stored rule of quality control cannot be read.")) from fault
