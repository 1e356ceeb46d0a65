"""Pages of worksheets and runs through the front door: making a worksheet, importing a file, tracing a number."""

import html
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.equipment.schemas import InstrumentIn
from lims.equipment.service import register_instrument
from lims.runs import queries
from lims.runs.batch_outline import FIRST_OUTLINE, SampleChoice, outline_of, positions_of, usual_choices
from lims.runs.rules import EntryKind, PlannedEntry
from lims.runtime import Lims
from lims.science.amounts import BelowLoq, NotDetected, Quantified
from lims.science.units import UnitCode
from lims.settings import Settings
from lims.web.amounts import amount_text
from tests import databases
from tests.api.laboratory import METHOD
from tests.api.test_runs import NOW, Prepared, set_up
from tests.factories import Cast, a_cast, a_network
from tests.pages.conftest import Browser, text_of
from tests.unit.runs.batches import CONTENTS, INTERNAL_STANDARD, D, an_export

Browse = Callable[..., Browser]


@pytest.fixture(scope="module")
def prepared(shared: Path, quick_passwords: None, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    data = tmp_path_factory.mktemp("bench-pages")
    settings = databases.sqlite_copy(databases.sqlite_template(shared), data)
    lims = Lims(settings, FixedClock(NOW))
    a_network(lims)
    made = set_up(lims, a_cast(lims), data)
    with lims.work(made.cast.max, Action.EQUIPMENT_EDIT) as session:
        over = InstrumentIn(
            code="GCMS-02", name="GC-MS/MS", model="7000", serial_number="SG2", calibrated_until=date(2026, 10, 1)
        )
        register_instrument(session, over)
    lims.close()
    return made


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def lims(prepared: Prepared, clock: FixedClock, tmp_path: Path) -> Iterator[Lims]:
    shutil.copytree(prepared.data, tmp_path / "var")
    installation = Lims(Settings(data=tmp_path / "var"), clock)
    yield installation
    installation.close()


@pytest.fixture
def cast(prepared: Prepared) -> Cast:
    return prepared.cast


def fields_of(answer: httpx2.Response, action: str) -> dict[str, Any]:
    """What the form of a page would send if nobody touched it; the token is the browser's own."""
    form = answer.text[answer.text.index(f'method="post" action="{action}"') :].split("</form>")[0]
    values: dict[str, Any] = {}
    for tag in re.findall(r"<input ([^>]*)>", form):
        found = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if "name" not in found or (found.get("type") == "checkbox" and " checked" not in tag):
            continue
        values.setdefault(found["name"], []).append(html.unescape(found.get("value", "")))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" +selected', options) or re.search(
            r'<option value="([^"]*)"', options
        )
        values[name] = html.unescape(chosen[1]) if chosen else ""
    values.pop("csrf_token", None)
    return values


def made_worksheet(browser: Browser, **changes: Any) -> str:
    """A worksheet as the form proposes it, with the levels of `tests.unit.runs.batches`, and changes; its number."""
    proposed = fields_of(browser.get("/worksheets/new"), "/worksheets/new")
    filled = {**proposed, "levels": "2, 5, 20, 50, 100", "spiked_content": "0.05", **changes}
    done = browser.post("/worksheets/new", filled)
    assert done.status_code == 303, text_of(done)
    return str(done.headers["location"].rsplit("/", 1)[1])


def export_for(prepared: Prepared, **changes: Any) -> bytes:
    """The instrument's file for the worksheet that the form proposes."""
    codes = prepared.blind_codes
    names = {"Cal-": "STD-", "Blank,Blank.d": "BLK-1,BLK-1.d", "S-1 spike": f"{codes[1]}-S", "S-2 dup": f"{codes[0]}-D"}
    contents = {**CONTENTS, "S-2": {}, "S-2 dup": {}, **changes}
    text = an_export(contents=contents).decode()
    for old, new in {**names, **{f"S-{n},S-{n}.d": f"{c},{c}.d" for n, c in enumerate(codes, start=1)}}.items():
        text = text.replace(old, new)
    return text.encode()


