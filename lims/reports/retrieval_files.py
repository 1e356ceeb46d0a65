"""Many reports taken away at once: the list in a zip of their files, and their results as one workbook."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO, Any

from fastapi.responses import StreamingResponse
from openpyxl import Workbook
from sqlmodel import col, select
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import local_day
from lims.core.errors import BadInput
from lims.core.formulas import harmless
from lims.core.reasons import Translate, mark, reason
from lims.core.words import word
from lims.db.parts import parts
from lims.db.work import LimsSession
from lims.reports import distribution
from lims.reports.bundle import bundle
from lims.reports.distribution_rules import ReceiptForm
from lims.reports.retrieval import Found, find_all
from lims.reports.rules import require_whole
from lims.reports.schemas import RetrievalIn
from lims.reports.tables import Report
from lims.runtime import Lims
from lims.web.table_export import text_cell
from lims.web.table_page import XLSX

#: Rows of a workbook of results.
MOST_ROWS = 200_000
#: Snapshots that are read from the database at a time.
_PART = 100
#: Bytes of a workbook that are sent at a time.
_PIECE = 256 * 1024

#: Columns of the list in a zip.
INDEX = (
    mark("Report number"),
    mark("Status"),
    mark("Issued on"),
    mark("Laboratory"),
    mark("Sample number"),
    mark("Sample name"),
    mark("Region"),
    mark("Inspected party"),
    mark("Client"),
    mark("Producer"),
    mark("Programme"),
    mark("Sampled on"),
    mark("Verdict"),
    mark("File"),
    mark("SHA-256 of the PDF"),
)
#: Columns of the workbook: a row for each result.
RESULTS = (
    *INDEX[:10],
    mark("No."),
    mark("Parameter"),
    mark("Result"),
    mark("Unit"),
    mark("Limit value"),
    mark("Verdict on the parameter"),
    mark("Limit of quantification"),
    mark("Method"),
)

#: Of its columns, in characters.
_WIDTHS = (18, 10, 12, 30, 18, 16, 14, 26, 26, 26, 6, 22, 18, 10, 12, 12, 12, 24)


def _about(row: Found, say: Translate) -> list[str]:
    report, sample = row.report, row.sample
    issued = "" if report.issued_at is None else local_day(report.issued_at).isoformat()
    return [
        report.number or "",
        say(word(report.status)),
        issued,
        row.laboratory,
        sample.number,
        sample.product_name,
        row.region,
        sample.inspected_party or "",
        sample.client or "",
        sample.producer or "",
    ]


def sent(lims: Lims, actor: Actor, asked: RetrievalIn, form: ReceiptForm, say: Translate) -> Response:
    """Every report that answers, as one zip (files and a list) or as one workbook of results; noted for each report.

    Raises `Forbidden`, `BadInput` for more than one file holds, `NotFound` when nothing answers.
    """
    lims.require(actor, Action.REPORT_DOWNLOAD)
    require_whole(actor)
    now = lims.clock.now()
    with lims.read(actor, Action.REPORT_READ) as session:
        rows = find_all(session, asked)
        book = results_book(session, rows, say, now) if form is ReceiptForm.RESULTS else None
    distribution.receipt(lims, actor, [row.report for row in rows], form)
    name = f"reports-{local_day(now)}"
    if book is not None:
        return _file(_pieces(book), f"{name}.xlsx", XLSX)
    return _file(bundle(lims.vault, rows, ("index.csv", index_csv(rows, say)), now), f"{name}.zip", "application/zip")


def _file(pieces: Iterator[bytes], name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces, media_type=media_type, headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def index_csv(rows: Sequence[Found], say: Translate) -> bytes:
    """The list of the reports in a zip, as spreadsheet programs open it: UTF-8 with its mark, no formulas."""
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow([say(title) for title in INDEX])
    for row in rows:
        report, sample = row.report, row.sample
        values = [
            *_about(row, say),
            say(word(sample.programme)),
            sample.sampled_on.isoformat(),
            say(word(row.overall)),
            f"{report.number}.pdf" if report.pdf_sha256 else "",
            report.pdf_sha256 or "",
        ]
        out.writerow([harmless(value) for value in values])
    return written.getvalue().encode("utf-8-sig")


def results_book(session: LimsSession, rows: Sequence[Found], say: Translate, made_at: datetime) -> IO[bytes]:
    """A workbook with a row for each result, as the reports print it; a file on the disk, to be sent and forgotten.

    Raises `BadInput` for more rows than a workbook is opened with.
    """
    book = Workbook(write_only=True)
    book.properties.creator = "Qianjian LIMS"
    book.properties.created = book.properties.modified = made_at.replace(tzinfo=None)
    sheet = book.create_sheet(say(mark("Results of reports")))
    sheet.freeze_panes = "B2"
    for column, width in zip("ABCDEFGHIJKLMNOPQR", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    sheet.append([say(title) for title in RESULTS])
    for count, (row, line) in enumerate(_lines(session, rows), 1):
        if count > MOST_ROWS:
            said = "These reports have more than {most} results; narrow the search, for instance by day."
            raise BadInput(reason("retrieval.too_many_rows", said, most=f"{MOST_ROWS:,}"))
        said_of_line = [line[name] for name in ("parameter", "result", "unit", "limit", "verdict", "loq", "method")]
        sheet.append([*(text_cell(sheet, text) for text in _about(row, say)), line["no"],
                      *(text_cell(sheet, text) for text in said_of_line)])  # fmt: skip
    file = tempfile.TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
    book.save(file)
    file.seek(0)
    return file


def _lines(session: LimsSession, rows: Sequence[Found]) -> Iterator[tuple[Found, dict[str, Any]]]:
    """Every line of every report, from the frozen snapshots; some of them in memory at a time."""
    for some in parts(rows, _PART):
        query = select(Report.id, Report.snapshot).where(col(Report.id).in_([row.report.id for row in some]))
        snapshots = dict(session.exec(query).all())
        for row in some:
            for line in json.loads(snapshots.get(row.report.id) or '{"lines": []}')["lines"]:
                yield row, line
