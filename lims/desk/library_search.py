"""What a text finds in the method library: substances, foods and methods, by any of their names."""

from collections.abc import Callable, Iterable
from urllib.parse import quote, urlencode

from sqlmodel import Session

from lims.core.errors import NotFound
from lims.core.reasons import Translate, mark
from lims.desk.search import MOST, Hit, Hits
from lims.library.food_tree import folded
from lims.library.queries import current_library
from lims.library.rules import Library


def library_hits(session: Session, text: str, say: Translate) -> list[Hits]:
    """Substances, foods and methods whose names hold the text; nothing while no library is loaded."""
    try:
        library = current_library(session)
    except NotFound:
        return []
    wanted = folded(text)
    if not wanted:
        return []
    kinds: tuple[tuple[str, Callable[[Library, str], Iterable[Hit]], str], ...] = (
        (mark("Substances"), _substances, "/library/substances"),
        (mark("Foods"), _foods, "/library/foods"),
        (mark("Methods"), _methods, "/library/methods"),
    )
    found = []
    for title, find, address in kinds:
        hits = sorted(find(library, wanted), key=lambda hit: (not hit.is_exact, len(hit.name), hit.name))
        more = f"{address}?{urlencode({'q': text})}" if len(hits) > MOST else None
        found.append(Hits(say(title), tuple(hits[:MOST]), more))
    return [hits for hits in found if hits.hits]


def _substances(library: Library, wanted: str) -> Iterable[Hit]:
    aliases: dict[str, list[str]] = {}
    for alias in library.facts.substance_aliases:
        aliases.setdefault(alias.substance, []).append(alias.alias)
    for s in library.facts.substances:
        names = [s.code, s.name_zh, s.name_en, s.cas, *aliases.get(s.code, ())]
        if any(wanted in folded(name) for name in names):
            shown = dict.fromkeys((s.name_zh or s.code, s.name_en, s.cas))
            name, *rest = [name for name in shown if name]
            # The number of a substance is that of the Chemical Abstracts Service.
            is_exact = bool(s.cas) and folded(s.cas) == wanted
            yield Hit(name, " · ".join(rest), f"/library/substances/{quote(s.code, safe='')}", is_exact)


def _foods(library: Library, wanted: str) -> Iterable[Hit]:
    also: dict[str, list[str]] = {}
    for alias in library.facts.food_aliases:
        if alias.standard == library.foods.standard:
            also.setdefault(alias.food, []).append(alias.alias)
    for food in library.foods.all():
        others = [alias for alias in also.get(food.food, ()) if wanted in folded(alias)]
        if others or wanted in folded(food.name):
            detail = " · ".join([food.food.replace("/", " › "), *others])
            yield Hit(food.name, detail, f"/library/foods?{urlencode({'food': food.food})}")


def _methods(library: Library, wanted: str) -> Iterable[Hit]:
    for method in library.facts.methods:
        if wanted in folded(method.code) or wanted in folded(method.title):
            is_exact = folded(method.code) == wanted
            yield Hit(method.code, method.title, f"/library/methods/{quote(method.code, safe='')}", is_exact)
