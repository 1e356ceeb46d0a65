"""What a text finds in the method library: substances, foods and methods, by any of their names, in pinyin too."""

from collections.abc import Callable, Iterable

from sqlmodel import Session

from lims.core.errors import NotFound
from lims.core.reasons import Translate, mark
from lims.desk.search import MOST, Hit, Hits
from lims.library.food_tree import folded
from lims.library.lookup import Fit, lookup_of
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.web.addresses import address


def library_hits(session: Session, text: str, say: Translate) -> list[Hits]:
    """Substances, foods and methods whose names hold the text; nothing while no library is loaded."""
    try:
        library = current_library(session)
    except NotFound:
        return []
    kinds: tuple[tuple[str, Callable[[Library, str], Iterable[Hit]], str], ...] = (
        (mark("Substances"), _substances, "/library/substances"),
        (mark("Foods"), _foods, "/library/foods"),
        (mark("Methods"), _methods, "/library/methods"),
    )
    found = []
    for title, find, more in kinds if folded(text) else ():
        hits = tuple(find(library, text))
        found.append(Hits(say(title), hits[:MOST], address(more, q=text) if len(hits) > MOST else None))
    return [hits for hits in found if hits.hits]


def _substances(library: Library, text: str) -> Iterable[Hit]:
    for hit in lookup_of(library).substances(text):
        s = hit.found
        shown = dict.fromkeys((s.name_zh or s.code, s.name_en, s.cas, hit.name))
        name, *rest = [name for name in shown if name]
        # The number of a substance is that of the Chemical Abstracts Service.
        is_exact = hit.fit is Fit.EXACT and hit.name == s.cas
        yield Hit(name, " · ".join(rest), address("/library/substances", s.code), is_exact)


def _foods(library: Library, text: str) -> Iterable[Hit]:
    for hit in lookup_of(library).foods(text):
        food = hit.found
        also = [hit.name] if hit.name != food.name else []
        detail = " · ".join([food.food.replace("/", " › "), *also])
        yield Hit(food.name, detail, address("/library/food", path=food.food))


def _methods(library: Library, text: str) -> Iterable[Hit]:
    wanted, found = folded(text), []
    for method in library.facts.methods:
        if wanted in folded(method.code) or wanted in folded(method.title):
            is_exact = folded(method.code) == wanted
            found.append(Hit(method.code, method.title, address("/library/methods", method.code), is_exact))
    return sorted(found, key=lambda hit: (not hit.is_exact, len(hit.name), hit.name))
