"""Pages of signing keys: one's own on “My account”, and those of everybody for who looks after them."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action, Role
from lims.core.errors import LimsError
from lims.core.reasons import mark
from lims.people import queries
from lims.people.doors import client_of, secret
from lims.people.personal_keys import KeyState, PersonsKey, give_own_key, keys_of, own_key, use_token
from lims.people.sign_in import confirm_password
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Chip, Mood
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()

_MOODS: dict[KeyState, Mood] = {
    KeyState.NONE: "plain",
    KeyState.TRIAL: "warn",
    KeyState.VALID: "good",
    KeyState.ENDING: "warn",
    KeyState.EXPIRED: "bad",
    KeyState.OTHER_NAME: "bad",
}
#: Who signs acts on reports.
_SIGNERS = frozenset({Role.REPORT_COMPILER, Role.REPORT_REVIEWER, Role.AUTHORISED_SIGNATORY})


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A person's key, and its state in a word."""

    held: PersonsKey
    chip: Chip


@router.get("/account/key")
def key_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """What I sign with, and a form for a certificate of my own."""
    return _key_page(request, lims, viewer, Filled())


@router.post("/account/key")
def give_key(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Sign with one's own PKCS#12 file from now on. The password is asked for: a thief of a session gives no key."""
    try:
        lims.require(viewer.actor, Action.SIGNING_KEY_EDIT)
        file = form.file("file")
        content = read_upload(file, lims)
        confirm_password(lims, viewer.actor, secret(form, "old_password"), client_of(request))
        with lims.work(viewer.actor, Action.SIGNING_KEY_EDIT) as session:
            give_own_key(session, lims, content, secret(form, "passphrase"), file.filename or "")
    except LimsError as refusal:
        return _key_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    return see_other(request, "/account/key", mark("You sign with your own certificate from now on."))


@router.post("/account/key/token")
def use_key_in_token(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Sign with the key under one's user name in the installation's token from now on."""
    try:
        lims.require(viewer.actor, Action.SIGNING_KEY_EDIT)
        confirm_password(lims, viewer.actor, secret(form, "old_password"), client_of(request))
        with lims.work(viewer.actor, Action.SIGNING_KEY_EDIT) as session:
            use_token(session, lims)
    except LimsError as refusal:
        return _key_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    return see_other(request, "/account/key", mark("You sign with your own certificate from now on."))


@router.get("/people/keys/all")
def keys_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The signing keys of everybody who signs: what is for trial, what ends soon, what has ended or was replaced."""
    with lims.read(viewer.actor, Action.PEOPLE_READ) as session:
        roles = queries.roles_by_user(session)
        signers = [one for one in queries.users(session) if one.is_active and roles.get(one.id, frozenset()) & _SIGNERS]
        lines = [_line(held) for held in keys_of(session, signers, lims.clock.now())]
    return page(request, "people/keys.html", lines=lines)


def _line(held: PersonsKey) -> KeyLine:
    return KeyLine(held, Chip(held.state, _MOODS[held.state]))


def _key_page(request: Request, lims: Lims, viewer: Viewer, form: Filled, status: int = 200) -> Response:
    with lims.read(viewer.actor, Action.SIGNING_KEY_EDIT) as session:
        line = _line(own_key(session, lims.clock.now()))
    has_token = lims.settings.signing_pkcs11_module is not None
    return page(request, "account/key.html", status=status, line=line, form=form, has_token=has_token)
