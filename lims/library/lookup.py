"""Looks up substances and foods by what somebody types (查找): any name, English, CAS number, pinyin or its initials.

A text may be in any width and case, with or without dashes and spaces: `克百威`, `呋喃丹`, `Carbofuran`, `1563662`,
`kebaiwei` and `kbw` all find one substance. It is for finding alone; what is judged is named exactly (`find_substance`,
`FoodTree.resolve`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Generic, TypeVar

from lims.library.facts import FOOD_STANDARD, Food, Substance
from lims.library.food_tree import folded
from lims.library.rules import Library

T = TypeVar("T")


class Fit(IntEnum):
    """How well a text fits a name; the least fits best."""

    EXACT = 0
    BEGINS = 1
    INSIDE = 2


class Way(IntEnum):
    """By what of a thing it was found; of equally good fits the least comes first."""

    NAME = 0
    ALIAS = 1
    FOREIGN = 2
    PINYIN = 3
    INITIALS = 4


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """A thing that was found, and the name that it was found by."""

    found: T
    name: str
    fit: Fit
    way: Way


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as it is compared: `keys` are its spellings; `sounds` its pinyin from every syllable on to the end."""

    shown: str
    way: Way
    keys: tuple[str, ...]
    sounds: tuple[tuple[str, ...], ...]
    initials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    """A thing with its names; `all_of_it` holds every spelling, so that most things are passed over at once."""

    found: T
    names: tuple[_Name, ...]
    all_of_it: str


class Lookup:
    """Every substance and food of a library, ready to be looked up."""

    def __init__(self, library: Library) -> None:
        aliases: dict[str, list[str]] = {}
        for alias in library.facts.substance_aliases:
            aliases.setdefault(alias.substance, []).append(alias.alias)
        self._substances = [_substance(s, aliases.get(s.code, ())) for s in library.facts.substances]
        also: dict[tuple[str, str], list[str]] = {}
        for one in library.facts.food_aliases:
            also.setdefault((one.standard, one.food), []).append(one.alias)
        self._foods = {
            tree: [_entry(f, f.name, also.get((tree, f.food), ())) for f in library.tree(tree).all()]
            for tree in library.trees
        }

    def substances(self, text: str) -> Sequence[Hit[Substance]]:
        """The substances that a text may mean, the likeliest first."""
        return _ranked(self._substances, text)

    def foods(self, text: str, standard: str = FOOD_STANDARD) -> Sequence[Hit[Food]]:
        """The foods of a standard's tree that a text may mean, the likeliest first."""
        return _ranked(self._foods.get(standard, ()), text)


@lru_cache(maxsize=4)
def lookup_of(library: Library) -> Lookup:
    """The look-up of a library, made once."""
    return Lookup(library)


def _ranked(entries: Iterable[_Entry[T]], text: str) -> Sequence[Hit[T]]:
    wanted = _bare(text)
    hits = [hit for one in entries if wanted and wanted in one.all_of_it and (hit := _hit(one, wanted)) is not None]
    return sorted(hits, key=lambda hit: (hit.fit, hit.way, len(hit.name), hit.name))


def _hit(entry: _Entry[T], wanted: str) -> Hit[T] | None:
    """How an entry is found best."""
    best: Hit[T] | None = None
    for name in entry.names:
        for fit, way in _fits(name, wanted):
            if best is None or (fit, way) < (best.fit, best.way):
                best = Hit(entry.found, name.shown, fit, way)
    return best


def _fits(name: _Name, wanted: str) -> Iterator[tuple[Fit, Way]]:
    yield from ((fit, name.way) for key in name.keys if (fit := _fit(key, wanted)) is not None)
    for initials in name.initials:
        fit = _fit(initials, wanted)
        if fit is not None and (fit is not Fit.INSIDE or len(wanted) > 1):
            yield fit, Way.INITIALS
    for parts in name.sounds:
        whole = _fit(parts[0], wanted)
        if whole is not None and whole is not Fit.INSIDE:
            yield whole, Way.PINYIN
        elif any(part.startswith(wanted) for part in parts):  # inside, but from the beginning of a syllable
            yield Fit.INSIDE, Way.PINYIN


def _fit(key: str, wanted: str) -> Fit | None:
    if key == wanted:
        return Fit.EXACT
    if key.startswith(wanted):
        return Fit.BEGINS
    return Fit.INSIDE if wanted in key else None


def _substance(substance: Substance, aliases: Sequence[str]) -> _Entry[Substance]:
    foreign = (substance.name_en, substance.cas, substance.code)
    return _entry(substance, substance.name_zh, aliases, foreign)


def _entry(found: T, name: str, aliases: Sequence[str], foreign: Sequence[str] = ()) -> _Entry[T]:
    pairs = [(name, Way.NAME), *((one, Way.ALIAS) for one in aliases), *((one, Way.FOREIGN) for one in foreign)]
    names = tuple(_name(text, way) for text, way in pairs if text)
    spellings = (
        s for one in names for s in (*one.keys, *one.initials, *(part for parts in one.sounds for part in parts))
    )
    return _Entry(found, names, "\n".join(dict.fromkeys(spellings)))


def _name(text: str, way: Way) -> _Name:
    readings = _readings(text)
    spelled = [parts for parts in dict.fromkeys(readings) if any(len(part) > 1 for part in parts)]
    return _Name(
        text,
        way,
        (_bare(text),),
        tuple(tuple("".join(parts[at:]) for at in range(len(parts))) for parts in spelled),
        tuple(dict.fromkeys("".join(part[0] for part in parts) for parts in spelled)),
    )


def _readings(text: str) -> list[tuple[str, ...]]:
    """The syllables of a name, one for each character; also with one character read otherwise than usually.

    `ü` is typed as `v` or as `u`.
    """
    from pypinyin import Style, pinyin  # reads a large dictionary

    plain = _bare(text)
    if plain.isascii():
        return []
    # Each character alone keeps one syllable for each of them; the whole name knows how it is read there.
    usual = tuple(one[0] for c in pinyin(plain, style=Style.NORMAL) for one in [c])
    letters = [pinyin(c, style=Style.NORMAL, heteronym=True)[0] if not c.isascii() else [c] for c in plain]
    if sum(map(len, usual)) == 0 or len(usual) != len(plain):
        usual = tuple(readings[0] for readings in letters)
    found = [usual]
    for at, readings in enumerate(letters):
        found.extend((*usual[:at], other, *usual[at + 1 :]) for other in readings if other != usual[at])
    found.extend([tuple(part.replace("v", "u") if part in {"lv", "nv"} else part for part in one) for one in found])
    return found


def _bare(text: str) -> str:
    """A name folded, without anything but letters, digits and characters."""
    return "".join(c for c in folded(text[:200]) if c.isalnum())
