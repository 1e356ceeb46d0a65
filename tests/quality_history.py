"""Runs of the past for tests of control charts: each with one spike, its recovery as it is given."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.db.work import LimsSession, save
from lims.equipment.tables import Instrument
from lims.runs.profile import ImportProfile
from lims.runs.quality_plan import STARTING_PLAN
from lims.runs.rules import EntryKind, RunStatus, WorksheetStatus
from lims.runs.tables import BatchCheck, InstrumentFile, Run, Worksheet, WorksheetEntry
from lims.runtime import Lims
from lims.science.quality_control import QcCheck, QcVerdict

METHOD = "GB 23200.121-2026"
#: Twenty recoveries around 95 %, between 91 and 99.
CALM = tuple(map(Decimal, (95, 93, 97, 94, 96, 92, 98, 95, 94, 96, 93, 97, 95, 91, 99, 94, 96, 95, 93, 97)))


def a_history(
    lims: Lims, actor: Actor, recoveries: Sequence[Decimal], begins: datetime, *, first: int = 1
) -> list[UUID]:
    """One run a day with one recovery of carbofuran at 0.05 mg/kg each; their ids."""
    with lims.work(actor, Action.RUN_IMPORT) as session:
        instrument = _instrument(session, actor)
        return [
            _run(session, actor, instrument, place, value, begins + timedelta(days=place - first))
            for place, value in enumerate(recoveries, start=first)
        ]


def _instrument(session: LimsSession, actor: Actor) -> Instrument:
    from sqlmodel import select  # here: nothing else of these tests reads by itself

    assert actor.laboratory_id is not None
    code = "HPLC-77"
    known = session.exec(select(Instrument).where(Instrument.code == code)).first()
    return known or save(
        session,
        Instrument(
            laboratory_id=actor.laboratory_id,
            code=code,
            name="液相",
            model="1260",
            serial_number="1",
            calibrated_until=date(2027, 1, 1),
        ),
    )


def _run(
    session: LimsSession, actor: Actor, instrument: Instrument, place: int, recovery: Decimal, at: datetime
) -> UUID:
    assert actor.laboratory_id is not None
    assert actor.user_id is not None
    own = actor.laboratory_id
    worksheet = save(
        session,
        Worksheet(
            laboratory_id=own,
            number=f"H2026-{place:06d}",
            method_code=METHOD,
            instrument_id=instrument.id,
            matrix_group="蔬菜",
            status=WorksheetStatus.IMPORTED,
            concentration_unit="μg/L",
            test_portion_unit="g",
            final_volume_unit="mL",
            result_unit="mg/kg",
            quality_plan=STARTING_PLAN.as_dict(),
            created_by=actor.user_id,
            created_at=at,
        ),
    )
    entry = save(
        session,
        WorksheetEntry(
            laboratory_id=own,
            worksheet_id=worksheet.id,
            position=1,
            kind=EntryKind.MATRIX_SPIKE,
            label=f"SPK-{place}",
            spiked_content=Decimal("0.050") if place % 2 else Decimal("0.05"),
            test_portion=Decimal(10),
            final_volume=Decimal(10),
            dilution=Decimal(1),
        ),
    )
    file = save(
        session,
        InstrumentFile(
            laboratory_id=own,
            sha256=f"{place:064d}",
            name=f"{place}.csv",
            size=1,
            reader="masshunter_wide",
            reader_version="1",
            encoding="utf-8",
            uploaded_by=actor.user_id,
            uploaded_at=at,
        ),
    )
    run = save(
        session,
        Run(
            laboratory_id=own,
            worksheet_id=worksheet.id,
            file_id=file.id,
            status=RunStatus.ACCEPTED,
            imported_by=actor.user_id,
            imported_at=at,
            settings_sha256="0" * 64,
            profile=ImportProfile("μg/L").as_dict(),
            accounting={"counts": {"read": 1}, "total": 1, "rows": [], "columns": [], "encoding": "utf-8",
                        "unread_columns": [], "sum": ""},
        ),
    )  # fmt: skip
    save(
        session,
        BatchCheck(
            laboratory_id=own,
            run_id=run.id,
            analyte="carbofuran",
            entry_id=entry.id,
            kind=QcCheck.SPIKE_RECOVERY,
            verdict=QcVerdict.PASS,
            value=recovery,
            limit_text="70–120 %",
            source="Quality plan of the laboratory, edition 1",
        ),
    )
    return run.id
