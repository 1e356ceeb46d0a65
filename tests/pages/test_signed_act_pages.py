"""Forms of acts ask who does it, without scripts too: what is stated, what is wrong, and one proof for a list."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lims.core.clock import FixedClock
from lims.runtime import Lims
from tests.api.laboratory import Door
from tests.api.reporting import NOW, Prepared, a_copy, a_draft, a_tested_sample, prepare, step
from tests.factories import PASSWORD, Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]
STATED = "我已审核本报告：检测方法、结果和结论与检测记录一致。"


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Prepared:
    return prepare(shared, tmp_path_factory.mktemp("prepared") / "var")


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", FixedClock(NOW)) as installation:
        yield installation


@pytest.fixture
def cast(prepared: Prepared) -> Cast:
    return prepared.cast


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


def test_a_review_states_its_meaning_and_asks_for_the_password(browse: Browse, cast: Cast, door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))
    address = f"/reports/{draft['id']}"
    rui = browse(cast.rui)

    asked = rui.get(address)
    bare = rui.post(f"{address}/review", {"version": draft["version"]})
    wrong = rui.sign(f"{address}/review", {"version": draft["version"]}, password="<b>wrong")
    before = door["rui"].get(f"/api{address}").json()["status"]
    done = rui.sign(f"{address}/review", {"version": draft["version"]})

    assert STATED in text_of(asked)
    assert 'type="password" autocomplete="current-password"' in asked.text
    assert [bare.status_code, wrong.status_code] == [422, 422]
    assert 'id="f-password-fault-1"' in bare.text
    assert "本操作只能由您本人完成" in text_of(bare)
    assert "密码不正确" in text_of(wrong)
    assert "<b>wrong" not in wrong.text
    assert before == "compiled"
    page = text_of(rui.follow(done))
    assert "签名记录" in page
    assert page.count(STATED) == 1


def test_one_password_serves_a_list_and_a_wrong_one_keeps_its_ticks(browse: Browse, cast: Cast, door: Door) -> None:
    drafts = [a_draft(door, a_tested_sample(door, sampling_sheet_number=f"S-{n}")) for n in range(3)]
    boxes = [f"{draft['id']}:{draft['version']}" for draft in drafts]
    step(door, "rui", drafts[2], "review")  # meanwhile, by another way
    rui = browse(cast.rui)

    wrong = rui.sign("/reports/work/review", {"chosen": boxes[:1]}, password="wrong")
    untouched = [door["rui"].get(f"/api/reports/{draft['id']}").json()["status"] for draft in drafts[:2]]
    answer = rui.sign("/reports/work/review", {"chosen": boxes})

    assert wrong.status_code == 422
    assert re.search(rf'value="{boxes[0]}"[^>]*checked', wrong.text)
    assert not re.search(rf'value="{boxes[1]}"[^>]*checked', wrong.text)
    assert 'id="REPORT_REVIEW-password-fault-1"' in wrong.text
    assert untouched == ["compiled", "compiled"]
    assert answer.status_code == 200
    assert "2" in text_of(answer)
    statuses = [door["rui"].get(f"/api/reports/{draft['id']}").json()["status"] for draft in drafts]
    assert statuses == ["reviewed"] * 3
    assert "您打开页面后" in text_of(answer) or "他人" in text_of(answer)


def test_a_report_is_compiled_on_a_page_of_its_own(browse: Browse, cast: Cast, door: Door) -> None:
    number = a_tested_sample(door)
    cai = browse(cast.cai)

    asked = cai.get(f"/reports/compile/{number}?annex=true&tongue=en")
    wrong = cai.sign("/reports/compile", {"sample": number, "annex": "true", "language": "en"}, password="wrong")
    done = cai.sign("/reports/compile", {"sample": number, "annex": "true", "language": "en"})

    for page in (asked, wrong):
        assert re.search(r'name="annex" value="true"[^>]* checked', page.text)
        assert '<option value="en" selected>' in page.text
    assert (wrong.status_code, done.status_code) == (422, 303)
    (made,) = door["cai"].get("/api/reports").json()["items"]
    assert (made["annex"], made["language"]) == (True, "en")


def test_who_has_no_passkey_is_told_by_the_script(browse: Browse, cast: Cast, door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))
    form = {"confirm_action": "report.review", "confirm_subject": draft["id"]}

    answers = [
        browse(cast.rui).post("/account/confirm/passkey", {**form, "confirm_action": act})
        for act in ("report.review", "report.approve", "<b>")
    ]

    assert [answer.status_code for answer in answers] == [422, 403, 422]


def test_keys_are_seen_by_who_looks_after_them(browse: Browse, cast: Cast, door: Door) -> None:
    a_draft(door, a_tested_sample(door))
    cai = browse(cast.cai)

    mine = cai.get("/account/key")
    no_key = cai.post("/account/key", {"old_password": PASSWORD, "passphrase": ""}, files={"file": ("a.p12", b"none")})
    wrong = cai.post("/account/key", {"old_password": "wrong"}, files={"file": ("a.p12", b"none")})
    lists = {who: browse(getattr(cast, who)).get("/people/keys/all") for who in ("max", "ada", "cai")}

    assert "试用密钥" in text_of(mine)
    assert [no_key.status_code, wrong.status_code] == [422, 422]
    assert 'id="e-file-1"' in no_key.text
    assert 'id="e-old_password-1"' in wrong.text
    assert {who: page.status_code for who, page in lists.items()} == {"max": 200, "ada": 200, "cai": 403}
    assert "尚无密钥" in text_of(lists["max"])
    assert "试用密钥" in text_of(lists["max"])
