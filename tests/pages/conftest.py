"""People in front of their browsers, without a browser: cookies, forms with their tokens, redirects by hand."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from starlette.testclient import TestClient

from lims.core.actors import Actor
from lims.core.errors import Unauthenticated
from lims.core.reasons import reason
from lims.runtime import Lims
from lims.web import csrf
from lims.web.viewer import POLLED
from tests.factories import PASSWORD

_SECRET = "a secret of the session"


@dataclass(frozen=True, slots=True)
class Session:
    """An open session of a test: no password was hashed for it."""

    actor: Actor
    session_id: UUID
    csrf_token: str = _SECRET
    must_change_password: bool = False


class Browser:
    """A person's browser. `post` sends the token that the person's pages carry, `forge` does not."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, address: str, **headers: str) -> httpx2.Response:
        """A page; redirects are not followed."""
        return self.client.get(address, headers=headers, follow_redirects=False)

    def part(self, address: str) -> httpx2.Response:
        """What htmx gets from an address."""
        return self.client.get(address, headers={"HX-Request": "true"}, follow_redirects=False)

    def post(
        self, address: str, data: Mapping[str, Any] | None = None, files: Mapping[str, Any] | None = None
    ) -> httpx2.Response:
        """A form as the person's own page sends it."""
        return self.forge(address, {**(data or {}), csrf.FIELD: csrf.issue(_SECRET)}, files)

    def sign(self, address: str, data: Mapping[str, Any], password: str = PASSWORD) -> httpx2.Response:
        """A form of an act that the person vouches for: they prove afresh who they are."""
        return self.post(address, {**data, "password": password})

    def forge(
        self, address: str, data: Mapping[str, Any] | None = None, files: Mapping[str, Any] | None = None
    ) -> httpx2.Response:
        """A form from somewhere else."""
        return self.client.post(address, data=dict(data or {}), files=files, follow_redirects=False)

    def follow(self, answer: httpx2.Response) -> httpx2.Response:
        """The page that an act leads to."""
        assert answer.status_code == 303, text_of(answer)
        return self.get(answer.headers["location"])


def text_of(answer: httpx2.Response) -> str:
    """The words of a page, without tags."""
    body = re.sub(r"<script.*?</script>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body))).strip()


def list_addresses(answer: httpx2.Response) -> set[str]:
    """Where the list on a page leads to itself: sorted, filtered, another page of it."""
    return {html.unescape(address) for address in re.findall(r'hx-get="(.*?)"', answer.text)}


def asks_as_nobody(answer: httpx2.Response) -> bool:
    """Whether every part of a page that asks again by itself says that this is no use of the session."""
    parts = re.findall(r'<[^>]*hx-trigger="every [^>]*>', answer.text)
    return bool(parts) and all(f'hx-headers=\'{{"{POLLED}": "true"}}\'' in part for part in parts)


@pytest.fixture
def browse(lims: Lims) -> Callable[..., Browser]:
    """`browse(ann)` is the browser that Ann has signed in with, in Chinese; `browse(None)` one of nobody's."""
    return browsers(lims)


def browsers(lims: Lims) -> Callable[..., Browser]:
    """What `browse` is, for an installation of one's own."""
    from lims.app import make_app  # here: most tests need no routes

    app = make_app(lims)
    sessions: dict[str, Session] = {}

    def session_of(_lims: Lims, cookie: str, **_: object) -> Session:
        if cookie not in sessions:
            raise Unauthenticated(reason("sign_in.page", "Sign in first."))
        return sessions[cookie]

    app.state.session_of = session_of

    def signed_in(actor: Actor | None, language: str = "zh") -> Browser:
        client = TestClient(app, raise_server_exceptions=True)
        client.cookies.set("lims_language", language)
        if actor is not None:
            cookie = f"session-{len(sessions)}"
            sessions[cookie] = Session(actor, uuid4())
            client.cookies.set("lims_session", cookie)
        return Browser(client)

    return signed_in
