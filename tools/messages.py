"""Finds every sentence that people read, and compares them with the Chinese catalogue.

`python tools/messages.py` lists what is missing or no longer used; the exit status says whether anything is.

A sentence is found where it is handed to a function that makes a reason of it: as a literal, as either branch of a
condition, as a value of a table, or by the name of a variable or constant that holds one of these. A function that
hands one of its own arguments on is such a function too. What cannot be followed back to a literal is a fault.
Page templates are read by `tools.page_texts`. The words of closed lists are those of `lims.core.words`.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.pofile import denormalize

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the tool runs by itself too

from lims.core.language import catalogue_files, chinese  # noqa: E402
from lims.core.words import word_in  # noqa: E402
from tools import page_texts  # noqa: E402

#: Functions that make a reason, and the position of the sentence among their arguments.
MAKERS = {"Reason": 1, "reason": 1, "because": 1, "mark": 0, "see_other": 2}
#: Names that gettext functions go by; a literal handed to one is a sentence.
TRANSLATORS = {"say", "translate"}
#: The kind of record that `NotFound.of` says is missing is read too.
KIND_OF_RECORD = ("NotFound", "of")
#: Modules with schemas: what their checks refuse with a ValueError is shown to people.
SCHEMA_LIBRARIES = {"pydantic", "lims.web.fields"}
#: Closed lists whose members stand in the gaps of sentences: a status, a kind. `Reason`
#: looks them up by their values, with blanks for _.
ENUMERATIONS = {
    "lims/network/rules.py": {"Level"},
    "lims/reports/rules.py": {"ReportStatus"},
    "lims/results/rules.py": {"ResultStatus"},
    "lims/runs/accounting.py": {"Disposition"},
    "lims/runs/rules.py": {"EntryKind"},
    "lims/samples/rules.py": {"SampleStatus"},
    "lims/science/quality_control.py": {"QcCheck"},
    "lims/science/units.py": {"UnitKind"},
}
#: Closed lists that no page shows in words: codes, and states of the program itself. All others are translated.
NOT_SHOWN = {
    *("Action",),  # has phrases of its own: lims.core.action_words
    *(
        "AttemptOutcome",
        "ColumnKind",
        "Container",
        "DecimalMark",
        "Family",
        "Language",
        "PendingKind",
        "ReportLanguage",
        "ScoreKind",
        "SignatureField",  # has titles of its own
        "TextEncoding",
        "UnitCode",
        "Written",
    ),
    *("CellKind", "LineKind", "Mark", "Shape"),  # of grids and charts
}
#: Other words in gaps, which the program puts together or takes from names of fields.
WORDS = {
    "lims/accreditation/rules.py": ("issuing body", "field", "industry"),
    "lims/documents/certificates.py": ("The text",),
    "lims/indicators/return_file.py": ("nested too deeply", "records", "conforming", "failing", "not judged"),
    "lims/limits/search.py": ("of the food as received", "of its fat"),
    "lims/reports/rules.py": ("approved",),
    "lims/results/rules.py": ("quantification", "detection"),
    "lims/runs/accounting.py": ("rows",),
    "lims/runs/readers/masshunter_headings.py": (
        "compounds",
        "compound table (one row per compound)",
        "sectioned report (Batch Info, Sequence Table, Quantitation Results)",
    ),
    "lims/runs/quality_plan.py": ("Quality plan of the laboratory, edition 1",),
    "lims/runs/reading.py": ("text", "xlsx or zip"),
    "lims/runs/rules.py": (
        "concentration unit",
        "test portion unit",
        "final volume unit",
        "result unit",
        "mass or volume",
    ),
    "lims/science/amounts.py": ("unit", "value", "limit of quantification", "limit of detection", "detected"),
    "lims/science/quantification.py": ("test portion", "final volume", "dilution"),
}

_Function = ast.FunctionDef | ast.AsyncFunctionDef
Makers = dict[str, int]


class CannotFollow(Exception):
    """An argument that does not lead back to literals."""


@dataclass
class Module:
    """A file, its module-level texts and tables, and what it imports from where."""

    path: Path
    tree: ast.Module
    constants: dict[str, list[ast.expr]] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The dotted name."""
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@dataclass
class Findings:
    """Message id to the first place where it stands, and the places that could not be read."""

    sentences: dict[str, str] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)


