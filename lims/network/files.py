"""Reads regions, populations and targets from the method library's folder."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lims.network.rules import Level, TargetKind

#: The targets of the provincial plan that the system computes by itself; the others are reported by hand.
_COMPUTED = {
    "T01": TargetKind.PASS_RATE,
    "T02": TargetKind.BATCHES_PER_THOUSAND,
    "T03": TargetKind.DISPOSAL_RATE,
    "T04": TargetKind.DUAL_ACCREDITATION_RATE,
    "T06": TargetKind.PARAMETERS_PROVINCE,
    "T07": TargetKind.PARAMETERS_PREFECTURE,
    "T08": TargetKind.PARAMETERS_COUNTY,
}


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """Rows ready to be written."""

    regions: list[dict[str, Any]]
    populations: list[dict[str, Any]]
    targets: list[dict[str, Any]]


def read_network(folder: Path) -> NetworkFacts:
    """The facts in `divisions_guizhou.csv` and `targets.csv` of a method library (checked by its own reader)."""
    divisions = _rows(folder / "divisions_guizhou.csv")
    return NetworkFacts(
        regions=[_region(row) for row in divisions],
        populations=[_population(row) for row in divisions],
        targets=[_target(row) for row in _rows(folder / "targets.csv")],
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _region(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name": row["name"],
        "level": Level(row["level"]),
        "kind": row["kind"],
        "parent_code": row["parent"] or None,
        "source": row["code_source"],
    }


def _population(row: dict[str, str]) -> dict[str, Any]:
    return {
        "region_code": row["code"],
        "year": int(row["population_year"]),
        "residents": int(row["population"]),
        "source": row["population_source"],
    }


def _target(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["id"],
        "item": row["item"],
        "kind": _COMPUTED.get(row["id"], TargetKind.OTHER),
        "comparison": row["comparison"],
        "value": Decimal(row["value"]),
        "unit": row["unit"],
        "scope": row["scope"],
        "starts_on": date.fromisoformat(row["starts_on"]),
        "ends_on": date.fromisoformat(row["ends_on"]) if row["ends_on"] else None,
        "source": row["source"],
    }
