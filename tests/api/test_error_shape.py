"""Whatever is handed in by whatever route: an answer in the one shape of refusals, and never a fault."""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi import Request
from openpyxl import Workbook
from sqlmodel import select

from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.core.reasons import reason
from lims.library.service import load_library
from lims.network.tables import Laboratory
from lims.people.service import UserOrder, actor_of, create_user
from lims.reports.public_page import public_page
from lims.reports.rules import ReportStatus
from lims.reports.schemas import PublicView, RetestOut
from lims.runtime import Lims
from lims.web.problems import MEDIA_TYPE
from tests.api.house import EVERYTHING, House, Keys
from tests.api.laboratory import library_files
from tests.api.routes import (
    BODIES,
    PUBLIC,
    QUERIES,
    UPLOADS,
    Asked,
    Door,
    doors,
    fitting,
    names_in,
    operation_of,
    with_their_keys,
)
from tests.factories import Cast
from tests.turns import turns

NUL, LONG, ACCENTED = "a\x00b", "长" * 10_000, "\u202egpj.exe"
#: For addresses and queries.
TRICKS = (NUL, "l" * 10_000, ACCENTED, "'; DROP TABLE sample; --", "../../../../etc/passwd", "%00", "{x}%s%n")
MORE_TRICKS = ("..%2f..%2fetc%2fpasswd", "<script>alert(1)</script>", "0" * 40, "-1")
#: For every field of every body. Texts that look like numbers and days come up against decimals and dates.
HOSTILE: tuple[Any, ...] = (
    None, 2**63, 10**400, 0.1, [], {}, "", NUL, LONG, "../../etc/passwd", "NaN", "1E+999999", "0001-01-01",
    "9999-12-31", "\ud83d",
)  # fmt: skip
WORST = (NUL, LONG, "1E+999999", 2**63)
DAYS = ("0001-01-01", "9999-12-31", "2026-02-30", "yesterday", "1e9")
NUMBERS = ("-1", "501", "99999999999999999999", "NaN", "")
#: Of a language: some Chinese character, or none.
LANGUAGES = {None: True, "zh-CN,zh;q=0.9": True, "en": False, "en-GB,zh;q=0.5": False, "tlh": True}


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def faults_of(response: Any) -> list[str]:
    """What is wrong with an answer: a fault of the program, or a refusal in another shape."""
    if response.status_code < 400:
        return []
    if response.status_code >= 500:
        return [f"fault {response.status_code}"]
    if response.headers.get("content-type") != MEDIA_TYPE:
        return [f"content type {response.headers.get('content-type')}"]
    body = response.json()
    shape = {"type": str, "title": str, "status": int, "detail": str, "reasons": list}
    wrong = [name for name, kind in shape.items() if not isinstance(body.get(name), kind) or not body[name]]
    wrong += [f"more: {name}" for name in body.keys() - shape.keys()]
    wrong += ["status"] if body.get("status") != response.status_code else []
    for told in body.get("reasons", []):
        if set(told) != {"code", "text", "where"} or not told["code"] or not told["text"]:
            wrong.append(f"reason {told}")
        if not set(told.get("where", {})) <= {"field", "row", "column"}:
            wrong.append(f"where {told}")
    leaks = ("Traceback", 'File "', "sqlite3", "psycopg", "UNIQUE constraint", "site-packages")
    return wrong + [f"tells {leak}" for leak in leaks if leak in response.text]


class Trial:
    """Asks, and keeps what was wrong with the answers."""

    def __init__(self) -> None:
        self.asked = 0
        self.wrong: list[str] = []

    def judge(self, door: Door, what: object, response: Any, *allowed: int) -> None:
        self.asked += 1
        faults = faults_of(response)
        if allowed and response.status_code not in allowed:
            faults.append(f"status {response.status_code}")
        if faults:
            self.wrong.append(f"{door} {str(what)[:120]}: {faults} {response.text[:160]}")

    def ends_well(self, *, after: int) -> None:
        assert self.asked >= after
        if self.wrong:
            pytest.fail("\n".join(self.wrong), pytrace=False)


def signed_in_doors(house: House) -> list[Door]:
    return [door for door in doors(house.app) if door not in PUBLIC]


