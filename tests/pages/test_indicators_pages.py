"""Indicators and returns through their pages."""

import json
import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import func, select

from lims.core.actions import Action
from lims.indicators.rules import BatchVerdict
from lims.indicators.tables import ReturnReceived, ReturnSent
from lims.runtime import Lims
from lims.samples.rules import Programme
from tests.factories import Cast
from tests.pages.conftest import Browser, list_addresses, text_of
from tests.unit.indicators.world import (
    a_record,
    a_report,
    a_sample,
    batches,
    identity,
    register_certificate,
    residents_and_targets,
    signed,
)

Browse = Callable[..., Browser]


@pytest.fixture
def november(lims: Lims, cast: Cast) -> None:
    """46 conforming and 2 failing tomatoes of 播州区, one conforming of 桐梓县 in March, a commissioned one."""
    residents_and_targets(lims)
    batches(lims, "LA", 46)
    batches(lims, "LA", 2, verdict=BatchVerdict.FAILS)
    batches(lims, "LA", 1, verdict=BatchVerdict.NOT_JUDGED)
    batches(lims, "LB", 1, region_code="520322", sampled_on=date(2026, 3, 2))
    batches(lims, "LA", 1, programme=Programme.COMMISSIONED)


def counted(lims: Lims, cast: Cast, model: type[ReturnSent] | type[ReturnReceived]) -> int:
    with lims.read(cast.net, Action.INDICATORS_READ) as session:
        return session.exec(select(func.count()).select_from(model)).one()


# ── indicators ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("november")
def test_figures_stand_beside_their_targets_with_what_they_are_of(browse: Browse, cast: Cast) -> None:
    page = text_of(browse(cast.net).get("/indicators"))

    assert "遵义市 2026 统计指标" in page
    assert "95.9 % 合格率 合格 47 / 已判定 49 批次; 目标 98, 未达标 (-2.1 个百分点)" in page
    assert "0.01 批次/千人 本年累计 50 批次 / 常住人口 6,606,675 人（2020 年普查）; 目标 1.5" in page
    assert "9,861 本年尚需抽检批次 2026 年应抽 9,911 批次" in page
    assert "依据截至 2026-11-23 10:00" in page


@pytest.mark.usefixtures("november")
def test_a_county_begins_with_its_own_region_and_sees_no_other(browse: Browse, cast: Cast) -> None:
    max_ = browse(cast.max)

    assert "播州区 2026 统计指标" in text_of(max_.get("/indicators"))
    assert max_.get("/indicators?region=520322").status_code == 422
    assert max_.get("/indicators?region=529999").status_code == 404
    assert "桐梓县</option>" not in max_.get("/indicators").text


@pytest.mark.usefixtures("november")
def test_period_and_filters_narrow_the_figures(browse: Browse, cast: Cast) -> None:
    net = browse(cast.net)

    march = text_of(net.get("/indicators?period=2026-03"))
    commissioned = text_of(net.get("/indicators?period=2026-11&programme=commissioned"))
    fruit = text_of(net.get("/indicators?food_group=水果"))

    assert "合格 1 / 已判定 1 批次" in march
    assert "合格 1 / 已判定 1 批次" in commissioned
    assert "统计任务：委托检验" in commissioned
    assert "按部分批次筛选时不计算批次/千人" in fruit
    assert "— 合格率" in fruit


@pytest.mark.usefixtures("november")
@pytest.mark.parametrize(
    ("by", "shown"),
    [
        ("region", "播州区 49 48 2 1 95.8 未达标 49 761,491 0.06 1,143 1,094"),
        ("laboratory", "播州区检测中心 49 48 2 1 95.8 未达标"),
        ("month", "2026-03 1 1 0 0 100.0 达标 1 6,606,675"),
        ("quarter", "2026-Q4 49 48 2 1 95.8 未达标 50 6,606,675"),
        ("programme", "例行监测 50 49 2 1 95.9 未达标"),
        ("stage", "生产基地 50 49 2 1 95.9 未达标"),
        ("food_group", "蔬菜 50 49 2 1 95.9 未达标"),
        ("food", "番茄 50 49 2 1 95.9 未达标"),
    ],
)
def test_the_table_breaks_the_figures_down(browse: Browse, cast: Cast, by: str, shown: str) -> None:
    assert shown in text_of(browse(cast.net).get(f"/indicators?by={by}"))


@pytest.mark.usefixtures("november")
def test_the_total_stays_last_however_the_table_is_sorted(browse: Browse, cast: Cast) -> None:
    for sort in ("batches", "-batches", "-pass_rate", "name"):
        rows = re.findall(r"<tr>.*?</tr>", browse(cast.net).part(f"/indicators?sort={sort}").text, re.DOTALL)

        assert "合计" in rows[-1]


