"""Pages that import an instrument's file: hand it in, look at what would become of every row, decide, import."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import LimsError, RuleRefused
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.core.words import word
from lims.library.queries import current_library
from lims.runs import importing, page_queries, queries
from lims.runs.cells import DateOrder, DecimalMark
from lims.runs.curves import calibration_chart, names_in, residual_chart
from lims.runs.held_files import HeldFile, HeldFiles
from lims.runs.preview_views import ShownPreview, response_words, shown_preview
from lims.runs.previewing import FileImport, preview_import
from lims.runs.profile import Response as ResponseFigure
from lims.runs.profile import TextEncoding
from lims.runs.profile_form import (
    GROUPING_MARKS,
    INJECTION_TYPES,
    Typed,
    profile_texts,
    read_profile,
    stored_profile,
    typed_rows,
)
from lims.runs.quality_plan import QualityPlan
from lims.runs.rules import RunStatus, WorksheetStatus
from lims.runs.schemas import ProfileIn
from lims.runs.tables import Run, Worksheet
from lims.runtime import Lims
from lims.science.units import UnitCode, UnitKind
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.texts import is_one_line
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
_LONGEST_REASON: Final = 500
_IMPORTED_BEFORE: Final = mark("This file was imported for the worksheet before. This is its run; nothing was changed.")


class _Recent:
    """The last few previews, for the charts that are asked for one after the other; what is too old is made anew."""

    def __init__(self, most: int) -> None:
        self._kept: OrderedDict[tuple[object, ...], ShownPreview] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def keep(self, key: tuple[object, ...], shown: ShownPreview) -> ShownPreview:
        """Remember a preview."""
        with self._lock:
            self._kept[key] = shown
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return shown

    def find(self, key: tuple[object, ...]) -> ShownPreview | None:
        """A remembered preview."""
        with self._lock:
            return self._kept.get(key)


_recent = _Recent(most=8)


@dataclass(frozen=True, slots=True)
class Bench:
    """A worksheet and what was imported for it before."""

    worksheet: Worksheet
    runs: tuple[Run, ...]
    same_file: Run | None

    @property
    def must_say_why(self) -> bool:
        """Whether a further import needs a reason."""
        return any(run.status is RunStatus.ACCEPTED for run in self.runs)


# ── handing in ───────────────────────────────────────────────────────────────────────────────────────


@router.get("/worksheets/{number}/import")
def hand_in_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Choose the file."""
    return _hand_in_page(request, lims, viewer, number, Filled())


