"""What is sent to deceive: scripts, forged addresses and queries, more rights than one has, cookies of one's own."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlmodel import select
from starlette.testclient import TestClient

from lims.app import make_app
from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.people import queries as people
from lims.people.tables import UserRole
from lims.runtime import Lims
from lims.settings import Settings
from lims.web import csrf
from lims.web.viewer import session_cookie
from tests.api.house import EVERYTHING, NOW, House, opened
from tests.api.laboratory import load
from tests.factories import Cast
from tests.pages.conftest import Browser
from tests.pages.form_reader import SentForm, forms_of
from tests.pages.planting import plant
from tests.pages.skeleton import Skeleton
from tests.pages.walking import NOBODYS, QUERIES, Person, Walk, addresses, filled, fitting, names_in, page_doors
from tests.turns import turns

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{x.y}%s{{7*7}}"
LONG = "长" * 3000
HOSTILE = (SCRIPT, "a\x00b", "长" * 10_000, "\u202egpj.exe", "1E+999999", "9" * 400, "٣", "../../etc/passwd",
           "'; DROP TABLE sample; --", "0001-01-01", "9999-12-31", "-1")  # fmt: skip
TRICKS = ("a\x00b", "l" * 10_000, "\u202egpj.exe", "'; DROP TABLE sample; --", "../../../../etc/passwd",
          "%2e%2e%2fetc", "{x}%s%n", SCRIPT, "٣", "0" * 40, "-1", "00000000-0000-4000-8000-000000000000",
          "\r\nSet-Cookie: a=b")  # fmt: skip
OF_LISTS = ("q", "page", "size", "sort", "columns", "view", "export", "next")


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


def every_address(walk: Walk, method: str = "GET") -> Iterator[str]:
    for door in page_doors(walk.app, method):
        if door not in NOBODYS and door[1] != "/sign-out":
            yield from addresses(walk.keys, door[1])


def is_html(answer: Any) -> bool:
    return bool(answer.text) and answer.headers.get("content-type", "").startswith("text/html")


def faults_of(answer: Any) -> list[str]:
    """A fault of the program, or a page that a text has broken out of."""
    if answer.status_code >= 500:
        return [f"status {answer.status_code}"]
    if not is_html(answer):
        return []
    found = Skeleton(answer.text, is_part="<html" not in answer.text).faults
    found += [what for what in ("<script>alert", "<img src=x", "Traceback", "sqlite3.") if what in answer.text]
    return found + [f"header {name}" for name, value in answer.headers.items() if re.search(r"[\r\n]", value)]


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_script_in_any_record_is_text_on_every_page(fresh: Walk, language: str) -> None:
    database = fresh.lims.engine.url.database
    assert database is not None
    assert plant(Path(database), SCRIPT) > 100
    wrong, shown = [], 0

    # The other language has the same templates: one person sees them all.
    for name in ("owner", "ann", "net") if language == "zh" else ("owner",):
        person = fresh.person(name, language)
        for address in every_address(fresh):
            for headers in ({}, {"HX-Request": "true"}) if name == "owner" else ({},):
                answer = person.get(address, **headers)
                wrong += [f"{name} {address}: {fault}" for fault in faults_of(answer)]
                shown += "&lt;script&gt;alert(1)" in answer.text or "\\u003cscript" in answer.text
                # A text is never read as a pattern: neither filled in nor calculated.
                if is_html(answer) and "%s49" in answer.text:
                    wrong.append(f"{name} {address}: calculated")
    public = fresh.stranger().get(f"/v/{fresh.keys.verification_token}")
    wrong += [f"/v: {fault}" for fault in faults_of(public)]

    assert "\n".join(sorted(set(wrong))) == ""
    assert shown >= 40
    assert "&lt;script&gt;" in public.text


def all_forms(walk: Walk, person: Person) -> list[SentForm]:
    """The forms of every page, each shape of a form to one address once."""
    found: dict[Any, SentForm] = {}
    for address in every_address(walk):
        answer = person.get(address)
        if is_html(answer):
            for form in forms_of(answer.text, address):
                if form.action not in {"/sign-out", "/appearance"}:
                    found.setdefault((form.action.split("?")[0], form.shape), form)
    return list(found.values())


def send(person: Person, form: SentForm, values: dict[str, list[str]]) -> Any:
    files = dict.fromkeys(form.files, ("x.csv", b"")) or None
    if form.method == "post":
        return person.post(form.action, {**values, csrf.FIELD: person.token}, files)
    # A browser's address is not endless.
    query = {name: [value[:1000] for value in given] for name, given in values.items()}
    return person.client.get(form.action, params=query, follow_redirects=False)


@pytest.mark.slow
def test_every_form_withstands_hostile_texts_in_every_field(fresh: Walk) -> None:
    owner, wrong, asked = fresh.person("owner"), [], 0
    forms = all_forms(fresh, owner)
    assert len([form for form in forms if form.method == "post"]) >= 40
    following, everywhere = turns(HOSTILE, 1), turns((SCRIPT, "a\x00b", "9" * 400), 1)

    for form in forms:
        names = dict.fromkeys([*form.texts, *(name for name in form.hidden if name != csrf.FIELD), *form.values])
        trials = [{**form.values, name: [*following()]} for name in names if name != csrf.FIELD]
        trials += [{**form.values, **{name: [value] for name in form.texts}} for value in everywhere()]
        for values in trials:
            asked += 1
            answer = send(owner, form, values)
            spoilt = {name: given[0][:30] for name, given in values.items() if given != form.values.get(name)}
            wrong += [f"{form.method} {form.action} {spoilt}: {fault}" for fault in faults_of(answer)]
    # What was taken is shown somewhere.
    for address in every_address(fresh):
        wrong += [f"afterwards {address}: {fault}" for fault in faults_of(owner.get(address))]

    assert "\n".join(sorted(set(wrong))) == ""
    assert asked >= 400


def test_every_form_withstands_fields_that_are_files_and_files_that_are_fields(fresh: Walk) -> None:
    owner, wrong = fresh.person("owner"), []

    for form in all_forms(fresh, owner):
        if form.method == "post":
            as_files = {name: ("x", b"1") for name in [*form.values, "version", "name"] if name != csrf.FIELD}
            wrong += [f"{form.action} files: {f}" for f in faults_of(owner.post(form.action, {}, as_files))]
            as_texts = {name: ["x", "x"] for name in [*form.values, *form.files]}
            as_texts[csrf.FIELD] = [owner.token]
            wrong += [f"{form.action} twice: {f}" for f in faults_of(owner.forge(form.action, as_texts))]

    assert "\n".join(wrong) == ""


# ── addresses and queries ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_address_leads_to_nothing(fresh: Walk, method: str) -> None:
    owner, wrong, asked, following = fresh.person("owner"), [], 0, turns(TRICKS, 4)

    for door in page_doors(fresh.app, method):
        usual = {name: fitting(fresh.keys, door[1], name)[0] for name in names_in(door[1])}
        for name in usual:
            for value in following():
                asked += 1
                address = filled(door[1], {**usual, name: value})
                answer = owner.get(address) if method == "GET" else owner.post(address)
                faults = faults_of(answer)
                if "root:" in answer.text:
                    faults.append("a file of the machine")
                # A list of some name, or a way on, is no record; no page is found at a made-up address.
                if answer.status_code == 200 and not door[1].startswith("/results/of-sample"):
                    faults.append("found")
                wrong += [f"{door} {value[:40]!r}: {fault}" for fault in faults]

    assert "\n".join(wrong) == ""
    assert asked >= 300


def queries_of(app: FastAPI) -> dict[str, set[str]]:
    """The names in the query of every page that its route declares; lists have more."""
    known = {
        str(c.path): {parameter.alias for parameter in dependant.query_params}
        for c in iter_route_contexts(app.routes)
        if (dependant := getattr(c.original_route, "dependant", None)) is not None and "GET" in (c.methods or ())
    }
    assert sum(map(len, known.values())) >= 60
    return known


@pytest.mark.slow
def test_no_query_is_a_fault(walk: Walk) -> None:
    owner, wrong, asked = walk.person("owner"), [], 0
    following, together, of_list = turns(TRICKS, 1), turns(TRICKS[::3], 2), turns(TRICKS[2:4], 1)
    known = queries_of(walk.app)

    for door in page_doors(walk.app, "GET"):
        address = next(addresses(walk.keys, door[1]))
        shown = owner.get(address)
        forms = forms_of(shown.text, address) if is_html(shown) else ()
        filters = {name for form in forms if form.method == "get" for name in form.values}
        is_list = "export=xlsx" in shown.text
        names = sorted({*known[door[1]], *filters, *(OF_LISTS if is_list else ("next",))})
        queries = [dict.fromkeys(names, value[:1000]) for value in together()]
        if is_list:
            queries += [{"export": "xlsx", "sort": value, "columns": value, "q": value} for value in of_list()]
        queries += [{name: following()[0]} for name in names]
        for query in queries:
            asked += 1
            answer = owner.client.get(address, params=query, follow_redirects=False)
            wrong += [f"{door} {str(query)[:90]}: {fault}" for fault in faults_of(answer)]

    assert "\n".join(sorted(set(wrong))) == ""
    assert asked >= 1000


@pytest.mark.parametrize("path", ["/admin", "/static/swagger-ui/../../pyproject.toml", "/.git/config", "/v/",
                                  "/static/own/%2e%2e/page.py", "/static/own/../page.py", "/static/web/%00",
                                  "/static/own/..%2f..%2fpage.py", "//etc/passwd", "/samples/%00", "/samples/%ff",
                                  "/samples/../../etc/passwd", "/%2e%2e/"])  # fmt: skip
def test_an_address_that_leads_nowhere_is_a_page_that_says_so(walk: Walk, path: str) -> None:
    for person in (walk.person("owner"), walk.stranger()):
        answer = person.get(path)

        assert answer.status_code in {303, 307, 404}, (path, answer.status_code)
        assert faults_of(answer) == []
        assert "def page(" not in answer.text


OUTSIDE = ("https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
           "javascript:alert(1)", "http:evil.example", "/\r\nLocation: https://evil.example", " https://evil.example",
           "///evil.example", "/%0d%0aSet-Cookie:a=b", "https:/evil.example", "\x01https://evil.example")  # fmt: skip


@pytest.mark.parametrize("target", OUTSIDE)
def test_no_form_leads_to_another_site(fresh: Walk, target: str) -> None:
    owner, answers = fresh.person("owner"), []

    answers.append(owner.forge("/appearance", {"language": "en", "next": target}))
    answers.append(owner.get("/sign-in?next=" + filled("{x}", {"x": target})))
    for form in (*all_forms_of_lists(fresh, owner), SentForm("/views/samples", "post", {"name": ["x"]})):
        answers.append(send(owner, form, {**form.values, "next": [target], "others": [target], "query": [target]}))
    stranger = fresh.stranger()
    answers.append(stranger.forge("/sign-in", {"username": "ann", "password": PASSWORD, "next": target}))
    page = stranger.get("/sign-in?next=" + filled("{x}", {"x": target}))

    assert len([answer for answer in answers if answer.status_code == 303]) >= 4
    for answer in answers:
        assert answer.status_code < 500
        if answer.status_code == 303:
            place = answer.headers["location"]
            assert re.match(r"/(?![/\\])[^\\\s]*$", place), place
    assert Skeleton(page.text).faults == []
    assert 'value="/"' in page.text or target.startswith("/%")  # which is a path of our own


def all_forms_of_lists(walk: Walk, person: Person) -> Iterator[SentForm]:
    """The forms that say where to go back to."""
    for address in ("/samples", "/results", "/reports", "/equipment"):
        for form in forms_of(person.get(address).text, address):
            if form.method == "post" and "next" in form.values:
                yield form


# ── more rights than one has ─────────────────────────────────────────────────────────────────────────

PASSWORD = "a password of many words"  # that of the house


def roles(walk: Walk, username: str) -> set[str]:
    with walk.lims.read(system_actor(), Action.PEOPLE_READ) as session:
        user = people.user_by_name(session, username)
        assert user is not None
        return {str(role) for role in session.exec(select(UserRole.role).where(UserRole.user_id == user.id)).all()}


@pytest.mark.parametrize("name", ["max", "ann", "cai", "ian", "sun"])
def test_nobody_makes_an_administrator_of_themselves(fresh: Walk, name: str) -> None:
    person, before = fresh.person(name), fresh.state()
    form = {"full_name": "某人", "roles": ["administrator"], "version": "1", "username": name}

    for address in (f"/people/{name}", "/people/ann", "/people/accounts/new", "/people/ada/password"):
        assert person.post(address, form).status_code == 403
    assert fresh.state() == before


def test_an_administrator_gives_no_roles_to_themselves(fresh: Walk) -> None:
    person = fresh.person("ada")
    form = next(f for f in forms_of(person.get("/people/ada").text, "/people/ada") if f.action == "/people/ada")

    for wanted in (["administrator", "technician"], [*Role], ["technician"], ["root"], []):
        person.post("/people/ada", {**form.values, "roles": wanted})
    assert roles(fresh, "ada") == {"administrator"}


def test_what_a_form_does_not_have_is_not_read(fresh: Walk) -> None:
    """Neither the laboratory of a record nor who made it is the sender's to say."""
    owner, other = fresh.neighbour(EVERYTHING), fresh.house.their_actor("max").laboratory_id
    more = {"laboratory_id": str(other), "laboratory": "QBZ", "id": fresh.keys.sample_id, "is_active": "false",
            "created_by": "ann", "user_id": str(other), "must_change_password": "false"}  # fmt: skip
    before = fresh.house.foreign_records()
    form = {"code": "X-1", "name": "天平", "model": "1", "serial_number": "1", "calibrated_until": "2027-01-01"}

    assert owner.post("/equipment/new", {**form, **more}).status_code in {303, 422}
    assert fresh.house.foreign_records() == before
    ada = fresh.neighbour("administrator")
    answer = ada.post("/people/accounts/new", {"username": "mole", "full_name": "田鼠", "roles": ["technician"], **more,
                                               "password": "chosen by the sender"})  # fmt: skip
    assert answer.status_code in {200, 422}
    assert "chosen by the sender" not in answer.text
    assert fresh.house.foreign_records() == before


