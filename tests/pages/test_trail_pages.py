"""The audit trail and background work in front of a browser: who changed what, whether it is whole, what failed."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.db.blocks import BLOCK
from lims.db.work import insert_block
from lims.desk import trail_check
from lims.desk.background import TASK_WORDS, TaskState
from lims.desk.trail_check import SILENCE, newest_check, start_check
from lims.equipment.tables import Instrument
from lims.network import queries as network
from lims.people.queries import user_by_name
from lims.reports.queries import report_by_key
from lims.runtime import Lims
from lims.worker import all_tasks
from tests.api.laboratory import Door
from tests.api.reporting import Prepared, a_copy, an_issued_report, prepare
from tests.api.rounds import ok
from tests.factories import Cast
from tests.pages.conftest import Browser, asks_as_nobody, text_of
from tests.storage.test_audit_chain import an_instrument

Browse = Callable[..., Browser]


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(shared, tmp_path_factory.mktemp("prepared") / "var")


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path, clock: FixedClock) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", clock) as installation:
        yield installation


@pytest.fixture
def cast(prepared: Prepared) -> Cast:
    return prepared.cast


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


def change_ann(lims: Lims, actor: Actor, **values: object) -> UUID:
    """Somebody changes Ann's account, because she married; its id."""
    with lims.work(actor, Action.USER_EDIT, "She married.") as session:
        user = user_by_name(session, "ann")
        assert user is not None
        for name, value in values.items():
            setattr(user, name, value)
        session.flush()
        return user.id


# ── who changed what ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("person", ["ann", "vic", "cai", "rui", "sun", "ian", "net"])
@pytest.mark.parametrize("address", ["/audit", "/audit/check", "/audit/app_user/{id}"])
def test_the_trail_is_for_who_may_read_it(browse: Browse, cast: Cast, lims: Lims, person: str, address: str) -> None:
    key = change_ann(lims, cast.ada, full_name="Ann New")

    assert browse(getattr(cast, person)).get(address.format(id=key)).status_code == 403


def test_the_trail_tells_who_changed_what_and_why_newest_first(browse: Browse, cast: Cast, lims: Lims) -> None:
    change_ann(lims, cast.ada, full_name="Ann <b>New</b>", password_hash="$argon2$new")

    page = browse(cast.max, "en").get("/audit")
    first = text_of(page).split("Why")[-1]

    assert page.status_code == 200
    assert first.strip().startswith("2026-11-23 10:00:00 Ada User changed User Ann <b>New</b> changed")
    assert "Full name: Ann → Ann <b>New</b>" in first
    assert "Password: changed (secret)" in first
    assert "She married." in first
    assert "<b>New" not in page.text
    assert "argon2" not in page.text


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("who=ada", True),
        ("who=max", False),
        ("act=user.edit", True),
        ("act=sample.register", False),
        ("kind=app_user", True),
        ("kind=sample", False),
        ("operation=update", True),
        ("operation=delete", False),
        ("at_from=2026-11-23&at_until=2026-11-23", True),
        ("at_from=2026-11-24", False),
        ("q=unmistakable", True),
        ("q=married", True),
        ("q=%25", False),
        ("act=no.such.act&at_from=never&sort=nothing&page=-1", True),
    ],
)
def test_the_trail_is_filtered(browse: Browse, cast: Cast, lims: Lims, query: str, is_found: bool) -> None:
    change_ann(lims, cast.ada, full_name="Unmistakable")

    page = browse(cast.max, "en").get(f"/audit?{query}&size=500")

    assert page.status_code == 200
    assert ("Ann → Unmistakable" in text_of(page)) is is_found


def test_a_laboratory_sees_its_own_chain_and_the_networks(browse: Browse, cast: Cast, lims: Lims) -> None:
    key = change_ann(lims, cast.ada, full_name="Unmistakable")
    with lims.work(system_actor(), Action.SET_UP) as session:
        laboratory = network.laboratory_by_code(session, "LB")
        laboratory.address = "a new address"
    eve = browse(cast.eve, "en")

    assert "Unmistakable" not in text_of(eve.get("/audit?size=500"))
    assert "Unmistakable" not in text_of(eve.get(f"/audit?chain={cast.ann.laboratory_id}&size=500"))
    assert eve.get(f"/audit/app_user/{key}").status_code == 404
    assert "a new address" in text_of(eve.get("/audit?chain=network"))
    assert "a new address" in text_of(eve.get(f"/audit/laboratory/{laboratory.id}"))


