"""`lims run …`: what a file of an instrument holds, without a database; and its import for a worksheet."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from lims.commands.common import installation, language
from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import BadInput, LimsError, NotFound
from lims.core.language import translator
from lims.core.reasons import Reason, Where, reason
from lims.core.schema_faults import schema_reason
from lims.library.files import parse_library, read_library
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.people.sign_in import actor_at_terminal
from lims.runs import importing, queries
from lims.runs.accounting import Accounting, account
from lims.runs.file_summary import has_open_rows, record_lines, summary_of, unreadable
from lims.runs.held_reading import HeldReading, choices_for, reading_for
from lims.runs.opened import OpenedFile
from lims.runs.previewing import FileImport, code_of
from lims.runs.profile import ImportProfile
from lims.runs.proposals import likely
from lims.runs.readers import registry
from lims.runs.records import Batch
from lims.runs.schemas import ProfileIn
from lims.runtime import Lims
from lims.settings import load_settings

#: Some row was refused or not mapped; the others were read.
SOMETHING_TO_MEND, UNREADABLE = 1, 2

run = typer.Typer(no_args_is_help=True, help="Files of instruments.")


def add_to(app: typer.Typer) -> None:
    """Put the commands under `lims run`."""
    app.add_typer(run, name="run")


@run.callback()
def main() -> None:
    """Files of instruments."""


@run.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="As the instrument's program exports it.")],
    profile: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Import profile as JSON.")] = None,
    reader: Annotated[str, typer.Option(help="How it is read; else by what is in it.")] = "",
    method: Annotated[str, typer.Option(help="Code of the method whose batch it is.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what the file holds; no database.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, on one line.")] = False,
    records: Annotated[bool, typer.Option("--records", help="Then a JSON line for each record.")] = False,
    worksheet: Annotated[str, typer.Option(help="Number of the worksheet it is imported for.")] = "",
    username: Annotated[str, typer.Option("--as", help="Who imports it; the password is asked for.")] = "",
    only_good_rows: Annotated[bool, typer.Option("--only-good-rows", help="Import what is right.")] = False,
    why: Annotated[str, typer.Option("--reason", help="Why a worksheet is imported again.")] = "",
) -> None:
    """Read the file of an instrument, account for every row, and import it for a worksheet.

    Status 0: every row was read; 1: some were refused or are not mapped; 2: the file cannot be read or imported.
    """
    say = translator(language())
    try:
        settings = None if profile is None else _profile(profile)
        if dry_run:
            chosen, batch, accounting, told = _looked_at(file, settings, reader, method)
        else:
            order = FileImport(
                worksheet, file.read_bytes(), file.name, ImportProfile(), reader, only_good_rows, why or None
            )
            chosen, batch, accounting, told = _imported(order, settings, username, method)
    except LimsError as refusal:
        _tell(unreadable(refusal.reasons, reader, say), (), as_json=as_json or records)
        raise typer.Exit(UNREADABLE) from refusal
    lines = record_lines(batch, chosen) if records else ()
    _tell(summary_of(batch, accounting, chosen, say, told), lines, as_json=as_json or records)
    raise typer.Exit(SOMETHING_TO_MEND if has_open_rows(accounting) else 0)


def _profile(path: Path) -> ImportProfile:
    try:
        return ProfileIn.model_validate_json(path.read_bytes()).to_profile()
    except ValidationError as error:
        faults = [schema_reason(f"field.{f['type']}", f, ".".join(map(str, f["loc"])), Where()) for f in error.errors()]
        raise BadInput(*faults) from error


def _looked_at(
    file: Path, settings: ImportProfile | None, reader: str, method: str
) -> tuple[ImportProfile, Batch, Accounting, list[Reason]]:
    """Nothing but the file, and where a method is named the library that comes with the program.

    Without a profile the file is read as it hints at; what was taken from it is told.
    """
    content = file.read_bytes()
    profile, told = (settings, []) if settings is not None else likely(OpenedFile(content, name=file.name))
    batch = registry.read(content, profile, reader, file.name)
    if not method:
        return profile, batch, account(batch, profile, lambda _name: None), told
    library = Library(parse_library(read_library(load_settings().method_library)))
    if method not in library.methods:
        told += NotFound.of("method", method).reasons
    accounting = account(batch, profile, lambda name: code_of(library, name))
    return profile, batch, accounting, [*told, *_unknown(accounting)]


def _unknown(accounting: Accounting) -> list[Reason]:
    said = "The compound {compound} is no substance of the library; map it in the import profile."
    return [reason("file.compound_unknown", said, compound=name) for name in accounting.unknown_compounds]


def _imported(
    order: FileImport, settings: ImportProfile | None, username: str, method: str
) -> tuple[ImportProfile, Batch, Accounting, list[Reason]]:
    """Imported by the same act as on the page of the worksheet; without a profile, as the page would propose it."""
    if not order.worksheet_number or not username:
        said = "Name the worksheet (--worksheet) and who imports the file (--as), or ask for a dry run (--dry-run)."
        raise BadInput(reason("run.no_worksheet", said, at=Where("worksheet")))
    with installation() as lims:
        actor = actor_at_terminal(lims, username, typer.prompt(f"Password of {username}", hide_input=True, err=True))
        lims.require(actor, Action.RUN_IMPORT)
        reading = _reading(lims, actor, order.worksheet_number, settings, method)
        profile = reading.profile.to_profile()
        order = FileImport(
            order.worksheet_number, order.content, order.name, profile, order.reader, order.only_good_rows,
            order.repeat_reason, reading.version,
        )  # fmt: skip
        importing.import_file(lims, actor, order)
        with lims.read(actor, Action.RUN_READ) as session:
            batch, accounting = importing.accounted(session, current_library(session), order)
    return profile, batch, accounting, []


def _reading(lims: Lims, actor: Actor, number: str, settings: ImportProfile | None, method: str) -> HeldReading:
    with lims.read(actor, Action.RUN_PREVIEW) as session:
        worksheet = queries.worksheet_by_number(session, number)
        if method and method != worksheet.method_code:
            said = "The worksheet {number} is of {wanted}, not of {method}."
            wanted = worksheet.method_code
            raise BadInput(reason("run.other_method", said, number=number, wanted=wanted, method=method))
        if settings is not None:
            return HeldReading(ProfileIn.model_validate(settings.as_dict()))
        return reading_for(session, worksheet, choices_for(session, worksheet, str).first)


def _tell(summary: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    if not as_json:
        _in_words(summary)
        return
    sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
    for line in lines:
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def _in_words(summary: Mapping[str, Any]) -> None:
    """For people: what was read, what became of the rows, and what to look at."""
    counts = " + ".join(f"{count} {name}" for name, count in summary["accounting"].items())
    typer.echo(f"{summary['format'] or '—'} ({summary['reader']}), {summary['encoding']}")
    held = ", ".join(f"{summary[name]} {name}" for name in ("injections", "analytes", "records"))
    typer.echo(f"{held}; rows: {counts}")
    for told in summary["messages"]:
        typer.echo(f"{told['code']}\t{told['text']}")
