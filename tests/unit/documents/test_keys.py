"""Signing keys: the development key is made once and kept private, a PKCS#12 file is read or refused with a reason."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

from lims.core.clock import FixedClock
from lims.core.errors import BadInput
from lims.documents.certificates import is_development, trusted_certificates, why_not_trusted
from lims.documents.keys import (
    SigningIdentity,
    development_identity,
    development_root,
    pkcs12_identity,
    sign_bytes,
    verify_bytes,
)
from tests.documents.forging import soft

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)
NAME = "黔中县农产品质量安全检验检测中心"


@pytest.fixture
def identity(tmp_path: Path) -> SigningIdentity:
    return development_identity(tmp_path, "QZ", NAME, CLOCK)


def test_the_development_key_is_made_once_and_names_itself_loudly(tmp_path: Path, identity: SigningIdentity) -> None:
    again = development_identity(tmp_path, "QZ", NAME, CLOCK)

    assert again.certificate == identity.certificate
    assert identity.name == NAME
    assert identity.is_development
    assert is_development(identity.certificate)
    assert "DEVELOPMENT ONLY 仅供试用" in identity.certificate.subject.rfc4514_string()


def test_laboratories_of_one_installation_have_their_own_keys_under_one_root(
    tmp_path: Path, identity: SigningIdentity
) -> None:
    other = development_identity(tmp_path, "ZA", "遵安县检测站", CLOCK)

    assert other.certificate.public_key() != identity.certificate.public_key()
    assert other.anchors == identity.anchors == (development_root(tmp_path, CLOCK),)


def test_only_the_owner_may_read_the_key_files(tmp_path: Path, identity: SigningIdentity) -> None:
    files = [p for p in tmp_path.rglob("*") if p.is_file()]

    assert identity.is_development
    assert len(files) == 4
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}
    assert {stat.S_IMODE(p.parent.stat().st_mode) for p in files} == {0o700}


def test_many_who_ask_first_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: development_identity(tmp_path / "keys", "QZ", NAME, CLOCK), range(8)))

    assert len({identity.certificate for identity in made}) == 1
    assert all(
        soft(identity).public_key() == identity.certificate.public_key()
        and why_not_trusted(identity.certificate, (), identity.anchors, NOW) == []
        for identity in made
    )
    assert {p.name for p in (tmp_path / "keys").iterdir()} == {"development-root", "development-QZ"}


@pytest.mark.parametrize("code", ["", "../x", "a/b", "黔"])
def test_a_laboratory_code_that_cannot_name_a_folder_is_refused(tmp_path: Path, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        development_identity(tmp_path, code, NAME, CLOCK)

    assert [r.code for r in refused.value.reasons] == ["key.laboratory_code"]


def a_pkcs12(path: Path, identity: SigningIdentity, passphrase: str | None = "right") -> Path:
    protection = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    content = pkcs12.serialize_key_and_certificates(
        b"lab", soft(identity), identity.certificate, identity.chain, protection
    )
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("passphrase", ["right", None])
def test_a_pkcs12_file_gives_key_certificate_and_chain(
    tmp_path: Path, identity: SigningIdentity, passphrase: str | None
) -> None:
    read = pkcs12_identity(a_pkcs12(tmp_path / "lab.p12", identity, passphrase), passphrase, CLOCK)

    assert read.certificate == identity.certificate
    assert read.chain == identity.chain
    assert not read.is_development
    assert verify_bytes(read.certificate_pem, b"data", sign_bytes(read, b"data"))


def refusal(path: Path, passphrase: str | None = "right", clock: FixedClock = CLOCK) -> list[str]:
    with pytest.raises(BadInput) as refused:
        pkcs12_identity(path, passphrase, clock)
    return [r.code for r in refused.value.reasons]


@pytest.mark.parametrize("passphrase", ["wrong", "", None])
def test_a_wrong_passphrase_is_told(tmp_path: Path, identity: SigningIdentity, passphrase: str | None) -> None:
    assert refusal(a_pkcs12(tmp_path / "lab.p12", identity), passphrase) == ["key.passphrase"]


def test_a_file_that_is_missing_or_no_pkcs12_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.p12").write_text("no key", encoding="utf-8")

    assert refusal(tmp_path / "none.p12") == ["key.no_file"]
    assert refusal(tmp_path / "text.p12") == ["key.passphrase"]


@pytest.mark.parametrize("days", [-3, 4000])
def test_a_certificate_that_is_not_valid_now_is_told(tmp_path: Path, identity: SigningIdentity, days: int) -> None:
    path = a_pkcs12(tmp_path / "lab.p12", identity)

    assert refusal(path, clock=FixedClock(NOW + timedelta(days=days))) == ["key.not_valid"]


def test_a_file_without_a_key_is_told(tmp_path: Path, identity: SigningIdentity) -> None:
    path = tmp_path / "certificates.p12"
    protection = BestAvailableEncryption(b"right")
    path.write_bytes(pkcs12.serialize_key_and_certificates(None, None, None, [identity.certificate], protection))

    assert refusal(path) == ["key.incomplete"]


def test_a_signature_holds_for_its_own_bytes_and_key_alone(tmp_path: Path, identity: SigningIdentity) -> None:
    other = development_identity(tmp_path, "ZA", "遵安县检测站", CLOCK)
    signature = sign_bytes(identity, b"return")

    assert verify_bytes(identity.certificate_pem, b"return", signature)
    assert not verify_bytes(identity.certificate_pem, b"Return", signature)
    assert not verify_bytes(identity.certificate_pem, b"return", signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not verify_bytes(identity.certificate_pem, b"return", b"")
    assert not verify_bytes(other.certificate_pem, b"return", signature)


def test_a_text_that_is_no_certificate_is_told() -> None:
    with pytest.raises(BadInput) as refused:
        verify_bytes(b"no certificate", b"", b"")

    assert [r.code for r in refused.value.reasons] == ["certificate.unreadable"]


def test_trust_is_read_from_a_folder_and_ends_with_the_certificate(tmp_path: Path, identity: SigningIdentity) -> None:
    folder = tmp_path / "trust"
    folder.mkdir()
    (folder / "root.pem").write_bytes(identity.certificate_pem)
    (folder / "notes.txt").write_text("not a certificate", encoding="utf-8")
    trust = trusted_certificates(folder)

    assert len(trust) == 2
    assert why_not_trusted(identity.certificate, (), trust, NOW) == []
    assert why_not_trusted(identity.certificate, (), trust[1:], NOW) == []
    late = why_not_trusted(identity.certificate, (), trust, NOW + timedelta(days=4000))
    assert [r.code for r in late] == ["certificate.not_valid_then"]
    assert [r.code for r in why_not_trusted(identity.certificate, identity.chain, (), NOW)] == [
        "certificate.unknown_issuer"
    ]


def test_a_laboratory_certificate_may_not_issue_others(tmp_path: Path, identity: SigningIdentity) -> None:
    other = development_identity(tmp_path, "ZA", "遵安县检测站", CLOCK)

    reasons = why_not_trusted(other.certificate, (identity.certificate,), (identity.certificate,), NOW)

    assert [r.code for r in reasons] == ["certificate.unknown_issuer"]


def a_self_signed(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, path: Path) -> Path:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "自有证书")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )
    protection = BestAvailableEncryption(b"right")
    path.write_bytes(pkcs12.serialize_key_and_certificates(None, key, certificate, None, protection))
    return path


def test_an_rsa_key_signs_too_and_stands_for_itself(tmp_path: Path) -> None:
    read = pkcs12_identity(a_self_signed(rsa.generate_private_key(65537, 2048), tmp_path / "lab.p12"), "right", CLOCK)

    assert read.anchors == (read.certificate,)
    assert verify_bytes(read.certificate_pem, b"return", sign_bytes(read, b"return"))


def test_a_key_too_short_or_of_another_kind_is_told(tmp_path: Path) -> None:
    short = a_self_signed(rsa.generate_private_key(65537, 1024), tmp_path / "short.p12")  # noqa: S505 -- too short on purpose
    strange = a_self_signed(ed25519.Ed25519PrivateKey.generate(), tmp_path / "strange.p12")

    assert refusal(short) == ["key.unusable_kind"]
    assert refusal(strange) == ["key.unusable_kind"]
