"""The settings page: what the installation is, and where each of it is changed. Nothing is changed here."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.language import translator
from lims.desk import installation
from lims.web.dependencies import LimsDep
from lims.web.page import page
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()


@router.get("/settings")
def settings_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """For who looks after the installation, and who answers for its quality."""
    say = translator(language)
    with lims.read(viewer.actor, Action.AUDIT_READ) as session:
        key = installation.key_of(lims, session)
        library, counts = installation.library_state(session), installation.counts(session)
    return page(
        request,
        "settings/settings.html",
        settings=installation.settings_of(lims.settings),
        database=installation.database_of(lims),
        room=installation.room_of(lims),
        key=key,
        no_key=[why.translated(say) for why in key.why_not],
        library=library,
        counts=counts,
        is_production=lims.settings.environment == "production",
    )
