"""The original record (检测原始记录) of a run, composed from what is stored; nothing of it is calculated again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.language import Language, translator
from lims.core.reasons import Translate, mark
from lims.core.words import word, word_in
from lims.db.work import LimsSession
from lims.documents.original_record import Act, AnalytePart, Facts, OriginalRecord, PositionLine
from lims.documents.renderers import renderer_of
from lims.equipment.tables import Instrument
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.network.queries import laboratory_by_id
from lims.people.queries import names_of
from lims.results.bench_queries import KeptBench, bench_of
from lims.results.original_record_bench import condition_facts, device_lines, lot_lines
from lims.results.original_record_lines import AnalyteRecords, Place, Reader, analyte_part, nominal_text
from lims.results.tables import Result
from lims.runs import queries as runs
from lims.runs.left_out import level_decisions_of
from lims.runs.preview_views import response_words
from lims.runs.profile import Response as ResponseFigure
from lims.runs.rules import PREPARED
from lims.runs.tables import (
    InstrumentFile,
    LevelDecision,
    Measurement,
    QcDecision,
    Run,
    Signal,
    Worksheet,
    WorksheetEntry,
)
from lims.runtime import Lims
from lims.science.rounding import plain
from lims.web.formats import instant, second


def print_record(lims: Lims, actor: Actor, run_id: UUID, language: Language) -> tuple[str, bytes]:
    """The name of the file and the record of a run as PDF. Raises `NotFound`, `Forbidden`, `RenderingFailed`."""
    with lims.read(actor, Action.RUN_READ) as session:
        record = record_of(session, run_id, language)
    return f"{record.number}-{str(run_id)[:8]}-{language.value}.pdf", renderer_of(lims).original_record(record)


def record_of(session: LimsSession, run_id: UUID, language: Language) -> OriginalRecord:
    """The record of a run in a language, with blind codes alone. Raises `NotFound`."""
    kept = _kept(session, run_id)
    library, say = current_library(session), translator(language)
    reader = Reader(library, language, say, kept.names)
    worksheet, run = kept.worksheet, kept.run
    figure = ResponseFigure(run.profile["response"])
    return OriginalRecord(
        language=language,
        laboratory=laboratory_by_id(session, run.laboratory_id).name,
        number=worksheet.number,
        heading=_heading(kept, library, say),
        conditions=condition_facts(kept.bench, _name(kept, kept.bench.record.recorded_by) if kept.bench else ""),
        lots=lot_lines(session, kept.bench, say),
        devices=device_lines(kept.bench),
        file=_file_facts(kept, say),
        concentration_unit=worksheet.concentration_unit,
        portion_unit=worksheet.test_portion_unit,
        volume_unit=worksheet.final_volume_unit,
        result_unit=worksheet.result_unit,
        response=response_words(figure, run.profile["internal_standard"], say),
        positions=tuple(_position(entry, kept, say) for entry in kept.entries.values()),
        analytes=_parts(session, kept, reader),
        acts=_acts(kept, say),
        begun_at=worksheet.created_at,
        changed_at=max(at for _, _, at in _done(kept)),
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is stored of a run, read once."""

    run: Run
    again: int
    worksheet: Worksheet
    file: InstrumentFile
    instrument: Instrument
    entries: Mapping[UUID, WorksheetEntry]
    places: Mapping[tuple[UUID, str], Place]
    results: Mapping[UUID, Result]
    decisions: Mapping[UUID, Sequence[QcDecision]]
    levels: Mapping[UUID, Sequence[LevelDecision]]
    bench: KeptBench | None
    names: Mapping[UUID, str]

    @property
    def calibrated_until(self) -> date:
        """The last day of the instrument's calibration: as it stood on the day of use, where that was recorded."""
        then = (
            [use.calibrated_until for use, one in self.bench.equipment if one.id == self.instrument.id]
            if (self.bench)
            else []
        )
        return then[0] if then else self.instrument.calibrated_until


