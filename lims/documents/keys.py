"""Signing keys (签名密钥): of a PKCS#12 file, of a token (`tokens`), or a development key made on first use."""

import os
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from lims.core.clock import Clock, local_day
from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.documents.certificates import (
    DEVELOPMENT_MARK,
    LONGEST_NAME,
    PERSONAL_MARK,
    as_pem,
    common_name,
    read_certificates,
)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_ROOT_DAYS, DEVELOPMENT_DAYS = 3650, 1825
_SMALLEST_RSA = 2048
_KEY_FILE, _CHAIN_FILE = "key.pem", "chain.pem"


class DistantKey(Protocol):
    """A private key that never leaves its place, for instance a token: it signs when it is asked."""

    def sign_data(self, data: bytes) -> bytes:
        """As `sign_bytes`. Raises `BadInput` when the place cannot be reached."""


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """A key with its certificate and the certificates above it, the topmost last."""

    private_key: PrivateKey | DistantKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    is_development: bool

    @property
    def name(self) -> str:
        """Whom the certificate names."""
        return common_name(self.certificate)

    @property
    def certificate_pem(self) -> bytes:
        """The signer's certificate and then those above it, as PEM."""
        return as_pem((self.certificate, *self.chain))

    @property
    def anchors(self) -> tuple[x509.Certificate, ...]:
        """What an installation must trust to accept this signer: the topmost certificate, or the signer's own."""
        return (self.chain[-1],) if self.chain else (self.certificate,)


