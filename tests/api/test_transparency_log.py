"""The transparency log: what enters it and when, what anybody may ask of it, and how it betrays whoever rewrites it."""

from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, select
from typer.testing import CliRunner

from lims.cli import app_for
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.db.engine import WRITES
from lims.documents.answers import Outcome, Status
from lims.documents.log_forms import LogAct, LogEntry, LogProof, SignedHead
from lims.documents.press import Press
from lims.installation import prepare
from lims.reports import log, tasks, verification
from lims.reports import service as reports
from lims.reports.desk import desk_of
from lims.reports.log_acts import check_logs
from lims.reports.tables import LogHead, LogLeaf
from lims.runtime import Lims
from lims.science import merkle
from lims.settings import Settings
from lims.worker import run_due_now
from tests.api.laboratory import Door, codes
from tests.api.reporting import a_draft, a_tested_sample, a_working_laboratory, an_issued_report, issued, step
from tests.concurrency.at_once import at_once
from tests.factories import Cast, confirmed

WHY = "The batch number was misread."


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    return a_working_laboratory(lims, cast)


@pytest.fixture(scope="module")
def press() -> Press:
    settings = Settings()
    return Press(settings.report_templates, settings.assets)


def leaves(lims: Lims) -> list[LogLeaf]:
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        return list(session.exec(select(LogLeaf).order_by(col(LogLeaf.place))).all())


def sign_all(lims: Lims) -> None:
    for laboratory_id in tasks.due_logs(lims):
        tasks.sign_log(lims, laboratory_id)


def file_of(lims: Lims, door: Door, report: dict[str, Any], press: Press) -> bytes:
    """The signed file, drawn now."""
    for report_id in tasks.due(lims):
        tasks.render_report(lims, report_id, press)
    return bytes(door["cai"].get(f"/api/reports/{report['id']}/pdf").content)


def attached_proof(pdf: bytes) -> LogProof:
    return LogProof.model_validate_json(PdfReader(BytesIO(pdf)).attachments["log.json"][0])


def by_hand(lims: Lims, *statements: str) -> None:
    """Behind the program's back, past the triggers."""
    with lims.engine.execution_options(**{WRITES: True}).begin() as connection:
        for table in ("log_leaf", "log_head"):
            for act in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{act}"))
        for statement in statements:
            connection.execute(text(statement))


def findings(lims: Lims) -> set[str]:
    """What `lims log verify` names."""
    return {f.why.code for report in check_logs(lims, system_actor()) for f in report.findings if f.why.text}


@pytest.mark.both_databases
def test_every_act_on_a_report_is_a_leaf_and_nothing_else_is(lims: Lims, door: Door, clock: FixedClock) -> None:
    old = an_issued_report(door)
    clock.instant += timedelta(hours=1)
    new = issued(door, door["cai"].sign(f"/api/reports/{old['id']}/replace", {"reason": WHY}).json())
    clock.instant += timedelta(hours=1)
    step(door, "sun", new, "withdraw", reason=WHY)
    refused = door["sun"].post(f"/api/reports/{new['id']}/withdraw", {"version": 99, "reason": WHY})

    found = leaves(lims)
    entries = [LogEntry.model_validate_json(leaf.content) for leaf in found]
    assert refused.status_code == 409
    assert [leaf.place for leaf in found] == [0, 1, 2, 3]
    assert [(e.act, e.report_number, e.replaced_by) for e in entries] == [
        (LogAct.ISSUED, old["number"], None),
        (LogAct.ISSUED, new["number"], None),
        (LogAct.REPLACED, old["number"], new["number"]),
        (LogAct.WITHDRAWN, new["number"], None),
    ]
    assert [e.snapshot_sha256 for e in entries[:2]] == [old["snapshot_sha256"], new["snapshot_sha256"]]
    nodes = merkle.kept([merkle.leaf_hash(leaf.content.encode()) for leaf in found])
    assert [bytes.fromhex(leaf.hash) for leaf in found] == [nodes(0, n) for n in range(4)]
    sign_all(lims)
    assert findings(lims) == set()


