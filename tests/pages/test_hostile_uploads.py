"""Files that are handed in to deceive or to exhaust, by every page that takes one; and what is handed out for Excel."""

import asyncio
import csv
import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook
from starlette.types import Message

from lims.web import csrf
from tests.api.house import EVERYTHING, opened
from tests.api.routes import BODIES
from tests.api.test_error_shape import FILES, workbook
from tests.pages.planting import plant
from tests.pages.skeleton import Skeleton
from tests.pages.walking import Person, Walk, addresses, page_doors

MEGABYTE = 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Every form that takes a file: its address as declared, the field of the file, other fields that must be there.
TAKERS: dict[str, tuple[str, dict[str, str]]] = {
    "/account/key": ("file", {"old_password": "x", "passphrase": "x"}),
    "/accreditation/certificates/{certificate_id}/import": ("file", {}),
    "/accreditation/method-limits/import": ("file", {}),
    "/contests/{number}/entries/import": ("file", {}),
    "/contests/{number}/events/{event}": ("file", {"version": "1", "title": "R", "share": "1"}),
    "/contests/{number}/marks/{event}": ("file", {}),
    "/exams/questions/import": ("file", {}),
    "/library/drafts/new": ("file", {"standard": "GB 2763-2031", "effective_on": "2031-03-01"}),
    "/laboratories/{code}/certificate": ("certificate_file", {"version": "1"}),
    "/proficiency/{number}/homogeneity": ("file", {"version": "6", "sigma": "horwitz"}),
    "/proficiency/{number}/mine/import": ("file", {"version": "1"}),
    "/rapid": ("file", {}),
    "/returns/import": ("file", {}),
    "/samples/many/file": ("file", {}),
    "/verify": ("file", {}),
    "/v": ("file", {}),
    "/worksheets/{number}/import": ("file", {}),
    "/samples/{number}/photos": ("file", {"caption": "封样"}),
}
#: Of a round that the prefecture organises: not found by who sends the file.
NOT_THEIRS = "/proficiency/{number}/homogeneity"
#: What may be answered instead of 422.
ALLOWED = {
    NOT_THEIRS: {404},
    "/account/key": {422, 429},  # who mistypes a password too often waits
    "/verify": {200, 404, 422, 429},  # files have a pace
    "/v": {200, 422, 429},
    "/worksheets/{number}/import": {303, 422},
}
NAMES = ("../../../evil.csv", "..\\..\\evil.csv", "/etc/passwd", "a\x00b.csv", "长" * 3000 + ".csv", "n" * 10_000,
         "\u202evsc.exe", "<script>alert(1)</script>.csv", '"; filename="x', "a\r\nX-Evil: 1.csv", ".", "..", " ",
         "con", "=1+1.csv")  # fmt: skip


