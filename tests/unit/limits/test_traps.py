"""The ways in which a limit is commonly misread, each with rows of GB 2763-2026."""

from datetime import date

import pytest

from lims.core.language import Language
from lims.limits.rules import judge_lines, parameters_of
from lims.limits.verdicts import Overall, Verdict
from lims.limits.wording import sentence
from lims.science.units import UnitCode
from tests.unit.limits.asking import BOZHOU, LIBRARY, below, found, judged, limit_of, nothing

CONFORMS, EXCEEDS, PROHIBITED = Verdict.CONFORMS, Verdict.EXCEEDS, Verdict.PROHIBITED_DETECTED
NO_LIMIT, NOT_JUDGED = Verdict.NO_LIMIT, Verdict.NOT_JUDGED


@pytest.mark.parametrize(
    ("food", "parameter", "limit"),
    [
        ("豇豆", "emamectin-benzoate", "0.2"),  # its own row, before 豆类蔬菜(豇豆、菜豆、菜用大豆除外) 0.015
        ("菜豆", "emamectin-benzoate", "0.02"),
        ("扁豆", "emamectin-benzoate", "0.015"),  # not excepted
        ("芹菜", "chlorpyrifos", "0.05"),  # before 叶菜类蔬菜(芹菜除外) 0.02
        ("菠菜", "chlorpyrifos", "0.02"),
        ("食荚豌豆", "chlorpyrifos", "0.01"),
        ("韭菜", "carbendazim", "5"),
        ("韭葱", "carbendazim", None),  # 韭葱 is not 韭菜
        ("辣椒", "imidacloprid", "1"),  # fresh
        ("干辣椒", "imidacloprid", "10"),  # dried is another food
        ("甜椒", "imidacloprid", "0.2"),
        ("枸杞(鲜)", "cyhalothrin", "0.5"),
        ("枸杞(干)", "cyhalothrin", "0.1"),
        ("小白菜", "abamectin", "0.05"),
        ("小油菜", "abamectin", "0.1"),
        ("茶叶", "glyphosate", "1"),
    ],
)
def test_the_most_specific_row_decides(food: str, parameter: str, limit: str | None) -> None:
    line = judged(food, parameter, found("0.001"))

    assert limit_of(line) == limit
    assert line.limit_verdict is (NO_LIMIT if limit is None else CONFORMS)


def test_an_exception_is_passed_and_told() -> None:
    line = judged("番茄", "pyraclostrobin", found("0.6"))

    assert (line.verdict, limit_of(line)) == (CONFORMS, "1")  # the group's 0.5 excepts tomatoes

    line = judged("西兰花", "pyraclostrobin", found("0.01"))
    assert line.found is not None
    assert limit_of(line) == "0.1"  # of 头状花序芸薹属类蔬菜(花椰菜除外)
    assert line.food is not None
    assert line.food.alias == "西兰花"
    assert "按“西兰花”归类" in sentence(line, LIBRARY, Language.CHINESE)


def test_an_excepted_food_without_a_row_of_its_own_has_no_limit() -> None:
    passing = {
        (row.substance, excepted)
        for row in LIBRARY.facts.limits
        for excepted in row.exclude
        if LIBRARY.coverage("GB 2763-2026", row.substance) == "complete"
    }
    own = {(row.substance, row.food) for row in LIBRARY.facts.limits}
    lines = [judged(food, substance, nothing("0.0001")) for substance, food in sorted(passing - own)]

    told = [line for line in lines if line.limit_verdict is NO_LIMIT]
    assert told, "the standard has such foods"
    for line in told:
        assert line.found is not None
        assert line.found.row is None
        assert line.found.passed
        assert "除外" in sentence(line, LIBRARY, Language.CHINESE)


@pytest.mark.parametrize(
    ("amount", "verdict"),
    [
        (found("0.05"), CONFORMS),  # equal is not above
        (found("0.050"), CONFORMS),
        (found("0.0500001"), EXCEEDS),
        (found("50", UnitCode.UG_PER_KG), CONFORMS),
        (found("50.1", UnitCode.UG_PER_KG), EXCEEDS),
        (nothing("0.01"), CONFORMS),
        (below("0.05"), CONFORMS),
        (below("0.051"), NOT_JUDGED),  # the method cannot see the limit
        (nothing("0.1"), NOT_JUDGED),
    ],
)
def test_chlorpyrifos_in_celery_at_0_05(amount: object, verdict: Verdict) -> None:
    line = judged("芹菜", "chlorpyrifos", amount)  # type: ignore[arg-type]  # a table of amounts

    assert line.verdict is verdict
    assert [r.code for r in line.reasons] == ([] if verdict is not NOT_JUDGED else ["conformity.loq_above_limit"])


