"""Chromium for the tests: where it is, how it is started, and what a page may not do while a test looks on."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, ViewportSize, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}

Language = Literal["zh", "en"]

#: Nothing that the browser does of its own accord; names of other hosts lead nowhere.
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
#: What Chromium says for an answer of 400 and above. Which of them are faults is for `Watch.on_response` to say.
_ANSWERED = re.compile(r"Failed to load resource: the server responded with a status of \d+")
#: Answers of these kinds may be refusals (404, 409, 422); style sheets, scripts, fonts and images may not.
_MAY_BE_REFUSED = {"document", "fetch", "xhr"}


def program() -> str:
    """The path of a browser. Raises `FileNotFoundError` when there is none."""
    for name in NAMES:
        path = shutil.which(name)
        # Ubuntu's chromium-browser is there without snap too, but only says that it is not.
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    raise FileNotFoundError(
        f"The browser tests need one of {', '.join(NAMES)} on the PATH; `./run test` installs Debian's chromium. "
        "On Ubuntu install Google Chrome: its chromium package only points to snap."
    )


@contextmanager
def running() -> Iterator[Browser]:
    """A browser without a window."""
    path = program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS), chromium_sandbox=False)
        yield browser
        browser.close()


@dataclass
class Watch:
    """Faults of a page: errors on its console, in its scripts, against its content policy; calls to other hosts."""

    base_url: str
    forgiven: tuple[str, ...] = ()
    faults: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Begin to watch."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._note(f"script error: {error}"))
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _note(self, fault: str) -> None:
        if not any(part in fault for part in self.forgiven):
            self.faults.append(fault)

    def _on_console(self, message: ConsoleMessage) -> None:
        # Breaches of the content policy are written here too.
        if message.type == "error" and not _ANSWERED.match(message.text):
            self._note(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != urlsplit(self.base_url).netloc:
            self._note(f"asks another host: {request.url}")

    def _on_response(self, response: Response) -> None:
        kind = response.request.resource_type
        if response.status >= 500 or (response.status >= 400 and kind not in _MAY_BE_REFUSED):
            self._note(f"{response.status} for {kind} {response.url}")
