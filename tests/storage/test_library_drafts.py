"""Loaded editions in the database: kept as made, laid over the release in use, carried over to a newer library."""

import csv
import hashlib
import io
from datetime import date
from uuid import UUID

import pytest

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.errors import RuleRefused
from lims.library import drafts, queries
from lims.library.composing import loaded_in
from lims.library.edition_order import EditionOrder
from lims.library.files import LibraryFiles, read_library
from lims.library.service import load_library
from lims.runtime import Lims
from tests.concurrency.at_once import at_once, audit_findings
from tests.factories import Cast

SHIPPED = read_library()
TABLE = "农药,英文名,CAS号,食品,限量\n新来灵,Newcomer,1-2-3,豇豆,{value}\n敌敌畏,,,豇豆,0.5\n"


@pytest.fixture
def at_work(lims: Lims, cast: Cast) -> Lims:
    """An installation with people and the library."""
    queries._built.clear()
    queries._with_drafts.clear()
    ship(lims, SHIPPED)
    return lims


def ship(lims: Lims, files: LibraryFiles) -> None:
    with lims.work(system_actor(), Action.SET_UP) as session:
        load_library(session, files)


def load(lims: Lims, actor: Actor, standard: str = "XX 1-2026", value: str = "1") -> UUID:
    """A draft of an edition of two limits."""
    order = EditionOrder(standard=standard, market="XX", family=standard[:4], tree="GB 2763",
                         effective_on=date(2026, 3, 1))  # fmt: skip
    content = TABLE.format(value=value).encode()
    with lims.read(actor, Action.LIBRARY_READ) as session:
        library, in_use = queries.current_library(session), queries.files_in_use(session)
    edition = drafts.edition_from(content, order, library)
    with lims.work(actor, Action.LIBRARY_LOAD) as session:
        return drafts.load_edition(session, edition, in_use, file_name="t.csv", file_sha256="0" * 64).id


def release(lims: Lims, actor: Actor, draft: UUID) -> str:
    with lims.work(actor, Action.LIBRARY_RELEASE) as session:
        return drafts.release_draft(session, draft, 1).edition


def value_in_use(lims: Lims, standard: str, substance: str) -> str | None:
    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
        known = library.find_substance(substance)
        rows = library.limits(standard, known.code) if known else ()
        return str(rows[0].value) if rows else None


def with_substance(files: LibraryFiles, *cells: str) -> LibraryFiles:
    """A newer library of the program that knows one more substance."""
    columns = next(csv.reader(io.StringIO(files.files["substances.csv"].decode())))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([*cells, *[""] * (len(columns) - len(cells) - 1), "test"])
    before = files.files["substances.csv"]
    after = before + out.getvalue().encode()
    rows = len(list(csv.reader(io.StringIO(before.decode()))))
    old, new = (hashlib.sha256(content).hexdigest() for content in (before, after))
    manifest = files.manifest.decode().replace(
        f'rows = {rows - 1}\nsha256 = "{old}"', f'rows = {rows}\nsha256 = "{new}"'
    )
    manifest = manifest.replace('edition = "', 'edition = "9.', 1)
    assert new in manifest
    return LibraryFiles(manifest.encode(), {**files.files, "substances.csv": after})


@pytest.mark.both_databases
def test_a_draft_decides_nothing_until_another_person_releases_it(at_work: Lims, cast: Cast) -> None:
    draft = load(at_work, cast.net)
    assert value_in_use(at_work, "XX 1-2026", "新来灵") is None

    with pytest.raises(RuleRefused) as refused:
        release(at_work, cast.net, draft)
    release(at_work, cast.ada, draft)

    assert [why.code for why in refused.value.reasons] == ["library.same_person"]
    assert value_in_use(at_work, "XX 1-2026", "新来灵") == "1"
    assert audit_findings(at_work) == []


def test_what_the_command_line_loaded_is_released_by_anybody_who_may(at_work: Lims, cast: Cast) -> None:
    release(at_work, cast.net, load(at_work, system_actor()))

    assert value_in_use(at_work, "XX 1-2026", "新来灵") == "1"


def test_an_edition_that_was_put_aside_can_come_back(at_work: Lims, cast: Cast) -> None:
    names = [release(at_work, cast.ada, load(at_work, cast.net, value=value)) for value in ("1", "2", "1", "2")]

    assert len(set(names)) == 4
    assert value_in_use(at_work, "XX 1-2026", "新来灵") == "2"


@pytest.mark.both_databases
def test_two_editions_released_at_the_same_moment_are_both_in_use(at_work: Lims, cast: Cast) -> None:
    one, other = load(at_work, cast.net, "XX 1-2026"), load(at_work, cast.net, "YY 2-2026", "2")

    outcome = at_once([lambda: release(at_work, cast.ada, one), lambda: release(at_work, cast.ada, other)])

    assert len(outcome.done) == 2, outcome.refused
    assert value_in_use(at_work, "XX 1-2026", "新来灵") == "1"
    assert value_in_use(at_work, "YY 2-2026", "新来灵") == "2"


@pytest.mark.both_databases
def test_a_loaded_edition_speaks_of_the_substance_that_a_newer_library_brings(at_work: Lims, cast: Cast) -> None:
    """Otherwise one name would lead to two substances, and neither would be found."""
    release(at_work, cast.ada, load(at_work, cast.net))
    newer = with_substance(SHIPPED, "newcomer-proper", "新来灵", "Newcomer", "1-2-3", "pesticide")

    ship(at_work, newer)
    ship(at_work, newer)  # again changes nothing

    with at_work.read(system_actor(), Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
        assert len(queries.releases(session)) == 3
        assert library.facts.edition.startswith("9.")
        assert loaded_in(queries.files_in_use(session))
        for name in ("新来灵", "1-2-3", "newcomer-proper", "newcomer"):  # results were recorded by the last
            assert library.substance(name).code == "newcomer-proper"
    assert value_in_use(at_work, "XX 1-2026", "新来灵") == "1"
