"""A table of limits becomes an edition: every row is read, or every fault is named with its row."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import Workbook

from lims.core.errors import BadInput
from lims.library.composing import composed
from lims.library.edition_order import EditionOrder
from lims.library.edition_table import read_edition_table
from lims.library.editions import Edition, make_edition
from lims.library.facts import Basis, DefinitionState, LibraryFacts, LimitKind, LimitRow, ResidueDefinition
from lims.library.files import LibraryFiles, parse_library
from lims.library.rules import Library

HOME = EditionOrder(standard="GB 2763-2031", effective_on=date(2031, 3, 1))
ABROAD = EditionOrder(standard="XX 1-2031", market="XX", family="XX 1", effective_on=date(2031, 3, 1))
HEADS = (
    "农药",
    "英文名",
    "CAS号",
    "substance_local",
    "食品类别",
    "食品名称",
    "food_name_local",
    "限量",
    "残留物",
    "来源",
)


def table(*rows: dict[str, str]) -> bytes:
    """A table of rows that say only what matters."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADS, restval="")
    writer.writeheader()
    writer.writerows({"农药": "克百威", "食品名称": "豇豆", "限量": "0.02", **row} for row in rows)
    return out.getvalue().encode()


def made(library: Library, content: bytes | str, order: EditionOrder = HOME) -> Edition:
    content = content.encode() if isinstance(content, str) else content
    return make_edition(read_edition_table(content), order, library)


def facts(released: LibraryFiles, edition: Edition) -> LibraryFacts:
    """The library with the edition laid over it, read back from its files."""
    return parse_library(composed(released, edition.files))


def definitions(released: LibraryFiles, edition: Edition) -> list[ResidueDefinition]:
    return [d for d in facts(released, edition).definitions if d.standard == edition.standard.code]


def faults(library: Library, content: bytes, order: EditionOrder = HOME) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(BadInput) as refused:
        made(library, content, order)
    return [(why.code, why.where.row, why.where.column) for why in refused.value.reasons]


# ── the table ────────────────────────────────────────────────────────────────────────────────────────

PLAIN = "农药,食品类别/名称,最大残留限量(μg/kg)\n克百威,豇豆,20\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("gb18030"),
        PLAIN.encode("utf-16"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        f"食品安全国家标准,,\n{PLAIN}".encode(),  # the title of the sheet above the headings
        "pesticide,food,limit,unit\nCarbofuran,豇豆,20,ug/kg\n".encode(),
        "substance_cn,food_name_cn,limit_value,unit\n呋喃丹,豇豆,20,μg/kg\n".encode(),
    ],
)
def test_a_table_is_read_in_every_usual_form(library: Library, content: bytes) -> None:
    (row,) = made(library, content).limits

    assert (row.substance, row.value, row.unit.value) == ("carbofuran", Decimal(20), "μg/kg")
    assert row.food.endswith("/豇豆")


def test_a_workbook_is_read(library: Library) -> None:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for line in (("农药", "食品", "限量"), ("克百威", "豇豆", 0.1), ("克百威", "豆类蔬菜(豇豆除外)", "0.05*")):
        sheet.append(line)
    book.save(out)

    first, second = made(library, out.getvalue()).limits

    assert (str(first.value), first.kind) == ("0.1", LimitKind.MRL)
    assert (str(second.value), second.kind) == ("0.05", LimitKind.TEMPORARY_MRL)
    assert [food.rpartition("/")[2] for food in second.exclude] == ["豇豆"]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ({"食品名称": "豇逗"}, "library.food_not_known", "食品名称"),
        ({"食品名称": ""}, "library.cell_empty", "食品名称"),
        ({"农药": ""}, "library.cell_empty", "农药"),
        ({"限量": "0,02"}, "library.limit_text", "限量"),
        ({"限量": "=1+1"}, "table.formula", "限量"),
        ({"限量": "0.5"}, "library.limits_contradict_rows", "限量"),
    ],
)
def test_a_fault_is_told_with_its_row_and_column(library: Library, row: dict[str, str], code: str, column: str) -> None:
    assert faults(library, table({}, row)) == [(code, 3, column)]


def test_of_very_many_faults_the_first_hundreds_are_shown_with_their_number(library: Library) -> None:
    found = faults(library, table(*({"食品名称": f"no food {n}"} for n in range(1000))))

    assert found[0] == ("library.faults_many", None, None)
    assert len(found) == 301


