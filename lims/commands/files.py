"""Commands about files that come and go: reports to verify, returns upward and from below, figures."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lims.commands.common import installation
from lims.commands.tables import print_table
from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.language import Language, translator
from lims.indicators import service as indicators
from lims.indicators.figures import Compared, Row
from lims.indicators.rules import Breakdown, Period
from lims.installation import only_laboratory
from lims.network import queries as network
from lims.reports.checks import checks_of
from lims.reports.verification import verify_by_itself, verify_report_file
from lims.runtime import Lims
from lims.settings import load_settings

if TYPE_CHECKING:
    from lims.documents.answers import Verification

report = typer.Typer(no_args_is_help=True, help="Reports.")
returns = typer.Typer(no_args_is_help=True, help="Returns upward, and from below.")

LaboratoryOption = Annotated[str | None, typer.Option("--laboratory", help="Code; needed when several work here.")]
PeriodArgument = Annotated[str, typer.Argument(help="2026, 2026-Q4 or 2026-11.")]
#: Status of `lims report verify`, for scripts.
NOT_VALID = 1


def add_to(app: typer.Typer) -> None:
    """Put the commands without a group of their own under `lims`."""
    app.add_typer(report, name="report")
    app.add_typer(returns, name="return")
    app.command(name="indicators")(show_indicators)


@report.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    trust: Annotated[
        list[Path] | None,
        typer.Option("--trust", help="PEM file of authorities to believe; nothing but it and the report is asked."),
    ] = None,
) -> None:
    """Is this PDF the report that was issued? Says what it is worth, what was checked and what could not be.

    valid, altered, unsigned, unknown_signer, inconsistent, not_logged, replaced or withdrawn. Status 0 when it is
    valid, 1 when it is not. Needs no installation: without one, whom to believe is told by --trust.
    """
    settings = load_settings()
    if trust or not settings.has_database:
        found = verify_by_itself(settings, file, trust or [])
    else:
        with installation() as lims:
            found = verify_report_file(lims, file)
    chinese = found.reason.translated(translator(Language.CHINESE))
    if as_json:
        told = {
            "file": str(file),
            "status": found.status.value,
            "code": found.reason.code,
            "reason": found.reason.text,
            "reason_zh": chinese,
            "number": found.number,
            "signer": found.signer,
            "signed_at": found.signed_at.isoformat() if found.signed_at else None,
            "signatures": [
                {"field": one.field.value, "name": one.name, "at": one.at.isoformat()} for one in found.signatures
            ],
            "stamped_at": found.stamped_at.isoformat() if found.stamped_at else None,
            "sha256": found.sha256,
            "is_development": found.is_development,
            "checks": {check.name: check.outcome for check in checks_of(found)},
            "not_checked": [why.text for why in found.open_points],
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{found.status.value}\t{file.name}\t{found.number or '-'}\t{chinese} {found.reason.text}")
        _tell_checks(found)
    raise typer.Exit(0 if found.status.value == "valid" else NOT_VALID)


def _tell_checks(found: "Verification") -> None:
    """Each check with its outcome, then what could not be checked, in both languages."""
    to_chinese = translator(Language.CHINESE)
    for check in checks_of(found):
        sign = {"passed": "✓", "failed": "✗"}.get(check.outcome, "–")
        typer.echo(f"  {sign} {to_chinese(check.text)} {check.text}")
    for one in found.signatures:
        typer.echo(f"    {one.field.shown} {one.field.value}\t{one.name}\t{one.at.isoformat()}")
    for why in found.open_points:
        typer.echo(f"  ! {why.translated(to_chinese)} {why.text}")


@returns.command()
def export(
    period: PeriodArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    laboratory: LaboratoryOption = None,
) -> None:
    """Write the signed return of a period for the laboratory above."""
    with installation() as lims:
        content = indicators.export_return(lims, _acting_for(lims, laboratory), Period.parse(period))
    output.write_bytes(content)
    typer.echo(str(output))


@returns.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], laboratory: LaboratoryOption = None
) -> None:
    """Take in a return from below: checked, once only, corrections replace."""
    with installation() as lims:
        taken = indicators.import_return(lims, _acting_for(lims, laboratory), file.read_bytes())
    state = "already imported" if taken.already_imported else "imported"
    typer.echo(
        f"{state}: {taken.number} of {taken.sender_name}, {taken.records} records: "
        f"{taken.added} new, {taken.changed} corrected, {taken.unchanged} unchanged"
    )


def show_indicators(
    period: PeriodArgument,
    region: Annotated[str | None, typer.Option(help="Six digits; the laboratory's own when left out.")] = None,
    by: Annotated[Breakdown, typer.Option(help="What the rows are.")] = Breakdown.REGION,
    laboratory: LaboratoryOption = None,
) -> None:
    """Pass rate and batches per thousand residents, beside their targets."""
    with installation() as lims:
        question = indicators.Question(Period.parse(period), region)
        print_indicators(indicators.indicator_table(lims, _acting_for(lims, laboratory), question, by))


def print_indicators(table: indicators.Table) -> None:
    """A table of indicators on the terminal."""
    columns = (
        "",
        "批次 batches",
        "合格 pass",
        "不合格 fail",
        "未判定 not judged",
        "合格率 pass rate %",
        "批次/千人 per 1000",
    )
    parts = [row for row in table.rows if row.key != table.total.key]  # a county has no parts: only the whole
    rows = [_cells(row) for row in (*parts, table.total)]
    title = f"{table.region_name} {table.period.starts_on} … {table.period.ends_on}"
    print_table(title, columns, rows)


def _cells(row: Row) -> tuple[str, ...]:
    tally = row.tally
    density = _beside_target(row.density.figure) if row.density else "—"
    counts = (tally.batches, tally.conforming, tally.failing, tally.not_judged)
    return (row.name, *(str(n) for n in counts), _beside_target(row.pass_rate), density)


def _beside_target(figure: Compared) -> str:
    if figure.shown is None:
        return "—"
    if figure.target is None:
        return figure.shown
    return f"{figure.shown} ({'✓' if figure.reached else '✗'} {figure.target_code}: {figure.target:f})"


def _acting_for(lims: Lims, code: str | None) -> Actor:
    """The owner of this command line, for a laboratory of the installation."""
    chosen = code or only_laboratory(lims)
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        return system_actor("command line", network.laboratory_by_code(session, chosen).id)