@pytest.fixture(scope="module")
def walk(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Iterator[Walk]:
    """A house that takes files of one megabyte."""
    with opened(shared, tmp_path_factory.mktemp("house"), upload_megabytes=1) as house:
        yield Walk(house)


@pytest.fixture
def fresh(shared: Path, tmp_path: Path, quick_passwords: None) -> Iterator[Walk]:
    """The same, not touched before."""
    with opened(shared, tmp_path, upload_megabytes=1) as house:
        yield Walk(house)


def handed_in(walk: Walk, content: bytes, name: str = "file.csv", kind: str = "text/csv") -> Iterator[tuple[str, Any]]:
    """The answers of every page that takes a file."""
    owner = walk.person("owner")
    for path, (field, more) in TAKERS.items():
        address = next(addresses(walk.keys, path))
        yield path, owner.post(address, more, {field: (name, content, kind)})


def faults_of(answer: Any) -> list[str]:
    found = [f"status {answer.status_code}"] if answer.status_code >= 500 else []
    if answer.text and answer.headers.get("content-type", "").startswith("text/html"):
        found += Skeleton(answer.text).faults
        found += [what for what in ("<script>alert", "Traceback", "root:x") if what in answer.text]
    return found


def outside(walk: Walk) -> set[Path]:
    """Every file beside the vault and the files that are kept to be looked at."""
    files = (path for path in walk.house.folder.rglob("*") if path.is_file())
    return {path for path in files if not {"vault", "handed-in"} & set(path.parts)}


def test_no_page_that_takes_a_file_is_left_out(walk: Walk) -> None:
    sources = [p for p in (Path(__file__).parents[2] / "lims").rglob("*pages.py") if ".file(" in p.read_text("utf-8")]

    assert len(sources) == len(TAKERS)
    assert {path for _, path in page_doors(walk.app, "POST")} >= TAKERS.keys()


def with_part(name: str, content: bytes) -> bytes:
    """A workbook one of whose parts is replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["产品"]))) as plain,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed,
    ):
        for part in plain.infolist():
            if part.filename != name:
                packed.writestr(part.filename, plain.read(part))
        packed.writestr(name, content)
    return out.getvalue()


def a_sheet(rows: bytes) -> bytes:
    """A workbook whose sheet holds these rows."""
    start = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return with_part("xl/worksheets/sheet1.xml", start + rows + b"</sheetData></worksheet>")


def strings(texts: bytes, before: bytes = b"") -> bytes:
    """A workbook whose table of texts holds these."""
    start = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return with_part("xl/sharedStrings.xml", before + start + texts + b"</sst>")


def entities() -> bytes:
    """A text of ten thousand million letters, in a few lines."""
    steps = [b'<!ENTITY a0 "aaaaaaaaaa">']
    steps += [b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)]
    return strings(b"<si><t>&a9;</t></si>", b"<!DOCTYPE x [" + b"".join(steps) + b"]>")


WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "a million columns": lambda: a_sheet(b'<row r="1">' + b"<c><v>1</v></c>" * 1_000_000 + b"</row>"),
    "a cell far away": lambda: a_sheet(
        b'<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="ZZZZ1"/></row>'
    ),
    "rows of no number": lambda: a_sheet(
        b'<row r="99999999999999999999"><c r="A9"><v>1</v></c></row><row r="-1"/><row r="x"/>'
    ),
    "a million texts": lambda: strings(b"<si><t>a</t></si>" * 3_000_000),
    "one huge text": lambda: strings(b"<si><t>" + b"a" * 64 * MEGABYTE + b"</t></si>"),
    "a text that is not there": lambda: a_sheet(
        b'<row r="1"><c r="A1" t="s"><v>999999999</v></c><c t="s"><v>-1</v></c><c t="s"><v>x</v></c></row>'
    ),
    "entities": entities,
    "a file of the machine": lambda: strings(
        b"<si><t>&f;</t></si>", b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    ),
    "another host": lambda: with_part(
        "xl/workbook.xml", b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><workbook>&x;</workbook>'
    ),
    "a part outside": lambda: with_part("../../../evil.xml", b"<x/>"),
    "deep XML": lambda: with_part("xl/worksheets/sheet1.xml", b"<a>" * 200_000),
    "long cells": lambda: workbook(["产品" * 16_000] * 3, ["x" * 32_767] * 3),
}


@pytest.mark.parametrize("case", [*FILES, *WORKBOOKS])
def test_no_file_is_a_fault_of_a_page(walk: Walk, case: str) -> None:
    content = {**FILES, **WORKBOOKS}[case]()
    assert len(content) < MEGABYTE
    wrong, began = [], time.process_time()

    for path, answer in handed_in(walk, content, "file.xlsx", XLSX):
        wrong += [f"{path}: {fault}" for fault in faults_of(answer)]
        allowed = ALLOWED.get(path, {422})
        if answer.status_code not in allowed:
            wrong.append(f"{path}: {answer.status_code}")
        if answer.status_code == 303:  # what is kept to be looked at is looked at
            looked = walk.person("owner").get(answer.headers["location"])
            wrong += [f"{path} looked at: {fault}" for fault in faults_of(looked)]

    assert "\n".join(wrong) == ""
    assert time.process_time() - began < 60


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_file_is_a_path_or_a_fault(fresh: Walk, name: str) -> None:
    before, wrong = outside(fresh), []

    for path, answer in handed_in(fresh, b"a,b\n1,2\n", name):
        wrong += [f"{path}: {fault}" for fault in faults_of(answer)]
        if answer.status_code == 303:
            wrong += [
                f"{path} looked at: {f}" for f in faults_of(fresh.person("owner").get(answer.headers["location"]))
            ]

    assert "\n".join(wrong) == ""
    assert outside(fresh) == before


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/x-msdownload", "", "a" * 5000, 'text/csv; x="]']
)
def test_what_kind_a_file_says_it_is_means_nothing(walk: Walk, kind: str) -> None:
    for path, answer in handed_in(walk, b"<script>alert(1)</script>", "x.html", kind):
        assert faults_of(answer) == [], path
        assert answer.status_code == 303 or answer.headers["content-type"].startswith("text/html")


def test_a_file_that_is_too_large_is_refused_by_every_page(walk: Walk) -> None:
    before = walk.state()

    for path, answer in handed_in(walk, b"x" * (MEGABYTE + 1)):
        assert answer.status_code in ({404} if path == NOT_THEIRS else {413, *ALLOWED.get(path, {422})}), path
        assert faults_of(answer) == [], path
    assert walk.state() == before


@pytest.mark.parametrize("charset", ["punycode", "idna", "utf-7", '"PUNYCODE"', "rot13", "x" * 5000, "latin-1"])
@pytest.mark.parametrize("path", ["/sign-in", "/samples/many/file"])
def test_a_form_in_another_encoding_is_not_even_parsed(walk: Walk, path: str, charset: str) -> None:
    """Some codecs of Python take hours for a text of a megabyte, some fail."""
    person = walk.stranger() if path == "/sign-in" else walk.person("owner")
    begun = time.process_time()

    answer = sent_as(person, path, charset, b"a-" * 250_000)

    assert answer.status_code == 415
    assert faults_of(answer) == []
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_a_form_that_names_its_encoding_is_read(walk: Walk, charset: str) -> None:
    answer = sent_as(walk.stranger(), "/sign-in", charset, "谁也不是".encode())

    assert answer.status_code == 401
    assert "谁也不是" in answer.text


@pytest.mark.parametrize("second", ["multipart/form-data; boundary=b", "application/json"])
def test_a_second_header_does_not_hide_the_encoding(walk: Walk, second: str) -> None:
    begun = time.process_time()

    answer = sent_as(walk.stranger(), "/sign-in", "punycode", b"a-" * 250_000, second)

    assert answer.status_code == 415
    assert time.process_time() - begun < 5


def sent_as(person: Person, path: str, charset: str, username: bytes, *more_kinds: str) -> Any:
    """A form of one field, said to be in an encoding; the header may stand there again."""
    body = b'--b\r\nContent-Disposition: form-data; name="username"\r\n\r\n' + username + b"\r\n--b--\r\n"
    kinds = (f"multipart/form-data; boundary=b; charset={charset}", *more_kinds)
    headers = [("Sec-Fetch-Site", "same-origin"), *(("Content-Type", kind) for kind in kinds)]
    return person.client.post(path, content=body, headers=headers, follow_redirects=False)


@pytest.mark.parametrize("declared", [True, False])
def test_two_hundred_megabytes_are_turned_away_while_they_arrive(walk: Walk, declared: bool) -> None:
    """What is too much is not even read; of somebody unknown, nothing is."""
    cookie = walk.person("owner").client.cookies["lims_session"]

    for path in [*TAKERS, "/sign-in", "/appearance"]:
        address = next(addresses(walk.keys, path))
        asks_who = path not in {"/sign-in", "/appearance", "/v"}
        for known in (True, False):
            status, read = asyncio.run(sent_in_pieces(walk, address, cookie if known else "", declared=declared))
            assert status == (303 if asks_who and not known else 413), (path, status)
            assert read <= (0 if declared or status == 303 else 3), (path, read)


async def sent_in_pieces(walk: Walk, address: str, cookie: str, *, declared: bool) -> tuple[int, int]:
    """Send two hundred pieces of a megabyte each; the answer's status, and how many pieces were asked for."""
    read, status = 0, 0
    headers = [(b"host", b"testserver"), (b"content-type", b"multipart/form-data; boundary=b")]
    headers += [(b"cookie", f"lims_session={cookie}".encode())] if cookie else []
    headers += [(b"content-length", str(200 * MEGABYTE).encode())] if declared else []
    path, _, query = address.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": unquote(path),
        "raw_path": path.encode(), "query_string": query.encode(), "headers": headers, "client": ("127.0.0.1", 1),
        "server": ("testserver", 80), "root_path": "", "state": {},
    }  # fmt: skip

    async def receive() -> Message:
        nonlocal read
        read += 1
        piece = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' if read == 1 else b""
        return {"type": "http.request", "body": piece + b"x" * MEGABYTE, "more_body": read < 200}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await walk.app(scope, receive, send)
    return status, read


