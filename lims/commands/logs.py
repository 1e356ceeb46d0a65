"""Commands about the transparency log (透明日志)."""

from typing import Annotated

import typer

from lims.commands.common import installation, language
from lims.core.actors import system_actor
from lims.core.language import translator
from lims.reports.log_acts import check_logs
from lims.reports.log_check import LogReport

log = typer.Typer(no_args_is_help=True, help="The transparency log of issued reports.")


def add_to(app: typer.Typer) -> None:
    """Put the commands under `lims`."""
    app.add_typer(log, name="log")


@log.command()
def verify(
    laboratory: Annotated[
        str | None, typer.Option(help="Code; every laboratory that works here when left out.")
    ] = None,
) -> None:
    """Check the whole log: every report accounted for, heads consistent, nothing removed, edited or back-dated.

    Status 1 when something is found.
    """
    codes = None if laboratory is None else [laboratory]
    with installation() as lims:
        found = check_logs(lims, system_actor("command line"), codes)
    for report in found:
        tell(report)
    raise typer.Exit(0 if all(report.is_whole for report in found) else 1)


def tell(report: LogReport) -> None:
    """The findings of a log, and what was looked at."""
    say = translator(language())
    for finding in report.findings:
        typer.echo(f"{finding.why.code}\t{finding.place}\t{finding.why.translated(say)}")
    typer.echo(
        f"透明日志 log {report.laboratory}: {report.leaves} leaves, {report.heads} heads, {report.reports} reports,"
        f" root {report.root}: {len(report.findings)} findings"
    )
