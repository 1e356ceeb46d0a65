"""The bench record on the page of a worksheet, and the worksheets on which a lot was used."""

import re
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.equipment import queries as equipment
from lims.materials import queries as materials
from lims.people.queries import names_of
from lims.results import bench_acts, bench_queries
from lims.results.bench_queries import KeptBench
from lims.results.bench_schemas import BenchRecordIn
from lims.results.bench_views import equipment_choices, lot_choices
from lims.runs import queries as runs
from lims.runs.tables import Worksheet
from lims.web.changes import changes_since
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()

#: Uses of a lot that its page shows.
_MOST_USES = 100
#: Nobody scans more into one field; as many as a record may name.
_MOST_SCANNED = 200
#: A scanner ends each number with a line or a blank; people write commas.
_APART = re.compile(r"[\s,;，；、]+")


@router.get("/worksheets/with-lot/{key}")
def worksheets_with_lot(key: UUID, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The worksheets on which a lot, or a solution that was made of it, was used."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        lot = materials.material_by_key(session, str(key))
        used = bench_queries.worksheets_with_lots(session, materials.with_all_made_of(session, lot.id), _MOST_USES)
    return page(request, "results/with_lot.html", part="results/_with_lot.html", lot=lot, used=used)


@router.get("/worksheets/{number}/bench")
def bench(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The bench record of a worksheet, and the form for it while it may be changed."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        worksheet = runs.worksheet_by_number(session, number)
        return _bench_page(request, session, worksheet, viewer, language, local_day(lims.clock.now()))


@router.post("/worksheets/{number}/bench")
def record(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Record what the worksheet was worked with."""
    lims.require(viewer.actor, Action.BENCH_RECORD)
    try:
        with lims.work(viewer.actor, Action.BENCH_RECORD) as session:
            more_lots, more_equipment = _more(session, form.text("more"))
            order = form.read(
                BenchRecordIn,
                materials=[*form.texts("materials"), *more_lots],
                equipment=[*form.texts("equipment"), *more_equipment],
            )
            bench_acts.record_bench(session, number, order)
    except LimsError as refusal:
        with lims.read(viewer.actor, Action.RUN_READ) as session:
            worksheet = runs.worksheet_by_number(session, number)
            today = local_day(lims.clock.now())
            return _bench_page(request, session, worksheet, viewer, language, today, form, refusal)
    return see_other(request, f"/worksheets/{number}", mark("The bench record is saved."))


def _more(session: LimsSession, text: str) -> tuple[list[str], list[str]]:
    """Numbers that were typed or scanned: those of lots, and those of equipment. Raises `BadInput` for any other."""
    codes = list(dict.fromkeys(code for code in _APART.split(text) if code))
    if len(codes) > _MOST_SCANNED:
        said = "At most {most} numbers can be added at once."
        raise BadInput(reason("bench.too_many", said, at=Where("more"), most=_MOST_SCANNED))
    lots = materials.materials_named(session, codes)
    devices = {one.code for one in equipment.instruments_named(session, codes)}
    strange = [code for code in codes if code not in lots and code not in devices]
    if strange:
        said = "There is no lot and no equipment {code} in this laboratory."
        raise BadInput(*(reason("bench.unknown", said, at=Where("more"), code=code) for code in strange))
    return [code for code in codes if code in lots], [code for code in codes if code not in lots]


def _bench_page(
    request: Request,
    session: LimsSession,
    worksheet: Worksheet,
    viewer: Viewer,
    language: Language,
    today: date,
    form: Form | None = None,
    refusal: LimsError | None = None,
) -> Response:
    say = translator(language)
    kept = bench_queries.bench_of(session, worksheet)
    previous = bench_queries.previous_bench(session, worksheet)
    is_own = worksheet.laboratory_id == viewer.actor.laboratory_id
    sealed = bench_acts.reasons_not_to_change_bench(session, worksheet)
    may_edit = is_own and viewer.may(Action.BENCH_RECORD) and not sealed
    day = kept.record.used_on if kept else today
    return page(
        request,
        "results/bench.html",
        part="results/_bench.html",
        status=200 if refusal is None else status_of(refusal),
        worksheet=worksheet,
        kept=kept,
        previous=previous,
        recorder="" if kept is None else names_of(session, {kept.record.recorded_by}).get(kept.record.recorded_by, ""),
        sealed=[why.translated(say) for why in sealed],
        may_edit=may_edit,
        form=_filled(session, kept, previous, form, refusal, language, today),
        lots=lot_choices(session, kept, previous, form, day, say) if may_edit else None,
        equipment=equipment_choices(session, worksheet, kept, previous, form, day, say) if may_edit else None,
        version=kept.record.version if kept else 0,
    )


def _filled(
    session: LimsSession,
    kept: KeptBench | None,
    previous: KeptBench | None,
    form: Form | None,
    refusal: LimsError | None,
    language: Language,
    today: date,
) -> Filled:
    """What was sent, with what is wrong with it; else what is recorded; else today, in the room of the last time."""
    if form is not None and refusal is not None:
        since = form.seen_version()
        changes = changes_since(session, "bench_record", kept.record.id, since, language) if kept and since else ()
        return refused(form, refusal, language, changes)
    if kept is None:
        return Filled({"used_on": today.isoformat(), "room": previous.record.room if previous else ""})
    record = kept.record
    conditions = {"temperature_c": record.temperature_c, "humidity_percent": record.humidity_percent}
    written = {name: None if value is None else format(value, "f") for name, value in conditions.items()}
    return Filled({"used_on": record.used_on.isoformat(), "room": record.room, **written})
