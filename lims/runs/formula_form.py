"""The form of the formula by which a method calculates contents: its text and its constants."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from lims.core.errors import refuse_bad
from lims.core.reasons import Reason, Where, reason
from lims.science.content_formula import MOST_CONSTANTS, USUAL, ContentFormula
from lims.science.formula import Measured
from lims.science.units import UnitCode
from lims.web.forms import Filled, Form

_EMPTY_ROWS: Final = 2
#: A volume is most often what an aliquot is of.
_FIRST_UNIT: Final = UnitCode.ML


def formula_of(form: Form) -> ContentFormula | None:
    """The formula that was written; None: the usual one. Raises `BadInput` with every number that cannot be read."""
    faults: list[Reason] = []
    constants: dict[str, Measured] = {}
    for row in range(MOST_CONSTANTS):
        if not (name := form.text(f"constant_name_{row}")):
            continue
        try:
            value = Decimal(form.text(f"constant_value_{row}"))
            unit = UnitCode(form.text(f"constant_unit_{row}"))
        except (InvalidOperation, ValueError):
            faults.append(_unreadable(name, f"constant_value_{row}"))
            continue
        if name in constants:
            faults.append(_twice(name))
        constants[name] = Measured(value, unit)
    refuse_bad(faults)
    text = form.text("formula")
    if not text and not constants:
        return None
    return ContentFormula(text or USUAL, constants)


def _unreadable(name: str, field: str) -> Reason:
    return reason(
        "formula.constant_unreadable",
        "The constant {name} needs a number, such as 25.0, and a unit.",
        at=Where(field=field),
        name=name[:40],
    )


def _twice(name: str) -> Reason:
    return reason(
        "formula.constant_twice", "The constant {name} is given twice.", at=Where(field="constants"), name=name[:40]
    )


def formula_fields(formula: ContentFormula | None, form: Filled) -> dict[str, Any]:
    """What the form shows: as it was typed, or the formula in force."""
    shown = Filled(form.values if form.values else _values(formula), form.errors)
    rows = [row for row in range(MOST_CONSTANTS) if shown.value(f"constant_name_{row}")]
    count = min((max(rows) + 1 if rows else 0) + _EMPTY_ROWS, MOST_CONSTANTS)
    return {"shown": shown, "rows": range(count), "usual": USUAL, "units": _units()}


def _units() -> list[UnitCode]:
    return sorted(UnitCode, key=lambda unit: unit is not _FIRST_UNIT)


def _values(formula: ContentFormula | None) -> dict[str, str]:
    if formula is None:
        return {}
    values = {"formula": formula.text}
    for row, (name, one) in enumerate(formula.as_dict()["constants"].items()):
        values |= {f"constant_{part}_{row}": text for part, text in {"name": name, **one}.items()}
    return values
