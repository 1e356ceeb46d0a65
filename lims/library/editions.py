"""Makes the files of an edition from a table of limits (整版标准导入): every row is read, or every fault is named.

table + what is said of the edition + library in use → standard, foods, substances, definitions, limits → CSV files
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lims.core.errors import BadInput
from lims.core.reasons import Reason, reason
from lims.library.edition_definitions import ResidueText, definitions_of
from lims.library.edition_foods import EditionFoods, foods_of, name_of
from lims.library.edition_order import EditionOrder, standard_of
from lims.library.edition_substances import EditionSubstances
from lims.library.edition_table import EditionTable, TableRow
from lims.library.fact_rows import FILES
from lims.library.facts import (
    Basis,
    Coverage,
    LimitKind,
    LimitRow,
    ResidueDefinition,
    Standard,
    SubstanceCoverage,
)
from lims.library.food_tree import folded
from lims.library.overlay import EDITION_FILES, FOLDER
from lims.library.printed_foods import PrintedFood, fat_basis
from lims.library.rules import Library
from lims.science.units import UnitCode, UnitKind, parse_unit

_VALUE = re.compile(r"[≤<]?\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<star>[*＊]?)")
_NOTHING = frozenset({"不得检出", "不得使用", "禁止使用", "nd", "notdetected", "불검출"})
_KINDS: Mapping[str, LimitKind] = {
    "": LimitKind.MRL, "mrl": LimitKind.MRL, "最大残留限量": LimitKind.MRL,
    "temporarymrl": LimitKind.TEMPORARY_MRL, "临时限量": LimitKind.TEMPORARY_MRL, "tmrl": LimitKind.TEMPORARY_MRL,
    "emrl": LimitKind.EMRL, "再残留限量": LimitKind.EMRL, "must-not-detect": LimitKind.MUST_NOT_DETECT,
    "不得检出": LimitKind.MUST_NOT_DETECT, "banned": LimitKind.MUST_NOT_DETECT,
}  # fmt: skip
_MOST_FAULTS = 300
_LEFT_OUT = frozenset({"recalled", "unverified", "未核实", "凭记忆"})


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition made from a table: its standard and limits, the files that hold it, and what the table was."""

    standard: Standard
    effective_on: date
    limits: tuple[LimitRow, ...]
    files: Mapping[str, bytes]
    new_substances: int
    new_foods: int
    left_out: int
    #: Rows of other standards or markets in the same table.
    others: int
    repeated: int
    ignored: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    table: EditionTable
    standard: Standard
    foods: EditionFoods
    substances: EditionSubstances
    faults: list[Reason] = field(default_factory=list)
    limits: dict[tuple[str, ...], tuple[LimitRow, int]] = field(default_factory=dict)
    texts: dict[str, dict[str, ResidueText]] = field(default_factory=dict)
    left_out: int = 0
    others: int = 0
    repeated: int = 0

    def food(self, row: TableRow) -> PrintedFood | None:
        """The node of a row with its exceptions; None when its name leads nowhere, which is noted."""
        found = self.foods.of(row)
        if isinstance(found, PrintedFood):
            return found
        at = self.table.at(row.number, "food")
        self.faults.extend(replace(why, where=at) for why in found)
        return None


def make_edition(table: EditionTable, order: EditionOrder, library: Library) -> Edition:
    """The edition of a table.

    Raises `BadInput` with the faults of every row (the first hundreds of them, and how many there are), and then
    nothing is made.
    """
    standard = standard_of(order, table, library)
    own = _own_rows(table, standard)
    foods = foods_of(own, standard, library, adding=order.new_foods)
    _refuse_hollow(standard, foods)
    reading = _Reading(own, standard, foods, EditionSubstances.of(own, library, standard))
    reading.others = len(table.rows) - len(own.rows)
    for row in own.rows:
        if row.get("verified").casefold() in _LEFT_OUT:
            reading.left_out += 1
        else:
            _read_row(reading, row)
    _refuse(reading.faults)
    limits = tuple(row for row, _ in reading.limits.values())
    definitions = [
        definition
        for code, texts in reading.texts.items()
        for definition in definitions_of(code, texts, standard, library, reading.substances.named)
    ]
    return Edition(
        standard=standard,
        effective_on=standard.effective_on or date.min,
        limits=limits,
        files=_files(reading, limits, definitions),
        new_substances=len(reading.substances.new),
        new_foods=len(foods.foods),
        left_out=reading.left_out,
        others=reading.others,
        repeated=reading.repeated,
        ignored=table.ignored,
    )


def _own_rows(table: EditionTable, standard: Standard) -> EditionTable:
    """The rows of the edition, where a table holds several standards or markets. Raises `BadInput` when it has none."""
    kept = table.rows
    for key, wanted in (("standard", standard.code), ("jurisdiction", standard.market)):
        if len(table.values(key)) > 1:
            kept = tuple(row for row in kept if folded(row.get(key)) == folded(wanted))
    if not kept:
        said = "The table has no row of {standard} for {market}."
        raise BadInput(reason("library.edition_absent", said, standard=standard.code, market=standard.market))
    return replace(table, rows=kept)


def _refuse_hollow(standard: Standard, foods: EditionFoods) -> None:
    """A limit for whatever is not listed would be applied to foods whose group is listed, and nobody said so."""
    if standard.default_value is not None and foods.hollow:
        said = (
            "The table sets limits for groups ({groups}) and does not say what is in them, so there can be no limit for"
            " whatever it does not list. Give the category of every food."
        )
        raise BadInput(reason("library.groups_hollow", said, groups="、".join(foods.hollow[:5])))


