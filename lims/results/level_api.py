"""JSON routes of standards that are left out of a calibration."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from lims.core.actions import Action
from lims.core.language import translator
from lims.library.queries import current_library
from lims.results.levels import LevelChoice, decide_on_level
from lims.runs import queries
from lims.runs.left_out import level_decisions_of
from lims.runs.schemas import CalibrationOut
from lims.runs.views import calibration_shown
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.fields import Input, Output
from lims.web.texts import Text100, Text500

router = APIRouter(prefix="/api", tags=["results"])


class LevelIn(Input):
    """A standard to be left out of the calibration of one analyte, or to be taken back."""

    analyte: Text100 = Field(examples=["克百威"], description="Code of the library.")
    label: Text100 = Field(examples=["Cal-3"], description="Position of the standard; all its injections are meant.")
    is_left_out: bool = Field(examples=[True])
    reason: Text500 = Field(examples=["The vial was mixed up; it holds the level above."])
    version: int = Field(ge=1, le=1_000_000, examples=[1], description="Of the calibration that was seen.")


class LevelOut(Output):
    """A decision on a standard. The highest edition of a label counts."""

    id: UUID
    analyte: str
    label: str
    edition: int
    is_left_out: bool
    reason: str
    decided_by: UUID
    decided_at: datetime


@router.get("/runs/{run_id}/calibration-levels")
def level_decisions(run_id: UUID, lims: LimsDep, actor: ActorDep) -> list[LevelOut]:
    """Everything that was decided on the standards of a run, by analyte, the oldest first."""
    with lims.read(actor, Action.RUN_READ) as session:
        run = queries.run_by_id(session, run_id)
        labels = {entry.id: entry.label for entry in queries.entries_of(session, run.worksheet_id)}
        analytes = {one.id: one.analyte for one in queries.calibrations_of(session, run.id)}
        return [
            LevelOut.model_validate(
                {**one.model_dump(), "analyte": analytes[calibration_id], "label": labels[one.entry_id]}
            )
            for calibration_id, several in level_decisions_of(session, run.id).items()
            for one in several
        ]


@router.post("/runs/{run_id}/calibration-levels", status_code=201)
def decide(run_id: UUID, order: LevelIn, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> CalibrationOut:
    """Leave a standard out of a calibration or take it back; the analyte is evaluated again in the same act.

    It is refused once results of the analyte are recorded from the run, to whoever imported it, and when fewer
    standards would remain than the model needs.
    """
    lims.require(actor, Action.LEVEL_DECIDE)
    with lims.read(actor, Action.RUN_READ) as session:
        content = lims.vault.get(queries.file_of(session, queries.run_by_id(session, run_id)).sha256)
    choice = LevelChoice(order.analyte, order.label, order.is_left_out, order.reason, order.version)
    with lims.work(actor, Action.LEVEL_DECIDE, order.reason) as session:
        calibration = decide_on_level(session, current_library(session), run_id, content, choice)
        session.flush()
        return calibration_shown(calibration.model_dump(), translator(language))
