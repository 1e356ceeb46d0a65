"""The data of a report for programs: their published schema, and the table of results."""

import csv
import io
import json

from lims.documents.report_schema import report_schema
from lims.documents.results_file import COLUMNS, results_csv
from tests.documents.examples import PROJECT, a_snapshot, some_lines


def test_the_published_schema_is_the_one_that_reports_are_read_by() -> None:
    published = json.loads((PROJECT / "lims/documents/report.schema.json").read_text(encoding="utf-8"))

    assert published == report_schema()
    assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(json.loads(a_snapshot().canonical_bytes())) <= set(published["properties"])


def test_the_description_names_every_column_and_every_field_of_a_line() -> None:
    described = (PROJECT / "docs/reports.md").read_text(encoding="utf-8")

    fields = [*COLUMNS, *report_schema()["$defs"]["ReportLine"]["properties"]]
    assert [name for name in fields if f"`{name}`" not in described] == []


def test_the_table_has_a_row_for_each_result_and_computes_nothing() -> None:
    hostile = some_lines(1)[0].model_copy(update={"no": 3, "parameter": "=1+1", "remark": 'a,"b"\nc'})
    snapshot = a_snapshot(lines=(*some_lines(2), hostile))

    written = results_csv(snapshot)
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline="")))

    assert written.startswith(b"\xef\xbb\xbf")
    assert written.count(b"\r\n") == 4
    assert [row["result"] for row in rows] == ["0.12", "<0.01", "0.12"]
    assert {row["report"] for row in rows} == {"QJ2026J000017"}
    assert (rows[0]["verdict"], rows[0]["failing"], rows[1]["failing"]) == ("不合格", "1", "0")
    assert (rows[2]["parameter"], rows[2]["remark"]) == ("'=1+1", 'a,"b"\nc')
