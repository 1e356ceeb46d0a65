"""A year of one county laboratory, for tests of speed: 2 000 samples, 120 000 results and all that belongs to them.

Three batches are walked through the true services, from the counter to the signed report (`tests.year_walk`), and then
copied over the days of a year (`tests.year_copies`): most of them done, the last ones somewhere on their way, a few of
them overdue. Around it stands the network of the province with what it reports (`tests.year_network`).

What is not true: copies keep the amounts of their pattern; all reports share one page, so that its numbers are those of
the first; of the audit trail older copies have only a part (the chain itself is whole), so `audit verify` names records
that no entry made.
"""

import hashlib
import os
import random
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import CHINA, FixedClock
from lims.db.audit import entry_hash
from lims.db.engine import WRITES
from lims.db.planner import tell_planner
from lims.library.queries import current_library
from lims.migrate import migrate
from lims.runtime import Lims
from lims.settings import Settings
from tests.databases import locked
from tests.factories import PASSWORD
from tests.year_copies import ENTRY_COLUMNS, TABLES, Copy, Cutter, Look, Pattern, Row, Series, Words, fill, look
from tests.year_laboratory import COUNTY, OPENS_ON, PLACES, REGION, actors, analytes, equip, found, judgeable
from tests.year_network import a_network_of_counties, returns_of_the_year
from tests.year_store import Store, columns_of, open_store, read_all
from tests.year_walk import LOTS, Bench, Kind, Step, walk

#: Friday, ten in the morning in Guiyang.
NOW = datetime(2027, 2, 26, 2, 0, tzinfo=UTC)
FIRST_DAY, LAST_DAY = date(2026, 3, 2), date(2027, 2, 19)
#: Batches of eight samples that are done, the three patterns among them.
DONE = 238
#: Those on their way: how many days ago they were drawn, and how far they have come.
UNDER_WAY: tuple[tuple[int, Step, Kind], ...] = (
    # overdue
    (40, Step.RECEIVED, Kind.CLEAN),
    (30, Step.ENTERED, Kind.CLEAN),
    (25, Step.REGISTERED, Kind.CLEAN),
    (21, Step.SUBMITTED, Kind.FAILING),
    (20, Step.RETURNED, Kind.TROUBLED),
    (18, Step.VERIFIED, Kind.CLEAN),
    (16, Step.COMPILED, Kind.CLEAN),
    (15, Step.REVIEWED, Kind.FAILING),
    (12, Step.BROKEN, Kind.TROUBLED),
    # as they should be
    (4, Step.BROKEN, Kind.TROUBLED),
    (3, Step.ISSUED, Kind.CLEAN),
    (3, Step.REVIEWED, Kind.CLEAN),
    (3, Step.COMPILED, Kind.FAILING),
    (2, Step.VERIFIED, Kind.CLEAN),
    (2, Step.SUBMITTED, Kind.CLEAN),
    (2, Step.ENTERED, Kind.CLEAN),
    (1, Step.PLANNED, Kind.CLEAN),
    (1, Step.RECEIVED, Kind.CLEAN),
    (0, Step.REGISTERED, Kind.CLEAN),
    (0, Step.REGISTERED, Kind.CLEAN),
)
#: Every so many batches one is not clean.
FAILING_EVERY, TROUBLED_EVERY = 5, 37
#: Copies of the last weeks are whole. Of older ones the audit trail tells only how the records began, and signals are
#: left out that no amount came from.
WHOLE = timedelta(days=30)


@dataclass(frozen=True)
class Year:
    """An installation with a year behind it. `people`: actors by user name; everybody's password is `password`."""

    settings: Settings
    people: dict[str, Actor]
    now: datetime = NOW
    password: str = PASSWORD

    @contextmanager
    def lims(self) -> Iterator[Lims]:
        """The installation at work, at `now`."""
        lims = Lims(self.settings, FixedClock(self.now))
        yield lims
        lims.close()


