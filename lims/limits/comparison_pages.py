"""The page of what a new edition changes: for everything, or for one food, with counts to look at and a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Translate, mark
from lims.core.words import word
from lims.library.facts import FOOD_STANDARD, Food, LimitRow, Standard, Substance
from lims.library.lists import limit_cell
from lims.library.lookup import Fit, lookup_of
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.limits.edition_comparison import NOT_COMPARABLE, Compared, Comparison, Difference, compare
from lims.web import formats
from lims.web.addresses import address
from lims.web.charts import Axis, Chart, Mark, Series, category_points
from lims.web.charts import Table as ChartTable
from lims.web.dependencies import LimsDep
from lims.web.problems import status_of
from lims.web.table import Cell, Chip, Column, Link, Mood, Table
from lims.web.table_filters import ChoiceFilter, TextFilter, YesNoFilter, cleaned
from lims.web.table_page import read_values, table_page
from lims.web.viewer import ViewerDep, language_of

router = APIRouter(prefix="/library/compare")

_MOODS: Mapping[Difference, Mood] = {
    Difference.LOWERED: "bad",
    Difference.RAISED: "good",
    Difference.NEW: "busy",
    Difference.GONE: "warn",
    Difference.REWORDED: "plain",
    Difference.DEFINITION_CHANGED: "warn",
    Difference.EARLIER_NOT_LOADED: "plain",
    Difference.LATER_NOT_LOADED: "plain",
}


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A difference in the reader's words; `before_at` and `after_at` are the nodes that the rows stand at."""

    compared: Compared
    name: str
    names: str
    food: str
    tree: str
    before_at: str
    after_at: str

    @property
    def chip(self) -> Chip:
        """The change in a word."""
        return Chip(self.compared.kind, _MOODS[self.compared.kind])


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be compared; food and substance as they were typed."""

    before: str
    after: str
    food: str
    substance: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The comparison, and of it what is shown: that of one substance when it was asked for."""

    found: Comparison | None = None
    food: Food | None = None
    substance: str = ""

    @property
    def shown(self) -> Sequence[Compared]:
        """The differences."""
        return [one for one in (self.found.differences if self.found else ()) if self.substance in {"", one.substance}]


def _cell(row: LimitRow | None) -> Cell:
    if row is None:
        return None
    told = limit_cell(row)
    return told if row.value is None else f"{row.value:f} {row.unit}"


def _at(name: str, row: LimitRow | None, tree: str) -> Cell:
    return None if row is None else Link(address("/library/food", path=row.food, standard=tree), name)


COMPARED: Table[ComparedLine] = Table(
    name="changes",
    title=mark("What changed"),
    columns=(
        Column(
            "substance", mark("Substance"), lambda r: r.name, lambda r: r.name,
            link=lambda r: address("/library/substances", r.compared.substance),
        ),
        Column("food", mark("Food or group"), lambda r: r.food, lambda r: r.compared.food),
        Column("change", mark("Difference"), lambda r: r.chip, lambda r: r.compared.kind),
        Column("before", mark("Before"), lambda r: _cell(r.compared.before), kind="number"),
        Column("after", mark("After"), lambda r: _cell(r.compared.after), kind="number"),
        Column("before_at", mark("Before it came from"), lambda r: _at(r.before_at, r.compared.before, r.tree)),
        Column("after_at", mark("Now it comes from"), lambda r: _at(r.after_at, r.compared.after, r.tree)),
        Column(
            "definition", mark("What counts as residue"),
            lambda r: Chip(mark("changed"), "warn") if r.compared.is_redefined else None,
        ),
        Column("source", mark("Source"), lambda r: r.compared.after.source if r.compared.after else None, shown=False),
    ),
    filters=(
        ChoiceFilter("change", mark("Difference"), Difference, lambda r: r.compared.kind, many=True),
        YesNoFilter("comparable", mark("Loaded in both"), lambda r: r.compared.kind not in NOT_COMPARABLE),
        TextFilter("at", mark("Food or group"), [lambda r: r.compared.food]),
    ),
    search=(lambda r: r.name, lambda r: r.names, lambda r: r.food),
    nothing=mark("Nothing that is loaded in both differs."),
)  # fmt: skip


