"""Cells of tables that laboratories hand in: which are results, and why the others are none."""

import re
import unicodedata
from decimal import Decimal

from lims.core.errors import LimsError
from lims.core.reasons import Reason, Where, reason
from lims.science.calibration import is_measurable
from lims.science.units import UnitCode, UnitKind, parse_unit

_NUMBER = re.compile(r"[+-]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})([eE][+-]?\d{1,3})?", re.ASCII)
_BEYOND = re.compile(r"[<>≤≥]|n\.?d\.?|未检出|小于|大于|低于", re.IGNORECASE)


def is_number(text: str) -> bool:
    """Is it a number that can be calculated with?"""
    return bool(_NUMBER.fullmatch(text)) and is_measurable(Decimal(text))


def read_unit(text: str, row: int) -> UnitCode | Reason:
    """The unit of a cell, or why it is none."""
    at = Where(row=row, column="unit")
    if not text:
        return reason("proficiency.no_unit", "Row {row}: the unit is missing.", row=row, at=at)
    try:
        return parse_unit(text, at=at)
    except LimsError as unknown:
        return unknown.reasons[0]


def why_no_number(text: str, row: int, unit: UnitCode | None) -> Reason | None:
    """Why the text is no result; None when it is one."""
    at = Where(row=row, column="value")
    if not text:
        return reason("proficiency.no_value", "Row {row}: the result is missing.", row=row, at=at)
    if _BEYOND.match(unicodedata.normalize("NFKC", text)):
        sentence = "Row {row}: “{text}” is a limit, not a result; it takes no part and has no score (ISO 13528, 5.5.3)."
        return reason("proficiency.beyond_a_limit", sentence, row=row, text=text[:40], at=at)
    if not is_number(text):
        sentence = "Row {row}: “{text}” is not a number that can be calculated with; write for example 0.05."
        return reason("proficiency.not_a_number", sentence, row=row, text=text[:40], at=at)
    value = Decimal(text)
    if value < 0:
        sentence = "Row {row}: {text} is negative; a result is 0 or more."
        return reason("proficiency.negative", sentence, row=row, text=text[:40], at=at)
    if value == 0 and (unit is None or unit.kind is not UnitKind.RATIO):
        sentence = "Row {row}: a result is never 0; write “<” and the limit when nothing was found."
        return reason("proficiency.zero", sentence, row=row, at=at)
    return None