def test_the_trail_is_exported_with_hashes_when_they_are_chosen(
    browse: Browse, cast: Cast, lims: Lims, tmp_path: Path
) -> None:
    change_ann(lims, cast.ada, full_name="=1+1")

    answer = browse(cast.max, "en").get("/audit?columns=at,who,changed,hash&operation=update&export=xlsx")
    (tmp_path / "trail.xlsx").write_bytes(answer.content)
    rows = list(load_workbook(tmp_path / "trail.xlsx").active.values)  # type: ignore[union-attr]

    assert rows[0] == ("When", "Who", "From what to what", "Hash")
    assert rows[1][2] == "Full name: Ann → =1+1"
    assert len(str(rows[1][3])) == 64


# ── one record ───────────────────────────────────────────────────────────────────────────────────────


def test_the_history_of_a_record_goes_from_first_to_last_field_by_field(
    browse: Browse, cast: Cast, door: Door, lims: Lims
) -> None:
    report = an_issued_report(door)

    page = browse(cast.max, "en").get(f"/audit/report/{report['id']}")
    told = text_of(page)

    assert page.status_code == 200
    acts = ["Report compiled", "Report reviewed", "Report approved and issued"]
    assert sorted(acts, key=told.index) == acts
    assert "Status compiled reviewed" in told
    assert "Reviewed by — Rui" in told
    assert f'href="/reports/{report["id"]}"' in page.text
    assert page.text.count("SHA-256") == 3


def test_the_history_of_a_record_is_a_part_of_other_pages(browse: Browse, cast: Cast, lims: Lims) -> None:
    key = change_ann(lims, cast.ada, full_name="Ann New", password_hash="$argon2$new")

    part = browse(cast.max, "en").part(f"/audit/app_user/{key}")

    assert "<html" not in part.text
    assert "Full name Ann Ann New" in text_of(part)
    assert "Password changed; the value is secret" in text_of(part)


def test_records_that_came_together_are_one_row_of_the_trail_and_have_each_a_history(
    browse: Browse, cast: Cast, door: Door, lims: Lims
) -> None:
    rows = [an_instrument(cast, f"LC-{n}").model_dump(exclude={"id", "version"}) for n in range(5)]
    with lims.work(cast.max, Action.EQUIPMENT_EDIT, "A delivery.") as session:
        key = insert_block(session, Instrument, rows)[3]
    max_ = browse(cast.max, "en")

    several, one = max_.get("/audit?kind=instrument"), text_of(max_.get(f"/audit/instrument/{key}"))
    listed = next(e for e in ok(door["max"].get("/api/audit"))["items"] if e["operation"] == BLOCK)
    own = ok(door["max"].get("/api/audit", entity_id=str(key)))["items"]

    assert "Instrument LC-0 and 4 more added together" in text_of(several)
    assert "Model: 6470" in text_of(several)
    assert "LC-0 and 4 more" in text_of(max_.get(f"/audit?id={key}"))
    assert "LC-0 and 4 more" not in text_of(max_.get("/audit?kind=instrument&q=eAE"))  # how packed data begins
    assert "LC-3" in one
    assert "Reason: A delivery." in one
    assert "LC-0" not in one
    assert json.loads(listed["after"])["model"] == "6470"  # what all have in common, and nothing that is packed
    assert "code" not in listed["after"]
    assert [(entry["operation"], entry["entity_id"]) for entry in own] == [("insert", str(key))]
    assert json.loads(own[0]["after"])["code"] == "LC-3"


