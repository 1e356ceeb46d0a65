"""Import profiles through the pages: chosen for a file, kept from its preview, changed, retired, and seen again."""

from collections.abc import Callable
from typing import Any

import pytest

from lims.core.clock import FixedClock
from tests.api.test_runs import NOW, Prepared
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of
from tests.pages.test_runs_pages import (
    cast,
    export_for,
    fields_of,
    handed_in,
    lims,
    made_worksheet,
    prepared,
    settings_of,
)

__all__ = ["cast", "lims", "prepared"]
Browse = Callable[..., Browser]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def looked_at(browser: Browser, prepared: Prepared, content: bytes | None = None) -> str:
    """A worksheet's file, handed in and settled; the address where it is looked at."""
    number = made_worksheet(browser)
    address = handed_in(browser, number, content or export_for(prepared))
    assert browser.post(address, settings_of(browser, address)).status_code == 303
    return address


def kept(browser: Browser, address: str, name: str = "MassHunter 中文") -> str:
    """How the file is read, kept as a profile; the address of the profile."""
    done = browser.post(address, {"act": "profile", "keep_as": "new", "name": name})
    assert done.status_code == 303, text_of(done)
    page = browser.get(address).text
    return page.split('href="/runs/profiles/', 1)[1].split("?", 1)[0].split('"', 1)[0]


def test_what_was_settled_for_a_file_is_kept_and_the_run_names_it(
    browse: Browse, cast: Cast, prepared: Prepared
) -> None:
    ann = browse(cast.ann)
    address = looked_at(ann, prepared)

    before = text_of(ann.get(address))
    profile = kept(ann, address)
    after = text_of(ann.get(address))
    run = ann.follow(ann.post(address, {"act": "import"}))

    assert "没有相同的已保存配置" in before
    assert "按第 1 版导入配置： MassHunter 中文" in after
    assert f'href="/runs/profiles/{profile}?number=1"' in run.text
    shown = text_of(ann.get(f"/runs/profiles/{profile}"))
    assert "Triphenyl phosphate (ISTD)" in shown


