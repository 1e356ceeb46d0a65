"""The page on which a person maps the columns of a table that no reader knows, and sees what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Reason, Translate, mark
from lims.core.words import word
from lims.library.queries import current_library
from lims.runs import importing, queries
from lims.runs.accounting import Disposition
from lims.runs.cells import DecimalMark
from lims.runs.column_guess import guessed_map
from lims.runs.column_map import ColumnMap, Delimiter, TableLayout, mapping_faults
from lims.runs.column_map_schemas import ColumnMapIn
from lims.runs.file_summary import messages_of, notices_of, record_lines
from lims.runs.held_files import HeldFile, HeldFiles
from lims.runs.held_reading import HeldReading
from lims.runs.mapping_form import MEANINGS, Grid, grid_of, mapping_texts, read_mapping
from lims.runs.matching import NO_MATCHES
from lims.runs.opened import OpenedFile
from lims.runs.previewing import FileImport
from lims.runs.profile_options import profile_options
from lims.runs.proposals import proposals
from lims.runs.readers import mapped
from lims.runs.schemas import ProfileIn
from lims.runs.tables import Worksheet
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep
from lims.web.page import page, see_other
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
_RECORDS_SHOWN: Final = 24
_ROWS_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes out of a mapping: how many rows of each kind, the first records, and rows that are no records."""

    counts: Mapping[Disposition, int]
    total: int
    injections: int
    compounds: Sequence[str]
    records: Sequence[Mapping[str, Any]]
    figures: Sequence[str]
    rows: Sequence[tuple[int, Disposition, str]]
    rows_left_out: int
    messages: Sequence[str]


@router.get("/worksheets/{number}/import/{key}/columns")
def columns_page(
    number: str, key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage
) -> Response:
    """The first rows of the file with what each column is, as it was mapped before or as its headings suggest."""
    worksheet, _, file = _held(lims, viewer, number, key)
    if file is None:
        return _gone(request, number)
    reading = HeldReading.of(file.settings)
    opened = _opened(file, reading)
    profile, known = reading.profile, reading.profile.mapping
    if known is None:
        hints = proposals(opened, profile.to_profile())
        profile = _marked(profile, next((one.value for one in hints if one.field == "decimal_mark"), ""))
    mapping = guessed_map(opened) if known is None else known.to_map()
    return _page(request, lims, viewer, language, worksheet, file, opened, profile, mapping, mapping_faults(mapping))


@router.post("/worksheets/{number}/import/{key}/columns")
def map_columns(
    number: str, key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Look at what comes out of the mapping; or read the file by it from now on."""
    lims.require(viewer.actor, Action.RUN_PREVIEW)
    worksheet, held, file = _held(lims, viewer, number, key)
    if file is None:
        return _gone(request, number)
    reading = HeldReading.of(file.settings)
    opened = _opened(file, reading)
    mapping, faults = read_mapping(form, opened)
    faults = [*faults, *mapping_faults(mapping)]
    profile = _marked(reading.profile, form.text("decimal_mark"))
    if form.text("act") != "keep" or faults:
        status = 422 if form.text("act") == "keep" else 200
        return _page(request, lims, viewer, language, worksheet, file, opened, profile, mapping, faults, status=status)
    profile = profile.model_copy(
        update={"mapping": ColumnMapIn.model_validate(mapping.as_dict()), "reader": mapped.NAME}
    )
    held.decide(key, file.name, replace(reading, profile=profile, matches=NO_MATCHES).as_settings())
    return see_other(request, f"/worksheets/{number}/import/{key}", mark("The file is read by these columns."))


def _held(lims: Lims, viewer: Viewer, number: str, key: str) -> tuple[Worksheet, HeldFiles, HeldFile | None]:
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        worksheet = queries.worksheet_by_number(session, number)
    held = HeldFiles.of_person(lims, viewer.actor.user_id, worksheet.id)
    return worksheet, held, held.find(key)


def _gone(request: Request, number: str) -> Response:
    note = mark("The file is kept here for an hour only. Choose it again.")
    return see_other(request, f"/worksheets/{number}/import", note)


def _opened(file: HeldFile, reading: HeldReading) -> OpenedFile:
    return OpenedFile(file.content, reading.profile.encoding, name=file.name)


def _marked(profile: ProfileIn, mark_: str) -> ProfileIn:
    """The profile with another decimal mark, where that is one; it cannot group the digits too."""
    if mark_ not in set(DecimalMark):
        return profile
    grouping = None if profile.grouping_mark == mark_ else profile.grouping_mark
    return profile.model_copy(update={"decimal_mark": DecimalMark(mark_), "grouping_mark": grouping})


def _page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    worksheet: Worksheet,
    file: HeldFile,
    opened: OpenedFile,
    profile: ProfileIn,
    mapping: ColumnMap,
    faults: list[Reason],
    *,
    status: int = 200,
) -> Response:
    say = translator(language)
    outcome = None
    grid = _grid_or_none(opened, mapping)
    try:
        if not faults:
            outcome = _outcome(lims, viewer, worksheet, file, profile, mapping, say)
    except LimsError as refusal:
        faults = [*faults, *refusal.reasons]
    return page(
        request,
        "runs/columns.html",
        part="runs/_columns.html",
        status=status,
        worksheet=worksheet,
        key=file.key,
        file=file,
        form=Filled(mapping_texts(mapping) | {"decimal_mark": profile.decimal_mark.value}),
        problems=[(why.where.field or "", why.translated(say)) for why in faults],
        grid=grid,
        sheets=[(name, name) for name in grid.sheets] if grid else [],
        outcome=outcome,
        skip=[(rule.pattern, rule.column or "") for rule in mapping.skip],
        is_wide=mapping.layout is TableLayout.WIDE,
        meanings=[(each.value, say(word(each))) for each in MEANINGS],
        layouts=[(each.value, say(word(each))) for each in TableLayout],
        decimal_marks=profile_options(language)["decimal_mark"],
        delimiters=[(each.value, say(word(each))) for each in Delimiter],
    )


def _grid_or_none(opened: OpenedFile, mapping: ColumnMap) -> Grid | None:
    try:
        return grid_of(opened, mapping)
    except LimsError:
        return None


def _outcome(
    lims: Lims,
    viewer: Viewer,
    worksheet: Worksheet,
    file: HeldFile,
    settings: ProfileIn,
    mapping: ColumnMap,
    say: Translate,
) -> Outcome:
    """The file read by the mapping and accounted for against the worksheet. Raises `BadInput`."""
    profile = replace(settings.to_profile(), mapping=mapping, reader=mapped.NAME)
    order = FileImport(worksheet.number, file.content, file.name, profile)
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        batch, accounting = importing.accounted(session, current_library(session), order)
    others = [row for row in accounting.rows if row.disposition is not Disposition.READ]
    records = list(islice(record_lines(batch, profile), _RECORDS_SHOWN))
    return Outcome(
        counts=accounting.counts,
        total=accounting.total,
        injections=len(batch.injections),
        compounds=[compound.name for compound in batch.compounds],
        records=records,
        figures=list(dict.fromkeys(figure for record in records for figure in record["raw"])),
        rows=[
            (batch.place_of(row.row)[1], row.disposition, " ".join(w.translated(say) for w in row.reasons))
            for row in others[:_ROWS_SHOWN]
        ],
        rows_left_out=max(len(others) - _ROWS_SHOWN, 0),
        messages=[told["text"] for told in messages_of(notices_of(batch, profile), say)],
    )