def test_a_wrong_body_is_refused_by_every_route_that_takes_one(house: House) -> None:
    trial, client = Trial(), house.client(EVERYTHING)

    for door in BODIES:
        asked = next(with_their_keys(house, door))
        listed = isinstance(BODIES[door](house.keys)[0], list)
        wrong: tuple[Any, ...] = ({} if listed else [], "text", 7, [{"unknown": 1}] if listed else {"unknown": 1})
        for body in wrong:
            trial.judge(door, body, Asked(asked.path, asked.query, body).send(client, door), 401, 403, 404, 422)
        for raw in (b"", b"{", b"\xff\xfe", b'{"a":' * 5000, b"null", b'{"version": NaN}', b"1" * 5000):
            path = door[1].format(**asked.path)
            headers = {"Content-Type": "application/json"}
            response = client.request(door[0], path, content=raw, headers=headers)
            trial.judge(door, raw[:20], response, 400, 401, 403, 404, 422)

    trial.ends_well(after=300)


def test_every_field_of_every_body_withstands_hostile_values(house: House) -> None:
    trial, client, following = Trial(), house.client(EVERYTHING), turns(HOSTILE, 5)

    for door, body in own_bodies(house):
        asked = next(with_their_keys(house, door))
        for what, spoilt in spoilings(body, following):
            trial.judge(door, what, send_raw(client, door, asked, spoilt))

    trial.ends_well(after=1000)


def test_no_unknown_field_is_passed_over(house: House) -> None:
    trial, client = Trial(), house.client(EVERYTHING)

    for door, body in own_bodies(house):
        asked = next(with_their_keys(house, door))
        spoilt = [{**body[0], "is_admin": True}] if isinstance(body, list) else {**body, "is_admin": True}
        response = Asked(asked.path, asked.query, spoilt).send(client, door, **{"Accept-Language": "en"})
        trial.judge(door, "unknown field", response, 422)
        assert "is_admin" in response.text, door

    trial.ends_well(after=20)


def own_bodies(house: House) -> Iterator[tuple[Door, Any]]:
    for door, make in BODIES.items():
        yield door, make(house.keys)[0]


def spoilings(body: Any, values: Callable[[], tuple[Any, ...]]) -> Iterator[tuple[str, Any]]:
    """The body with one leaf, or one branch, replaced by a hostile value."""
    for path in leaves(body):
        for value in values():
            spoilt = deepcopy(body)
            place = spoilt
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            yield f"{path} = {str(value)[:40]!r}", spoilt


