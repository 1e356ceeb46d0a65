"""What a browser fetches to show a page for the first time: the page, its styles, scripts and pictures, compressed.

The font is left out: only a browser that finds no Chinese font on its machine fetches that, in slices.
"""

import re
from html.parser import HTMLParser
from typing import Any

from starlette.testclient import TestClient

MOST_BYTES = 150_000
_FONT = re.compile(r"\.woff2?$")
_LINKED = {"stylesheet", "icon", "modulepreload", "preload"}


class Fetched(HTMLParser):
    """The addresses that a page names for its browser to fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Styles, scripts, pictures."""
        given = {name: value or "" for name, value in attrs}
        if tag in {"script", "img"} and given.get("src", "").startswith("/"):
            self.addresses.add(given["src"])
        if tag == "link" and given.get("rel") in _LINKED:
            self.addresses.add(given["href"])


def sent(answer: Any) -> int:
    """The bytes of an answer on the line."""
    assert answer.status_code == 200, answer.request.url
    return int(answer.num_bytes_downloaded)


class Scales:
    """Weighs pages for one visitor; what all pages share is fetched once."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self._known: dict[str, int] = {}

    def weight(self, page: Any) -> int:
        """The bytes of a page that has been answered, and of all that it names."""
        return sent(page) + sum(self._part(address) for address in Fetched(page.text).addresses)

    def _part(self, address: str) -> int:
        if address not in self._known:
            answer = self._client.get(address)
            self._known[address] = sent(answer)
            if address.split("?", maxsplit=1)[0].endswith(".css"):
                self._known[address] += sum(map(self._part, _named_by_styles(address, answer.text)))
        return self._known[address]


def _named_by_styles(address: str, text: str) -> set[str]:
    folder = address.rpartition("/")[0]
    named = {found.strip("'\"") for found in re.findall(r"url\(([^)]+)\)", text)}
    return {
        name if name.startswith("/") else f"{folder}/{name}"
        for name in named
        if not name.startswith(("data:", "#")) and not _FONT.search(name)
    }
