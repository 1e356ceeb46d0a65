"""Commands on the method library: check it, load an edition from a table, look at what is loaded."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from lims.commands.common import installation, language
from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.errors import BadInput, LimsError, NotFound
from lims.core.language import translator
from lims.core.reasons import Where, reason
from lims.core.words import word
from lims.db.work import LimsSession
from lims.library import drafts, queries
from lims.library.difference import Change, counts
from lims.library.edition_changes import EditionChanges, changes_of
from lims.library.edition_order import EditionOrder
from lims.library.facts import Coverage, DateIs, DefinitionState, LibraryFacts, LimitKind, StandardKind, SubstanceKind
from lims.library.files import METHOD_LIBRARY, LibraryFiles, parse_library, read_library
from lims.library.rules import Library
from lims.library.tables import LibraryDraft
from lims.people.sign_in import actor_at_terminal
from lims.runtime import Lims
from lims.science.conformity import Comparison

library = typer.Typer(no_args_is_help=True, help="The method library.")
_FIRST = 20


def add_to(app: typer.Typer) -> None:
    """Put the commands under `lims library`."""
    app.add_typer(library, name="library")


@library.command()
def check(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)] = METHOD_LIBRARY,
    gaps: Annotated[bool, typer.Option("--gaps", help="Name every gap.")] = False,
    in_use: Annotated[bool, typer.Option("--in-use", help="The release in use, with what was loaded into it.")] = False,
) -> None:
    """Read a method library and say what is wrong with it, and what it does not hold; nothing is stored.

    Status 1 when something is wrong: contradictions, names that are no food, unknown substances, units, cycles. What
    is merely not loaded is a gap: it is counted, and never judged by.
    """
    files = _files_in_use() if in_use else read_library(folder)
    try:
        facts = parse_library(files)
    except LimsError as faulty:
        _tell_faults(faulty)
        typer.echo(f"{len(faulty.reasons)} findings")
        raise typer.Exit(1) from faulty
    typer.echo(
        f"{files.sha256}: {len(facts.standards)} standards, {len(facts.substances)} substances, "
        f"{len(facts.foods)} foods, {len(facts.limits)} limits, {len(facts.prohibitions)} prohibitions"
    )
    found = list(_gaps(facts))
    typer.echo(f"0 findings, {len(found)} gaps")
    for what, number in Counter(gap.partition("\t")[0] for gap in found).items():
        typer.echo(f"gaps\t{what}\t{number}")
    if gaps:
        for gap in found:
            typer.echo(gap)


def _tell_faults(faulty: LimsError) -> None:
    """Every fault with its file, row and column."""
    say = translator(language())
    for why in faulty.reasons:
        place = ":".join(str(part) for part in (why.where.field, why.where.row, why.where.column) if part)
        typer.echo(f"{place}\t{why.code}\t{why.translated(say)}")


def _files_in_use() -> LibraryFiles:
    with installation() as lims, lims.read(system_actor(), Action.LIBRARY_READ) as session:
        return queries.files_in_use(session)


def _gaps(facts: LibraryFacts) -> Iterator[str]:
    """What the library does not hold or has not verified, a line each."""
    for standard in facts.standards:
        if not standard.limits_loaded:
            yield f"not loaded\t{standard.code}"
        elif standard.effective_is is not DateIs.PRINTED:
            yield f"day not verified\t{standard.code}\t{standard.effective_on}"
    for one in facts.coverage:
        if one.coverage is not Coverage.COMPLETE:
            yield f"{one.coverage.value}\t{one.standard}\t{one.substance}"
    for definition in facts.definitions:
        if definition.state is not DefinitionState.COMPONENTS_KNOWN:
            yield f"residue {definition.state.value}\t{definition.standard}\t{definition.substance}"
    for rule in facts.prohibitions:
        if rule.date_is is DateIs.UNVERIFIED:
            yield f"day not verified\t{rule.rule}\t{rule.substance}"
    for row in facts.limits:
        if row.kind is LimitKind.UNREADABLE:
            yield f"{row.kind.value}\t{row.standard}\t{row.substance}\t{row.food}"


@library.command()
def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="xlsx or CSV, one limit in each row.")],
    standard: Annotated[str, typer.Option(help="With its year, GB 2763-2021; else as the table says.")] = "",
    title: Annotated[str, typer.Option()] = "",
    market: Annotated[str, typer.Option(help="CN, KR, …; else as the table says.")] = "",
    family: Annotated[str, typer.Option(help="The standard without its year.")] = "",
    tree: Annotated[str, typer.Option(help="The standard whose foods the table names.")] = "",
    kind: Annotated[StandardKind | None, typer.Option(help="law, or declared by who promises it.")] = None,
    subject: Annotated[list[SubstanceKind] | None, typer.Option(help="What it sets limits for.")] = None,
    supplements: Annotated[str, typer.Option(help="The edition that it is read together with.")] = "",
    effective_on: Annotated[str, typer.Option(help="First day, 2026-03-01.")] = "",
    ended_on: Annotated[str, typer.Option(help="First day no longer.")] = "",
    complete: Annotated[bool, typer.Option("--complete", help="The table holds every limit of the edition.")] = False,
    default: Annotated[str, typer.Option(help="Limit in mg/kg for whatever a complete edition does not list.")] = "",
    rounded: Annotated[bool, typer.Option("--rounded", help="It compares rounded values (GB/T 8170).")] = False,
    new_foods: Annotated[bool, typer.Option("--new-foods", help="Add foods that the tree does not have.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="Name every change.")] = False,
    username: Annotated[str, typer.Option("--as", help="Who loads it; the password is asked for.")] = "",
) -> None:
    """Load an edition from a table as a draft, and say what it changes. A person must release it before it decides."""
    order = EditionOrder(
        standard, title, market, family, tree, kind, tuple(subject or ()), supplements,
        _day(effective_on, "effective-on"), _day(ended_on, "ended-on"), complete, _default(default),
        comparison=Comparison.ROUNDED_VALUE if rounded else None, new_foods=new_foods,
    )  # fmt: skip
    content = file.read_bytes()
    with installation() as lims:
        actor = _person(lims, username) if username else system_actor()
        lims.require(actor, Action.LIBRARY_LOAD)
        with lims.read(system_actor(), Action.LIBRARY_READ) as session:
            in_use, files = queries.current_library(session), queries.files_in_use(session)
        try:
            edition = drafts.edition_from(content, order, in_use)
        except BadInput as faulty:
            _tell_faults(faulty)
            raise typer.Exit(2) from faulty
        sha256 = hashlib.sha256(content).hexdigest()
        with lims.work(actor, Action.LIBRARY_LOAD) as session:
            draft = drafts.load_edition(session, edition, files, file_name=file.name, file_sha256=sha256)
            number, code = draft.id, draft.standard
        with lims.read(system_actor(), Action.LIBRARY_READ) as session:
            with_it = queries.draft_library(session, number)
    typer.echo(
        f"{code}: {len(edition.limits)} limits, {edition.new_substances} new substances, "
        f"{edition.new_foods} new foods; rows left out: {edition.left_out} not verified, "
        f"{edition.others} of other standards, {edition.repeated} repeated"
    )
    if edition.ignored:
        typer.echo(f"columns not used: {', '.join(edition.ignored)}")
    _tell(changes_of(code, in_use, with_it), with_it, show_all=show_all)
    typer.echo(f"draft {number}: another person releases it under Reference, Releases, or by `lims library release`")


def _tell(found: EditionChanges, names: Library, *, show_all: bool) -> None:
    """What an edition changes: how much of each kind, and the first lines."""
    against = "nothing: no edition before it is loaded" if found.against is None else found.against.code
    say = translator(language())
    told = ", ".join(f"{say(word(kind))} {number}" for kind, number in counts(found.changes).items())
    typer.echo(f"against {against}: {told}")
    if found.residues:
        named = ", ".join(names.substance_name(one.substance, language()) for one in found.residues)
        typer.echo(f"residues that count differently: {named}")
    shown = found.changes if show_all else found.changes[:_FIRST]
    for change in shown if found.against is not None or show_all else ():
        typer.echo(_line(change, names))
    if found.against is not None and len(shown) < len(found.changes):
        typer.echo(f"… {len(found.changes) - len(shown)} more; --all names them")


def _line(change: Change, names: Library) -> str:
    before = "—" if change.before is None or change.before.value is None else f"{change.before.value:f}"
    after = "—" if change.after is None or change.after.value is None else f"{change.after.value:f}"
    substance = names.substance_name(change.substance, language())
    return f"{change.kind.value}\t{substance}\t{change.food}\t{before} → {after}"


@library.command(name="drafts")
def list_drafts() -> None:
    """The editions that were loaded from tables, the newest first."""
    with installation() as lims, lims.read(system_actor(), Action.LIBRARY_READ) as session:
        for draft in queries.drafts(session):
            typer.echo(f"{draft.id}\t{draft.state.value}\t{draft.standard}\t{draft.limits} limits\t{draft.loaded_at}")


@library.command(name="release")
def release_draft(
    draft: Annotated[str, typer.Argument(help="As `lims library drafts` names it; its beginning is enough.")],
    username: Annotated[str, typer.Option("--as", help="Who releases it; the password is asked for.")],
) -> None:
    """Judge by a loaded edition from now on. Not by the person who loaded it."""
    with installation() as lims:
        actor = _person(lims, username)
        with lims.work(actor, Action.LIBRARY_RELEASE) as session:
            found = _draft(session, draft)
            released = drafts.release_draft(session, found.id, found.version)
            typer.echo(f"{found.standard}: release {released.edition} is in use")


@library.command()
def reject(
    draft: Annotated[str, typer.Argument(help="As `lims library drafts` names it; its beginning is enough.")],
    why: Annotated[str, typer.Option("--reason", help="Kept beside it.")],
    username: Annotated[str, typer.Option("--as", help="Who sets it aside; the password is asked for.")],
) -> None:
    """Set a loaded edition aside, with a reason."""
    with installation() as lims:
        actor = _person(lims, username)
        with lims.work(actor, Action.LIBRARY_REJECT, why) as session:
            found = _draft(session, draft)
            drafts.reject_draft(session, found.id, found.version, why)
            typer.echo(f"{found.standard}: set aside")


def _person(lims: Lims, username: str) -> Actor:
    """The person who acts, by the password that is typed now: an argument would be kept by the shell."""
    return actor_at_terminal(lims, username, typer.prompt(f"Password of {username}", hide_input=True, err=True))


def _draft(session: LimsSession, key: str) -> LibraryDraft:
    found = [one for one in queries.drafts(session) if str(one.id).startswith(key.strip().casefold())]
    if len(found) != 1 or not key.strip():
        raise NotFound.of("loaded edition", key)
    return found[0]


def _default(text: str) -> Decimal | None:
    try:
        value = Decimal(text) if text else None
    except InvalidOperation:
        value = Decimal("NaN")
    if value is not None and not (value.is_finite() and value >= 0):
        said = "“{text}” is not a number of 0 or more."
        raise BadInput(reason("library.not_a_number", said, text=text, at=Where("default")))
    return value


def _day(text: str, option: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        said = "“{text}” is no day; write it as 2026-11-23."
        raise BadInput(reason("day.unreadable", said, text=text, at=Where(option))) from error
