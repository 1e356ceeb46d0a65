"""The table of the page of indicators: a row for each part of what is asked for, each number with what is behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from lims.core.reasons import mark
from lims.indicators.asked import Asked, CountsAs
from lims.indicators.figures import Density, Row
from lims.indicators.rules import Breakdown, Period
from lims.indicators.service import Table as Figures
from lims.samples.rules import Programme, Stage
from lims.web.table import Cell, Chip, Column, Link, Said, Table

#: Only these have residents to divide by.
_WITH_RESIDENTS = frozenset({Breakdown.REGION, Breakdown.MONTH, Breakdown.QUARTER})
HEADINGS: Mapping[Breakdown, str] = {
    Breakdown.REGION: mark("Region"),
    Breakdown.LABORATORY: mark("Tested by"),
    Breakdown.MONTH: mark("Month"),
    Breakdown.QUARTER: mark("Quarter"),
    Breakdown.PROGRAMME: mark("Programme"),
    Breakdown.STAGE: mark("Stage"),
    Breakdown.FOOD_GROUP: mark("Food group"),
    Breakdown.FOOD: mark("Food"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the table, and the question whose answer it is. `name` is None for the total."""

    row: Row
    asked: Asked
    name: Cell
    address: str | None

    @property
    def is_total(self) -> bool:
        """Whether it is the sum of the others; it stays last however the table is sorted."""
        return self.name is None

    def batches(self, counts_as: CountsAs, count: int) -> Cell:
        """A count that leads to its batches."""
        return Link(self.asked.batches(counts_as), count) if count else count


def table_for(by: Breakdown, title: str) -> Table[Part]:
    """The list for a breakdown. `title` says of which region and period, ready to be read."""
    return Table(
        name=f"indicators-{by.value.replace('_', '-')}",
        title=title,
        columns=(*_counts(by), *(_densities() if by in _WITH_RESIDENTS else ())),
        nothing=mark("Nothing was reported here for this period."),
    )


def parts_of(table: Figures, asked: Asked) -> list[Part]:
    """The rows of a table, then their total when there are several."""
    parts = [_part(table, row, asked) for row in table.rows]
    return [*parts, Part(table.total, asked, None, None)] if len(parts) > 1 else parts


def _part(table: Figures, row: Row, asked: Asked) -> Part:
    name = _name(table.by, row)
    changes = _narrowed(table, row)
    if changes is None:
        return Part(row, asked, name, None)
    narrowed = replace(asked, **changes)
    return Part(row, narrowed, name, narrowed.address(by=_inner_breakdown(table.by)))


def _narrowed(table: Figures, row: Row) -> dict[str, Any] | None:
    """What a part adds to the question; None for what lies in no part of the region, which has no page of its own."""
    match table.by:
        case Breakdown.REGION:
            return None if row.key == table.region_code else {"region": row.key}
        case Breakdown.LABORATORY:
            return {"laboratory": row.key}
        case Breakdown.MONTH | Breakdown.QUARTER:
            return {"period": Period.parse(row.key)}
        case Breakdown.PROGRAMME:
            return {"programmes": (Programme(row.key),)}
        case Breakdown.STAGE:
            return {"stage": Stage(row.key)}
        case Breakdown.FOOD_GROUP:
            return {"food_group": row.key}
        case Breakdown.FOOD:
            return {"food": row.key}


def _inner_breakdown(by: Breakdown) -> Breakdown | None:
    """What a part is best broken down by."""
    return Breakdown.FOOD if by is Breakdown.FOOD_GROUP else None


def _name(by: Breakdown, row: Row) -> Cell:
    match by:
        case Breakdown.PROGRAMME:
            return Programme(row.key)
        case Breakdown.STAGE:
            return Stage(row.key)
        case _:
            return row.name


def _counts(by: Breakdown) -> tuple[Column[Part], ...]:
    return (
        Column(
            "name",
            HEADINGS[by],
            lambda p: Said(mark("Total")) if p.is_total else p.name,
            lambda p: None if p.is_total else p.row.key,
            link=lambda p: p.address,
        ),
        _number("batches", mark("Batches"), lambda p: p.batches(CountsAs.COUNTED, p.row.tally.batches)),
        _number("judged", mark("Judged"), lambda p: p.batches(CountsAs.JUDGED, p.row.tally.judged)),
        _number(
            "conforming",
            mark("Conforming"),
            lambda p: p.batches(CountsAs.CONFORMS, p.row.tally.conforming),
            shown=False,
        ),
        _number("failing", mark("Failing"), lambda p: p.batches(CountsAs.FAILS, p.row.tally.failing)),
        _number("not_judged", mark("Not judged"), lambda p: p.batches(CountsAs.NOT_JUDGED, p.row.tally.not_judged)),
        _number(
            "withdrawn",
            mark("Reports withdrawn"),
            lambda p: p.batches(CountsAs.WITHDRAWN, p.row.tally.withdrawn),
            shown=False,
        ),
        _number("pass_rate", mark("Pass rate, %"), lambda p: _decimal(p.row.pass_rate.shown)),
        _number("gap", mark("To the target, points"), lambda p: _decimal(p.row.pass_rate.gap), shown=False),
        Column("reached", mark("Pass rate and target"), _reached),
    )


def _densities() -> tuple[Column[Part], ...]:
    return (
        _number("this_year", mark("Batches since 1 January"), lambda p: p.row.tally.accepted),
        _number("residents", mark("Residents"), lambda p: _of(p, "residents")),
        Column("census", mark("Census"), lambda p: _year(_of(p, "census_year")), kind="number", shown=False),
        _number(
            "per_thousand",
            mark("Batches per thousand residents"),
            lambda p: _decimal(p.row.density.figure.shown) if p.row.density else None,
        ),
        _number("quota", mark("Quota of the year"), lambda p: _of(p, "quota")),
        _number("missing", mark("Still to draw"), lambda p: _of(p, "missing")),
        _number("forecast", mark("At this pace by 31 December"), lambda p: _of(p, "forecast"), shown=False),
    )


def _number(key: str, title: str, cell: Any, *, shown: bool = True) -> Column[Part]:
    def order(part: Part) -> Any:
        if part.is_total:
            return None
        value: Any = cell(part)
        value = value.text if isinstance(value, Link) else value
        return None if value is None else Decimal(value)

    return Column(key, title, cell, order, kind="number", shown=shown)


def _of(part: Part, name: str) -> int | None:
    density: Density | None = part.row.density
    return getattr(density, name) if density else None


def _year(year: int | None) -> str | None:
    return None if year is None else str(year)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _reached(part: Part) -> Cell:
    rate = part.row.pass_rate
    if rate.shown is None or rate.reached is None:
        return None
    return Chip(mark("reached"), "good") if rate.reached else Chip(mark("not reached"), "bad")
