"""Finds every sentence that people read, and compares them with the Chinese catalogue.

`python tools/messages.py` lists what is missing or no longer used; the exit status says whether anything is.
"""

import ast
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "lims" / "locale" / "zh" / "LC_MESSAGES" / "lims.po"
#: The position of the sentence among the arguments of the functions that take one.
SENTENCE_AT = {"reason": 1, "because": 1, "Reason": 1, "say": 0, "translate": 0, "mark": 0}


def sentences() -> dict[str, str]:
    """Every message id in the program, and the first place where it stands."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "lims").rglob("*.py")):
        for line, text in _sentences_in(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, f"{path.relative_to(ROOT)}:{line}")
    return found


def _sentences_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        position = SENTENCE_AT.get(name)
        if position is None or len(node.args) <= position:
            continue
        for constant in _constants(node.args[position]):
            yield node.lineno, constant


def _constants(node: ast.expr) -> Iterator[str]:
    """The texts an argument may be: a literal, or either branch of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def catalogue() -> dict[str, str]:
    """Message id to Chinese."""
    with CATALOGUE.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale="zh") if m.id}


def faults() -> list[str]:
    """What is untranslated, has other gaps than its original, or is no longer used."""
    used, translated = sentences(), catalogue()
    problems = [f"{where}: not translated: {text!r}" for text, where in used.items() if not translated.get(text)]
    problems += [
        f"{used[text]}: the gaps differ: {text!r} -> {chinese!r}"
        for text, chinese in translated.items()
        if text in used and chinese and _gaps(text) != _gaps(chinese)
    ]
    return problems + [f"no longer used: {text!r}" for text in translated if text not in used]


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


if __name__ == "__main__":
    found = faults()
    print("\n".join(found) or f"{len(sentences())} sentences, all translated")
    sys.exit(1 if found else 0)
