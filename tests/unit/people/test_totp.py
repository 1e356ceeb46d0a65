"""One-time codes: as RFC 6238 says, one step early or late, and never twice."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.people.totp import (
    RECOVERY_CODES,
    STEP,
    code_at,
    is_code,
    new_recovery_codes,
    new_secret,
    normalised,
    provisioning_uri,
    step_at,
    step_of,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


# RFC 6238, appendix B: SHA-1, the last six of its eight digits.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    secret = b32encode(b"12345678901234567890").decode()
    now = datetime.fromtimestamp(seconds, UTC)

    assert code_at(secret, step_at(now)) == code
    assert step_of(secret, code, now, None) == seconds // 30


@pytest.mark.parametrize(("off", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_one_step_off(off: int, fits: bool) -> None:
    code = code_at(SECRET, step_at(NOW) + off)

    assert step_of(SECRET, code, NOW, None) == (step_at(NOW) + off if fits else None)


@given(st.integers(-1, 1), st.integers(-3, 3))
def test_a_step_is_spent_with_all_before_it(step: int, last: int) -> None:
    current = step_at(NOW)
    found = step_of(SECRET, code_at(SECRET, current + step), NOW, current + last)

    assert found == (current + step if step > last else None)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６", "000000 "])
def test_what_has_not_six_digits_is_no_code(code: str) -> None:
    assert not is_code(code)
    assert step_of(SECRET, code, NOW, None) is None


def test_the_app_is_told_whose_secret_it_is_and_where() -> None:
    uri = provisioning_uri(SECRET, "ann")

    assert uri.startswith("otpauth://totp/Qianjian%20LIMS:ann?")
    assert f"secret={SECRET}" in uri
    assert "issuer=Qianjian%20LIMS" in uri


def test_secrets_and_recovery_codes_are_never_the_same() -> None:
    codes = new_recovery_codes()

    assert len({new_secret() for _ in range(50)}) == 50
    assert len(set(codes)) == len(codes) == RECOVERY_CODES
    assert all(len(normalised(code)) == 16 and not is_code(normalised(code)) for code in codes)


@given(st.text())
def test_blanks_dashes_and_small_letters_change_nothing(text: str) -> None:
    assert normalised(f" {text.lower()}-\t") == normalised(text.lower())
    assert normalised(normalised(text)) == normalised(text)


def test_a_step_lasts_thirty_seconds() -> None:
    assert step_at(NOW + STEP) == step_at(NOW) + 1
    assert step_at(NOW + STEP - timedelta(microseconds=1)) == step_at(NOW)
