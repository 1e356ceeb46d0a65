"""Report templates (报告模板): folders `<family>/<version>/` with HTML, CSS, words and drawings, known by their hash.

A template that has been used is never edited: the snapshot names its SHA-256, and the renderer refuses any other state.
A template may stand on another one: `template.toml` names its `base`, whose pages, words and styles it extends. Then
the hash covers both.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape
from weasyprint.urls import URLFetcher, URLFetcherResponse

from lims.core.clock import CHINA, local_day
from lims.core.errors import NotFound
from lims.documents.fonts import SUBSCRIPTS, SUPERSCRIPTS
from lims.documents.phrases import Phrase, ReportLanguage
from lims.documents.snapshot import TemplateRef

#: The fields of a snapshot that are printed as annexes, on request.
ANNEXES = ("annex", "uncertainties", "calibrations", "photos")

_SINGLE = frozenset({ReportLanguage.CHINESE, ReportLanguage.ENGLISH})
_SHIFTED = re.compile(
    f"(?P<sub>[{''.join(map(chr, SUBSCRIPTS))}]+)|(?P<sup>[{''.join(map(chr, SUPERSCRIPTS))}]+)",
)


def template_folder(templates_dir: Path, family: str, version: str) -> Path:
    """The folder of a template. Raises `NotFound`."""
    folder = templates_dir / family / version
    if not folder.is_dir():
        raise NotFound.of("report template", f"{family}/{version}")
    return folder


def newest_version(templates_dir: Path, family: str) -> str:
    """The newest version of a family: new reports are made with it, older ones keep theirs. Raises `NotFound`."""
    folder = templates_dir / family
    versions = [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    numbered = [name for name in versions if name.isascii() and name.isdigit()]
    if not numbered:
        raise NotFound.of("report template", family)
    return max(numbered, key=int)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folders that a template is read from, its own first, and what its `template.toml` asks of the press."""

    folders: tuple[Path, ...]
    crosses_pages: bool = False
    annexes: frozenset[str] = frozenset(ANNEXES)
    is_tagged: bool = False

    @property
    def own(self) -> Path:
        """The folder of the template itself."""
        return self.folders[0]

    @property
    def sheets(self) -> list[Path]:
        """Its stylesheets, those of its base first."""
        return [sheet for folder in reversed(self.folders) if (sheet := folder / "report.css").is_file()]


def shelf_of(templates_dir: Path, family: str, version: str) -> Shelf:
    """Where a template lies, with the base that it stands on. Raises `NotFound`."""
    folder = template_folder(templates_dir, family, version)
    if not (folder / "template.toml").is_file():
        return Shelf((folder,))
    told = tomllib.loads((folder / "template.toml").read_text(encoding="utf-8"))
    base = template_folder(templates_dir, *str(told["base"]).split("/", 1))
    return Shelf(
        (folder, base),
        bool(told.get("cross_page_seal")),
        frozenset(told.get("annexes", ANNEXES)),
        bool(told.get("tagged")),
    )


def template_ref(templates_dir: Path, family: str, version: str) -> TemplateRef:
    """The template in its present state: SHA-256 over names and contents of all its files, in the order of their names,
    and then over those of its base.

    Raises `NotFound`.
    """
    digest = hashlib.sha256()
    for place, folder in enumerate(shelf_of(templates_dir, family, version).folders):
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")):
            content = path.read_bytes()
            name = "base/" * place + path.relative_to(folder).as_posix()
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
    return TemplateRef(family=family, version=version, sha256=digest.hexdigest())


def annexes_of(templates_dir: Path, family: str, version: str) -> frozenset[str]:
    """Which annexes (附录) a template prints, by the names of their fields in the snapshot. What it does not print it
    would leave out unsaid.

    Raises `NotFound`.
    """
    shelf = shelf_of(templates_dir, family, version)
    pages = "".join(page.read_text(encoding="utf-8") for folder in shelf.folders for page in folder.rglob("*.html"))
    return frozenset(name for name in shelf.annexes if f"report.{name}" in pages)


def languages_of(templates_dir: Path, family: str, version: str) -> frozenset[ReportLanguage]:
    """The languages that a template can print: those whose fixed words it has, and both together. Raises `NotFound`."""
    folder = template_folder(templates_dir, family, version)
    has = {language for language in _SINGLE if (folder / f"strings.{language}.toml").is_file()}
    return frozenset(has | {ReportLanguage.BILINGUAL} if has == _SINGLE else has)


