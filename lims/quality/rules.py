"""Pure decisions about control charts and nonconforming work."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lims.core.reasons import Reason, Where, reason

#: A reason shorter than this explains nothing.
SHORTEST_REASON = 10


class PointSource(StrEnum):
    """What the points of a chart are (质控点来源)."""

    SPIKE = "spike_recovery"
    CHECK_STANDARD = "check_standard"
    BLANK = "blank"


class NonconformingState(StrEnum):
    """Where nonconforming work is on its way (不符合工作状态)."""

    OPEN = "nc_open"
    EVALUATED = "nc_evaluated"
    CLOSED = "nc_closed"


class NonconformingSource(StrEnum):
    """What brought it up (不符合来源)."""

    CHART = "nc_control_chart"
    RUN = "nc_run"
    PROFICIENCY = "nc_proficiency"
    OTHER = "nc_other"


class Significance(StrEnum):
    """How grave it is (严重程度): whether results that were given may be wrong."""

    MINOR = "nc_minor"
    MAJOR = "nc_major"
    RESULTS_AFFECTED = "nc_results_affected"


@dataclass(frozen=True, slots=True, order=True)
class ChartKey:
    """Which chart: method, analyte, what its points are, and at which level ("0.05 mg/kg"; empty for a blank)."""

    method: str
    analyte: str
    source: PointSource
    level: str = ""


def reasons_to_explain(why: str | None, field: str) -> list[Reason]:
    """A reason of at least ten characters."""
    if why is not None and len(why.strip()) >= SHORTEST_REASON:
        return []
    return [
        reason(
            "reason.too_short", "Say why, in at least {count} characters.", count=SHORTEST_REASON, at=Where(field=field)
        )
    ]


def reasons_not_to_refer(begins: date, ends: date, today: date) -> list[Reason]:
    """A reference period ends after it begins, and has ended."""
    found = []
    if ends < begins:
        found.append(
            reason(
                "chart.period_backwards",
                "The reference period ends on {ends}, before it begins on {begins}.",
                begins=begins.isoformat(),
                ends=ends.isoformat(),
                at=Where(field="reference_until"),
            )
        )
    if ends > today:
        found.append(
            reason(
                "chart.period_open",
                "The reference period ends on {ends}, which has not come yet.",
                ends=ends.isoformat(),
                at=Where(field="reference_until"),
            )
        )
    return found


def reasons_not_to_evaluate(state: NonconformingState, action: str | None) -> list[Reason]:
    """Evaluated once, with its significance and what is done about it (ISO/IEC 17025:2017, 7.10.1)."""
    found = reasons_to_explain(action, "action")
    if state is NonconformingState.CLOSED:
        found.append(_closed())
    return found


def reasons_not_to_close(state: NonconformingState, why: str | None) -> list[Reason]:
    """Closed after it was evaluated, with what became of it."""
    found = reasons_to_explain(why, "outcome")
    if state is NonconformingState.OPEN:
        found.append(reason("nonconforming.not_evaluated", "Evaluate it first: how grave it is, and what is done."))
    if state is NonconformingState.CLOSED:
        found.append(_closed())
    return found


def _closed() -> Reason:
    return reason("nonconforming.closed", "It is closed; open a new one if it happens again.")
