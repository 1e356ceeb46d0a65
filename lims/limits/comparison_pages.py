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
from lims.library.facts import FOOD_STANDARD, LimitRow
from lims.library.lists import limit_cell
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.limits.edition_comparison import NOT_COMPARABLE, Compared, Difference
from lims.limits.edition_questions import Answer, Asked, answer, chosen, comparable
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
        before, after = chosen(library, editions, from_, to)
        asked = Asked(before, after, cleaned(food), cleaned(substance))
        status, refused, told = 200, "", Answer()
        try:
            told = answer(library, asked)
        except LimsError as refusal:
            status = status_of(refusal)
            refused = " ".join(why.translated(say) for why in refusal.reasons)
        tree = library.standard(after).tree if after else FOOD_STANDARD
        table = read_values(session, COMPARED, _lines(library, told.shown, tree, language), request)
    return table_page(
        request,
        table,
        "limits/changes.html",
        status=status,
        asked=asked,
        refused=refused,
        editions=[one.code for one in editions],
        found=told.found,
        node=told.food,
        substance_name=library.substance_name(told.substance, language) if told.substance else "",
        counts={kind: sum(one.kind is kind for one in told.shown) for kind in Difference},
        chart=_chart(told.shown, say),
        address=address,
    )


def _lines(library: Library, found: Sequence[Compared], tree: str, language: Language) -> list[ComparedLine]:
    lines = []
    for one in found:
        substance = library.substance(one.substance)
        at = [library.food_name(row.food) if row else "" for row in (one.before, one.after)]
        names = f"{substance.name_zh} {substance.name_en} {substance.code} {substance.cas}"
        name = library.substance_name(one.substance, language)
        lines.append(ComparedLine(one, name, names, library.food_name(one.food), tree, at[0], at[1]))
    return lines


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
