"""`lims demo`: the main job from beginning to end, on databases of its own."""

from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from lims.commands.common import reached_at
from lims.commands.summary import tell
from lims.commands.tables import print_table
from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.demo import cast
from lims.demo.walk import walk
from lims.runtime import Lims
from lims.settings import Environment, Settings, load_settings


def add_to(app: typer.Typer) -> None:
    """Put the command under `lims`."""
    app.command()(demo)


def demo(
    serve: Annotated[bool, typer.Option(help="Then open the web applications of both laboratories.")] = False,
    port: Annotated[int, typer.Option(help="Port of the county's; the prefecture's has the next one.")] = 8000,
) -> None:
    """Rehearse the main job: 12 samples, two instruments, verdicts, signed reports, the return to the prefecture.

    It can be stopped and started again at any moment: what is done stays, what is missing follows.
    """
    settings = load_settings()
    if settings.environment is Environment.PRODUCTION:
        raise RuleRefused(reason("demo.production", "The rehearsal makes up data and never runs in production."))
    folder = settings.data / "demo"
    # The prefecture's address is a number: browsers send the cookie of `localhost` to every port of it, so signing in
    # at one laboratory would sign out of the other.
    above = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port + 1}"})
    county = Lims(_inside(reached_at(settings, port), folder / "county"))
    prefecture = Lims(_inside(above, folder / "prefecture"))
    try:
        done = walk(county, prefecture, folder, lambda step: typer.echo(f"· {step}"))
        is_right = tell(county, prefecture, done, folder)
        if serve:
            _serve(county, prefecture, cast.password_of(folder), port)
    finally:
        county.close()
        prefecture.close()
    raise typer.Exit(0 if is_right else 1)


def _inside(settings: Settings, folder: Path) -> Settings:
    """The same settings on an embedded database of its own."""
    return settings.model_copy(update={"data": folder, "database_url": None})


def _serve(county: Lims, prefecture: Lims, password: str, port: int) -> None:
    """Both laboratories on this machine alone, until the process is told to end.

    There is one worker in a process; it is the county's, for the prefecture of the rehearsal draws no reports.
    """
    import uvicorn

    from lims.app import make_app

    above = uvicorn.Server(
        uvicorn.Config(
            make_app(prefecture, shown_accounts=cast.shown_accounts(cast.PREFECTURE, password)),
            host="127.0.0.1",
            port=port + 1,
            server_header=False,
            log_level="warning",
        )
    )
    thread = Thread(target=above.run, name="prefecture", daemon=True)
    thread.start()
    print_table(
        "网页 · web pages",
        ("机构", "地址"),
        [("播州区 county", county.settings.public_url), ("遵义市 prefecture", prefecture.settings.public_url)],
    )
    try:
        uvicorn.run(
            make_app(county, with_worker=True, shown_accounts=cast.shown_accounts(cast.COUNTY, password)),
            host="127.0.0.1",
            port=port,
            server_header=False,
        )
    finally:
        above.should_exit = True
        thread.join(10)
