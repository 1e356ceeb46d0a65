"""A release of the library is stored once, byte for byte, and never changed."""

from datetime import timedelta

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.core.errors import BadInput, Conflict, NotFound
from lims.library import queries
from lims.library.files import LibraryFiles, parse_library, read_library
from lims.library.service import load_library
from lims.library.tables import LibraryFile, LibraryRelease
from lims.runtime import Lims

RELEASED = read_library()


def load(lims: Lims, files: LibraryFiles) -> str:
    """Load a release; its hash."""
    with lims.work(system_actor(), Action.LIBRARY_LOAD) as session:
        return load_library(session, files).sha256


def an_edition(name: str) -> LibraryFiles:
    """The released files under another name."""
    return LibraryFiles(
        RELEASED.manifest.replace(b'edition = "2026.3"', f'edition = "{name}"'.encode()), RELEASED.files
    )


@pytest.mark.both_databases
def test_what_is_stored_gives_the_library_that_was_released(lims: Lims) -> None:
    queries._built.clear()  # another test may have built it from its own database
    sha256 = load(lims, RELEASED)

    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
        again = queries.current_library(session)

    assert library.facts == parse_library(RELEASED)
    assert library.facts.sha256 == sha256
    assert again is library  # built once


def test_loading_the_same_release_again_changes_nothing(lims: Lims) -> None:
    first, second = load(lims, RELEASED), load(lims, RELEASED)

    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        assert first == second
        assert len(session.exec(select(LibraryRelease)).all()) == 1
        assert len(session.exec(select(LibraryFile)).all()) == len(RELEASED.files)


def test_an_edition_is_never_overwritten(lims: Lims) -> None:
    load(lims, RELEASED)
    other = LibraryFiles(RELEASED.manifest + b"# corrected\n", RELEASED.files)

    with pytest.raises(Conflict) as refused:
        load(lims, other)

    assert [r.code for r in refused.value.reasons] == ["library.edition_changed"]


def test_the_newest_release_is_in_use_and_the_older_stays_explainable(lims: Lims, clock: FixedClock) -> None:
    old = load(lims, RELEASED)
    clock.instant += timedelta(days=1)
    new = load(lims, an_edition("2026.9"))

    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        assert queries.current_library(session).facts.edition == "2026.9"
        assert queries.library_of(session, old).facts.edition == "2026.3"
        assert [r.sha256 for r in queries.releases(session)] == [new, old]


def test_a_faulty_library_leaves_nothing_behind(lims: Lims) -> None:
    broken = LibraryFiles(RELEASED.manifest, {**RELEASED.files, "foods.csv": b"nothing"})

    with pytest.raises(BadInput):
        load(lims, broken)

    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        assert queries.releases(session) == []
        with pytest.raises(NotFound):
            queries.current_library(session)