def test_the_full_value_is_compared_not_the_rounded_one() -> None:
    line = judged("大蒜", "pyraclostrobin", found("0.153"))

    assert line.verdict is EXCEEDS  # though it rounds to 0.15
    assert line.assessment is not None
    assert line.assessment.compared == "0.153 > 0.15"


@pytest.mark.parametrize("day", [date(2021, 9, 3), date(2026, 2, 28)])
def test_before_the_edition_counts_nothing_is_judged_by_it(day: date) -> None:
    line = judged("芹菜", "chlorpyrifos", found("0.04"), on=day)

    assert line.verdict is NOT_JUDGED
    assert [r.code for r in line.reasons] == ["limit.edition_not_loaded"]


def test_a_substance_that_was_not_loaded_is_not_without_a_limit() -> None:
    line = judged("芹菜", "isocarbophos", nothing("0.01"))

    assert line.verdict is NOT_JUDGED
    assert [r.code for r in line.reasons] == ["limit.substance_not_loaded"]


@pytest.mark.parametrize(
    ("food", "parameter", "code"),
    [
        ("青椒", "imidacloprid", "food.ambiguous"),
        ("豆角", "imidacloprid", "food.ambiguous"),
        ("黑豆腐", "imidacloprid", "food.unknown"),
        ("普通白菜", "abamectin", "food.not_specific"),  # 小白菜, 小油菜 and 青菜 differ
        ("蔬菜", "abamectin", "food.not_specific"),
        ("姜", "azoxystrobin", "limit.unreadable"),
        ("萝卜", "azoxystrobin", "limit.unreadable"),
        ("粟", "thiophanate-methyl", "limit.unreadable"),
        ("苹果", "endosulfan", "residue.definition_unknown"),
        ("玉米", "glyphosate", "residue.definition_unknown"),  # with N-acetyl-glyphosate there, and only there
        ("猪肉", "imidacloprid", "residue.definition_unknown"),  # metabolites count in animals
    ],
)
def test_what_cannot_be_judged_says_why(food: str, parameter: str, code: str) -> None:
    line = judged(food, parameter, nothing("0.001"))

    assert line.verdict is NOT_JUDGED
    assert code in [r.code for r in line.reasons]


def test_a_limit_on_fat_is_not_held_against_the_food_as_received() -> None:
    on_fat = [row for row in LIBRARY.facts.limits if row.basis == "fat" and not row.condition and row.value]
    row = next(r for r in on_fat if LIBRARY.definition(r.standard, r.substance, r.food))

    line = judged(row.food, row.substance, nothing("0.001"))

    assert line.verdict is NOT_JUDGED
    assert {r.code for r in line.reasons} & {"limit.basis_differs", "food.not_specific"}


