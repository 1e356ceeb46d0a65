"""Lists without a database: rows in memory, states and their addresses, what cells say, descriptions that collide."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col

from lims.core.language import Language, translator
from lims.samples.rules import SampleStatus
from lims.samples.tables import Sample
from lims.web.table import Act, Chip, Column, Link, Said, Table
from lims.web.table_cells import is_short, pieces_of
from lims.web.table_filters import ChoiceFilter, DaysFilter, NumbersFilter, TextFilter, YesNoFilter
from lims.web.table_sources import ValueSource
from lims.web.table_state import SIZES, asks_for_nothing, pairs_of, read_state
from lims.web.table_view import page_count

CHINESE = translator(Language.CHINESE)


class Kind(StrEnum):
    """In this order."""

    SMALL = "small"
    LARGE = "large"
    HUGE = "huge"


@dataclass(frozen=True)
class Fact:
    """A row in memory."""

    name: str
    kind: Kind
    limit: Decimal | None = None
    since: date | datetime | None = None
    banned: bool = False


FACTS = (
    Fact("克百威 carbofuran", Kind.LARGE, Decimal("0.02"), date(2026, 1, 1), banned=True),
    Fact("Acephate", Kind.HUGE, Decimal(10), datetime(2026, 1, 1, 16, 30, tzinfo=UTC)),
    Fact("ametryn", Kind.SMALL, None, None),
    Fact("啶虫脒", Kind.SMALL, Decimal(9), date(2026, 3, 1)),
)
TABLE: Table[Fact] = Table(
    name="facts",
    title="Facts",
    columns=(
        Column("name", "Name", lambda f: f.name, lambda f: f.name, link=lambda f: f"/facts/{f.name}"),
        Column("kind", "Kind", lambda f: f.kind, lambda f: f.kind),
        Column("limit", "Limit", lambda f: f.limit, lambda f: f.limit, kind="number"),
        Column("since", "Since", lambda f: f.since, shown=False),
    ),
    filters=(
        TextFilter("name", "Name", [lambda f: f.name]),
        ChoiceFilter("kind", "Kind", Kind, lambda f: f.kind, many=True),
        NumbersFilter("limit", "Limit", lambda f: f.limit),
        DaysFilter("since", "Since", lambda f: f.since),
        YesNoFilter("banned", "Banned", lambda f: f.banned),
    ),
    search=(lambda f: f.name, lambda f: f.kind),
)


def found(query: str) -> list[str]:
    """The names that a state of the list lets through, in its order."""
    state = read_state(TABLE, parse_qsl(query), {})
    source = ValueSource(TABLE, state, FACTS)
    rows = source.part(0, 100)
    assert source.count() == len(rows)
    assert [row for batch in source.batches() for row in batch] == rows
    return [row.name.split()[0] for row in rows]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["克百威", "Acephate", "ametryn", "啶虫脒"]),
        ("name=CARBO", ["克百威"]),
        ("q=ame+small", ["ametryn"]),
        ("kind=small&kind=huge", ["Acephate", "ametryn", "啶虫脒"]),
        ("limit_from=9", ["Acephate", "啶虫脒"]),
        ("limit_until=9", ["克百威", "啶虫脒"]),
        ("since_from=2026-01-02&since_until=2026-01-02", ["Acephate"]),  # half past midnight in China
        ("since_until=2026年1月1日", ["克百威"]),
        ("banned=yes", ["克百威"]),
        ("banned=no&kind=small", ["ametryn", "啶虫脒"]),
        ("sort=name", ["Acephate", "ametryn", "克百威", "啶虫脒"]),
        ("sort=kind", ["ametryn", "啶虫脒", "克百威", "Acephate"]),  # in the order of the list of kinds
        ("sort=limit", ["克百威", "啶虫脒", "Acephate", "ametryn"]),  # 9 before 10; what is unknown last
        ("sort=-limit", ["Acephate", "啶虫脒", "克百威", "ametryn"]),
        ("sort=since", ["克百威", "Acephate", "ametryn", "啶虫脒"]),  # this column does not sort
    ],
)
def test_a_list_in_memory_is_limited_and_sorted_like_a_query(query: str, names: list[str]) -> None:
    assert found(query) == names


@given(st.lists(st.tuples(st.sampled_from([*sorted(TABLE.parameters), "other"]), st.text(max_size=30)), max_size=12))
def test_every_address_is_read_and_its_state_has_an_address_that_means_the_same(pairs: list[tuple[str, str]]) -> None:
    state = read_state(TABLE, pairs, {})

    again = read_state(TABLE, pairs_of(urlsplit(state.address("/facts")).query), {})

    assert again.address("/facts") == state.address("/facts")
    assert state.size in SIZES
    assert state.page >= 1
    ValueSource(TABLE, state, FACTS).part(0, 10)


def test_a_kept_state_is_without_page_and_what_surrounds_the_list() -> None:
    state = read_state(TABLE, parse_qsl("edition=1&page=3&view=x&q=a&sort=-name&size=100"), {})

    assert pairs_of(state.saved()) == [("q", "a"), ("sort", "-name"), ("size", "100")]
    assert state.address("/facts", page=1) == "/facts?q=a&edition=1&sort=-name&size=100&view=x"


def test_only_what_belongs_to_the_list_asks_for_something() -> None:
    assert asks_for_nothing(TABLE, [("edition", "1"), ("export", "xlsx")])
    assert not asks_for_nothing(TABLE, [("limit_from", "1")])
    assert not asks_for_nothing(TABLE, [("view", "-")])


def test_the_main_column_is_always_among_the_chosen() -> None:
    assert read_state(TABLE, [("columns", "since,kind,none")], {}).columns == ("name", "kind", "since")
    assert read_state(TABLE, [("columns", "none")], {}).columns is None


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (50, 1), (51, 2), (2000, 40)])
def test_pages(total: int, pages: int) -> None:
    assert page_count(total, 50) == pages


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, ["—"]),
        ("", ["—"]),
        ([], ["—"]),
        ("registered", ["registered"]),  # what somebody wrote stays as it is
        (SampleStatus.REGISTERED, ["已登记"]),
        (Chip(SampleStatus.REGISTERED, "good"), ["已登记"]),
        (Chip("Yes"), ["是"]),
        (Said("{count} chosen", {"count": 3}), ["已选3行"]),
        (True, ["是"]),
        (12345, ["12,345"]),
        (Decimal("0.10"), ["0.10"]),
        (date(2026, 11, 23), ["2026-11-23"]),
        (datetime(2026, 11, 23, 18, 0, tzinfo=UTC), ["2026-11-24 02:00"]),
        (Link("/a", None), ["—"]),
        ([Chip(SampleStatus.REPORTED), "x"], ["已出报告", "x"]),
    ],
)
def test_cells_say_their_values_in_the_language_of_the_reader(value: Any, texts: list[str]) -> None:
    assert [piece.text for piece in pieces_of(value, CHINESE)] == texts


def test_a_description_whose_names_collide_is_a_fault_of_the_program() -> None:
    column: Column[Fact] = Column("name", "Name", lambda f: f.name)
    for wrong in (
        {"name": "Facts!", "columns": (column,)},
        {"name": "facts", "columns": (column, column)},
        {"name": "facts", "columns": (column,), "filters": (TextFilter("page", "Page"),)},
        {"name": "facts", "columns": (column,), "filters": (DaysFilter("a", "A", len), TextFilter("a_from", "A"))},
        {"name": "facts", "columns": (column,), "acts": (Act("/x", "X"),)},
    ):
        with pytest.raises(ValueError, match=r"facts|Facts"):
            Table(title="Facts", **wrong)  # type: ignore[arg-type]  # of several kinds


def test_a_column_of_the_database_does_not_limit_values_in_memory() -> None:
    table: Table[Fact] = Table("facts", "Facts", (), filters=(TextFilter("name", "Name", [col(Sample.number)]),))
    state = read_state(table, [("name", "x")], {})

    with pytest.raises(TypeError, match="functions of its rows"):
        ValueSource(table, state, FACTS).count()


@pytest.mark.parametrize(
    ("text", "stays_whole"),
    [
        ("2026-11-29 15:01", True),
        ("a" * 20, True),
        ("a" * 21, False),
        ("噻虫胺" * 3, True),
        ("噻虫胺" * 4, False),
        ("The two determinations are not both quantified.", False),
    ],
)
def test_only_short_texts_are_kept_on_one_line(text: str, stays_whole: bool) -> None:
    assert is_short(pieces_of(text, CHINESE)) is stays_whole