def handed_in(browser: Browser, number: str, content: bytes, name: str = "batch.csv") -> str:
    """The address where a file can be looked at."""
    answer = browser.post(f"/worksheets/{number}/import", files={"file": (name, content)})
    assert answer.status_code == 303, text_of(answer)
    return str(answer.headers["location"])


def settings_of(browser: Browser, address: str) -> dict[str, Any]:
    """How the file is read, as the page shows it; its internal standard is chosen."""
    return {**fields_of(browser.get(address), address), "internal_standard": INTERNAL_STANDARD}


def imported(browser: Browser, prepared: Prepared, **changes: Any) -> tuple[str, str]:
    """A worksheet and its run, from the form to the file: its number and the address of the run."""
    number = made_worksheet(browser)
    address = handed_in(browser, number, export_for(prepared, **changes))
    assert browser.post(address, settings_of(browser, address)).status_code == 303
    done = browser.post(address, {"act": "import"})
    assert done.status_code == 303, text_of(done)
    return number, str(done.headers["location"])


# ── worksheets ───────────────────────────────────────────────────────────────────────────────────────


def test_what_the_form_proposes_is_a_worksheet(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    proposed = fields_of(ann.get("/worksheets/new"), "/worksheets/new")

    done = ann.post("/worksheets/new", proposed)

    page = text_of(ann.follow(done))
    assert proposed["method_code"] == [METHOD]
    assert set(proposed["sample"]) == set(prepared.blind_codes)
    assert done.headers["location"] == "/worksheets/W2026-000001"
    assert "工作单 W2026-000001 已建立。" in page
    assert all(code in page for code in prepared.blind_codes)
    assert not any(number in page for number in prepared.sample_numbers)
    # The next one is made as this one was, and its samples are not ticked again.
    again = fields_of(ann.get("/worksheets/new"), "/worksheets/new")
    assert again["levels"] == proposed["levels"]
    assert again["instrument_code"] == "LCMS-01"
    assert "sample" not in again


def test_an_instrument_out_of_calibration_cannot_be_chosen(browse: Browse, cast: Cast) -> None:
    page = browse(cast.ann).get("/worksheets/new").text

    assert re.search(r'<option value="GCMS-02" disabled', page)
    assert "GCMS-02 的校准有效期至 2026-10-01" in page


def test_a_worksheet_that_cannot_be_is_refused_beside_its_fields(browse: Browse, cast: Cast, lims: Lims) -> None:
    ann = browse(cast.ann)
    proposed = fields_of(ann.get("/worksheets/new"), "/worksheets/new")

    answer = ann.post("/worksheets/new", {**proposed, "levels": "1, two", "sample": [], "matrix_group": "<b>x"})

    assert answer.status_code == 422
    assert 'href="#f-levels"' in answer.text
    assert "“two”不是浓度" in text_of(answer)
    assert "请至少勾选一个样品。" in text_of(answer)
    assert "&lt;b&gt;x" in answer.text
    with lims.read(system_actor(), Action.RUN_READ) as session:
        assert queries.worksheets(session, None, 10, 0)[1] == 0


def test_who_is_not_authorised_is_told_before_and_refused_after(browse: Browse, cast: Cast) -> None:
    bea = browse(cast.bea)
    form = bea.get("/worksheets/new")

    answer = bea.post("/worksheets/new", fields_of(form, "/worksheets/new"))

    assert "没有 GB 23200.121-2026 的上岗授权" in text_of(form)
    assert answer.status_code == 422
    assert 'href="#f-method_code"' in answer.text


def test_positions_can_be_arranged_one_by_one(browse: Browse, cast: Cast, prepared: Prepared, lims: Lims) -> None:
    ann = browse(cast.ann)
    proposed = fields_of(ann.get("/worksheets/new"), "/worksheets/new")
    listed = ann.post("/worksheets/new", {**proposed, "act": "positions"})
    kept = fields_of(listed, "/worksheets/new/positions")
    code = prepared.blind_codes[2]  # it has neither duplicate nor spike
    rows = [f"calibration_standard\tC{n}\t\t{level}" for n, level in enumerate((1, 5, 10, 50, 100), start=1)]
    rows += ["blank\tB", f"sample\t{code}\t\t\t\t10.05", f"matrix_spike\tSp\t{code}"]

    refused = ann.post("/worksheets/new/positions", {**kept, "grid": [], "grid_text": "\n".join(rows)})
    rows[-1] += "\t\t0.05"
    done = ann.post("/worksheets/new/positions", {**kept, "grid": [], "grid_text": "\n".join(rows)})

    assert listed.status_code == 200
    assert refused.status_code == 422
    assert 'href="#grid-8-spiked_content"' in refused.text
    assert done.status_code == 303, text_of(done)
    with lims.read(cast.ann, Action.RUN_READ) as session:
        worksheet = queries.worksheet_by_number(session, "W2026-000001")
        entries = queries.entries_of(session, worksheet.id)
    assert [entry.label for entry in entries] == ["C1", "C2", "C3", "C4", "C5", "B", code, "Sp"]
    assert entries[6].test_portion == Decimal("10.05")


@pytest.mark.parametrize(
    ("who", "address", "status"),
    [
        ("vic", "/worksheets", 200),
        ("vic", "/worksheets/new", 403),
        ("vic", "/worksheets/{number}", 200),
        ("vic", "/worksheets/{number}/import", 403),
        ("ian", "/worksheets", 403),
        ("ada", "/runs", 403),
    ],
)
def test_pages_answer_those_who_may(browse: Browse, cast: Cast, who: str, address: str, status: int) -> None:
    number = made_worksheet(browse(cast.ann))

    answer = browse(getattr(cast, who)).get(address.format(number=number))

    assert answer.status_code == status


def test_another_laboratory_sees_nothing_of_it(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    number, run = imported(browse(cast.ann), prepared)
    stranger = browse(cast.eve)

    assert stranger.get(f"/worksheets/{number}").status_code == 404
    assert [stranger.get(f"{run}{part}").status_code for part in ("", "/checks", "/rows", "/file")] == [404] * 4
    assert number not in text_of(stranger.get("/worksheets"))


def test_the_bench_sheet_and_the_sequence_name_every_position(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)

    sheet, sequence = ann.get(f"/worksheets/{number}/sheet"), ann.get(f"/worksheets/{number}/sequence.csv")

    assert all(code in text_of(sheet) for code in prepared.blind_codes)
    assert sheet.text.count('class="qr"') == len(prepared.blind_codes)
    lines = sequence.content.decode("utf-8-sig").splitlines()
    assert lines[1] == "1,STD-1,Cal,1,2,"
    assert f",{prepared.blind_codes[0]},Sample,,,1" in lines[7]


def test_a_form_from_elsewhere_makes_nothing(browse: Browse, cast: Cast, lims: Lims) -> None:
    ann = browse(cast.ann)

    answer = ann.forge("/worksheets/new", fields_of(ann.get("/worksheets/new"), "/worksheets/new"))

    assert answer.status_code == 403
    with lims.read(system_actor(), Action.RUN_READ) as session:
        assert queries.worksheets(session, None, 10, 0)[1] == 0


# ── importing ────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_looked_at_before_anything_is_stored(
    browse: Browse, cast: Cast, prepared: Prepared, lims: Lims
) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)

    page = ann.get(handed_in(ann, number, export_for(prepared)))

    text = text_of(page)
    assert page.status_code == 200
    assert "11 已读取 + 0 重复 + 0 未对应 + 0 被拒绝 + 2 已忽略 = 13 行" in re.sub(r" \+ ", " + ", text)
    assert f"文件中有内标 {INTERNAL_STANDARD}" in text  # nobody has said yet that it is to be calculated with
    assert "毒死蜱 的校准曲线" in text
    with lims.read(cast.ann, Action.RUN_READ) as session:
        assert queries.runs_of(session, queries.worksheet_by_number(session, number).id) == []


