"""`lims judge`: a verdict without a sample, for whoever has a number and a question."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from lims.commands.common import language
from lims.core.clock import SystemClock, local_day
from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.library.files import parse_library, read_library
from lims.library.rules import Library
from lims.limits.service import judge_amounts
from lims.limits.verdicts import Occasion
from lims.limits.wording import sentence
from lims.network.rules import PROVINCE_CODE
from lims.samples.rules import BasisKind
from lims.science.amounts import Amount, NotDetected, Quantified
from lims.science.units import UnitCode, parse_unit
from lims.settings import load_settings


def add_to(app: typer.Typer) -> None:
    """Put the command under `lims`."""
    app.command()(judge)


def judge(
    food: Annotated[str, typer.Argument(help="A food of GB 2763, for example 韭菜.")],
    amounts: Annotated[list[str], typer.Argument(help="克百威=0.03, or 克百威=ND:0.001 for not detected below 0.001.")],
    on: Annotated[str | None, typer.Option(help="Day of production, harvest or purchase; today when left out.")] = None,
    unit: Annotated[str, typer.Option(help="Unit of the amounts.")] = "mg/kg",
    region: Annotated[str, typer.Option(help="Where it was drawn.")] = PROVINCE_CODE,
) -> None:
    """Judge amounts against the limits in force, each with its reason; nothing is stored, no database is needed."""
    library = Library(parse_library(read_library(load_settings().method_library)))
    found = library.foods.resolve(food).food.food
    day = _day(on)
    measured = dict(_measured(text, parse_unit(unit)) for text in amounts)
    judged = judge_amounts(library, Occasion(found, day, BasisKind.HARVEST, region), measured)
    for line in judged.lines:
        typer.echo(f"{line.verdict.value}\t{sentence(line, library, language())}")
    typer.echo(judged.overall.value)


def _day(text: str | None) -> date:
    if text is None:
        return local_day(SystemClock().now())
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            reason("day.unreadable", "{text} is no day; write it as 2026-11-23.", text=text, at=Where("on"))
        ) from error


def _measured(text: str, unit: UnitCode) -> tuple[str, Amount]:
    name, _, value = text.partition("=")
    below = value.upper().startswith("ND:")
    try:
        number = Decimal(value[3:] if below else value)
    except InvalidOperation as error:
        raise BadInput(
            reason(
                "amount.unreadable",
                "{text} is no amount; write 克百威=0.03, or 克百威=ND:0.001 when nothing was found.",
                text=text,
                at=Where("amounts"),
            )
        ) from error
    return name.strip(), NotDetected(number, unit) if below else Quantified(number, unit)
