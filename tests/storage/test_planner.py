"""SQLite finds its way by the record that is asked for, not by the laboratory, from the first day on."""

from uuid import uuid4

import pytest

from lims.db.engine import WRITES
from lims.db.planner import tell_planner
from lims.runtime import Lims

LABORATORY, KEY = uuid4().hex, uuid4().hex


@pytest.mark.parametrize(
    ("query", "values", "index"),
    [
        ("SELECT * FROM result WHERE sample_id = ? AND status = ? AND laboratory_id IN (?)",
         (KEY, "verified", LABORATORY), "ix_result_of_sample"),
        ("SELECT * FROM result WHERE id IN (?, ?, ?, ?) AND laboratory_id IN (?)",
         (KEY, KEY, KEY, KEY, LABORATORY), "sqlite_autoindex_result_1"),
        ("SELECT * FROM result WHERE status = ? AND laboratory_id IN (?) ORDER BY entered_at DESC LIMIT 50",
         ("verified", LABORATORY), "ix_result_newest_of_status"),
        ("SELECT * FROM result WHERE status = ? AND entered_by = ? AND laboratory_id IN (?)",
         ("entered", KEY, LABORATORY), "ix_result_list"),
        ("SELECT * FROM report WHERE sample_id = ? AND number IS NOT NULL AND laboratory_id IN (?)",
         (KEY, LABORATORY), "ix_report_sample_id"),
        ("SELECT count(*) FROM signal WHERE run_id = ? AND laboratory_id IN (?)",
         (KEY, LABORATORY), "sqlite_autoindex_signal_2"),
        ("SELECT * FROM audit_entry WHERE chain = ? ORDER BY id DESC LIMIT 100",
         (LABORATORY,), "ix_audit_entry_newest"),
        ("SELECT * FROM audit_entry WHERE chain = ? AND entity_id = ?",
         (LABORATORY, KEY), "ix_audit_entry_of_record"),
        ("SELECT * FROM sample WHERE laboratory_id IN (?) ORDER BY registered_at DESC, number DESC, id DESC LIMIT 50",
         (LABORATORY,), "ix_sample_newest"),
    ],
)  # fmt: skip
def test_the_way_through_a_large_table(lims: Lims, query: str, values: tuple[str, ...], index: str) -> None:
    with lims.engine.connect() as connection:
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)]

    assert len(plan) == 1  # nothing is sorted
    assert f"INDEX {index} " in plan[0]


def test_telling_again_changes_nothing(lims: Lims) -> None:
    told = "SELECT * FROM sqlite_stat1 ORDER BY tbl, idx"
    with lims.engine.execution_options(**{WRITES: True}).begin() as connection:
        before = connection.exec_driver_sql(told).all()
        tell_planner(connection)
        after = connection.exec_driver_sql(told).all()

    assert len(before) > 100
    assert after == before
