"""What SQLite is told about the sizes of tables, so that it chooses the same good way through them everywhere.

Without statistics it takes every index for equally good, and follows the laboratory, whose every record it then reads,
rather than the sample that was asked for. `ANALYZE` would measure a database that is empty today and large next year;
what a laboratory's year looks like is known beforehand (https://sqlite.org/lang_analyze.html, section 3). PostgreSQL
measures by itself.
"""

from itertools import accumulate
from operator import mul

from sqlalchemy import Connection

#: Records of a county laboratory after a year, where they are many.
_ROWS = {
    "assigned_test": 120_000,
    "audit_entry": 1_000_000,
    "calibration": 16_000,
    "judgement_line": 120_000,
    "measurement": 140_000,
    "qc_check": 170_000,
    "reported_batch": 20_000,
    "result": 140_000,
    "scope_line": 1_000,
    "signal": 300_000,
    "worksheet_entry": 5_000,
}
_ROWS_OF_OTHERS = 2_000
#: How many different values a column holds, whatever its table; of columns that are not named here every value differs.
_DIFFERENT = {
    "action": 40,
    "analyte": 70,
    "chain": 2,
    "entered_by": 5,
    "entity": 30,
    "judgement_id": 2_000,
    "laboratory_id": 2,
    "method_code": 3,
    "origin_code": 15,
    "parameter": 60,
    "region_code": 15,
    "run_id": 250,
    "sample_id": 2_000,
    "status": 4,
    "worksheet_id": 250,
}


def tell_planner(connection: Connection) -> None:
    """Write the statistics of every index, in place of what was there; on PostgreSQL nothing.

    Connections that are open already go on with what they know.
    """
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql("ANALYZE sqlite_schema")  # makes the table of statistics
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    indices = connection.exec_driver_sql("SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index'").all()
    rows = [(table, index, _statistics(connection, table, index)) for table, index in indices]
    connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", rows)
    connection.exec_driver_sql("ANALYZE sqlite_schema")  # this connection reads them


def _statistics(connection: Connection, table: str, index: str) -> str:
    """How many rows there are, and how many of them share their first column, their first two columns, …"""
    rows = _ROWS.get(table, _ROWS_OF_OTHERS)
    columns = connection.exec_driver_sql("SELECT name FROM pragma_index_info(?)", (index,)).scalars().all()
    different = accumulate((_DIFFERENT.get(column, rows) for column in columns), mul)
    return " ".join(str(max(1, number)) for number in (rows, *(rows // values for values in different)))
