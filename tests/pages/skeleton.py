"""What is wrong with the HTML of a page: its frame, what its content policy would stop, forms without a token."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

from lims.web import csrf

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
#: HTML lets these end by themselves; nobody here relies on it inside of others.
_ENDS_ITSELF = frozenset(["li", "dt", "dd", "p", "option", "tr", "td", "th", "thead", "tbody", "tfoot"])
_ADDRESSES = ("href", "src", "action", "formaction", "srcset", "data", "hx-get", "hx-post", "poster", "xlink:href")
#: Forms of people who need not have signed in.
_GUESTS = ("/appearance", "/sign-in", "/setup", "/exam/")
_DATA = frozenset({"application/json"})
#: Attributes that people read or hear.
_READ_OUT = ("aria-label", "placeholder", "title", "alt")


class Skeleton(HTMLParser):
    """A page or a part of one, read; `faults` are what is wrong with it."""

    def __init__(self, text: str, *, is_part: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.words: list[str] = []
        self.links: set[str] = set()
        self._open: list[str] = []
        self._ids: set[str] = set()
        self._levels: list[int] = []
        self._language: str | None = None
        self._form: tuple[str, bool] | None = None
        self._is_data = False
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open if tag not in _ENDS_ITSELF]
        if not is_part:
            self._judge_whole(text)

    def _judge_whole(self, text: str) -> None:
        if not text.lstrip().lower().startswith("<!doctype html>"):
            self.faults.append("no doctype")
        if self._language not in {"zh-CN", "en"}:
            self.faults.append(f"lang={self._language}")
        if self._levels.count(1) != 1 or self._levels[:1] != [1]:
            self.faults.append(f"headings {self._levels}")
        if any(after > before + 1 for before, after in zip(self._levels, self._levels[1:], strict=False)):
            self.faults.append(f"a level of headings is left out: {self._levels}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element: its attributes, and where it stands."""
        given = {name: value or "" for name, value in attrs}
        if len(given) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        self._judge_attributes(tag, given)
        if tag == "html":
            self._language = given.get("lang")
        if tag == "script":
            self._is_data = given.get("type") in _DATA
            if "src" not in given and not self._is_data:
                self.faults.append("a script in the page")
        if tag == "style" or tag in {"iframe", "object", "embed", "base"}:
            self.faults.append(f"<{tag}>")
        if tag == "form":
            self._begin_form(given)
        if tag == "input" and given.get("name") == csrf.FIELD and self._form:
            self._form = (self._form[0], bool(given.get("value")))
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self._levels.append(int(tag[1]))
        if tag not in _VOID:
            self._open.append(tag)

    def _judge_attributes(self, tag: str, given: dict[str, str]) -> None:
        for name, value in given.items():
            if name.startswith("on") or name.startswith("hx-on") or name == "style":
                self.faults.append(f"<{tag} {name}>")
            if value.strip().lower().startswith(("javascript:", "vbscript:", "js:")):
                self.faults.append(f"<{tag} {name}={value[:40]}>")
            if name in _ADDRESSES:
                parts = urlsplit(value)
                if parts.netloc or parts.scheme not in {"", "data", "mailto"}:
                    self.faults.append(f"<{tag} {name}={value[:60]}> leads out of here")
                elif name == "href" and tag == "a" and value.startswith("/"):
                    self.links.add(value)
            if name in _READ_OUT or name.startswith("data-"):
                self.words.append(value)
        if identity := given.get("id"):
            if identity in self._ids:
                self.faults.append(f"two elements have the id {identity}")
            self._ids.add(identity)

    def _begin_form(self, given: dict[str, str]) -> None:
        if self._form is not None:
            self.faults.append("a form in a form")
        if given.get("method", "get").lower() == "post":
            needs_no_token = given.get("action", "") == "/v" or given.get("action", "").startswith(_GUESTS)
            self._form = (given.get("action", ""), needs_no_token)
        else:
            self._form = ("", True)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of a drawing, closed where it begins; of HTML's own, the slash means nothing."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """The end of an element; what ends inside of it was left open."""
        if tag == "form" and self._form is not None:
            if not self._form[1]:
                self.faults.append(f"the form to {self._form[0]} has no token")
            self._form = None
        if tag == "script":
            self._is_data = False
        if tag not in self._open:
            self.faults.append(f"</{tag}> closes nothing")
            return
        while (last := self._open.pop()) != tag:
            if last not in _ENDS_ITSELF:
                self.faults.append(f"<{last}> is open at </{tag}>")

    def handle_data(self, data: str) -> None:
        """Words, unless they are data for a script."""
        if not self._is_data and data.strip():
            self.words.append(" ".join(data.split()))
