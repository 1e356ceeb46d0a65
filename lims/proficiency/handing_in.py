"""Acts of a participant: handing in results, by hand or as a table, and handing them in again until the deadline."""

from collections.abc import Sequence
from decimal import Decimal

from lims.core.errors import Conflict, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, acting_person, check_version, own_laboratory, save
from lims.proficiency import queries
from lims.proficiency.cells import why_no_number
from lims.proficiency.rules import Measurand, reasons_not_to_hand_in
from lims.proficiency.schemas import HandInIn, ResultIn
from lims.proficiency.tables import ProficiencyResult, ProficiencyRound, ProficiencySubmission
from lims.science.units import UnitCode

#: A limit is reported as it is; the evaluation says that it has no score.
_ALLOWED = "proficiency.beyond_a_limit"


def hand_in(session: LimsSession, number: str, order: HandInIn) -> ProficiencySubmission:
    """Everything that the own laboratory reports to a round, in place of what it reported before.

    Raises `NotFound`, `Conflict` when a colleague changed it meanwhile, `RuleRefused` when late or for a value.
    """
    laboratory_id, person = own_laboratory(session), acting_person(session)
    found, participant = queries.participation(session, number, for_change=True)
    now = session.instant
    refuse_if(reasons_not_to_hand_in(found.state, found.deadline, participant.admitted_until, now))
    refuse_if(_faults(found, order.results))
    submission = queries.submission_of(session, found.id, laboratory_id)
    if submission is None:
        if order.version:
            raise Conflict(reason("round.nothing_yet", "Nothing was handed in yet. Load the page again."))
        submission = ProficiencySubmission(
            laboratory_id=laboratory_id, round_id=found.id, handed_in_by=person, handed_in_at=now, edition=0
        )
    else:
        check_version(submission, order.version)
    submission.is_late = now > found.deadline
    submission.edition += 1
    submission.handed_in_by, submission.handed_in_at = person, now
    save(session, submission)
    _replace(session, submission, order.results, found)
    return submission


def _replace(
    session: LimsSession, submission: ProficiencySubmission, results: Sequence[ResultIn], found: ProficiencyRound
) -> None:
    """Only what differs is written, so that the audit trail shows what was changed."""
    units = {(one["analyte"], one["item"]): one["unit"] for one in found.measurands}
    before = {(one.analyte, one.item): one for one in queries.results_of(session, submission)}
    for one in results:
        key = one.analyte, one.item
        record = before.pop(key, None)
        if record is None:
            record = ProficiencyResult(
                laboratory_id=submission.laboratory_id,
                submission_id=submission.id,
                item=one.item,
                analyte=one.analyte,
                unit=units[key],
                replicates=one.values,
                uncertainty=one.uncertainty,
                method=one.method,
            )
        elif (record.replicates, record.uncertainty, record.method) != (one.values, one.uncertainty, one.method):
            record.replicates, record.uncertainty, record.method = one.values, one.uncertainty, one.method
        session.add(record)
    for record in before.values():
        session.delete(record)
    session.flush()


def _faults(found: ProficiencyRound, results: Sequence[ResultIn]) -> list[Reason]:
    known = {one.key: one for one in map(Measurand.of, found.measurands)}
    faults: list[Reason] = []
    seen: set[tuple[str, str]] = set()
    for row, one in enumerate(results, 1):
        key, at = (one.analyte, one.item), Where(field="results", row=row)
        said = {"row": row, "analyte": one.analyte, "item": one.item}
        if key not in known:
            sentence = "Row {row}: {analyte} in item {item} is not asked for in this round."
            faults.append(reason("round.not_asked", sentence, at=at, **said))
            continue
        if key in seen:
            sentence = "Row {row}: {analyte} in item {item} stands twice."
            faults.append(reason("round.measurand_twice", sentence, at=at, **said))
        seen.add(key)
        if len(one.values) > found.replicates:
            sentence = "Row {row}: {count} values; the round asks for {asked}."
            faults.append(
                reason("round.too_many_values", sentence, at=at, row=row, count=len(one.values), asked=found.replicates)
            )
        unit = UnitCode(known[key].unit)
        wrong = [why for text in one.values if (why := why_no_number(text, row, unit)) and why.code != _ALLOWED]
        faults += [Reason(why.code, why.sentence, why.values, at) for why in wrong]
        if one.uncertainty is not None and one.uncertainty <= Decimal(0):
            sentence = "Row {row}: an expanded uncertainty is above 0."
            faults.append(reason("round.uncertainty", sentence, at=at, row=row))
    return faults