def sentences() -> dict[str, str]:
    """Every message id in the program, and the first place where it stands."""
    return find().sentences


def find() -> Findings:
    """Everything that is read by people, with the arguments that could not be followed back to literals."""
    modules = {m.name: m for m in map(_module, sorted((ROOT / "lims").rglob("*.py")))}
    findings, handed_on = Findings(), -1
    makers: dict[str, Makers] = {"": dict(MAKERS)}
    while handed_on != (handed_on := sum(map(len, makers.values()))):
        findings = Findings()
        for module in modules.values():
            _Reader(module, modules, makers, findings).visit(module.tree)
    for path, words in WORDS.items():
        for word in words:
            findings.sentences.setdefault(word, path)
    for module in modules.values():
        for word in _words_of_lists(module):
            findings.sentences.setdefault(word, str(module.path.relative_to(ROOT)))
    pages = page_texts.read(ROOT)
    findings.unclear += pages.faults
    for text, where in pages.sentences.items():
        findings.sentences.setdefault(text, where)
    return findings


def _words_of_lists(module: Module) -> Iterator[str]:
    """The words of the closed lists of a module, as pages show them and as they stand in gaps."""
    place = str(module.path.relative_to(ROOT))
    in_gaps = ENUMERATIONS.get(place, set())
    for name, values in closed_lists(module.tree):
        for value in values:
            if name in in_gaps:
                yield value.replace("_", " ")
            if name not in NOT_SHOWN:
                yield word_in(name, value)