def test_a_file_is_imported_once_however_often_the_button_is_pressed(
    browse: Browse, cast: Cast, prepared: Prepared
) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    content = export_for(prepared)
    address = handed_in(ann, number, content)

    first = ann.post(address, {"act": "import"})
    pressed_again = ann.post(address, {"act": "import"})
    reloaded = ann.get(address)
    handed_in_again = handed_in(ann, number, content)
    imported_again = ann.post(handed_in_again, {"act": "import"})

    run = first.headers["location"]
    assert run.startswith("/runs/")
    assert [a.headers["location"] for a in (pressed_again, reloaded, imported_again)] == [run] * 3
    assert "此前已为本工作单导入" in text_of(ann.follow(imported_again))
    assert "此前" not in text_of(ann.get(run))


def test_doubts_are_settled_on_the_page_without_sending_the_file_again(
    browse: Browse, cast: Cast, prepared: Prepared
) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    odd = export_for(prepared).decode().replace("chlorpyrifos", "CPF <1>").replace(",Blank,", ",Leer,").encode()
    address = handed_in(ann, number, odd)
    doubtful = ann.get(address)
    settings = settings_of(ann, address)

    refused = ann.post(address, {"act": "import"})
    wrong = ann.post(address, {**settings, "means": "blank", "stands_for": "没有这种农药"})
    settled = ann.post(address, {**settings, "means": "blank", "stands_for": "毒死蜱"})
    page = ann.follow(settled)

    assert "CPF &lt;1&gt;" in doubtful.text
    assert refused.status_code == 422
    assert (wrong.status_code, 'value="没有这种农药"' in wrong.text) == (422, True)
    assert 'href="#f-stands_for-0"' in wrong.text
    assert "请先核对以下问题" not in text_of(page)
    assert ann.post(address, {"act": "import"}).headers["location"].startswith("/runs/")
    # What was settled is remembered for the next file of the instrument.
    next_one = made_worksheet_of_waiting(ann)
    assert (
        "CPF" not in text_of(ann.get(handed_in(ann, next_one, odd))).partition("请先核对")[2].partition("文件各行")[0]
    )


