"""结果表: the results of a report as a table for programs, attached to its PDF beside `report.json`.

Whoever receives a report opens it in a spreadsheet and types no number again. It says nothing that the snapshot does
not say, so the verification makes it anew and asks for the same bytes.
"""

import csv
import io

from lims.core.formulas import harmless
from lims.documents.snapshot import ReportLine, ReportSnapshot

#: The name under which the table is attached to its PDF.
RESULTS_ATTACHMENT = "results.csv"
#: The columns; a new one is put at the end.
COLUMNS = (
    "report",
    "sample",
    "no",
    "parameter",
    "method",
    "result",
    "unit",
    "limit",
    "loq",
    "verdict",
    "failing",
    "in_cma",
    "in_catl",
    "external_provider",
    "remark",
)


def results_csv(snapshot: ReportSnapshot) -> bytes:
    """A row for each result, every text as it is printed: UTF-8 with its mark, lines end with CR LF (RFC 4180).

    Yes and no are 1 and 0. A text that a spreadsheet program would take for a formula begins with an apostrophe.
    """
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow(COLUMNS)
    for line in snapshot.lines:
        out.writerow([harmless(value) for value in _row(snapshot, line)])
    return written.getvalue().encode("utf-8-sig")


def _row(snapshot: ReportSnapshot, line: ReportLine) -> tuple[str, ...]:
    return (
        snapshot.number,
        snapshot.sample.accession,
        str(line.no),
        line.parameter,
        line.method,
        line.result,
        line.unit,
        line.limit,
        line.loq,
        line.verdict,
        str(int(line.failing)),
        str(int(line.in_cma)),
        str(int(line.in_catl)),
        line.external_provider if line.external else "",
        line.remark,
    )
