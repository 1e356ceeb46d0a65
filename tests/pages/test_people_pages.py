"""The people of a laboratory through the pages: accounts, roles, authorisations, and the settings page."""

import re
from collections.abc import Callable
from datetime import date

import httpx2
import pytest
from pydantic import SecretStr

from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.desk.installation import ABOUT, settings_of
from lims.people import accounts, queries
from lims.people.accounts import AccountChange
from lims.people.passwords import matches
from lims.people.rules import AuthorisationState, authorisation_on
from lims.people.tables import AuthorisationKind, User
from lims.runtime import Lims
from lims.settings import Settings
from tests.api.laboratory import METHOD, load
from tests.factories import PASSWORD, Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]

LAN = {"username": "lan", "full_name": "兰心", "roles": ["technician", "verifier"]}


def account(lims: Lims, username: str) -> User:
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        return queries.known_user(session, username)


def roles(lims: Lims, username: str) -> set[str]:
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        return {role.value for role in queries.roles_of(session, queries.known_user(session, username).id)}


def shown_once(answer: httpx2.Response) -> str:
    """The password on the page that hands it over."""
    return str(re.findall(r'id="password">([a-z0-9-]+)<', answer.text)[0])


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_an_administrator_adds_a_person_and_hands_over_a_password(browse: Browse, cast: Cast, lims: Lims) -> None:
    ada = browse(cast.ada)

    answer = ada.post("/people/accounts/new", LAN)

    made = account(lims, "lan")
    assert answer.status_code == 200
    assert matches(made.password_hash, shown_once(answer))
    assert made.must_change_password
    assert made.laboratory_id == cast.ada.laboratory_id
    assert roles(lims, "lan") == {"technician", "verifier"}
    assert "兰心" in text_of(ada.get("/people?role=verifier"))
    assert shown_once(answer) not in ada.get("/people/lan").text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "Lan Xin"}, "username"),
        ({"full_name": ""}, "full_name"),
        ({"roles": []}, "roles"),
        ({"roles": ["emperor"]}, "roles"),
        ({"roles": ["administrator", "technician"]}, "roles"),
        ({"region_code": "520000"}, "region_code"),
    ],
)
def test_what_is_wrong_with_an_account_is_said_at_its_field(
    browse: Browse, cast: Cast, lims: Lims, change: dict[str, object], field: str
) -> None:
    answer = browse(cast.ada).post("/people/accounts/new", LAN | change)

    assert answer.status_code == 422
    assert f'id="e-{field}-1"' in answer.text
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        assert queries.user_by_name(session, "lan") is None


def test_a_taken_name_is_refused(browse: Browse, cast: Cast) -> None:
    answer = browse(cast.ada).post("/people/accounts/new", LAN | {"username": "eve"})

    assert answer.status_code == 409
    assert "兰心" in answer.text


def test_no_field_of_the_form_leads_into_another_laboratory(browse: Browse, cast: Cast, lims: Lims) -> None:
    more = {"laboratory": "LB", "laboratory_id": str(cast.eve.laboratory_id), "password": "chosen by me"}

    answer = browse(cast.ada).post("/people/accounts/new", LAN | more)

    assert answer.status_code == 200
    assert account(lims, "lan").laboratory_id == cast.ada.laboratory_id
    assert not matches(account(lims, "lan").password_hash, "chosen by me")


def test_a_person_gets_another_name_and_other_roles(browse: Browse, cast: Cast, lims: Lims) -> None:
    ada = browse(cast.ada)

    page = ada.follow(ada.post("/people/ann", {"version": 1, "full_name": "安静", "roles": ["sampler"]}))

    assert "安静 的账户已修改" in text_of(page)
    assert roles(lims, "ann") == {"sampler"}


def test_who_changed_an_account_meanwhile_is_shown(browse: Browse, cast: Cast, lims: Lims) -> None:
    with lims.work(cast.ada, Action.USER_EDIT) as session:
        accounts.edit_user(session, "ann", AccountChange("安静静", frozenset({Role.SAMPLER})), 1)

    answer = browse(cast.ada).post("/people/ann", {"version": 1, "full_name": "安小静", "roles": ["technician"]})

    assert answer.status_code == 409
    assert "姓名 Ann 安静静" in text_of(answer)
    assert 'value="安小静"' in answer.text
    assert account(lims, "ann").full_name == "安静静"


def test_an_account_is_switched_off_and_on_again(browse: Browse, cast: Cast, lims: Lims) -> None:
    ada = browse(cast.ada)

    off = ada.follow(ada.post("/people/ann/deactivate", {"version": 1}))
    was_active = account(lims, "ann").is_active
    stale = ada.post("/people/ann/reactivate", {"version": 1})
    on = ada.follow(ada.post("/people/ann/reactivate", {"version": account(lims, "ann").version}))

    assert "已停用" in text_of(off)
    assert (was_active, stale.status_code) == (False, 409)
    assert "恢复启用" in text_of(on)
    assert account(lims, "ann").is_active


