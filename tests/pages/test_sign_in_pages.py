"""Signing in and out as people do it, with real passwords, codes and cookies; one's own account; the first run."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pyotp
import pytest
from starlette.testclient import TestClient

from lims.app import make_app
from lims.commands.common import reached_at
from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.db.work import save
from lims.demo.cast import COUNTY, PREFECTURE, shown_accounts
from lims.network.queries import laboratories
from lims.network.tables import Region
from lims.people import accounts, queries
from lims.people.first_run import is_fresh, set_up_code
from lims.people.passkeys import own_passkey
from lims.people.shown_accounts import ShownAccount
from lims.people.throttle import PERSON_HERE
from lims.runtime import Lims
from lims.settings import Environment, Settings
from lims.web.viewer import POLLED
from tests.factories import PASSWORD, REGIONS, Cast
from tests.pages.conftest import text_of
from tests.storage.authenticator import Device

COOKIE = "lims_session"
NEW_PASSWORD = "rain on karst hills"


class Visitor:
    """A browser that nobody has signed in with; it sends the token that it finds on the page."""

    def __init__(self, lims: Lims, address: str = "http://testserver", **app: object) -> None:
        self.client = TestClient(make_app(lims, **app), base_url=address)  # type: ignore[arg-type]
        self.client.cookies.set("lims_language", "zh")

    def get(self, address: str) -> httpx2.Response:
        return self.client.get(address, follow_redirects=False)

    def post(self, address: str, data: dict[str, str], *, of: str = "", **headers: str) -> httpx2.Response:
        """A form; with a token of the page `of`, where the form asks for one."""
        token = {}
        if of:
            token = {"csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', self.get(of).text)[-1]}
        return self.client.post(address, data=data | token, headers=headers, follow_redirects=False)

    def enter(self, username: str = "ann", password: str = PASSWORD, next: str = "") -> httpx2.Response:  # noqa: A002
        return self.post("/sign-in", {"username": username, "password": password, "next": next})

    @property
    def token(self) -> str | None:
        return self.client.cookies.get(COOKIE)


@pytest.fixture
def visitor(lims: Lims, cast: Cast) -> Visitor:
    """Somebody in front of an installation with people in it."""
    return Visitor(lims)


# ── password ─────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_gives_name_and_password_comes_to_the_page_they_asked_for(visitor: Visitor) -> None:
    asked = visitor.get("/account?x=1")
    page = visitor.get(asked.headers["location"])
    answer = visitor.enter(next="/account?x=1")

    assert 'name="next" value="/account?x=1"' in page.text
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?x=1")
    assert "Ann" in text_of(visitor.get("/account"))
    assert visitor.get("/sign-in?next=/account").headers["location"] == "/account"


def test_the_cookie_is_for_the_server_alone(visitor: Visitor) -> None:
    cookie = visitor.enter().headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


def test_over_https_the_cookie_is_bound_to_the_host(lims: Lims, cast: Cast) -> None:
    settings = lims.settings.model_copy(update={"public_url": "https://lims.example.org"})
    secure = Visitor(Lims(settings, lims.clock), "https://lims.example.org")

    cookie = secure.enter().headers["set-cookie"]

    assert cookie.startswith("__Host-lims_session=")
    assert "Secure" in cookie
    assert secure.get("/account").status_code == 200


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_host(visitor: Visitor, address: str) -> None:
    assert visitor.enter(next=address).headers["location"] == "/"


def test_an_unknown_name_and_a_wrong_password_are_told_alike(visitor: Visitor) -> None:
    wrong, unknown = visitor.enter(password="not this one"), visitor.enter(username="nobody")

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "用户名或密码错误" in text_of(wrong)
    assert text_of(wrong) == text_of(unknown)
    assert 'value="ann"' in wrong.text
    assert "not this one" not in wrong.text
    assert visitor.token is None


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://testserver"},
    ],
)
@pytest.mark.parametrize("address", ["/sign-in", "/sign-in/second", "/sign-in/passkey", "/setup"])
def test_no_other_site_signs_somebody_in(visitor: Visitor, address: str, headers: dict[str, str]) -> None:
    answer = visitor.post(address, {"username": "ann", "password": PASSWORD}, **headers)

    assert answer.status_code == 403
    assert visitor.token is None


@pytest.mark.parametrize("headers", [{"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}, {}])
def test_the_own_page_does(visitor: Visitor, headers: dict[str, str]) -> None:
    answer = visitor.post("/sign-in", {"username": "ann", "password": PASSWORD}, **headers)

    assert answer.status_code == 303


def test_a_session_is_new_with_every_sign_in_and_the_former_one_ends(lims: Lims, visitor: Visitor) -> None:
    first = visitor.enter().cookies[COOKIE]
    second = visitor.enter().cookies[COOKIE]

    assert first != second
    assert [_with(lims, cookie).get("/account").status_code for cookie in (first, second)] == [303, 200]


def test_a_cookie_that_somebody_planted_never_becomes_a_session(lims: Lims, cast: Cast) -> None:
    planted = "A" * 43

    opened = _with(lims, planted).enter().cookies[COOKIE]

    assert opened != planted
    assert _with(lims, planted).get("/account").status_code == 303


def _with(lims: Lims, cookie: str) -> Visitor:
    visitor = Visitor(lims)
    visitor.client.cookies.set(COOKIE, cookie)
    return visitor


def test_too_many_attempts_are_told_to_wait(visitor: Visitor) -> None:
    for _ in range(PERSON_HERE.free):
        assert visitor.enter(password="a guess").status_code == 401
    answer = visitor.enter()

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "30"
    assert "请在 30 秒后重试" in text_of(answer)


def test_who_was_away_for_long_is_told_so(visitor: Visitor, clock: FixedClock) -> None:
    visitor.enter()
    clock.instant += timedelta(minutes=61)

    page = visitor.get(visitor.get("/account").headers["location"])

    assert "您长时间未操作" in text_of(page)


@pytest.mark.both_databases
def test_a_page_that_asks_again_by_itself_keeps_nobody_signed_in(visitor: Visitor, clock: FixedClock) -> None:
    visitor.enter("sun")
    asked = []
    for _ in range(13):
        clock.instant += timedelta(minutes=5)
        asked.append(visitor.client.get("/background", headers={"HX-Request": "true", POLLED: "true"}).status_code)

    page = visitor.get(visitor.get("/background").headers["location"])

    assert asked == [200] * 11 + [401] * 2
    assert "您长时间未操作" in text_of(page)


def test_signing_out_ends_the_session_and_not_only_the_cookie(visitor: Visitor) -> None:
    visitor.enter()
    token = visitor.token
    forged = visitor.post("/sign-out", {})
    still = visitor.get("/account")
    left = visitor.post("/sign-out", {}, of="/account")

    assert (forged.status_code, still.status_code) == (403, 200)
    assert left.headers["location"] == "/sign-in"
    assert visitor.token is None
    visitor.client.cookies.set(COOKIE, token or "")
    assert visitor.get("/account").status_code == 303


def test_a_temporary_password_opens_nothing_but_the_page_to_replace_it(
    visitor: Visitor, lims: Lims, cast: Cast
) -> None:
    _make_temporary(lims, cast)
    entered = visitor.enter(password="temporary words", next="/samples?page=2")

    led = [visitor.get(address).headers["location"] for address in ("/", "/samples?page=2", "/account", "/people/ann")]
    part = visitor.client.get("/samples", headers={"HX-Request": "true"})
    page = visitor.get("/account/password")

    assert entered.headers["location"] == "/account/password?next=%2Fsamples%3Fpage%3D2"
    assert led == [
        "/account/password",
        "/account/password?next=%2Fsamples%3Fpage%3D2",
        "/account/password?next=%2Faccount",
        "/account/password?next=%2Fpeople%2Fann",
    ]
    assert (part.status_code, part.headers["hx-redirect"]) == (403, "/account/password")
    assert "临时密码" in text_of(page)
    assert 'href="/samples"' not in page.text


def test_the_temporary_password_is_replaced(visitor: Visitor, lims: Lims, cast: Cast) -> None:
    _make_temporary(lims, cast)
    visitor.enter(password="temporary words")
    form = {"old_password": "temporary words", "password": NEW_PASSWORD, "next": "/samples"}

    differs = visitor.post("/account/password", form | {"password_again": "something else"}, of="/account/password")
    short = visitor.post(
        "/account/password", form | {"password": "short", "password_again": "short"}, of="/account/password"
    )
    wrong = visitor.post(
        "/account/password", form | {"old_password": "no", "password_again": NEW_PASSWORD}, of="/account/password"
    )
    done = visitor.post("/account/password", form | {"password_again": NEW_PASSWORD}, of="/account/password")

    assert [a.status_code for a in (differs, short, wrong)] == [422, 422, 422]
    assert 'id="e-password_again-1"' in differs.text
    assert 'id="e-password-1"' in short.text
    assert 'id="e-old_password-1"' in wrong.text
    assert done.headers["location"] == "/samples"
    assert visitor.get("/account").status_code == 200


@pytest.mark.both_databases
def test_a_new_password_ends_a_stolen_cookie_of_this_very_session_too(lims: Lims, visitor: Visitor) -> None:
    stolen = visitor.enter().cookies[COOKIE]
    form = {"old_password": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}

    done = visitor.post("/account/password", form, of="/account/password")
    page = visitor.get(done.headers["location"])

    assert visitor.token not in {None, stolen}
    assert "HttpOnly" in "".join(value for value in done.headers.get_list("set-cookie") if value.startswith(COOKIE))
    assert page.status_code == 200
    assert "密码已修改" in text_of(page)
    assert _with(lims, stolen).get("/account").status_code == 303


def _make_temporary(lims: Lims, cast: Cast) -> None:
    with lims.work(cast.ada, Action.USER_RESET) as session:
        version = queries.known_user(session, "ann").version
        accounts.set_temporary_password(session, "ann", "temporary words", version)


# ── second factor ────────────────────────────────────────────────────────────────────────────────────


def _enrolled(visitor: Visitor, clock: FixedClock) -> tuple[pyotp.TOTP, list[str]]:
    """Ann with one-time codes in force, set up by the pages; she stays signed in."""
    visitor.enter()
    shown = visitor.post("/account/second-factor/begin", {"old_password": PASSWORD}, of="/account/second-factor")
    key = pyotp.TOTP(re.findall(r'class="once long">([A-Z2-7 ]+)<', shown.text)[0].replace(" ", ""))
    wrong = visitor.post("/account/second-factor/confirm", {"code": "000000"}, of="/account")
    assert wrong.status_code == 422
    assert key.secret[:4] in wrong.text
    codes = visitor.post("/account/second-factor/confirm", {"code": key.at(clock.now())}, of="/account")
    clock.instant += timedelta(seconds=30)
    return key, re.findall(r"<li>([A-Z0-9-]{19})</li>", codes.text)


@pytest.mark.both_databases
def test_the_second_factor_is_asked_for_and_a_code_serves_once(visitor: Visitor, clock: FixedClock) -> None:
    key, codes = _enrolled(visitor, clock)
    visitor.post("/sign-out", {}, of="/account")
    code = key.at(clock.now())

    half = visitor.enter(next="/account")
    meanwhile = visitor.get("/account")
    wrong = visitor.post("/sign-in/second", {"code": "000000"})
    done = visitor.post("/sign-in/second", {"code": code, "next": "/account"})
    visitor.post("/sign-out", {}, of="/account")
    visitor.enter()
    again = visitor.post("/sign-in/second", {"code": code})

    assert len(codes) == 10
    assert half.headers["location"] == "/sign-in/second?next=%2Faccount"
    assert meanwhile.status_code == 303
    assert (wrong.status_code, 'id="e-code-1"' in wrong.text) == (401, True)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert again.status_code == 401


def test_a_recovery_code_serves_where_the_phone_is_not(visitor: Visitor, clock: FixedClock) -> None:
    _, codes = _enrolled(visitor, clock)
    visitor.post("/sign-out", {}, of="/account")
    visitor.enter()

    assert visitor.post("/sign-in/second", {"code": codes[3].lower()}).status_code == 303
    assert "剩余备用验证码 9 个" in text_of(visitor.get("/account"))


def test_a_second_step_that_takes_too_long_begins_again(visitor: Visitor, clock: FixedClock) -> None:
    key, _ = _enrolled(visitor, clock)
    visitor.post("/sign-out", {}, of="/account")
    visitor.enter(next="/account")
    clock.instant += timedelta(minutes=6)

    answer = visitor.post("/sign-in/second", {"code": key.at(clock.now()), "next": "/account"})

    assert answer.headers["location"] == "/sign-in?next=%2Faccount"
    assert "操作超时" in text_of(visitor.get(answer.headers["location"]))
    assert visitor.get("/sign-in/second").headers["location"] == "/sign-in"


def test_the_second_factor_is_changed_by_who_knows_the_password(visitor: Visitor, clock: FixedClock) -> None:
    _, codes = _enrolled(visitor, clock)
    of = "/account/second-factor"

    refused = [visitor.post(f"{of}/{act}", {"old_password": "a guess"}, of=of) for act in ("codes", "off")]
    renewed = visitor.post(f"{of}/codes", {"old_password": PASSWORD}, of=of)
    off = visitor.post(f"{of}/off", {"old_password": PASSWORD}, of=of)

    assert [answer.status_code for answer in refused] == [422, 422]
    fresh = re.findall(r"<li>([A-Z0-9-]{19})</li>", renewed.text)
    assert (len(fresh), set(fresh) & set(codes)) == (10, set())
    assert off.headers["location"] == "/account"
    assert "未启用" in text_of(visitor.get("/account"))


# ── passkeys ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def at_home(database: Settings, clock: FixedClock, cast: Cast) -> Iterator[Visitor]:
    """A visitor of an address that devices keep keys for."""
    lims = Lims(database.model_copy(update={"public_url": "https://lims.example.org"}), clock)
    yield Visitor(lims, "https://lims.example.org")
    lims.close()


def test_a_device_is_registered_renamed_signs_in_and_is_taken_away(at_home: Visitor, cast: Cast, lims: Lims) -> None:
    device = Device()
    at_home.enter()
    _register(at_home, device, "电脑")
    address = re.findall(r'href="(/account/passkeys/[0-9a-f-]{36})"', at_home.get("/account").text)[0]
    at_home.post(address, {"label": "站里的电脑"}, of=address)
    at_home.post("/sign-out", {}, of="/account")

    asked = at_home.post("/sign-in/passkey/begin", {}).json()
    entered = at_home.post(
        "/sign-in/passkey",
        {"token": asked["token"], "answer": device.answer(json.dumps(asked["options"])), "next": "/account"},
    )
    page = text_of(at_home.get("/account"))
    kept = at_home.post(f"{address}/remove", {"old_password": "a guess"}, of=address)
    still = text_of(at_home.get("/account"))
    at_home.post(f"{address}/remove", {"old_password": PASSWORD}, of=address)

    assert (kept.status_code, 'id="e-old_password-1"' in kept.text) == (422, True)
    assert 'value="站里的电脑"' in kept.text
    assert "站里的电脑" in still
    assert entered.headers["location"] == "/account"
    assert "站里的电脑" in page
    assert "站里的电脑" not in text_of(at_home.get("/account"))
    asked = at_home.post("/sign-in/passkey/begin", {}).json()
    answer = device.answer(json.dumps(asked["options"]))
    assert at_home.post("/sign-in/passkey", {"token": asked["token"], "answer": answer}).status_code == 401


def test_a_passkey_is_made_for_who_knows_the_password(at_home: Visitor) -> None:
    at_home.enter()
    form = {"label": "电脑", "old_password": "a guess"}

    refused = at_home.post("/account/passkeys/begin", form, of="/account/passkeys/new")
    nonsense = at_home.post("/account/passkeys/new", {"label": "电脑", "answer": "{"}, of="/account/passkeys/new")

    assert refused.status_code == 422
    assert refused.json() == {"problems": [{"field": "old_password", "text": "密码不正确。"}]}
    assert nonsense.status_code == 422


def test_another_persons_passkey_is_not_there(at_home: Visitor, cast: Cast, lims: Lims) -> None:
    at_home.enter()
    _register(at_home, Device(), "电脑")
    address = re.findall(r'href="(/account/passkeys/[0-9a-f-]{36})"', at_home.get("/account").text)[0]
    at_home.post("/sign-out", {}, of="/account")
    at_home.enter("vic")

    answers = [
        at_home.get(address),
        at_home.post(address, {"label": "mine"}, of="/account"),
        at_home.post(f"{address}/remove", {}, of="/account"),
        at_home.post(f"{address}/remove", {"old_password": PASSWORD}, of="/account"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
    with lims.read(cast.ann, Action.SECOND_FACTOR_EDIT) as session:
        ((passkey, _),) = queries.passkeys_of(session, cast.ann.user_id)  # type: ignore[arg-type]  # a person
        assert own_passkey(session, passkey.id).label == "电脑"


def test_no_passkey_is_offered_where_devices_would_keep_none(visitor: Visitor, at_home: Visitor) -> None:
    assert "通行密钥" not in text_of(visitor.get("/sign-in"))
    assert "通行密钥" in text_of(at_home.get("/sign-in"))
    visitor.enter()
    assert "127.0.0.1 是 IP 地址" in text_of(visitor.get("/account/passkeys/new"))


def _register(at_home: Visitor, device: Device, label: str) -> None:
    of = "/account/passkeys/new"
    asked = at_home.post("/account/passkeys/begin", {"label": label, "old_password": PASSWORD}, of=of).json()
    made = device.make(json.dumps(asked["options"]))
    done = at_home.post(of, {"label": label, "token": asked["token"], "answer": made}, of=of)
    assert done.headers["location"] == "/account#passkeys"


# ── sessions and tokens ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_other_sessions_are_seen_and_ended(lims: Lims, visitor: Visitor) -> None:
    other, third = Visitor(lims), Visitor(lims)
    for browser in (visitor, other, third):
        browser.enter()
    address = re.findall(r'action="(/account/sessions/[0-9a-f-]{36}/end)"', visitor.get("/account").text)

    visitor.post(address[0], {}, of="/account")
    visitor.post("/account/sessions/end-others", {}, of="/account")

    assert len(address) == 2
    assert visitor.get("/account").status_code == 200
    assert [browser.get("/account").status_code for browser in (other, third)] == [303, 303]


def test_a_session_of_somebody_else_cannot_be_ended(lims: Lims, visitor: Visitor) -> None:
    vic, third = Visitor(lims), Visitor(lims)
    vic.enter("vic")
    third.enter("vic")
    visitor.enter()
    address = re.findall(r'action="(/account/sessions/[0-9a-f-]{36}/end)"', vic.get("/account").text)[0]

    assert visitor.post(address, {}, of="/account").status_code == 404
    assert third.get("/account").status_code == 200


@pytest.mark.both_databases
def test_a_token_is_shown_once_works_and_is_revoked(visitor: Visitor) -> None:
    visitor.enter()
    of = "/account/tokens/new"

    refused = visitor.post(of, {"label": "取数", "old_password": "a guess"}, of=of)
    made = visitor.post(of, {"label": "取数", "old_password": PASSWORD}, of=of)
    token = re.findall(r"lims_[\w-]{43}", made.text)[0]
    listed = visitor.get("/account")
    bearer = {"Authorization": f"Bearer {token}"}
    works = visitor.client.get("/api/me", headers=bearer).status_code
    revoke = re.findall(r'action="(/account/tokens/[0-9a-f-]{36}/revoke)"', listed.text)[0]
    visitor.post(revoke, {}, of="/account")

    assert refused.status_code == 422
    assert token not in listed.text
    assert (works, visitor.client.get("/api/me", headers=bearer).status_code) == (200, 401)


# ── a rehearsal ──────────────────────────────────────────────────────────────────────────────────────


def test_a_rehearsal_offers_its_accounts_and_an_installation_in_service_never_does(lims: Lims, cast: Cast) -> None:
    accounts_of_it = (ShownAccount("ann", "安静", Role.TECHNICIAN, PASSWORD),)
    rehearsal = Visitor(lims, shown_accounts=accounts_of_it)
    strict = lims.settings.model_copy(
        update={"environment": Environment.PRODUCTION, "public_url": "https://lims.example.org"}
    )
    in_service = Visitor(Lims(strict, lims.clock), "https://lims.example.org", shown_accounts=accounts_of_it)

    assert "检测员" in text_of(rehearsal.get("/sign-in"))
    assert PASSWORD in rehearsal.get("/sign-in").text
    assert PASSWORD not in in_service.get("/sign-in").text
    assert PASSWORD not in Visitor(lims).get("/sign-in").text


def test_every_role_has_an_account_in_the_rehearsal() -> None:
    county, above = (shown_accounts(laboratory, PASSWORD) for laboratory in (COUNTY, PREFECTURE))
    contest = {Role.CONTEST_ORGANISER, Role.CONTEST_JUDGE}  # theirs are offered once a contest was rehearsed

    assert {account.role for account in (*county, *above)} == set(Role) - contest
    assert Role.ADMINISTRATOR in {account.role for account in county} & {account.role for account in above}


def test_a_server_is_reached_by_name_unless_it_is_told_otherwise() -> None:
    assert reached_at(Settings(), 8123).public_url == "http://localhost:8123"
    own = Settings(public_url="https://lims.example.org")
    assert reached_at(own, 8123).public_url == "https://lims.example.org"


# ── the first run ────────────────────────────────────────────────────────────────────────────────────

PLAN = {
    "code": "QBZ",
    "name": "播州区检测站",
    "level": "county",
    "region_code": "520304",
    "address": "遵义市播州区",
    "username": "ada",
    "full_name": "艾达",
    "password": NEW_PASSWORD,
    "password_again": NEW_PASSWORD,
    "prefecture_name": "遵义市中心",
    "prefecture_code": "QZY",
}


@pytest.fixture
def fresh(lims: Lims, quick_passwords: None) -> Lims:
    """An installation that was migrated and has its regions, and nothing else."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        for code, name, level, parent in REGIONS:
            save(session, Region(code=code, name=name, level=level, kind="区", parent_code=parent, source="test"))
    return lims


