"""Pages over a year of a county laboratory: processor time, statements and kilobytes, on SQLite.

The floor is the page of one's own account: the shell, a session and hardly any record. Where it takes 17 ms of the
processor, six times that are the 100 ms that we aim at; `MOST` leaves a third for the differences between machines.

Nothing may be sent for each row: the most statements of a page do not depend on how much there is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from sqlmodel import Session as DatabaseSession
from sqlmodel import col, select
from starlette.testclient import TestClient

from lims.core.actions import Action
from lims.reports.rules import ReportStatus
from lims.reports.tables import Report
from lims.results.tables import Result
from lims.runs.tables import Run, Worksheet
from lims.runtime import Lims
from lims.samples.queries import sample_by_id
from lims.samples.tables import Sample
from tests.benchmarks.floors import taken
from tests.pages.conftest import Session
from tests.pages.first_view import MOST_BYTES, Scales
from tests.statements import counted
from tests.year import Year

#: How many times the processor time of the floor a page may take.
MOST = 8
FLOOR = "/account"
REPEATS = 5


@dataclass(frozen=True, slots=True)
class Picked:
    """One of each, from the middle of the year."""

    report: Report
    draft: Report
    sample: Sample
    result: Result
    run: Run
    worksheet: Worksheet


def picked(session: DatabaseSession) -> Picked:
    report = session.exec(select(Report).where(Report.status == ReportStatus.ISSUED).offset(900).limit(1)).one()
    draft = session.exec(select(Report).where(Report.status == ReportStatus.COMPILED).limit(1)).one()
    sample = sample_by_id(session, report.sample_id)
    of_sample = select(Result).where(Result.sample_id == sample.id, col(Result.value).is_not(None))
    run = session.exec(select(Run).order_by(col(Run.imported_at).desc()).offset(20).limit(1)).one()
    return Picked(
        report,
        draft,
        sample,
        session.exec(of_sample.limit(1)).one(),
        run,
        session.exec(select(Worksheet).where(Worksheet.id == run.worksheet_id)).one(),
    )


#: Who opens which page, and the most statements.
PAGES: tuple[tuple[str, int, Callable[[Picked], str]], ...] = (
    *((who, 15, lambda _: "/") for who in ("ann", "vic", "cai", "rui", "sun", "max", "ian", "ada", "net", "pro")),
    ("cai", 15, lambda _: "/samples"),
    ("cai", 15, lambda _: "/samples?page=30"),
    ("cai", 15, lambda p: f"/samples/{p.sample.number}"),
    ("ann", 15, lambda p: f"/samples/bench/{p.sample.blind_code}"),
    ("ann", 15, lambda _: "/worksheets"),
    ("ann", 15, lambda _: "/worksheets/new"),
    ("ann", 15, lambda p: f"/worksheets/{p.worksheet.number}"),
    ("ann", 15, lambda _: "/runs"),
    ("ann", 15, lambda p: f"/runs/{p.run.id}"),
    ("vic", 15, lambda _: "/results"),
    ("vic", 15, lambda _: "/results/verify"),
    ("vic", 15, lambda p: f"/results/{p.result.id}"),
    ("vic", 20, lambda p: f"/results/{p.result.id}/trace"),
    ("cai", 15, lambda p: f"/samples/{p.sample.number}/judgement"),
    ("cai", 15, lambda _: "/reports"),
    ("cai", 15, lambda _: "/reports?page=30"),
    ("cai", 15, lambda p: f"/reports/{p.report.number}"),
    ("cai", 25, lambda p: f"/reports/{p.draft.id}"),
    ("max", 20, lambda _: "/accreditation"),
    ("max", 20, lambda _: "/indicators"),
    ("net", 20, lambda _: "/indicators"),
    ("pro", 20, lambda _: "/indicators"),
    ("max", 15, lambda _: "/indicators/batches"),
    ("net", 15, lambda _: "/returns"),
    ("max", 15, lambda _: "/audit"),
    ("max", 15, lambda p: f"/audit/result/{p.result.id}"),
    ("ada", 15, lambda _: "/people"),
    ("cai", 15, lambda _: "/search?q=豇豆"),
)


def browser(lims: Lims, year: Year, who: str) -> TestClient:
    """The browser of a person who has signed in."""
    from lims.app import make_app

    app = make_app(lims)
    session = Session(year.people[who], uuid4())
    app.state.session_of = lambda _lims, _cookie, **_: session
    client = TestClient(app)
    client.cookies.set("lims_session", "session")
    return client


@pytest.fixture(scope="module")
def chosen(year: Year) -> Picked:
    with year.lims() as lims, lims.read(year.people["cai"], Action.REPORT_READ) as session:
        return picked(session)


@pytest.mark.benchmark
@pytest.mark.parametrize("place", range(len(PAGES)))
def test_a_page(year: Year, chosen: Picked, place: int) -> None:
    who, most, address_of = PAGES[place]
    address = address_of(chosen)
    with year.lims() as lims:
        client = browser(lims, year, who)
        with counted(lims.engine) as statements:
            answer = client.get(address, follow_redirects=False)
        assert answer.status_code == 200
        weight = Scales(client).weight(answer)
        times = taken({"page": lambda: client.get(address), "floor": lambda: client.get(FLOOR)}, REPEATS)
    page, floor = times["page"], times["floor"]
    facts = f"{page.processor * 1000:.0f} ms, {len(statements)} statements, {weight // 1000} kB"
    print(f"\n{who} {address}: {page.told(floor)}, {facts}", end="")
    assert len(statements) <= most
    assert weight <= MOST_BYTES
    assert page.over(floor) <= MOST
