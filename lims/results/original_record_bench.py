"""The part of an original record that says what the work was done with: room, standards, reagents, equipment."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from lims.core.reasons import Translate
from lims.core.words import word
from lims.db.work import LimsSession
from lims.documents.original_record import DeviceLine, Facts, LotLine
from lims.materials import queries as materials
from lims.materials.rules import STANDARDS
from lims.materials.tables import Material, MaterialSource
from lims.materials.views import sources_text, strength_text
from lims.people.queries import names_of
from lims.results.bench_queries import KeptBench
from lims.science.rounding import plain
from lims.web.formats import second

Sources = Mapping[UUID, Sequence[tuple[MaterialSource, Material]]]


def condition_facts(kept: KeptBench | None, recorder: str) -> Facts:
    """Day, room, temperature, humidity, who recorded them; and which lots. None is printed as a gap."""
    if kept is None:
        names = ("used_on", "room", "temperature", "humidity", "bench_recorded", "standards", "reagents", "devices")
        return tuple((name, None) for name in names)
    record = kept.record
    standards = [lot.code for _, lot in kept.lots if lot.kind in STANDARDS]
    reagents = [lot.code for _, lot in kept.lots if lot.kind not in STANDARDS]
    return (
        ("used_on", record.used_on.isoformat()),
        ("room", record.room),
        ("temperature", None if record.temperature_c is None else f"{plain(record.temperature_c)} ℃"),
        ("humidity", None if record.humidity_percent is None else f"{plain(record.humidity_percent)} %"),
        ("bench_recorded", f"{recorder} {second(record.recorded_at)}"),
        ("standards", ", ".join(standards) or None),
        ("reagents", ", ".join(reagents) or None),
        ("devices", ", ".join(one.code for _, one in kept.equipment) or None),
    )


def lot_lines(session: LimsSession, kept: KeptBench | None, say: Translate) -> tuple[LotLine, ...]:
    """Every lot that was used, standards first, each followed by what it was made of, down to what was bought."""
    if kept is None:
        return ()
    used = [lot for _, lot in kept.lots]  # standards first
    sources = materials.all_sources_of(session, [lot.id for lot in used])
    lots = {lot.id: lot for lot in used} | {lot.id: lot for several in sources.values() for _, lot in several}
    names = names_of(session, {lot.prepared_by for lot in lots.values() if lot.prepared_by is not None})
    named: set[UUID] = set()
    lines: list[LotLine] = []
    for lot in used:
        for one, depth in _down(lot, sources, 0):
            if depth == 0 or one.id not in named:
                lines.append(_line(one, depth, sources, names, say))
            named.add(one.id)
    return tuple(lines)


def _down(lot: Material, sources: Sources, depth: int) -> Iterator[tuple[Material, int]]:
    yield lot, depth
    for _, source in sources.get(lot.id, ()):
        yield from _down(source, sources, depth + 1)


def _line(lot: Material, depth: int, sources: Sources, names: Mapping[UUID, str], say: Translate) -> LotLine:
    is_prepared = lot.prepared_on is not None
    made_by = None if lot.prepared_by is None else names.get(lot.prepared_by)
    identity = " ".join(filter(None, (lot.lot, lot.certificate)))
    return LotLine(
        code=f"{'　' * (depth - 1)}└ {lot.code}" if depth else lot.code,
        kind=say(word(lot.kind)),
        name=" ".join(filter(None, (lot.name, lot.grade))),
        lot="—" if is_prepared else identity or None,
        strength=strength_text(lot) or (None if lot.kind in STANDARDS else "—"),
        supplier="—" if is_prepared else lot.supplier,
        opened="—" if is_prepared else _day(lot.opened_on),
        prepared=f"{made_by} {_day(lot.prepared_on)}" if is_prepared and made_by else (None if is_prepared else "—"),
        made_of=". ".join(filter(None, (sources_text(lot, sources.get(lot.id, ())), lot.preparation))) or "—",
        expires=lot.expires_on.isoformat(),
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def device_lines(kept: KeptBench | None) -> tuple[DeviceLine, ...]:
    """The equipment that was used, the last day of its calibration as it stood then."""
    if kept is None:
        return ()
    return tuple(
        DeviceLine(one.code, one.name, one.model, one.serial_number, use.calibrated_until.isoformat())
        for use, one in kept.equipment
    )
