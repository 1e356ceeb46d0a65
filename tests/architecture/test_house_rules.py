"""Rules of the house that no tool checks: read from the source and from the tables themselves."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from sqlalchemy import Column, Float, ForeignKeyConstraint, LargeBinary, Numeric

import lims.metadata
from lims.app import FEATURES, PAGES
from lims.db.record import LaboratoryOwned, Record, metadata
from lims.db.types import EnumValue, ExactDecimal
from lims.settings import Settings
from lims.web import forms, guests, viewer

ROOT = Path(__file__).parents[2]
LIMS = ROOT / "lims"
SOURCES = sorted(LIMS.rglob("*.py"))
#: Written by the database layer itself, or by statements when people sign in; never through records.
MECHANISM = {"audit_entry", "audit_head", "number_series", "alembic_version"} | {
    "session_use", "totp_use", "passkey_use", "pending_ceremony", "sign_in_attempt", "exam_attempt"
}  # fmt: skip


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What is called, as it is written: `datetime.now`, and the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def columns() -> Iterator[tuple[str, Column[object]]]:
    for table in metadata.tables.values():
        yield from ((f"{table.name}.{column.name}", column) for column in table.columns)


def test_every_file_of_tables_is_known_to_migrations() -> None:
    files = {module_of(path) for path in LIMS.rglob("*tables.py") if path.parent.name != "commands"}
    files |= {module_of(path) for path, tree in trees() if _declares_a_table(tree)}

    assert {module.__name__ for module in lims.metadata.TABLES} == files


def _declares_a_table(tree: ast.Module) -> bool:
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return any(keyword.arg == "table" for found in classes for keyword in found.keywords)


def test_no_column_holds_a_binary_number() -> None:
    """SQLite makes a float of NUMERIC: exact decimals are texts."""
    assert [name for name, column in columns() if isinstance(column.type, Float | Numeric)] == []


def test_no_column_holds_a_file() -> None:
    assert [name for name, column in columns() if isinstance(column.type, LargeBinary)] == []


def test_no_foreign_key_deletes_or_empties_what_refers_to_it() -> None:
    keys = [c for t in metadata.tables.values() for c in t.constraints if isinstance(c, ForeignKeyConstraint)]

    assert len(keys) > 50
    assert [f"{k.table.name}.{k.column_keys}" for k in keys if k.ondelete != "RESTRICT"] == []


def test_every_table_is_a_record_or_part_of_the_mechanism() -> None:
    records = {model.__table__.name for model in _models(Record)}

    assert set(metadata.tables) - records == MECHANISM - {"alembic_version"}


def test_every_record_with_a_laboratory_is_limited_to_it() -> None:
    owned = {model.__table__.name for model in _models(Record) if issubclass(model, LaboratoryOwned)}
    with_laboratory = {table.name for table in metadata.tables.values() if "laboratory_id" in table.c}

    assert with_laboratory - owned == {"number_series"}


def _models(base: type[Record]) -> Iterator[type[Record]]:
    for model in base.__subclasses__():
        if hasattr(model, "__mapper__"):
            yield model
        yield from _models(model)


def test_every_name_fits_the_column_that_keeps_it() -> None:
    """Of enumerations and of decimals: SQLite would keep a longer one, PostgreSQL would not."""
    for name, column in columns():
        if isinstance(column.type, EnumValue):
            assert all(len(member.value) <= 40 for member in column.type.enum), name
        if isinstance(column.type, ExactDecimal):
            assert getattr(column.type.impl, "length", None) == 64, name


def test_no_route_is_asynchronous() -> None:
    """A database call in a coroutine would hold up everybody."""
    asynchronous = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef) and (path.name in {"api.py", "audit.py"} or "pages" in path.name)
    ]
    routers: tuple[APIRouter, ...] = (*FEATURES, *PAGES)
    routes = [c for router in routers for c in iter_route_contexts(router.routes)]

    assert asynchronous == []
    assert len(routes) > 240
    assert [c.path for c in routes if inspect.iscoroutinefunction(c.endpoint)] == []


def test_the_present_is_told_by_the_clock_alone() -> None:
    now = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "datetime.datetime.now",
           "datetime.date.today"}  # fmt: skip
    told = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path, tree in trees()
        for name, line in calls(tree)
        if name in now and path != LIMS / "core" / "clock.py"
    ]

    assert told == []


def test_features_refuse_in_the_words_of_the_house() -> None:
    """Never with a status of HTTP: that is the web's business, in one place."""
    raised = [
        f"{path.relative_to(ROOT)}:{line}"
        for path, tree in trees()
        if path.relative_to(LIMS).parts[0] != "web"
        for name, line in calls(tree)
        if name.split(".")[-1] == "HTTPException"
    ]

    assert raised == []


