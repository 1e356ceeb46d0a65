"""The bench of the rehearsal: worksheets, the instruments' files for them, a decision on quality control, results."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.db.work import LimsSession
from lims.demo import batch, bench, laboratory
from lims.demo.batch import BatchPlan
from lims.equipment import queries as equipment
from lims.library.queries import current_library
from lims.results import recording
from lims.runs import deciding, importing, profile_queries, profiles, queries
from lims.runs import service as run_acts
from lims.runs.previewing import FileImport
from lims.runs.rules import QcDecisionKind
from lims.runs.tables import Run, StoredProfile, Worksheet, WorksheetEntry
from lims.runtime import Lims
from lims.samples.tables import Sample
from lims.science.quality_control import QcCheck


@dataclass(frozen=True, slots=True)
class Measurers:
    """Who measures, and who decides on what failed."""

    technician: Actor
    quality_manager: Actor


def measure(lims: Lims, who: Measurers, samples: Sequence[Sample], folder: Path) -> tuple[Run, ...]:
    """Every batch from its worksheet to its results. `samples` are those of all lots, in their order.

    A rehearsal that an older edition began has all samples on one worksheet, and goes on with that one.
    """
    bench.stock(lims, who.technician)
    runs: dict[UUID, Run] = {}
    for plan in batch.PLANS:
        worksheet = _worksheet(lims, who.technician, plan, samples)
        if worksheet.id not in runs:
            runs[worksheet.id] = _measured(lims, who, plan, worksheet, samples, folder)
    return tuple(runs.values())


def _worksheet(lims: Lims, technician: Actor, plan: BatchPlan, samples: Sequence[Sample]) -> Worksheet:
    """The worksheet on which the first sample of a batch stands; a new one where it stands on none."""
    first = samples[plan.lots[0] - 1]
    with lims.work(technician, Action.WORKSHEET_CREATE) as session:
        found = session.exec(
            select(Worksheet)
            .join(WorksheetEntry, col(WorksheetEntry.worksheet_id) == col(Worksheet.id))
            .where(WorksheetEntry.sample_id == first.id)
        ).first()
        return found or run_acts.create_worksheet(session, batch.worksheet(plan, samples))


def _measured(
    lims: Lims, who: Measurers, plan: BatchPlan, worksheet: Worksheet, samples: Sequence[Sample], folder: Path
) -> Run:
    """What a worksheet was worked with, the instrument's file for it, the decision on its checks, and its results."""
    bench.record(lims, who.technician, worksheet.number, bench.BENCHES[plan.instrument])
    with lims.read(who.technician, Action.RUN_READ) as session:
        entries = queries.entries_of(session, worksheet.id)
        compounds = laboratory.analytes(current_library(session), samples[0].basis_on)
    content = batch.export(entries, samples, compounds, worksheet.created_at, plan)
    path = folder / "instrument" / f"{worksheet.number}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    version = _profile(lims, who.technician, plan)
    order = FileImport(worksheet.number, content, path.name, plan.profile, profile_version=version)
    run = importing.import_file(lims, who.technician, order)
    _decide(lims, who.quality_manager, plan, run)
    with lims.work(who.technician, Action.RESULT_ENTER) as session:
        recording.record_run(session, current_library(session), run.id)
    return run


def _profile(lims: Lims, technician: Actor, plan: BatchPlan) -> UUID:
    """The stored profile that files of the instrument are read by; its version in use."""
    with lims.work(technician, Action.PROFILE_SAVE) as session:
        profile = _own_profile(session, plan) or profiles.make_profile(
            session, plan.instrument, plan.profile_name, plan.profile
        )
        return profile_queries.version_of(session, profile).id


def _own_profile(session: LimsSession, plan: BatchPlan) -> StoredProfile | None:
    instrument = equipment.instrument_by_code(session, plan.instrument)
    made = session.exec(
        profile_queries.profiles_with_version(session).where(StoredProfile.instrument_id == instrument.id)
    ).first()
    return None if made is None else made[0]


def _decide(lims: Lims, quality_manager: Actor, plan: BatchPlan, run: Run) -> None:
    """The quality manager accepts the recoveries that the plan gives a reason for; whatever else failed stays locked.

    Nothing is left to decide where that was done before.
    """
    with lims.work(quality_manager, Action.QC_DECIDE, plan.accepted_because or None) as session:
        decided = deciding.decisions_of(session, run.id)
        failed = [
            deciding.Chosen(check.id, 0)
            for check in queries.checks_of(session, run.id)
            if check.kind is QcCheck.SPIKE_RECOVERY
            and check.analyte in plan.recovered
            and deciding.holds_back(check)
            and check.id not in decided
        ]
        if failed:
            deciding.decide(session, run.id, failed, QcDecisionKind.ACCEPT, plan.accepted_because)