def year_in(shared: Path) -> Year:
    """The year of this test run, built by whoever comes first (about a minute). For reading: everybody looks at it."""
    folder = shared / "year"
    with locked(shared / "year.lock"):
        if not folder.exists():
            building = shared / "year.building"
            a_year(Settings(data=building))
            building.rename(folder)
    return year_of(Settings(data=folder))


def year_copy(shared: Path, data: Path) -> Year:
    """A year of one's own, to be changed freely. Files of the vault never change: they are shared."""
    original = year_in(shared)
    shutil.copytree(original.settings.data / "vault", data / "vault", copy_function=os.link)
    shutil.copytree(original.settings.data / "keys", data / "keys")
    shutil.copyfile(original.settings.data / "lims.sqlite", data / "lims.sqlite")
    return Year(Settings(data=data), original.people)


def year_of(settings: Settings) -> Year:
    """The year in an installation that `a_year` built."""
    lims = Lims(settings, FixedClock(NOW))
    try:
        return Year(settings, actors(lims))
    finally:
        lims.close()


def a_year(settings: Settings) -> Year:
    """Build the year in an empty installation, SQLite or PostgreSQL. Passwords are hashed as `people.service` says."""
    clock = FixedClock(datetime.combine(OPENS_ON, time(2), tzinfo=UTC))
    lims = Lims(settings, clock)
    migrate(lims.engine)
    bench = _bench(lims, clock)
    looks = {kind: _looked(bench, kind) for kind in Kind}
    ends = _ends_of_walks(lims, bench)
    lims.close()
    _copy_batches(settings, looks, ends)
    lims = Lims(settings, clock)
    with lims.engine.execution_options(**{WRITES: True}).begin() as connection:
        tell_planner(connection)  # it forgot the indices that were away meanwhile
    returns_of_the_year(lims, clock, bench.people)
    clock.instant = NOW
    a_network_of_counties(lims)
    lims.close()
    return year_of(settings)


def _bench(lims: Lims, clock: FixedClock) -> Bench:
    people = found(lims)
    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        library = current_library(session)
    products = [lot.product for lot in LOTS]
    parameters = judgeable(library, products)
    compounds = analytes(library, products, parameters)
    equip(lims, people["max"], compounds)
    return Bench(lims, clock, people, library, parameters, compounds)


def _look_now(bench: Bench, before: frozenset[str], since: int, file: bytes) -> Look:
    with bench.lims.read(system_actor(), Action.AUDIT_READ) as session:
        return look(session.connection(), bench.laboratory, before, since, file)


def _looked(bench: Bench, kind: Kind) -> dict[Step, Look]:
    """A batch walked from end to end, and how it stood after each step that a copy may have come to."""
    start = _look_now(bench, frozenset(), 0, b"")
    before = frozenset(str(row["id"]) for rows in start.rows.values() for row in rows)
    since = int(start.entries[-1]["number"])
    wanted = {Step.SIGNED} | {step for _, step, of_kind in UNDER_WAY if of_kind is kind}
    return {
        step: _look_now(bench, before, since, file) for step, file in walk(bench, kind, FIRST_DAY) if step in wanted
    }


@dataclass(slots=True)
class _Ends:
    """Where the walks left off: the laboratory, its number series, the end of its chain."""

    laboratory: str
    series: Series
    number: int
    hash: str


def _ends_of_walks(lims: Lims, bench: Bench) -> _Ends:
    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        connection = session.connection()
        (head,) = read_all(connection, "audit_head", ("number", "hash"), "chain", str(bench.laboratory))
        given = {}
        columns = ("laboratory_id", "series", "following")
        for row in read_all(connection, "number_series", columns, "laboratory_id", bench.laboratory):
            name, _, year = row["series"].partition("-")
            given[name, int(year)] = int(row["following"]) - 1
    return _Ends(row["laboratory_id"], Series(COUNTY, given), int(head["number"]), head["hash"])


@dataclass(frozen=True, slots=True)
class _Made:
    """A copy: what it was made of, what it says instead, and whether it has everything."""

    pattern: Pattern
    words: Words
    is_whole: bool


