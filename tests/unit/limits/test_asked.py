"""How cells are read: every way in which people write a value, and what is refused instead of guessed."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.errors import BadInput
from lims.library.facts import Basis, Form
from lims.limits.asked import Grounds, read_amount, read_day, read_form, read_grounds
from lims.samples.rules import BasisKind
from lims.science.amounts import BelowLoq, NotDetected, Quantified, is_stated
from lims.science.units import UnitCode

MG, UG = UnitCode.MG_PER_KG, UnitCode.UG_PER_KG


@pytest.mark.parametrize(
    ("value", "unit", "read"),
    [
        ("0.010", "mg/kg", Quantified(Decimal("0.010"), MG)),
        ("０．０５", "mg/kg", Quantified(Decimal("0.05"), MG)),
        ("1e-3", "mg/kg", Quantified(Decimal("0.001"), MG)),
        ("3.36×10^3", "μg/kg", Quantified(Decimal("3360"), UG)),
        ("3.36x10^-2", "mg/kg", Quantified(Decimal("0.0336"), MG)),
        ("2.93×10³μg/kg", "", Quantified(Decimal("2930"), UG)),
        ("1.89×1000μg/kg", "", Quantified(Decimal("1890"), UG)),
        ("0.05mg/kg", "mg/kg", Quantified(Decimal("0.05"), MG)),
        ("<0.01", "mg/kg", BelowLoq(Decimal("0.01"), MG)),
        ("＜0.01", "mg/kg", BelowLoq(Decimal("0.01"), MG)),
    ],
)
def test_a_value_is_read(value: str, unit: str, read: object) -> None:
    assert read_amount(value, unit) == read


def test_words_are_read_with_their_bounds() -> None:
    assert read_amount("ND", "mg/kg", loq="0.01", lod="0.003") == NotDetected(Decimal("0.003"), MG, Decimal("0.01"))
    assert read_amount("未检出", "mg/kg", lod="0.003") == NotDetected(Decimal("0.003"), MG)
    assert read_amount("检出", "mg/kg", loq="0.01") == BelowLoq(Decimal("0.01"), MG, detected=True)
    assert read_amount("<LOQ", "mg/kg", loq="0.01") == BelowLoq(Decimal("0.01"), MG)
    assert not is_stated(read_amount("N.D.", "mg/kg"))
    assert read_amount("0.1", "mg/kg", uncertainty="0.02") == Quantified(Decimal("0.1"), MG, Decimal("0.02"))


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("", "mg/kg"), "value.missing"),
        (("abc", "mg/kg"), "value.not_a_number"),
        (("1,5", "mg/kg"), "value.not_a_number"),
        (("NaN", "mg/kg"), "value.not_a_number"),
        (("Infinity", "mg/kg"), "value.not_a_number"),
        (("1e999", "mg/kg"), "value.not_a_number"),
        (("-0.1", "mg/kg"), "value.negative"),
        (("-0", "mg/kg"), "value.negative"),
        (("2.93×103", "μg/kg"), "value.flat_power"),  # 10³ printed flat is not 302
        (("2.93×103μg/kg", ""), "value.flat_power"),
        (("1000001", "mg/kg"), "value.impossible"),  # more than the whole food
        (("<1001", "g/kg"), "value.impossible"),
        (("0.05mg/kg", "μg/kg"), "value.contradicts_unit"),
        (("<0.01", "mg/kg", "0.05"), "value.contradicts_loq"),
        (("<0", "mg/kg"), "value.contradicts_loq"),
        (("ND", "mg/kg", "0.01", "0.05"), "value.contradicts"),
        (("ND", "mg/kg", "abc"), "value.bound"),
        (("0.1", ""), "unit.missing"),
        (("0.1", "ppm"), "unit.unknown"),
        (("0.1", "Mg/kg"), "unit.unknown"),
    ],
)
def test_what_cannot_be_read_is_refused(cells: tuple[str, ...], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_amount(*cells)

    assert [why.code for why in refused.value.reasons] == [code]


@given(st.text(max_size=20), st.sampled_from(["mg/kg", "", "μg/kg"]))
def test_any_text_is_read_or_refused(text: str, unit: str) -> None:
    with suppress(BadInput):
        assert read_amount(text, unit).unit.kind is not None


@given(st.decimals("0", "1000", places=6))
def test_a_number_keeps_its_digits(value: Decimal) -> None:
    assert read_amount(format(value, "f"), "mg/kg") == Quantified(abs(value), MG)


@pytest.mark.parametrize("text", ["2026-03-01", "2026/3/1", "20260301", "2026年3月1日", "2026-03-01 00:00:00"])
def test_a_day_is_read(text: str) -> None:
    assert read_day(text) == date(2026, 3, 1)


@pytest.mark.parametrize("text", ["", "1.3.2026", "2026-13-01", "yesterday"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_day(text)


FAMILIES = {"GB 2763": "CN", "KR MFDS": "KR", "NY/T 391": "declared"}
MARKETS = frozenset({"CN", "KR"})


@pytest.mark.parametrize(
    ("text", "grounds"),
    [
        ("", Grounds()),
        ("国标", Grounds(market="CN")),
        ("Korea", Grounds(market="KR")),
        ("KR MFDS", Grounds(market="KR")),
        ("采收; 以脂肪计", Grounds(kind=BasisKind.HARVEST, content=Basis.FAT)),
        ("CN;NY/T 391", Grounds(declared=("NY/T 391",))),
    ],
)
def test_grounds_are_read(text: str, grounds: Grounds) -> None:
    assert read_grounds(text, FAMILIES, MARKETS) == grounds


def test_unknown_grounds_and_forms_are_refused() -> None:
    with pytest.raises(BadInput):
        read_grounds("Mars", FAMILIES, MARKETS)
    with pytest.raises(BadInput):
        read_form("frozen solid")
    assert read_form("干") is Form.DRIED
