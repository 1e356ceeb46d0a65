"""Pages that import an instrument's file: hand it in, look at what would become of every row, decide, import."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import LimsError, NotFound, RuleRefused
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.core.record_words import column_word
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.runs import importing, queries
from lims.runs.bracket_views import second_chart
from lims.runs.curves import calibration_chart, names_in
from lims.runs.held_files import HeldFile, HeldFiles
from lims.runs.held_reading import HeldReading, ReadBy, choices_for, read_by, reading_for
from lims.runs.matching_form import read_matches
from lims.runs.opened import OpenedFile
from lims.runs.preview_views import ShownPreview, response_words, shown_preview
from lims.runs.previewing import FileImport, preview_import
from lims.runs.profile_form import PROPOSED, Typed, profile_texts, read_profile, typed_rows
from lims.runs.profile_options import profile_options
from lims.runs.profile_saving import save_from_preview
from lims.runs.proposals import proposals
from lims.runs.quality_plan import QualityPlan
from lims.runs.recent_previews import RecentPreviews
from lims.runs.rules import RunStatus, WorksheetStatus
from lims.runs.schemas import ProfileIn
from lims.runs.tables import Run, Worksheet
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import is_htmx, page, see_other
from lims.web.problems import status_of
from lims.web.texts import is_one_line
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
_LONGEST_REASON: Final = 500
_IMPORTED_BEFORE: Final = mark("This file was imported for the worksheet before. This is its run; nothing was changed.")


_recent = RecentPreviews(most=8)


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """What the file hints at, for the button that takes it."""

    field: str
    value: str
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class Bench:
    """A worksheet and what was imported for it before."""

    worksheet: Worksheet
    runs: tuple[Run, ...]
    same_file: Run | None
    read_by: ReadBy | None = None

    @property
    def must_say_why(self) -> bool:
        """Whether a further import needs a reason."""
        return any(run.status is RunStatus.ACCEPTED for run in self.runs)


# ── handing in ───────────────────────────────────────────────────────────────────────────────────────


@router.get("/worksheets/{number}/import")
def hand_in_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Choose the file, and the profile that it is read by."""
    return _hand_in_page(request, lims, viewer, language, number, Filled())


