"""The figures of a network at a glance (指标速览): of the year so far, each beside its target."""

from decimal import Decimal

from lims.accreditation.queries import dual_rate_of
from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import Forbidden
from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.desk.views import Figure
from lims.indicators.figures import Compared
from lims.indicators.rules import Period
from lims.indicators.service import Question, indicator_table
from lims.network import queries as network
from lims.network.rules import TargetKind
from lims.runtime import Lims
from lims.web import formats
from lims.web.viewer import Viewer


def glance(lims: Lims, viewer: Viewer, language: Language) -> tuple[str, list[Figure]]:
    """Of which region and year, and the figures: pass rate, batches per thousand residents, dual accreditation."""
    say = translator(language)
    day = local_day(lims.clock.now())
    table = indicator_table(lims, viewer.actor, Question(Period.parse(str(day.year))))
    total = table.total
    address = f"/indicators?period={table.period.label}&region={table.region_code}"
    counted = say(mark("of {count} judged batches")).format(count=formats.number(total.tally.judged))
    figures = [
        _compared(say(mark("Pass rate, %")), total.pass_rate, address, counted, say(mark("target {value}"))),
    ]
    if total.density is not None:
        residents = say(mark("of {count} residents ({year})")).format(
            count=formats.number(total.density.residents), year=total.density.census_year
        )
        name = say(mark("Batches per thousand residents"))
        figures.append(_compared(name, total.density.figure, address, residents, say(mark("target {value}"))))
    if viewer.may(Action.ACCREDITATION_READ):
        figures += _dual(lims, viewer, table.region_code, language)
    return f"{table.region_name} · {table.period.label}", figures


def _compared(name: str, figure: Compared, address: str, of: str, target: str) -> Figure:
    hint = of if figure.target is None else f"{target.format(value=formats.number(figure.target))} · {of}"
    mood = "plain" if figure.reached is None else "good" if figure.reached else "bad"
    return Figure(figure.shown or formats.NOTHING, name, address, mood, hint)


def _dual(lims: Lims, viewer: Viewer, region_code: str, language: Language) -> list[Figure]:
    """双认证 rate; none when the person does not see every laboratory that counts."""
    say = translator(language)
    day = local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.ACCREDITATION_READ) as session:
        try:
            rate = dual_rate_of(session, region_code, day)
        except Forbidden:
            return []
        target = network.target_in_force(session, TargetKind.DUAL_ACCREDITATION_RATE, day)
    wanted = target.value if target else None
    of = say(mark("of {count} county laboratories")).format(count=rate.county_laboratories)
    hint = of if wanted is None else f"{say(mark('target {value}')).format(value=formats.number(wanted))} · {of}"
    return [
        Figure(
            formats.NOTHING if rate.percent is None else formats.number(rate.percent),
            say(mark("County laboratories with both certificates, %")),
            "/accreditation",
            _mood(rate.percent is not None, wanted, reached=wanted is not None and rate.reaches(wanted)),
            hint,
        )
    ]


def _mood(is_known: bool, wanted: Decimal | None, *, reached: bool) -> str:
    if not is_known or wanted is None:
        return "plain"
    return "good" if reached else "bad"
