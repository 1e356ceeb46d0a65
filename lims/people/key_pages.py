"""Pages of signing keys: one's own on “My account”, and those of everybody for who looks after them."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import LimsError
from lims.core.reasons import mark
from lims.people.doors import client_of, secret
from lims.people.key_giving import HandedKey, sign_with_file, sign_with_token
from lims.people.personal_keys import KeyState, PersonsKey, keys_of_signers, own_key
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Chip, Mood
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
        handed = HandedKey(form.file("file"), secret(form, "passphrase"))
        sign_with_file(lims, viewer.actor, handed, secret(form, "old_password"), client_of(request))
    except LimsError as refusal:
        return _key_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    return see_other(request, "/account/key", mark("You sign with your own certificate from now on."))


@router.post("/account/key/token")
def use_key_in_token(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Sign with the key under one's user name in the installation's token from now on."""
    try:
        sign_with_token(lims, viewer.actor, secret(form, "old_password"), client_of(request))
    except LimsError as refusal:
        return _key_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    return see_other(request, "/account/key", mark("You sign with your own certificate from now on."))


@router.get("/people/keys/all")
def keys_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The signing keys of everybody who signs: what is for trial, what ends soon, what has ended or was replaced."""
    with lims.read(viewer.actor, Action.PEOPLE_READ) as session:
        lines = [_line(held) for held in keys_of_signers(session, lims.clock.now())]
    return page(request, "people/keys.html", lines=lines)


def _line(held: PersonsKey) -> KeyLine:
    return KeyLine(held, Chip(held.state, _MOODS[held.state]))


def _key_page(request: Request, lims: Lims, viewer: Viewer, form: Filled, status: int = 200) -> Response:
    with lims.read(viewer.actor, Action.SIGNING_KEY_EDIT) as session:
        line = _line(own_key(session, lims.clock.now()))
    has_token = lims.settings.signing_pkcs11_module is not None
    return page(request, "account/key.html", status=status, line=line, form=form, has_token=has_token)
