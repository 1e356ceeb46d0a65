"""How doors ask a person to prove afresh who they are: the fields of a form or a body, and what was given there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import BadInput, LimsError, Unauthenticated
from lims.core.language import Language, translator
from lims.core.reasons import Where, reason
from lims.db.work import LimsSession
from lims.documents.act_forms import MEANINGS, SignedAct
from lims.people.confirming import Confirmation, Proof, Purpose, confirm, ways_of
from lims.people.doors import client_of, secret
from lims.people.personal_keys import KeyState, own_key, reasons_against
from lims.people.schemas import AuthenticationIn
from lims.people.second_factor import own_user
from lims.runtime import Lims
from lims.web.forms import Form
from lims.web.problems import status_of
from lims.web.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Asking:
    """What the form of an act shows: what the person states with it, and how they can prove who they are.

    `subjects` are the keys of what it is done to; none for a list, whose ticked boxes name them. `shown_password`: that
    of a rehearsal, which is no secret.
    """

    action: Action
    meaning: str
    needs_code: bool
    has_passkey: bool
    hindrances: Sequence[str]
    is_trial: bool
    shown_password: str | None = None
    subjects: Sequence[str] = ()


def asking(
    request: Request,
    session: LimsSession,
    language: Language,
    action: Action,
    act: SignedAct,
    subjects: Sequence[str] = (),
) -> Asking:
    """How the person at work is asked for an act."""
    lims: Lims = request.app.state.lims
    user = own_user(session)
    held = own_key(session, lims.clock.now())
    ways = ways_of(session, lims, user.id)
    # Devices keep their keys for the address of the installation; asked at another one, they have none.
    is_home = urlsplit(lims.settings.public_url).hostname == request.url.hostname
    say = translator(language)
    meaning = MEANINGS[act]
    return Asking(
        action,
        meaning.zh if language is Language.CHINESE else meaning.en,
        ways.needs_code,
        ways.has_passkey and is_home,
        [why.translated(say) for why in reasons_against(held)],
        held.state in {KeyState.NONE, KeyState.TRIAL},
        next((one.password for one in request.app.state.shown_accounts if one.username == user.username), None),
        subjects,
    )


def confirmed(request: Request, lims: Lims, viewer: Viewer, form: Form, purpose: Purpose) -> Confirmation:
    """Check what the form says against a purpose. Raises as `confirm`."""
    proof = Proof(secret(form, "password"), form.text("code"), form.text("token"), form.text("answer"))
    return confirm(lims, viewer.actor, purpose, proof, client_of(request))


def confirmed_by(request: Request, lims: Lims, actor: Actor, given: AuthenticationIn, purpose: Purpose) -> Confirmation:
    """Check what the body of a request says against a purpose. Raises as `confirm`, and `BadInput` for two proofs."""
    if given.passkey is None:
        return confirm(lims, actor, purpose, Proof(given.password, given.code), client_of(request))
    if given.password or given.code:
        said = "Give a passkey, or a password with its code; not both."
        raise BadInput(reason("confirmation.two", said, at=Where("authentication")))
    answer = json.dumps(given.passkey.credential)
    return confirm(lims, actor, purpose, Proof(token=given.passkey.token, answer=answer), client_of(request))


def page_status(refusal: LimsError) -> int:
    """Of a page that shows a refusal: 401 would mean that nobody has signed in."""
    return 422 if isinstance(refusal, Unauthenticated) else status_of(refusal)


def subjects_of(form: Form) -> tuple[str, ...]:
    """What a form is about: its hidden keys, or the ticked boxes of a list, which may have a version behind a colon."""
    named = form.texts("confirm_subject") or [box.partition(":")[0] for box in form.texts("chosen")]
    return tuple(dict.fromkeys(named))