def _plan() -> list[tuple[date, Step, Kind]]:
    """The day, the step and the kind of every copy, the oldest first."""
    days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    working = [day for day in days if day.weekday() < 5]
    copies = DONE - len(Kind)
    done = [(working[n * len(working) // copies], Step.SIGNED, _kind(n)) for n in range(1, copies)]
    today = NOW.astimezone(CHINA).date()
    return sorted([*done, *((today - timedelta(days=age), step, kind) for age, step, kind in UNDER_WAY)])


def _kind(n: int) -> Kind:
    if n % TROUBLED_EVERY == 0:
        return Kind.TROUBLED
    return Kind.FAILING if n % FAILING_EVERY == 0 else Kind.CLEAN


def _copy_batches(settings: Settings, looks: Mapping[Kind, Mapping[Step, Look]], ends: _Ends) -> None:
    draw = random.Random(2026)
    cutters = {kind: Cutter(steps[Step.SIGNED], REGION) for kind, steps in looks.items()}
    patterns: dict[tuple[Kind, Step], Pattern] = {}
    made = []
    for n, (day, step, kind) in enumerate(_plan(), start=1):
        if (kind, step) not in patterns:
            patterns[kind, step] = Pattern(looks[kind][step], cutters[kind])
        pattern = patterns[kind, step]
        words, file = pattern.words(Copy(n, day - FIRST_DAY, draw.choice(PLACES)), ends.series, draw)
        if file:
            _keep(settings.data / "vault", file)
        made.append(_Made(pattern, words, day + WHOLE > NOW.date()))
    store = open_store(settings)
    for table in TABLES:
        store.write(
            table,
            columns_of(table),
            (row for one in made for row in one.pattern.filled(table, one.words, whole=one.is_whole)),
        )
    _write_trail(store, made, ends)
    _write_series(store, ends)
    store.close()


def _keep(vault: Path, content: bytes) -> None:
    """As `FolderVault.put`, without waiting for the disk."""
    sha256 = hashlib.sha256(content).hexdigest()
    (vault / sha256[:2]).mkdir(parents=True, exist_ok=True)
    (vault / sha256[:2] / sha256[2:]).write_bytes(content)


def _write_trail(store: Store, made: Sequence[_Made], ends: _Ends) -> None:
    """The audit entries of the copies in the order of time, each bound to the one before it."""
    waiting = []
    for place, one in enumerate(made):
        for entry, row in one.pattern.entries:
            if one.is_whole or entry["operation"] == "insert":
                day, instant = entry["at"][:10], entry["at"][10:]
                waiting.append((one.words[day] + instant, place, int(entry["number"]), row))
    waiting.sort(key=lambda entry: entry[:3])
    store.write(
        "audit_entry", ENTRY_COLUMNS, _chained(((row, made[place].words) for _, place, _, row in waiting), ends)
    )
    chain = f"chain = '{UUID(ends.laboratory)}'"
    store.run(f"UPDATE audit_head SET number = {ends.number}, hash = '{ends.hash}' WHERE {chain}")


def _chained(rows: Iterable[tuple[Row, Words]], ends: _Ends) -> Iterator[list[Any]]:
    """The entries, numbered and hashed on from the end of the chain, which moves along."""
    for row, words in rows:
        entry = dict(zip(ENTRY_COLUMNS, fill(row, words), strict=True))
        ends.number += 1
        entry |= {"number": ends.number, "previous_hash": ends.hash}
        at = datetime.fromisoformat(entry["at"])
        actor = entry["actor_id"] and UUID(entry["actor_id"])
        ends.hash = entry["hash"] = entry_hash(entry | {"at": at.replace(tzinfo=UTC), "actor_id": actor})
        yield list(entry.values())


def _write_series(store: Store, ends: _Ends) -> None:
    columns = ("laboratory_id", "series", "following")
    store.run(f"DELETE FROM number_series WHERE laboratory_id = '{ends.laboratory}'")
    rows = [(ends.laboratory, f"{name}-{year}", given + 1) for (name, year), given in ends.series.given.items()]
    store.write("number_series", columns, rows)