@pytest.mark.parametrize(
    "address",
    [
        "/audit/sample/d9ca7b13-b969-4311-bd52-0beff260258e",
        "/audit/sample/1",
        "/audit/nothing/e79d83fa-faf9-490f-b914-9a603e2e8507",
    ],
)
def test_a_record_without_entries_is_not_found(browse: Browse, cast: Cast, address: str) -> None:
    assert browse(cast.max).get(address).status_code == 404


# ── is it whole? ─────────────────────────────────────────────────────────────────────────────────────


def test_the_trail_is_checked_beside_the_pages(browse: Browse, cast: Cast, lims: Lims) -> None:
    max_ = browse(cast.max, "en")
    assert "has not been checked" in text_of(max_.get("/audit/check"))

    start_check(lims, cast.max).join(60)

    told = text_of(max_.get("/audit/check"))
    assert "Everything is in order." in told
    assert "by Max" in told
    assert "everything in order" in text_of(max_.get("/"))


def test_what_was_done_behind_the_programs_back_is_told(browse: Browse, cast: Cast, lims: Lims) -> None:
    key = change_ann(lims, cast.ada, full_name="Ann New")
    with lims.engine.begin() as connection:
        connection.execute(text("UPDATE app_user SET full_name = 'Eve' WHERE username = 'ann'"))

    start_check(lims, cast.max).join(60)

    page = browse(cast.max).get("/audit/check")
    assert "绕过系统被改动：full_name" in text_of(page)
    assert f'href="/audit/app_user/{key}"' in page.text


def test_a_check_looks_at_what_the_person_may_see(cast: Cast, lims: Lims) -> None:
    with lims.engine.begin() as connection:
        connection.execute(text("UPDATE app_user SET full_name = 'Somebody' WHERE username = 'eve'"))

    start_check(lims, cast.max).join(60)
    start_check(lims, cast.eve).join(60)

    own, others = newest_check(lims, cast.max), newest_check(lims, cast.eve)
    assert own is not None
    assert own.is_whole
    assert others is not None
    assert [found.code for found in others.findings] == ["record.edited"]


def test_one_check_at_a_time_and_one_that_was_broken_off_is_no_hindrance(
    browse: Browse, cast: Cast, lims: Lims, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_check, "_run", lambda *_: None)  # the server is stopped at once
    max_ = browse(cast.max, "en")

    assert max_.post("/audit/check").status_code == 303
    assert 'hx-trigger="every 2s"' in max_.part("/audit/check").text
    assert asks_as_nobody(max_.part("/audit/check"))
    assert max_.post("/audit/check").status_code == 409
    clock.instant += SILENCE
    assert "was broken off" in text_of(max_.get("/audit/check"))
    assert max_.post("/audit/check").status_code == 303


