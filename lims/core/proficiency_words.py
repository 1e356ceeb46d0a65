"""What tables and columns of proficiency rounds are called where people read them; part of `lims.core.record_words`.

Those of contests, the other thing that is organised for a network, are joined here.
"""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.contest_words import CONTEST_COLUMNS, CONTEST_TABLES
from lims.core.reasons import mark

#: By table.
PROFICIENCY_TABLES: Mapping[str, str] = MappingProxyType(
    {
        **CONTEST_TABLES,
        "proficiency_round": mark("Proficiency round"),
        "proficiency_participant": mark("Participant of a proficiency round"),
        "proficiency_arrival": mark("Arrival of the items of a proficiency round"),
        "proficiency_submission": mark("Results handed in to a proficiency round"),
        "proficiency_result": mark("Result of a proficiency round"),
        "proficiency_evaluation": mark("Evaluation of a proficiency round"),
    }
)
#: By column, or by table and column where one name means several things.
PROFICIENCY_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        **CONTEST_COLUMNS,
        "round_id": mark("Proficiency round"),
        "member_id": mark("Participating laboratory"),
        "proficiency_participant.code": mark("Participant code"),
        "admitted_until": mark("May hand in until"),
        "admitted_reason": mark("Why it may hand in late"),
        "followed_at": mark("Followed up at"),
        "items": mark("Items"),
        "measurands": mark("Analytes and how they are scored"),
        "coverage": mark("Coverage factor k"),
        "replicates": mark("Values of a result"),
        "deadline": mark("Deadline"),
        "participant_count": mark("Number of participants"),
        "homogeneity": mark("Homogeneity and stability"),
        "planned_by": mark("Planned by"),
        "planned_at": mark("Planned at"),
        "proficiency_round.opened_at": mark("Opened at"),
        "proficiency_round.state": mark("State"),
        "published_at": mark("Published at"),
        "submission_id": mark("Results handed in to a proficiency round"),
        "sent_on": mark("Items sent on"),
        "parcel": mark("Parcel"),
        "proficiency_arrival.received_on": mark("Items received on"),
        "proficiency_submission.received_on": mark("Items received on"),
        "arrival_condition": mark("Condition on arrival"),
        "arrival": mark("Condition on arrival"),
        "proficiency_arrival.note": mark("Remarks"),
        "reported_by": mark("Reported by"),
        "reported_at": mark("Reported at"),
        "is_late": mark("Handed in late"),
        "handed_in_by": mark("Handed in by"),
        "handed_in_at": mark("Handed in at"),
        "proficiency_result.item": mark("Item"),
        "uncertainty": mark("Expanded uncertainty"),
        "method": mark("Method"),
        "proficiency_evaluation.rows": mark("Table of the results"),
        "data_sha256": mark("SHA-256 of the data"),
        "outcome": mark("What was found"),
        "reports": mark("Report in each language"),
    }
)