@pytest.mark.usefixtures("november")
def test_every_number_leads_to_its_batches(browse: Browse, cast: Cast) -> None:
    net = browse(cast.net)
    page = net.get("/indicators?period=2026-11&region=520304").text

    addresses = {a.replace("&amp;", "&") for a in re.findall(r'href="(/indicators/batches\?[^"]+)"', page)}
    counts = {
        re.search("verdict=([a-z_]+)", a)[1]: re.search("共([0-9,]+)条", text_of(net.get(a)))[1]  # type: ignore[index]
        for a in addresses
        if "sampled_from=2026-11-01" in a
    }

    assert counts == {"counted": "49", "judged": "48", "fails": "2", "not_judged": "1"}


@pytest.mark.usefixtures("november")
def test_the_map_shows_what_its_reader_may_see(browse: Browse, cast: Cast) -> None:
    whole = browse(cast.net).get("/indicators?region=520300").text
    county = browse(cast.max).get("/indicators").text

    assert "<title>播州区: 合格率 95.8%（已判定 48 批次，不合格 2 批次）</title>" in whole
    assert 'href="/indicators?period=2026&amp;region=520322"' in whole
    assert "<title>桐梓县: 不在查看范围</title>" in county
    assert "region=520322" not in county


@pytest.mark.usefixtures("november")
def test_the_map_shows_batches_per_thousand(browse: Browse, cast: Cast) -> None:
    page = browse(cast.net).get("/indicators?map=per_thousand").text

    assert "<title>播州区: 0.06 批次/千人（49 批次，常住人口 761,491 人，2020 年普查）</title>" in page


@pytest.mark.usefixtures("november")
def test_nonsense_in_an_address_is_passed_over(browse: Browse, cast: Cast) -> None:
    answer = browse(cast.net).get("/indicators?period=soon&region=x%00&by=y&stage=z&map=w&programme=v&sort=u&food=%00")

    assert answer.status_code == 200
    assert "遵义市 2026" in text_of(answer)


@pytest.mark.usefixtures("november")
def test_the_table_is_exported_with_its_period_in_the_name(browse: Browse, cast: Cast) -> None:
    answer = browse(cast.net).get("/indicators?period=2026-11&export=xlsx")

    assert answer.content.startswith(b"PK")
    assert "indicators-520300-2026-11-region-2026-11-23.xlsx" in answer.headers["content-disposition"]


def test_an_empty_network_has_no_figures_and_no_faults(browse: Browse, cast: Cast) -> None:
    page = text_of(browse(cast.max).get("/indicators"))

    assert "— 合格率" in page
    assert "缺少常住人口数据" in page
    assert "该时段暂无上报批次" in page


def test_a_sampler_sees_no_figures(browse: Browse, cast: Cast) -> None:
    assert browse(cast.ada).get("/indicators").status_code == 403
    assert browse(cast.ada).get("/indicators/batches").status_code == 403
    assert browse(cast.ada).get("/returns").status_code == 403


# ── batches ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_batch_leads_to_its_report_here_and_to_its_return_elsewhere(browse: Browse, cast: Cast, lims: Lims) -> None:
    a_report(lims, a_sample(lims, number="S1"), "LA2026000001")
    register_certificate(lims, "LA", identity(lims, "LA"))
    net = browse(cast.net)
    record = a_record(sample_number="S9", report_number="LA2026000009")
    net.post("/returns/import", files={"file": ("r.json", signed(lims, record))})

    page = net.get("/indicators/batches").text

    assert 'href="/reports/LA2026000001"' in page
    assert 'href="/reports/LA2026000009"' not in page
    assert re.search(r'href="/returns/received/[0-9a-f-]{36}">LA-R20260001</a>', page)


@pytest.mark.usefixtures("november")
def test_batches_of_others_are_not_listed(browse: Browse, cast: Cast) -> None:
    assert "共51条" in text_of(browse(cast.net).get("/indicators/batches"))
    assert "共50条" in text_of(browse(cast.max).get("/indicators/batches"))
    assert "共1条" in text_of(browse(cast.eve).get("/indicators/batches"))


@pytest.mark.usefixtures("november")
def test_batches_are_found_by_food_and_withdrawn_ones_apart(browse: Browse, cast: Cast, lims: Lims) -> None:
    batches(lims, "LA", 1, withdrawn=True, food="蔬菜/豆类蔬菜/荚可食类豆类蔬菜/豇豆")
    max_ = browse(cast.max)

    assert "共1条" in text_of(max_.get("/indicators/batches?food=豇豆"))
    assert "共1条" in text_of(max_.get("/indicators/batches?verdict=withdrawn"))
    assert "共50条" in text_of(max_.get("/indicators/batches?verdict=counted"))
    assert "共50条" in text_of(max_.get("/indicators/batches?food=蔬菜/茄果类蔬菜/番茄"))
    assert "共50条" in text_of(max_.get("/indicators/batches?programme=monitoring"))


