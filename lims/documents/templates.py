"""Report templates (报告模板): folders `<family>/<version>/` with HTML, CSS, words and drawings, known by their hash.

A template that has been used is never edited: the snapshot names its SHA-256, and the renderer refuses any other state.
"""

import hashlib
import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape
from weasyprint.urls import URLFetcher, URLFetcherResponse

from lims.core.clock import local_day
from lims.core.errors import NotFound
from lims.documents.fonts import SUBSCRIPTS, SUPERSCRIPTS
from lims.documents.phrases import Phrase, ReportLanguage
from lims.documents.snapshot import TemplateRef

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


def template_ref(templates_dir: Path, family: str, version: str) -> TemplateRef:
    """The template in its present state: SHA-256 over names and contents of all its files, in the order of their names.

    Raises `NotFound`.
    """
    folder = template_folder(templates_dir, family, version)
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return TemplateRef(family=family, version=version, sha256=digest.hexdigest())


def prints_annex(templates_dir: Path, family: str, version: str) -> bool:
    """Does a template print the explanations of the judgement (附录 判定说明)? One without would leave them out unsaid.

    Raises `NotFound`.
    """
    pages = template_folder(templates_dir, family, version).rglob("*.html")
    return any("report.annex" in page.read_text(encoding="utf-8") for page in pages)


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


def environment(folder: Path) -> ImmutableSandboxedEnvironment:
    """The Jinja environment of a template: sandboxed, because laboratories may write their own; strict; escaping."""
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=typeset,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["day"] = day
    made.filters["long_day"] = long_day
    made.filters["iso_day"] = iso_day
    return made


def strings(folder: Path, language: str) -> dict[str, Any]:
    """The fixed words of a template in a language."""
    with (folder / f"strings.{language}.toml").open("rb") as source:
        return tomllib.load(source)


def report_strings(folder: Path, language: ReportLanguage) -> dict[str, Any]:
    """The fixed words of a report; a bilingual one has the English beneath the Chinese, and lists one behind the other.

    The seal's are Chinese in every language: it is a picture of the laboratory's own.
    """
    chinese = strings(folder, ReportLanguage.CHINESE)
    if language is ReportLanguage.CHINESE:
        return chinese
    english = strings(folder, ReportLanguage.ENGLISH)
    said = english if language is ReportLanguage.ENGLISH else _both(chinese, english)
    return {name: chinese[name] for name in ("seal", "seal_development")} | said


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
