"""Pure decisions about reports."""

from enum import StrEnum


class ReportStatus(StrEnum):
    """Where a report is on its way. ISSUED: approved, numbered and frozen."""

    COMPILED = "compiled"
    REVIEWED = "reviewed"
    ISSUED = "issued"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
