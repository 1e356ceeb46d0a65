"""`lims contest`: recomputing a draw without a server, and a contest of 30 people for the rehearsal."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from lims.commands.common import language
from lims.core.errors import BadInput, RuleRefused
from lims.core.language import translator
from lims.core.reasons import Where, mark, reason
from lims.science import draw

#: The numbers are not those that the seed gives.
NOT_GENUINE = 1

contest = typer.Typer(no_args_is_help=True, help="Skills contests.")


def add_to(app: typer.Typer) -> None:
    """Put the commands under `lims`."""
    app.add_typer(contest, name="contest")


@contest.callback()
def _nothing_first() -> None:
    """Skills contests."""


@contest.command("verify-draw")
def verify_draw(
    file: Annotated[Path, typer.Argument(help="What GET /api/contests/NUMBER/draw answers, as a file.")],
) -> None:
    """Recompute the start numbers of a draw from its seed. Ends with 1 when they, or the seed, are others."""
    say = translator(language())
    kept = _read(file)
    wrong = draw.disagreements(kept["seed_sha256"], kept["seed"], kept["words"], kept["numbers"])
    if not wrong:
        typer.echo(say(_GENUINE).format(count=len(kept["numbers"])))
        return
    for one in wrong:
        typer.echo(say(_OTHER_SEED) if one == "seed" else say(_OTHER_NUMBER).format(entry=one))
    raise typer.Exit(NOT_GENUINE)


_GENUINE = mark("The draw is genuine: all {count} start numbers follow from the seed that was committed.")
_OTHER_SEED = mark("The seed is not the one that was committed before the draw.")
_OTHER_NUMBER = mark("Entry {entry} has another start number than the seed gives.")


@contest.command()
def rehearse() -> None:
    """Add a contest of 30 people of 20 laboratories, 5 judges and one appeal to the province of `lims demo`.

    It can be stopped and started again at any moment.
    """
    from lims.demo import cast, province
    from lims.demo import contest as rehearsal
    from lims.runtime import Lims
    from lims.settings import Environment, load_settings
    from lims.worker import run_due_now

    settings = load_settings()
    if settings.environment is Environment.PRODUCTION:
        raise RuleRefused(reason("demo.production", "The rehearsal makes up data and never runs in production."))
    folder = settings.data / "demo"
    password = cast.password_of(folder)
    update: dict[str, Any] = {"data": folder / "province", "database_url": None}
    lims = Lims(settings.model_copy(update=update))
    try:
        rehearsal.prepare_province(lims, password)
        number = rehearsal.rehearse(lims, rehearsal.PROVINCE)
        run_due_now(lims)
    finally:
        lims.close()
    people = ", ".join(
        (
            *(rehearsal.ORGANISER, rehearsal.SECOND_ORGANISER, *rehearsal.JUDGES),
            *(one.technician for one in province.MEMBERS),
        )
    )
    typer.echo(translator(language())(_HELD).format(number=number, people=people, password=password))


_HELD = mark("{number} is held; `lims demo --serve` shows it. User names: {people}; password: {password}")


def _read(file: Path) -> dict[str, Any]:
    """What a draw was made of. Raises `BadInput`."""
    try:
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        texts = all(isinstance(kept[name], str) for name in ("seed_sha256", "seed", "words"))
        numbers = kept["numbers"]
        if texts and all(isinstance(key, str) and isinstance(value, int) for key, value in numbers.items()):
            return kept
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    said = "{file} is no file of a draw: seed, words, SHA-256 and numbers are needed."
    raise BadInput(reason("contest.no_draw", said, file=str(file), at=Where("file")))
