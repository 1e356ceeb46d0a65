"""Pages of import profiles (导入配置): which there are, what each says and said before, making and changing them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import col
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import BadInput, LimsError
from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.core.record_words import column_word
from lims.db.work import LimsSession
from lims.equipment import queries as equipment
from lims.equipment.tables import Instrument
from lims.library.queries import current_library
from lims.people.queries import names_of
from lims.runs import profile_queries, profiles
from lims.runs.curves import names_in
from lims.runs.profile_form import (
    Typed,
    profile_texts,
    read_whole_profile,
    stored_profile,
    typed_of,
    typed_rows,
)
from lims.runs.profile_options import profile_options, reader_title
from lims.runs.profile_schemas import ProfileRetirementIn
from lims.runs.schemas import ProfileIn
from lims.runs.tables import ProfileVersion, StoredProfile
from lims.runtime import Lims
from lims.web.changes import changes_since
from lims.web.dependencies import LimsDep
from lims.web.fields import Input
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Chip, Column, Link, Start, Table
from lims.web.table_filters import ChoiceFilter
from lims.web.table_page import read_table, table_page
from lims.web.texts import Text40, Text100, Text500
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/runs/profiles")
_AT = "/runs/profiles"
_IN_USE, _RETIRED = mark("in use"), mark("retired")


class _Head(Input):
    """What a form says of a profile beside its settings."""

    instrument_code: Text40
    name: Text100
    reason: Text500 | None = None


class _Change(Input):
    """What a form says of a change beside the settings."""

    version: int
    name: Text100
    reason: Text500


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """A profile in the list."""

    profile: StoredProfile
    instrument: Instrument
    version: ProfileVersion
    maker: str
    runs: int

    @property
    def reader(self) -> str:
        """How its files are read; empty: by what is in them."""
        return reader_title(self.version.settings.get("reader", ""))


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version with who made it, and the words of the fields that differ from the one before."""

    version: ProfileVersion
    maker: str
    runs: int
    changed: Sequence[str]


PROFILES: Table[ProfileLine] = Table(
    name="import-profiles",
    title=mark("Import profiles"),
    columns=(
        Column(
            "name",
            mark("Name"),
            cell=lambda r: r.profile.name,
            order=col(StoredProfile.name),
            link=lambda r: f"{_AT}/{r.profile.id}",
        ),
        Column(
            "instrument",
            mark("Instrument"),
            cell=lambda r: Link(f"/equipment/{r.instrument.id}", r.instrument.code),
            order=col(Instrument.code),
        ),
        Column("reader", mark("Layout"), cell=lambda r: r.reader or None),
        Column("version", mark("Version in use"), cell=lambda r: r.version.number, kind="number"),
        Column("made", mark("Made at"), cell=lambda r: r.version.made_at, order=col(ProfileVersion.made_at)),
        Column("maker", mark("Made by"), cell=lambda r: r.maker),
        Column("runs", mark("Runs"), cell=lambda r: r.runs, kind="number"),
        Column(
            "state",
            mark("State"),
            cell=lambda r: Chip(_IN_USE, "good") if r.profile.retired_at is None else Chip(_RETIRED),
            order=col(StoredProfile.retired_at),
        ),
    ),
    filters=(ChoiceFilter("instrument", mark("Instrument"), term=col(Instrument.code)),),
    search=(col(StoredProfile.name), col(Instrument.code)),
    order=(col(StoredProfile.retired_at).is_not(None), col(StoredProfile.name), col(StoredProfile.id)),
    nothing=mark("No import profile is kept yet. One says how the files of an instrument are read."),
    start=Start(f"{_AT}/new", mark("New import profile"), Action.PROFILE_SAVE),
)


