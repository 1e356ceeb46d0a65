"""A sample on its way to a report, for tests at the front door: registered, received, tested, verified."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lims.accreditation import service as accreditation
from lims.accreditation.rules import Scheme
from lims.accreditation.schemas import MethodLimitsIn
from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.db.work import save
from lims.library.queries import current_library
from lims.people import queries as people
from lims.people.service import authorise
from lims.people.tables import AuthorisationKind, UserRole
from lims.runtime import Lims
from lims.settings import Settings
from lims.web.rows import Numbered
from tests import databases
from tests.api.laboratory import METHOD, Door, a_sheet, accredit, load
from tests.factories import Cast, a_cast, a_network

#: Carbofuran is a sum of two analytes and prohibited on vegetables; acetamiprid has a limit in cowpea.
ANALYTES = ("克百威", "3-羟基克百威", "啶虫脒")
PARAMETERS = ("克百威", "啶虫脒")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LOQ, LOD = Decimal("0.01"), Decimal("0.003")


@dataclass(frozen=True)
class Prepared:
    """An installation that was set up once for all tests of a file; each works on a copy of its folder."""

    data: Path
    cast: Cast


def prepare(shared: Path, data: Path) -> Prepared:
    """Set up a working laboratory in a folder."""
    lims = Lims(databases.sqlite_copy(databases.sqlite_template(shared), data), FixedClock(NOW))
    a_network(lims)
    cast = a_cast(lims)
    a_working_laboratory(lims, cast)
    lims.close()
    return Prepared(data, cast)


@contextmanager
def a_copy(prepared: Prepared, data: Path, clock: FixedClock) -> Iterator[Lims]:
    """The prepared installation, to be changed freely."""
    shutil.copytree(prepared.data, data)
    lims = Lims(Settings(data=data), clock)
    yield lims
    lims.close()


def a_working_laboratory(lims: Lims, cast: Cast) -> Door:
    """Library, both certificates, verified limits; Ann may test, Sun may sign."""
    load(lims)
    for scheme in Scheme:
        accredit(lims, cast.max, scheme, parameters=PARAMETERS)
    record_limits(lims, cast.max)
    may(lims, "ann", AuthorisationKind.METHOD, METHOD)
    may(lims, "sun", AuthorisationKind.SIGNATORY, "*")
    return Door(lims)


def record_limits(lims: Lims, actor: Actor, analytes: tuple[str, ...] = ANALYTES) -> None:
    """LOQ 0.01 and LOD 0.003 mg/kg for every analyte in vegetables."""
    orders = [
        Numbered(
            MethodLimitsIn(
                method=METHOD,
                analyte=analyte,
                product="蔬菜",
                limit_of_quantification=LOQ,
                limit_of_detection=LOD,
                verified_on=date(2026, 3, 1),
            )
        )
        for analyte in analytes
    ]
    with lims.work(actor, Action.ACCREDITATION_EDIT) as session:
        accreditation.record_method_limits(session, current_library(session), orders)


def may(lims: Lims, username: str, kind: AuthorisationKind, subject: str, ends_on: date | None = None) -> None:
    """Authorise somebody from the beginning of the year."""
    with lims.work(system_actor(), Action.USER_EDIT) as session:
        user = people.user_by_name(session, username)
        assert user is not None
        authorise(session, user, kind, subject, date(2026, 1, 1), ends_on)


def give_role(lims: Lims, username: str, role: str) -> None:
    """One more role for somebody; to be given before they come to the door."""
    with lims.work(system_actor(), Action.USER_EDIT) as session:
        user = people.user_by_name(session, username)
        assert user is not None
        save(session, UserRole(laboratory_id=user.laboratory_id, user_id=user.id, role=Role(role)))


def a_received_sample(door: Door, *, methods: bool = False, **changes: Any) -> dict[str, Any]:
    """A sample of cowpeas on the bench, as its registration answers it; `methods`: named, for want of a scope."""
    parameters = [{"parameter": p, "method": METHOD} if methods else p for p in PARAMETERS]
    sheet = a_sheet(
        sampling_method="NY/T 789-2004", inspected_address="播州区南白街道", parameters=parameters, **changes
    )
    registered = door["ann"].post("/api/samples", sheet)
    assert registered.status_code == 201, registered.text
    number = registered.json()["number"]
    received = door["ann"].post(f"/api/samples/{number}/receive", {"condition": "新鲜，包装完好", "seal": "intact"})
    assert received.status_code == 200, received.text
    return dict(registered.json())


def an_entry(sample: str, parameter: str, analyte: str | None = None, **changes: Any) -> dict[str, Any]:
    """The JSON of a result that found nothing."""
    entry: dict[str, Any] = {"sample": sample, "parameter": parameter, "finding": "not_detected", "unit": "mg/kg"}
    if analyte is not None:
        entry["analyte"] = analyte
    return {**entry, **changes}


def entered(door: Door, sample: str, **acetamiprid: Any) -> list[dict[str, Any]]:
    """All results of a sample by Ann: no carbofuran, and acetamiprid as given (nothing, when not)."""
    entries = [
        an_entry(sample, "carbofuran"),
        an_entry(sample, "carbofuran", "3-hydroxycarbofuran"),
        an_entry(sample, "acetamiprid", **acetamiprid),
    ]
    answers = [door["ann"].post("/api/results", entry) for entry in entries]
    assert [answer.status_code for answer in answers] == [201, 201, 201], [answer.text for answer in answers]
    return [answer.json() for answer in answers]


def chosen(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The selection of these results in these versions."""
    return {"results": [{"id": result["id"], "version": result["version"]} for result in results]}


def verified(door: Door, sample: str, **acetamiprid: Any) -> list[dict[str, Any]]:
    """All results of a sample, entered and submitted by Ann, verified by Vic."""
    submitted = door["ann"].post("/api/results/submit", chosen(entered(door, sample, **acetamiprid)))
    assert submitted.status_code == 200, submitted.text
    answer = door["vic"].post("/api/results/verify", chosen(submitted.json()))
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def a_tested_sample(door: Door, *, found: str | None = None, **changes: Any) -> str:
    """The number of a sample whose tests are all verified; `found` mg/kg of acetamiprid."""
    sample = a_received_sample(door, **changes)
    quantified = {} if found is None else {"finding": "quantified", "value": found}
    verified(door, sample["number"], **quantified)
    return str(sample["number"])


def a_draft(door: Door, sample: str, **more: Any) -> dict[str, Any]:
    """A report that Cai compiled."""
    answer = door["cai"].sign("/api/reports", {"sample": sample, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def step(door: Door, who: str, report: dict[str, Any], act: str, **body: Any) -> dict[str, Any]:
    """One act on a report in the version at hand."""
    send = door[who].sign if act in {"review", "approve"} else door[who].post
    answer = send(f"/api/reports/{report['id']}/{act}", {"version": report["version"], **body})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def an_issued_report(door: Door, *, found: str | None = None, **changes: Any) -> dict[str, Any]:
    """A report that Cai compiled, Rui reviewed and Sun approved."""
    return issued(door, a_draft(door, a_tested_sample(door, found=found, **changes)))


def issued(door: Door, draft: dict[str, Any]) -> dict[str, Any]:
    """A draft, reviewed by Rui and approved by Sun."""
    return step(door, "sun", step(door, "rui", draft, "review"), "approve")