def _kept(session: LimsSession, run_id: UUID) -> _Kept:
    run = runs.run_by_id(session, run_id)
    worksheet = runs.worksheet_of(session, run)
    results, decisions = _results(session, run_id), _decisions(session, run_id)
    levels = level_decisions_of(session, run_id)
    file = runs.file_of(session, run)
    bench = bench_of(session, worksheet)
    people = {worksheet.created_by, run.imported_by, file.uploaded_by}
    people |= {bench.record.recorded_by} if bench else set()
    people |= {who for r in results.values() for who in (r.entered_by, r.verified_by) if who is not None}
    people |= {one.decided_by for several in decisions.values() for one in several}
    people |= {one.decided_by for several in levels.values() for one in several}
    return _Kept(
        run=run,
        again=[one.id for one in runs.runs_of(session, worksheet.id)].index(run.id) + 1,
        worksheet=worksheet,
        file=file,
        instrument=session.get_one(Instrument, worksheet.instrument_id),
        entries={entry.id: entry for entry in runs.entries_of(session, worksheet.id)},
        places=_places(session, run_id),
        results=results,
        decisions=decisions,
        levels=levels,
        bench=bench,
        names=names_of(session, people),
    )


def _results(session: Session, run_id: UUID) -> dict[UUID, Result]:
    """The newest result that was recorded of each measurement of a run, also one that was corrected since."""
    rows = session.exec(
        select(Result)
        .join(Measurement, col(Measurement.id) == col(Result.measurement_id))
        .where(Measurement.run_id == run_id)
        .order_by(col(Result.entered_at), col(Result.id))
    ).all()
    return {row.measurement_id: row for row in rows if row.measurement_id is not None}


def _decisions(session: Session, run_id: UUID) -> dict[UUID, list[QcDecision]]:
    """What was decided on the checks of a run, oldest first."""
    found: dict[UUID, list[QcDecision]] = defaultdict(list)
    for one in session.exec(
        select(QcDecision).where(QcDecision.run_id == run_id).order_by(col(QcDecision.edition))
    ).all():
        found[one.check_id].append(one)
    return found


def _places(session: Session, run_id: UUID) -> dict[tuple[UUID, str], Place]:
    """Where each reading stands in the file, by position and analyte; the first where a position was injected twice."""
    short = defer(col(Signal.raw))  # type: ignore[arg-type]  # the column is the mapper's attribute
    rows = session.exec(
        select(Signal)
        .options(short)
        .where(Signal.run_id == run_id)
        .order_by(col(Signal.row).desc(), col(Signal.compound).desc())
    ).all()
    return {
        (one.entry_id, one.analyte): Place(one.compound, one.row, one.column, one.acquired_at, one.manually_integrated)
        for one in rows
    }


# ── what stands once ─────────────────────────────────────────────────────────────────────────────────


def _heading(kept: _Kept, library: Library, say: Translate) -> Facts:
    worksheet, instrument, run = kept.worksheet, kept.instrument, kept.run
    method = library.methods.get(worksheet.method_code)
    title = method.title if method is not None and method.title else None
    injected = sorted(p.acquired_at for p in kept.places.values() if p.acquired_at is not None)
    return (
        ("worksheet", worksheet.number),
        ("run", f"{kept.again} · {say(word(run.status))}"),
        ("method", f"{worksheet.method_code}《{title}》" if title else worksheet.method_code),
        ("matrix", worksheet.matrix_group),
        ("instrument", f"{instrument.name} {instrument.model} ({instrument.code}, S/N {instrument.serial_number})"),
        ("calibrated_until", kept.calibrated_until.isoformat()),
        ("analyst", f"{_name(kept, worksheet.created_by)} {second(worksheet.created_at)}"),
        ("injected", f"{second(injected[0])} – {second(injected[-1])}" if injected else None),
        ("imported", f"{_name(kept, run.imported_by)} {second(run.imported_at)}"),
        ("again", run.repeat_reason or (None if kept.again > 1 else "—")),
    )


def _file_facts(kept: _Kept, say: Translate) -> Facts:
    file, accounting = kept.file, kept.run.accounting
    counts = " + ".join(f"{say(word_in('Disposition', name))} {count}" for name, count in accounting["counts"].items())
    return (
        ("file", f"{file.name} ({file.size} B)"),
        ("uploaded", f"{_name(kept, file.uploaded_by)} {second(file.uploaded_at)}"),
        (
            "reader",
            f"{accounting.get('reader', file.reader)} {accounting.get('reader_version', file.reader_version)}",
        ),
        ("rows", f"{counts} = {accounting['total']}"),
        ("sha256", file.sha256),
    )


