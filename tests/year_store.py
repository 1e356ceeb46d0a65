"""A database by its bare driver: rows as texts, numbers and nothing, without records, services or safety."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection

from lims.db.record import metadata
from lims.settings import Settings

Cells = dict[str, Any]


class Store(Protocol):
    """Takes rows by the hundred thousand. Nothing is checked, and nothing is safe before `close`."""

    def write(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None: ...

    def run(self, statement: str) -> None: ...

    def close(self) -> None: ...


class SqliteStore:
    """The file, without what makes it safe: who loses it builds it again."""

    def __init__(self, settings: Settings) -> None:
        self._connection = sqlite3.connect(settings.data / "lims.sqlite", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-600000", "locking_mode=EXCLUSIVE"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")
        found = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        self._indices = dict(self._connection.execute(found).fetchall())
        for name in self._indices:  # sorted once at the end is some times faster than kept sorted
            self._connection.execute(f"DROP INDEX {name}")

    def write(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        marks = ", ".join("?" for _ in columns)
        self._connection.executemany(f"INSERT INTO {table} ({_listed(columns)}) VALUES ({marks})", rows)

    def run(self, statement: str) -> None:
        self._connection.execute(statement)

    def close(self) -> None:
        for declaration in self._indices.values():
            self._connection.execute(declaration)
        self._connection.execute("COMMIT")
        self._connection.close()


class PostgresqlStore:
    """A connection as the installation itself; rows go through a temporary table, for COPY knows no row security."""

    def __init__(self, settings: Settings) -> None:
        address = (settings.database_url or "").replace("postgresql+psycopg://", "postgresql://", 1)
        self._connection = psycopg.connect(address)
        self.run("SET TIME ZONE 'UTC'")
        self.run("SELECT set_config('lims.laboratories', '*', false)")

    def write(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        listed = _listed(columns)
        self.run(f"CREATE TEMP TABLE new_{table} ON COMMIT DROP AS SELECT {listed} FROM {table} WHERE false")
        with self._connection.cursor() as cursor, cursor.copy(f"COPY new_{table} FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
        self.run(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM new_{table}")
        self.run(f"DROP TABLE new_{table}")

    def run(self, statement: str) -> None:
        self._connection.execute(statement.encode())

    def close(self) -> None:
        self._connection.commit()
        self._connection.close()


def open_store(settings: Settings) -> Store:
    """The database of an installation that nobody else uses meanwhile."""
    return PostgresqlStore(settings) if settings.database_url else SqliteStore(settings)


def columns_of(table: str) -> tuple[str, ...]:
    """The columns of a table."""
    return tuple(column.name for column in metadata.tables[table].columns)


def read_all(connection: Connection, table: str, columns: Sequence[str], key: str, value: object) -> list[Cells]:
    """Rows as `Store.write` can give them back: as they are in SQLite, as texts from PostgreSQL."""
    on_sqlite = connection.dialect.name == "sqlite"
    listed = _listed(columns) if on_sqlite else ", ".join(f'"{c}"::text' for c in columns)
    wanted = str(value).replace("-", "") if on_sqlite and key.endswith("_id") else str(value)
    if not on_sqlite:
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")  # so that instants are spelled as on SQLite
    rows = connection.exec_driver_sql(f"SELECT {listed} FROM {table} WHERE {key} = '{wanted}'").all()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