class TestSums:
    """Residue definitions: what is added, and as what."""

    def test_carbofuran_counts_its_metabolite_as_carbofuran(self) -> None:
        measured = {"carbofuran": found("0.010"), "3-hydroxycarbofuran": found("0.012")}
        line = judged("糙米", "carbofuran", measured, on=date(2026, 4, 1))

        assert line.total is not None
        assert str(line.total.lower) == "0.0211912"  # 0.010 + 0.012 × 0.9326
        assert line.limit_verdict is CONFORMS  # 0.1 in rice

    def test_a_missing_component_leaves_the_line_open(self) -> None:
        line = judged("芹菜", "carbofuran", nothing("0.005"))

        assert line.verdict is NOT_JUDGED
        assert [r.code for r in line.reasons] == ["residue.needs_components"]
        assert judge_lines([line]).overall is Overall.PENDING

    def test_one_carbendazim_enters_three_verdicts(self) -> None:
        measured = {"carbendazim": found("0.40"), "thiophanate-methyl": found("0.30"), "benomyl": nothing("0.01")}

        asked = parameters_of(LIBRARY, measured)
        lines = {name: judged("芦笋", name, measured) for name in asked}

        assert asked == ("benomyl", "carbendazim", "thiophanate-methyl")
        assert {name: str(line.total.lower) for name, line in lines.items() if line.total} == {
            "carbendazim": "0.40",
            "benomyl": "0.400000",  # the non-detect counts 0
            "thiophanate-methyl": "0.567520",  # 0.40 + 0.30 × 191.19/342.39
        }
        assert {name: line.verdict for name, line in lines.items()} == {
            "carbendazim": CONFORMS,
            "benomyl": CONFORMS,
            "thiophanate-methyl": EXCEEDS,  # 0.5 in asparagus
        }

    def test_non_detects_count_nothing_but_are_held_against_the_limit(self) -> None:
        sound = judged("芦笋", "benomyl", {"carbendazim": nothing("0.01"), "benomyl": nothing("0.01")})
        blunt = judged("芦笋", "benomyl", {"carbendazim": found("0.4"), "benomyl": below("0.2")})

        assert (sound.verdict, sound.reservations) == (CONFORMS, ())
        assert blunt.verdict is CONFORMS  # 0.4 decides; 0.4 + 0.2 × 0.6585 would be above 0.5
        assert [r.code for r in blunt.reservations] == ["conformity.loq_unfit_for_sum"]

    def test_look_alikes_are_not_added(self) -> None:
        line = judged("芹菜", "dimethoate", {"dimethoate": nothing("0.001"), "omethoate": found("9")})

        assert line.total is not None
        assert not line.total.is_detected

    def test_a_metabolite_alone_asks_for_its_parent(self) -> None:
        assert parameters_of(LIBRARY, {"3-hydroxycarbofuran": found("0.1")}) == ("carbofuran",)


class TestProhibitions:
    """A ban knows no threshold; a local rule of use changes no verdict."""

    def test_a_banned_substance_fails_below_its_limit(self) -> None:
        line = judged("豇豆", "carbofuran", {"carbofuran": found("0.010"), "3-hydroxycarbofuran": nothing("0.001")})

        assert (line.verdict, line.limit_verdict, line.banned_detected) == (PROHIBITED, CONFORMS, True)
        assert judge_lines([line]).overall is Overall.FAILS

    def test_a_metabolite_shows_the_banned_parent(self) -> None:
        line = judged("豇豆", "carbofuran", {"carbofuran": nothing("0.001"), "3-hydroxycarbofuran": found("0.002")})

        assert line.banned_detected

    def test_found_below_loq_is_found(self) -> None:
        line = judged("豇豆", "chlorpyrifos", below("0.01", detected=True))

        assert (line.verdict, line.limit_verdict) == (PROHIBITED, CONFORMS)
        assert judged("豇豆", "chlorpyrifos", below("0.01")).verdict is CONFORMS

    def test_an_unconfirmed_trace_of_a_banned_substance_waits(self) -> None:
        line = judged("豇豆", "chlorpyrifos", found("0.01"), unconfirmed=frozenset({"chlorpyrifos"}))

        assert (line.verdict, line.banned_detected) == (NOT_JUDGED, False)
        assert judge_lines([line]).overall is Overall.PENDING

    @pytest.mark.parametrize(
        ("food", "day", "verdict"),
        [
            ("小麦", date(2026, 5, 31), CONFORMS),  # omethoate may still be used on wheat
            ("小麦", date(2026, 6, 1), PROHIBITED),  # and from this day on no crop
            ("结球甘蓝", date(2026, 5, 31), PROHIBITED),  # on cabbage not since 2002
            ("猪肉", date(2026, 6, 1), NO_LIMIT),  # it is a ban on crops
        ],
    )
    def test_a_ban_counts_from_its_day_and_for_its_crops(self, food: str, day: date, verdict: Verdict) -> None:
        line = judged(food, "omethoate", found("0.001"), on=day)

        assert line.verdict is verdict

    def test_carbendazim_does_not_prove_that_something_else_was_used(self) -> None:
        line = judged(
            "芦笋", "thiophanate-methyl", {"carbendazim": found("0.1"), "thiophanate-methyl": nothing("0.01")}
        )

        assert line.verdict is CONFORMS
        assert not line.banned_detected

    def test_what_the_environment_still_holds_is_judged_by_the_limit_made_for_it(self) -> None:
        codes = ("p-p-ddt", "o-p-ddt", "p-p-dde", "p-p-ddd")
        low = judged("菠菜", "ddt", {code: found("0.01") for code in codes})
        high = judged("菠菜", "ddt", {code: found("0.02") for code in codes})

        assert (low.verdict, low.banned_detected, limit_of(low)) == (CONFORMS, False, "0.05")
        assert low.bans
        assert "以限量为准" in sentence(low, LIBRARY, Language.CHINESE)
        assert high.verdict is EXCEEDS

    def test_glyphosate_in_guizhou_tea_conforms_and_breaks_the_local_rule(self) -> None:
        line = judged("茶叶", "glyphosate", found("0.5"), region=BOZHOU)

        assert (line.verdict, line.banned_detected, line.local_use_violation) == (CONFORMS, False, True)
        assert judge_lines([line]).overall is Overall.CONFORMS
        assert "贵州省茶产业发展条例" in sentence(line, LIBRARY, Language.CHINESE)

    @pytest.mark.parametrize(("region", "day"), [("430100", date(2026, 5, 10)), ("", date(2026, 5, 10))])
    def test_the_local_rule_binds_only_its_province(self, region: str, day: date) -> None:
        assert not judged("茶叶", "glyphosate", found("0.5"), region=region, on=day).local_use_violation

    def test_a_drug_that_must_not_be_found_needs_no_limit(self) -> None:
        assert judged("鸡蛋", "chloramphenicol", nothing("0.0001")).verdict is CONFORMS
        line = judged("鸡蛋", "chloramphenicol", found("0.0002"))
        assert (line.verdict, line.limit_verdict) == (PROHIBITED, NO_LIMIT)