def test_a_form_of_very_many_fields_is_refused(walk: Walk) -> None:
    owner = walk.person("owner")
    many = {f"field{n}": "1" for n in range(3000)}

    for data in (many, {"q": "x" * (5 * MEGABYTE)}):
        answer = owner.post("/judge", data)
        assert answer.status_code in {400, 413, 422}
        assert faults_of(answer) == []


# ── what is handed out ───────────────────────────────────────────────────────────────────────────────

FORMULAS = ('=HYPERLINK("http://evil","x")', "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0")


def test_no_text_is_a_formula_in_any_workbook(fresh: Walk) -> None:
    database = fresh.lims.engine.url.database
    assert database is not None
    assert plant(Path(database), *FORMULAS) > 100
    books, seen = [], 0

    for name in ("owner", "net", "ann"):
        person = fresh.person(name)
        for _, path in page_doors(fresh.app, "GET"):
            for address in addresses(fresh.keys, path):
                answer = person.client.get(address, params={"export": "xlsx"}, follow_redirects=False)
                assert answer.status_code < 500, address
                if answer.headers.get("content-type") == XLSX:
                    books.append((address, answer.content))
    zipped = fresh.person("owner").post("/reports/download", {"chosen": fresh.keys.report})
    assert zipped.status_code == 200
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as bundle:
        assert all(re.fullmatch(r"[\w.-]+", name) for name in bundle.namelist()), bundle.namelist()
        books += [(name, bundle.read(name)) for name in bundle.namelist() if name.endswith(".xlsx")]

    for address, content in books:
        for sheet in load_workbook(io.BytesIO(content)):
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "f", (address, cell.coordinate, cell.value)
                    assert cell.data_type != "e", (address, cell.coordinate, cell.value)
                    if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@", "\t", "\r")):
                        seen += 1
                        assert cell.data_type == "s", (address, cell.coordinate)
                        assert cell.quotePrefix, (address, cell.coordinate, cell.value)
    assert len({address for address, _ in books}) >= 15
    assert seen >= 50