def closed_lists(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """The name and the values of every `StrEnum` of a module."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("StrEnum") for base in node.bases):
            values = (value for values in _assigned(node.body).values() for value in values)
            yield node.name, [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]


def _module(path: Path) -> Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    module = Module(path, tree, _assigned(tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            module.imported |= {a.asname or a.name: (node.module, a.name) for a in node.names}
    return module


def _assigned(body: list[ast.stmt]) -> dict[str, list[ast.expr]]:
    """What each name is set to by plain assignments in these statements, those of inner functions left out."""
    found: dict[str, list[ast.expr]] = {}
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, _Function | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
            found.setdefault(node.target.id, []).append(node.value)
        waiting.extend(ast.iter_child_nodes(node))
    return found


class _Reader(ast.NodeVisitor):
    """Reads one module; knows in which functions it stands."""

    def __init__(
        self, module: Module, modules: dict[str, Module], makers: dict[str, Makers], findings: Findings
    ) -> None:
        self.module, self.modules, self.makers, self.findings = module, modules, makers, findings
        self.has_schemas = any(m in SCHEMA_LIBRARIES for m, _ in module.imported.values())
        self.inside: list[_Function] = []

    def visit_FunctionDef(self, node: _Function) -> None:
        self.inside.append(node)
        self.generic_visit(node)
        self.inside.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  # the name that ast asks for

    def visit_Raise(self, node: ast.Raise) -> None:
        refused = node.exc
        if self.has_schemas and isinstance(refused, ast.Call) and ast.unparse(refused.func) == "ValueError":
            self._keep(refused, refused.args[0])
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        position = self._position(node.func)
        if position is not None:
            argument = node.args[position] if len(node.args) > position else None
            spelled = next((k.value for k in node.keywords if k.arg in {"sentence", "text", "note"}), None)
            if argument is not None or spelled is not None:
                self._keep(node, argument or spelled)
        elif isinstance(node.func, ast.Name) and node.func.id in TRANSLATORS and _is_literal(node.args[:1]):
            self._keep(node, node.args[0])
        self.generic_visit(node)

    def _position(self, called: ast.expr) -> int | None:
        name = _called(called)
        if name == KIND_OF_RECORD[1]:
            return 0 if ast.unparse(called) == ".".join(KIND_OF_RECORD) else None
        return self.makers.get(self.module.name, {}).get(name, self.makers[""].get(name))

    def _keep(self, call: ast.Call, argument: ast.expr | None) -> None:
        where = f"{self.module.path.relative_to(ROOT)}:{call.lineno}"
        try:
            for text in self._texts(argument):
                self.findings.sentences.setdefault(text, where)
        except CannotFollow as at:
            self.findings.unclear.append(f"{where}: no literal can be found for {at}")

    def _texts(self, node: ast.expr | None) -> Iterator[str]:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Constant(value=None):
                return  # nothing is said
            case ast.IfExp(body=one, orelse=other):
                yield from self._texts(one)
                yield from self._texts(other)
            case ast.BoolOp(values=values) | ast.Dict(values=values):
                for value in values:
                    yield from self._texts(value)
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[_, *otherwise]):
                for value in (table, *otherwise):
                    yield from self._texts(value)
            case ast.Call(func=ast.Name(id="mark"), args=[marked]):
                yield from self._texts(marked)
            case ast.Attribute(attr="sentence" | "note") | ast.Subscript(slice=ast.Constant(value="sentence")):
                return  # of another reason, or marked in a table of acts: found where that one is made
            case ast.Subscript(value=table):
                yield from self._texts(table)
            case ast.Name(id=name):
                yield from self._named(name)
            case _:
                raise CannotFollow(ast.unparse(node) if node else "nothing")

    def _named(self, name: str) -> Iterator[str]:
        for function in reversed(self.inside):
            arguments = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
            if name in arguments:
                self._hands_on(function, arguments, name)
                return
            if name in (set_to := _assigned(function.body)):
                for value in set_to[name]:
                    yield from self._texts(value)
                return
        if name in self.module.constants:
            for value in self.module.constants[name]:
                yield from self._texts(value)
            return
        source, original = self.module.imported.get(name, ("", ""))
        if source not in self.modules:
            raise CannotFollow(name)
        yield from _Reader(self.modules[source], self.modules, self.makers, self.findings)._named(original)

    def _hands_on(self, function: _Function, arguments: list[str], name: str) -> None:
        """Calls of this function hold sentences too: of a private one in its module, of a public one everywhere."""
        place = self.module.name if function.name.startswith("_") else ""
        position = arguments.index(name) - (arguments[0] in {"self", "cls"})
        self.makers.setdefault(place, {}).setdefault(function.name, position)


def _is_literal(arguments: list[ast.expr]) -> bool:
    return any(isinstance(one, ast.Constant | ast.IfExp) for one in arguments)


def _called(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else str(getattr(function, "attr", ""))


def catalogue() -> Mapping[str, str]:
    """Message id to Chinese, of every file."""
    return chinese()


_ENTRY = re.compile(r'^msgid ((?:".*"\n)+)', re.MULTILINE)


def doubled() -> list[str]:
    """Sentences that stand in the catalogue twice: which of two translations counted would be chance."""
    first: dict[str, str] = {}
    faults = []
    for path in catalogue_files():
        for entry in _ENTRY.findall(path.read_text(encoding="utf-8")):
            text = denormalize(entry)
            if text and text in first:
                faults.append(f"{path.name}: stands in {first[text]} already: {text!r}")
            first.setdefault(text, path.name)
    return faults


def faults() -> list[str]:
    """What cannot be found, is untranslated, has other gaps than its original, stands twice, or is no longer used."""
    found, translated = find(), catalogue()
    used = found.sentences
    problems = [*found.unclear, *doubled()]
    problems += [f"{where}: not translated: {text!r}" for text, where in used.items() if not translated.get(text)]
    problems += [
        f"{used[text]}: the gaps differ: {text!r} -> {said!r}"
        for text, said in translated.items()
        if text in used and said and page_texts.gaps(text) != page_texts.gaps(said)
    ]
    return problems + [f"no longer used: {text!r}" for text in translated if text not in used]


if __name__ == "__main__":
    wrong = faults()
    print("\n".join(wrong) or f"{len(sentences())} sentences, all translated")
    sys.exit(1 if wrong else 0)
