"""Fixtures that every test may ask for: the databases, the clock and an installation at work."""

import gc
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from starlette.testclient import TestClient

from lims.core.actors import Actor
from lims.core.clock import FixedClock
from lims.core.collecting import collect_seldom
from lims.people import passwords
from lims.runtime import Lims
from lims.settings import Settings
from tests import databases
from tests.factories import Cast, a_cast, a_network

if TYPE_CHECKING:
    from tests.year import Year

BOTH = ("sqlite", "postgresql")

settings.register_profile("house", deadline=None)  # how busy the machine is proves nothing
settings.load_profile("house")
gc.disable()  # whatever is read until the first test begins stays


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked `both_databases` runs once on each."""
    if "database" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("database", BOTH, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests come first: at the end one process would be left alone with one."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """What is there before the first test stays; installations come and go, and are collected by the dozen."""
    collect_seldom()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Half of the time of an ordinary test went into compiling the statements of the one before it anew."""
    with databases.compiled_once():
        yield


@pytest.fixture(scope="session")
def postgresql_server(shared: Path) -> Iterator[str]:
    """The address of a superuser of a running PostgreSQL; started when first asked for."""
    yield from databases.postgresql_server(shared)


@pytest.fixture
def database(request: pytest.FixtureRequest, shared: Path, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an installation whose database is migrated and empty: SQLite unless parametrised."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield databases.sqlite_copy(databases.sqlite_template(shared), tmp_path / "var")
        return
    server = request.getfixturevalue("postgresql_server")
    with databases.postgresql_copy(server, databases.template_name(shared), tmp_path / "var") as settings:
        yield settings


@pytest.fixture
def clock() -> FixedClock:
    """Monday, 23 November 2026, ten in the morning in Guiyang; it stands until a test moves it."""
    return FixedClock(datetime(2026, 11, 23, 2, 0, tzinfo=UTC))


@pytest.fixture
def lims(database: Settings, clock: FixedClock) -> Iterator[Lims]:
    """An installation at work on `database`."""
    installation = Lims(database, clock)
    yield installation
    installation.close()


@pytest.fixture(scope="session")
def quick_passwords() -> Iterator[None]:
    """Argon2 at its least cost: a cast of eleven would take seconds at the real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def year(shared: Path, quick_passwords: None) -> "Year":
    """A year of a county laboratory, to be looked at only; `tests.year.year_copy` gives one that may be changed."""
    from tests.year import year_in  # here: it takes a minute, and few tests need it

    return year_in(shared)


@pytest.fixture
def cast(lims: Lims, quick_passwords: None) -> Cast:
    """Everybody, in the laboratories of a small network."""
    a_network(lims)
    return a_cast(lims)


@pytest.fixture
def client(lims: Lims) -> Callable[[Actor | None], TestClient]:
    """`client(ann)` is a web client that Ann has signed in with; `client(None)` one without a token.

    The tokens of its own stand for actors, so that no password is hashed; real tokens work as well.
    """
    from lims.app import make_app  # here: most tests need no routes

    app = make_app(lims)
    authenticate = app.state.authenticate
    actors: dict[str, Actor] = {}
    app.state.authenticate = lambda lims, token: actors[token] if token in actors else authenticate(lims, token)

    def signed_in(actor: Actor | None) -> TestClient:
        if actor is None:
            return TestClient(app)
        token = f"test-{len(actors)}"
        actors[token] = actor
        return TestClient(app, headers={"Authorization": f"Bearer {token}"})

    return signed_in
