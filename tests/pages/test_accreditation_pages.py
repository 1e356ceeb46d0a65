"""Certificates, annexes and what the laboratory has verified, through the pages."""

from collections.abc import Callable

import pytest

from lims.accreditation.rules import Scheme
from lims.runtime import Lims
from tests.api.laboratory import METHOD, accredit, load
from tests.factories import Cast
from tests.pages.conftest import Browser, list_addresses, text_of

Browse = Callable[..., Browser]

CERTIFICATE = {
    "scheme": "CMA",
    "number": "232404090030",
    "issued_by": "贵州省市场监督管理局",
    "valid_from": "2023-01-01",
    "valid_until": "2028-12-31",
}
VERIFIED = {
    "method": METHOD,
    "analyte": "克百威",
    "product": "*",
    "limit_of_quantification": "0.010",
    "limit_of_detection": "0.003",
    "unit": "mg/kg",
    "verified_on": "2026-03-02",
}
SCOPE = "产品,参数,方法,限制范围,生效日期\n"


@pytest.fixture
def max_(lims: Lims, cast: Cast, browse: Browse) -> Browser:
    """The quality manager's browser; the library is loaded."""
    load(lims)
    return browse(cast.max)


def a_certificate(max_: Browser) -> str:
    """The address of a certificate that was just recorded."""
    made = max_.post("/accreditation/certificates/new", CERTIFICATE)
    assert made.status_code == 303, text_of(made)
    return str(made.headers["location"])


def test_the_five_minute_view_tells_what_is_held_and_how_far_the_target_is(
    max_: Browser, lims: Lims, cast: Cast
) -> None:
    before = text_of(max_.get("/accreditation"))
    accredit(lims, cast.max, Scheme.CMA)
    accredit(lims, cast.max, Scheme.CATL)
    after = text_of(max_.get("/accreditation"))

    assert "双认证不齐" in before
    assert "尚未登记该类证书" in before
    assert "双认证齐备" in after
    assert "双认证参数数 3" in after


def test_the_view_of_another_day_shows_what_was_in_force_then(max_: Browser) -> None:
    a_certificate(max_)

    assert "有效 232404090030" in text_of(max_.get("/accreditation?day=2028-12-31"))
    assert "无效 232404090030" in text_of(max_.get("/accreditation?day=2029-01-01"))
    assert "剩余天数 1 " in text_of(max_.get("/accreditation?day=2028-12-30"))


def test_an_odd_number_is_recorded_and_told_of(max_: Browser) -> None:
    made = max_.post("/accreditation/certificates/new", {**CERTIFICATE, "number": "239904090030"})

    assert "请核对" in text_of(max_.follow(made))


def test_what_cannot_be_a_certificate_is_refused_beside_its_fields(max_: Browser) -> None:
    wrong = {**CERTIFICATE, "number": "123", "valid_until": "2020-01-01"}

    answer = max_.post("/accreditation/certificates/new", wrong)

    assert answer.status_code == 422
    assert 'id="e-number-1"' in answer.text
    assert 'id="e-valid_until-1"' in answer.text
    assert "尚未登记证书" in text_of(max_.get("/accreditation/certificates"))


def test_a_line_is_added_by_the_names_that_people_use_and_ended(max_: Browser) -> None:
    address = a_certificate(max_)
    line = {"product": "豇豆", "parameter": "克百威", "method": METHOD}

    page = max_.follow(max_.post(f"{address}/lines", line))
    line_address = page.text.split('href="/accreditation/lines/')[1].split('"')[0]
    ended = max_.post(f"/accreditation/lines/{line_address}/end", {"version": "1", "valid_until": "2026-11-22"})

    assert "克百威 豇豆" in text_of(page)
    assert "已终止" in text_of(max_.follow(ended))