def development_subject(name: str, code: str, *, is_personal: bool = False) -> x509.Name:
    """The subject of a certificate of the development CA: loudly marked, with the holder's code as serial number."""
    personal = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, PERSONAL_MARK)] if is_personal else []
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEVELOPMENT_MARK),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, DEVELOPMENT_MARK),
            *personal,
            x509.NameAttribute(NameOID.SERIAL_NUMBER, code[:LONGEST_NAME]),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:LONGEST_NAME]),
        ]
    )


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def make_certificate(
    subject: x509.Name,
    key: PrivateKey,
    issuer: tuple[x509.Name, PrivateKey],
    now: datetime,
    days: int,
    *,
    ca: bool = False,
    purpose: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    """A certificate of the development CA, valid from the day before. `purpose`: its only extended key usage."""
    issuer_name, issuer_key = issuer
    builder = x509.CertificateBuilder()
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return (
        builder.subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(_usage(ca=ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _write_secret(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def store_key(folder: Path, key: PrivateKey, chain: tuple[x509.Certificate, ...]) -> None:
    """Put key and certificates at `folder`, all or nothing; whoever comes second keeps what the first one made."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    drafted = folder.parent / f".{folder.name}.{secrets.token_hex(8)}"
    drafted.mkdir(mode=0o700)
    try:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_secret(drafted / _KEY_FILE, pem)
        _write_secret(drafted / _CHAIN_FILE, as_pem(chain))
        drafted.rename(folder)  # fails when the folder is there and has files
    except OSError:
        if not (folder / _KEY_FILE).is_file():
            raise
    finally:
        shutil.rmtree(drafted, ignore_errors=True)


def stored_key(folder: Path) -> tuple[PrivateKey, tuple[x509.Certificate, ...]] | None:
    """What `store_key` put there; None when there is nothing. Raises `BadInput`."""
    if not (folder / _KEY_FILE).is_file():
        return None
    key = load_pem_private_key((folder / _KEY_FILE).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise BadInput(reason("key.unusable", "{path} holds no RSA or ECDSA key.", path=str(folder / _KEY_FILE)))
    return key, read_certificates((folder / _CHAIN_FILE).read_bytes(), str(folder / _CHAIN_FILE))


def development_authority(directory: Path, clock: Clock) -> tuple[PrivateKey, tuple[x509.Certificate, ...]]:
    """Key and certificate of the development CA of an installation, made on first use."""
    folder = directory / "development-root"
    if stored := stored_key(folder):
        return stored
    key = ec.generate_private_key(ec.SECP256R1())
    code = secrets.token_hex(4)
    subject = development_subject(f"Qianjian LIMS Development CA {code}", code)
    root = make_certificate(subject, key, (subject, key), clock.now(), _ROOT_DAYS, ca=True)
    store_key(folder, key, (root,))
    return stored_key(folder) or (key, (root,))


def development_root(directory: Path, clock: Clock) -> x509.Certificate:
    """The development CA of an installation, made on first use. It signs for trial only."""
    return development_authority(directory, clock)[1][0]


def development_identity(directory: Path, laboratory_code: str, laboratory_name: str, clock: Clock) -> SigningIdentity:
    """The laboratory's development key (ECDSA P-256), loudly named as such; made on first use, kept afterwards.

    Several processes may ask at once: all get the same key. Files are readable by their owner only.

    Args:
        directory: the folder of keys of the installation.
        laboratory_code: letters, digits, `-` and `_`; names the folder.
        laboratory_name: goes into the certificate.
    Raises `BadInput` for a code that cannot name a folder, or a stored key that cannot be read.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", laboratory_code):
        raise BadInput(
            reason(
                "key.laboratory_code",
                "The laboratory code {laboratory} may have letters, digits, - and _ only.",
                laboratory=laboratory_code,
            )
        )
    folder = directory / f"development-{laboratory_code}"
    found = stored_key(folder)
    if found is None:
        root_key, (root,) = development_authority(directory, clock)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = development_subject(laboratory_name, laboratory_code)
        made = make_certificate(subject, key, (root.subject, root_key), clock.now(), DEVELOPMENT_DAYS, ca=False)
        store_key(folder, key, (made, root))
        found = stored_key(folder) or (key, (made, root))
    kept, (certificate, *above) = found
    return SigningIdentity(kept, certificate, tuple(above), is_development=True)


def key_as_pem(identity: SigningIdentity) -> str:
    """The private key as PKCS#8 in PEM, not encrypted: to be sealed at once. Raises `BadInput` for one in a token."""
    if not isinstance(identity.private_key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise BadInput(reason("key.in_token", "This key is in a token, which it never leaves."))
    return identity.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def identity_from_pem(key_pem: str, certificate_pem: str, *, is_development: bool) -> SigningIdentity:
    """The identity of a key that `key_as_pem` wrote and of `SigningIdentity.certificate_pem`. Raises `BadInput`."""
    key = load_pem_private_key(key_pem.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise BadInput(reason("key.unusable", "{path} holds no RSA or ECDSA key.", path="PEM"))
    certificate, *above = read_certificates(certificate_pem.encode())
    return SigningIdentity(key, certificate, tuple(above), is_development=is_development)


def pkcs12_identity(path: Path, passphrase: str | None, clock: Clock) -> SigningIdentity:
    """The laboratory's own key from a PKCS#12 file (.p12, .pfx).

    Raises `BadInput`: no such file, wrong passphrase or not PKCS#12, no key or certificate in it, a key that is neither
    RSA of at least 2048 bits nor ECDSA, or a certificate that is not valid now.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        at = Where(field="signing_pkcs12")
        raise BadInput(
            reason("key.no_file", "The signing key {path} cannot be read.", at=at, path=str(path))
        ) from error
    return read_pkcs12(content, passphrase, clock, source=str(path), field="signing_pkcs12")


def read_pkcs12(
    content: bytes, passphrase: str | None, clock: Clock, *, source: str, field: str | None = None
) -> SigningIdentity:
    """The key in the content of a PKCS#12 file, the laboratory's or a person's. Raises `BadInput` as `pkcs12_identity`.

    Args:
        source: what a refusal calls the file.
        field: the field of the form that a refusal belongs to.
    """
    at = Where(field=field)
    where = {"path": source}
    try:
        key, certificate, above = pkcs12.load_key_and_certificates(
            content, passphrase.encode() if passphrase is not None else None
        )
    except (ValueError, TypeError) as error:
        raise BadInput(
            reason(
                "key.passphrase",
                "The signing key {path} does not open: wrong passphrase, or not a PKCS#12 file.",
                at=at,
                **where,
            )
        ) from error
    if key is None or certificate is None:
        raise BadInput(reason("key.incomplete", "{path} must hold a private key and its certificate.", at=at, **where))
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or key.key_size < _smallest(key):
        raise BadInput(
            reason("key.unusable_kind", "{path} must hold an RSA key of 2048 bits or more, or ECDSA.", at=at, **where)
        )
    refuse_if_not_valid_now(certificate, clock, source, at)
    return SigningIdentity(key, certificate, in_order(certificate, above), is_development=False)


def refuse_if_not_valid_now(certificate: x509.Certificate, clock: Clock, source: str, at: Where) -> None:
    """Raises `BadInput` for a certificate that cannot sign today."""
    if certificate.not_valid_before_utc <= clock.now() <= certificate.not_valid_after_utc:
        return
    raise BadInput(
        reason(
            "key.not_valid",
            "The certificate in {path} is valid from {first} to {last}, not now; renew it.",
            at=at,
            first=local_day(certificate.not_valid_before_utc).isoformat(),
            last=local_day(certificate.not_valid_after_utc).isoformat(),
            path=source,
        )
    )


def _smallest(key: PrivateKey) -> int:
    return _SMALLEST_RSA if isinstance(key, rsa.RSAPrivateKey) else 256


def in_order(certificate: x509.Certificate, above: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """The certificates above the signer's, each issuing the one before; files hold them in any order."""
    chain: list[x509.Certificate] = []
    current = certificate
    while current.issuer != current.subject:
        step = next((c for c in above if c.subject == current.issuer and c not in chain), None)
        if step is None:
            break
        chain.append(step)
        current = step
    return tuple(chain)


def sign_digestible(key: PrivateKey | DistantKey, data: bytes) -> bytes:
    """A signature over SHA-256 of the data: ECDSA (DER), or RSASSA-PKCS1-v1_5 (RFC 8017)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign_data(data)


def sign_bytes(identity: SigningIdentity, data: bytes) -> bytes:
    """The detached signature of any bytes, for instance the canonical JSON of a return.

    ECDSA keys: ECDSA with SHA-256, DER (FIPS 186-5). RSA keys: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2).
    """
    return sign_digestible(identity.private_key, data)


def verify_bytes(certificate_pem: bytes, data: bytes, signature: bytes) -> bool:
    """Is `signature` that of `sign_bytes` over `data` with the key of the first certificate of the PEM?

    Says nothing about trust in the certificate: `certificates.why_not_trusted`. Raises `BadInput` when the PEM holds no
    certificate.
    """
    key = read_certificates(certificate_pem)[0].public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True