def _shift(match: re.Match[str]) -> str:
    if sub := match["sub"]:
        return f"<sub>{sub.translate(SUBSCRIPTS)}</sub>"
    return f"<sup>{match['sup'].translate(SUPERSCRIPTS)}</sup>"


def typeset(value: object) -> object:
    """A text as it goes into the page: escaped, and its sub- and superscripts made with real tags."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return Markup(_SHIFTED.sub(_shift, str(escape(value))))  # noqa: S704 -- escaped in this line


def titled(drawing: Markup, title: str, opacity: float = 1) -> Markup:
    """A drawing (SVG) that says what it shows to those who cannot see it.

    With an opacity it lets through what is beneath. As a style it would be drawn as a group, whose tags get lost.
    """
    shown = str(drawing).replace(">", f"><title>{escape(title)}</title>", 1)
    if opacity < 1:
        shown = shown.replace("<svg ", f'<svg fill-opacity="{opacity}" stroke-opacity="{opacity}" ', 1)
    return Markup(shown)  # noqa: S704 -- escaped above


def day(instant: datetime) -> str:
    """`2026.11.23`, the day in China."""
    return local_day(instant).strftime("%Y.%m.%d")


def long_day(instant: datetime) -> str:
    """`2026年11月23日`, the day in China."""
    on = local_day(instant)
    return f"{on.year}年{on.month:02}月{on.day:02}日"


def iso_day(instant: datetime) -> str:
    """`2026-11-23`, the day in China."""
    return local_day(instant).isoformat()


def minute(instant: datetime) -> str:
    """`2026-11-23 09:05`, the time in China."""
    return instant.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def environment(*folders: Path) -> ImmutableSandboxedEnvironment:
    """The Jinja environment of a template: sandboxed, because laboratories may write their own; strict; escaping.

    A page is looked for in the folders in their order.
    """
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=typeset,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["titled"] = titled
    made.filters["day"] = day
    made.filters["long_day"] = long_day
    made.filters["iso_day"] = iso_day
    made.filters["minute"] = minute
    return made


def strings(folder: Path, language: str) -> dict[str, Any]:
    """The fixed words of a template in a language."""
    with (folder / f"strings.{language}.toml").open("rb") as source:
        return tomllib.load(source)


def report_strings(shelf: Shelf, language: ReportLanguage) -> dict[str, Any]:
    """The fixed words of a report; a bilingual one has the English beneath the Chinese, and lists one behind the other.

    A template's own words go before those of its base. The seal's are Chinese in every language: it is a picture of
    the laboratory's own.
    """
    chinese = _shelved(shelf, ReportLanguage.CHINESE)
    if language is ReportLanguage.CHINESE:
        return chinese
    english = _shelved(shelf, ReportLanguage.ENGLISH)
    said = english if language is ReportLanguage.ENGLISH else _both(chinese, english)
    return {name: chinese[name] for name in ("seal", "seal_development")} | said


def _shelved(shelf: Shelf, language: ReportLanguage) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for folder in reversed(shelf.folders):
        for name, said in strings(folder, language).items():
            made[name] = made.get(name, {}) | said if isinstance(said, dict) else said
    return made


def _both(chinese: dict[str, Any], english: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, en in english.items():
        zh = chinese[name]
        if isinstance(en, dict):
            made[name] = _both(zh, en)
        else:
            made[name] = zh + en if isinstance(en, list) else ReportLanguage.BILINGUAL.of(Phrase(zh, en))
    return made


class ShelfFetcher(URLFetcher):
    """Hands out what lies in the given folders and `data:` addresses; anything else ends the rendering.

    Nothing is ever fetched from a network. WeasyPrint turns the refusal into `FatalURLFetchingError`.
    """

    def __init__(self, *folders: Path) -> None:
        super().__init__(  # type: ignore[no-untyped-call]  # WeasyPrint gives no types here
            allowed_protocols=("file", "data"), allow_redirects=False, fail_on_errors=True
        )
        self.folders = [folder.resolve() for folder in folders]

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The resource at `url`. Raises `ValueError` for one that is not on the shelf."""
        parts = urlsplit(url)
        if parts.scheme.lower() == "file":
            path = Path(url2pathname(parts.path)).resolve()
            if parts.netloc or not any(path.is_relative_to(folder) for folder in self.folders):
                raise ValueError(f"not part of the template: {url}")
        response: URLFetcherResponse = super().fetch(url, headers)  # type: ignore[no-untyped-call]  # as above
        return response
