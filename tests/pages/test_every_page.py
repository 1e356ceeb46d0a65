"""Every page, walked by everybody: rights, other laboratories, forged forms, the frame of its HTML, its language."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from lims.core.actions import Action, Role
from lims.core.actors import Actor
from lims.core.language import chinese
from lims.web import csrf
from tests.api.house import EVERYTHING, opened
from tests.api.routes import Door
from tests.api.test_every_route import Watch
from tests.pages.skeleton import Skeleton
from tests.pages.walking import (
    APPEARANCE,
    GUEST_FORMS,
    NOBODYS,
    PARTS,
    THEIRS,
    Walk,
    addresses,
    page_doors,
)

A = Action
#: What each page needs: that of the longest beginning of its address, any one of several. `None`: to be signed in.
NEEDS: dict[str, Action | tuple[Action, ...] | None] = {
    "/": None,
    "/account": None,
    "/accreditation": A.ACCREDITATION_READ,
    "/accreditation/certificates/new": A.ACCREDITATION_EDIT,
    "/accreditation/method-limits/new": A.ACCREDITATION_EDIT,
    "/audit": A.AUDIT_READ,
    "/audit/check": A.AUDIT_VERIFY,
    "/background": (A.AUDIT_READ, A.REPORT_RETRY),
    "/contests": (A.CONTEST_READ, A.CONTEST_SCORE),
    "/contests/new": A.CONTEST_PLAN,
    "/contests/{number}": A.CONTEST_PLAN,
    "/contests/{number}/appeals": A.CONTEST_DECIDE,
    "/contests/{number}/draw.json": A.CONTEST_READ,
    "/contests/{number}/entries": A.CONTEST_CONDUCT,
    "/contests/{number}/entries.xlsx": A.CONTEST_CONDUCT,
    "/contests/{number}/files": A.CONTEST_READ,
    "/contests/{number}/judging": A.CONTEST_SCORE,
    "/contests/{number}/marks": A.CONTEST_RECORD,
    "/contests/{number}/mine": A.CONTEST_READ,
    "/contests/{number}/ranking": A.CONTEST_READ,
    "/contests/{number}/scores.xlsx": A.CONTEST_RECORD,
    "/contests/{number}/scoring": A.CONTEST_RECORD,
    "/equipment": A.EQUIPMENT_READ,
    "/equipment/new": A.EQUIPMENT_EDIT,
    "/exams": A.EXAM_READ,
    "/exams/new": A.EXAM_PLAN,
    "/exams/questions/new": A.EXAM_WRITE,
    "/exams/questions/template.xlsx": A.EXAM_WRITE,
    "/indicators": A.INDICATORS_READ,
    "/judge": A.LIBRARY_READ,
    "/laboratories": A.NETWORK_READ,
    "/laboratories/new": A.NETWORK_EDIT,
    "/library": A.LIBRARY_READ,
    "/library/drafts/new": A.LIBRARY_LOAD,
    "/materials": A.MATERIAL_READ,
    "/materials/new": A.MATERIAL_REGISTER,
    "/materials/solutions/new": A.MATERIAL_PREPARE,
    "/people": A.PEOPLE_READ,
    "/people/accounts/new": A.USER_CREATE,
    "/people/keys/all": A.PEOPLE_READ,
    "/people/roles/rights": A.NETWORK_READ,
    "/log": A.AUDIT_READ,
    "/proficiency": A.PROFICIENCY_READ,
    "/proficiency/new": A.PROFICIENCY_PLAN,
    "/proficiency/scores": A.PROFICIENCY_READ,
    "/proficiency/{number}": A.PROFICIENCY_PLAN,
    "/proficiency/{number}/evaluation": A.PROFICIENCY_READ,
    "/proficiency/{number}/mine": A.PROFICIENCY_READ,
    "/proficiency/{number}/report.pdf": A.PROFICIENCY_READ,
    "/proficiency/{number}/results.xlsx": A.PROFICIENCY_EVALUATE,
    "/proficiency/{number}/labels.pdf": A.PROFICIENCY_CONDUCT,
    "/quality": A.QUALITY_READ,
    "/quality/nonconforming/new": A.NONCONFORMING_OPEN,
    "/rapid": A.RESULT_READ,
    "/regions": A.NETWORK_READ,
    "/reports": A.REPORT_READ,
    "/reports/compile/{number}": A.REPORT_COMPILE,
    "/reports/{key}/{name}": A.REPORT_SEND_BACK,
    "/results": A.RESULT_READ,
    "/results/enter": A.RESULT_ENTER,
    "/results/verify": A.RESULT_VERIFY,
    "/results/{key}/correct": A.RESULT_CORRECT,
    "/results/{key}/return": A.RESULT_RETURN,
    "/returns": A.INDICATORS_READ,
    "/runs": A.RUN_READ,
    "/runs/profiles/new": A.PROFILE_SAVE,
    "/runs/profiles/{profile_id}/change": A.PROFILE_SAVE,
    "/runs/{run_id}/results": A.RESULT_READ,
    "/samples": A.SAMPLE_READ,
    "/samples/many": A.SAMPLE_REGISTER,
    "/samples/new": A.SAMPLE_REGISTER,
    "/samples/receive": A.SAMPLE_RECEIVE,
    "/samples/template.xlsx": A.SAMPLE_REGISTER,
    "/samples/{code}/judgement": A.RESULT_READ,
    "/samples/{code}/markets": A.RESULT_READ,
    "/search": None,
    "/settings": (A.AUDIT_READ, A.USER_EDIT),
    "/targets": A.NETWORK_READ,
    "/today/indicators": A.INDICATORS_READ,
    "/verify": A.REPORT_VERIFY,
    "/worksheets": A.RUN_READ,
    "/worksheets/new": A.WORKSHEET_CREATE,
    "/worksheets/new/positions": None,
    "/worksheets/{number}/import": A.RUN_PREVIEW,
}
#: What each form needs where it is more than its page does.
ACTS: dict[str, Action | None] = {
    "/accreditation": A.ACCREDITATION_EDIT,
    "/background/retry": A.REPORT_RETRY,
    "/contests/{number}/announce": A.CONTEST_PUBLISH,
    "/contests/{number}/board": A.CONTEST_CONDUCT,
    "/contests/{number}/corrections": A.CONTEST_CORRECT,
    "/contests/{number}/documents": A.CONTEST_PUBLISH,
    "/contests/{number}/draw": A.CONTEST_CONDUCT,
    "/contests/{number}/finish": A.CONTEST_PUBLISH,
    "/contests/{number}/judges": A.CONTEST_CONDUCT,
    "/contests/{number}/mine": A.CONTEST_ENTER,
    "/contests/{number}/mine/appeals": A.CONTEST_APPEAL,
    "/contests/{number}/open": A.CONTEST_CONDUCT,
    "/contests/{number}/ranking": A.CONTEST_CORRECT,
    "/contests/{number}/until": A.CONTEST_CONDUCT,
    "/equipment": A.EQUIPMENT_EDIT,
    "/exams/questions": A.EXAM_WRITE,
    "/exams/{number}": A.EXAM_CONDUCT,
    "/exams/{number}/candidates": A.EXAM_PLAN,
    "/exams/{number}/faults": A.EXAM_CORRECT,
    "/exams/{number}/plan": A.EXAM_PLAN,
    "/exams/{number}/publish": A.EXAM_PUBLISH,
    "/laboratories": A.NETWORK_EDIT,
    "/library/drafts/{draft_id}/reject": A.LIBRARY_REJECT,
    "/library/drafts/{draft_id}/release": A.LIBRARY_RELEASE,
    "/library/releases": A.LIBRARY_LOAD,
    "/log/check": A.AUDIT_VERIFY,
    "/materials": A.MATERIAL_EDIT,
    "/materials/new": A.MATERIAL_REGISTER,
    "/materials/solutions/new": A.MATERIAL_PREPARE,
    "/people": A.USER_EDIT,
    "/people/{username}/authorisations": A.USER_AUTHORISE,
    "/people/{username}/password": A.USER_RESET,
    "/people/{username}/second-factor": A.USER_RESET,
    "/proficiency/{number}/close": A.PROFICIENCY_CONDUCT,
    "/proficiency/{number}/evaluate": A.PROFICIENCY_EVALUATE,
    "/proficiency/{number}/late": A.PROFICIENCY_CONDUCT,
    "/proficiency/{number}/mine": A.PROFICIENCY_ENTER,
    "/proficiency/{number}/mine/arrival": A.PROFICIENCY_ENTER,
    "/proficiency/{number}/sendings": A.PROFICIENCY_CONDUCT,
    "/proficiency/{number}/open": A.PROFICIENCY_CONDUCT,
    "/proficiency/{number}/publish": A.PROFICIENCY_PUBLISH,
    "/quality/charts/limits": A.CHART_SET_LIMITS,
    "/quality/nonconforming": A.NONCONFORMING_DECIDE,
    "/quality/nonconforming/new": A.NONCONFORMING_OPEN,
    "/quality/plans": A.QC_PLAN_SET,
    "/rapid": A.RAPID_RECORD,
    "/rapid/{test_id}/confirmation": A.RAPID_CONFIRM,
    "/reports/compile": A.REPORT_COMPILE,
    "/reports/work/approve": A.REPORT_APPROVE,
    "/reports/work/compile": A.REPORT_COMPILE,
    "/reports/work/render": A.REPORT_RETRY,
    "/reports/work/review": A.REPORT_REVIEW,
    "/reports/batches/{batch_id}/retry": A.REPORT_RETRY,
    "/reports/batches/{batch_id}/zip": A.REPORT_DOWNLOAD,
    "/reports/find/results": A.REPORT_DOWNLOAD,
    "/reports/find/zip": A.REPORT_DOWNLOAD,
    "/reports/{key}/annex": A.REPORT_COMPILE,
    "/reports/{key}/approve": A.REPORT_APPROVE,
    "/reports/{key}/distribution": A.REPORT_HAND_OUT,
    "/reports/{key}/distribution/{handout_id}/told": A.REPORT_TELL,
    "/reports/{key}/render": A.REPORT_RETRY,
    "/reports/{key}/review": A.REPORT_REVIEW,
    "/results/return": A.RESULT_RETURN,
    "/results/submit": A.RESULT_SUBMIT,
    "/results/{key}/uphold": A.RESULT_ENTER,
    "/returns/export": A.RETURN_EXPORT,
    "/returns/import": A.RETURN_IMPORT,
    "/runs/profiles/{profile_id}/retire": A.PROFILE_RETIRE,
    "/runs/{run_id}/decisions": A.QC_DECIDE,
    "/runs/{run_id}/calibrations/levels": A.LEVEL_DECIDE,
    "/runs/{run_id}/results": A.RESULT_ENTER,
    "/samples/labels": A.SAMPLE_READ,
    "/samples/{code}/judgement": A.SAMPLE_JUDGE,
    "/samples/{number}/photos": A.SAMPLE_PHOTO_ADD,
    "/samples/{number}/photos/{photo_id}/remove": A.SAMPLE_PHOTO_REMOVE,
    "/views": A.VIEW_SAVE,
    "/worksheets/new/positions": A.WORKSHEET_CREATE,
    "/worksheets/{number}/bench": A.BENCH_RECORD,
    "/sign-out": A.SESSION_END,
}  # fmt: skip
#: Which acts with a reason there are depends on the address itself.
REASONED = {"send-back": A.REPORT_SEND_BACK, "replace": A.REPORT_REPLACE, "withdraw": A.REPORT_WITHDRAW}
#: Beyond the permission: the bench reads neither what a report says nor whose a sample is.
BLINDED = {
    **{
        path: {"ann", "vic"}
        for path in ("/reports/download", "/reports/find", "/reports/find/results", "/reports/find/zip",
                     "/reports/to-tell", "/reports/batches/{batch_id}", "/reports/batches/{batch_id}/zip",
                     "/reports/{key}/distribution", "/reports/{key}/pdf")
    },
    "/samples/{number}": {"ann", "vic"},
    "/samples/{number}/photos": {"ann", "vic"},
    "/samples/{number}/photos/{photo_id}": {"ann", "vic"},
    "/samples/{number}/photos/{photo_id}/remove": {"ann", "vic"},
}  # fmt: skip


@pytest.fixture(scope="module")
def walk(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Iterator[Walk]:
    """A house that is only looked at."""
    with opened(shared, tmp_path_factory.mktemp("house"), upload_megabytes=1) as house:
        yield Walk(house)


@pytest.fixture
def fresh(shared: Path, tmp_path: Path, quick_passwords: None) -> Iterator[Walk]:
    """A house that may be changed."""
    with opened(shared, tmp_path, upload_megabytes=1) as house:
        yield Walk(house)


def needed(door: Door, address: str) -> tuple[Action, ...]:
    """The permissions of which a page or a form needs one; none: to be signed in is enough."""
    method, path = door
    if path == "/reports/{key}/{name}":
        return (REASONED[address.rsplit("/", 1)[1]],)
    known = NEEDS if method == "GET" else {**NEEDS, **ACTS}
    need = known[max((start for start in known if path == start or path.startswith(f"{start}/")), key=len)]
    return () if need is None else need if isinstance(need, tuple) else (need,)


def may(actor: Actor, needs: tuple[Action, ...]) -> bool:
    return not needs or any(actor.may(need) for need in needs)


#: The schema shows the number of a return as an example; the names of targets are those of the province's plan.
EXAMPLES = "/returns/schema.json"
NAMES = ("/v/", "/sign-in", "/setup", "/targets", "/exam/", "/contests/board/", "/contests/documents/")


def told_by(watch: Watch, answer: Any, address: str) -> set[str]:
    """What an answer tells of the other laboratory. What was asked for stands in its links and in its refusal."""
    told = set() if address == EXAMPLES else watch.told(answer)
    return {marker for marker in told if marker not in address and marker not in address.replace("-", "")}


def everybodys(walk: Walk, method: str) -> list[Door]:
    """The pages that ask who is there."""
    return [door for door in page_doors(walk.app, method) if door not in NOBODYS]


def is_html(answer: Any) -> bool:
    kind: str = answer.headers.get("content-type", "")
    return kind.startswith("text/html")


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────


def test_every_page_has_an_example_and_a_need(walk: Walk) -> None:
    for method in ("GET", "POST"):
        for door in everybodys(walk, method):
            for address in addresses(walk.keys, door[1]):
                needed(door, address)


def test_no_need_is_left_of_a_page_that_is_gone(walk: Walk) -> None:
    for method, needs in (("GET", NEEDS), ("POST", ACTS)):
        paths = [path for _, path in page_doors(walk.app, method)]
        assert [n for n in needs if not any(p == n or p.startswith(f"{n}/") for p in paths)] == []


def test_nobody_is_sent_to_sign_in_by_every_page(walk: Walk) -> None:
    stranger, asked, before = walk.stranger(), 0, walk.state()

    for method in ("GET", "POST"):
        for door in everybodys(walk, method):
            for address in addresses(walk.keys, door[1]):
                asked += 1
                answer = stranger.get(address) if method == "GET" else stranger.post(address)
                assert answer.status_code == 303, (door, answer.status_code)
                place = answer.headers["location"]
                if place == "/worksheets/new":  # the way back from a form that was loaded anew
                    continue
                assert re.match(r"/sign-in(\?next=%2F[^/&:]*)?$", place), door
                if method == "GET":
                    part = stranger.get(address, **{"HX-Request": "true"})
                    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in"), door
    assert asked >= 150
    assert walk.state() == before


@pytest.mark.parametrize("name", THEIRS)
def test_every_page_answers_those_who_may_and_no_others(walk: Walk, name: str) -> None:
    person, actor = walk.person(name), walk.house.their_actor(name)
    wrong, shown, before = [], 0, walk.state()

    for door in everybodys(walk, "GET"):
        for address in addresses(walk.keys, door[1]):
            need = needed(door, address)
            allowed = may(actor, need)
            status = person.get(address).status_code
            shown += status == 200
            blinded = status == 403 and name in BLINDED.get(door[1], ())
            right = (status in {200, 303, 404, 422} or blinded) if allowed else status == 403
            if not right:
                wrong.append(f"{door} {address}: {status}, needs {need}")

    assert "\n".join(wrong) == ""
    assert shown >= 25
    assert walk.state() == before  # looking changes nothing


@pytest.mark.parametrize("name", THEIRS)
def test_every_form_is_taken_from_those_who_may_and_no_others(fresh: Walk, name: str) -> None:
    """The permission is asked for before anything of the form is read."""
    person, actor = fresh.person(name), fresh.house.their_actor(name)
    wrong = []

    for door in everybodys(fresh, "POST"):
        for address in addresses(fresh.keys, door[1]):
            need = needed(door, address)
            allowed = may(actor, need)
            status = person.post(address).status_code
            blinded = status == 403 and name in BLINDED.get(door[1], ())
            right = (status in {200, 303, 404, 409, 422, 429} or blinded) if allowed else status == 403
            if not right:
                wrong.append(f"{door} {address}: {status}, needs {need}")

    assert "\n".join(wrong) == ""


def test_somebody_without_a_role_sees_nothing(fresh: Walk) -> None:
    known = fresh.owner()
    person = fresh.somebody(
        Actor(known.user_id, known.name, frozenset(), known.laboratory_id, known.visible_laboratories)
    )
    watch = Watch(fresh.house)
    own = {known.name, str(known.user_id).replace("-", "")}

    for method in ("GET", "POST"):
        for door in everybodys(fresh, method):
            for address in addresses(fresh.keys, door[1]):
                answer = person.get(address) if method == "GET" else person.post(address)
                said = told_by(watch, answer, address) - own
                assert answer.status_code == 403 or not needed(door, address), door
                assert answer.status_code < 500, door
                assert not said, (door, said)


# ── other laboratories ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [*(role.value for role in Role), EVERYTHING])
def test_nothing_of_another_laboratory_is_shown_or_changed(fresh: Walk, name: str) -> None:
    person, watch, before = fresh.neighbour(name), Watch(fresh.house), fresh.house.foreign_records()
    wrong, hidden = [], 0

    for method in ("GET", "POST"):
        for door in everybodys(fresh, method):
            for address in addresses(fresh.keys, door[1]):
                answer = person.get(address) if method == "GET" else person.post(address)
                told = told_by(watch, answer, address)
                hidden += answer.status_code == 404
                if told or answer.status_code >= 500:
                    wrong.append(f"{door} {address}: {answer.status_code}, told {sorted(told)[:3]}")

    assert "\n".join(wrong) == ""
    assert hidden >= (20 if name == EVERYTHING else 0)
    assert fresh.house.foreign_records() == before


#: Pages at the address of a record that every laboratory reads, or that are no record's.
NOT_OWNED = ("/library/", "/laboratories/", "/views/", "/worksheets/new", "/samples/labels/")


def test_a_record_of_another_laboratory_is_not_there(walk: Walk) -> None:
    person, seen = walk.neighbour(EVERYTHING), set()

    for door in everybodys(walk, "GET"):
        if "{" not in door[1] or door[1].startswith(NOT_OWNED):
            continue
        for address in addresses(walk.keys, door[1]):
            assert person.get(address).status_code in {403, 404}, address
            seen.add(door)
    assert len(seen) >= 28


# ── forged forms ─────────────────────────────────────────────────────────────────────────────────────


def test_a_form_without_the_token_of_its_session_changes_nothing(walk: Walk) -> None:
    owner, other, before = walk.person("owner"), walk.person("max"), walk.state()
    tokens = {"none": {}, "empty": {csrf.FIELD: ""}, "of another session": {csrf.FIELD: other.token},
              "half": {csrf.FIELD: owner.token[:-1]}, "two points": {csrf.FIELD: "a.b.c"},
              "no text": {csrf.FIELD: "ключ.ü"}}  # fmt: skip
    asked = 0

    for door in everybodys(walk, "POST"):
        address = next(addresses(walk.keys, door[1]))
        for kind, fields in tokens.items():
            asked += 1
            answer = owner.forge(address, fields)
            assert answer.status_code == 403, (door, kind, answer.status_code)
        as_a_file = owner.forge(address, {}, files={csrf.FIELD: ("token", owner.token.encode())})
        assert as_a_file.status_code == 403, door
    assert asked >= 300
    assert walk.state() == before


def test_a_form_of_somebody_unknown_is_taken_from_this_site_only(walk: Walk) -> None:
    stranger, before = walk.stranger(), walk.state()
    elsewhere = (
        {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"}, {"Origin": "http://testserver.evil.example"},
    )  # fmt: skip

    assert set(page_doors(walk.app, "POST")) >= GUEST_FORMS | {APPEARANCE}
    for door in GUEST_FORMS:
        for headers in elsewhere:
            answer = stranger.forge(door[1], {"username": "ann", "password": "x"}, **headers)
            assert answer.status_code == 403, (door, headers)
    assert walk.state() == before


# ── the frame ────────────────────────────────────────────────────────────────────────────────────────


Seen = Callable[[str], list[tuple[str, Any]]]


@pytest.fixture(scope="module")
def seen(walk: Walk) -> Seen:
    """`seen(language)`: every page with its address, asked for once in each language."""
    return cache(lambda language: list(looked_at(walk, language)))


def looked_at(walk: Walk, language: str) -> Iterator[tuple[str, Any]]:
    """Every page as who sees it whole, and the pages of nobody."""
    owner, net = walk.person("owner", language), walk.person("net", language)
    for door in page_doors(walk.app, "GET"):
        for address in addresses(walk.keys, door[1]):
            person = walk.stranger() if door in NOBODYS else net if "/received/" in address else owner
            yield address, person.get(address)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_well_formed(seen: Seen, language: str) -> None:
    wrong, whole = [], 0

    for address, answer in seen(language):
        assert answer.status_code < 500, address
        assert answer.headers["cache-control"] == "no-store", address
        assert answer.headers["x-content-type-options"] == "nosniff", address
        assert "unsafe-inline" not in answer.headers["content-security-policy"], address
        if is_html(answer) and answer.text:
            whole += 1
            is_part = address.split("?")[0] in PARTS
            wrong += [f"{address}: {fault}" for fault in Skeleton(answer.text, is_part=is_part).faults]

    assert "\n".join(wrong) == ""
    assert whole >= 80


def test_every_part_of_a_page_is_well_formed(walk: Walk) -> None:
    owner, wrong, parts = walk.person("owner"), [], 0

    for door in everybodys(walk, "GET"):
        for address in addresses(walk.keys, door[1]):
            answer = owner.get(address, **{"HX-Request": "true"})
            assert answer.status_code < 500, address
            if is_html(answer) and answer.text and "<html" not in answer.text:
                parts += 1
                wrong += [f"{address}: {fault}" for fault in Skeleton(answer.text, is_part=True).faults]

    assert "\n".join(wrong) == ""
    assert parts >= 30


@pytest.mark.slow
def test_no_link_leads_nowhere(walk: Walk) -> None:
    """Every address that some page of somebody who may everything points to is a page."""
    owner, seen, wrong = walk.person("owner"), set(), []
    pages = [address for door in everybodys(walk, "GET") for address in addresses(walk.keys, door[1])]
    links = {
        (link.split("#")[0], address)
        for address in pages
        if is_html(answer := owner.get(address))
        for link in Skeleton(answer.text).links
    }

    for link, address in sorted(links):
        path, _, query = link.partition("?")
        shape = (path, frozenset(parse_qs(query, keep_blank_values=True)))  # sorted by any column is sorted
        if shape not in seen and not link.startswith("/static/"):
            seen.add(shape)
            status = owner.get(link).status_code
            if status not in {200, 303}:
                wrong.append(f"{link}: {status} (on {address})")

    assert "\n".join(wrong) == ""
    assert len(seen) >= 100


# ── languages ────────────────────────────────────────────────────────────────────────────────────────

_GAP = re.compile(r"\{[^}]*\}")


def sentences() -> list[str]:
    """The longest piece between gaps of every English sentence of at least four words."""
    pieces = (max(_GAP.split(sentence), key=len).strip() for sentence in chinese())
    return [piece for piece in pieces if len(piece.split()) >= 4]


def test_no_chinese_page_has_an_english_sentence(seen: Seen) -> None:
    known, wrong = sentences(), []
    assert len(known) > 500

    for address, answer in seen("zh"):
        if is_html(answer):
            words = "\n".join(Skeleton(answer.text).words)
            wrong += [f"{address}: {sentence}" for sentence in known if sentence in words]

    assert "\n".join(sorted(set(wrong))) == ""


def test_no_english_page_has_a_chinese_sentence(seen: Seen) -> None:
    """Names of people, foods and laboratories stay Chinese; what the catalogue says does not."""
    said = {text for text in chinese().values() if len(re.findall("[\u4e00-\u9fff]", _GAP.sub("", text))) >= 8}
    pieces = {max(_GAP.split(text), key=len) for text in said}
    wrong = []
    assert len(pieces) > 500

    for address, answer in seen("en"):
        if is_html(answer) and not f"{address}/".startswith(NAMES):
            words = "\n".join(Skeleton(answer.text).words)
            wrong += [f"{address}: {piece}" for piece in pieces if len(piece) >= 8 and piece in words]

    assert "\n".join(sorted(set(wrong))) == ""