@router.post("/worksheets/{number}/import")
def hand_in(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Keep the file for this person, and on to what importing it would do."""
    lims.require(viewer.actor, Action.RUN_PREVIEW)
    try:
        file = form.file("file")
        content = read_upload(file, lims)
    except LimsError as refusal:
        return _hand_in_page(request, lims, viewer, number, refused(form, refusal, language), status=status_of(refusal))
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        worksheet = queries.worksheet_by_number(session, number)
        kept = page_queries.latest_profile(session, worksheet.instrument_id)
    before = {"concentration_unit": worksheet.concentration_unit} if kept is None else kept
    profile = stored_profile(before)
    key = _held(lims, viewer, worksheet.id).keep(_name_of(file.filename), content, _kept(profile))
    return see_other(request, f"/worksheets/{worksheet.number}/import/{key}")


def _hand_in_page(
    request: Request, lims: Lims, viewer: Viewer, number: str, filled: Filled, *, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        worksheet = queries.worksheet_by_number(session, number)
        runs = tuple(queries.runs_of(session, worksheet.id))
        return page(
            request,
            "runs/import.html",
            status=status,
            form=filled,
            bench=Bench(worksheet, runs, None),
            is_closed=worksheet.status is WorksheetStatus.CLOSED,
            megabytes=lims.settings.upload_megabytes,
        )


def _name_of(name: str | None) -> str:
    """The last part of the name, as it can be shown."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if is_one_line(c))[:200].strip() or "unnamed"


def _held(lims: Lims, viewer: Viewer, worksheet_id: UUID) -> HeldFiles:
    if viewer.actor.user_id is None:
        raise RuleRefused(reason("import.nobody", "A file is handed in by a person; sign in as a technician."))
    return HeldFiles(lims, viewer.actor.user_id, worksheet_id)


def _kept(profile: ProfileIn) -> dict[str, Any]:
    return profile.to_profile().as_dict()


# ── looking and deciding ─────────────────────────────────────────────────────────────────────────────


@router.get("/worksheets/{number}/import/{key}")
def preview_page(
    number: str, key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage
) -> Response:
    """What importing the file would do. Nothing is stored."""
    return _preview_page(request, lims, viewer, language, number, key, None)


@router.post("/worksheets/{number}/import/{key}")
def decide(
    number: str, key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Import the file; or settle how it is read, and look again."""
    if form.text("act") == "import":
        return _import(request, lims, viewer, language, number, key, form)
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        worksheet, library = queries.worksheet_by_number(session, number), current_library(session)
    held = _held(lims, viewer, worksheet.id)
    file = held.find(key)
    if file is None:
        return _gone(request, lims, viewer, worksheet, key)
    try:
        profile = read_profile(form, library, stored_profile(file.settings))
    except LimsError as refusal:
        filled = refused(form, refusal, language)
        typed = typed_rows(form)
        return _preview_page(request, lims, viewer, language, number, key, filled, typed, status=status_of(refusal))
    held.decide(key, file.name, _kept(profile))
    return see_other(request, f"/worksheets/{number}/import/{key}", mark("The file was read anew."))


@router.get("/worksheets/{number}/import/{key}/analyte")
def preview_analyte(
    number: str,
    key: str,
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    analyte: str = "",
) -> Response:
    """The calibration of one analyte as the import would make it."""
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        worksheet = queries.worksheet_by_number(session, number)
    file = _held(lims, viewer, worksheet.id).find(key)
    if file is None:
        return _gone(request, lims, viewer, worksheet, key)
    shown = _recent.find(_recent_key(viewer, worksheet, file, language))
    if shown is None:
        shown, _ = _shown(lims, viewer, language, worksheet.number, file)
    context = _analyte_context(shown, worksheet, file, analyte, language)
    return page(
        request,
        "runs/preview_analyte.html",
        part="runs/_preview_analyte.html",
        worksheet=worksheet,
        key=key,
        preview=shown,
        **context,
    )


def _import(
    request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, key: str, form: Form
) -> Response:
    """Import the file. The same file again leads to the run that it gave before."""
    lims.require(viewer.actor, Action.RUN_IMPORT)
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        worksheet = queries.worksheet_by_number(session, number)
        known = {run.id for run in queries.runs_of(session, worksheet.id)}
    held = _held(lims, viewer, worksheet.id)
    file = held.find(key)
    if file is None:
        return _gone(request, lims, viewer, worksheet, key)
    why = form.text("repeat_reason")
    try:
        if len(why) > _LONGEST_REASON or not is_one_line(why):
            raise RuleRefused(
                reason(
                    "import.reason_long",
                    "Write the reason on one line, with at most {most} characters.",
                    at=Where("repeat_reason"),
                    most=_LONGEST_REASON,
                )
            )
        order = _order(worksheet.number, file, only_good_rows=form.text("only_good_rows") == "true", why=why or None)
        run = importing.import_file(lims, viewer.actor, order)
    except LimsError as refusal:
        filled = refused(form, refusal, language)
        return _preview_page(request, lims, viewer, language, number, key, filled, status=status_of(refusal))
    if run.id in known:
        return see_other(request, f"/runs/{run.id}", _IMPORTED_BEFORE)
    held.drop(key)
    return see_other(request, f"/runs/{run.id}", mark("{name} is imported."), name=file.name)


def _gone(request: Request, lims: Lims, viewer: Viewer, worksheet: Worksheet, key: str) -> Response:
    """On to the run that the file was imported as meanwhile (a button pressed twice), else to choosing it again."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        same = _bench(session, worksheet.number, key).same_file
    if same is not None:
        return see_other(request, f"/runs/{same.id}", _IMPORTED_BEFORE)
    note = mark("The file is kept here for an hour only. Choose it again.")
    return see_other(request, f"/worksheets/{worksheet.number}/import", note)


def _order(number: str, file: HeldFile, *, only_good_rows: bool = False, why: str | None = None) -> FileImport:
    profile = stored_profile(file.settings).to_profile()
    return FileImport(number, file.content, file.name, profile, only_good_rows=only_good_rows, repeat_reason=why)


def _recent_key(viewer: Viewer, worksheet: Worksheet, file: HeldFile, language: Language) -> tuple[object, ...]:
    return (viewer.actor.user_id, worksheet.id, file.key, repr(sorted(file.settings.items())), language)


def _shown(lims: Lims, viewer: Viewer, language: Language, number: str, file: HeldFile) -> tuple[ShownPreview, Bench]:
    """Raises `BadInput` when the file cannot be read at all."""
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        library = current_library(session)
        bench = _bench(session, number, file.key)
        found = preview_import(session, library, _order(number, file), local_day(lims.clock.now()))
        shown = shown_preview(found, translator(language), names_in(library, language))
    _recent.keep(_recent_key(viewer, bench.worksheet, file, language), shown)
    return shown, bench


def _bench(session: Any, number: str, sha256: str) -> Bench:
    worksheet = queries.worksheet_by_number(session, number)
    runs = tuple(queries.runs_of(session, worksheet.id))
    known = queries.file_with(session, worksheet.laboratory_id, sha256)
    same = next((run for run in reversed(runs) if known is not None and run.file_id == known.id), None)
    return Bench(worksheet, runs, same)


def _preview_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    key: str,
    sent: Filled | None,
    typed: Typed | None = None,
    *,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        bench = _bench(session, number, key)
    file = _held(lims, viewer, bench.worksheet.id).find(key)
    if file is None:
        return _gone(request, lims, viewer, bench.worksheet, key)
    profile = stored_profile(file.settings)
    shown, unreadable = None, Filled()
    try:
        shown, bench = _shown(lims, viewer, language, number, file)
    except RuleRefused as refusal:
        unreadable = refused(Form(FormData()), refusal, language)
    values = profile_texts(profile) | dict(sent.values if sent else {})
    form = sent or unreadable
    return page(
        request,
        "runs/preview.html",
        status=status,
        bench=bench,
        worksheet=bench.worksheet,
        key=key,
        file=file,
        preview=shown,
        problems=sent,
        form=Filled(values, form.errors, unreadable.problems),
        typed=typed or Typed(rules=[(rule.pattern, rule.type.value) for rule in profile.name_rules]),
        options=_options(language),
        **({} if shown is None else _analyte_context(shown, bench.worksheet, file, "", language)),
    )


def _analyte_context(
    shown: ShownPreview, worksheet: Worksheet, file: HeldFile, analyte: str, language: Language
) -> Mapping[str, Any]:
    """The chosen analyte, or the first, with its charts."""
    say = translator(language)
    chosen = shown.analyte(analyte)
    if chosen is None:
        return {"chosen": None, "charts": (), "response": ""}
    profile = stored_profile(file.settings)
    response = response_words(profile.response, profile.internal_standard, say)
    allowed = QualityPlan.from_dict(worksheet.quality_plan).level_deviation_percent
    unit = worksheet.concentration_unit
    charts = (
        calibration_chart(chosen.curve, chosen.name, response, unit, chosen.samples, say),
        residual_chart(chosen.curve, chosen.name, allowed, say),
    )
    return {"chosen": chosen, "charts": charts, "response": response}


def _options(language: Language) -> dict[str, list[tuple[str, str]]]:
    say = translator(language)
    return {
        "encoding": [(each.value, _ENCODING_WORDS[each]) for each in TextEncoding],
        "decimal_mark": [(each.value, say(text)) for each, text in _DECIMAL_WORDS.items()],
        "grouping_mark": [(name, say(_GROUPING_WORDS[name])) for name in GROUPING_MARKS],
        "date_order": [(each.value, say(word(each))) for each in DateOrder],
        "response": [(each.value, say(word(each))) for each in ResponseFigure],
        "types": [(each.value, say(word(each))) for each in INJECTION_TYPES],
        "concentration_unit": [(u.value, u.value) for u in UnitCode if u.kind is UnitKind.MASS_CONCENTRATION],
    }


#: Names that are the same in every language.
_ENCODING_WORDS: Final[Mapping[TextEncoding, str]] = {
    TextEncoding.GB18030: "GB18030 (GBK)",
    TextEncoding.BIG5: "Big5",
    TextEncoding.SHIFT_JIS: "Shift-JIS (CP932)",
    TextEncoding.WESTERN_EUROPEAN: "Windows-1252",
    TextEncoding.CENTRAL_EUROPEAN: "Windows-1250",
    TextEncoding.CYRILLIC: "Windows-1251",
}
_DECIMAL_WORDS: Final[Mapping[DecimalMark, str]] = {
    DecimalMark.POINT: mark("point (0.5)"),
    DecimalMark.COMMA: mark("comma (0,5)"),
}
_GROUPING_WORDS: Final[Mapping[str, str]] = {
    "blank": mark("blank (1 000)"),
    "point": mark("point (1.000)"),
    "comma": mark("comma (1,000)"),
    "apostrophe": mark("apostrophe (1'000)"),
}