def test_rows_that_nobody_has_verified_and_rows_of_other_standards_are_left_out(library: Library) -> None:
    content = (
        "standard,substance,food,limit,verified\nGB 2763-2031,克百威,豇豆,1,read\n"
        "GB 2763-2031,克百威,茄子,1,recalled\nGB 31650-2019,克百威,no food of this tree,1,read\n"
    )

    edition = made(library, content)

    assert (len(edition.limits), edition.left_out, edition.others) == (1, 1, 1)


# ── substances ───────────────────────────────────────────────────────────────────────────────────────


def test_a_substance_is_known_by_its_number_or_by_a_whole_name_and_else_new(
    library: Library, released: LibraryFiles
) -> None:
    edition = made(
        library,
        table(
            {"农药": "", "英文名": "CARBOFURAN"},
            {"农药": "呋喃丹", "食品名称": "茄子"},
            {"农药": "无名", "CAS号": "1563-66-2", "食品名称": "辣椒"},
            {"农药": "克百", "英文名": "Newcomer A", "食品名称": "辣椒"},
        ),
    )

    assert [row.substance for row in edition.limits] == ["carbofuran"] * 3 + ["newcomer-a"]
    new = Library(facts(released, edition)).substance("克百")
    assert (new.code, new.name_zh, new.name_en) == ("newcomer-a", "克百", "Newcomer A")


def test_two_known_substances_in_one_row_are_a_fault(library: Library) -> None:
    assert faults(library, table({"英文名": "Omethoate"})) == [("library.substance_unclear", 2, "农药")]


def test_the_law_s_own_names_tell_substances_apart(library: Library) -> None:
    """One row of Korea's list has the English name and the number of another substance."""
    local = {"농": ("Alpha", "1-1-1"), "약": ("Beta", "2-2-2")}
    rows = [
        {"农药": "", "substance_local": name, "英文名": english, "CAS号": cas, "食品名称": "", "food_name_local": food}
        for name, (english, cas) in local.items()
        for food in ("가지", "감자", "갓")
    ]
    rows[2] |= {"英文名": "Beta", "CAS号": "2-2-2"}

    edition = made(library, table(*rows), ABROAD)

    assert [row.substance for row in edition.limits] == ["alpha"] * 3 + ["beta"] * 3


# ── residues ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("敌敌畏", "", ["dichlorvos"]),
        ("敌敌畏", "敌敌畏", ["dichlorvos"]),
        ("联苯菊酯", "联苯菊酯（异构体之和）", ["bifenthrin"]),
        ("全新灵", "全新灵", ["全新灵"]),
        ("克百威", "克百威及3-羟基克百威之和，以克百威表示", ["carbofuran", "3-hydroxycarbofuran"]),
        ("克百威", "", ["carbofuran", "3-hydroxycarbofuran"]),  # as the editions before define it
        ("克百威", "克百威及其他代谢物之和", None),
        ("敌敌畏", "敌百虫酸", None),  # nobody knows what that is: never itself
        ("全新灵", "全新灵酸", None),
    ],
)
def test_a_residue_is_calculated_with_only_where_its_words_are_certain(
    library: Library, released: LibraryFiles, name: str, text: str, parts: list[str] | None
) -> None:
    (found,) = definitions(released, made(library, table({"农药": name, "残留物": text})))

    known = DefinitionState.COMPONENTS_KNOWN if parts else DefinitionState.COMPONENTS_UNKNOWN
    assert found.state is known
    assert [part.substance for part in found.components] == (parts or [])


def test_a_residue_that_differs_between_plants_and_animals_keeps_both(library: Library, released: LibraryFiles) -> None:
    text = "植物源性食品为吡虫啉；动物源性食品为吡虫啉及其含6-氯-吡啶基的代谢物之和，以吡虫啉表示"
    edition = made(library, table({"农药": "吡虫啉", "残留物": text}))
    with_it = Library(facts(released, edition))

    plant = with_it.definition("GB 2763-2031", "imidacloprid", "水果")
    animal = with_it.definition("GB 2763-2031", "imidacloprid", "动物源食品")

    assert plant is not None
    assert [part.substance for part in plant.components] == ["imidacloprid"]
    assert animal is not None
    assert animal.state is DefinitionState.COMPONENTS_UNKNOWN