@pytest.mark.both_databases
def test_a_fresh_installation_leads_to_its_set_up_and_then_never_again(fresh: Lims) -> None:
    visitor = Visitor(fresh)
    led = visitor.get(visitor.get("/samples").headers["location"]).headers["location"]
    page = visitor.get("/setup")

    done = visitor.post("/setup", PLAN | {"set_up_code": set_up_code(fresh)})
    people = visitor.get("/people")

    assert led == "/setup"
    assert set_up_code(fresh) not in page.text
    assert done.headers["location"] == "/people"
    assert "艾达" in text_of(people)
    assert visitor.get("/setup").headers["location"] == "/"
    assert visitor.post("/setup", PLAN | {"set_up_code": "x", "username": "eve"}).headers["location"] == "/sign-in"
    with fresh.read(system_actor(), Action.NETWORK_READ) as session:
        made = {lab.code: (lab.name, lab.level, lab.region_code) for lab in laboratories(session)}
        assert [user.username for user in queries.users(session)] == ["ada"]
    assert made == {
        "QBZ": ("播州区检测站", "county", "520304"),
        "QZY": ("遵义市中心", "prefecture", "520300"),
        "520000": ("贵州省农产品质量安全检测机构", "province", "520000"),
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"set_up_code": "AAAA-BBBB-CCCC-DDDD"}, "set_up_code"),
        ({"set_up_code": ""}, "set_up_code"),
        ({"password_again": "something else"}, "password_again"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"region_code": "520300"}, "region_code"),
        ({"region_code": ""}, "region_code"),
        ({"level": "empire"}, "level"),
        ({"code": "q b z"}, "code"),
        ({"username": "Ada"}, "username"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_set_up(
    fresh: Lims, change: dict[str, str], field: str
) -> None:
    form = PLAN | {"set_up_code": set_up_code(fresh)} | change

    answer = Visitor(fresh).post("/setup", form)

    assert answer.status_code in {403, 422}
    assert f'id="e-{field}-1"' in answer.text
    assert 'value="遵义市播州区"' in answer.text
    assert NEW_PASSWORD not in answer.text
    assert is_fresh(fresh)
    with fresh.read(system_actor(), Action.NETWORK_READ) as session:
        assert laboratories(session) == []


def test_a_province_stands_under_nobody(fresh: Lims) -> None:
    form = PLAN | {"level": "province", "region_code": "520000", "set_up_code": set_up_code(fresh)}

    assert Visitor(fresh).post("/setup", form).status_code == 303
    with fresh.read(system_actor(), Action.NETWORK_READ) as session:
        assert [(lab.code, lab.superior_id) for lab in laboratories(session)] == [("QBZ", None)]