def test_the_profile_used_last_is_chosen_for_the_next_file(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    address = looked_at(ann, prepared)
    number = address.split("/")[2]
    other = kept(ann, address, "A"), kept_again(ann, address)
    ann.post(address, {"act": "import"})

    proposed = fields_of(ann.get(f"/worksheets/{number}/import"), f"/worksheets/{number}/import")

    assert proposed["profile"] == other[1]


def kept_again(browser: Browser, address: str) -> str:
    """The settings, changed, as a profile of their own."""
    settings = {**settings_of(browser, address), "date_order": "dmy"}
    assert browser.post(address, settings).status_code == 303
    return kept(browser, address, "B")


def test_a_profile_changed_for_a_file_becomes_its_next_version(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    address = looked_at(ann, prepared)
    profile = kept(ann, address)
    ann.post(address, {**settings_of(ann, address), "response": "height"})
    page = ann.get(address)
    version = (
        page.text.split('name="keep_as" value="version"', 1)[1].split('name="version" value="', 1)[1].split('"')[0]
    )
    order = {"act": "profile", "keep_as": "version", "version": version, "reason": "改用峰高"}

    unexplained = ann.post(address, {**order, "reason": ""})
    done = ann.follow(ann.post(address, order))
    again = ann.post(address, {**order, "reason": "两次"})

    assert "已为本文件修改" in text_of(page)
    assert unexplained.status_code == 422
    assert "MassHunter 中文 的第 2 版已启用" in text_of(done)
    assert again.status_code == 409
    shown = text_of(ann.get(f"/runs/profiles/{profile}"))
    assert "改用峰高" in shown
    assert "较早的版本" in text_of(ann.get(f"/runs/profiles/{profile}?number=1"))
    assert ann.get(f"/runs/profiles/{profile}?number=3").status_code == 404


def test_a_profile_is_made_changed_and_retired_without_a_file(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    max_ = browse(cast.max)
    proposed = fields_of(max_.get("/runs/profiles/new?instrument=LCMS-01"), "/runs/profiles/new")
    order = {
        **proposed, "name": "手工", "compound": ["Carbofuran-3OH", ""], "stands_for": ["3-羟基克百威", ""],
        "internal_lines": "TPP\nd10", "vendor_type": ["Kal", ""], "means": ["standard", ""],
        "pattern": ["*BLK*", ""], "pattern_means": ["blank", ""],
    }  # fmt: skip

    made = max_.post("/runs/profiles/new", order)
    address = made.headers["location"]
    shown = text_of(max_.follow(made))
    change = fields_of(max_.get(f"{address}/change"), f"{address}/change")
    change |= {"compound": ["Carbofuran-3OH"], "stands_for": ["3-羟基克百威"], "vendor_type": [""], "means": [""],
               "pattern": ["*BLK*"], "pattern_means": ["blank"], "internal_lines": "TPP\nd10",
               "reason": "Kal 不再出现"}  # fmt: skip
    changed = max_.post(f"{address}/change", change)
    overtaken = max_.post(f"{address}/change", {**change, "decimal_mark": ","})
    version = fields_of(max_.get(address), f"{address}/retire")["version"]
    retired = max_.follow(max_.post(f"{address}/retire", {"version": version, "reason": "仪器报废"}))

    assert "Carbofuran-3OH = 3-羟基克百威" in shown
    assert "Kal = 标准溶液" in shown
    assert changed.status_code == 303, text_of(changed)
    assert overtaken.status_code == 409
    assert "其间的更改" in text_of(overtaken) or "Max" in text_of(overtaken)
    assert "Max 于" in text_of(retired)
    assert "仪器报废" in text_of(retired)
    assert "手工" not in fields_texts(browse(cast.ann), prepared)


def fields_texts(browser: Browser, prepared: Prepared) -> str:
    number = made_worksheet(browser)
    return text_of(browser.get(f"/worksheets/{number}/import"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"instrument_code": "GC-9"}, ""),
        ({"stands_for": ["nothing known"], "compound": ["x"]}, "stands_for-0"),
        ({"time_zone": "Mars"}, "time_zone"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(browse: Browse, cast: Cast, changes: dict[str, Any], field: str) -> None:
    max_ = browse(cast.max)
    proposed = fields_of(max_.get("/runs/profiles/new?instrument=LCMS-01"), "/runs/profiles/new")

    answer = max_.post("/runs/profiles/new", {**proposed, "name": "手工", **changes})

    assert answer.status_code in {404, 422}
    assert not field or f'id="e-{field}-1"' in answer.text


def test_the_instrument_lists_its_profiles(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    profile = kept(ann, looked_at(ann, prepared))
    part = ann.part("/runs/profiles/of/LCMS-01").text

    assert f'href="/runs/profiles/{profile}"' in part
    assert "<html" not in part
    assert "MassHunter 中文" in text_of(ann.get("/runs/profiles?instrument=LCMS-01"))
    assert browse(cast.eve).get("/runs/profiles/of/LCMS-01").status_code == 404
    assert browse(cast.eve).get(f"/runs/profiles/{profile}").status_code == 404
    assert "MassHunter 中文" not in text_of(browse(cast.eve).get("/runs/profiles"))


def test_a_technician_without_authorisation_keeps_nothing(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    bea = browse(cast.bea)
    proposed = fields_of(bea.get("/runs/profiles/new?instrument=LCMS-01"), "/runs/profiles/new")

    answer = bea.post("/runs/profiles/new", {**proposed, "name": "手工"})

    assert answer.status_code == 422
    assert "没有任何方法的授权" in text_of(answer)
    assert browse(cast.vic).get("/runs/profiles/new").status_code == 403


# ── what a file hints at ─────────────────────────────────────────────────────────────────────────────


def test_encodings_are_proposed_with_the_words_they_would_give(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    content = export_for(prepared).decode().removeprefix("\ufeff").replace(",Blank,", ",空白,").encode("gb18030")
    address = handed_in(ann, number, content)

    page = ann.get(address)
    taken = ann.post(address, {**fields_of(page, address), "take": "encoding=gb18030"})

    assert "GB18030 (GBK)" in text_of(page)
    assert "空白" in text_of(page)
    assert taken.status_code == 303
    assert "gb18030" in text_of(ann.follow(taken))


@pytest.mark.parametrize(
    ("old", "new", "take"),
    [
        ("2026/11/20 ", "20/11/2026 ", "date_order=dmy"),
        ("2026/11/20 ", "11/20/2026 ", "date_order=mdy"),
        ("2026/11/20 ", "115/11/20 ", "date_order=roc"),
    ],
)
def test_the_order_of_dates_is_proposed_where_only_one_fits(
    browse: Browse, cast: Cast, prepared: Prepared, old: str, new: str, take: str
) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    content = export_for(prepared).decode()
    assert old in content

    page = ann.get(handed_in(ann, number, content.replace(old, new).encode()))

    assert f'name="take" value="{take}"' in page.text
    assert page.text.count('name="take"') == 1
