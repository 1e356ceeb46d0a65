"""The forms of a page as a browser sees them: their fields, and what would be sent when nobody touches them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

#: Fields that take any text, as far as the browser is concerned.
_TYPED = frozenset({"text", "search", "email", "password", "date", "datetime-local", "time", "month", "number", "tel"})
#: What a person might type where a field must be filled in and stands empty.
_PLAUSIBLE = {"date": "2026-11-20", "datetime-local": "2026-11-20T09:00", "time": "09:00", "month": "2026-11"}


@dataclass
class SentForm:
    """A form: where it goes, what it sends untouched, and which fields take texts."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def shape(self) -> tuple[str, frozenset[str]]:
        """What makes it another form than the last one."""
        return self.method, frozenset([*self.values, *self.files])


def forms_of(text: str, address: str) -> Iterator[SentForm]:
    """The forms of a page."""
    reader = _Reader(address)
    reader.feed(text)
    reader.close()
    yield from reader.found.values()


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.found: dict[str, SentForm] = {}
        self._address = address
        self._inside = ""
        self._choice: tuple[SentForm, str] | None = None
        self._area: tuple[SentForm, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("id") or f"form {len(self.found)}"
            action = given.get("action") or self._address.split("?")[0]
            self.found[self._inside] = SentForm(action, given.get("method", "get").lower())
            return
        form = self.found.get(given.get("form") or self._inside)
        name = given.get("name", "")
        if tag == "option" and self._choice:
            self._choose(given)
        if form is None or not name or "disabled" in given:
            return
        if tag == "input":
            self._input(form, name, given)
        elif tag == "select":
            self._choice = (form, name)
        elif tag == "textarea":
            form.texts.append(name)
            form.values.setdefault(name, []).append("")
            self._area = (form, name)

    def _input(self, form: SentForm, name: str, given: dict[str, str]) -> None:
        kind, value = given.get("type", "text").lower(), given.get("value", "")
        if kind == "file":
            form.files.append(name)
        elif kind in {"checkbox", "radio"}:
            # A list with nothing ticked would be refused before it is read: the first box is ticked.
            if "checked" in given or name not in form.values:
                form.values.setdefault(name, []).append(value or "on")
        elif kind == "hidden":
            form.hidden.append(name)
            form.values.setdefault(name, []).append(value)
        elif kind in _TYPED:
            form.texts.append(name)
            fallback = _PLAUSIBLE.get(kind, "5" if given.get("inputmode") == "decimal" else "豇豆")
            form.values.setdefault(name, []).append(value or (fallback if "required" in given else ""))

    def _choose(self, given: dict[str, str]) -> None:
        assert self._choice is not None
        form, name = self._choice
        value = given.get("value", "")
        if "selected" in given or (value and not form.values.get(name)):
            form.values[name] = [value]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = ""
        elif tag == "select":
            self._choice = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            form, name = self._area
            form.values[name][-1] += data
