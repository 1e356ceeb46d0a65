"""A proficiency round for tests at the front door: the prefecture organises, laboratories of a county take part."""

import io
from datetime import timedelta
from typing import Any

from openpyxl import Workbook

from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder, register_laboratory
from lims.people.service import UserOrder, create_user
from lims.runtime import Lims
from tests.api.laboratory import Door
from tests.factories import PASSWORD

ROUNDS = "/api/proficiency/rounds"
ANALYTE, SECOND = "毒死蜱", "克百威"
#: Laboratories besides LA, whose technician is ann.
OTHERS = [f"C{place:02d}" for place in range(19)]


def a_plan(lims: Lims, **changes: Any) -> dict[str, Any]:
    """A round of one item and two analytes: one against a given value, one against the results."""
    plan = {
        "title": "豇豆中农药残留",
        "year": 2026,
        "deadline": (lims.clock.now() + timedelta(days=10)).isoformat(),
        "items": ["A"],
        "measurands": [
            {
                "item": "A",
                "analyte": ANALYTE,
                "unit": "mg/kg",
                "assigned": "given",
                "assigned_value": "0.100",
                "assigned_uncertainty": "0.004",
                "origin": "配制值",
                "sigma": "value",
                "sigma_number": "0.010",
            },
            {"item": "A", "analyte": SECOND, "unit": "mg/kg", "assigned": "median", "sigma": "horwitz"},
        ],
    }
    return {**plan, **changes}


def technicians(lims: Lims) -> None:
    """Nineteen more laboratories of the county, each with a technician of the same name as its code, small."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        for code in OTHERS:
            register_laboratory(
                session, LaboratoryOrder(code, f"{code}检测站", Level.TOWNSHIP, "520304", "LA", "播州区")
            )
            order = UserOrder(code.lower(), code, PASSWORD, frozenset({Role.TECHNICIAN, Role.QUALITY_MANAGER}), code)
            create_user(session, order)


def opened(lims: Lims, door: Door, laboratories: list[str], **changes: Any) -> dict[str, Any]:
    """A round that these laboratories may hand in to, as its organiser sees it."""
    made = ok(door["net"].post(ROUNDS, a_plan(lims, **changes)), 201)
    path = f"{ROUNDS}/{made['number']}"
    added = ok(door["net"].post(f"{path}/participants", {"version": made["version"], "laboratories": laboratories}))
    found: dict[str, Any] = ok(door["net"].post(f"{path}/open", {"version": added["version"]}))
    return found


def results(first: str, second: str = "0.050") -> list[dict[str, Any]]:
    """What one laboratory reports."""
    return [
        {"item": "A", "analyte": ANALYTE, "values": [first], "uncertainty": "0.02", "method": "GB 23200.113"},
        {"item": "A", "analyte": SECOND, "values": [second]},
    ]


def put(door: Door, who: str, path: str, body: Any) -> Any:
    return door[who].client.put(path, json=body)


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def a_workbook(*rows: tuple[str, ...]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()
