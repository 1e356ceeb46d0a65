"""The food tree that an edition is written in: a known one, or one made of the foods that its table names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lims.library.edition_table import EditionTable, TableRow
from lims.library.facts import Food, FoodAlias, FoodLevel, Form, Standard
from lims.library.food_tree import FoodTree, folded
from lims.library.rules import Library

_FORMS = {Form.FRESH: ("(鲜)", "(生)"), Form.DRIED: ("(干)", "(건조)")}


@dataclass(frozen=True, slots=True)
class EditionFoods:
    """The tree, and what is new of it: nothing where the tree was known."""

    tree: FoodTree
    foods: tuple[Food, ...] = ()
    aliases: tuple[FoodAlias, ...] = ()


def name_of(row: TableRow) -> str:
    """The food of a row as it is called here; where nobody translated it, as its law calls it."""
    return row.get("food") or row.get("food_local")


def foods_of(table: EditionTable, standard: Standard, library: Library) -> EditionFoods:
    """The tree of an edition."""
    if standard.tree in library.trees:
        return EditionFoods(library.tree(standard.tree))
    names: dict[str, dict[str, None]] = {}
    for row in table.rows:
        path = _path(row.get("category"), name_of(row))
        names.setdefault(path, {})[row.get("food_local")] = None
    paths: dict[str, str] = {}
    aliases: dict[tuple[str, str], FoodAlias] = {}
    for path, local in names.items():
        paths.setdefault(path, path)
        for other in local:
            if other and folded(other) != folded(path.rpartition("/")[2]):
                aliases[other, path] = FoodAlias(standard.tree, other, path, standard.source)
    groups = {"/".join(path.split("/")[:n]) for path in paths for n in range(1, path.count("/") + 1)}
    foods = tuple(_food(path, standard, path in groups) for path in sorted({*paths, *groups}))
    own = {folded(food.name) for food in foods}
    for food in foods:
        short = _without_form(food.name)
        if short and folded(short) not in own and food.form is Form.FRESH:
            aliases[short, food.food] = FoodAlias(standard.tree, short, food.food, standard.source)
    pairs = [(alias.alias, alias.food) for alias in aliases.values()]
    return EditionFoods(FoodTree(standard.tree, foods, pairs), foods, tuple(aliases.values()))


def food_of(row: TableRow, foods: EditionFoods) -> str | None:
    """The node of a row in a tree made of the table's own names; None where the tree was known before."""
    return _path(row.get("category"), name_of(row)) if foods.foods else None


def _path(category: str, name: str) -> str:
    groups = [part.strip() for part in re.split(r"[/＞>]", category) if part.strip()]
    own = name.strip().replace("/", "／")
    return "/".join([*groups, own] if not groups or groups[-1] != own else groups)


def _food(path: str, standard: Standard, is_group: bool) -> Food:
    parent, _, name = path.rpartition("/")
    parts = path.split("/")
    around = tuple("/".join(parts[:n]) for n in range(1, len(parts)))
    level = FoodLevel.GROUP if is_group else FoodLevel.FOOD
    return Food(standard.tree, path, name, parent, level, around, _form(name), "", standard.source)


def _form(name: str) -> Form:
    return next((form for form, marks in _FORMS.items() if folded(name).endswith(marks)), Form.ANY)


def _without_form(name: str) -> str:
    marks: Iterable[str] = [mark for marks in _FORMS.values() for mark in marks]
    return next((folded(name)[: -len(mark)] for mark in marks if folded(name).endswith(mark)), "")