def test_a_check_that_fails_says_so(browse: Browse, cast: Cast, lims: Lims, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(trail_check, "verify", broken)

    start_check(lims, cast.max).join(60)

    assert "The check itself failed" in text_of(browse(cast.max, "en").get("/audit/check"))


def test_only_who_may_verify_starts_a_check_and_only_from_an_own_page(browse: Browse, cast: Cast, lims: Lims) -> None:
    assert browse(cast.ann).post("/audit/check").status_code == 403
    assert browse(cast.max).forge("/audit/check").status_code == 403
    assert newest_check(lims, cast.max) is None


# ── background work ──────────────────────────────────────────────────────────────────────────────────


class Stage:
    """Background work as a test wants it."""

    is_at_work = True

    def __init__(self, *states: TaskState) -> None:
        self.shown = list(states)
        self.retried: list[tuple[str, UUID]] = []

    def states(self) -> list[TaskState]:
        return self.shown

    def retry(self, task: str, key: UUID) -> None:
        self.retried.append((task, key))


def fail_to_draw(lims: Lims, key: str) -> None:
    with lims.work(system_actor(), Action.REPORT_RENDER) as session:
        report_by_key(session, key).render_error = "The font has no <character>."


def test_background_work_that_waits_is_counted(browse: Browse, cast: Cast, door: Door) -> None:
    an_issued_report(door)

    page = browse(cast.sun, "en").get("/background")

    assert page.status_code == 200
    assert "Drawing and signing of reports 1 0 0 —" in text_of(page)
    assert "Nothing has failed." in text_of(page)
    assert 'hx-trigger="every 5s"' in page.text
    assert asks_as_nobody(page)
    assert "<html" not in browse(cast.sun).part("/background").text


def test_a_report_that_could_not_be_drawn_is_tried_again(browse: Browse, cast: Cast, door: Door, lims: Lims) -> None:
    report = an_issued_report(door)
    fail_to_draw(lims, report["id"])
    sun = browse(cast.sun, "en")

    page = sun.get("/background")
    assert "Drawing and signing of reports 0 0 1 —" in text_of(page)
    assert "The font has no &lt;character&gt;." in page.text
    answer = sun.post("/background/retry", {"task": "report.render", "key": report["id"]})

    assert f"Report {report['number']} is tried again." in text_of(sun.follow(answer))
    assert "Drawing and signing of reports 1 0 0 —" in text_of(sun.get("/background"))


def test_a_withdrawn_report_without_a_file_is_nothing_that_has_to_be_done(
    browse: Browse, cast: Cast, door: Door, lims: Lims
) -> None:
    report = an_issued_report(door)
    fail_to_draw(lims, report["id"])
    version = door["sun"].get(f"/api/reports/{report['id']}").json()["version"]
    ok(
        door["sun"].post(
            f"/api/reports/{report['id']}/withdraw", {"version": version, "reason": "样品张冠李戴，报告作废。"}
        )
    )

    told = text_of(browse(cast.sun, "en").get("/background"))

    assert "Drawing and signing of reports 0 0 0 —" in told
    assert "Nothing has failed." in told


def test_every_kind_of_background_work_has_a_name() -> None:
    assert {task.name for task in all_tasks()} == set(TASK_WORDS)


def test_work_in_hand_and_set_aside_is_told_and_tried_again(
    browse: Browse, cast: Cast, door: Door, lims: Lims, clock: FixedClock
) -> None:
    one, two, three = (UUID(an_issued_report(door, sampling_sheet_number=f"CY-{n}")["id"]) for n in range(3))
    last = clock.instant - timedelta(minutes=1)
    stage = Stage(
        TaskState("report.render", [one, two]),
        TaskState("indicators.book", [one, two, three], [one], {two: "disk full"}, last),
    )
    sun = browse(cast.sun, "en")
    sun.client.app.state.background = stage  # type: ignore[attr-defined]

    told = text_of(sun.get("/background"))
    assert "Entering reports into the indicators 1 1 1 2026-11-23 09:59" in told
    assert "disk full" in told
    assert sun.post("/background/retry", {"task": "indicators.book", "key": str(two)}).status_code == 303

    assert stage.retried == [("indicators.book", two)]


def test_background_work_of_another_laboratory_is_not_shown(browse: Browse, cast: Cast, door: Door, lims: Lims) -> None:
    report = an_issued_report(door)
    fail_to_draw(lims, report["id"])
    eve = browse(cast.eve, "en")

    assert "Drawing and signing of reports 0 0 0 —" in text_of(eve.get("/background"))
    assert eve.post("/background/retry", {"task": "report.render", "key": report["id"]}).status_code == 404


@pytest.mark.parametrize("data", [{}, {"task": "report.render", "key": "1"}, {"task": "x", "key": str(uuid4())}])
def test_what_is_not_there_is_not_tried_again(browse: Browse, cast: Cast, data: dict[str, str]) -> None:
    assert browse(cast.sun).post("/background/retry", data).status_code == 404


def test_background_work_is_for_who_may_look_or_try_again(browse: Browse, cast: Cast, door: Door, lims: Lims) -> None:
    report = an_issued_report(door)
    fail_to_draw(lims, report["id"])

    assert browse(cast.ann).get("/background").status_code == 403
    assert "Try again" not in text_of(browse(cast.ada, "en").get("/background"))
    data = {"task": "report.render", "key": report["id"]}
    assert browse(cast.ada).post("/background/retry", data).status_code == 403
    assert browse(cast.sun).forge("/background/retry", data).status_code == 403
