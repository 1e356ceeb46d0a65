"""The formula by which a method calculates the content of a sample (含量计算公式), with its constants. Pure.

| letter | is |
|---|---|
| c | concentration in the measured solution |
| V, f, m | final volume, dilution and test portion of the position |
| c0 | mean concentration in the blanks of the batch, for a solution diluted as that of the position |
| R | mean recovery of the spikes of the batch, in %, calculated without it |
| H | moisture of the sample in %, as it is typed for its position |
| any other | a constant of the method, with its unit |

Blanks are subtracted, recoveries corrected for and contents given in dry matter only where the formula says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from lims.core.errors import LimsError, RuleRefused
from lims.core.reasons import Reason, Where, reason
from lims.science.formula import Formula, Measured
from lims.science.quantification import QuantificationInput, content, refuse_impossible
from lims.science.rounding import plain
from lims.science.units import UnitCode

CONCENTRATION: Final = "c"
FINAL_VOLUME: Final = "V"
DILUTION: Final = "f"
TEST_PORTION: Final = "m"
MEAN_BLANK: Final = "c0"
MEAN_RECOVERY: Final = "R"
MOISTURE: Final = "H"
#: What every position has, what a batch gives, and what is typed for a position.
GIVEN: Final = (CONCENTRATION, FINAL_VOLUME, DILUTION, TEST_PORTION, MEAN_BLANK, MEAN_RECOVERY, MOISTURE)
#: How contents are calculated where a method says nothing.
USUAL: Final = "c * V * f / m"
#: More is no formula of a standard.
MOST_CONSTANTS: Final = 20
#: Powers of ten from 1 in which a constant lies; what is further away is a slip of the keyboard.
_FURTHEST: Final = 12
_AT: Final = Where(field="formula")
_AT_CONSTANTS: Final = Where(field="constants")


@dataclass(frozen=True, slots=True)
class ContentFormula:
    """The formula of a method. `constants` are its further quantities by name."""

    text: str = USUAL
    constants: Mapping[str, Measured] = field(default_factory=dict)

    @property
    def formula(self) -> Formula:
        """The formula as it was read. Raises as `Formula.read` does."""
        return _read(self.text)

    @property
    def is_usual(self) -> bool:
        """Whether it is w = c · V · f / m, which `lims.science.quantification.content` calculates."""
        return _is_usual(self.text)

    @property
    def printed(self) -> str:
        """As it is printed: w = (c − c0) × V × f / m."""
        return _printed(self.text)

    def needs(self, name: str) -> bool:
        """Whether a quantity stands in it."""
        return name in self.formula.names

    def content(self, factors: QuantificationInput, measured: Mapping[str, Measured], unit: UnitCode) -> Decimal:
        """The content in `unit`, nothing rounded. `measured` are mean blank, mean recovery and moisture where needed.

        Raises as `content` and `Formula.value` do.
        """
        if self.is_usual:
            return content(factors, unit)
        refuse_impossible(factors)
        return self.formula.value({**positional(factors), **self.constants, **measured}, unit)

    def as_dict(self) -> dict[str, Any]:
        """Plain texts for JSON."""
        return {"text": self.text, "constants": quantities_as_dict(self.constants)}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "ContentFormula":
        """What `as_dict` wrote."""
        return cls(kept["text"], quantities_from(kept["constants"]))


@lru_cache(maxsize=256)
def _read(text: str) -> Formula:
    return Formula.read(text)


@lru_cache(maxsize=256)
def _printed(text: str) -> str:
    return f"w = {_read(text).printed()}"


@lru_cache(maxsize=256)
def _is_usual(text: str) -> bool:
    return _read(text).printed() == _read(USUAL).printed()


def quantities_as_dict(quantities: Mapping[str, Measured]) -> dict[str, dict[str, str]]:
    """Quantities for JSON."""
    return {name: {"value": plain(one.value), "unit": one.unit.value} for name, one in quantities.items()}


def quantities_from(kept: Mapping[str, Mapping[str, str]]) -> dict[str, Measured]:
    """What `quantities_as_dict` wrote."""
    return {name: Measured(Decimal(one["value"]), UnitCode(one["unit"])) for name, one in kept.items()}


def positional(factors: QuantificationInput) -> dict[str, Measured]:
    """The quantities that every position has, by their letters."""
    return {
        CONCENTRATION: Measured(factors.concentration, factors.concentration_unit),
        FINAL_VOLUME: Measured(factors.final_volume, factors.final_volume_unit),
        DILUTION: Measured(factors.dilution, UnitCode.ONE),
        TEST_PORTION: Measured(factors.test_portion, factors.test_portion_unit),
    }


def reasons_not_to_calculate(one: ContentFormula) -> list[Reason]:
    """Everything that is wrong with a formula; empty when contents can be calculated by it.

    Its units must give a content by mass from a test portion by mass, or one by volume from one by volume; whether they
    suit a worksheet is asked when it is made (`reasons_not_to_fit`).
    """
    try:
        formula = one.formula
    except LimsError as refusal:
        return list(refusal.reasons)
    found = [*_unknown(formula, one.constants), *_wrong_constants(formula, one.constants)]
    if CONCENTRATION not in formula.names:
        found.append(
            reason(
                "formula.without_concentration",
                "The formula {formula} has no c: nothing that is measured would count.",
                at=_AT,
                formula=formula.text,
            )
        )
    if found:
        return found
    by_mass = _units_refused(one, UnitCode.MG_PER_L, UnitCode.ML, UnitCode.G, UnitCode.MG_PER_KG)
    by_volume = _units_refused(one, UnitCode.MG_PER_L, UnitCode.ML, UnitCode.ML, UnitCode.MG_PER_L)
    return by_mass if by_mass and by_volume else []


def reasons_not_to_fit(one: ContentFormula, factors: QuantificationInput, unit: UnitCode) -> list[Reason]:
    """Why the formula gives no content in `unit` from quantities in the units of a worksheet."""
    units = (factors.concentration_unit, factors.final_volume_unit, factors.test_portion_unit)
    if one.is_usual or not _units_refused(one, *units, unit):
        return []
    return [
        reason(
            "worksheet.formula_does_not_fit",
            "The formula of the method, {formula}, gives no content in {unit} from a concentration in {concentration},"
            " a volume in {volume} and a test portion in {portion}; choose other units, or a new edition of the rules.",
            at=Where(field="result_unit"),
            formula=one.printed,
            unit=unit.value,
            concentration=units[0].value,
            volume=units[1].value,
            portion=units[2].value,
        )
    ]


def _units_refused(
    one: ContentFormula, concentration: UnitCode, volume: UnitCode, portion: UnitCode, unit: UnitCode
) -> list[Reason]:
    units = {
        CONCENTRATION: concentration,
        FINAL_VOLUME: volume,
        DILUTION: UnitCode.ONE,
        TEST_PORTION: portion,
        MEAN_BLANK: concentration,
        MEAN_RECOVERY: UnitCode.PERCENT,
        MOISTURE: UnitCode.PERCENT,
        **{name: constant.unit for name, constant in one.constants.items()},
    }
    try:
        one.formula.check_units(units, unit)
    except RuleRefused as refusal:
        return list(refusal.reasons)
    return []


def _unknown(formula: Formula, constants: Mapping[str, Measured]) -> list[Reason]:
    unknown = [name for name in formula.names if name not in GIVEN and name not in constants]
    if not unknown:
        return []
    return [
        reason(
            "formula.name_unknown",
            "Nobody knows what {names} is: give each as a constant with its value and unit, or write c, V, f, m, c0,"
            " R or H.",
            at=_AT,
            names=", ".join(unknown),
        )
    ]


def _wrong_constants(formula: Formula, constants: Mapping[str, Measured]) -> list[Reason]:
    found = []
    if len(constants) > MOST_CONSTANTS:
        found.append(
            reason(
                "formula.too_many_constants",
                "A formula has at most {most} constants.",
                at=_AT_CONSTANTS,
                most=MOST_CONSTANTS,
            )
        )
    for name, one in constants.items():
        if name in GIVEN:
            found.append(
                reason(
                    "formula.name_taken",
                    "{name} is measured and cannot be a constant; choose another name.",
                    at=_AT_CONSTANTS,
                    name=name,
                )
            )
        elif name not in formula.names:
            found.append(
                reason(
                    "formula.constant_unused",
                    "The constant {name} does not stand in the formula.",
                    at=_AT_CONSTANTS,
                    name=name[:40],
                )
            )
        if not (one.value.is_finite() and one.value > 0 and abs(one.value.adjusted()) <= _FURTHEST):
            found.append(
                reason(
                    "formula.constant_impossible",
                    "The constant {name} is {value}; a number above 0 is needed, as a method gives it: 25.0 mL, say.",
                    at=_AT_CONSTANTS,
                    name=name[:40],
                    value=str(one.value)[:40],
                )
            )
    return found
