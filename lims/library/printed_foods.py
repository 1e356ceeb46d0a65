"""Reads the name of a food as a table of limits prints it: a node of the tree, what is excepted, and the basis.

`豆类蔬菜(豇豆、菜豆除外)` is the node 豆类蔬菜 without two foods; `禽肉类,以脂肪中的残留量计` is the node 禽肉类, on
its fat. A name that is itself a node (`哺乳动物肉类(海洋哺乳动物除外)`) stays that node. Names are compared whole, as
the tree compares them: a part of a name finds nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lims.core.errors import BadInput
from lims.core.reasons import Reason, reason
from lims.library.facts import Basis, Food
from lims.library.food_tree import FoodTree, folded, lies_in

#: What stands behind excepted foods, or before them.
_EXCEPTED = re.compile(r"(?:等)?\s*(?:除外|제외|제외함|(?:are |is )?excluded)", re.IGNORECASE)
_EXCEPT = re.compile(r"(?:不含|不包括|except(?: for)?|excluding|other than|without)[:：]?\s*", re.IGNORECASE)
#: 谷物(单列的除外): foods with limits of their own, which win anyway.
_LISTED_APART = re.compile(r"(?:已|另)?(?:单列|单独列出|另有规定|有特别规定|另行规定)(?:的|者)?(?:食品)?")
_INCLUDED = re.compile(r"(?:包括|包含|含|including|incl\.?).*", re.IGNORECASE | re.DOTALL)
_ON_FAT = re.compile(r"以[^,，;；()（）]*脂肪[^,，;；()（）]*计|지방\s*기준|(?:on a |in )?fat basis", re.IGNORECASE)
_AS_RECEIVED = re.compile(r"以原样计|以鲜重计|as received", re.IGNORECASE)
_COLON = re.compile(r"[:：]")
_BETWEEN = re.compile(r"[、,，;；]")
_AND = re.compile(r"以及|和|及|与|或|\s+(?:and|or|및)\s+", re.IGNORECASE)
_OPEN, _CLOSE = "([{（［【〔〖", ")]}）］】〕〗"


@dataclass(frozen=True, slots=True)
class PrintedName:
    """The parts of a printed name, before any tree is asked."""

    head: str
    excepted: tuple[str, ...] = ()
    basis: Basis | None = None
    condition: str = ""


@dataclass(frozen=True, slots=True)
class PrintedFood:
    """Where a printed name leads in a tree. `outside` are excepted foods that the group does not hold anyway."""

    food: str
    exclude: tuple[str, ...]
    basis: Basis
    condition: str
    outside: tuple[str, ...] = ()


def fat_basis(text: str) -> bool:
    """Does a text say that the content is that of the fat (以脂肪计)?"""
    return _ON_FAT.search(text) is not None


def split_name(printed: str) -> PrintedName:
    """The name without what is said behind it: excepted foods, basis, a condition, what it includes."""
    name = PrintedName(printed.strip())
    while (shorter := _shorter(name)) is not None:
        name = shorter
    return name


def read_printed_food(printed: str, tree: FoodTree, within: str = "") -> PrintedFood:
    """The node, the excepted nodes and the basis of a printed name; `within` is a group that it must lie in, if known.

    Raises `BadInput` with every name that is no food of the tree (and what it may mean) or more than one.
    """
    name, node = PrintedName(printed.strip()), None
    while node is None:
        found = _within(tree, name.head, within) or _of_tissue(tree, name.head)
        shorter = None if found else _shorter(name)
        if shorter is None:
            node = _the_one(tree, name.head, found)
        else:
            name = shorter
    exclude, outside = _excepted(name, node, tree)
    return PrintedFood(node.food, exclude, name.basis or Basis.AS_RECEIVED, name.condition, outside)


def _shorter(name: PrintedName) -> PrintedName | None:
    """The name with the last thing said behind it taken off; None when nothing is said."""
    head, inside = _last_bracket(name.head)
    if inside is None:
        return _without_ending(name)
    inside = inside.strip()
    if (basis := _basis(inside)) is not None:
        return replace(name, head=head, basis=basis)
    if (listed := _listed(inside)) is not None:
        return replace(name, head=head, excepted=(*_parts(listed), *name.excepted))
    if _INCLUDED.fullmatch(inside):
        return replace(name, head=head)
    return _without_ending(name)


def _without_ending(name: PrintedName) -> PrintedName | None:
    """Without `,以脂肪中的残留量计`, or without the condition behind a colon."""
    pieces = _top_level(name.head, re.compile(r"[,，;；]"))
    if len(pieces) > 1 and (basis := _basis(pieces[-1].strip())) is not None:
        return replace(name, head=name.head[: -len(pieces[-1]) - 1].rstrip(), basis=basis)
    before, *behind = _top_level(name.head, _COLON)
    if behind and before.strip() and behind[0].strip() and not name.condition:
        rest = split_name("".join(behind))
        return replace(
            name, head=before.strip(), condition=rest.head, basis=name.basis or rest.basis,
            excepted=(*rest.excepted, *name.excepted),
        )  # fmt: skip
    return None


def _basis(text: str) -> Basis | None:
    if _ON_FAT.fullmatch(text):
        return Basis.FAT
    return Basis.AS_RECEIVED if _AS_RECEIVED.fullmatch(text) else None


def _listed(inside: str) -> str | None:
    """The excepted foods of a bracket; None when it excepts nothing."""
    behind = list(_EXCEPTED.finditer(inside))
    if behind and behind[-1].end() == len(inside):
        return inside[: behind[-1].start()].strip()
    before = _EXCEPT.match(inside)
    return inside[before.end() :].strip() if before else None


def _parts(listed: str) -> tuple[str, ...]:
    parts = (part.strip() for part in _top_level(listed, _BETWEEN))
    return tuple(part for part in parts if part and not _LISTED_APART.fullmatch(part))


def _last_bracket(text: str) -> tuple[str, str | None]:
    """What stands before a bracket at the end of a text, and what in it."""
    if not text or text[-1] not in _CLOSE:
        return text, None
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        depth += (text[position] in _CLOSE) - (text[position] in _OPEN)
        if depth == 0:
            return text[:position].rstrip(), text[position + 1 : -1]
    return text, None


def _top_level(text: str, between: re.Pattern[str]) -> list[str]:
    """The parts of a text between separators that stand in no bracket."""
    depth, pieces, begin = 0, [], 0
    for position, letter in enumerate(text):
        depth += (letter in _OPEN) - (letter in _CLOSE)
        if depth == 0 and between.match(letter):
            pieces.append(text[begin:position])
            begin = position + 1
    return [*pieces, text[begin:]]


def _within(tree: FoodTree, name: str, within: str) -> Sequence[Food]:
    """The foods of a name: those inside the group alone, where there are any."""
    found = [one.food for one in tree.candidates(name)]
    inside = [food for food in found if within and _lies_within(food.food, within)]
    return inside or found


def _lies_within(food: str, within: str) -> bool:
    """Is the food in a group that is named by its path or by some groups on it: 谷物/豌豆 for 谷物/杂粮类/豌豆?"""
    *groups, name = (folded(part) for part in food.split("/"))
    named = [folded(part) for part in within.split("/") if part.strip()]
    if named and named[-1] == name and name not in groups:
        named.pop()
    return bool(named) and all(part in groups for part in named)


def _of_tissue(tree: FoodTree, name: str) -> Sequence[Food]:
    """The species of `牛:肌肉` inside its tissue; nothing when a colon parts something else."""
    species, *tissue = _top_level(name, _COLON)
    if len(tissue) != 1:
        return ()
    return [one.food for one in tree.candidates(species) if _lies_within(one.food.food, tissue[0])]


def _the_one(tree: FoodTree, name: str, found: Sequence[Food]) -> Food:
    if len(found) == 1:
        return found[0]
    raise _unclear(tree, name, found)


def _unclear(tree: FoodTree, name: str, found: Sequence[Food]) -> BadInput:
    if found:
        said = "“{name}” may be {candidates}; name the one that is meant, with its groups."
        told = "; ".join(food.food for food in found)
        return BadInput(reason("library.food_ambiguous", said, name=name[:100], candidates=told))
    alike = tree.alike(name[:100])
    if alike:
        said = "“{name}” is no food of {tree}; did you mean {candidates}?"
        told = "、".join(alike)
        return BadInput(reason("library.food_not_known", said, name=name[:100], tree=tree.standard, candidates=told))
    said = "“{name}” is no food of {tree}."
    return BadInput(reason("library.food_not_known", said, name=name[:100], tree=tree.standard))


def _excepted(name: PrintedName, group: Food, tree: FoodTree) -> tuple[tuple[str, ...], tuple[str, ...]]:
    inside: list[str] = []
    outside: list[str] = []
    faults: list[Reason] = []
    for part in name.excepted:
        try:
            for food in _foods_of(part, group, tree):
                (inside if food.food != group.food and lies_in(food.food, group.food) else outside).append(food.food)
        except BadInput as unclear:
            faults.extend(unclear.reasons)
    if faults:
        raise BadInput(*faults)
    return tuple(dict.fromkeys(inside)), tuple(dict.fromkeys(outside))


def _foods_of(part: str, group: Food, tree: FoodTree) -> Sequence[Food]:
    """The food of an excepted name, or the foods of `蚕豆和豌豆`; a food inside the group goes before others."""
    names = [part, *([split_name(part).head] if split_name(part).head != part else [])]
    for one in names:
        if found := _within(tree, one, group.food):
            return _inside_or_all(tree, one, group, found)
    pieces = [piece.strip() for piece in _AND.split(part)]
    each = [_within(tree, piece, group.food) if piece else () for piece in pieces]
    if len(pieces) > 1 and all(each):
        several = zip(pieces, each, strict=True)
        return [food for piece, found in several for food in _inside_or_all(tree, piece, group, found)]
    raise _unclear(tree, part, ())


def _inside_or_all(tree: FoodTree, name: str, group: Food, found: Sequence[Food]) -> Sequence[Food]:
    """Which of several foods outside the group is meant makes no difference: the group does not hold any of them."""
    return [_the_one(tree, name, found)] if any(lies_in(food.food, group.food) for food in found) else found
