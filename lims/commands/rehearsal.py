"""`lims demo`: the main job from beginning to end, on databases of its own."""

from pathlib import Path
from typing import Annotated

import typer

from lims.commands.summary import tell
from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.demo.walk import walk
from lims.runtime import Lims
from lims.settings import Environment, Settings, load_settings


def add_to(app: typer.Typer) -> None:
    """Put the command under `lims`."""
    app.command()(demo)


def demo(
    serve: Annotated[bool, typer.Option(help="Then open the county laboratory's web application.")] = False,
) -> None:
    """Rehearse the main job: 12 samples, an instrument file, verdicts, signed reports, the return to the prefecture.

    It can be stopped and started again at any moment: what is done stays, what is missing follows.
    """
    settings = load_settings()
    if settings.environment is Environment.PRODUCTION:
        raise RuleRefused(reason("demo.production", "The rehearsal makes up data and never runs in production."))
    folder = settings.data / "demo"
    county, prefecture = Lims(_inside(settings, folder / "county")), Lims(_inside(settings, folder / "prefecture"))
    try:
        done = walk(county, prefecture, folder, lambda step: typer.echo(f"· {step}"))
        is_right = tell(county, prefecture, done, folder)
        if serve:
            _serve(county)
    finally:
        county.close()
        prefecture.close()
    raise typer.Exit(0 if is_right else 1)


def _inside(settings: Settings, folder: Path) -> Settings:
    """The same settings on an embedded database of its own."""
    return settings.model_copy(update={"data": folder, "database_url": None})


def _serve(lims: Lims) -> None:
    import uvicorn

    from lims.app import make_app

    typer.echo("http://127.0.0.1:8000/api/docs")
    uvicorn.run(make_app(lims, with_worker=True), host="127.0.0.1", port=8000, server_header=False)
