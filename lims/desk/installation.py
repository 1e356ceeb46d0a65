"""What an installation is: its settings, database, library, signing key and room on the disk, ready to be shown."""

import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlmodel import func, select

from lims.core.clock import local_day
from lims.core.errors import BadInput
from lims.core.reasons import Reason, mark
from lims.core.record_words import table_word
from lims.db.audit_tables import AuditEntry
from lims.db.record import Record
from lims.db.work import LimsSession
from lims.library.queries import current_library, releases
from lims.migrate import current, head
from lims.network import queries as network
from lims.people.tables import User
from lims.reports.desk import signing_identity
from lims.reports.tables import Report
from lims.results.tables import Result
from lims.runs.tables import Run, Worksheet
from lims.runtime import Lims
from lims.samples.tables import Sample
from lims.settings import Settings
from lims.web import formats

#: What each setting is for. A test holds that none is forgotten.
ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "environment": mark("Trying out, or serving a laboratory; in service the program is strict"),
        "data": mark("Folder of the database, the files and the keys"),
        "database_url": mark("Address of PostgreSQL; without one SQLite in the data folder"),
        "assets": mark("Folder of fonts and browser files"),
        "method_library": mark("Folder of the reference facts"),
        "report_templates": mark("Folder of the report templates"),
        "public_url": mark(
            "Address that people use; it stands in the QR codes of reports, and passkeys are bound to it"
        ),
        "signing_pkcs12": mark(
            "File with the laboratory's key and certificate; without one reports are for trial only"
        ),
        "signing_passphrase": mark("Passphrase of that file"),
        "signing_pkcs11_module": mark(
            "Driver of the token that holds the laboratory's key instead of a file (PKCS#11)"
        ),
        "signing_pkcs11_token": mark("Label of that token"),
        "signing_pkcs11_label": mark("Label of key and certificate in the token"),
        "signing_pkcs11_pin": mark("PIN of the token"),
        "timestamp_url": mark("Address of the timestamp authority; without one reports carry no timestamp"),
        "trusted_certificates": mark("Folder of certificates that verification accepts"),
        "token_days": mark("Days until an API token ends"),
        "session_hours": mark("Hours until a session ends in any case"),
        "session_idle_minutes": mark("Minutes without a click until a session ends"),
        "upload_megabytes": mark("Largest file that is accepted, in MB"),
        "threads": mark("Requests that are answered at the same time"),
        "render_processes": mark("Processes that draw reports"),
    }
)
_COUNTED: Sequence[type[Record]] = (Sample, Worksheet, Run, Result, Report, User)
#: Warn below: reports and instrument files are kept for years.
_LITTLE_ROOM = 2 * 1024**3
_ENDS_SOON_DAYS = 90


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in effect. `value` is ready; a secret is never in it. `is_set`: not the default."""

    name: str
    about: str
    value: str
    is_secret: bool
    is_set: bool


def settings_of(settings: Settings) -> Sequence[Setting]:
    """Every setting, in the order in which they are declared."""
    return [
        Setting(
            f"LIMS_{name.upper()}",
            ABOUT[name],
            _shown(name, getattr(settings, name)),
            isinstance(getattr(settings, name), SecretStr),
            getattr(settings, name) != field.default,
        )
        for name, field in Settings.model_fields.items()
    ]


def _shown(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return "••••••••"
    if name == "database_url":
        return make_url(value).render_as_string(hide_password=True)
    return str(value.resolve()) if isinstance(value, Path) else str(value)


@dataclass(frozen=True, slots=True)
class Database:
    """The database, and whether its tables are those of the program."""

    kind: str
    version: str
    size: str | None
    tables: str | None
    wanted: str | None


def database_of(lims: Lims) -> Database:
    """The database that an installation works on."""
    dialect = lims.engine.dialect
    if dialect.name == "sqlite":
        file = lims.settings.data / "lims.sqlite"
        size = formats.size(file.stat().st_size) if file.is_file() else None
        return Database("SQLite", sqlite3.sqlite_version, size, current(lims.engine), head())
    tables = current(lims.engine)  # connects, so that the server has told its version
    numbers = getattr(dialect, "server_version_info", None) or ()
    return Database("PostgreSQL", ".".join(str(n) for n in numbers), None, tables, head())


@dataclass(frozen=True, slots=True)
class Key:
    """The key that reports are signed with, or why there is none."""

    name: str = ""
    valid_until: datetime | None = None
    days_left: int = 0
    is_development: bool = False
    why_not: Sequence[Reason] = ()

    @property
    def ends_soon(self) -> bool:
        """Whether a new certificate is to be applied for."""
        return self.days_left < _ENDS_SOON_DAYS


def key_of(lims: Lims, session: LimsSession) -> Key:
    """The signing key of the own laboratory."""
    try:
        identity = signing_identity(lims, network.laboratory_by_id(session, session.actor.laboratory_id))
    except BadInput as unusable:
        return Key(why_not=unusable.reasons)
    until = identity.certificate.not_valid_after_utc
    left = (local_day(until) - local_day(lims.clock.now())).days
    return Key(identity.name, until, left, identity.is_development)


@dataclass(frozen=True, slots=True)
class Room:
    """The disk that the data folder is on."""

    folder: Path
    free: str
    total: str
    is_little: bool


def room_of(lims: Lims) -> Room:
    """How much room is left."""
    usage = shutil.disk_usage(lims.settings.data)
    free, total = (formats.size(count) for count in (usage.free, usage.total))
    return Room(lims.settings.data.resolve(), free, total, usage.free < _LITTLE_ROOM)


@dataclass(frozen=True, slots=True)
class LibraryState:
    """The library in use."""

    edition: str
    title: str
    loaded_at: datetime
    sha256: str
    substances: int
    foods: int
    limits: int


def library_state(session: LimsSession) -> LibraryState | None:
    """The library in use; None when none was loaded."""
    loaded = releases(session)
    if not loaded:
        return None
    facts, newest = current_library(session).facts, loaded[0]
    return LibraryState(
        newest.edition,
        newest.title,
        newest.loaded_at,
        newest.sha256,
        len(facts.substances),
        len(facts.foods),
        len(facts.limits),
    )


def counts(session: LimsSession) -> Sequence[tuple[str, int]]:
    """How many records of each kind the reader's laboratories have; of the trail, all entries."""
    found = [(table_word(_name(model)), _count(session, model)) for model in _COUNTED]
    return [*found, (table_word("audit_entry"), _count(session, AuditEntry))]


def _count(session: LimsSession, model: Any) -> int:
    return int(session.exec(select(func.count(model.id))).one())


def _name(model: type[Record]) -> str:
    return str(model.__table__.name)
