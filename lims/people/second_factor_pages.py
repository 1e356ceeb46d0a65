"""Pages of the second factor of one's own account: one-time codes, recovery codes, passkeys.

Each begins with the password once more: a thief of an open session must not be able to make the account their own.
A secret that is shown is never shown by an address that could be opened again.
"""

from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import LimsError
from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.people import accounts, passkeys, queries, second_factor
from lims.people.doors import client_of, secret
from lims.people.schemas import PasskeyLabel
from lims.people.sealing import sealer_of
from lims.people.second_factor import Enrolment, own_user
from lims.people.sign_in import confirm_password
from lims.people.sign_in_pages import asked, not_asked
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/account")


# ── one-time codes ───────────────────────────────────────────────────────────────────────────────────


@router.get("/second-factor")
def second_factor_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Whether one-time codes are in force, and what can be done about it."""
    return _second_factor_page(request, lims, viewer, Filled())


@router.post("/second-factor/begin")
def begin(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Show a new secret for the phone; it counts once a code made of it was typed."""
    try:
        confirm_password(lims, viewer.actor, secret(form, "old_password"), client_of(request))
        with lims.work(viewer.actor, Action.SECOND_FACTOR_EDIT) as session:
            enrolment = second_factor.begin_totp(session, sealer_of(lims))
    except LimsError as refusal:
        return _second_factor_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    return _enrolment_page(request, enrolment, Filled())


@router.post("/second-factor/confirm")
def confirm(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Put one-time codes in force with the first of them, and show the recovery codes."""
    try:
        with lims.work(viewer.actor, Action.SECOND_FACTOR_EDIT) as session:
            codes = second_factor.confirm_totp(session, sealer_of(lims), form.text("code"))
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        with lims.read(viewer.actor, Action.SECOND_FACTOR_EDIT) as session:
            under_way = second_factor.enrolment_under_way(session, sealer_of(lims))
        if under_way is None:
            return _second_factor_page(request, lims, viewer, shown, status_of(refusal))
        return _enrolment_page(request, under_way, shown, status_of(refusal))
    return _codes_page(request, lims, viewer, codes)


@router.post("/second-factor/codes")
def renew_codes(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Ten new recovery codes in place of the old ones."""
    try:
        confirm_password(lims, viewer.actor, secret(form, "old_password"), client_of(request))
        with lims.work(viewer.actor, Action.SECOND_FACTOR_EDIT) as session:
            codes = second_factor.renew_recovery_codes(session)
    except LimsError as refusal:
        return _second_factor_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    return _codes_page(request, lims, viewer, codes)


@router.post("/second-factor/off")
def switch_off(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Do without one-time codes."""
    try:
        accounts.switch_off_totp(lims, viewer.actor, secret(form, "old_password"), client_of(request))
    except LimsError as refusal:
        return _second_factor_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    return see_other(request, "/account", mark("One-time codes are switched off."))


# ── passkeys ─────────────────────────────────────────────────────────────────────────────────────────


@router.get("/passkeys/new")
def new_passkey_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """A form for a passkey of this device."""
    lims.require(viewer.actor, Action.SECOND_FACTOR_EDIT)
    return _new_passkey_page(request, lims, language, Filled({"label": client_of(request).device}))


@router.post("/passkeys/begin")
def begin_passkey(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """The question for the device, as JSON for the page's script."""
    try:
        form.read(PasskeyLabel)
        confirm_password(lims, viewer.actor, secret(form, "old_password"), client_of(request))
        return asked(passkeys.begin_registration(lims, viewer.actor))
    except LimsError as refusal:
        return not_asked(refusal, language)


@router.post("/passkeys/new")
def add_passkey(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Keep the key that the device made."""
    try:
        order = form.read(PasskeyLabel)
        made = passkeys.finish_registration(lims, viewer.actor, form.text("token"), form.text("answer"), order.label)
    except LimsError as refusal:
        status = 422 if status_of(refusal) == 401 else status_of(refusal)  # the session is not over, the question is
        return _new_passkey_page(request, lims, language, refused(form, refusal, language), status)
    return see_other(request, "/account#passkeys", mark("The passkey “{name}” is registered."), name=made.label)


@router.get("/passkeys/{passkey_id}")
def passkey_page(request: Request, passkey_id: UUID, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One passkey: its name can be changed, or it is taken away."""
    return _passkey_page(request, lims, viewer, passkey_id, Filled())


@router.post("/passkeys/{passkey_id}")
def rename_passkey(
    request: Request, passkey_id: UUID, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Call a passkey otherwise."""
    try:
        order = form.read(PasskeyLabel)
        with lims.work(viewer.actor, Action.SECOND_FACTOR_EDIT) as session:
            renamed = passkeys.rename_own_passkey(session, passkey_id, order.label)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _passkey_page(request, lims, viewer, passkey_id, shown, status_of(refusal))
    return see_other(request, "/account#passkeys", mark("The passkey is called “{name}” now."), name=renamed.label)


@router.post("/passkeys/{passkey_id}/remove")
def remove_passkey(
    request: Request, passkey_id: UUID, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Take a passkey away."""
    try:
        accounts.remove_passkey(lims, viewer.actor, passkey_id, secret(form, "old_password"), client_of(request))
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _passkey_page(request, lims, viewer, passkey_id, shown, status_of(refusal))
    return see_other(request, "/account#passkeys", mark("The passkey is taken away. Delete it on the device as well."))


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────


def _second_factor_page(request: Request, lims: Lims, viewer: Viewer, form: Filled, status: int = 200) -> Response:
    with lims.read(viewer.actor, Action.SECOND_FACTOR_EDIT) as session:
        user = own_user(session)
        return page(
            request,
            "account/second_factor.html",
            status=status,
            form=form,
            totp=queries.totp_of(session, user.id),
            codes_left=len(queries.recovery_codes_left(session, user.id)),
        )


def _enrolment_page(request: Request, enrolment: Enrolment, form: Filled, status: int = 200) -> Response:
    grouped = " ".join(enrolment.secret[i : i + 4] for i in range(0, len(enrolment.secret), 4))
    return page(request, "account/enrolment.html", status=status, enrolment=enrolment, grouped=grouped, form=form)


def _codes_page(request: Request, lims: Lims, viewer: Viewer, codes: tuple[str, ...]) -> Response:
    with lims.read(viewer.actor, Action.SECOND_FACTOR_EDIT) as session:
        username = own_user(session).username
    return page(
        request,
        "account/recovery_codes.html",
        codes=codes,
        username=username,
        made_at=lims.clock.now(),
        address=lims.settings.public_url,
    )


def _new_passkey_page(request: Request, lims: Lims, language: Language, form: Filled, status: int = 200) -> Response:
    found = passkeys.reasons_against_passkeys(lims.settings.public_url)
    hindrances = [why.translated(translator(language)) for why in found]
    return page(request, "account/passkey_new.html", status=status, form=form, hindrances=hindrances)


def _passkey_page(
    request: Request, lims: Lims, viewer: Viewer, passkey_id: UUID, form: Filled, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.SECOND_FACTOR_EDIT) as session:
        passkey = passkeys.own_passkey(session, passkey_id)
    shown = replace(form, values={"label": passkey.label, **form.values})
    return page(request, "account/passkey.html", status=status, passkey=passkey, form=shown)