@pytest.mark.both_databases
def test_reports_that_are_issued_at_once_stand_one_after_the_other(lims: Lims, cast: Cast, door: Door) -> None:
    drafts = [
        step(door, "rui", a_draft(door, a_tested_sample(door, sampling_sheet_number=f"S-{n}")), "review")
        for n in range(4)
    ]
    desk = desk_of(lims)
    an_issued_report(door, sampling_sheet_number="S-9")  # the series exists

    def approve(key: str) -> str | None:
        confirmation = confirmed(lims, cast.sun, Action.REPORT_APPROVE, key)
        with lims.work(cast.sun, Action.REPORT_APPROVE) as session:
            return reports.approve_report(session, desk, key, None, confirmation).number

    outcome = at_once([partial(approve, draft["id"]) for draft in drafts])

    assert outcome.refused == []
    assert [leaf.place for leaf in leaves(lims)] == [0, 1, 2, 3, 4]
    sign_all(lims)
    assert findings(lims) == set()


@pytest.mark.both_databases
@pytest.mark.parametrize("table", ["log_leaf", "log_head"])
def test_the_database_itself_keeps_the_log(lims: Lims, door: Door, table: str) -> None:
    an_issued_report(door)
    sign_all(lims)

    for statement in (f"UPDATE {table} SET at = at", f"DELETE FROM {table}"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            lims.engine.execution_options(**{WRITES: True}).begin() as connection,
        ):
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT set_config('lims.laboratories', '*', true)"))
            connection.execute(text(statement))


def test_a_file_carries_its_proof_and_drawing_it_again_gives_the_same(lims: Lims, door: Door, press: Press) -> None:
    first = an_issued_report(door)
    an_issued_report(door, sampling_sheet_number="S-2")
    proof = attached_proof(file_of(lims, door, first, press))
    step(door, "sun", door["cai"].get(f"/api/reports/{first['id']}").json(), "withdraw", reason=WHY)
    sign_all(lims)

    with lims.read(system_actor(), Action.REPORT_READ) as session:
        leaf = log.leaf_of_issue(session, leaves(lims)[0].report_id)
        assert leaf is not None
        head = log.head_over(session, leaf)
        assert head is not None
        again = log.proof_of(session, leaf, head, "LA")
        heads = list(session.exec(select(LogHead)).all())

    assert proof.leads_to_head()
    assert proof.head.is_signed()
    assert proof.entry.snapshot_sha256 == first["snapshot_sha256"]
    assert again == proof
    assert sorted(head.size for head in heads) == [2, 3]
    assert tasks.due_logs(lims) == []


