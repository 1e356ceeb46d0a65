"""Score sheets, blind items and what was given, between what records keep and what scoring calculates with."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from lims.core.canonical import canonical_text
from lims.core.reasons import Reason, Translate
from lims.science.contest_scoring import Deduction, Filled, Item, Ramp, Reported, Sheet, Target, TimeLimit


def sheet_of(stored: Mapping[str, Any]) -> Sheet:
    """A version of a score sheet as a record keeps it."""
    time = stored["time"]
    return Sheet(
        tuple(Item(one["key"], one["name"], Decimal(one["full"]), Decimal(one["weight"])) for one in stored["items"]),
        tuple(Deduction(one["key"], one["name"], Decimal(one["points"]), one["most"]) for one in stored["deductions"]),
        None
        if time is None
        else TimeLimit(time["limit_s"], Decimal(time["points"]), time["every_s"], Decimal(time["most"])),
    )


def version_of(sheets: Sequence[Mapping[str, Any]], version: int) -> Mapping[str, Any]:
    """A version of a score sheet by its number, from 1."""
    return sheets[version - 1]


def filled_of(given: Mapping[str, Any]) -> Filled:
    """What a judge filled in: marks and times of deduction by key, and seconds."""
    marks = {key: Decimal(text) for key, text in given["marks"].items()}
    return Filled(marks, dict(given["deducted"]), given["seconds"])


def targets_of(stored: Sequence[Mapping[str, Any]]) -> list[Target]:
    """The blind items of an event as a record keeps them."""
    return [
        Target(
            one["analyte"],
            one["unit"],
            Decimal(one["assigned"]),
            Decimal(one["sigma"]),
            Decimal(one["accuracy"]),
            Decimal(one["precision"]),
            Ramp(Decimal(one["z_full"]), Decimal(one["z_zero"])),
            Ramp(Decimal(one["difference_full"]), Decimal(one["difference_zero"])),
        )
        for one in stored
    ]


def reported_of(given: Mapping[str, Any]) -> dict[str, Reported]:
    """Parallel results by analyte."""
    return {analyte: Reported(tuple(map(Decimal, values))) for analyte, values in given.items()}


def step(why: Reason) -> dict[str, Any]:
    """A step of an explanation as it is kept: sentence and values, so that it can be said in any language."""
    return {"code": why.code, "sentence": why.sentence, "values": {name: str(v) for name, v in why.values.items()}}


def said(stored: Mapping[str, Any], say: Translate) -> str:
    """A kept step in the language of `say`."""
    return Reason(stored["code"], stored["sentence"], stored["values"]).translated(say)


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal."""
    return canonical_text(one) == canonical_text(other)