def test_every_file_that_is_handed_out_has_a_plain_name(fresh: Walk) -> None:
    database = fresh.lims.engine.url.database
    assert database is not None
    plant(Path(database), 'a"; filename="b.exe\r\nX-Evil: 1', "../../a", "<script>")
    owner, named = fresh.person("owner"), 0

    for _, path in page_doors(fresh.app, "GET"):
        for address in addresses(fresh.keys, path):
            answer = owner.get(address)
            given = answer.headers.get("content-disposition")
            assert "x-evil" not in answer.headers
            if given is not None:
                named += 1
                assert re.fullmatch(r'(attachment|inline); filename="[A-Za-z0-9._-]+"', given), (address, given)
                kind = answer.headers["content-type"]
                assert not kind.startswith(("text/html", "image/svg", "application/xhtml")), (address, kind)
                assert answer.headers["x-content-type-options"] == "nosniff"
    assert named >= 6


def test_the_sequence_of_a_worksheet_has_no_formulas(walk: Walk) -> None:
    """People open it in Excel on the way to the instrument: a name that would be a formula is never taken."""
    owner = walk.person("owner")
    answer = owner.get(f"/worksheets/{walk.keys.worksheet}/sequence.csv")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))

    assert len(rows) > 5
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@SUM(1)"])
def test_a_name_in_a_sequence_that_would_be_a_formula_is_refused(walk: Walk, label: str) -> None:
    (body, *_) = BODIES["POST", "/api/worksheets"](walk.house.keys)
    order = {**body, "entries": [{"kind": "blank", "label": label}]}

    answer = walk.house.client(EVERYTHING).post("/api/worksheets", json=order)

    assert answer.status_code == 422
    assert [told["where"] for told in answer.json()["reasons"]] == [{"field": "entries.0.label"}]


def test_a_token_in_the_address_is_none(walk: Walk) -> None:
    owner = walk.person("owner")

    answer = owner.forge(f"/equipment/new?{csrf.FIELD}={owner.token}", {"code": "X"})

    assert answer.status_code == 403
