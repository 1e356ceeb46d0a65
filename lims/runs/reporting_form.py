"""The form of how a method has its results rounded: figures, or decimals, with the text that asks for it."""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.science.rounding import SANTE_FIGURES, FiguresRule, PlacesRule, ReportingRule, reporting_as_dict
from lims.science.units import UnitCode, UnitKind
from lims.web.forms import Filled, Form

_FIELDS: Final = ("places", "threshold", "unit", "figures_from_threshold", "figures_below", "source")


class Rounding(StrEnum):
    """How results are rounded (结果修约方式)."""

    USUAL = "usual_rounding"
    FIGURES = "significant_figures"
    PLACES = "fixed_decimals"


def reporting_of_form(form: Form) -> ReportingRule | None:
    """The rule that was chosen; None: the usual one. Raises `BadInput` for a number that cannot be read."""
    texts = {name: form.text(f"shown_{name}") for name in _FIELDS}
    try:
        unit = UnitCode(texts["unit"] or SANTE_FIGURES.unit)
        match form.text("rounding"):
            case Rounding.PLACES:
                return PlacesRule(int(texts["places"]), unit, texts["source"][:200])
            case Rounding.FIGURES:
                figures = int(texts["figures_from_threshold"]), int(texts["figures_below"])
                return FiguresRule(Decimal(texts["threshold"]), unit, *figures, texts["source"][:200])
            case _:
                return None
    except (ValueError, InvalidOperation) as fault:
        raise BadInput(
            reason(
                "rounding.unreadable",
                "Write the figures or decimals of results as whole numbers, and the content from which more count.",
                at=Where(field="rounding"),
            )
        ) from fault


def reporting_fields(rule: ReportingRule | None, form: Filled) -> dict[str, Any]:
    """What the form shows: as it was typed, or the rule in force."""
    return {
        "shown": Filled(form.values if form.values else _values(rule), form.errors),
        "ways": tuple(Rounding),
        "units": [unit for unit in UnitCode if unit.kind in {UnitKind.MASS_FRACTION, UnitKind.MASS_CONCENTRATION}],
    }


def _values(rule: ReportingRule | None) -> dict[str, str]:
    way = Rounding.USUAL if rule is None else Rounding.PLACES if isinstance(rule, PlacesRule) else Rounding.FIGURES
    texts = {**reporting_as_dict(SANTE_FIGURES), "source": ""} | ({} if rule is None else reporting_as_dict(rule))
    return {"rounding": way.value} | {f"shown_{name}": text for name, text in texts.items()}
