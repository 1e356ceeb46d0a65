"""The foods of a loaded edition: those of a known tree, or a tree made of the foods that its table names.

A table that gives no category of its foods makes a flat tree: it says what a food is called, not which group it is in.
Only an exception says more: 곡류(쌀 제외) puts 쌀 into 곡류.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lims.core.errors import BadInput
from lims.core.reasons import Reason, reason
from lims.library.edition_table import EditionTable, TableRow
from lims.library.facts import FOOD_STANDARD, Basis, Food, FoodAlias, FoodLevel, Form, Standard
from lims.library.food_tree import FoodTree, folded, lies_in
from lims.library.printed_foods import PrintedFood, read_printed_food, split_name
from lims.library.rules import Library

_FORMS = {Form.FRESH: ("(鲜)", "(生)"), Form.DRIED: ("(干)", "(건조)")}
_GROUP = re.compile(r"(?:类|類|류)$")
#: A food as the table names it: its category, its name, what its law calls it.
Name = tuple[str, str, str]


@dataclass(slots=True)
class EditionFoods:
    """The tree, and what is new of it: nothing where the tree was known and the table adds nothing."""

    tree: FoodTree
    foods: tuple[Food, ...] = ()
    aliases: tuple[FoodAlias, ...] = ()
    #: Where the table itself says that a name stands.
    placed: Mapping[Name, str] = field(default_factory=dict)
    _read: dict[Name, PrintedFood | tuple[Reason, ...]] = field(default_factory=dict)

    def of(self, row: TableRow) -> PrintedFood | tuple[Reason, ...]:
        """The node of a row with its exceptions, or why its name leads nowhere."""
        name = _name(row)
        if name not in self._read:
            self._read[name] = self._found(*name)
        return self._read[name]

    def _found(self, category: str, name: str, local: str) -> PrintedFood | tuple[Reason, ...]:
        if not name:
            return (reason("library.cell_empty", "This cell is empty; it needs a value."),)
        path = self.placed.get((category, name, local))
        if path is not None:
            return PrintedFood(path, (), Basis.AS_RECEIVED, "")
        try:
            return read_printed_food(name, self.tree, "/".join(_parts(category)))
        except BadInput as unclear:
            return unclear.reasons

    @property
    def hollow(self) -> tuple[str, ...]:
        """Groups of a new tree that does not say what is in them."""
        parents = {food.parent for food in self.foods}
        return tuple(food.name for food in self.foods if _GROUP.search(food.name) and food.food not in parents)


def name_of(row: TableRow) -> str:
    """The food of a row as it is called here; where nobody translated it, as its law calls it."""
    return row.get("food") or row.get("food_local")


def foods_of(table: EditionTable, standard: Standard, library: Library, *, adding: bool = False) -> EditionFoods:
    """The tree of an edition. `adding`: a known tree gets the foods that it does not have, where the table puts them.

    Into the tree that samples are named by, a food comes only with its category.
    """
    known = library.tree(standard.tree) if standard.tree in library.trees else None
    if known is not None and not adding:
        return EditionFoods(known)
    aliases = [(a.alias, a.food) for a in library.facts.food_aliases if a.standard == standard.tree]
    growing = _Growing(standard, known, aliases)
    names = list(dict.fromkeys(_name(row) for row in table.rows))
    apart = [name for name in names if name[1] and (split_name(name[1]).excepted or split_name(name[1]).basis)]
    for name in names:
        if name[1] and name not in apart:
            growing.place(name)
    for name in apart:
        growing.place_group(name)
    return growing.done()


class _Growing:
    """A tree as its nodes become known. A node may still move into the group that excepts it."""

    def __init__(self, standard: Standard, known: FoodTree | None, aliases: Sequence[tuple[str, str]]) -> None:
        self.standard, self.known, self.aliases = standard, known, aliases
        self.paths: dict[str, None] = {}
        self.placed: dict[Name, str] = {}
        self.locals: dict[tuple[str, str], None] = {}
        self._by_name: dict[str, str] = {}
        self._moved: dict[str, str] = {}

    def place(self, name: Name) -> None:
        """A food without anything said behind its name."""
        category, own, local = name
        if self._is_known(own) or not self._has_room(category):
            return
        path = self._add(_path(category, own))
        self.placed[name] = path
        if local:
            self._by_name.setdefault(folded(local), path)
            self.locals[local, path] = None

    def place_group(self, name: Name) -> None:
        """A group that excepts foods: they lie in it."""
        said = split_name(name[1])
        if self._is_known(said.head):
            return
        head = self._by_name.get(folded(said.head)) or self._add(_path(name[0], said.head))
        for part in said.excepted:
            inside = self._by_name.get(folded(part))
            if inside is None:
                self._add(f"{head}/{part.replace('/', '／')}")
            elif "/" not in inside and inside not in self._moved and not lies_in(self._now(head), inside):
                self._moved[inside] = head

    def done(self) -> EditionFoods:
        """The tree with every node where it belongs."""
        paths = dict.fromkeys(self._now(path) for path in self.paths)
        known = {food.food: food for food in self.known.all()} if self.known else {}
        groups = {"/".join(path.split("/")[:n]) for path in paths for n in range(1, path.count("/") + 1)}
        new = sorted({*paths, *groups} - known.keys())
        foods = tuple(_food(path, self.standard, is_group=path in groups) for path in new)
        aliases = {
            (local, path): FoodAlias(self.standard.tree, local, path, self.standard.source)
            for local, path in ((local, self._now(path)) for local, path in self.locals)
            if folded(local) != folded(path.rpartition("/")[2])
        }
        aliases |= self._fresh(foods, {folded(food.name) for food in (*foods, *known.values())})
        pairs = [(alias.alias, alias.food) for alias in aliases.values()]
        tree = FoodTree(self.standard.tree, [*known.values(), *foods], [*self.aliases, *pairs])
        placed = {name: self._now(path) for name, path in self.placed.items()}
        return EditionFoods(tree, foods, tuple(aliases.values()), placed)

    def _fresh(self, foods: Iterable[Food], own: set[str]) -> dict[tuple[str, str], FoodAlias]:
        """枸杞 is 枸杞(鲜) where no food is called so."""
        found = {}
        for food in foods:
            short = _without_form(food.name)
            if short and short not in own and food.form is Form.FRESH:
                found[short, food.food] = FoodAlias(self.standard.tree, short, food.food, self.standard.source)
        return found

    def _has_room(self, category: str) -> bool:
        """Into the tree that samples are named by, only into a group that it has."""
        return self.standard.tree != FOOD_STANDARD or self.known is None or "/".join(_parts(category)) in self.known

    def _is_known(self, name: str) -> bool:
        return self.known is not None and bool(self.known.candidates(name))

    def _add(self, path: str) -> str:
        self.paths.setdefault(path, None)
        self._by_name.setdefault(folded(path.rpartition("/")[2]), path)
        return path

    def _now(self, path: str) -> str:
        top, _, rest = path.partition("/")
        if top not in self._moved:
            return path
        return "/".join(part for part in (self._now(self._moved[top]), top, rest) if part)


def _name(row: TableRow) -> Name:
    return row.get("category"), name_of(row), row.get("food_local")


def _parts(category: str) -> list[str]:
    return [part.strip() for part in re.split(r"[/＞>]", category) if part.strip()]


def _path(category: str, name: str) -> str:
    groups, own = _parts(category), name.strip().replace("/", "／").replace(";", "；")
    return "/".join([*groups, own] if not groups or folded(groups[-1]) != folded(own) else groups)


def _food(path: str, standard: Standard, *, is_group: bool) -> Food:
    parent, _, name = path.rpartition("/")
    parts = path.split("/")
    around = tuple("/".join(parts[:n]) for n in range(1, len(parts)))
    level = FoodLevel.GROUP if is_group or _GROUP.search(name) else FoodLevel.FOOD
    return Food(standard.tree, path, name, parent, level, around, _form(name), "", standard.source)


def _form(name: str) -> Form:
    return next((form for form, marks in _FORMS.items() if folded(name).endswith(marks)), Form.ANY)


def _without_form(name: str) -> str:
    marks: Iterable[str] = [mark for marks in _FORMS.values() for mark in marks]
    return next((folded(name)[: -len(mark)] for mark in marks if folded(name).endswith(mark)), "")