@router.post("/worksheets/{number}/import")
def hand_in(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Keep the file for this person, and on to what importing it would do."""
    lims.require(viewer.actor, Action.RUN_PREVIEW)
    try:
        file = form.file("file")
        content = read_upload(file, lims)
        with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
            worksheet = queries.worksheet_by_number(session, number)
            chosen = form.text("profile") or choices_for(session, worksheet, translator(language)).first
            reading = reading_for(session, worksheet, chosen)
    except NotFound:
        raise
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _hand_in_page(request, lims, viewer, language, number, shown, status=status_of(refusal))
    key = _held(lims, viewer, worksheet.id).keep(_name_of(file.filename), content, reading.as_settings())
    address = f"/worksheets/{worksheet.number}/import/{key}"
    # A script that follows would read the file for nothing: the browser itself goes on to the page.
    return (
        Response(status_code=204, headers={"HX-Redirect": address}) if is_htmx(request) else see_other(request, address)
    )


def _hand_in_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    filled: Filled,
    *,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        worksheet = queries.worksheet_by_number(session, number)
        runs = tuple(queries.runs_of(session, worksheet.id))
        choices = choices_for(session, worksheet, translator(language))
        return page(
            request,
            "runs/import.html",
            status=status,
            form=filled
            if filled.value("profile")
            else Filled({"profile": choices.first}, filled.errors, filled.problems),
            choices=choices,
            bench=Bench(worksheet, runs, None),
            is_closed=worksheet.status is WorksheetStatus.CLOSED,
            megabytes=lims.settings.upload_megabytes,
        )


def _name_of(name: str | None) -> str:
    """The last part of the name, as it can be shown."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if is_one_line(c))[:200].strip() or "unnamed"


def _held(lims: Lims, viewer: Viewer, worksheet_id: UUID) -> HeldFiles:
    return HeldFiles.of_person(lims, viewer.actor.user_id, worksheet_id)


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
    """Import the file; keep how it is read as a profile; or settle how it is read, and look again."""
    if form.text("act") == "import":
        return _import(request, lims, viewer, language, number, key, form)
    if form.text("act") == "profile":
        return _keep_profile(request, lims, viewer, language, number, key, form)
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        worksheet, library = queries.worksheet_by_number(session, number), current_library(session)
    held = _held(lims, viewer, worksheet.id)
    file = held.find(key)
    if file is None:
        return _gone(request, lims, viewer, worksheet, key)
    try:
        before = HeldReading.of(file.settings)
        profile = read_profile(form, library, before.profile)
        matches = read_matches(form)
    except LimsError as refusal:
        filled, rows = refused(form, refusal, language), typed_rows(form)
        return _preview_page(request, lims, viewer, language, number, key, filled, rows, status=status_of(refusal))
    held.decide(key, file.name, HeldReading(profile, before.version, matches).as_settings())
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


def _keep_profile(
    request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, key: str, form: Form
) -> Response:
    """Keep how the file is read, as a new profile or as the next version of the one it began with."""
    lims.require(viewer.actor, Action.PROFILE_SAVE)
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        worksheet = queries.worksheet_by_number(session, number)
    held = _held(lims, viewer, worksheet.id)
    file = held.find(key)
    if file is None:
        return _gone(request, lims, viewer, worksheet, key)
    try:
        reading = HeldReading.of(file.settings)
        version, name = save_from_preview(lims, viewer.actor, worksheet, reading, form)
    except LimsError as refusal:
        filled = refused(form, refusal, language)
        return _preview_page(request, lims, viewer, language, number, key, filled, status=status_of(refusal))
    held.decide(key, file.name, replace(reading, version=version.id).as_settings())
    note = mark("Version {number} of {name} is in use.")
    return see_other(request, f"/worksheets/{number}/import/{key}", note, number=version.number, name=name)


def _gone(request: Request, lims: Lims, viewer: Viewer, worksheet: Worksheet, key: str) -> Response:
    """On to the run that the file was imported as meanwhile (a button pressed twice), else to choosing it again."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        same = _bench(session, worksheet.number, key).same_file
    if same is not None:
        return see_other(request, f"/runs/{same.id}", _IMPORTED_BEFORE)
    note = mark("The file is kept here for an hour only. Choose it again.")
    return see_other(request, f"/worksheets/{worksheet.number}/import", note)


def _order(number: str, file: HeldFile, *, only_good_rows: bool = False, why: str | None = None) -> FileImport:
    reading = HeldReading.of(file.settings)
    return FileImport(
        number,
        file.content,
        file.name,
        reading.profile.to_profile(),
        only_good_rows=only_good_rows,
        repeat_reason=why,
        profile_version=reading.version,
        matches=reading.matches,
    )


def _recent_key(viewer: Viewer, worksheet: Worksheet, file: HeldFile, language: Language) -> tuple[object, ...]:
    return (viewer.actor.user_id, worksheet.id, file.key, repr(sorted(file.settings.items())), language)


def _shown(lims: Lims, viewer: Viewer, language: Language, number: str, file: HeldFile) -> tuple[ShownPreview, Bench]:
    """Raises `BadInput` when the file cannot be read at all."""
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        library = current_library(session)
        bench = _bench(session, number, file.key, HeldReading.of(file.settings))
        found = preview_import(session, library, _order(number, file), local_day(lims.clock.now()))
        shown = shown_preview(found, translator(language), names_in(library, language))
    _recent.keep(_recent_key(viewer, bench.worksheet, file, language), shown)
    return shown, bench


def _bench(session: LimsSession, number: str, sha256: str, reading: HeldReading | None = None) -> Bench:
    worksheet = queries.worksheet_by_number(session, number)
    runs = tuple(queries.runs_of(session, worksheet.id))
    known = queries.file_with(session, worksheet.laboratory_id, sha256)
    same = next((run for run in reversed(runs) if known is not None and run.file_id == known.id), None)
    return Bench(worksheet, runs, same, None if reading is None else read_by(session, worksheet, reading))


def _preview_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    key: str,
    sent: Filled | None,
    rows: Typed | None = None,
    *,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.RUN_PREVIEW) as session:
        bench = _bench(session, number, key)
    file = _held(lims, viewer, bench.worksheet.id).find(key)
    if file is None:
        return _gone(request, lims, viewer, bench.worksheet, key)
    reading = HeldReading.of(file.settings)
    profile = reading.profile
    shown, unreadable = None, Filled()
    try:
        shown, bench = _shown(lims, viewer, language, number, file)
    except RuleRefused as refusal:
        unreadable = refused(Form(FormData()), refusal, language)
    values = {"match_reason": reading.matches.reason} | profile_texts(profile) | dict(sent.values if sent else {})
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
        proposals=_proposed(file, profile, language),
        field_names={name: column_word(name) for name in PROPOSED},
        typed=rows or Typed(rules=[(rule.pattern, rule.type.value) for rule in profile.name_rules]),
        options=profile_options(language),
        **({} if shown is None else _analyte_context(shown, bench.worksheet, file, "", language)),
    )


def _proposed(file: HeldFile, profile: ProfileIn, language: Language) -> list[ShownProposal]:
    say = translator(language)
    found = proposals(OpenedFile(file.content, profile.encoding), profile.to_profile())
    return [ShownProposal(one.field, one.value, one.word, one.why.translated(say)) for one in found]


def _analyte_context(
    shown: ShownPreview, worksheet: Worksheet, file: HeldFile, analyte: str, language: Language
) -> Mapping[str, Any]:
    """The chosen analyte, or the first, with its charts."""
    say = translator(language)
    chosen = shown.analyte(analyte)
    if chosen is None:
        return {"chosen": None, "charts": (), "response": ""}
    profile = HeldReading.of(file.settings).profile
    response = response_words(profile.response, chosen.curve.internal_standard, say)
    allowed = QualityPlan.from_dict(worksheet.quality_plan).level_deviation_percent
    unit = worksheet.concentration_unit
    charts = (
        calibration_chart(chosen.curve, chosen.name, response, unit, chosen.samples, say),
        second_chart(chosen.curve, chosen.name, allowed, say),
    )
    return {"chosen": chosen, "charts": charts, "response": response}