class TestSample:
    """The word of a sample."""

    good = judged("芹菜", "chlorpyrifos", nothing("0.01"))
    bad = judged("芹菜", "chlorpyrifos", found("0.06"))
    without = judged("韭葱", "carbendazim", found("3"))
    open_ = judged("芹菜", "carbofuran", nothing("0.005"))
    unjudged = judged("芹菜", "isocarbophos", nothing("0.01"))

    @pytest.mark.parametrize(
        ("lines", "overall"),
        [
            ((good,), Overall.CONFORMS),
            ((good, without), Overall.CONFORMS),  # of the judged items; the other is named
            ((without,), Overall.NOT_JUDGED),  # no limit is not a pass
            ((good, unjudged), Overall.NOT_JUDGED),
            ((good, open_), Overall.PENDING),
            ((good, open_, unjudged), Overall.PENDING),
            ((good, bad), Overall.FAILS),
            ((bad, open_, unjudged, without), Overall.FAILS),  # one failing item fails the sample
            ((), Overall.NOT_JUDGED),
        ],
    )
    def test_overall(self, lines: tuple[object, ...], overall: Overall) -> None:
        assert judge_lines(lines).overall is overall  # type: ignore[arg-type]  # a table of lines

    def test_items_without_a_limit_are_named(self) -> None:
        assert judge_lines([self.good, self.without]).without_limit == ("carbendazim",)


def test_the_sentences_name_everything_that_led_to_the_verdict() -> None:
    line = judged("豇豆", "carbofuran", {"carbofuran": found("0.010"), "3-hydroxycarbofuran": found("0.005")})

    chinese, english = (sentence(line, LIBRARY, language) for language in (Language.CHINESE, Language.ENGLISH))

    for part in ("GB 2763-2026", "2026-03-01", "采收日期 2026-05-10", "4.263", "豇豆 ← 荚可食类豆类蔬菜 ← 豆类蔬菜",
                 "0.02 mg/kg", "克百威及3-羟基克百威之和", "3-羟基克百威 0.005 × 0.9326", "0.014663 ≤ 0.02",
                 "全数值比较法", "农业部公告第199号", "检出禁用物质"):  # fmt: skip
        assert part in chinese
    for part in ("GB 2763-2026", "day of harvest 2026-05-10", "clause 4.263", "full value, simple acceptance",
                 "a prohibited substance was detected"):  # fmt: skip
        assert part in english
