"""Pages of substances: the list, and each with its limits over the food tree and all else that is known of it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.language import Language
from lims.library import queries
from lims.library.facts import ResidueDefinition, Substance
from lims.library.law import Law, LawDep, markets_of
from lims.library.lists import SUBSTANCES, prohibition_lines, substance_lines
from lims.library.rules import Library, rule_holds
from lims.library.substance_view import chosen_edition, edition_choices, method_lines, shown_limits
from lims.runtime import Lims
from lims.web.addresses import address
from lims.web.dependencies import LimsDep
from lims.web.page import page
from lims.web.table_filters import cleaned
from lims.web.table_page import read_values, table_page
from lims.web.viewer import Viewer, ViewerDep, language_of

router = APIRouter(prefix="/substances")

#: With so many limits the groups of the tree stand open.
_MOST_OPEN = 30


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A component of a residue definition."""

    code: str
    name: str
    factor: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class ShownDefinition:
    """A residue definition in the reader's words."""

    definition: ResidueDefinition
    foods: tuple[str, ...]
    except_foods: tuple[str, ...]
    expressed_as: str
    parts: tuple[ShownPart, ...]


@router.get("")
def substances(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Every substance of the library; of a typed text, those that it may mean."""
    typed = cleaned(request.query_params.get("q", ""))
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        lines = substance_lines(queries.current_library(session), language_of(request), typed)
        table = read_values(session, SUBSTANCES, lines, request)
    return table_page(request, table, "library/list.html", title=SUBSTANCES.title)


@router.get("/{name}")
def substance(
    request: Request, name: str, lims: LimsDep, viewer: ViewerDep, asked: LawDep, edition: str = ""
) -> Response:
    """A substance by its code, name, alias or CAS number, with all that is known of it."""
    library, language = _library(lims, viewer), language_of(request)
    found, law = library.substance(name), asked.within(library)
    choices = edition_choices(library, found, law)
    chosen = chosen_edition(choices, edition)
    limits = shown_limits(library, chosen, found, law) if chosen else None
    rules = sorted(library.rules_for(found.code), key=lambda rule: (not rule_holds(rule, law.day), rule.in_force_on))
    definitions = _definitions(library, found, language)
    return page(
        request,
        "library/substance.html",
        found=found,
        name=library.substance_name(found.code, language),
        aliases=[a.alias for a in library.facts.substance_aliases if a.substance == found.code],
        law=law,
        markets=markets_of(library, language),
        choices=choices,
        limits=limits,
        is_open=limits is not None and len(limits.rows) <= _MOST_OPEN,
        definitions=[d for d in definitions if chosen and d.definition.standard == chosen.code],
        elsewhere=[d for d in definitions if not chosen or d.definition.standard != chosen.code],
        part_of=[(c, library.substance_name(c, language)) for c in library.owners_of(found.code) if c != found.code],
        screenings=_screenings(library, found, chosen.code if chosen else "", language),
        prohibitions=prohibition_lines(library, rules, language),
        holds=lambda rule: rule_holds(rule, law.day),
        methods=method_lines(library, found, limits),
        announced=len(library.announced_for(found.code)),
        address=address,
        food_name=lambda foods: "、".join(library.food_name(one) for one in foods),
        inherited_address=lambda food: address(
            "/library/food-limits/inherited",
            **{**law.query, "substance": found.code, "edition": chosen.code if chosen else "", "path": food.food},
        ),
        here=_here(found, law),
    )


@router.get("/{name}/announced")
def announced(request: Request, name: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """What inspection notices printed as limits of a substance."""
    library, language = _library(lims, viewer), language_of(request)
    found = library.substance(name)
    return page(
        request,
        "library/announced.html",
        part="library/_announced.html",
        found=found,
        name=library.substance_name(found.code, language),
        announced=library.announced_for(found.code),
        address=address,
    )


def _here(found: Substance, law: Law) -> Callable[..., str]:
    """The address of the page by the same law, with something changed."""

    def to(**changes: Any) -> str:
        return address("/library/substances", found.code, **{**law.query, **changes})

    return to


def _definitions(library: Library, found: Substance, language: Language) -> list[ShownDefinition]:
    return [
        ShownDefinition(
            d,
            tuple(library.food_name(one) for one in d.foods),
            tuple(library.food_name(one) for one in d.except_foods),
            library.substance_name(d.expressed_as, language) if d.expressed_as else "",
            tuple(
                ShownPart(p.substance, library.substance_name(p.substance, language), p.factor, p.source)
                for p in d.components
            ),
        )
        for d in library.facts.definitions
        if d.substance == found.code
    ]


def _screenings(library: Library, found: Substance, edition: str, language: Language) -> list[tuple[str, str, str]]:
    """Pairs of names, the total and what it screens for, with the source; where the substance is one of the two."""
    return [
        (library.substance_name(s.screened_by, language), library.substance_name(s.parameter, language), s.source)
        for s in library.screenings_of(edition)
        if found.code in {s.parameter, s.screened_by}
    ]


def _library(lims: Lims, viewer: Viewer) -> Library:
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        return queries.current_library(session)