def test_an_injection_on_no_position_is_put_there_on_the_page(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    browser = browse(cast.ann)
    code = prepared.blind_codes[2]  # it has neither duplicate nor spike
    content = export_for(prepared).replace(code.encode(), b"Blonk")
    address = handed_in(browser, made_worksheet(browser), content)
    asked = browser.get(address)
    sent = settings_of(browser, address) | {"match_position": code, "match_reason": "misspelt in the sequence"}

    without_reason = browser.post(address, sent | {"match_reason": ""})
    matched = browser.get(address) if browser.post(address, sent).status_code == 303 else None

    assert "位置不明的进样" in text_of(asked)
    assert "Blonk" in text_of(asked)
    assert without_reason.status_code == 422
    assert "请说明人工指定进样位置的原因" in text_of(without_reason)
    assert matched is not None
    assert "工作单上没有名为" not in text_of(matched)
    done = browser.post(address, {"act": "import"})
    assert done.status_code == 303, text_of(done)
    assert f"Blonk → {code}" in text_of(browser.get(done.headers["location"]))


def made_worksheet_of_waiting(browser: Browser) -> str:
    """A further worksheet with the samples that stand on one already and have no result yet."""
    page = browser.get("/worksheets/new")
    codes = re.findall(r'name="sample" value="([^"]+)"', page.text)
    proposed = fields_of(page, "/worksheets/new")
    chosen = {"sample": codes, "duplicated": codes[:1], "spiked": codes[1:2]}
    done = browser.post("/worksheets/new", {**proposed, **chosen})
    return str(done.headers["location"].rsplit("/", 1)[1])


def test_a_file_that_cannot_be_read_says_what_to_set(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    chinese = export_for(prepared).decode("utf-8-sig").replace("chlorpyrifos", "毒死蜱").encode("gb18030")
    address = handed_in(ann, number, chinese)

    unreadable = ann.get(address)
    done = ann.post(address, {**settings_of(ann, address), "encoding": "gb18030"})

    assert unreadable.status_code == 200
    assert 'href="#f-encoding"' in unreadable.text
    assert "导入此文件" not in text_of(unreadable)
    assert "识别到的编码 gb18030" in text_of(ann.follow(done))


def test_a_worksheet_is_imported_again_with_a_reason_only(
    browse: Browse, cast: Cast, prepared: Prepared, clock: FixedClock
) -> None:
    ann = browse(cast.ann)
    number, first = imported(ann, prepared)
    clock.instant += timedelta(hours=2)
    address = handed_in(ann, number, export_for(prepared, **{"S-3": {"chlorpyrifos": D(30)}}))

    refused = ann.post(address, {"act": "import"})
    done = ann.post(address, {"act": "import", "repeat_reason": "仪器维护后重新进样"})

    assert refused.status_code == 422
    assert 'href="#f-repeat_reason"' in refused.text
    assert done.headers["location"] not in ("", first)
    assert "仪器维护后重新进样" in text_of(ann.follow(done))
    assert text_of(ann.get(f"/worksheets/{number}")).count("batch.csv") == 2


def test_a_file_is_kept_for_an_hour_and_for_one_person(
    browse: Browse, cast: Cast, prepared: Prepared, lims: Lims, clock: FixedClock
) -> None:
    ann, bea = browse(cast.ann), browse(cast.bea)
    number = made_worksheet(ann)
    address = handed_in(ann, number, export_for(prepared))

    assert bea.get(address).headers["location"] == f"/worksheets/{number}/import"
    clock.instant += timedelta(minutes=50)
    assert ann.get(address).status_code == 200
    clock.instant += timedelta(minutes=61)
    gone = ann.get(address)
    assert "只暂存一小时" in text_of(ann.follow(gone))
    handed_in(ann, number, export_for(prepared, **{"S-3": {}}))
    assert len(list((lims.settings.data / "handed-in").glob("*.file"))) == 1


@pytest.mark.parametrize(("content", "told"), [(None, "请先选择文件"), (b"", "文件为空")])
def test_handing_in_nothing_is_refused_beside_the_field(
    browse: Browse, cast: Cast, content: bytes | None, told: str
) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)

    answer = ann.post(f"/worksheets/{number}/import", files=None if content is None else {"file": ("a.csv", content)})

    assert answer.status_code == 422
    assert told in text_of(answer)
    assert 'id="e-file-1"' in answer.text


def test_the_chart_of_a_preview_comes_alone(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    address = handed_in(ann, made_worksheet(ann), export_for(prepared))

    part = ann.part(f"{address}/analyte?analyte=chlorpyrifos")

    assert "<html" not in part.text
    assert part.text.count("<canvas") == 2


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_is_told_in_short_with_its_file(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    number, run = imported(ann, prepared)

    page = ann.get(run)

    text = text_of(page)
    assert f"进样批 {number} · batch.csv" in text
    assert "1 / 1 校准曲线合格" in text
    assert "3 / 3 已计算含量" in text
    assert f'action="{run}/results"' in page.text
    assert f'action="{run}/results"' not in browse(cast.vic).get(run).text
    assert ann.get(f"{run}/file").content == export_for(prepared)


def test_what_failed_stands_first(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    _, run = imported(ann, prepared, **{"S-1 spike": {"chlorpyrifos": D(10)}})

    short, checks = text_of(ann.get(run)), ann.get(f"{run}/checks")

    assert "本次上机未能计算出任何结果" in short
    assert "回收率" in short.partition("需要关注")[2].partition("批次的其他内容")[0]
    first = checks.text[checks.text.index("<tbody>") :].partition("</tr>")[0]
    assert "不合格" in first
    assert "加标回收率" in first
    assert "登记结果" not in short
    only = text_of(ann.get(f"{run}/checks?verdict=fail"))
    assert "空白" not in only[only.index("限值依据") :]


def test_a_number_leads_to_its_cell_of_the_file(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    _, run = imported(ann, prepared)

    measured = ann.get(f"{run}/measured?analyte=chlorpyrifos&sample={prepared.blind_codes[2]}")
    link = re.search(rf'href="({run}/rows\?[^"]+)"[^>]*>([A-Z]+\d+)<', measured.text)
    assert link, measured.text
    rows = ann.get(html.unescape(link[1]))

    assert "未检出（<0.003 mg/kg）" in text_of(measured)
    assert f"已标出：{link[2]}" in text_of(rows)
    assert re.search(r'<tr class="wanted-row"><th scope="row">\d+</th>.*?' + prepared.blind_codes[2], rows.text)
    assert 'class="wanted"' in rows.text


def test_every_line_of_a_file_can_be_looked_at(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    _, run = imported(ann, prepared)

    for query in ("", "?row=99999&column=ZZZ", "?row=x&column=<b>", "?column=all", "?begin=5"):
        answer = ann.get(f"{run}/rows{query}")
        assert answer.status_code == 200
        assert "<b>" not in answer.text


def test_analytes_follow_each_other(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    _, run = imported(ann, prepared)

    page, part = ann.get(f"{run}/calibrations"), ann.part(f"{run}/calibrations?analyte=chlorpyrifos")

    assert "毒死蜱" in text_of(page)
    assert page.text.count("<canvas") == 3
    assert "<html" not in part.text
    assert "y = " in text_of(part)
    assert ann.get(f"{run}/calibrations?analyte=nothing").status_code == 404


def test_lists_can_be_taken_away(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    number, run = imported(ann, prepared)

    assert number in text_of(ann.get(f"/worksheets?holds={prepared.blind_codes[0]}"))
    assert number not in text_of(ann.part("/worksheets?holds=NOBODY"))
    assert number in text_of(ann.get("/runs?state=accepted"))
    for address in ("/worksheets", "/runs", f"{run}/checks", f"{run}/measured"):
        assert ann.get(f"{address}?export=xlsx").content.startswith(b"PK")


# ── pure parts ───────────────────────────────────────────────────────────────────────────────────────


def test_the_outline_of_a_worksheet_is_found_again_in_its_positions() -> None:
    samples = [
        SampleChoice("A", is_duplicated=True),
        SampleChoice("B", is_spiked=True, dilution="5"),
        SampleChoice("C"),
    ]
    outline = FIRST_OUTLINE.__class__(
        levels=(D(1), D(10)), standard_prefix="Cal", blanks=2, spiked_content="0.02", check_level="10", check_every=2
    )

    positions = positions_of(outline, samples)

    assert [p["label"] for p in positions] == (
        ["Cal1", "Cal2", "BLK-1", "BLK-2", "A", "B", "CCV-1", "C", "CCV-2", "A-D", "B-S"]
    )
    assert positions[-1] == {
        "kind": "matrix_spike", "label": "B-S", "parent": "B", "spiked_content": "0.02", "dilution": "5"
    }  # fmt: skip
    entries = [
        PlannedEntry(
            place, EntryKind(p["kind"]), p["label"], p.get("parent"),
            D(p["nominal_concentration"]) if "nominal_concentration" in p else None,
            D(p["spiked_content"]) if "spiked_content" in p else None, D(10), D(10), D(1),
        )
        for place, p in enumerate(positions, start=1)
    ]  # fmt: skip
    assert outline_of(entries) == outline


def test_usually_one_in_ten_is_duplicated_and_one_in_twenty_spiked() -> None:
    choices = usual_choices([f"S{n}" for n in range(25)])

    assert [c.code for c in choices if c.is_duplicated] == ["S0", "S10", "S20"]
    assert [c.code for c in choices if c.is_spiked] == ["S1", "S21"]
    assert [(c.is_duplicated, c.is_spiked) for c in usual_choices(["A"])] == [(True, True)]


def test_amounts_are_said_as_a_report_says_them() -> None:
    unit = UnitCode.MG_PER_KG

    def same(text: str) -> str:
        return text

    assert amount_text(Quantified(D("0.0128512"), unit), same) == "0.013 mg/kg"
    assert amount_text(BelowLoq(D("0.01"), unit), same) == "<0.01 mg/kg"
    assert amount_text(BelowLoq(D("0.01"), unit, detected=True), same) == "detected, <0.01 mg/kg"
    assert amount_text(NotDetected(D("0.003"), unit), same) == "not detected (<0.003 mg/kg)"
    assert amount_text(None, same) == ""