@pytest.mark.parametrize("version", ["0", "2", "-1", "99999999999999999999", "1.5", "1e0", "٣", "", "1 or 1=1", "NaN"])
def test_an_act_on_another_version_is_not_done(fresh: Walk, version: str) -> None:
    person = fresh.person("max")
    address = f"/equipment/{fresh.keys.instrument}"
    before = fresh.state()

    answer = person.post(f"{address}/calibration", {"calibrated_until": "2030-01-01", "version": version})

    assert answer.status_code in {409, 422}
    assert fresh.state() == before


# ── sessions and cookies ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def real(shared: Path, tmp_path: Path, quick_passwords: None) -> Iterator[House]:
    """A house entered by its own sign-in page."""
    with opened(shared, tmp_path) as house:
        yield house


def signed_in(client: TestClient) -> Any:
    form = {"username": "ann", "password": PASSWORD}
    answer = client.post("/sign-in", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer


def cookies_of(answer: Any) -> dict[str, str]:
    return {line.split("=", 1)[0]: line for line in answer.headers.get_list("set-cookie")}


def test_a_session_is_never_the_one_that_somebody_brought(real: House) -> None:
    client = real.stranger()
    client.cookies.set("lims_session", "chosen by somebody else")

    cookie = cookies_of(signed_in(client))["lims_session"]

    assert "chosen" not in cookie
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "path=/" in cookie.lower()
    assert "domain" not in cookie.lower()
    other = real.stranger()
    other.cookies.set("lims_session", "chosen by somebody else")
    assert other.get("/account", follow_redirects=False).headers["location"].startswith("/sign-in")


def test_the_session_before_ends_with_a_new_one(real: House) -> None:
    client = real.stranger()
    signed_in(client)
    first = client.cookies["lims_session"]
    signed_in(client)

    other = real.stranger()
    other.cookies.set("lims_session", first)

    assert client.cookies["lims_session"] != first
    assert other.get("/account", follow_redirects=False).headers["location"].startswith("/sign-in")


def test_nothing_is_left_after_signing_out(real: House) -> None:
    client = real.stranger()
    signed_in(client)
    kept = client.cookies["lims_session"]
    page = client.get("/account")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None

    out = client.post("/sign-out", data={csrf.FIELD: token[1]}, follow_redirects=False)
    client.cookies.set("lims_session", kept)
    again = client.get("/account", follow_redirects=False)
    act = client.post("/account/sessions/end-others", data={csrf.FIELD: token[1]}, follow_redirects=False)

    assert page.headers["cache-control"] == "no-store"
    assert out.status_code == 303
    assert "max-age=0" in cookies_of(out)["lims_session"].lower()
    assert (again.status_code, act.status_code) == (303, 303)
    assert act.headers["location"] == "/sign-in"


def test_over_https_cookies_are_sent_no_other_way(tmp_path: Path) -> None:
    lims = Lims(Settings(data=tmp_path, public_url="https://lims.example"), FixedClock(NOW))
    app = make_app(lims)
    with TestClient(app, base_url="https://lims.example") as client:
        answer = client.post("/appearance", data={"language": "en"}, follow_redirects=False)
        request = type("Request", (), {"app": app})
        assert session_cookie(request) == "__Host-lims_session"  # type: ignore[arg-type]
        for cookie in cookies_of(answer).values():
            assert "Secure" in cookie
        assert "max-age" in answer.headers["strict-transport-security"]
    lims.close()


def noted(*told: Any) -> str:
    return urlsafe_b64encode(json.dumps(told).encode()).decode()


@pytest.mark.parametrize(
    "cookie",
    [
        noted("{a:>2000000000}", {"a": "x"}, ""),
        noted("{a.__class__.__mro__}{a[0]}{0}", {"a": "x"}, ""),
        noted(SCRIPT, {}, SCRIPT),
        noted("{a}", {"a": SCRIPT}, SCRIPT),
        noted("{a}", ["a"], ""),
        noted(["a"], {"a": 1}, ""),
        noted(None),
        urlsafe_b64encode(b"[" * 2500).decode(),
        urlsafe_b64encode(b"1" * 2500).decode(),
        "not base64 at all",
        "=" * 5000,
    ],
)
def test_a_note_that_nobody_wrote_does_no_harm(walk: Walk, cookie: str) -> None:
    """Whoever can write a cookie can write this one: it is not trusted."""
    answer = walk.stranger().get("/sign-in", Cookie=f"lims_note={cookie}")

    assert answer.status_code == 200
    assert faults_of(answer) == []
    assert len(answer.content) < 100_000
    assert "__class__" not in answer.text or "type" not in answer.text.split("__class__")[0][-20:]


@pytest.mark.parametrize("name", ["lims_language", "lims_theme", "lims_session", "lims_second_factor"])
@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "a" * 6000, "../../etc", '"', "%00", "en; path=/"])
def test_no_cookie_is_a_fault(walk: Walk, name: str, value: str) -> None:
    for address in ("/sign-in", "/sign-in/second", "/", "/nothing"):
        answer = walk.stranger().get(address, Cookie=f"{name}={value}")

        assert answer.status_code in {200, 303, 404}
        assert faults_of(answer) == []


