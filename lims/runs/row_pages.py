"""The file of a run as it is written, and the cell that a number comes from."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.runs.profile_form import stored_profile
from lims.runs.raw_rows import ALL_COLUMNS, RawTable, column_number, part_of, spans_of, table_of
from lims.runs.readers import registry
from lims.runs.records import address_in
from lims.runs.run_pages import RunFrame, run_frame
from lims.runs.views import download_name
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.page import page
from lims.web.viewer import ViewerDep

router = APIRouter()


@router.get("/runs/{run_id}/rows")
def rows_page(
    run_id: UUID,
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    row: str = "",
    column: str = "",
    begin: str = "",
    sheet: str = "",
    compound: str = "",
) -> Response:
    """The cells of the file as they are written, with the row that was asked for: by its number in the file, or by that
    on a sheet.
    """
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        frame = run_frame(session, run_id, viewer)
    spans = spans_of(frame.run.accounting)
    whole = _table(lims, frame)
    wanted = whole.number_on(sheet, _whole(row)) if _whole(row) else 0
    shown = sheet or whole.sheet_of(wanted or _whole(begin) or _first_read(frame.run.accounting))
    # All columns of a file with many compounds are a lot: they are shown to who asks for them.
    letters = column if column == ALL_COLUMNS else column.upper()[:3]
    cell = letters or (spans[0].letters if spans else ALL_COLUMNS)
    table = whole.of_sheet(shown).of_compound(compound)
    part = part_of(table, spans, row=wanted, column=cell, begin=_whole(begin))
    return page(
        request,
        "runs/rows.html",
        frame=frame,
        tab="rows",
        raw=part,
        spans=spans,
        sheets=[name for name, _ in whole.sheets] if len(whole.sheets) > 1 else [],
        compounds=list(whole.compounds),
        compound=compound if compound in whole.compounds else "",
        row=wanted,
        local=_whole(row) if sheet else wanted - whole.number_on(part.sheet, 0) if wanted else 0,
        column=cell,
        wanted=column_number(cell),
        is_marked=bool(column and part.wanted_column),
        marked=address_in(whole.sheets, wanted, cell) if wanted else "",
        accounted={one["row"]: one for one in frame.run.accounting["rows"]},
    )


def _table(lims: Lims, frame: RunFrame) -> RawTable:
    """The file read as the run read it."""
    content = lims.vault.get(frame.file.sha256)
    profile = stored_profile(frame.run.profile).to_profile()
    reader = frame.run.accounting.get("reader", frame.file.reader)
    return table_of(registry.read(content, profile, reader, frame.file.name))


def _first_read(accounting: Mapping[str, Any]) -> int:
    """The first row that was read: its sheet is the one to begin with."""
    rows = accounting["rows"]
    return int(next((one["row"] for one in rows if one["disposition"] == "read"), 1))


def _whole(text: str) -> int:
    """A line of a file; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 8 else 0


@router.get("/runs/{run_id}/file")
def file(run_id: UUID, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The file as it was handed in, byte for byte."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        found = run_frame(session, run_id, viewer).file
    headers = {"Content-Disposition": f'attachment; filename="{download_name(found)}"'}
    return Response(lims.vault.get(found.sha256), media_type="application/octet-stream", headers=headers)
