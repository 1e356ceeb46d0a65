"""What is said of a sample and why, and what would be said of some amounts, through the pages."""

import json
from collections.abc import Callable

import pytest

from lims.runtime import Lims
from tests.api.laboratory import load
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of
from tests.storage.test_library_judgements import COWPEA, a_sample, found
from tests.unit.limits.small import SMALL

Browse = Callable[..., Browser]


def asked(*rows: dict[str, str], **changes: str) -> dict[str, str]:
    """The form of a question."""
    form = {"food": "豇豆", "basis_on": "2026-11-20", "basis_kind": "harvest", "region": "520304"}
    return {**form, "basis": "as_received", "grid": json.dumps(rows), **changes}


@pytest.fixture
def ann(lims: Lims, cast: Cast, browse: Browse) -> Browser:
    """Ann's browser; the library is loaded."""
    load(lims)
    return browse(cast.ann)


def test_amounts_are_judged_and_explained_and_nothing_is_stored(ann: Browser) -> None:
    rows = [
        {"substance": "氧乐果", "value": "0.025", "unit": "mg/kg"},
        {"substance": "啶虫脒", "value": "ND", "unit": "mg/kg", "loq": "0.003"},
    ]

    page = text_of(ann.post("/judge", asked(*rows)))

    assert "试判结果 不合格" in page
    assert "GB 2763-2026" in page
    assert "0.025 > 0.02" in page


def test_names_are_offered_and_known_species_and_tissues_listed(ann: Browser) -> None:
    page = ann.get("/judge").text

    assert 'data-lookup="food"' in page
    assert '"lookup": "substance"' in page
    assert '<datalist id="l-species"><option value="兔">' in page
    assert '<option value="肌肉">' in page.partition('id="l-tissue"')[2]
    assert "豇豆" not in page  # not the whole tree of foods


def test_a_row_that_cannot_be_read_is_told_at_its_cell(ann: Browser) -> None:
    rows = [{"substance": "月光石", "value": "0.01", "unit": "mg/kg"}]

    answer = ann.post("/judge", asked(*rows))

    assert answer.status_code == 422
    assert text_of(answer).count("资料库中没有“月光石”") == 1  # told once
    assert answer.text.count("月光石") > 1  # and still in its cell


def test_an_amount_may_be_written_as_a_report_prints_it(ann: Browser) -> None:
    rows = [{"substance": "氧乐果", "value": "<0.01"}, {"substance": "啶虫脒", "value": "检出", "loq": "0.01"}]

    page = text_of(ann.post("/judge", asked(*rows)))

    assert "0.01" in page
    assert "试判结果" in page


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"value": "2000000"}, "超过食品本身"),
        ({"value": "-1"}, "为负数"),
        ({"value": "很多"}, "很多"),
        ({"value": "1", "unit": "km"}, "km"),
    ],
)
def test_an_amount_that_cannot_be_is_told_at_its_cell(ann: Browser, cells: dict[str, str], said: str) -> None:
    answer = ann.post("/judge", asked({"substance": "氧乐果", "unit": "mg/kg", **cells}))

    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "第 1 行" in text_of(answer).partition("还不能判定")[2]


def test_a_substance_that_is_unknown_asks_what_was_meant(ann: Browser) -> None:
    rows = [{"substance": "啶虫咪", "value": "0.01", "unit": "mg/kg"}]

    assert "是否指 啶虫脒" in text_of(ann.post("/judge", asked(*rows)))


def test_a_ban_does_not_fail_a_lot_because_a_limit_is_missing(ann: Browser) -> None:
    rows = [{"substance": "甲胺磷", "value": "0.01", "unit": "mg/kg"}]

    page = text_of(ann.post("/judge", asked(*rows)))

    assert "检出禁用物质，不符合；未按限量判定的原因：" in page
    assert "不作判定的原因" not in page


def test_a_day_or_food_that_is_none_stands_beside_its_field(ann: Browser) -> None:
    rows = [{"substance": "氧乐果", "value": "0.025"}]

    day = ann.post("/judge", asked(*rows, basis_on="tomorrow"))
    food = ann.post("/judge", asked(*rows, food="石头"))

    assert 'id="e-basis_on-1"' in day.text
    assert food.status_code == 200 or "石头" in text_of(food)


def test_a_sample_that_was_never_judged_says_so_and_an_unknown_one_is_not_found(ann: Browser) -> None:
    assert ann.get("/samples/NOTHING/judgement").status_code == 404