def test_the_last_administrator_stays(browse: Browse, cast: Cast, lims: Lims) -> None:
    answer = browse(cast.ada).post("/people/ada/deactivate", {"version": 1})

    assert answer.status_code == 422
    assert "这是本机构最后一名管理员" in text_of(answer)
    assert account(lims, "ada").is_active
    assert "停用" not in text_of(browse(cast.ada).get("/people/ada"))


def test_a_forgotten_password_is_replaced_by_one_to_hand_over(browse: Browse, cast: Cast, lims: Lims) -> None:
    answer = browse(cast.ada).post("/people/ann/password", {"version": 1})

    assert matches(account(lims, "ann").password_hash, shown_once(answer))
    assert account(lims, "ann").must_change_password
    assert answer.headers["cache-control"] == "no-store"


def test_a_lost_second_factor_is_reset(browse: Browse, cast: Cast, lims: Lims) -> None:
    ada = browse(cast.ada)

    assert "仅凭密码登录" in text_of(ada.follow(ada.post("/people/ann/second-factor", {"version": 1})))
    assert account(lims, "ann").version == 2


@pytest.mark.parametrize("act", ["password", "second-factor"])
def test_nobody_resets_their_own_account_past_the_password(browse: Browse, cast: Cast, lims: Lims, act: str) -> None:
    answer = browse(cast.ada).post(f"/people/ada/{act}", {"version": 1})

    assert answer.status_code == 422
    assert "此操作仅用于他人的账户" in text_of(answer)
    assert account(lims, "ada").version == 1
    assert matches(account(lims, "ada").password_hash, PASSWORD)


def test_no_password_is_drawn_for_a_name_that_every_one_would_contain(browse: Browse, cast: Cast) -> None:
    ada = browse(cast.ada)

    assert ada.post("/people/-/password", {"version": 1}).status_code == 404
    assert ada.post("/people/accounts/new", LAN | {"username": "-"}).status_code == 422


def test_what_somebody_is_called_runs_nothing(browse: Browse, cast: Cast) -> None:
    ada, script = browse(cast.ada), "<script>alert(1)</script>"
    ada.post("/people/accounts/new", LAN | {"full_name": script})

    pages = [ada.get(address).text for address in ("/people", "/people/lan", "/people/lan/authorisations")]

    assert all("<script>alert" not in page for page in pages)
    assert all("&lt;script&gt;alert" in page for page in pages)


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────

ACTS = (
    ("/people/accounts/new", LAN),
    ("/people/ann", {"version": 1, "full_name": "安", "roles": ["administrator"]}),
    ("/people/ann/deactivate", {"version": 1}),
    ("/people/ann/reactivate", {"version": 1}),
    ("/people/ann/password", {"version": 1}),
    ("/people/ann/second-factor", {"version": 1}),
)


def test_the_quality_manager_reads_and_leaves_accounts_as_they_are(browse: Browse, cast: Cast, lims: Lims) -> None:
    max_ = browse(cast.max)
    page = max_.get("/people/ann")

    assert "Ann" in text_of(page)
    assert 'action="/people/ann' not in page.text
    assert [max_.post(address, form).status_code for address, form in ACTS] == [403] * len(ACTS)
    assert account(lims, "ann").version == 1


def test_a_technician_sees_nobodys_account_but_their_own(browse: Browse, cast: Cast) -> None:
    ann = browse(cast.ann)

    assert [ann.get(address).status_code for address in ("/people", "/people/vic", "/settings")] == [403, 403, 403]
    assert ann.get("/account").status_code == 200
    assert [ann.post(address, form).status_code for address, form in ACTS] == [403] * len(ACTS)


def test_people_of_another_laboratory_do_not_exist(browse: Browse, cast: Cast, lims: Lims) -> None:
    ada = browse(cast.ada)
    answers = [ada.get("/people/eve"), ada.get("/people/eve/authorisations")]
    answers += [ada.post(address.replace("ann", "eve"), form) for address, form in ACTS[1:]]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert "Eve" not in text_of(ada.get("/people"))
    assert account(lims, "eve").version == 1


def test_everybody_may_know_what_a_role_may_do(browse: Browse, cast: Cast) -> None:
    page = browse(cast.ann).get("/people/roles/rights")

    row = re.findall(r'<th scope="row">批准并签发报告</th>(.*?)</tr>', page.text)[0]
    assert [("●" in cell) for cell in row.split("</td>")[:-1]] == [role is Role.AUTHORISED_SIGNATORY for role in Role]


# ── authorisations ───────────────────────────────────────────────────────────────────────────────────


