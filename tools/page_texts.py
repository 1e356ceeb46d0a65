"""Finds the sentences of the page templates, and whatever people would read there that no catalogue translates.

A page says a sentence by `_("…")`, its gaps as keywords; the text may be chosen by a condition. A sentence or a word
that the program brings along goes through the filter `word`. Everything else with a letter in it is a fault: text
between tags, text in attributes that are read out or shown, text handed to a macro. Scripts bring no text of their
own: they find it in the `data-` attributes of the page.
"""

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, nodes

TEMPLATES, STATIC = Path("lims/web/templates"), Path("lims/web/static")
#: Printed in two languages side by side, for people who have not chosen one.
BILINGUAL = {"reports/public.html", "contests/document.html"}
#: The same in every language: names, units, formats. Each language is named in itself.
SAME_IN_EVERY_LANGUAGE = (
    *("黔检", "Qianjian", "LIMS", "English", "中文", "CMA", "CATL", "LOD", "LOQ", "QC", "QR", "CAS", "SHA-256"),
    *("xlsx", "xls", "ods", "csv", "CSV", "UTF-8", "GB 18030", "PDF", "PEM", "JSON", "API"),
    *("R²", "r²", "RT", "GB", "NY/T"),
    *("mg/kg", "μg/kg", "mg/L", "μg/L", "kB", "MB", "kg", "min", "°C"),
)
TRANSLATORS = {"_", "gettext"}
#: Attributes whose text people see or hear. `value` only of buttons, see `_is_read`.
_READ_ATTRIBUTES = {
    *("title", "placeholder", "alt", "label", "summary", "hx-confirm", "hx-prompt", "data-confirm"),
    *("aria-label", "aria-description", "aria-placeholder", "aria-roledescription", "aria-valuetext"),
}
_BUTTONS = {"submit", "reset", "button"}
#: Elements whose content is code, keys or drawn by the program.
_NO_TEXT = {"script", "style", "code", "kbd", "samp"}
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_SAME = re.compile(r"(?<![^\W\d_])(?:" + "|".join(map(re.escape, SAME_IN_EVERY_LANGUAGE)) + r")(?![^\W\d_])")
#: Stand in for the expressions of a template while its HTML is read; from the private area of Unicode.
_FIRST_STAND_IN = 0xE000
_STAND_IN = re.compile(r"[\ue000-\uf8ff]")
_ATTRIBUTE = re.compile(r"""\b([a-z][a-z-]*)=["']([^"'<>]*)["']""")
#: A script that puts a text of its own before people.
_SCRIPT_TEXT = re.compile(
    r"""\b(?:(?:alert|confirm|prompt)\(|(?:textContent|innerText|innerHTML|title|placeholder|ariaLabel)\s*=)"""
    r"""\s*["'`][^"'`]*[A-Za-z]{2}"""
)


@dataclass
class PageTexts:
    """Message id to the first place where it stands, and what is wrong."""

    sentences: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read(root: Path) -> PageTexts:
    """Every template and script of the pages under the folder of the project."""
    found = PageTexts()
    for path in sorted((root / TEMPLATES).rglob("*.html")):
        if path.relative_to(root / TEMPLATES).as_posix() not in BILINGUAL:
            read_template(path.read_text(encoding="utf-8"), str(path.relative_to(root)), found)
    for path in sorted((root / STATIC).rglob("*.js")):
        found.faults += script_faults(path.read_text(encoding="utf-8"), str(path.relative_to(root)))
    return found


def read_template(source: str, place: str, found: PageTexts) -> None:
    """Collects the sentences of one template, and its faults with their lines."""
    environment = Environment(autoescape=True)
    try:
        tree = environment.parse(source)
        html = _Html(environment, source, place)
    except TemplateSyntaxError as error:
        found.faults.append(f"{place}:{error.lineno}: the template cannot be read: {error.message}")
        return
    _Expressions(source, place, found).visit(tree)
    found.faults += html.faults


def script_faults(source: str, place: str) -> list[str]:
    """Texts for people in a script; a page hands them over in `data-` attributes."""
    faults = []
    for line, text in enumerate(source.splitlines(), start=1):
        if found := _CJK.search(text) or _SCRIPT_TEXT.search(text):
            faults.append(f"{place}:{line}: a text in a script, hand it over in a data- attribute: {found[0]!r}")
    return faults


