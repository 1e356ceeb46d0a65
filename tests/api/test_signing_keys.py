"""Keys of one's own by the API: seen, given with the password again, and looked after; as by the pages."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.documents.keys import PrivateKey, development_root
from lims.documents.personal_keys import personal_development_identity
from lims.people.confirmation_tables import PersonalKey
from lims.runtime import Lims
from lims.settings import Settings
from tests.api.laboratory import Door, codes
from tests.factories import PASSWORD, Cast

OWN = "/api/me/signing-key"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The folder of an authority."""
    return tmp_path / "authority"


@pytest.fixture
def house(lims: Lims, authority: Path, tmp_path: Path, clock: FixedClock) -> Iterator[Lims]:
    """An installation that trusts the authority."""
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    (trusted / "root.pem").write_bytes(development_root(authority, clock).public_bytes(Encoding.PEM))
    settings = Settings(data=lims.settings.data, trusted_certificates=trusted, upload_megabytes=1)
    again = Lims(settings, clock)
    yield again
    again.close()


@pytest.fixture
def door(house: Lims, cast: Cast) -> Door:
    assert cast.rui is not None
    return Door(house)


def a_file(folder: Path, name: str, clock: FixedClock, card: str = "card") -> bytes:
    """A PKCS#12 file of an authority, its passphrase `right`."""
    identity = personal_development_identity(folder, card, name, clock)
    key = identity.private_key
    assert isinstance(key, PrivateKey)
    protection = BestAvailableEncryption(b"right")
    return pkcs12.serialize_key_and_certificates(b"card", key, identity.certificate, identity.chain, protection)


def give(door: Door, who: str, content: bytes, passphrase: str = "right", password: str = PASSWORD) -> Any:
    files = {"file": ("card.p12", content)}
    return door[who].client.post(OWN, files=files, data={"passphrase": passphrase, "password": password})


def keys_kept(lims: Lims) -> int:
    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        return len(session.exec(select(PersonalKey)).all())


def test_a_person_gives_a_certificate_and_sees_it_with_those_before(
    house: Lims, door: Door, authority: Path, clock: FixedClock
) -> None:
    none = door["rui"].get(OWN).json()
    first = give(door, "rui", a_file(authority, "Rui", clock))
    clock.instant += timedelta(minutes=1)
    second = give(door, "rui", a_file(authority, "Rui", clock, "card-2"))
    seen = door["rui"].get(OWN).json()

    assert (none["state"], none["certificate"], none["former"], none["has_token"]) == ("no_key", None, [], False)
    assert [first.status_code, second.status_code] == [201, 201]
    assert second.json() == seen
    shown = seen["certificate"]
    assert (seen["state"], shown["kind"], shown["is_trial"], shown["named"]) == ("valid", "own", False, "Rui")
    assert shown["issuer"].startswith("Qianjian LIMS Development CA")
    assert shown["valid_from"] < shown["given_at"] < shown["valid_until"]
    assert seen["certificate_pem"].startswith("-----BEGIN CERTIFICATE-----")
    assert [one["sha256"] for one in seen["former"]] == [first.json()["certificate"]["sha256"]]
    assert "PRIVATE" not in second.text
    assert "sealed" not in second.text
    trail = door["max"].get("/api/audit").json()["items"]
    assert [one["entity"] for one in trail if one["action"] == "signing_key.edit"] == ["personal_key"] * 2
    assert "PRIVATE" not in str(trail)


@pytest.mark.parametrize(
    ("who", "named", "passphrase", "password", "code", "field"),
    [
        ("rui", "Rui", "right", "not hers", "password.wrong", "password"),
        ("rui", "Rui", "right", "", "field.missing", "password"),
        ("rui", "Rui", "wrong", PASSWORD, "key.passphrase", "file"),
        ("sun", "Rui", "right", PASSWORD, "personal_key.other_name", "file"),
    ],
)
def test_what_is_not_the_persons_own_is_refused(
    house: Lims, door: Door, authority: Path, clock: FixedClock, who: str, named: str, passphrase: str,
    password: str, code: str, field: str,
) -> None:  # fmt: skip
    answer = give(door, who, a_file(authority, named, clock), passphrase, password)

    assert (answer.status_code, codes(answer)) == (422, [code])
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["reasons"][0]["where"]["field"] == field
    assert keys_kept(house) == 0


@pytest.mark.parametrize("content", [b"", b"no key", b"\x30\x82\xff\xff" * 9, b"\x30\x80" * 5000, b"x" * (1024**2 + 1)])
def test_a_hostile_file_is_refused_and_nothing_kept(house: Lims, door: Door, content: bytes) -> None:
    answer = give(door, "rui", content)

    assert answer.status_code in {413, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert keys_kept(house) == 0


def test_who_tries_passwords_waits(door: Door, authority: Path, clock: FixedClock) -> None:
    content = a_file(authority, "Rui", clock)

    tries = [give(door, "rui", content, password="a wrong one").status_code for _ in range(6)]

    assert tries == [422] * 5 + [429]


def test_a_certificate_of_an_authority_that_nobody_trusts_is_refused(
    house: Lims, door: Door, clock: FixedClock, tmp_path: Path
) -> None:
    answer = give(door, "rui", a_file(tmp_path / "strange", "Rui", clock))

    assert (answer.status_code, codes(answer)) == (422, ["certificate.unknown_issuer"])
    assert keys_kept(house) == 0


def test_without_a_token_none_is_chosen_and_without_the_password_neither(door: Door) -> None:
    none = door["rui"].post(f"{OWN}/token", {"password": PASSWORD})
    wrong = door["rui"].post(f"{OWN}/token", {"password": "wrong"})
    bare = door["rui"].post(f"{OWN}/token", {})

    assert [(one.status_code, codes(one)) for one in (none, wrong, bare)] == [
        (422, ["personal_key.no_token"]),
        (422, ["password.wrong"]),
        (422, ["field.missing"]),
    ]


def test_keys_of_everybody_are_seen_by_who_looks_after_them_in_their_laboratory(
    door: Door, authority: Path, clock: FixedClock
) -> None:
    give(door, "rui", a_file(authority, "Rui", clock))
    asked = {who: door[who].get("/api/signing-keys") for who in ("max", "ada", "rui", "ann", "eve")}

    assert {who: answer.status_code for who, answer in asked.items()} == {
        "max": 200, "ada": 200, "rui": 403, "ann": 403, "eve": 200,
    }  # fmt: skip
    lines = {line["username"]: line for line in asked["max"].json()}
    assert {"cai", "rui", "sun"} <= set(lines)
    assert "ann" not in lines
    rui = lines["rui"]
    assert (rui["state"], rui["certificate"]["named"], rui["replaced"]) == ("valid", "Rui", 0)
    assert (lines["cai"]["state"], lines["cai"]["certificate"]) == ("no_key", None)
    assert "rui" not in {line["username"] for line in asked["eve"].json()}