@router.get("")
def profile_list(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The import profiles, those in use first."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        options = {"instrument": [(each.code, each.code) for each in equipment.instruments(session)]}
        query = profile_queries.profiles_with_version(session)
        view = read_table(session, PROFILES, query, request, _lines, options)
    return table_page(request, view, "runs/list.html", tab="profiles")


def _lines(
    session: LimsSession, records: Sequence[tuple[StoredProfile, Instrument, ProfileVersion]]
) -> Sequence[ProfileLine]:
    names = names_of(session, {version.made_by for _, _, version in records})
    runs = profile_queries.run_counts(session, {profile.id for profile, _, _ in records})
    return [ProfileLine(p, i, v, names.get(v.made_by, ""), runs.get(p.id, 0)) for p, i, v in records]


@router.get("/of/{key}")
def profiles_of_instrument(key: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The profiles of one instrument: a part of its page."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        instrument = equipment.instrument_by_key(session, key)
        query = profile_queries.profiles_with_version(session).where(Instrument.id == instrument.id)
        lines = _lines(session, session.exec(query.order_by(*PROFILES.order)).all())
    own = instrument.laboratory_id == viewer.actor.laboratory_id
    return page(
        request,
        "runs/profiles_of.html",
        part="runs/_profiles_of.html",
        instrument=instrument,
        lines=lines,
        may_make=own and viewer.may(Action.PROFILE_SAVE),
    )


# ── making and changing ──────────────────────────────────────────────────────────────────────────────


@router.get("/new")
def new_form(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, instrument: str = ""
) -> Response:
    """A form for a new profile."""
    lims.require(viewer.actor, Action.PROFILE_SAVE)
    first = ProfileIn()
    values = {"instrument_code": instrument[:40], **profile_texts(first)}
    return _form_page(request, lims, viewer, language, None, Filled(values), Typed())


@router.post("/new")
def make(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Keep a new profile."""
    lims.require(viewer.actor, Action.PROFILE_SAVE)
    try:
        head, settings = _read(lims, viewer, form, _Head, ProfileIn())
        with lims.work(viewer.actor, Action.PROFILE_SAVE, head.reason) as session:
            made = profiles.make_profile(session, head.instrument_code, head.name, settings.to_profile(), head.reason)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        status = status_of(refusal)
        return _form_page(request, lims, viewer, language, None, shown, typed_rows(form), status=status)
    note = mark("The import profile {name} is kept.")
    return see_other(request, f"{_AT}/{made.id}", note, draft="profile-new", name=made.name)


@router.get("/{profile_id}/change")
def change_form(
    profile_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage
) -> Response:
    """A form for the next version."""
    lims.require(viewer.actor, Action.PROFILE_SAVE)
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        profile = profile_queries.profile_by_id(session, profile_id)
        settings = stored_profile(profile_queries.version_of(session, profile).settings)
        typed = typed_of(settings, names_in(current_library(session), language))
    values = {"version": profile.version, "name": profile.name, **profile_texts(settings)}
    return _form_page(request, lims, viewer, language, profile, Filled(values), typed)


@router.post("/{profile_id}/change")
def change(
    profile_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Keep the next version."""
    lims.require(viewer.actor, Action.PROFILE_SAVE)
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        profile = profile_queries.profile_by_id(session, profile_id)
        before = stored_profile(profile_queries.version_of(session, profile).settings)
    try:
        head, settings = _read(lims, viewer, form, _Change, before)
        with lims.work(viewer.actor, Action.PROFILE_SAVE, head.reason) as session:
            changed = profiles.change_profile(
                session, profile_id, head.version, settings.to_profile(), head.reason, head.name
            )
    except LimsError as refusal:
        shown = _refused(lims, viewer, form, refusal, profile_id, language)
        status = status_of(refusal)
        return _form_page(request, lims, viewer, language, profile, shown, typed_rows(form), status=status)
    note = mark("Version {number} of {name} is in use.")
    return see_other(request, f"{_AT}/{profile_id}", note, number=changed.latest, name=changed.name)


def _refused(
    lims: Lims, viewer: Viewer, form: Form, refusal: LimsError, profile_id: UUID, language: Language
) -> Filled:
    """The form as it was typed, with what others changed of the profile meanwhile."""
    since = form.seen_version()
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        changes = changes_since(session, "import_profile", profile_id, since, language) if since else ()
    return refused(form, refusal, language, changes)


def _read(lims: Lims, viewer: Viewer, form: Form, head: type[Any], before: ProfileIn) -> tuple[Any, ProfileIn]:
    """Both parts of the form. Raises `BadInput` with the faults of both."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        library = current_library(session)
    faults: list[Any] = []
    found: list[Any] = []
    parts: tuple[Callable[[], Any], ...] = (
        lambda: form.read(head),
        lambda: read_whole_profile(form, library, before),
    )
    for part in parts:
        try:
            found.append(part())
        except BadInput as refusal:
            faults += refusal.reasons
    if faults:
        raise BadInput(*faults)
    return found[0], found[1]


def _form_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    profile: StoredProfile | None,
    form: Filled,
    typed: Typed,
    *,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        instruments = [
            (each.code, f"{each.code} {each.name}")
            for each in equipment.instruments(session)
            if each.laboratory_id == viewer.actor.laboratory_id
        ]
    return page(
        request,
        "runs/profile_form.html",
        status=status,
        profile=profile,
        form=form,
        typed=typed,
        instruments=instruments,
        options=profile_options(language),
    )


# ── one profile ──────────────────────────────────────────────────────────────────────────────────────


@router.get("/{profile_id}")
def profile_page(
    profile_id: UUID,
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    number: int | None = None,
) -> Response:
    """A profile: what one version of it says, the one in use unless another is asked for, and all versions."""
    return _profile_page(request, lims, viewer, language, profile_id, Filled(), number=number)


@router.post("/{profile_id}/retire")
def retire(
    profile_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Offer the profile for no further file."""
    lims.require(viewer.actor, Action.PROFILE_RETIRE)
    try:
        order = form.read(ProfileRetirementIn)
        with lims.work(viewer.actor, Action.PROFILE_RETIRE, order.reason) as session:
            profiles.retire_profile(session, profile_id, order.version, order.reason)
    except LimsError as refusal:
        shown = _refused(lims, viewer, form, refusal, profile_id, language)
        return _profile_page(request, lims, viewer, language, profile_id, shown, status=status_of(refusal))
    return see_other(request, f"{_AT}/{profile_id}", mark("The import profile is retired."))


def _profile_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    profile_id: UUID,
    form: Filled,
    *,
    number: int | None = None,
    status: int = 200,
) -> Response:
    say = translator(language)
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        profile = profile_queries.profile_by_id(session, profile_id)
        shown = profile_queries.version_of(session, profile, number)
        name_of = names_in(current_library(session), language)
        versions = profile_queries.versions_of(session, profile.id)
        names = names_of(session, {v.made_by for v in versions} | {w for w in (profile.retired_by,) if w})
        runs = profile_queries.run_counts_of_versions(session, profile.id)
        instrument = session.get_one(Instrument, profile.instrument_id)
    settings = stored_profile(shown.settings)
    own = profile.laboratory_id == viewer.actor.laboratory_id
    befores: Sequence[ProfileVersion | None] = (*versions[1:], None)
    return page(
        request,
        "runs/profile.html",
        status=status,
        profile=profile,
        instrument=instrument,
        shown=shown,
        settings=settings,
        reader=reader_title(settings.reader),
        typed=typed_of(settings, name_of),
        versions=[
            VersionLine(v, names.get(v.made_by, ""), runs.get(v.id, 0), [say(w) for w in _changed(v, before)])
            for v, before in zip(versions, befores, strict=True)
        ],
        retired_by=names.get(profile.retired_by, "") if profile.retired_by else "",
        form=form,
        may_change=own and profile.retired_at is None and viewer.may(Action.PROFILE_SAVE),
        may_retire=own and profile.retired_at is None and viewer.may(Action.PROFILE_RETIRE),
    )


def _changed(version: ProfileVersion, before: ProfileVersion | None) -> list[str]:
    """The fields that differ from the version before."""
    if before is None:
        return []
    names = list(dict.fromkeys([*before.settings, *version.settings]))
    return [column_word(n) for n in names if before.settings.get(n) != version.settings.get(n)]
