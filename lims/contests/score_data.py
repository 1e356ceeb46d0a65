"""Score sheets, blind items and what was given, between what records keep and what scoring calculates with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lims.core.canonical import canonical_text
from lims.core.reasons import Named, Reason, Translate, named
from lims.science.contest_scoring import Deduction, Filled, Item, Ramp, Reported, Sheet, Target, TimeLimit


def sheet_of(stored: Mapping[str, Any]) -> Sheet:
    """A version of a score sheet as a record keeps it."""
    time = stored["time"]
    return Sheet(
        tuple(Item(one["key"], _name(one), Decimal(one["full"]), Decimal(one["weight"])) for one in stored["items"]),
        tuple(Deduction(one["key"], _name(one), Decimal(one["points"]), one["most"]) for one in stored["deductions"]),
        None
        if time is None
        else TimeLimit(time["limit_s"], Decimal(time["points"]), time["every_s"], Decimal(time["most"])),
    )


def _name(stored: Mapping[str, Any]) -> str:
    return named(stored["name"], stored.get("name_en"))  # sheets of older contests have Chinese names alone


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
    """A step of an explanation as it is kept: sentence and values, so that it can be said in any language.

    `english` has the English names among the values.
    """
    english = {name: v.english for name, v in why.values.items() if isinstance(v, Named)}
    kept = {"code": why.code, "sentence": why.sentence, "values": {name: str(v) for name, v in why.values.items()}}
    return {**kept, "english": english} if english else kept


def said(stored: Mapping[str, Any], say: Translate) -> str:
    """A kept step in the language of `say`."""
    english = stored.get("english", {})
    values = {name: named(text, english.get(name)) for name, text in stored["values"].items()}
    return Reason(stored["code"], stored["sentence"], values).translated(say)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a correction changes: the name of an item (an analyte; empty for a mark or a time), before and after."""

    name: str
    name_en: str | None
    before: str
    after: str


def differences(
    sheet: Mapping[str, Any] | None, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Difference]:
    """What is another in `after`, as `ContestCorrection.change` keeps it; `sheet` is the score sheet of a judge."""
    if sheet is None:
        names = dict.fromkeys([*before, *after])
        found = [Difference("" if name == "mark" else name, None, _text(before.get(name)), _text(after.get(name)))
                 for name in names]  # fmt: skip
        return [one for one in found if one.before != one.after]
    found = [
        Difference(
            one["name"],
            one.get("name_en"),
            _text(before[part].get(one["key"], nothing)),
            _text(after[part].get(one["key"], nothing)),
        )
        for part, rows, nothing in (("marks", "items", None), ("deducted", "deductions", 0))
        for one in sheet[rows]
    ]
    found.append(Difference("", None, shown_time(before["seconds"]), shown_time(after["seconds"])))
    return [one for one in found if one.before != one.after]


def _text(value: Any) -> str:
    return "—" if value is None else "、".join(value) if isinstance(value, list) else str(value)


def shown_time(seconds: int | None) -> str:
    """Minutes and seconds, 12:05; empty for no time."""
    return "" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal."""
    return canonical_text(one) == canonical_text(other)