def _position(entry: WorksheetEntry, kept: _Kept, say: Translate) -> PositionLine:
    places = [place for (entry_id, _), place in kept.places.items() if entry_id == entry.id]
    at = min((place.acquired_at for place in places if place.acquired_at is not None), default=None)
    parent = kept.entries.get(entry.parent_entry_id) if entry.parent_entry_id else None
    is_prepared = entry.kind in PREPARED
    return PositionLine(
        position=entry.position,
        kind=say(word(entry.kind)),
        label=entry.label,
        made_from=parent.label if parent is not None else "",
        portion=plain(entry.test_portion) if is_prepared else "",
        volume=plain(entry.final_volume) if is_prepared else "",
        dilution=plain(entry.dilution) if is_prepared else "",
        given=nominal_text(entry, kept.worksheet),
        injected=second(at) if at is not None else None,
        row=", ".join(str(row) for row in sorted({place.row for place in places})[:3]) or None,
    )


def _parts(session: LimsSession, kept: _Kept, reader: Reader) -> tuple[AnalytePart, ...]:
    measured: dict[str, list[Measurement]] = defaultdict(list)
    positions = {entry_id: entry.position for entry_id, entry in kept.entries.items()}
    for one in session.exec(select(Measurement).where(Measurement.run_id == kept.run.id)).all():
        measured[one.analyte].append(one)
    checks = defaultdict(list)
    found = runs.checks_of(session, kept.run.id)
    for check in sorted(found, key=lambda one: (one.kind, positions.get(one.entry_id, 0) if one.entry_id else 0)):
        checks[check.analyte].append(check)
    return tuple(
        analyte_part(
            AnalyteRecords(
                run=kept.run,
                worksheet=kept.worksheet,
                calibration=calibration,
                checks=checks[calibration.analyte],
                measurements=sorted(measured[calibration.analyte], key=lambda one: positions[one.entry_id]),
                entries=kept.entries,
                places={entry: place for (entry, code), place in kept.places.items() if code == calibration.analyte},
                results=kept.results,
                decisions=kept.decisions,
                levels=kept.levels.get(calibration.id, ()),
            ),
            reader,
        )
        for calibration in runs.calibrations_of(session, kept.run.id)
    )


# ── who did it ───────────────────────────────────────────────────────────────────────────────────────


def _name(kept: _Kept, user_id: UUID) -> str:
    return kept.names.get(user_id, str(user_id))


def _done(kept: _Kept) -> list[tuple[str, UUID, datetime]]:
    """Every act of the record: what, who, when."""
    done = [
        (mark("Worksheet made"), kept.worksheet.created_by, kept.worksheet.created_at),
        (mark("Instrument file imported"), kept.run.imported_by, kept.run.imported_at),
    ]
    if kept.bench:
        done.append((mark("Bench record written"), kept.bench.record.recorded_by, kept.bench.record.recorded_at))
    results = kept.results.values()
    done += [(mark("Results recorded (analyst)"), one.entered_by, one.entered_at) for one in results]
    done += [
        (mark("Quality control decided"), one.decided_by, one.decided_at)
        for several in kept.decisions.values()
        for one in several
    ]
    done += [
        (mark("Calibration levels decided"), one.decided_by, one.decided_at)
        for several in kept.levels.values()
        for one in several
    ]
    done += [
        (mark("Results verified (checker)"), one.verified_by, one.verified_at)
        for one in results
        if one.verified_by is not None and one.verified_at is not None
    ]
    return done


def _acts(kept: _Kept, say: Translate) -> tuple[Act, ...]:
    """Each person once for what they did, with the first and the last time of it."""
    times: dict[tuple[str, UUID], list[datetime]] = defaultdict(list)
    for act, who, at in _done(kept):
        times[act, who].append(at)
    return tuple(Act(say(act), _name(kept, who), _span(several)) for (act, who), several in times.items())


def _span(times: Iterable[datetime]) -> str:
    first, *_, last = sorted([*times] * 2)
    return second(first) if instant(first) == instant(last) else f"{second(first)} – {second(last)}"


def file_headers(name: str) -> dict[str, Any]:
    """The headers of the answer: shown in the browser, kept under a name of its own."""
    return {"Content-Disposition": f'inline; filename="{name}"', "X-Content-Type-Options": "nosniff"}
