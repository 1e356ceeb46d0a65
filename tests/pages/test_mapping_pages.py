"""Any other table: its columns mapped on a page, what comes out, kept as a profile, and read by it the next time."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest

from lims.core.clock import FixedClock
from tests.api.test_runs import NOW, Prepared
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of
from tests.pages.test_import_profile_pages import kept
from tests.pages.test_runs_pages import cast, export_for, handed_in, lims, made_worksheet, prepared
from tests.pages.test_runs_pages import imported as imported_batch

__all__ = ["cast", "lims", "prepared"]
Browse = Callable[..., Browser]
COMPOUNDS = {"carbofuran": "0.031", "chlorpyrifos": "0.027"}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def labels_of(browser: Browser, number: str) -> list[tuple[str, str]]:
    """The positions of a worksheet with the concentrations of its standards, as its sequence says."""
    lines = browser.get(f"/worksheets/{number}/sequence.csv").text.lstrip("\ufeff").splitlines()[1:]
    return [(cells[1], cells[4]) for line in lines for cells in [line.split(",")]]


def long_table(browser: Browser, number: str, heading: str = "样品名称,类型,组分,峰面积,保留时间") -> bytes:
    """What a program that nobody knows would write for a worksheet."""
    rows = ["工作站报告,,,,", heading]
    for place, (label, nominal) in enumerate(labels_of(browser, number)):
        kind = "Std" if nominal else "Unknown"
        for compound, slope in COMPOUNDS.items():
            area = float(slope) * float(nominal or 3) * 10000 * (1 + place % 3 / 200)
            rows.append(f"{label},{kind},{compound},{area:.2f},{4.2 if compound == 'carbofuran' else 7.9}")
    rows.append("平均值,,,,")
    return ("\n".join(rows) + "\n").encode()


def mapping(**changes: Any) -> dict[str, Any]:
    return {
        "layout": "long", "delimiter": "comma", "heading_row": "2", "first_row": "3", "compound": "",
        "column": ["1", "2", "3", "4", "5"], "of": [""] * 5,
        "meaning": ["name", "type", "compound", "area", "retention_time"],
        "skip": ["平均值", ""], "skip_column": ["", ""],
        **changes,
    }  # fmt: skip


def test_headings_that_are_known_are_proposed(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    address = handed_in(ann, number, long_table(ann, number))

    preview, page = ann.get(address), ann.get(f"{address}/columns")

    assert "无法识别该文件" in text_of(preview)
    assert f'href="{address}/columns"' in preview.text
    for column, meaning in enumerate(("name", "type", "compound", "area", "retention_time"), start=1):
        cell = page.text.split(f'id="meaning-{column}"', 1)[1].split("</select>", 1)[0]
        assert f'value="{meaning}" selected' in cell
    assert 'name="heading_row" type="text" inputmode="decimal"' in page.text.replace("\n    ", " ")
    assert "读取结果" in text_of(page)


def test_a_mapping_is_made_once_and_used_again(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    address = handed_in(ann, number, long_table(ann, number), "aas.csv")

    live = ann.post(f"{address}/columns", mapping(act="look"))
    done = ann.post(f"{address}/columns", mapping(act="keep"))
    preview = ann.follow(done)
    profile = kept(ann, address, "工作站 CSV")
    run = ann.follow(ann.post(address, {"act": "import", "only_good_rows": "true"}))

    shown = text_of(live)
    assert "读取结果" in shown
    assert "按规则“平均值”略过。" in shown
    assert done.status_code == 303
    assert "mapped 1" in text_of(preview)
    assert f"/runs/profiles/{profile}?number=1" in run.text
    assert "表格各列" not in text_of(run)
    # The next file of this instrument, exported with one more line above: by choosing the profile, nothing else.
    content = b"\n" + long_table(ann, number)
    answer = ann.post(f"/worksheets/{number}/import", {"profile": profile}, files={"file": ("b.csv", content)})
    page = text_of(ann.follow(answer))
    assert "按第 1 版导入配置： 工作站 CSV" in page
    assert "标题在第 3 行，而映射时在第 2 行。" in page
    said = text_of(ann.get(f"/runs/profiles/{profile}"))
    assert "峰面积" in said


def test_a_file_with_other_columns_is_refused(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    address = handed_in(ann, number, long_table(ann, number))
    ann.post(f"{address}/columns", mapping(act="keep"))
    profile = kept(ann, address, "工作站 CSV")
    other = long_table(ann, number, "样品名称,类型,组分,峰高,保留时间")

    answer = ann.post(f"/worksheets/{number}/import", {"profile": profile}, files={"file": ("b.csv", other)})

    assert "D 列映射时的标题是“峰面积”，本文件中是“峰高”" in text_of(ann.follow(answer))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"meaning": ["", "type", "compound", "area", ""]}, "没有一列说明进了什么样"),
        ({"meaning": ["name", "type", "compound", "", ""]}, "没有测量值列"),
        ({"meaning": ["name", "type", "", "area", ""]}, "没有化合物名称列"),
        ({"meaning": ["name", "type", "compound", "area", "area"]}, "D 列和 E 列都是峰面积"),
        ({"first_row": "1"}, "数据首行必须位于标题行之下"),
        ({"layout": "wide"}, "C 列不能是化合物名称"),
        ({"heading_row": "x"}, "标题所在行"),
        ({"layout": "sideways"}, "表格的一行是 应为下列之一"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_its_reason(
    browse: Browse, cast: Cast, prepared: Prepared, changes: dict[str, Any], said: str
) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    address = handed_in(ann, number, long_table(ann, number))

    kept_not = ann.post(f"{address}/columns", mapping(act="keep", **changes))
    looked = ann.post(f"{address}/columns", mapping(act="look", **changes))

    assert (kept_not.status_code, looked.status_code) == (422, 200)
    assert said in text_of(kept_not)


def test_columns_of_a_wide_table_are_of_the_compound_in_their_heading(
    browse: Browse, cast: Cast, prepared: Prepared
) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    rows = [
        f"{label},{'Std' if nominal else 'Sample'},{nominal or 1},{nominal or 2}"
        for label, nominal in labels_of(ann, number)
    ]
    content = "\n".join(["Sample,Type,carbofuran Area,chlorpyrifos Area", *rows]) + "\n"
    address = handed_in(ann, number, content.encode())

    page = ann.get(f"{address}/columns")

    assert 'value="carbofuran"' in page.text
    assert "carbofuran, chlorpyrifos" in text_of(page)


# ── the way back to the file ─────────────────────────────────────────────────────────────────────────


def as_workbook(content: bytes) -> bytes:
    """The table on the second sheet of a workbook."""
    book = openpyxl.Workbook(write_only=True)
    about = book.create_sheet("说明")
    for line in ("工作站", "AAS-3", ""):
        about.append([line])
    sheet = book.create_sheet("结果")
    for line in content.decode().splitlines():
        sheet.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def imported(browser: Browser, number: str, content: bytes, **changes: Any) -> str:
    """The run of a table whose columns are mapped; its address."""
    address = handed_in(browser, number, content, "table.xlsx" if content.startswith(b"PK") else "table.csv")
    assert browser.post(f"{address}/columns", mapping(act="keep", **changes)).status_code == 303
    done = browser.post(address, {"act": "import", "only_good_rows": "true"})
    assert done.status_code == 303, text_of(done)
    return str(done.headers["location"])


def test_a_number_of_a_long_table_leads_to_the_row_of_its_compound(
    browse: Browse, cast: Cast, prepared: Prepared
) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    run = imported(ann, number, long_table(ann, number))
    label = labels_of(ann, number)[0][0]

    second = ann.get(f"{run}/calibrations?analyte=chlorpyrifos")
    rows = ann.get(f"{run}/rows?row=4&column=D")
    one = ann.get(f"{run}/rows?compound=chlorpyrifos").text.split("<tbody>", 1)[1]

    assert f'href="{run}/rows?row=4&amp;column=D"' in second.text
    assert "D4" in text_of(rows)
    marked = rows.text.split('class="wanted-row"', 1)[1].split("</tr>", 1)[0]
    assert label in marked
    assert "chlorpyrifos" in marked
    assert 'class="wanted">' in marked
    assert "chlorpyrifos" in one
    assert "carbofuran" not in one


def test_rows_of_a_workbook_are_called_by_their_sheet(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    content = as_workbook(long_table(ann, number))
    run = imported(ann, number, content, sheet="结果", delimiter="")

    page, first = text_of(ann.get(run)), ann.get(f"{run}/rows")
    rows = ann.get(f"{run}/rows?sheet=结果&row=4&column=D")
    other = text_of(ann.get(f"{run}/rows?sheet=说明"))
    measured = text_of(ann.get(f"{run}/measured"))

    assert "结果!1" in page
    assert "说明!1" in page
    assert '<option value="结果" selected>' in first.text
    assert "结果!D4" in text_of(rows)
    assert "AAS-3" in other
    assert "结果!D" in measured
    taken = ann.get(f"{run}/file")
    assert taken.content == content
    assert taken.headers["content-disposition"].endswith('.xlsx"')


def test_a_changed_file_is_a_new_version_with_a_reason(
    browse: Browse, cast: Cast, prepared: Prepared, clock: FixedClock
) -> None:
    ann = browse(cast.ann)
    number, first = imported_batch(ann, prepared)
    clock.instant += timedelta(minutes=1)  # versions stand in the order of their import
    address = handed_in(ann, number, export_for(prepared).replace(b"P1-A6", b"P1-B6"))

    unexplained = ann.post(address, {"act": "import"})
    done = ann.post(address, {"act": "import", "repeat_reason": "重新积分"})
    older, newer = text_of(ann.get(first)), text_of(ann.follow(done))

    assert unexplained.status_code == 422
    assert "本工作单第 1 版，共 2 版" in older
    assert "本工作单后来又导入了文件" in older
    assert "本工作单第 2 版，共 2 版" in newer
    assert "重新积分" in newer


def test_the_page_is_for_those_who_import(browse: Browse, cast: Cast, prepared: Prepared) -> None:
    ann = browse(cast.ann)
    number = made_worksheet(ann)
    address = handed_in(ann, number, long_table(ann, number))

    assert browse(cast.vic).get(f"{address}/columns").status_code == 403
    assert browse(cast.eve).get(f"{address}/columns").status_code == 404
    assert ann.get(f"/worksheets/{number}/import/{'0' * 64}/columns").status_code == 303
    part = ann.client.post(
        f"{address}/columns", data={**mapping(act="look"), "csrf_token": "wrong"}, headers={"HX-Request": "true"}
    )
    assert part.status_code == 403