@pytest.mark.parametrize("header", ["HX-Request", "HX-Target", "HX-Current-URL", "Accept-Language", "User-Agent",
                                    "Host", "X-Forwarded-Host", "Referer"])  # fmt: skip
def test_no_header_finds_its_way_into_a_page(walk: Walk, header: str) -> None:
    owner = walk.person("owner")

    for address in ("/samples", "/sign-in", "/nothing", "/account"):
        answer = owner.get(address, **{header: SCRIPT})
        assert answer.status_code < 500
        assert faults_of(answer) == []
        assert "alert(1)" not in answer.text
        assert "alert" not in str(answer.headers)


# ── the other database ───────────────────────────────────────────────────────────────────────────────


class _Anything:
    """Keys that belong to nobody."""

    def __getattr__(self, _name: str) -> str:
        return "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_postgresql_cannot_keep_is_refused_by_every_page(
    lims: Lims, cast: Cast, browse: Callable[..., Browser]
) -> None:
    """It knows no NUL in a text and keeps lengths, where SQLite takes everything. A fault would be raised here."""
    load(lims)
    known = cast.max
    person = browse(Actor(known.user_id, known.name, frozenset(Role), known.laboratory_id, known.visible_laboratories))
    app = person.client.app
    assert isinstance(app, FastAPI)
    declared, asked, keys = queries_of(app), 0, _Anything()

    for door in page_doors(app, "GET"):
        usual = {name: fitting(keys, door[1], name)[0] for name in names_in(door[1])}
        address = filled(door[1], usual)
        answers = [person.get(filled(door[1], {**usual, name: value})) for name in usual for value in ("a\x00b", LONG)]
        for value in ("a\x00b", LONG):
            names = {*declared[door[1]], "q", "sort", "view", *QUERIES.get(door[1], ())}
            answers.append(person.get(f"{address}?{urlencode(dict.fromkeys(names, value[:500]))}"))
        plain = person.get(address)
        for form in forms_of(plain.text, address) if is_html(plain) else ():
            for name in form.texts if form.method == "post" else ():
                for value in ("a\x00b", LONG):
                    answers.append(person.post(form.action, {**form.values, name: value}))
        asked += len(answers)
        assert [answer.status_code for answer in answers if answer.status_code >= 500] == [], door
    assert asked >= 500