def _read_row(reading: _Reading, row: TableRow) -> None:
    before = len(reading.faults)
    code = reading.substances.code_of(row, reading.table, reading.faults)
    food = reading.food(row)
    value, kind, unit = _limit(reading, row)
    if len(reading.faults) > before or food is None:
        return
    made = LimitRow(
        standard=reading.standard.code,
        clause=row.get("clause"),
        substance=code,
        food=food.food,
        exclude=food.exclude,
        condition=row.get("condition") or food.condition,
        basis=_basis(food, row),
        value=value,
        unit=unit,
        kind=kind,
        starts_on=None,
        ends_on=None,
        printed=name_of(row),
        source=row.get("source") or reading.standard.source,
    )
    key = (code, made.food, made.condition, made.basis, ";".join(made.exclude))
    _keep(reading, row, key, made)
    texts = reading.texts.setdefault(code, {})
    texts.setdefault(row.get("definition"), ResidueText(row.get("clause"))).foods[made.food] = None


def _basis(food: PrintedFood, row: TableRow) -> Basis:
    """The basis that the name says, or what stands behind it: Korea marks its rows f, 以肉中脂肪计."""
    on_fat = fat_basis(row.get("condition")) or fat_basis(row.get("source"))
    return Basis.FAT if on_fat else food.basis


def _keep(reading: _Reading, row: TableRow, key: tuple[str, ...], made: LimitRow) -> None:
    """Keep a limit once; the same again is counted, another number for the same pair is a fault."""
    if key not in reading.limits:
        reading.limits[key] = (made, row.number)
        return
    other, number = reading.limits[key]
    if (other.value, other.unit, other.kind) == (made.value, made.unit, made.kind):
        reading.repeated += 1
        return
    said = "Row {row} sets another limit for the same substance and food."
    at = reading.table.at(row.number, "limit")
    reading.faults.append(reason("library.limits_contradict_rows", said, at=at, row=number))


def _limit(reading: _Reading, row: TableRow) -> tuple[Decimal | None, LimitKind, UnitCode]:
    text, table = row.get("limit"), reading.table
    at = table.at(row.number, "limit")
    unit = table.unit or UnitCode.MG_PER_KG
    if row.get("unit"):
        try:
            unit = parse_unit(row.get("unit"), at=table.at(row.number, "unit"))
        except BadInput as unknown:
            reading.faults.extend(unknown.reasons)
    if unit.kind is not UnitKind.MASS_FRACTION:
        said = "The unit {unit} is no content of a food."
        reading.faults.append(reason("library.limit_unit", said, at=table.at(row.number, "unit"), unit=unit.value))
    kind = _KINDS.get(folded(row.get("kind")))
    if kind is None:
        said = "“{text}” is no kind of limit."
        reading.faults.append(
            reason("library.limit_kind", said, at=table.at(row.number, "kind"), text=row.get("kind")[:60])
        )
        return None, LimitKind.MRL, unit
    if folded(text) in _NOTHING:
        return None, LimitKind.MUST_NOT_DETECT, unit
    found = _VALUE.fullmatch(text)
    try:
        value = Decimal(found["number"]) if found else None
    except InvalidOperation:
        value = None
    if value is None or found is None:
        said = "“{text}” is no limit; write a number, or 不得检出."
        reading.faults.append(reason("library.limit_text", said, at=at, text=text[:60]))
        return None, kind, unit
    if found["star"] and kind is LimitKind.MRL:
        kind = LimitKind.TEMPORARY_MRL
    return value, kind, unit


def _refuse(faults: Sequence[Reason]) -> None:
    if not faults:
        return
    shown = list(faults[:_MOST_FAULTS])
    if len(faults) > len(shown):
        said = "{count} faults in all; the first {shown} are shown."
        shown.insert(0, reason("library.faults_many", said, count=len(faults), shown=len(shown)))
    raise BadInput(*shown)


def _files(reading: _Reading, limits: Sequence[LimitRow], definitions: Sequence[ResidueDefinition]) -> dict[str, bytes]:
    """The files of the edition by their names in a release."""
    standard = reading.standard
    coverage = Coverage.COMPLETE if standard.is_complete else Coverage.PARTIAL
    codes = dict.fromkeys(row.substance for row in limits)
    rows: dict[str, Iterable[Any]] = {
        "standards.csv": [standard],
        "limits.csv": limits,
        "coverage.csv": [SubstanceCoverage(standard.code, code, coverage, "") for code in codes],
        "residue_definitions.csv": definitions,
        "residue_components.csv": [part for d in definitions for part in d.components],
        "substances.csv": reading.substances.new.values(),
        "substance_aliases.csv": reading.substances.aliases.values(),
        "foods.csv": reading.foods.foods,
        "food_aliases.csv": reading.foods.aliases,
    }
    slug = re.sub(r"[^a-z0-9.]+", "-", standard.code.casefold()).strip("-")[:40]
    folder = f"{FOLDER}/{slug or 'edition'}-{hashlib.sha256(standard.code.encode()).hexdigest()[:6]}"
    return {f"{folder}/{name}": _csv(FILES[EDITION_FILES[name]][0], found) for name, found in rows.items()}


def _csv(columns: str, rows: Iterable[Any]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = columns.split(",")
    writer.writerow(names)
    for row in rows:
        known = {f.name for f in fields(row)}
        writer.writerow([_cell(getattr(row, name)) if name in known else "" for name in names])
    return out.getvalue().encode()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ";".join(str(part) for part in value)
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)
