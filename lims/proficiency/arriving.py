"""The arrival of items at a participant (到样确认), said before anything is measured, so that others can be sent."""

from lims.core.clock import local_day
from lims.core.errors import Conflict, refuse_if
from lims.core.reasons import reason
from lims.db.work import LimsSession, acting_person, check_version, own_laboratory, save
from lims.proficiency import queries
from lims.proficiency.rules import RoundState, reasons_against_arrival, reasons_to_be_in
from lims.proficiency.schemas import ArrivalIn
from lims.proficiency.tables import ProficiencyArrival


def report_arrival(session: LimsSession, number: str, order: ArrivalIn) -> ProficiencyArrival:
    """When and how the items arrived at the own laboratory, also before anything is measured.

    Raises `NotFound`, `Conflict` when a colleague said it meanwhile, `RuleRefused` for a day to come or a missing note.
    """
    laboratory_id, person = own_laboratory(session), acting_person(session)
    found, _ = queries.participation(session, number, for_change=True)
    refuse_if(
        [
            *reasons_to_be_in(found.state, (RoundState.OPEN, RoundState.CLOSED)),
            *reasons_against_arrival(order.arrival, order.note, order.received_on, local_day(session.instant)),
        ]
    )
    arrived = queries.arrival_of(session, found.id, laboratory_id)
    if arrived is None:
        if order.version:
            raise Conflict(reason("round.no_arrival_yet", "Nothing was said of it yet. Load the page again."))
        arrived = ProficiencyArrival(
            laboratory_id=laboratory_id,
            round_id=found.id,
            received_on=order.received_on,
            arrival=order.arrival,
            reported_by=person,
            reported_at=session.instant,
        )
    else:
        check_version(arrived, order.version)
    arrived.received_on, arrived.arrival, arrived.note = order.received_on, order.arrival, order.note
    arrived.reported_by, arrived.reported_at = person, session.instant
    return save(session, arrived)
