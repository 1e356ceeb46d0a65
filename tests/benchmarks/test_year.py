"""The year that speed is measured over is one that the program itself could have made."""

import hashlib

import pytest
from sqlalchemy import select as select_rows
from sqlmodel import col, func, select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.db.audit import ENTRIES, GENESIS, HEADS, entry_hash
from lims.reports import queries as reports
from lims.reports.rules import ReportStatus
from lims.reports.tables import Report
from lims.results.tables import Result
from lims.runs import queries as runs
from lims.runs.tables import InstrumentFile, Run
from lims.samples.tables import AssignedTest, Sample
from tests.year import Year

pytestmark = pytest.mark.benchmark


def test_it_is_as_large_as_a_year(year: Year) -> None:
    with year.lims() as lims, lims.read(year.people["cai"], Action.REPORT_READ) as session:
        count = {model: session.exec(select(func.count()).select_from(model)).one() for model in (
            Sample, AssignedTest, Result, Report
        )}  # fmt: skip
        entries = session.connection().execute(select(func.count()).select_from(ENTRIES)).scalar_one()

    assert count[Sample] >= 2_000
    assert count[AssignedTest] >= 100_000
    assert count[Result] >= 120_000
    assert count[Report] >= 1_900
    assert entries >= 150_000


def test_every_reference_leads_somewhere(year: Year) -> None:
    with year.lims() as lims, lims.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_every_chain_is_whole(year: Year) -> None:
    ends: dict[str, tuple[int, str]] = {}
    with year.lims() as lims, lims.engine.connect() as connection:
        for entry in connection.execution_options(yield_per=5_000).execute(select_rows(ENTRIES).order_by(ENTRIES.c.id)):
            number, last = ends.get(entry.chain, (0, GENESIS))
            assert (entry.number, entry.previous_hash) == (number + 1, last)
            assert entry_hash(entry._asdict()) == entry.hash
            ends[entry.chain] = entry.number, entry.hash
        heads = {head.chain: (head.number, head.hash) for head in connection.execute(select_rows(HEADS))}

    assert heads == ends


def test_reports_say_what_their_records_say(year: Year) -> None:
    with year.lims() as lims, lims.read(system_actor(), Action.REPORT_READ) as session:
        found = session.exec(select(Report).order_by(col(Report.id)).limit(40)).all()
        digests = {report.id: reports.digest_of_results(session, report.sample_id) for report in found}

    assert {report.id: report.results_sha256 for report in found} == digests
    for report in found:
        if report.status in {ReportStatus.ISSUED, ReportStatus.WITHDRAWN, ReportStatus.REPLACED}:
            assert report.snapshot is not None
            assert report.snapshot_sha256 == hashlib.sha256(report.snapshot.encode()).hexdigest()
            assert report.number is not None
            assert report.number in report.snapshot


def test_every_file_is_kept(year: Year) -> None:
    with year.lims() as lims, lims.read(system_actor(), Action.RUN_READ) as session:
        files = session.exec(select(InstrumentFile)).all()
        run = session.exec(select(Run).order_by(col(Run.imported_at)).offset(100).limit(1)).one()
        measured = runs.measured_amounts(session, run.id)
        content = {file.sha256: lims.vault.get(file.sha256).decode("utf-8-sig") for file in files}

    assert len(files) > 240
    lines = content[measured[0].file_sha256].splitlines()
    assert all(amount.label in lines[amount.row - 1] for amount in measured if amount.signal_id)