def _imports_text(tree: ast.Module) -> bool:
    """Whether `text` is the one of SQLAlchemy here, and no function of the module's own."""
    from_sql = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("sql")]
    return any(alias.name == "text" for node in from_sql for alias in node.names)


def test_features_write_no_sql_by_hand() -> None:
    by_hand = {"text", "exec_driver_sql", "executescript", "sqlalchemy.text", "sa.text"}
    written = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path, tree in trees()
        if path.relative_to(LIMS).parts[0] not in {"db"}
        for name, line in calls(tree)
        if (name in by_hand and (name != "text" or _imports_text(tree))) or name.endswith(".exec_driver_sql")
    ]
    # In a table a fragment of SQL is a condition of an index: part of the declaration.
    assert [place for place in written if "tables.py" not in place] == []


def test_no_failure_is_swallowed_whole() -> None:
    """The outermost door of a thread may catch everything: then it says so in the log."""
    caught = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and "log.exception" not in {name for name, _ in calls(node)}
    ]

    assert caught == []


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name == "tables.py"], ids=lambda p: p.parent.name)
def test_tables_are_plain(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert "from __future__ import annotations" not in source
    assert "relationship(" not in source.lower()


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(LIMS)))
def test_every_file_says_what_it_is_for_and_is_about_one_thing(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert ast.get_docstring(ast.parse(source))
    assert source.count("\n") <= 400


def test_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]

    assert long == []


def test_the_readme_tells_every_setting() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [f"LIMS_{name.upper()}" for name in Settings.model_fields if f"LIMS_{name.upper()}" not in readme]

    assert missing == []


#: Forms of people who have not signed in: where they come from is checked instead of a token.
GUESTS = {"/sign-in", "/sign-in/second", "/sign-in/passkey/begin", "/sign-in/passkey", "/setup", "/v"} | {
    f"/exam/{name}" for name in ("admit", "begin", "paper", "answers", "hand-in", "leave")
}
#: Whoever asks: the sign-in pages, the choice of language and colours (two cookies), and a way back without a page.
FOR_ANYBODY = GUESTS | {
    "/appearance", "/worksheets/new/positions", "/exam", "/contests/board/{token}", "/contests/documents/{token}"
}  # fmt: skip


def page_routes(method: str) -> dict[str, set[object]]:
    """Every page that is asked by this method, and everything that it depends on."""
    return {
        str(context.path): set(_depends_on(getattr(context.original_route, "dependant", None)))
        for router in PAGES
        for context in iter_route_contexts(router.routes)
        if method in (context.methods or ())
    }


def _depends_on(dependant: object) -> Iterator[object]:
    yield getattr(dependant, "call", None)
    for inner in getattr(dependant, "dependencies", ()):
        yield from _depends_on(inner)


def test_every_form_of_a_page_is_checked_for_forgery() -> None:
    """By the token of the session; before there is a session, by where the form comes from."""
    posts = page_routes("POST")

    assert len(posts) >= 75
    assert {path for path, needs in posts.items() if forms._form not in needs} == GUESTS | {"/appearance"}
    assert {path for path, needs in posts.items() if guests._guest_form in needs} == GUESTS


def test_every_page_asks_who_is_there() -> None:
    pages = page_routes("GET")

    assert len(pages) >= 95
    assert {path for path, needs in pages.items() if viewer._viewer not in needs} == FOR_ANYBODY - {
        "/appearance", "/sign-in/passkey/begin", "/sign-in/passkey", "/exam/admit", "/exam/begin", "/exam/answers",
        "/exam/leave",
    }  # fmt: skip


def test_pages_change_nothing_but_by_forms() -> None:
    methods = {m for router in PAGES for context in iter_route_contexts(router.routes) for m in context.methods or ()}

    assert methods == {"GET", "POST"}


def test_every_page_is_served() -> None:
    """And none of it is described to programs."""
    written = {path.parent.name for path in LIMS.rglob("*pages.py") if "@router." in path.read_text(encoding="utf-8")}
    served = {
        str(getattr(context.endpoint, "__module__", "")).split(".")[1]
        for router in PAGES
        for context in iter_route_contexts(router.routes)
    }

    assert written == served


def test_every_feature_is_served() -> None:
    with_doors = {path.parent.name for path in LIMS.glob("*/api.py")}
    served = {router.tags[0] for router in FEATURES}

    assert with_doors <= served
    for feature in with_doors:
        assert import_module(f"lims.{feature}.api").router in FEATURES
