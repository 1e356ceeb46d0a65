"""The published schema of `report.json`, made from the class that writes and reads it."""

from typing import Any

from lims.documents.snapshot import ReportSnapshot


def report_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the data that a report carries; `docs/reports.md` says what it cannot."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:qianjian-lims:report:1",
        **ReportSnapshot.model_json_schema(mode="validation"),
    }