# ── returns ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_return_is_made_downloaded_and_not_made_twice(browse: Browse, cast: Cast, lims: Lims) -> None:
    batches(lims, "LA", 2)
    max_ = browse(cast.max)

    made = max_.post("/returns/export", {"period": "2026-11"})
    page = max_.follow(made)
    again = text_of(max_.follow(max_.post("/returns/export", {"period": "2026-11"})))
    file = max_.get(f"{made.headers['location']}/file")

    assert "直报 LA-R20260001 已生成并签名，共 2 批次" in text_of(page)
    assert "自直报 LA-R20260001 以来数据无变化" in again
    assert file.headers["content-disposition"] == 'attachment; filename="LA-R20260001.json"'
    assert json.loads(file.content)["payload"]["counts"]["records"] == 2
    assert "LA-R20260001 上报 播州区检测中心 2026-11 2" in text_of(max_.get("/returns?q=LA-R2026"))


def test_a_return_that_cannot_be_made_says_why(browse: Browse, cast: Cast, lims: Lims) -> None:
    batches(lims, "LA", 1, pdf_sha256=None, stem="undrawn")

    answer = browse(cast.max).post("/returns/export", {"period": "2026-11"})
    unreadable = browse(cast.max).post("/returns/export", {"period": "soon"})

    assert answer.status_code == 422
    assert "Rundrawn-00000" in text_of(answer)
    assert unreadable.status_code == 422
    assert 'id="e-period-1"' in unreadable.text
    assert counted(lims, cast, ReturnSent) == 0


def test_the_list_beside_a_refused_return_leads_on_from_its_own_page(browse: Browse, cast: Cast, lims: Lims) -> None:
    batches(lims, "LA", 1)
    max_ = browse(cast.max)
    assert max_.post("/returns/export", {"period": "2026-11"}).status_code == 303

    asked = list_addresses(max_.post("/returns/export", {"period": "soon"}))

    assert len(asked) > 1
    assert {each.split("?")[0] for each in asked} == {"/returns"}


def test_a_return_is_taken_in_and_told_what_it_brought(browse: Browse, cast: Cast, lims: Lims) -> None:
    register_certificate(lims, "LA", identity(lims, "LA"))
    net = browse(cast.net)
    file = {"file": ("LA-R20260001.json", signed(lims, a_record()))}

    page = text_of(net.follow(net.post("/returns/import", files=file)))
    again = text_of(net.follow(net.post("/returns/import", files=file)))

    assert "直报 LA-R20260001 已接收：新增 1 批次，更新 0 批次，无变化 0 批次" in page
    assert "播州区检测中心 (LA)" in page
    assert "此前已接收" in again
    assert counted(lims, cast, ReturnReceived) == 1


def test_a_return_that_was_changed_is_refused_whole(browse: Browse, cast: Cast, lims: Lims) -> None:
    register_certificate(lims, "LA", identity(lims, "LA"))
    forged = signed(lims, a_record()).replace("豇豆".encode(), "番茄".encode())
    net = browse(cast.net)

    answer = net.post("/returns/import", files={"file": ("r.json", forged)})
    nothing = net.post("/returns/import", {})

    assert answer.status_code == 422
    assert "签名" in text_of(answer)
    assert 'id="e-file-1"' in answer.text
    assert nothing.status_code == 422
    assert counted(lims, cast, ReturnReceived) == 0


def test_who_has_not_reported_stands_out(browse: Browse, cast: Cast, lims: Lims) -> None:
    register_certificate(lims, "LA", identity(lims, "LA"))
    net = browse(cast.net)
    net.post("/returns/import", files={"file": ("r.json", signed(lims, a_record()))})

    page = text_of(net.get("/returns"))

    assert "播州区检测中心" + " 未上报" * 10 + " 部分上报 LA-R20260001 未到期" in page
    assert "桐梓县检测中心" + " 未上报" * 10 + " 未到期 未到期" in page


def test_returns_of_others_do_not_exist(browse: Browse, cast: Cast, lims: Lims) -> None:
    batches(lims, "LA", 1)
    address = browse(cast.max).post("/returns/export", {"period": "2026-11"}).headers["location"]
    eve = browse(cast.eve)

    assert eve.get(address).status_code == 404
    assert eve.get(f"{address}/file").status_code == 404
    assert eve.get("/returns/sent/none").status_code == 404
    assert "LA-R20260001" not in text_of(eve.get("/returns"))


def test_who_may_neither_send_nor_take_in_sees_no_forms(browse: Browse, cast: Cast) -> None:
    ann = browse(cast.ann)

    assert "/returns/export" not in ann.get("/returns").text
    assert "/returns/import" not in ann.get("/returns").text
    assert ann.post("/returns/export", {"period": "2026-11"}).status_code == 403
    assert ann.post("/returns/import", files={"file": ("r.json", b"{}")}).status_code == 403
    assert browse(cast.max).forge("/returns/export", {"period": "2026-11"}).status_code == 403


def test_the_schema_of_a_return_file_can_be_read(browse: Browse, cast: Cast) -> None:
    assert browse(cast.ann).get("/returns/schema.json").json()["$id"] == "urn:qianjian-lims:return:2"
