"""`lims demo`: the main job from beginning to end, on databases of its own."""

from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from lims.commands.common import reached_at
from lims.commands.summary import tell, tell_rounds
from lims.commands.tables import print_table
from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.demo import cast, contest, province, rounds, theory
from lims.demo.walk import walk
from lims.runtime import Lims
from lims.settings import Environment, Settings, load_settings
from lims.worker import run_due_now


def add_to(app: typer.Typer) -> None:
    """Put the command under `lims`."""
    app.command()(demo)


def demo(
    serve: Annotated[bool, typer.Option(help="Then open the web applications of all three laboratories.")] = False,
    port: Annotated[int, typer.Option(help="Of the county; prefecture and province have the next ones.")] = 8000,
) -> None:
    """Rehearse the main job: 12 samples, two instruments, verdicts, signed reports, the return to the prefecture.

    And a proficiency round of the province with twenty laboratories, and a theory paper of thirty candidates.

    It can be stopped and started again at any moment: what is done stays, what is missing follows.
    """
    settings = load_settings()
    if settings.environment is Environment.PRODUCTION:
        raise RuleRefused(reason("demo.production", "The rehearsal makes up data and never runs in production."))
    folder = settings.data / "demo"
    # The prefecture's address is a number: browsers send the cookie of `localhost` to every port of it, so signing in
    # at one laboratory would sign out of the other.
    above = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port + 1}"})
    highest = settings.model_copy(update={"public_url": f"http://province.localhost:{port + 2}"})
    county = Lims(_inside(reached_at(settings, port), folder / "county"))
    prefecture = Lims(_inside(above, folder / "prefecture"))
    centre = Lims(_inside(highest, folder / "province"))
    try:
        done = walk(county, prefecture, folder, lambda step: typer.echo(f"· {step}"))
        typer.echo("· 省级能力验证：二十家实验室 · a proficiency round of twenty laboratories")
        organised = _organise(centre, cast.password_of(folder))
        is_right = tell(county, prefecture, done, folder) & tell_rounds(centre, organised)
        if serve:
            _serve((county, prefecture, centre), cast.password_of(folder), port)
    finally:
        for lims in (county, prefecture, centre):
            lims.close()
    raise typer.Exit(0 if is_right else 1)


def _inside(settings: Settings, folder: Path) -> Settings:
    """The same settings on an embedded database of its own."""
    return settings.model_copy(update={"data": folder, "database_url": None})


def _organise(centre: Lims, password: str) -> rounds.Rounds:
    """What the province organises; the follow-up of what is published is done at once."""
    province.prepare(centre, password)
    organised = rounds.rehearse(centre)
    theory.rehearse(centre)
    run_due_now(centre)
    return organised


def _serve(laboratories: tuple[Lims, Lims, Lims], password: str, port: int) -> None:
    """County, prefecture and province on this machine alone, until the process is told to end.

    There is one worker in a process; it is the county's, for the others of the rehearsal draw no reports.
    """
    import uvicorn

    from lims.app import make_app

    county, *others = laboratories
    of_province = (*province.shown_accounts(password), *contest.shown_accounts(others[1], password))
    offered = (cast.shown_accounts(cast.PREFECTURE, password), of_province)
    above = [
        uvicorn.Server(
            uvicorn.Config(
                make_app(lims, shown_accounts=accounts),
                host="127.0.0.1",
                port=port + place,
                server_header=False,
                log_level="warning",
            )
        )
        for place, (lims, accounts) in enumerate(zip(others, offered, strict=True), start=1)
    ]
    threads = [Thread(target=server.run, daemon=True) for server in above]
    for thread in threads:
        thread.start()
    names = ("播州区 county", "遵义市 prefecture", "贵州省 province")
    print_table(
        "网页 · web pages",
        ("机构", "地址"),
        [(name, lims.settings.public_url) for name, lims in zip(names, laboratories, strict=True)],
    )
    try:
        uvicorn.run(
            make_app(county, with_worker=True, shown_accounts=cast.shown_accounts(cast.COUNTY, password)),
            host="127.0.0.1",
            port=port,
            server_header=False,
        )
    finally:
        for server in above:
            server.should_exit = True
        for thread in threads:
            thread.join(10)
