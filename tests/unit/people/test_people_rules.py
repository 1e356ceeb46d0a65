"""What passwords, sessions, devices and addresses must be; secrets at rest."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import ascii_lowercase

import pytest

from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.people.devices import device_label
from lims.people.passkeys import reasons_against_passkeys, relying_party
from lims.people.passwords import hash_password, matches, random_password
from lims.people.rules import reason_against_session, reasons_against_password
from lims.people.sealing import Sealer

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("correct horse", []),
        ("short", ["password.short"]),
        ("x" * 201, ["password.long"]),
        ("I am Ann, hello", ["password.username"]),
        ("ann", ["password.short", "password.username"]),
    ],
)
def test_length_counts_and_the_name_is_no_password(password: str, codes: list[str]) -> None:
    assert [why.code for why in reasons_against_password(password, "ann")] == codes


def test_a_password_matches_its_own_hash_alone() -> None:
    stored = hash_password("correct horse")

    assert matches(stored, "correct horse")
    assert not matches(stored, "correct hors")
    assert not matches(stored, "correct horse" * 100)
    assert not matches(None, "correct horse")
    assert not matches("not a hash", "correct horse")


def test_a_password_to_hand_over_is_good_enough_and_never_the_same() -> None:
    names = ["ab", "ann", *(f"{letter}-" for letter in ascii_lowercase)] * 20
    handed = [(random_password(name), name) for name in names]

    assert len(set(handed)) == len(names)
    assert all(reasons_against_password(password, name) == [] for password, name in handed)


@pytest.mark.parametrize(
    ("expires", "ended", "used", "code"),
    [
        (NOW + HOUR, None, NOW, None),
        (NOW, None, NOW, "session.over"),
        (NOW + HOUR, NOW, NOW, "session.ended"),
        (NOW + HOUR, None, NOW - HOUR, "session.idle"),
        (NOW + HOUR, None, NOW - HOUR + timedelta(seconds=1), None),
    ],
)
def test_a_session_ends_by_itself(expires: datetime, ended: datetime | None, used: datetime, code: str | None) -> None:
    why = reason_against_session(expires, ended, used, HOUR, NOW)

    assert (why.code if why else None) == code


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/130 Safari/537 Edg/130", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/130 Mobile Safari/537", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) AppleWebKit MicroMessenger/8 Safari/604", "WeChat, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko Firefox/130.0", "Firefox, Linux"),
        ("<script>alert(1)</script>", "?"),
        ("", "?"),
    ],
)
def test_a_browser_in_a_few_words(said: str, label: str) -> None:
    assert device_label(said) == label


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("https://lims.example.org", []),
        ("http://localhost:8000", []),
        ("http://127.0.0.1:8000", ["passkey.address_number"]),
        ("https://[2001:db8::1]/", ["passkey.address_number"]),
        ("http://lims.example.org", ["passkey.insecure"]),
        ("", ["passkey.insecure"]),
    ],
)
def test_devices_keep_keys_for_names_over_https(url: str, codes: list[str]) -> None:
    assert [why.code for why in reasons_against_passkeys(url)] == codes


@pytest.mark.parametrize(
    ("url", "host", "origin"),
    [
        ("https://lims.example.org", "lims.example.org", "https://lims.example.org"),
        ("https://lims.example.org:443/", "lims.example.org", "https://lims.example.org"),
        ("https://lims.example.org:8443/lims/", "lims.example.org", "https://lims.example.org:8443"),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
    ],
)
def test_the_origin_is_as_browsers_write_it(url: str, host: str, origin: str) -> None:
    party = relying_party(url)

    assert (party.host, party.origin) == (host, origin)


def test_a_sealed_secret_opens_under_its_own_key_alone(tmp_path: Path) -> None:
    lost = reason("lost", "The key is lost.")
    sealer, other = (Sealer(tmp_path / "keys" / name, lost) for name in ("a.key", "b.key"))

    sealed = sealer.seal("a secret")

    assert "secret" not in sealed
    assert Sealer(tmp_path / "keys" / "a.key", lost).open(sealed) == "a secret"
    assert stat.S_IMODE((tmp_path / "keys" / "a.key").stat().st_mode) == 0o600
    assert sorted(p.name for p in (tmp_path / "keys").iterdir()) == ["a.key"]
    for key in ("lost", "another"):
        if key == "another":
            other.seal("something else")
        with pytest.raises(RuleRefused) as refused:
            other.open(sealed)
        assert [why.code for why in refused.value.reasons] == ["lost"]
