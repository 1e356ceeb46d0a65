"""Pages on which people act: do it and go on, or show the page again with what stood in the way.

@router.post("/{number}/open")
def open_contest(number: str, post: PostDep) -> Response:
    def act() -> None:
        with working(post.lims, post.actor, Action.CONTEST_CONDUCT) as session:
            service.open_contest(session, number, post.form.whole("version") or 0)

    return post.act(Action.CONTEST_CONDUCT, act, partial(_page, post, number), f"/contests/{number}", _OPENED)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import LimsError
from lims.core.language import Language
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

#: Does what was asked for; what it gives back fills gaps of the note.
Act = Callable[[], Mapping[str, Any] | None]
#: Shows the page again, with what was typed and the status.
Again = Callable[[Filled, int], Response]
#: Where an act leads: an address, or one that depends on the gaps of the note (the number of what was made).
Place = str | Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks at a page, and what showing it needs."""

    request: Request
    lims: Lims
    viewer: Viewer
    language: Language

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.viewer.actor

    def show(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """The page (`lims.web.page.page`)."""
        return page(self.request, template, status=status, **context)


@dataclass(frozen=True, slots=True)
class Post(Visit):
    """What somebody sent from a page of their own."""

    form: Form

    def act(
        self, action: Action, act: Act, again: Again, place: Place, note: str, *, draft: str = "", **gaps: Any
    ) -> Response:
        """Act and go on to `place` with a `note`; or what `again` shows, with every reason against it.

        `gaps` of the note are joined by those that the act gives back; `draft` is the form whose kept draft is done
        with. Raises `Forbidden` for who may not do `action`: that is no matter of what was typed.
        """
        self.lims.require(self.actor, action)
        try:
            found = {**gaps, **(act() or {})}
        except LimsError as refusal:
            return again(refused(self.form, refusal, self.language), status_of(refusal))
        address = place if isinstance(place, str) else place(found)
        return see_other(self.request, address, note, draft=draft, **found)


def _visit(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Visit:
    return Visit(request, lims, viewer, language)


def _post(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Post:
    return Post(request, lims, viewer, language, form)


#: A page of a signed-in person.
VisitDep = Annotated[Visit, Depends(_visit)]
#: A form that a signed-in person sent; forged ones are refused (`FormDep`).
PostDep = Annotated[Post, Depends(_post)]