@router.get("")
def changes(
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    from_: Annotated[str, Query(alias="from", description="The older edition.")] = "",
    to: Annotated[str, Query(description="The newer edition.")] = "",
    food: Annotated[str, Query(description="A food: what applies to it is compared.")] = "",
    substance: Annotated[str, Query(description="One substance alone.")] = "",
) -> Response:
    """What an edition changes against an older one, for everything or for a food."""
    language = language_of(request)
    say = translator(language)
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        library = current_library(session)
        editions = comparable(library)
        before, after = _chosen(library, editions, from_, to)
        asked = Asked(before, after, cleaned(food), cleaned(substance))
        status, refused, answer = 200, "", Answer()
        try:
            answer = _answer(library, asked)
        except LimsError as refusal:
            status = status_of(refusal)
            refused = " ".join(why.translated(say) for why in refusal.reasons)
        tree = library.standard(after).tree if after else FOOD_STANDARD
        table = read_values(session, COMPARED, _lines(library, answer.shown, tree, language), request)
    return table_page(
        request,
        table,
        "limits/changes.html",
        status=status,
        asked=asked,
        refused=refused,
        editions=[one.code for one in editions],
        found=answer.found,
        node=answer.food,
        substance_name=library.substance_name(answer.substance, language) if answer.substance else "",
        counts={kind: sum(one.kind is kind for one in answer.shown) for kind in Difference},
        chart=_chart(answer.shown, say),
        address=address,
    )


def comparable(library: Library) -> Sequence[Standard]:
    """The loaded editions that can be compared: those of families with more than one, the newest first."""
    found = []
    for market in library.markets:
        for family in library.families(market):
            loaded = [one for one in library.editions_of(family) if one.limits_loaded and not one.supplements]
            found.extend(loaded if len(loaded) > 1 else [])
    return found


def _chosen(library: Library, editions: Sequence[Standard], before: str, after: str) -> tuple[str, str]:
    """The two editions that are asked for; the newest with the one before it where nothing is.

    Raises `NotFound` for an edition that the library does not know.
    """
    new = library.standard(after) if after else None
    old = library.standard(before) if before else None
    if new is None:
        same = [one for one in editions if old is None or one.family == old.family]
        new = same[0] if same else None
    if new is None:
        return "", ""
    return (old.code if old else library.edition_before(new.code)), new.code


def _food(library: Library, edition: str, text: str) -> Food | None:
    """The food that is asked about, in the tree of the editions. Raises `BadInput` and `NotFound`."""
    if not text:
        return None
    tree = library.tree(library.standard(edition).tree)
    if text in tree:
        return tree.food(text)
    meant = [hit.found for hit in lookup_of(library).foods(text, tree.standard) if hit.fit is Fit.EXACT]
    if not tree.candidates(text) and len(meant) == 1:
        return meant[0]
    if tree.standard != FOOD_STANDARD and not tree.candidates(text):
        home = library.foods.resolve(text).food
        linked = library.linked(home.food, tree.standard)
        if linked is not None:
            return linked
    return tree.resolve(text).food


def _substance(library: Library, text: str) -> Substance:
    """The substance that is asked about, also by its pinyin when that is one's. Raises `NotFound`."""
    meant = [hit.found for hit in lookup_of(library).substances(text) if hit.fit is Fit.EXACT]
    return library.find_substance(text) or (meant[0] if len(meant) == 1 else library.substance(text))


def _lines(library: Library, found: Sequence[Compared], tree: str, language: Language) -> list[ComparedLine]:
    lines = []
    for one in found:
        substance = library.substance(one.substance)
        at = [library.food_name(row.food) if row else "" for row in (one.before, one.after)]
        names = f"{substance.name_zh} {substance.name_en} {substance.code} {substance.cas}"
        name = library.substance_name(one.substance, language)
        lines.append(ComparedLine(one, name, names, library.food_name(one.food), tree, at[0], at[1]))
    return lines


def _answer(library: Library, asked: Asked) -> Answer:
    """Raises `NotFound`, and `BadInput` for a food that is none or several."""
    if not asked.before or not asked.after:
        return Answer()
    code = _substance(library, asked.substance).code if asked.substance else ""
    food = _food(library, asked.after, asked.food)
    return Answer(compare(library, asked.before, asked.after, food.food if food else ""), food, code)


def _chart(shown: Sequence[Compared], say: Translate) -> Chart:
    """How many limits changed in each way; what is not loaded is told in words, not drawn."""
    kinds = [kind for kind in Difference if kind not in NOT_COMPARABLE]
    names = tuple(say(word(kind)) for kind in kinds)
    numbers = [sum(one.kind is kind for one in shown) for kind in kinds]
    title = say(mark("Number of changes"))
    points = category_points([float(number) for number in numbers], [formats.number(number) for number in numbers])
    return Chart(
        title=title,
        x=Axis(say(mark("Difference"))),
        y=Axis(say(mark("Limits")), lowest=0, highest=5),
        series=(Series(title, points, Mark.BARS),),
        categories=names,
        table=ChartTable(
            (say(mark("Difference")), say(mark("Limits"))),
            tuple((name, formats.number(number)) for name, number in zip(names, numbers, strict=True)),
            frozenset({1}),
        ),
        lies=True,
    )
