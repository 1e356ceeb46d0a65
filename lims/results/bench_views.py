"""What the page of a worksheet shows of its bench record: what stands in it, and what there is to choose from."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from lims.core.reasons import Reason, Translate
from lims.core.words import word
from lims.db.work import LimsSession
from lims.equipment import queries as equipment
from lims.equipment.rules import reasons_not_to_use as reasons_not_to_use_equipment
from lims.materials import queries as materials
from lims.materials.rules import BENCH_ORDER
from lims.materials.rules import reasons_not_to_use as reasons_not_to_use_lot
from lims.materials.tables import Material
from lims.materials.views import strength_text
from lims.results.bench_queries import KeptBench
from lims.runs.tables import Worksheet
from lims.web.forms import Form

#: More lots in date are not offered as boxes; they are typed or scanned.
_MOST = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tick:
    """A box: the number of a lot or of equipment, what it is, until when it holds."""

    code: str
    text: str
    until: date
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """Boxes of one kind: those that were used before or are chosen, and all others; `lapsed` cannot be used again."""

    first: Sequence[Tick]
    others: Sequence[Tick]
    lapsed: Sequence[str]


def lot_choices(
    session: LimsSession,
    kept: KeptBench | None,
    previous: KeptBench | None,
    form: Form | None,
    day: date,
    say: Translate,
) -> Choices:
    """The lots to choose from on a day."""
    usable = _in_bench_order(materials.usable_on(session, day, _MOST))
    used = [lot for _, lot in kept.lots] if kept else []
    before = [lot for _, lot in previous.lots] if previous and not kept else []
    given = None if form is None else set(form.texts("materials"))
    return _choices(
        usable, used, before, given, lambda lot: reasons_not_to_use_lot(materials.lot_of(lot), day), _of_lot(say), say
    )


def equipment_choices(
    session: LimsSession,
    worksheet: Worksheet,
    kept: KeptBench | None,
    previous: KeptBench | None,
    form: Form | None,
    day: date,
    say: Translate,
) -> Choices:
    """The equipment to choose from on a day; the instrument of the worksheet is always used."""
    own = session.actor.laboratory_id
    others = [one for one in equipment.instruments(session) if one.id != worksheet.instrument_id]
    known = [one for one in others if one.laboratory_id == own]
    usable = [one for one in known if one.calibrated_until >= day][:_MOST]
    used = [one for _, one in kept.equipment if one.id != worksheet.instrument_id] if kept else []
    before = (
        [one for _, one in previous.equipment if one.id != worksheet.instrument_id] if previous and not kept else []
    )
    given = None if form is None else set(form.texts("equipment"))
    return _choices(
        usable,
        used,
        before,
        given,
        lambda one: reasons_not_to_use_equipment(one.code, one.calibrated_until, day),
        lambda one, ticked: Tick(one.code, f"{one.name} {one.model}", one.calibrated_until, ticked),
        say,
    )


def _in_bench_order(lots: Iterable[Material]) -> list[Material]:
    """Lots by kind, what is used every day first, and by number."""
    return sorted(lots, key=lambda lot: (BENCH_ORDER.index(lot.kind), lot.code))


def _of_lot(say: Translate) -> Callable[[Material, bool], Tick]:
    def tick(lot: Material, ticked: bool) -> Tick:
        parts = (say(word(lot.kind)), lot.name, lot.lot, strength_text(lot))
        return Tick(lot.code, " · ".join(filter(None, parts)), lot.expires_on, ticked)

    return tick


def _choices(
    usable: Sequence[T],
    used: Sequence[T],
    before: Sequence[T],
    given: Collection[str] | None,
    faults: Callable[[T], Sequence[Reason]],
    tick: Callable[[T, bool], Tick],
    say: Translate,
) -> Choices:
    """Ticked is what was just sent, else what is recorded, else what the last worksheet used and may be used still."""
    code_of: Callable[[T], str] = lambda one: tick(one, False).code  # noqa: E731  # both kinds have a number
    lapsed = [] if given is not None else [why for one in before for why in faults(one)]
    still = [one for one in before if not faults(one)]
    chosen = given if given is not None else {code_of(one) for one in (used or still)}
    by_code = {code_of(one): one for one in (*usable, *still, *used)}
    leading = [*used, *still, *(one for one in usable if code_of(one) in chosen)]
    first = list(dict.fromkeys(code_of(one) for one in leading))
    return Choices(
        [tick(by_code[code], code in chosen) for code in first],
        [tick(one, False) for one in usable if code_of(one) not in first],
        [why.translated(say) for why in lapsed],
    )