def test_anybody_can_follow_the_log_and_learns_nothing_else(lims: Lims, door: Door, press: Press) -> None:
    reports_ = [an_issued_report(door, sampling_sheet_number=f"S-{n}") for n in range(3)]
    pdf = file_of(lims, door, reports_[1], press)
    proof = attached_proof(pdf)
    step(door, "sun", door["cai"].get(f"/api/reports/{reports_[0]['id']}").json(), "withdraw", reason=WHY)
    sign_all(lims)
    nobody = door["ann"].client
    nobody.headers.pop("Authorization")

    def ask(path: str, **query: Any) -> dict[str, Any]:
        answer = nobody.get(f"/api/log/{path}", params={"laboratory": "LA", **query})
        assert answer.status_code == 200, answer.text
        for hidden in (
            reports_[0]["number"],
            "豇豆",
            reports_[0]["verification_token"],
            reports_[0]["snapshot_sha256"],
        ):
            assert hidden not in answer.text
        return dict(answer.json())

    head = SignedHead.model_validate(ask("head"))
    listed = ask("leaves")
    hashes = [bytes.fromhex(leaf) for leaf in listed["leaves"]]
    inclusion = ask("proof/inclusion", leaf=proof.entry.leaf.hex(), size=head.body.size)
    consistency = ask("proof/consistency", first=proof.head.body.size, second=head.body.size)

    assert head.is_signed()
    assert (head.body.size, listed["size"]) == (4, 4)
    assert merkle.head(merkle.kept(hashes), 4).hex() == head.body.root == inclusion["root"]
    root = bytes.fromhex(head.body.root)
    assert merkle.is_included(proof.entry.leaf, inclusion["index"], 4, [*map(bytes.fromhex, inclusion["path"])], root)
    path = [*map(bytes.fromhex, consistency["path"])]
    assert merkle.is_consistent(3, 4, bytes.fromhex(proof.head.body.root), root, path)
    assert ask("leaves", start=3)["leaves"] == listed["leaves"][3:]


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("head", {}, "log.empty"),
        ("proof/inclusion", {"leaf": "0" * 64, "size": 1}, "log.no_leaf"),
        ("proof/consistency", {"first": 1, "second": 2}, "log.no_size"),
        ("head", {"laboratory": "NOWHERE"}, "not_found"),
    ],
)
def test_what_the_log_does_not_have_is_said(door: Door, path: str, query: dict[str, Any], code: str) -> None:
    answer = door["ann"].get(f"/api/log/{path}", **{"laboratory": "LA", **query})

    assert (answer.status_code, codes(answer)) == (404, [code])


def test_the_public_view_says_what_the_log_has_of_a_report(lims: Lims, door: Door) -> None:
    report = an_issued_report(door)
    url = f"/v/{report['verification_token']}"

    def said() -> list[tuple[str, int, bool]]:
        view = door["ann"].client.get(url, headers={"Accept": "application/json"}).json()
        return [(act["act"], act["index"], act["is_signed"]) for act in view["log"]]

    fresh = said()
    sign_all(lims)
    step(door, "sun", report, "withdraw", reason=WHY)
    page = door["ann"].client.get(url, headers={"Accept": "text/html"}).text

    assert fresh == [("issued", 0, False)]
    assert said() == [("issued", 0, True), ("withdrawn", 1, False)]
    assert "第 1 条，有签名树头为证" in page
    assert "第 2 条，签名树头稍后生成" in page


def test_reports_that_are_older_than_the_log_are_entered_in_their_order(
    lims: Lims, door: Door, clock: FixedClock
) -> None:
    old = an_issued_report(door)
    clock.instant += timedelta(hours=1)
    other = an_issued_report(door, sampling_sheet_number="S-2")
    clock.instant += timedelta(hours=1)
    issued(door, door["cai"].sign(f"/api/reports/{old['id']}/replace", {"reason": WHY}).json())
    clock.instant += timedelta(hours=1)
    step(door, "sun", other, "withdraw", reason=WHY)
    before = [leaf.content for leaf in leaves(lims)]
    by_hand(lims, "DELETE FROM log_leaf", "DELETE FROM number_series WHERE series = 'report-log'")

    prepare(lims)
    prepare(lims)
    run_due_now(lims, [])
    sign_all(lims)

    assert [leaf.content for leaf in leaves(lims)] == before
    assert findings(lims) == set()