def test_who_is_no_compiler_cannot_judge(ann: Browser) -> None:
    assert ann.post("/samples/NOTHING/judgement").status_code == 403


# ── every market at once, and everything that led to a verdict ───────────────────────────────────────


def asked_of_small(*rows: dict[str, str], **changes: str) -> dict[str, str]:
    """A question about spinach, for the small library."""
    return asked(*rows, **{"food": "菠菜", "basis_on": "2026-05-10", "region": "", **changes})


SPRAYED = {"substance": "sprayed", "value": "3", "unit": "mg/kg"}
BLIND, NUMBER = "B7K2M4XQ", f"LA-2026-{len(COWPEA):06}"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages judge by the small library, which knows two markets."""
    for module in ("pages", "market_pages"):
        monkeypatch.setattr(f"lims.limits.{module}.current_library", lambda _session: SMALL)


@pytest.mark.usefixtures("small")
def test_an_answer_stands_beside_those_of_every_market(ann: Browser, cast: Cast, browse: Browse) -> None:
    chinese = text_of(ann.post("/judge", asked_of_small(SPRAYED)))
    english = text_of(browse(cast.ann, "en").post("/judge", asked_of_small(SPRAYED)))

    assert "会被拒收 中国：会被拒收。sprayed药检出 3 mg/kg，限量 2 mg/kg，须降到 1/1.5 以下。" in chinese
    assert "可接收 韩国：可接收。" in chinese
    assert "China would refuse this lot: sprayed 3 mg/kg, limit 2 mg/kg, must fall by a factor of 1.5." in english
    assert "Korea would accept this lot." in english


@pytest.mark.usefixtures("small")
def test_the_folded_fields_decide_too(ann: Browser) -> None:
    korea = text_of(ann.post("/judge", asked_of_small(SPRAYED, market="KR")))
    declared = text_of(ann.post("/judge", asked_of_small({**SPRAYED, "value": "1"}, declared="NY/T 1")))
    chicken = {"substance": "both", "value": "0.03", "unit": "mg/kg"}
    muscle = text_of(ann.post("/judge", asked_of_small(chicken, food="鸡肉", species="鸡", tissue="肌肉")))

    assert "试判结果 合格" in korea
    assert "KR-2025" in korea
    assert "试判结果 不合格" in declared
    assert "不得检出" in declared
    assert "GB 31650-2019" in muscle


@pytest.mark.usefixtures("small")
def test_a_line_tells_its_flags_its_restrictions_and_what_further_standards_say(ann: Browser) -> None:
    rows = [
        {"substance": "both", "value": "0.05", "unit": "mg/kg"},
        {"substance": "drug", "value": "0.05", "unit": "mg/kg"},
    ]
    page = text_of(ann.post("/judge", asked_of_small(*rows, food="鸡肉")))

    assert "依据未核实" in page  # the flag
    assert "说明：" in page
    assert "GB 31650-2019" in page  # named by the restriction behind it
    assert "其他标准" in page
    assert "来样名称 鸡肉" in page


def test_a_sample_is_shown_in_every_market_and_the_judgement_leads_there(
    lims: Lims, cast: Cast, ann: Browser, browse: Browse
) -> None:
    a_sample(lims, cast.ann, {"emamectin-benzoate": {"emamectin-benzoate": found("0.21")}})

    bench = browse(cast.vic)
    page = bench.get(f"/samples/{BLIND}/markets")
    english = browse(cast.cai, "en").get(f"/samples/{NUMBER}/markets")

    assert f'href="/samples/{BLIND}/markets"' in bench.get(f"/samples/{BLIND}/judgement").text
    assert "须降到 1/1.05 以下" in text_of(page)
    assert "must fall by a factor of 1.05" in text_of(english)
    assert "The law of no other market is loaded for that day." in text_of(english)
    assert NUMBER not in page.text  # the bench does not learn whose it is
    assert bench.get(f"/samples/{NUMBER}/markets").status_code == 404


def test_another_laboratory_finds_no_markets_of_a_sample(lims: Lims, cast: Cast, ann: Browser, browse: Browse) -> None:
    a_sample(lims, cast.ann, {"emamectin-benzoate": {"emamectin-benzoate": found("0.21")}})

    assert browse(cast.eve).get(f"/samples/{BLIND}/markets").status_code == 404