def gaps(text: str) -> set[str]:
    """The names of the gaps of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _needs_translation(text: str) -> bool:
    return bool(_LETTER.search(_SAME.sub("", text)))


def _looks_like_text(text: str) -> bool:
    """Of a text anywhere in an expression: a name of the program begins with a small letter."""
    return bool(_CJK.search(text) or re.match(r"\s*[A-Z][a-z]", text)) and _needs_translation(text)


class _Expressions:
    """Walks the expressions of a template."""

    def __init__(self, source: str, place: str, found: PageTexts) -> None:
        self.lines, self.place, self.found = source.splitlines(), place, found

    def visit(self, node: nodes.Node) -> None:
        match node:
            case nodes.Call(node=nodes.Name(name=name), args=[said, *_]) if name in TRANSLATORS:
                self._translated(node, said)
                children: list[nodes.Node] = [*node.args[1:], *node.kwargs, *_conditions(said)]
            case nodes.Compare() | nodes.Getitem() | nodes.Test():
                return  # compared with, looked up by, asked for: never shown
            case nodes.Extends() | nodes.Include() | nodes.Import() | nodes.FromImport():
                return
            case nodes.Const(value=str(text)) if _looks_like_text(text):
                self._fault(node, f"not within _(): {text!r}")
                return
            case _:
                children = list(node.iter_child_nodes())
        for child in children:
            self.visit(child)

    def _translated(self, call: nodes.Call, said: nodes.Expr) -> None:
        given = {one.key for one in call.kwargs}
        try:
            texts = list(_literals(said))
        except ValueError:
            self._fault(call, "_() takes a literal; what the program brings along goes through the filter word")
            return
        for text in texts:
            self.found.sentences.setdefault(text, f"{self.place}:{call.lineno}")
            # In a data- attribute a gap may be left for a script to fill.
            left_open = not given and "data-" in self.lines[call.lineno - 1]
            if call.dyn_kwargs is None and gaps(text) != given and not left_open:
                self._fault(call, f"the gaps of {text!r} are {sorted(gaps(text))}, given are {sorted(given)}")

    def _fault(self, node: nodes.Node, what: str) -> None:
        self.found.faults.append(f"{self.place}:{node.lineno}: {what}")


def _literals(node: nodes.Expr | None) -> Iterator[str]:
    match node:
        case nodes.Const(value=str(text)):
            yield text
        case nodes.CondExpr(expr1=one, expr2=other):
            yield from _literals(one)
            yield from _literals(other)
        case _:
            raise ValueError


def _conditions(node: nodes.Expr) -> Iterator[nodes.Expr]:
    if isinstance(node, nodes.CondExpr):
        yield node.test


class _Html(HTMLParser):
    """Reads the HTML around the expressions, each replaced by one character that stands for it."""

    def __init__(self, environment: Environment, source: str, place: str) -> None:
        super().__init__(convert_charrefs=True)
        self.environment, self.place = environment, place
        self.faults: list[str] = []
        self.expressions: list[str] = []
        self.silent: list[str] = []
        self.feed(self._with_stand_ins(source))
        self.close()

    def _with_stand_ins(self, source: str) -> str:
        """The template as HTML alone, line by line where it was."""
        parts: list[str] = []
        lines, inside = 1, ""
        for line, kind, text in self.environment.lex(source):
            if kind == "variable_end":
                parts.append(self._stand_in(inside[1:], after="".join(parts[-2:])))
                inside = ""
            elif inside or kind == "variable_begin":
                inside += text if inside else " "
            elif kind == "data":
                parts.append("\n" * (line - lines) + text)
                lines = line + text.count("\n")
        return "".join(parts)

    def _stand_in(self, expression: str, after: str) -> str:
        if after.endswith(("<", "</")):
            return "expression"  # the name of an element, chosen by the page
        self.expressions.append(expression)
        return chr(_FIRST_STAND_IN + len(self.expressions) - 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NO_TEXT:
            self.silent.append(tag)
        known = dict(attrs)
        for name, value in attrs:
            if value and _is_read(tag, name, known):
                self._check(value, f"{name}=")
            elif value and name.startswith("data-") and _looks_like_text(value):
                self._fault(f"not within _(): {name}={value!r}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        for below, line in enumerate(data.split("\n")):
            for name, value in _ATTRIBUTE.findall(line):  # a macro may stand for attributes alone
                if name in _READ_ATTRIBUTES:
                    self._check(value, f"{name}=", below)
            self._check(_ATTRIBUTE.sub("", line), "", below)

    def _check(self, text: str, where: str, below: int = 0) -> None:
        plain = _STAND_IN.sub(" ", text)
        if _needs_translation(plain):
            self._fault(f"not within _(): {where}{' '.join(plain.split())!r}", below)
        for stand_in in _STAND_IN.findall(text):
            expression = self.expressions[ord(stand_in) - _FIRST_STAND_IN]
            for shown in _shown(self.environment.parse("{{" + expression + "}}")):
                # A text that looks like one is found wherever it stands, with all the others.
                if _needs_translation(shown) and not _looks_like_text(shown):
                    self._fault(f"not within _(): {where}{shown!r}", below)

    def _fault(self, what: str, below: int = 0) -> None:
        self.faults.append(f"{self.place}:{self.getpos()[0] + below}: {what}")


def _is_read(tag: str, name: str, attributes: dict[str, str | None]) -> bool:
    if name == "value":
        return tag == "input" and attributes.get("type") in _BUTTONS
    return name in _READ_ATTRIBUTES


def _shown(node: nodes.Node) -> Iterator[str]:
    """The literals that an expression may put on the page as they are."""
    match node:
        case nodes.Const(value=str(text)):
            yield text
        case nodes.CondExpr(expr1=one, expr2=other):
            yield from _shown(one)
            if other is not None:
                yield from _shown(other)
        case nodes.Filter(node=filtered, name="default" | "d", args=args):
            yield from _shown(nodes.Concat([one for one in (filtered, *args) if one is not None]))
        case nodes.Template() | nodes.Output() | nodes.Concat() | nodes.Or() | nodes.And() | nodes.Add():
            for child in node.iter_child_nodes():
                yield from _shown(child)
