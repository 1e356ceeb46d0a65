"""Importing a batch of a day, 30 samples by 60 analytes, against the least that any reader of its file must do."""

import csv
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from lims.accreditation import service as accreditation
from lims.accreditation.rules import Scheme
from lims.accreditation.schemas import MethodLimitsIn
from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.demo.instrument_export import PlannedInjection, masshunter_table
from lims.equipment.schemas import InstrumentIn
from lims.equipment.service import register_instrument
from lims.library.queries import current_library
from lims.people import queries as people
from lims.people.service import authorise
from lims.people.tables import AuthorisationKind
from lims.runs import importing
from lims.runs.accounting import account
from lims.runs.evaluation import evaluate
from lims.runs.outcomes import VerifiedLimits
from lims.runs.previewing import FileImport
from lims.runs.quality_plan import STARTING_PLAN
from lims.runs.readers.masshunter_wide import READER
from lims.runs.readers.registry import read as read_file
from lims.runs.rules import EntryKind, RunStatus, WorksheetFacts
from lims.runs.service import EntryOrder, WorksheetOrder, create_worksheet
from lims.runtime import Lims
from lims.samples import service as samples
from lims.samples.schemas import Receipt, SampleOrder
from lims.science.units import UnitCode
from lims.web.rows import Numbered
from tests.api.laboratory import COWPEA, METHOD, a_sheet, accredit, load
from tests.benchmarks.floors import taken
from tests.factories import TODAY, Cast
from tests.unit.runs.batches import INTERNAL_STANDARD, LEVELS, PROFILE, STARTED_AT, an_entry

D = Decimal
SAMPLES, ANALYTES = 30, 60
#: The ratio that reading and accounting aim at.
AIM = 5
#: Ratios that fail, some three times those to be expected: they are to find a fault, not a busy machine.
READING_CEILING, EVALUATION_CEILING, IMPORT_CEILING = 8, 45, 25
LIMITS = VerifiedLimits(D("0.01"), D("0.003"), D(20))
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?").fullmatch


@dataclass(frozen=True)
class Day:
    """A batch: five standards, a blank, the samples, a spike of the first and a duplicate of the second."""

    compounds: tuple[str, ...]
    samples: tuple[str, ...]

    @property
    def worksheet(self) -> WorksheetFacts:
        """Its worksheet, as the calculation needs it."""
        first, second, *_ = self.samples
        entries = [
            *(an_entry(n, EntryKind.CALIBRATION_STANDARD, f"Cal-{n}", nominal=x) for n, x in enumerate(LEVELS, 1)),
            an_entry(6, EntryKind.BLANK, "Blank"),
            *(an_entry(n, EntryKind.SAMPLE, label) for n, label in enumerate(self.samples, 7)),
            an_entry(7 + len(self.samples), EntryKind.MATRIX_SPIKE, "Spike", parent=first, spiked=D("0.05")),
            an_entry(8 + len(self.samples), EntryKind.DUPLICATE, "Duplicate", parent=second),
        ]
        return WorksheetFacts(tuple(entries), UnitCode.UG_PER_L, UnitCode.G, UnitCode.ML, UnitCode.MG_PER_KG)

    def export(self) -> bytes:
        """The instrument's file: every analyte found in every sample but the first, so that nothing is cheap."""
        inside = {"Blank": D(0), self.samples[0]: D(0), "Spike": D(50)}
        planned = []
        for entry in self.worksheet.entries:
            found = inside.get(entry.label, D(40)) if entry.nominal is None else entry.nominal
            kind = "Sample" if entry.nominal is None else "Cal"
            kind = "Blank" if entry.kind is EntryKind.BLANK else kind
            vial = dict.fromkeys(self.compounds, found)
            planned.append(PlannedInjection(entry.label, kind, expected=entry.nominal, concentrations=vial))
        return masshunter_table(planned, self.compounds, STARTED_AT, internal_standard=INTERNAL_STANDARD)


def bare_parse(content: bytes) -> list[list[str | Decimal]]:
    """The floor: rows of cells, exact numbers where the text is one. No headings, no meaning, no place of a number."""
    table = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""))
    return [[Decimal(cell) if _NUMBER(cell) else cell for cell in row] for row in table]


@pytest.mark.benchmark
def test_reading_and_evaluating_a_file_against_a_bare_parse() -> None:
    day = Day(tuple(f"pesticide {n}" for n in range(ANALYTES)), tuple(f"S-{n}" for n in range(SAMPLES)))
    content, facts = day.export(), day.worksheet
    labels = {entry.label: entry.label for entry in facts.entries}
    needs = {label: dict.fromkeys(day.compounds, LIMITS) for label in day.samples}
    names = {compound: compound for compound in day.compounds}

    def read() -> Sequence[Any]:
        return account(read_file(content, PROFILE, READER.name), PROFILE, names.get, labels).accepted

    def evaluated() -> Sequence[Any]:
        return evaluate(facts, STARTING_PLAN, PROFILE, names, read(), needs).measurements

    assert len(bare_parse(content)) == len(read()) + 2 == len(labels) + 2
    assert [m.amount is not None for m in evaluated()] == [True] * SAMPLES * ANALYTES

    found = taken({"floor": lambda: bare_parse(content), "read": read, "evaluated": evaluated}, repeats=9)

    print(f"\nimport: read and account {found['read'].told(found['floor'])} of a bare parse; aim {AIM}x")
    print(f"import: read, account and evaluate {found['evaluated'].told(found['floor'])} of a bare parse")
    assert found["read"].over(found["floor"]) < READING_CEILING
    assert found["evaluated"].over(found["floor"]) < EVALUATION_CEILING