REWRITE = "UPDATE log_leaf SET content = replace(content, 'LA2026000001', 'LA2026000009') WHERE place = 0"


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["DELETE FROM log_leaf WHERE place = 1"], {"log.leaf_removed", "log.report_missing", "log.rewritten"}),
        (["DELETE FROM log_leaf WHERE place = 3"], {"log.cut", "log.report_missing"}),
        ([REWRITE], {"log.leaf_edited", "log.report_contradicts", "log.rewritten"}),
        (["UPDATE log_leaf SET nodes = replace(nodes, 'a', 'b') WHERE place = 1"], {"log.nodes_edited"}),
        (["UPDATE log_leaf SET at = '2026-11-01' WHERE place = 3"], {"log.leaf_back_dated", "log.leaf_late"}),
        (["DELETE FROM log_head WHERE serial = 1"], {"log.head_removed"}),
        (["UPDATE log_head SET root = replace(root, 'a', 'b')"], {"log.rewritten", "log.head_signature"}),
        (["UPDATE log_head SET size = 2 WHERE serial = 2"], {"log.head_smaller", "log.rewritten"}),
        (["UPDATE log_head SET at = '2026-11-01'"], {"log.head_back_dated", "log.head_signature"}),
        (["UPDATE report SET status = 'issued'"], {"log.leaf_invented"}),
        (["UPDATE report SET verification_token = 'other' WHERE number = 'LA2026000002'"], {"log.report_contradicts"}),
    ],
    ids=[
        "leaf removed",
        "last leaf cut off",
        "leaf edited",
        "hashes edited",
        "leaf back-dated",
        "head removed",
        "root edited",
        "size edited",
        "head back-dated",
        "withdrawal undone",
        "code exchanged",
    ],
)
def test_whatever_is_done_behind_the_programs_back_is_named(
    lims: Lims, door: Door, statements: list[str], named: set[str], clock: FixedClock
) -> None:
    issued_ = [an_issued_report(door, sampling_sheet_number=f"S-{n}") for n in range(3)]
    sign_all(lims)
    clock.instant += timedelta(hours=2)
    step(door, "sun", issued_[0], "withdraw", reason=WHY)
    sign_all(lims)
    assert findings(lims) == set()

    by_hand(lims, "DROP TRIGGER report_issued_is_frozen", *statements)

    assert named <= findings(lims)


def test_leaves_that_nobody_signs_over_are_named_after_an_hour(lims: Lims, door: Door, clock: FixedClock) -> None:
    an_issued_report(door)
    fresh = findings(lims)
    clock.instant += timedelta(hours=2)

    assert fresh == set()
    assert findings(lims) == {"log.unsigned"}


def rewritten(lims: Lims) -> None:
    """The whole log is made anew without its first report, as somebody with the database and the key could."""
    kept = [leaf for leaf in leaves(lims) if leaf.place > 0]
    nodes = merkle.kept([bytes.fromhex(leaf.hash) for leaf in kept])
    statements = ["DELETE FROM log_head", "DELETE FROM log_leaf WHERE place = 0"]
    for place, leaf in enumerate(kept):
        made = " ".join(node.hex() for node in merkle.completed(nodes, place, bytes.fromhex(leaf.hash)))
        statements.append(f"UPDATE log_leaf SET place = {place}, nodes = '{made}' WHERE hash = '{leaf.hash}'")
    statements.append("UPDATE number_series SET following = following - 1 WHERE series = 'report-log'")
    by_hand(lims, *statements)
    sign_all(lims)


def test_a_report_in_somebodys_hands_betrays_a_log_that_was_made_anew(lims: Lims, door: Door, press: Press) -> None:
    issued_ = [an_issued_report(door, sampling_sheet_number=f"S-{n}") for n in range(3)]
    pdf = file_of(lims, door, issued_[1], press)
    before = verification.verify_report(lims, None, pdf)

    rewritten(lims)

    after = verification.verify_report(lims, None, pdf)
    assert (before.status, before.logged) == (Status.VALID, Outcome.PASSED)
    assert (after.status, after.reason.code) == (Status.NOT_LOGGED, "verification.log_rewritten")
    assert "log.report_missing" in findings(lims)


def test_the_command_checks_the_log_and_its_status_says_so(
    lims: Lims, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMS_DATA", str(lims.settings.data))
    an_issued_report(door)
    sign_all(lims)

    def run(*arguments: str) -> tuple[int, str]:
        said = CliRunner().invoke(app_for(["log"]), ["log", "verify", *arguments])
        return said.exit_code, said.output

    clean = run()
    by_hand(lims, REWRITE)
    bad = run("--laboratory", "LA")

    assert clean[0] == 0, clean
    assert "LA: 1 leaves, 1 heads, 1 reports" in clean[1]
    assert bad[0] == 1
    assert "log.leaf_edited" in bad[1]