def leaves(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from leaves(value, (*path, key))


def send_raw(client: Any, door: Door, asked: Asked, body: Any) -> Any:
    """As JSON in ASCII: a lone surrogate goes out as an escape, as a hostile client writes it."""
    content = json.dumps(body).encode("ascii")
    path = door[1].format(**asked.path)
    return client.request(door[0], path, content=content, headers={"Content-Type": "application/json"})


def test_no_value_of_a_path_is_a_fault(house: House) -> None:
    trial, client, following = Trial(), house.client(EVERYTHING), turns((*TRICKS, *MORE_TRICKS), 4)

    for door in doors(house.app):
        usual = next(with_their_keys(house, door))
        for name in usual.path:
            for value in following():
                asked = Asked({**usual.path, name: value}, usual.query, usual.body, usual.file, usual.form)
                response = asked.send(client, door)
                if door[1] != "/v/{token}":  # a page for people
                    trial.judge(door, value, response, 404, 405, 422, 403)
                assert "root:" not in response.text, (door, value)

    trial.ends_well(after=400)


def test_no_value_of_a_query_is_a_fault(house: House) -> None:
    trial, client = Trial(), house.client(EVERYTHING)

    for door in signed_in_doors(house):
        usual = next(with_their_keys(house, door))
        for parameter in operation_of(house.app, door).get("parameters", []):
            if parameter["in"] == "query":
                for value in hostile_queries(parameter["schema"]):
                    query = {**usual.query, parameter["name"]: value}
                    asked = Asked(usual.path, query, usual.body, usual.file, usual.form)
                    trial.judge(door, query, asked.send(client, door))

    trial.ends_well(after=400)


def hostile_queries(schema: dict[str, Any]) -> tuple[str, ...]:
    kinds = schema.get("anyOf", [schema])
    if any(kind.get("type") == "integer" for kind in kinds):
        return NUMBERS
    if any(kind.get("format") == "date" for kind in kinds):
        return DAYS
    return TRICKS


@pytest.mark.parametrize("path", ["/api", "/api/nothing", "/api/samples/", "/api/samples/%2e%2e/users"])
def test_an_address_that_leads_nowhere_is_told_in_the_same_shape(house: House, path: str) -> None:
    response = house.client(EVERYTHING).get(path, follow_redirects=False)

    assert response.status_code in {307, 401, 403, 404}
    assert faults_of(response) == []


def test_a_wrong_verb_is_told_in_the_same_shape(house: House) -> None:
    trial, client = Trial(), house.client(EVERYTHING)

    for door in set(doors(house.app)) - {("GET", "/v/{token}")}:  # a page for people
        usual = next(with_their_keys(house, door))
        trial.judge(door, "PATCH", client.patch(door[1].format(**usual.path)), 405)

    trial.ends_well(after=90)


def _weak(house: House) -> Asked:
    return Asked(body={**BODIES["POST", "/api/users"](house.keys)[0], "password": "short", "laboratory": None})


def _overtaken(house: House) -> Asked:
    body = {**BODIES["PUT", "/api/laboratories/{code}/certificate"](house.keys)[0], "version": 77}
    return Asked({"code": "QTZ"}, body=body)


REFUSALS: dict[str, tuple[Door, Callable[[House], Asked], int]] = {
    "no such record": (("GET", "/api/samples/{number}"), lambda _h: Asked({"number": "QTZ-2026-999999"}), 404),
    "no such address": (("GET", "/api/nothing"), lambda _h: Asked(), 404),
    "a wrong verb": (("PATCH", "/api/samples"), lambda _h: Asked(), 405),
    "a missing field": (("POST", "/api/instruments"), lambda _h: Asked(body={}), 422),
    "a wrong number": (("GET", "/api/samples"), lambda _h: Asked(query={"limit": "0"}), 422),
    "a wrong day": (("GET", "/api/targets"), lambda _h: Asked(query={"on": "2026-02-30"}), 422),
    "a wrong choice": (("GET", "/api/samples"), lambda _h: Asked(query={"status": "eaten"}), 422),
    "a wrong id": (("GET", "/api/runs/{run_id}"), lambda _h: Asked({"run_id": "seven"}), 422),
    "a rule": (("POST", "/api/users"), _weak, 422),
    "overtaken": (("PUT", "/api/laboratories/{code}/certificate"), _overtaken, 409),
    "an empty file": (("POST", "/api/samples/import"), lambda _h: Asked(file=b""), 422),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_are_chinese_unless_english_is_asked_for(house: House, case: str, language: str | None) -> None:
    door, asked, status = REFUSALS[case]
    headers = {} if language is None else {"Accept-Language": language}

    response = asked(house).send(house.client(EVERYTHING), door, **headers)
    body = response.json()

    assert (response.status_code, faults_of(response)) == (status, [])
    assert is_chinese(body["title"]) is LANGUAGES[language], body["title"]
    for told in body["reasons"]:
        assert is_chinese(told["text"]) is LANGUAGES[language], told


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_unknown_or_not_allowed_is_told_so_in_their_language(house: House, language: str | None) -> None:
    headers = {} if language is None else {"Accept-Language": language}
    unknown = house.stranger().get("/api/samples", headers=headers)
    not_allowed = house.client(Role.ADMINISTRATOR.value).get("/api/results", headers=headers)

    for response, status in ((unknown, 401), (not_allowed, 403)):
        assert (response.status_code, faults_of(response)) == (status, [])
        assert is_chinese(response.json()["title"]) is LANGUAGES[language]
        assert is_chinese(response.json()["reasons"][0]["text"]) is LANGUAGES[language]


def test_a_reason_names_the_field_that_is_wrong(house: House) -> None:
    body = {**BODIES["POST", "/api/instruments"](house.keys)[0], "calibrated_until": "soon"}

    answer = house.client(EVERYTHING).post("/api/instruments", json=body).json()

    assert [told["where"] for told in answer["reasons"]] == [{"field": "calibrated_until"}]


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def uploads(house: House) -> Iterator[tuple[Door, Asked]]:
    for door in UPLOADS:
        for asked in with_their_keys(house, door):
            yield door, asked


def uploaded(house: House, content: bytes) -> Iterator[tuple[Door, Any]]:
    client, clock = house.client(EVERYTHING), house.lims.clock
    assert isinstance(clock, FixedClock)
    clock.instant += timedelta(hours=2)  # the wrong passwords of the tests before no longer hold anybody up
    for door, asked in uploads(house):
        yield door, Asked(own_path(house, door, asked.path), asked.query, None, content, asked.form).send(client, door)


def own_path(house: House, door: Door, path: dict[str, str]) -> dict[str, str]:
    """Where it is possible the own record, so that the file itself is looked at."""
    if "certificate_id" not in path:
        return path
    own = house.client(EVERYTHING).get("/api/accreditation/certificates").json()
    return {**path, "certificate_id": own[0]["id"]}


def test_a_file_that_is_too_large_is_refused_by_every_route_that_takes_one(house: House) -> None:
    trial = Trial()

    for door, response in uploaded(house, b"x" * (1024 * 1024 + 1)):
        trial.judge(door, "too large", response, 413, 422)
        assert response.json()["reasons"][0]["code"] == "upload.too_large", door

    trial.ends_well(after=7)


def workbook(*rows: list[str]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_stranger_cannot_fill_the_memory(house: House) -> None:
    """What is far too large is turned away while it comes in, told beforehand or not."""
    stranger, trial = house.stranger(), Trial()
    form = {"Content-Type": "multipart/form-data; boundary=b", "Accept-Language": "en"}

    for what, large in {"at once": b" " * (5 * 1024 * 1024), "by and by": b" " * (1024 * 1024)}.items():
        pieces = large if what == "at once" else iter([large] * 5)
        headers = {"Content-Type": "application/json", "Accept-Language": "en"}
        trial.judge(("POST", "/api/tokens"), what, stranger.post("/api/tokens", content=pieces, headers=headers), 413)
        pieces = large if what == "at once" else iter([large] * 5)
        trial.judge(
            ("POST", "/api/samples/import"),
            what,
            stranger.post("/api/samples/import", content=pieces, headers=form),
            413,
        )

    trial.ends_well(after=4)


FILES: dict[str, Callable[[], bytes]] = {
    "nothing": bytes,
    "a NUL": lambda: b"\x00",
    "broken text": lambda: b"\xff\xfe\xfa,\x80\n",
    "half a workbook": lambda: b"PK\x03\x04" + b"\x00" * 100,
    "half a table": '产品,参数\n"蔬菜'.encode,
    "half a PDF": lambda: b"%PDF-1.7\n1 0 obj\n<< /Length 99999999999 >>\nstream\n",
    "deep JSON": lambda: b"[" * 100_000,
    "a JSON number": lambda: b'{"payload": {"n": 1e999999, "m": ' + b"1" * 5000 + b"}}",
    "an XML bomb": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    ),
    "a wide table": lambda: b"," * 500_000,
    "a long table": lambda: "产品,参数,方法\n".encode() + "蔬菜,克百威,x\n".encode() * 20_000,
    "a bomb": lambda: workbook_bomb(lying=False),
    "a bomb that lies": lambda: workbook_bomb(lying=True),
    "an empty workbook": workbook,
}


@pytest.mark.parametrize("case", FILES)
def test_no_file_is_a_fault(house: House, case: str) -> None:
    content, trial = FILES[case](), Trial()
    assert len(content) < 1024 * 1024

    for door, response in uploaded(house, content):
        trial.judge(door, case, response, *((200,) if door[1].endswith("/verify") else (404, 422)), 422)

    trial.ends_well(after=7)


def workbook_bomb(*, lying: bool) -> bytes:
    """A sheet of 256 MB of blanks in less than a megabyte; lying, it says of itself that it has a hundred bytes."""
    source, out = io.BytesIO(workbook(["产品"])), io.BytesIO()
    unpacked = 256 * 1024 * 1024
    with zipfile.ZipFile(source) as plain, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for part in plain.infolist():
            if not part.filename.endswith("sheet1.xml"):
                packed.writestr(part.filename, plain.read(part))
        with packed.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(b"<worksheet><sheetData>")
            for _ in range(unpacked // (1024 * 1024)):
                sheet.write(b" " * (1024 * 1024))
    content = out.getvalue()
    if not lying:
        return content
    size = unpacked + len(b"<worksheet><sheetData>")
    return content.replace(struct.pack("<L", size), struct.pack("<L", 100))


@pytest.mark.parametrize("formula", ["=1+1", '=HYPERLINK("http://x")', "@SUM(1)", "=cmd|' /C calc'!A0"])
def test_a_formula_in_a_table_is_refused_with_its_row_and_column(house: House, formula: str) -> None:
    table = f'产品,参数,方法\n蔬菜,"{formula.replace(chr(34), chr(34) * 2)}",GB 23200.121-2026\n'.encode()
    door = ("POST", "/api/accreditation/certificates/{certificate_id}/scope/import")
    client = house.client(EVERYTHING)
    path = own_path(house, door, {"certificate_id": ""})

    answer = Asked(path, file=table).send(client, door, **{"Accept-Language": "en"})

    assert answer.status_code == 422
    (told,) = answer.json()["reasons"]
    assert (told["code"], told["where"]) == ("table.formula", {"row": 2, "column": "参数"})


# ── scripts ───────────────────────────────────────────────────────────────────────────────────────

SCRIPT = "<script>alert('1')</script><img src=x onerror=alert(1)>"


def test_a_script_comes_back_as_text(house: House) -> None:
    client = house.client(EVERYTHING)
    body = {**BODIES["POST", "/api/instruments"](house.keys)[0], "code": "X-1", "name": SCRIPT}

    created = client.post("/api/instruments", json=body)
    asked_for = client.get(f"/api/samples/{SCRIPT.replace('/', '%2F')}")

    assert created.json()["name"] == SCRIPT
    for response in (created, asked_for):
        assert response.headers["content-type"].startswith(("application/json", MEDIA_TYPE))
        assert response.headers["x-content-type-options"] == "nosniff"


def test_a_script_on_a_report_is_text_on_its_public_page(house: House) -> None:
    view = PublicView(
        number=SCRIPT, status=ReportStatus.ISSUED, laboratory=SCRIPT, sample_name=SCRIPT, client=SCRIPT,
        verdict=SCRIPT, conclusion=SCRIPT, sampled_on=SCRIPT, issued_on=date(2026, 11, 2),
        replaced_by=SCRIPT, withdrawn_on=None, pdf_sha256=SCRIPT, development=True, log=[],
        retests=[RetestOut(number=SCRIPT, laboratory=SCRIPT, issued_on=date(2026, 11, 3))],
    )  # fmt: skip

    scope = {"type": "http", "app": house.app, "method": "GET", "path": "/v/x", "query_string": b"", "headers": []}

    page = bytes(public_page(Request(scope), view).body).decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_a_script_in_the_code_of_the_public_page_is_text(house: House) -> None:
    page = house.stranger().get("/v/%3Cscript%3Ealert(1)%3C%2Fscript%3E")

    assert page.status_code == 404
    assert "<script>alert(1)" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_reason_is_filled_in_once() -> None:
    """What somebody wrote is never read as a pattern itself."""
    told = reason("x", "There is no {kind} {key}.", kind="{key}", key="{kind.__class__} {0} %s")

    assert told.text == "There is no {key} {kind.__class__} {0} %s."


# ── the other database ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_postgresql_cannot_keep_is_refused_as_well(
    lims: Lims, cast: Cast, client: Callable[[Actor | None], Any]
) -> None:
    """It knows no NUL in a text and keeps lengths, where SQLite takes everything."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        load_library(session, library_files())
        code = session.exec(select(Laboratory.code).where(Laboratory.code == "LA")).one()
        everything = frozenset(Role) - {Role.ADMINISTRATOR}
        many = actor_of(session, create_user(session, UserOrder("many", "Many", "all of the roles", everything, code)))
    actor = Actor(many.user_id, many.name, frozenset(Role), many.laboratory_id, many.visible_laboratories)
    door_of, trial = client(actor), Trial()
    door_of._transport.raise_server_exceptions = False
    house = _Keyless(door_of.app)

    for door, make in BODIES.items():
        body = make(house.keys)[0]
        for what, spoilt in spoilings(body, turns(WORST, len(WORST))):
            trial.judge(door, what, send_raw(door_of, door, Asked(house.path(door)), spoilt))
    for door in doors(door_of.app):
        for parameter in operation_of(door_of.app, door).get("parameters", []):
            if parameter["in"] == "query" and door[0] == "GET":
                query = {**house.query(door), parameter["name"]: NUL}
                trial.judge(door, query, Asked(house.path(door), query).send(door_of, door))
            elif parameter["in"] == "path" and door[1] != "/v/{token}":
                path = {**house.path(door), parameter["name"]: NUL}
                trial.judge(door, path, Asked(path, house.query(door)).send(door_of, door), 403, 404, 422)

    trial.ends_well(after=300)


class _Keyless:
    """Keys that belong to nobody, in the shape that the examples need."""

    def __init__(self, app: Any) -> None:
        anything = "00000000-0000-4000-8000-000000000000"
        self.app = app
        self.keys = Keys(**{name: anything for name in Keys.__dataclass_fields__ if name != "laboratory"})

    def path(self, door: Door) -> dict[str, str]:
        return {name: fitting(self.keys, door[1], name)[0] for name in names_in(door[1])}

    def query(self, door: Door) -> dict[str, str]:
        return dict(QUERIES.get(door, {}))
