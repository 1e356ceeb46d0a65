"""Units of measurement (计量单位): a closed list of codes, what kind of quantity each measures, exact conversion.

Pint considers mg/kg, % and the number 1 to be the same dimension and converts freely between them; a laboratory may
not. So a text is never parsed by Pint: it becomes one of the codes below, and only codes of one *kind* convert.
"""

import re
import unicodedata
from decimal import Context, Decimal, Inexact
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Self

from pint import UnitRegistry

from lims.core.errors import BadInput, RuleRefused
from lims.core.reasons import Where, reason

if TYPE_CHECKING:
    DecimalRegistry = UnitRegistry[Decimal]


class UnitKind(StrEnum):
    """What a unit measures (量的种类). Units of different kinds never convert into each other."""

    MASS_FRACTION = "mass_fraction"
    MASS_CONCENTRATION = "mass_concentration"
    MASS = "mass"
    VOLUME = "volume"
    RATIO = "ratio"


class UnitCode(StrEnum):
    """The units the system knows (计量单位代码), as they are printed and stored.

    The micro sign is the Greek letter mu, which Unicode normalisation leaves alone; `UnitCode("µg/kg")` with the
    old micro sign U+00B5 finds the same member. `%` and `1` are ratios (inhibition rate, absorbance ratio).
    """

    G_PER_KG = "g/kg"
    MG_PER_KG = "mg/kg"
    UG_PER_KG = "μg/kg"
    NG_PER_KG = "ng/kg"
    G_PER_100G = "g/100g"
    MG_PER_100G = "mg/100g"
    MG_PER_G = "mg/g"
    UG_PER_G = "μg/g"
    NG_PER_G = "ng/g"
    G_PER_L = "g/L"
    MG_PER_L = "mg/L"
    UG_PER_L = "μg/L"
    NG_PER_L = "ng/L"
    MG_PER_ML = "mg/mL"
    UG_PER_ML = "μg/mL"
    NG_PER_ML = "ng/mL"
    KG = "kg"
    G = "g"
    MG = "mg"
    UG = "μg"
    NG = "ng"
    L = "L"
    ML = "mL"
    UL = "μL"
    PERCENT = "%"
    ONE = "1"

    @property
    def kind(self) -> UnitKind:
        """What this unit measures."""
        return _KINDS[self]

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        normal = unicodedata.normalize("NFKC", value) if isinstance(value, str) else value
        return next((code for code in cls if code.value == normal and normal != value), None)


def _kind_of(code: UnitCode) -> UnitKind:
    measured, _, per = code.value.partition("/")
    if code in {UnitCode.PERCENT, UnitCode.ONE}:
        return UnitKind.RATIO
    if per:
        return UnitKind.MASS_CONCENTRATION if per.endswith("L") else UnitKind.MASS_FRACTION
    return UnitKind.VOLUME if measured.endswith("L") else UnitKind.MASS


_KINDS = {code: _kind_of(code) for code in UnitCode}

_REGISTRY_WORDS = {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "μg": "microgram", "ng": "nanogram",
    "L": "liter", "mL": "milliliter", "μL": "microliter", "100g": "hectogram", "%": "percent", "1": "dimensionless",
}  # fmt: skip


#: Every unit is a power of ten of those without a prefix: a conversion needs no registry (its tests do).
_POWERS = {"kg": 3, "g": 0, "mg": -3, "μg": -6, "ng": -9, "L": 0, "mL": -3, "μL": -6, "100g": 2, "%": -2, "1": 0}

#: Wide enough for every digit of a product; a lost digit would raise instead of passing unseen.
_EXACT = Context(prec=100_000, traps=[Inexact])


@cache
def registry() -> "DecimalRegistry":
    """The one Pint registry of the process, in exact decimals; building it takes about 0.1 s, so it is built late."""
    return UnitRegistry(non_int_type=Decimal)


def registry_name(code: UnitCode) -> str:
    """The unit's full name in the Pint registry, `milligram/kilogram` for `mg/kg`."""
    return "/".join(_REGISTRY_WORDS[part] for part in code.value.split("/"))


@cache
def factor(source: UnitCode, target: UnitCode) -> Decimal:
    """By what a value in `source` is multiplied to be in `target`.

    Raises `RuleRefused` `unit.kind_differs` when the two measure different kinds of quantity.
    """
    if source.kind is not target.kind:
        raise RuleRefused(
            reason(
                "unit.kind_differs",
                "A value in {source} cannot be given in {target}: the two units measure different kinds of quantity.",
                source=source.value,
                target=target.value,
            )
        )
    return Decimal(1).scaleb(_power(source) - _power(target))


def _power(code: UnitCode) -> int:
    """The power of ten that a unit is of grams, litres or 1, or of one over the other."""
    measured, _, per = code.value.partition("/")
    return _POWERS[measured] - (_POWERS[per] if per else 0)


def convert(value: Decimal, source: UnitCode, target: UnitCode) -> Decimal:
    """The same value in another unit, exactly: nothing is rounded, every digit is kept.

    Raises `RuleRefused` `unit.kind_differs` for units of different kinds, `BadInput` `number.not_finite` for a value
    that is not a finite number.
    """
    if not value.is_finite():
        raise BadInput(reason("number.not_finite", "{value} is not a number that can be calculated with.", value=value))
    if source is target:
        return value
    return _EXACT.multiply(value, factor(source, target))


_CHINESE = (
    ("毫克", "mg"), ("微克", "μg"), ("纳克", "ng"), ("千克", "kg"), ("公斤", "kg"), ("克", "g"),
    ("毫升", "ml"), ("微升", "μl"), ("升", "l"), ("每", "/"),
)  # fmt: skip

#: "mg kg-1" and "mg·kg⁻¹", after normalisation.
_NEGATIVE_POWER = re.compile(r"(?P<measured>[a-zμ]+?)[·⋅.*]?(?P<per>kg|g|l|ml)[-−]1")


def parse_unit(text: str, *, at: Where | None = None) -> UnitCode:
    """The code of a unit as people and instruments write it: `ug/kg`, `μg/Kg`, `毫克/千克`, `mg·kg⁻¹`, `ng/ml`.

    Width and compatibility forms are unified (NFKC), spaces dropped. `u` stands for micro. Case is forgiven except
    for `M`, which is mega and never milli. Words whose meaning depends on what is measured (ppm, ppb) are refused.
    Raises `BadInput` `unit.unknown` naming every allowed code.
    """
    known = _code_of(text)
    if known is None:
        raise BadInput(
            reason(
                "unit.unknown",
                "The unit “{unit}” is not known; allowed are {allowed}.",
                at=at,
                unit=text,
                allowed=", ".join(code.value for code in UnitCode),
            )
        )
    return known


@lru_cache(maxsize=1024)
def _code_of(text: str) -> UnitCode | None:
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    for word, symbol in _CHINESE:
        plain = plain.replace(word, symbol)
    return None if "M" in plain else _codes_by_spelling().get(_spelling(plain))


def _spelling(text: str) -> str:
    folded = re.sub(r"u(?=g|l)", "μ", text.lower())
    power = _NEGATIVE_POWER.fullmatch(folded)
    return f"{power['measured']}/{power['per']}" if power else folded


@cache
def _codes_by_spelling() -> dict[str, UnitCode]:
    return {_spelling(code.value): code for code in UnitCode}