def test_a_residue_that_differs_between_rows_holds_for_the_foods_of_its_rows(
    library: Library, released: LibraryFiles
) -> None:
    edition = made(
        library,
        table(
            {"农药": "全新灵", "食品名称": "豆类蔬菜", "残留物": "全新灵"},
            {"农药": "全新灵", "食品名称": "豇豆", "残留物": "全新灵和全新酸之和"},
        ),
    )
    with_it = Library(facts(released, edition))
    cowpea = next(row.food for row in edition.limits if row.food.endswith("豇豆"))

    in_group = with_it.definition("GB 2763-2031", "全新灵", "蔬菜/豆类蔬菜/荚可食类豆类蔬菜/菜豆")
    in_cowpea = with_it.definition("GB 2763-2031", "全新灵", cowpea)

    assert in_group is not None
    assert in_group.state is DefinitionState.COMPONENTS_KNOWN
    assert in_cowpea is not None
    assert in_cowpea.state is DefinitionState.COMPONENTS_UNKNOWN


# ── foods ────────────────────────────────────────────────────────────────────────────────────────────


def abroad(library: Library, *rows: dict[str, str], order: EditionOrder = ABROAD) -> list[LimitRow]:
    return list(made(library, table(*({"食品名称": "", **row} for row in rows)), order).limits)


def test_an_exception_puts_the_food_into_its_group(library: Library) -> None:
    rows = abroad(
        library,
        {"食品名称": "谷物", "food_name_local": "곡류"},
        {"食品名称": "大米", "food_name_local": "쌀"},
        {"农药": "敌敌畏", "food_name_local": "곡류(쌀 제외)"},
    )

    assert [(row.food, row.exclude) for row in rows] == [("谷物", ()), ("谷物/大米", ()), ("谷物", ("谷物/大米",))]


def test_categories_make_the_tree(library: Library, released: LibraryFiles) -> None:
    edition = made(
        library,
        table(
            {"食品类别": "谷物", "食品名称": "谷物"},
            {"农药": "敌敌畏", "食品类别": "谷物/麦类", "食品名称": "小麦"},
            {"食品类别": "谷物/麦类/大麦", "食品名称": "大麦"},
        ),
        ABROAD,
    )
    tree = Library(facts(released, edition)).tree("XX 1")

    assert [row.food for row in edition.limits] == ["谷物", "谷物/麦类/小麦", "谷物/麦类/大麦"]
    assert tree.keys_around("谷物/麦类/小麦") == ("谷物/麦类/小麦", "谷物/麦类", "谷物")


def test_a_basis_behind_the_row_counts(library: Library) -> None:
    rows = abroad(library, {"食品名称": "牛肉", "来源": "MFDS；条件码 f：以肉中脂肪计"}, {"食品名称": "茄子"})

    assert [row.basis for row in rows] == [Basis.FAT, Basis.AS_RECEIVED]


def test_no_limit_for_whatever_is_not_listed_where_groups_are_hollow(library: Library) -> None:
    """In a flat tree no food is found in 谷类: the default would overrule the limit of the group."""
    order = EditionOrder("XX 1-2031", "", "XX", "XX 1", effective_on=date(2031, 3, 1), is_complete=True,
                         default_value=Decimal("0.01"))  # fmt: skip

    assert faults(library, table({"食品名称": "谷类"}), order) == [("library.groups_hollow", None, None)]
    assert len(made(library, table({"食品类别": "谷类", "食品名称": "小麦"}, {"食品名称": "谷类"}), order).limits) == 2


def test_foods_are_added_to_a_known_tree_only_when_asked_and_only_into_its_groups(library: Library) -> None:
    content = table({"食品类别": "蔬菜/豆类蔬菜/荚可食类豆类蔬菜", "食品名称": "四棱豆子"})
    adding = EditionOrder(standard="GB 2763-2031", effective_on=date(2031, 3, 1), new_foods=True)

    assert faults(library, content) == [("library.food_not_known", 2, "食品名称")]
    edition = made(library, content, adding)
    assert edition.new_foods == 1
    assert edition.limits[0].food == "蔬菜/豆类蔬菜/荚可食类豆类蔬菜/四棱豆子"
    nowhere = table({"食品类别": "矿物", "食品名称": "四棱豆子"})
    assert faults(library, nowhere, adding) == [("library.food_not_known", 2, "食品名称")]
