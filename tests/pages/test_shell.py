"""What every page has: the frame, the languages, the colours, and refusals that a person can read."""

from collections.abc import Callable

import pytest

from lims.runtime import Lims
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]


def test_whoever_has_not_signed_in_is_sent_there_and_back_again(browse: Browse) -> None:
    answer = browse(None).get("/samples?status=received")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fsamples%3Fstatus%3Dreceived"


def test_a_part_asked_for_by_nobody_sends_the_whole_window_to_sign_in(browse: Browse) -> None:
    answer = browse(None).part("/samples")

    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def test_an_unknown_address_is_answered_by_a_page_and_in_the_interface_by_a_problem(browse: Browse, cast: Cast) -> None:
    page, problem = browse(cast.ann).get("/nowhere"), browse(cast.ann).get("/api/nowhere")

    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "没有" in text_of(page)
    assert problem.headers["content-type"] == "application/problem+json"


def test_language_and_colours_are_chosen_without_a_script_and_kept(browse: Browse) -> None:
    browser = browse(None)

    chosen = browser.forge("/appearance", {"language": "en", "theme": "dark", "next": "/nowhere?x=1"})
    page = browser.follow(chosen)

    assert chosen.headers["location"] == "/nowhere?x=1"
    assert '<html lang="en" data-theme="dark"' in page.text
    assert "There is nothing at this address" in text_of(page)


def test_a_choice_never_leads_to_another_host(browse: Browse) -> None:
    for address in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/\t/evil"):
        assert browse(None).forge("/appearance", {"next": address}).headers["location"] == "/"


def test_nothing_foreign_and_nothing_inline_may_run(browse: Browse) -> None:
    policy = browse(None).get("/nowhere").headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("address", ["/samples", "/api/samples"])
def test_a_fault_is_told_without_its_inside_and_under_the_policy(
    browse: Browse, cast: Cast, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the inside")

    browser = browse(cast.ann)
    monkeypatch.setattr(Lims, "read", fails)
    monkeypatch.setattr(browser.client._transport, "raise_server_exceptions", False)
    browser.client.headers["Authorization"] = "Bearer x"

    answer = browser.get(address)

    assert answer.status_code == 500
    assert "the inside" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.headers["x-frame-options"], answer.headers["cache-control"]) == ("DENY", "no-store")
