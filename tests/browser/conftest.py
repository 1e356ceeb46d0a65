"""Fixtures of the browser tests: Chromium, a served installation, pages that are watched."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page

from lims.core.clock import FixedClock
from lims.runtime import Lims
from tests import databases
from tests.browser.chromium import DESKTOP, LOCALES, PHONE, Language, Watch, running
from tests.browser.serving import served
from tests.factories import Cast, a_cast, a_network


@dataclass(frozen=True)
class House:
    """An installation with a small network and everybody in it, being served."""

    lims: Lims
    cast: Cast
    base_url: str


class OpenPage(Protocol):
    """Opens a page of a new visitor: no cookies, nothing remembered."""

    def __call__(
        self,
        base_url: str,
        *,
        phone: bool = False,
        dark: bool = False,
        language: Language = "zh",
        forgiven: tuple[str, ...] = (),
    ) -> Page: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder needs Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, started by the first test of this folder and ended with its last."""
    with running() as chromium:
        yield chromium


@pytest.fixture
def server(lims: Lims) -> Iterator[str]:
    """The address at which the test's own installation is served."""
    with served(lims) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def house(shared: Path, quick_passwords: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One installation for all tests of a process that only look, or that do not mind each other's traces."""
    settings = databases.sqlite_copy(databases.sqlite_template(shared), tmp_path_factory.mktemp("house"))
    lims = Lims(settings, FixedClock(datetime(2026, 11, 23, 2, 0, tzinfo=UTC)))
    a_network(lims)
    cast = a_cast(lims)
    with served(lims) as base_url:
        yield House(lims, cast, base_url)
    lims.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """`open_page(base_url)` is a watched page; addresses on it may be relative (`page.goto("/")`).

    Whatever went wrong on it fails the test at its end: an error on the console or in a script, a breach of the
    content policy, a request to another host, an answer of 500, a missing style sheet, script, font or image.
    `forgiven` are parts of such faults that the test provokes.
    """
    watches: list[Watch] = []
    with ExitStack() as contexts:

        def page_of_a_visitor(
            base_url: str,
            *,
            phone: bool = False,
            dark: bool = False,
            language: Language = "zh",
            forgiven: tuple[str, ...] = (),
        ) -> Page:
            context = browser.new_context(
                base_url=base_url,
                viewport=PHONE if phone else DESKTOP,
                is_mobile=phone,
                has_touch=phone,
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
                locale=LOCALES[language],
                timezone_id="Asia/Shanghai",
            )
            contexts.callback(context.close)
            context.set_default_timeout(10_000)
            watch = Watch(base_url, forgiven)
            watches.append(watch)
            context.on("page", watch.over)  # pages that the first one opens, too
            return context.new_page()

        yield page_of_a_visitor
    faults = [fault for watch in watches for fault in watch.faults]
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)
