"""What tables and columns of quality control are called where people read them; part of `lims.core.record_words`."""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.reasons import mark

#: By table.
QUALITY_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "control_chart_limits": mark("Limits of a control chart"),
        "control_chart_reading": mark("Reading of control charts"),
        "nonconforming_work": mark("Nonconforming work"),
        "qc_decision": mark("Decision on quality control"),
        "level_decision": mark("Decision on a calibration level"),
        "qc_plan": mark("Rules of quality control"),
    }
)
#: By column, or by table and column where one name means several things.
QUALITY_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "check_id": mark("QC check"),
        "centre": mark("Centre line"),
        "deviation": mark("Standard deviation"),
        "mean_moving_range": mark("Mean moving range"),
        "deviation_from": mark("Standard deviation found"),
        "rule_set": mark("Rules"),
        "points": mark("Number of points"),
        "reference_from": mark("Reference period from"),
        "reference_until": mark("Reference period until"),
        "excluded": mark("Points left out"),
        "set_by": mark("Set by"),
        "set_at": mark("Set at"),
        "read_at": mark("Read at"),
        "broken": mark("Rules broken"),
        "origin_key": mark("Opened for"),
        "point_source": mark("Points"),
        "what": mark("What happened"),
        "told": mark("Broken rules and value"),
        "opened_by": mark("Opened by"),
        "nonconforming_work.opened_at": mark("Opened at"),
        "nonconforming_work.state": mark("State"),
        "nonconforming_work.action": mark("What is done about it"),
        "nonconforming_work.outcome": mark("What became of it"),
        "nonconforming_work.source": mark("Brought up by"),
        "nonconforming_work.level": mark("Level"),
        "responsible": mark("Responsible"),
        "significance": mark("Significance"),
        "evaluated_by": mark("Evaluated by"),
        "evaluated_at": mark("Evaluated at"),
        "closed_by": mark("Closed by"),
        "closed_at": mark("Closed at"),
        "decision": mark("Decision"),
        "decided_by": mark("Decided by"),
        "decided_at": mark("Decided at"),
        "effective_on": mark("In force from"),
        "rules": mark("Rules of quality control"),
        "limit_used": mark("Part of the limit used"),
        "source_status": mark("Standing of the source"),
        "is_left_out": mark("Left out of the calibration"),
        "fitted": mark("Fitted curve"),
        "calibration": mark("Calibration of runs"),
        "standard_concentration": mark("Internal standard (conc.)"),
        "formula": mark("Formula of the content"),
        "moisture_percent": mark("Moisture (%)"),
        "calibration_id": mark("Calibration curve"),
        "calibrated_until": mark("Calibrated until"),
        "reporting": mark("Rounding of results"),
        "decisions": mark("Decisions on standards"),
        "withheld": mark("Amount held back"),
        "reservations": mark("Reservations"),
    }
)