def test_a_file_with_a_fault_adds_nothing_and_names_row_and_column(max_: Browser) -> None:
    address = a_certificate(max_)
    table = f"{SCOPE}豇豆,克百威,{METHOD},,\n豇豆,不存在的农药,{METHOD},,\n".encode("gb18030")
    upload = {"file": ("annex.csv", table, "text/csv")}

    refused = max_.post(f"{address}/import", {"encoding": "gb18030"}, upload)
    taken = max_.post(
        f"{address}/import", {}, {"file": ("annex.csv", f"{SCOPE}豇豆,克百威,{METHOD},,\n".encode(), "text/csv")}
    )

    assert refused.status_code == 422
    assert "不存在的农药" in text_of(refused)
    assert "能力附表为空" in text_of(refused)
    assert "能力附表已增加 1 行" in text_of(max_.follow(taken))


def test_the_list_beside_a_refused_form_leads_on_from_its_own_page(max_: Browser) -> None:
    address, line = a_certificate(max_), {"product": "豇豆", "parameter": "克百威", "method": METHOD}
    assert max_.post(f"{address}/lines", line).status_code == 303

    refused = max_.post(f"{address}/lines", {**line, "parameter": "不存在的农药"})

    assert refused.status_code == 422
    asked = list_addresses(refused)
    assert len(asked) > 1
    assert {max_.get(each).status_code for each in asked} == {200}
    assert {each.split("?")[0] for each in asked} == {address}


def test_a_suspension_shows_and_a_stale_one_is_refused_with_what_changed(max_: Browser, cast: Cast) -> None:
    address = a_certificate(max_)
    first = {"version": "1", "suspended_on": "2026-11-01", "suspended_until": ""}

    page = max_.follow(max_.post(f"{address}/suspension", first))
    stale = max_.post(f"{address}/suspension", {"version": "1", "suspended_on": "2026-11-02"})

    assert "无效" in text_of(page)
    assert stale.status_code == 409
    assert f"{cast.max.name} 2026-11-23 10:00" in text_of(stale)
    assert "2026-11-01" in text_of(stale)


def test_verified_limits_are_recorded_one_by_one_and_many(max_: Browser) -> None:
    one = max_.follow(max_.post("/accreditation/method-limits/new", VERIFIED))
    table = "方法,化合物,产品,定量限,检出限,单位,验证日期\n" + f"{METHOD},氧乐果,*,0.01,0.003,mg/kg,2026-03-02\n"
    many = max_.post("/accreditation/method-limits/import", {}, {"file": ("limits.csv", table.encode(), "text/csv")})

    assert "克百威" in text_of(one)
    assert "0.010" in text_of(one)
    assert "氧乐果" in text_of(max_.follow(many))
    refused = max_.post("/accreditation/method-limits/new", {**VERIFIED, "limit_of_quantification": "a little"})
    assert 'id="e-limit_of_quantification-1"' in refused.text


def test_who_may_only_read_changes_nothing(max_: Browser, cast: Cast, browse: Browse) -> None:
    address = a_certificate(max_)
    ann = browse(cast.ann)

    assert ann.get(address).status_code == 200
    assert ann.post(f"{address}/lines", {"product": "豇豆"}).status_code == 403
    assert ann.post("/accreditation/certificates/new", CERTIFICATE).status_code == 403
    assert ann.post("/accreditation/method-limits/new", VERIFIED).status_code == 403


def test_another_laboratorys_certificate_does_not_exist(max_: Browser, cast: Cast, browse: Browse) -> None:
    address = a_certificate(max_)
    eve = browse(cast.eve)

    assert eve.get(address).status_code == 404
    assert eve.post(f"{address}/lines", {"product": "豇豆", "parameter": "克百威", "method": METHOD}).status_code == 404
    assert CERTIFICATE["number"] not in text_of(eve.get("/accreditation/certificates"))


def test_the_network_manager_sees_every_laboratory_of_the_region(
    max_: Browser, lims: Lims, cast: Cast, browse: Browse
) -> None:
    accredit(lims, cast.max, Scheme.CMA)
    accredit(lims, cast.max, Scheme.CATL)

    page = text_of(browse(cast.net).get("/accreditation"))

    assert "播州区检测中心 县 CMA 和 CATL 均有效" in page
    assert "县级机构双认证：1 / 2" in page


def test_a_parameter_of_a_day_that_is_none_is_refused_as_a_page(max_: Browser) -> None:
    answer = max_.get("/accreditation?day=tomorrow")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