def test_the_quality_manager_authorises_for_a_method_of_the_library(browse: Browse, cast: Cast, lims: Lims) -> None:
    load(lims)
    max_ = browse(cast.max)
    order = {"kind": "method", "subject": METHOD.lower(), "starts_on": "2026-11-01"}

    page = max_.follow(max_.post("/people/ann/authorisations", order))
    listed = max_.part("/people/ann/authorisations")

    assert "已授权 Ann" in text_of(page)
    assert f"检测方法授权 {METHOD} 2026-11-01" in text_of(listed)
    assert "<html" not in listed.text
    with lims.read(cast.max, Action.PEOPLE_READ) as session:
        user = queries.known_user(session, "ann")
        assert queries.is_authorised(session, user.id, AuthorisationKind.METHOD, METHOD, date(2026, 11, 23))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": "GB 23200.999-2026"}, "subject"),
        ({"subject": ""}, "subject"),
        ({"ends_on": "2026-10-31"}, "ends_on"),
        ({"starts_on": "soon"}, "starts_on"),
    ],
)
def test_an_authorisation_that_means_nothing_is_refused(
    browse: Browse, cast: Cast, lims: Lims, change: dict[str, str], field: str
) -> None:
    load(lims)
    order = {"kind": "method", "subject": METHOD, "starts_on": "2026-11-01"} | change

    answer = browse(cast.max).post("/people/ann/authorisations", order)

    assert answer.status_code == 422
    assert f'id="e-{field}-1"' in answer.text
    assert "尚无授权记录" in text_of(browse(cast.max).get("/people/ann/authorisations"))


def test_an_authorisation_ends_with_a_day(browse: Browse, cast: Cast, lims: Lims) -> None:
    load(lims)
    max_ = browse(cast.max)
    max_.post("/people/ann/authorisations", {"kind": "signatory", "subject": "*", "starts_on": "2026-11-01"})
    page = max_.get("/people/ann/authorisations")
    address = re.findall(r'action="(/people/ann/authorisations/[0-9a-f-]{36}/end)"', page.text)[0]

    too_early = max_.post(address, {"version": 1, "ends_on": "2026-10-01"})
    max_.post(address, {"version": 1, "ends_on": "2026-11-22"})
    stale = max_.post(address, {"version": 1, "ends_on": "2026-12-31"})

    assert (too_early.status_code, stale.status_code) == (422, 409)
    assert "2026-11-01 2026-11-22 已终止" in text_of(max_.get("/people/ann/authorisations"))


def test_an_administrator_authorises_nobody(browse: Browse, cast: Cast, lims: Lims) -> None:
    load(lims)
    order = {"kind": "method", "subject": "*", "starts_on": "2026-11-01"}

    assert browse(cast.ada).post("/people/ann/authorisations", order).status_code == 403
    assert 'action="/people/ann/authorisations"' not in browse(cast.ada).get("/people/ann/authorisations").text


def test_both_days_of_an_authorisation_count() -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 30)

    assert [authorisation_on(first, last, day) for day in (date(2026, 10, 31), first, last, date(2026, 12, 1))] == [
        AuthorisationState.NOT_YET,
        AuthorisationState.IN_FORCE,
        AuthorisationState.IN_FORCE,
        AuthorisationState.ENDED,
    ]
    assert authorisation_on(first, None, date(2199, 1, 1)) is AuthorisationState.IN_FORCE


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_the_settings_page_tells_what_the_installation_is(browse: Browse, cast: Cast, lims: Lims) -> None:
    load(lims)

    for who in (cast.ada, cast.max):
        words = text_of(browse(who).get("/settings"))
        assert ("SQLite 3" in words) is (lims.engine.dialect.name == "sqlite")
        assert ("PostgreSQL 1" in words) is (lims.engine.dialect.name == "postgresql")
        assert "仅供试用" in words
        assert "LIMS_SESSION_HOURS 12 默认" in words
        assert str(lims.settings.data) in words
        assert "数据表与程序版本不一致" not in words


def test_every_setting_is_explained_and_no_secret_is_told() -> None:
    secret = Settings(
        database_url="postgresql://lims:hidden-one@db.example.org/lims", signing_passphrase=SecretStr("hidden-two")
    )

    shown = {setting.name: setting for setting in settings_of(secret)}

    assert ABOUT.keys() == Settings.model_fields.keys()
    assert not any("hidden" in setting.value for setting in shown.values())
    assert shown["LIMS_SIGNING_PASSPHRASE"].is_secret
    assert "db.example.org" in shown["LIMS_DATABASE_URL"].value


@pytest.mark.both_databases
def test_the_own_account_tells_roles_laboratory_and_authorisations(browse: Browse, cast: Cast, lims: Lims) -> None:
    load(lims)
    browse(cast.max).post("/people/ann/authorisations", {"kind": "method", "subject": "*", "starts_on": "2026-11-01"})

    words = text_of(browse(cast.ann).get("/account"))

    assert "抽样员、检测员" in words
    assert "播州区检测中心" in words
    assert "全部方法 2026-11-01" in words
    assert PASSWORD not in words
