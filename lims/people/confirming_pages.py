"""The question to a passkey before an act, for the script of a page; everything else is part of the act's own form."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import BadInput, LimsError
from lims.core.reasons import reason
from lims.people.asking import subjects_of
from lims.people.confirming import Purpose, begin_passkey
from lims.people.doors import client_of
from lims.people.sign_in_pages import asked, not_asked
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter(prefix="/account")


@router.post("/confirm/passkey")
def ask_passkey(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """The question for the device, as JSON: its answer is good for the act and the things of this form alone."""
    try:
        try:
            action = Action(form.text("confirm_action"))
        except ValueError:
            raise BadInput(reason("confirmation.act", "This form names no act to be confirmed.")) from None
        return asked(begin_passkey(lims, viewer.actor, Purpose(action, subjects_of(form)), client_of(request)))
    except LimsError as refusal:
        return not_asked(refusal, language)
