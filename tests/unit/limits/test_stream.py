"""A batch of questions: every row is answered, whatever stands beside it, and quickly means letter for letter."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.limits.questions import COLUMNS, Question, answer
from lims.limits.stream import Stream
from tests.unit.limits.asking import LIBRARY

SUBSTANCES = [
    name
    for substance in LIBRARY.facts.substances
    for name in [substance.name_zh]
    if LIBRARY.find_substance(name) is not None
]
FOODS = sorted({food.name for food in LIBRARY.foods.all()})


def row(**cells: str) -> tuple[str, ...]:
    """A row about cowpeas of May 2026, but for what is said otherwise."""
    usual = {"sample": "S1", "food": "豇豆", "date": "2026-05-10", "analyte": "吡虫啉", "value": "0.2", "unit": "mg/kg"}
    return tuple({**usual, **cells}.get(column, "") for column in COLUMNS)


def asked(*rows: tuple[str, ...]) -> list[dict[str, Any]]:
    """The answers to the rows of one sample."""
    found = answer(LIBRARY, Question(rows[0][0], rows))
    return [*found.lines, found.sample]


@pytest.mark.parametrize(
    ("cells", "verdict", "reason"),
    [
        ({}, "conforms", None),
        ({"value": "2.1"}, "exceeds", None),
        ({"value": "ND", "loq": "0.01"}, "conforms", None),
        ({"value": "ND"}, "conforms", None),
        ({"value": "<5"}, "not_judged", "loq_above_limit"),
        ({"value": "检出"}, "not_judged", "not_quantified"),
        ({"analyte": "毒死蜱", "value": "检出"}, "prohibited_detected", "not_quantified"),
        ({"food": "青椒"}, "not_judged", "food_ambiguous"),
        ({"food": "黑豆腐"}, "not_judged", "food_unknown"),
        ({"food": ""}, "not_judged", "food_missing"),
        ({"analyte": "啶虫咪"}, "not_judged", "analyte_unknown"),
        ({"analyte": ""}, "not_judged", "analyte_missing"),
        ({"date": "2001-01-01"}, "not_judged", "edition_not_loaded"),
        ({"date": "soon"}, "not_judged", "date_unreadable"),
        ({"unit": "mg/L"}, "not_judged", "unit_kind_differs"),
        ({"value": "-1"}, "not_judged", "value_negative"),
        ({"value": "NaN"}, "not_judged", "value_not_a_number"),
        ({"value": "5000000"}, "not_judged", "value_impossible"),
        ({"analyte": "克百威"}, "prohibited_detected", "needs_components"),
        ({"basis": "Mars"}, "not_judged", "basis_unknown"),
    ],
)
def test_a_row_is_answered(cells: dict[str, str], verdict: str, reason: str | None) -> None:
    line, sample = asked(row(**cells))

    assert (line["verdict"], line["reason"]) == (verdict, reason)
    assert line["explanation_zh"]
    assert line["explanation_en"]
    assert (sample["overall"] == "conforms") is (verdict == "conforms")


def test_an_ambiguous_food_names_its_candidates() -> None:
    line, _ = asked(row(food="青椒"))

    assert "辣椒" in line["explanation_zh"]
    assert "甜椒" in line["explanation_zh"]


def test_an_unknown_name_asks_what_was_meant() -> None:
    food, _ = asked(row(food="茄字"))
    analyte, _ = asked(row(analyte="啶虫咪"))

    assert "茄子" in food["explanation_zh"]
    assert "啶虫脒" in analyte["explanation_zh"]


def test_one_bad_row_leaves_the_others_judged() -> None:
    good, bad, sample = asked(row(), row(analyte="毒死蜱", value="much"))

    assert (good["verdict"], bad["verdict"], bad["reason"]) == ("conforms", "not_judged", "value_not_a_number")
    assert sample["overall"] == "not_judged"


def test_a_failure_fails_the_sample_beside_a_bad_row() -> None:
    *_, sample = asked(row(value="9"), row(analyte="毒死蜱", value="much"))

    assert sample["overall"] == "fails"


def test_rows_that_contradict_each_other_are_not_chosen_from() -> None:
    *lines, sample = asked(row(), row(analyte="毒死蜱", value="ND", food="韭菜"))
    assert {line["reason"] for line in lines} == {"sample_contradicts"}
    assert sample["overall"] == "not_judged"

    *lines, _ = asked(row(analyte="氯氟氰菊酯"), row(analyte="三氟氯氰菊酯", value="9"))
    assert {line["reason"] for line in lines} == {"analyte_twice"}  # two names of one substance


def test_a_part_of_a_residue_is_answered_as_such() -> None:
    parent, part, _ = asked(
        row(analyte="克百威", value="ND", loq="0.005"), row(analyte="3-羟基克百威", value="ND", loq="0.005")
    )

    assert (parent["verdict"], part["verdict"], part["reason"]) == ("conforms", "no_limit", "part_of_residue")


def test_a_part_alone_asks_for_its_parent() -> None:
    part, parent, sample = asked(row(analyte="3-羟基克百威", value="0.5"))

    assert part["reason"] == "part_of_residue"
    assert (parent["analyte"], parent["reason"]) == ("克百威", "needs_components")
    assert sample["overall"] == "fails"  # the metabolite shows the banned parent


amounts = st.one_of(
    st.decimals("0", "20", places=4).map(lambda v: format(abs(v), "f")),
    st.sampled_from(["ND", "未检出", "检出", "<0.01", "<5", "0", "1e-3", "x", "", "-1", "3.36×10^2", "0.02", "0.020"]),
)
cells = st.fixed_dictionaries(
    {
        "analyte": st.sampled_from([*SUBSTANCES, "nothing", ""]),
        "value": amounts,
        "unit": st.sampled_from(["mg/kg", "μg/kg", "mg/L"]),
        "loq": st.sampled_from(["", "0.01", "0.5"]),
        "lod": st.sampled_from(["", "0.003"]),
        "uncertainty": st.sampled_from(["", "0.01"]),
    }
)
samples = st.fixed_dictionaries(
    {
        "food": st.sampled_from([*FOODS, "青椒", "nothing"]),
        "date": st.sampled_from(["2026-05-10", "2026-06-01", "2026-03-01", "2024-05-05", "2019-01-01", "soon"]),
        "basis": st.sampled_from(["", "采收", "CN"]),
        "origin": st.sampled_from(["", "520304", "430100"]),
    }
)
STREAM = Stream(LIBRARY)


@settings(max_examples=400, deadline=None)
@given(samples, st.lists(cells, min_size=1, max_size=6))
def test_quickly_is_the_same_as_ordinarily(sample: dict[str, str], rows: list[dict[str, str]]) -> None:
    question = Question("S1", [row(**sample, **one) for one in rows])

    assert STREAM.answer(question) == Stream(LIBRARY).ordinarily(question)


def parts_of(code: str) -> list[str]:
    """The analytes that may have a part in what is said of a substance, itself first."""
    parts = {part.substance for d in LIBRARY.facts.definitions if d.substance == code for part in d.components}
    for one in LIBRARY.facts.screenings:
        parts |= {one.parameter, one.screened_by} if code in {one.parameter, one.screened_by} else set()
    return [code, *sorted(parts - {code})][:5]


TOGETHER = [parts_of(one.code) for one in LIBRARY.facts.substances if one.kind != "residue_component"]
#: Sums, what nothing is added up for, and what is prohibited weigh more than what is taken as it is.
BANNED = {rule.substance for rule in LIBRARY.facts.prohibitions}
TOGETHER += 8 * [parts for parts in TOGETHER if len(parts) > 1 or parts[0] in BANNED]
plain_numbers = st.decimals("0", "3", places=4).map(lambda v: format(abs(v), "f"))


@st.composite
def batches(draw: st.DrawFn) -> list[Question]:
    """Samples of one food and panel that differ in their numbers and days: answers after the first come by form."""
    parts = draw(st.sampled_from(TOGETHER))
    measured = draw(st.lists(st.sampled_from(parts), min_size=1, max_size=len(parts), unique=True))
    kinds = [draw(st.sampled_from(["number", "number", "ND", "检出", "<0.01"])) for _ in measured]
    units = [draw(st.sampled_from(["mg/kg", "mg/kg", "μg/kg"])) for _ in measured]
    loq = draw(st.sampled_from(["", "0.01", "0.2"]))
    grounds = {
        "food": draw(st.sampled_from(FOODS)),
        "basis": draw(st.sampled_from(["", "EU", "KR", "采收"])),
        "origin": draw(st.sampled_from(["", "520304"])),
    }
    days = st.sampled_from(["2026-05-10", "2026-06-01", "2026-03-01", "2026-02-28", "2022-01-01"])
    found = []
    for number in range(draw(st.integers(2, 4))):
        at = {**grounds, "sample": f"S{number}", "date": draw(days)}
        rows = [
            row(**at, analyte=one, value=draw(plain_numbers) if kind == "number" else kind, unit=unit, loq=loq)
            for one, kind, unit in zip(measured, kinds, units, strict=True)
        ]
        found.append(Question(f"S{number}", rows))
    return found


@settings(max_examples=150, deadline=None)
@given(batches())
def test_numbers_put_into_forms_are_answered_as_ordinarily(questions: list[Question]) -> None:
    stream = Stream(LIBRARY)

    for question in questions:
        assert stream.answer(question) == Stream(LIBRARY).ordinarily(question)


@pytest.mark.parametrize(
    "panel",
    [
        {"毒死蜱": "{}"},  # prohibited
        {"克百威": "{}"},  # prohibited, and a component is missing
        {"克百威": "{}", "3-羟基克百威": "ND"},  # a sum of which one part has a number
        {"克百威": "ND", "3-羟基克百威": "{}"},
        {"克百威": "{}", "3-羟基克百威": "{}"},
        {"氟虫腈": "{}"},
        {"马拉硫磷": "{}"},  # several standards, one of which does not say what counts
    ],
)
def test_a_number_of_a_known_outcome_is_not_judged_anew(panel: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(LIBRARY)

    def question(number: str) -> Question:
        return Question(
            "S1", [row(analyte=name, value=said.format(number), loq="0.001") for name, said in panel.items()]
        )

    expected = stream.ordinarily(question("0.7312"))
    stream.answer(question("0.6123"))
    monkeypatch.setattr("lims.limits.stream.judge_parameter", None)

    assert stream.answer(question("0.7312")) == expected


@settings(max_examples=100, deadline=None)
@given(samples, st.lists(cells, min_size=2, max_size=6), st.randoms())
def test_the_order_of_rows_changes_no_answer(
    sample: dict[str, str], rows: list[dict[str, str]], chance: random.Random
) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)
    one = asked(*(row(**sample, **cell) for cell in rows))
    other = asked(*(row(**sample, **cell) for cell in mixed))

    def said(lines: list[dict[str, Any]]) -> list[str]:
        return sorted(json.dumps(line, sort_keys=True) for line in lines)

    assert said(one) == said(other)


@settings(max_examples=150, deadline=None)
@given(samples, st.sampled_from(SUBSTANCES), st.decimals("0.0001", "20", places=4))
def test_the_unit_changes_no_verdict(sample: dict[str, str], analyte: str, value: object) -> None:
    in_mg, *_ = asked(row(**sample, analyte=analyte, value=format(value, "f")))
    in_ug, *_ = asked(row(**sample, analyte=analyte, value=format(value * 1000, "f"), unit="μg/kg"))  # type: ignore[operator]  # a decimal

    assert (in_mg["verdict"], in_mg["reason"], in_mg["limit"]) == (in_ug["verdict"], in_ug["reason"], in_ug["limit"])
