"""Commands of whoever keeps an installation running."""

from pathlib import Path
from typing import Annotated

import typer

from lims import installation as setting_up
from lims.commands.common import installation
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.db.audit_check import still, verify
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder, register_laboratory, set_certificate
from lims.people import first_run

audit = typer.Typer(no_args_is_help=True, help="The audit trail.")


def add_to(app: typer.Typer) -> None:
    """Put the commands without a group of their own under `lims`."""
    app.add_typer(audit, name="audit")
    app.command()(migrate)
    app.command()(serve)
    app.command()(worker)
    app.command(name="settings")(show_settings)
    app.command(name="add-laboratory")(add_laboratory)
    app.command(name="set-certificate")(register_certificate)
    app.command(name="create-administrator")(create_administrator)


def migrate() -> None:
    """Bring the database up to date and load the regions, targets and the method library."""
    with installation(must_exist=False) as lims:
        setting_up.prepare(lims)
    typer.echo("up to date")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    forwarded_allow_ips: Annotated[
        str | None,
        typer.Option(help="Proxies that are believed who asks, parted by commas; without it those on this machine."),
    ] = None,
) -> None:
    """The web application, with its background work in the same process."""
    import uvicorn

    from lims.app import make_app

    with installation(port=port) as lims:
        own = lims.settings.public_url.rstrip("/")
        if first_run.is_fresh(lims):
            typer.echo(
                "尚无账户，请打开下列地址并输入初始化码 · Nobody has an account yet: open this and give the code"
            )
            typer.echo(f"{own}/setup\n{first_run.set_up_code(lims)}")
        else:
            typer.echo(own)
        uvicorn.run(
            make_app(lims, with_worker=True),
            host=host,
            port=port,
            server_header=False,
            date_header=True,
            forwarded_allow_ips=forwarded_allow_ips,
            workers=1,  # said: what counts requests does so in this process, whatever WEB_CONCURRENCY says
        )


def worker() -> None:
    """Background work alone, for installations that serve from several machines."""
    from lims.worker import run_forever

    with installation() as lims:
        run_forever(lims)


def show_settings() -> None:
    """The settings in effect; secrets are hidden."""
    with installation(must_exist=False) as lims:
        for name, value in lims.settings.model_dump().items():
            typer.echo(f"LIMS_{name.upper()}={'' if value is None else value}")


def add_laboratory(
    code: Annotated[str, typer.Argument(help="Short code, the beginning of its numbers.")],
    name: Annotated[str, typer.Argument()],
    level: Annotated[Level, typer.Option()],
    region: Annotated[str, typer.Option(help="Six digits, for example 520304.")],
    address: Annotated[str, typer.Option()],
    superior: Annotated[str | None, typer.Option(help="Code of the laboratory above.")] = None,
) -> None:
    """Register a laboratory of the network."""
    with installation() as lims, lims.work(system_actor(), Action.SET_UP) as session:
        register_laboratory(session, LaboratoryOrder(code, name, level, region, superior, address))
    typer.echo(code)


def register_certificate(code: str, pem: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Register the certificate that a laboratory's returns and reports are checked with."""
    with installation() as lims, lims.work(system_actor(), Action.SET_UP) as session:
        set_certificate(session, code, pem.read_text(encoding="ascii"))
    typer.echo(code)


def create_administrator(
    laboratory: str,
    username: str,
    full_name: str,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
) -> None:
    """The first account of a laboratory."""
    with installation() as lims:
        setting_up.create_administrator(lims, laboratory, username, full_name, password)
    typer.echo(username)


@audit.command(name="verify")
def audit_verify() -> None:
    """Find every change behind the program's back, and name it. Status 1 when there is one."""
    with installation() as lims, still(lims.engine) as connection:
        found = verify(connection)
    for finding in found.findings:
        typer.echo(f"{finding.kind}\t{finding.place}\t{finding.text}")
    typer.echo(
        f"{found.chains} chains, {found.entries} entries, {found.records} records: {len(found.findings)} findings"
    )
    raise typer.Exit(0 if found.is_whole else 1)