@pytest.mark.benchmark
def test_the_whole_import_against_a_bare_parse_and_its_rows_by_raw_sql(lims: Lims, cast: Cast, tmp_path: Path) -> None:
    day = a_laboratory_with_a_batch(lims, cast)
    number = a_worksheet(lims, cast.ann, day)
    content = day.export()
    turn = iter(range(1, 1_000_000))

    def whole_import() -> None:
        # A blank line more makes it another file, which is imported anew.
        again = content + b"\r\n" * next(turn)
        order = FileImport(number, again, "batch.csv", PROFILE, repeat_reason="重新导出")
        assert importing.import_file(lims, cast.ann, order).status is RunStatus.ACCEPTED

    whole_import()
    write = raw_writer(tmp_path / "raw.sqlite", lims.settings.data / "lims.sqlite")

    def floor() -> None:
        bare_parse(content)
        write()

    found = taken({"parse": lambda: bare_parse(content), "floor": floor, "import": whole_import}, repeats=5)

    print(f"\nimport: the whole act {found['import'].told(found['parse'])} of a bare parse")
    print(f"import: the whole act {found['import'].told(found['floor'])} of a bare parse and its rows by raw SQL")
    assert found["import"].over(found["floor"]) < IMPORT_CEILING


def a_laboratory_with_a_batch(lims: Lims, cast: Cast) -> Day:
    """Library, annexes, verified limits, instrument, authorisation, and the received samples of a batch."""
    load(lims)
    with lims.read(cast.ann, Action.LIBRARY_READ) as session:
        library = current_library(session)
    compounds = tuple(
        s.code
        for s in library.facts.substances
        if [component.code for component in library.components(s.code, COWPEA, TODAY)] == [s.code]
    )[:ANALYTES]
    for scheme in Scheme:
        accredit(lims, cast.max, scheme, parameters=compounds)
    with lims.work(cast.max, Action.ACCREDITATION_EDIT) as session:
        limits = [
            MethodLimitsIn(
                method=METHOD,
                analyte=compound,
                limit_of_quantification=LIMITS.limit_of_quantification,
                limit_of_detection=LIMITS.limit_of_detection,
                expanded_uncertainty_percent=LIMITS.expanded_uncertainty_percent,
                verified_on=date(2026, 3, 1),
            )
            for compound in compounds
        ]
        accreditation.record_method_limits(session, library, [Numbered(one) for one in limits])
    with lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        instrument = InstrumentIn(
            code="LCMS-01", name="LC-MS/MS", model="6470", serial_number="SG1", calibrated_until=date(2027, 6, 30)
        )
        register_instrument(session, instrument)
    with lims.work(system_actor(), Action.SET_UP) as session:
        user = people.user_by_name(session, "ann")
        assert user is not None
        authorise(session, user, AuthorisationKind.METHOD, METHOD, date(2026, 1, 1), None)
    return Day(compounds, tuple(a_received_sample(lims, cast.ann, n, compounds) for n in range(SAMPLES)))


def a_received_sample(lims: Lims, actor: Actor, serial: int, parameters: Sequence[str]) -> str:
    """The blind code of a sample that was received."""
    sheet = a_sheet(sampling_sheet_number=f"B-{serial}", parameters=[f"{p}@{METHOD}" for p in parameters])
    with lims.work(actor, Action.SAMPLE_REGISTER) as session:
        sample = samples.register_sample(session, current_library(session), SampleOrder.model_validate(sheet))
    receipt = Receipt.model_validate({"condition": "新鲜", "seal": "intact", "temperature_c": "4.0"})
    with lims.work(actor, Action.SAMPLE_RECEIVE) as session:
        samples.receive_sample(session, sample.number, receipt)
    return sample.blind_code


def a_worksheet(lims: Lims, actor: Actor, day: Day) -> str:
    """The number of a worksheet of the batch."""
    entries = [EntryOrder(e.kind, e.label, e.parent, e.nominal, e.spiked) for e in day.worksheet.entries]
    order = WorksheetOrder(METHOD, "LCMS-01", "豆类蔬菜", D("10.00"), D("10.0"), tuple(entries))
    with lims.work(actor, Action.WORKSHEET_CREATE) as session:
        return create_worksheet(session, order).number


def raw_writer(target: Path, source: Path) -> Callable[[], None]:
    """Writes the rows that the only import so far made into tables of the same shape, in a database of its own."""
    shapes, rows = rows_of_the_import(source)
    database = sqlite3.connect(target, isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF;")
    for shape in shapes:
        database.execute(shape)
    statements = {
        table: f"INSERT INTO {table} VALUES ({', '.join('?' * len(found[0]))})" for table, found in rows.items()
    }

    def write() -> None:
        database.execute("BEGIN IMMEDIATE")
        for table, statement in statements.items():
            database.execute(f"DELETE FROM {table}")  # of the turn before; quicker than another key for every row
            database.executemany(statement, rows[table])
        database.execute("COMMIT")

    return write


def rows_of_the_import(source: Path) -> tuple[list[str], Mapping[str, list[tuple[Any, ...]]]]:
    """The tables that an import writes, with their indexes, and the rows that it wrote."""
    tables = ("instrument_file", "run", "signal", "calibration", "qc_check", "measurement", "audit_entry")
    with sqlite3.connect(source) as original:
        rows = {table: original.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        rows["audit_entry"] = original.execute("SELECT * FROM audit_entry WHERE action = 'run.import'").fetchall()
        query = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type != 'trigger' AND sql NOT NULL"
        shapes = [row[0] for table in tables for row in original.execute(query, (table,))]
    original.close()
    wrote = {table: len(found) for table, found in rows.items()}
    assert wrote["signal"] == (SAMPLES + 8) * (ANALYTES + 1)
    assert wrote["measurement"] == SAMPLES * ANALYTES
    return shapes, rows
