"""Timestamps (时间戳, RFC 3161) on the seal of a report: an authority says when the file was as it is.

What is needed to check seal and timestamp years from now (chains and revocation data) goes into the file as well:
PAdES B-LTA (ETSI EN 319 142-1).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1 as as_asn1
from pyhanko.keys.internal import translate_pyca_cryptography_key_to_asn1 as key_as_asn1
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError
from pyhanko_certvalidator.fetchers import OwnedFetcherBackend
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

from lims.core.clock import Clock
from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.documents.keys import (
    DEVELOPMENT_DAYS,
    PrivateKey,
    SigningIdentity,
    development_authority,
    development_subject,
    make_certificate,
    store_key,
    stored_key,
)

_TIMEOUT_S = 10  # of one request to the authority, or for revocation data
_CRL_DAYS = 30


class TimestampRefused(LimsError):
    """No timestamp is to be had just now. Nothing is wrong with the report: sign it again later."""


@dataclass(frozen=True, slots=True)
class Timestamps:
    """Where timestamps come from. For many threads.

    source: what a refusal calls the authority, for instance its address.
    stamper: asks for them.
    trust: the roots that the authority's certificate and the laboratory's lead to.
    crls: revocation lists at hand (DER); None: they are fetched from where the certificates say, and must be there.
    """

    source: str
    stamper: TimeStamper
    trust: tuple[x509.Certificate, ...]
    crls: tuple[bytes, ...] | None = None


@lru_cache(maxsize=4)
def _stamper(url: str) -> HTTPTimeStamper:
    """Kept, because pyHanko asks an authority it does not know yet for a trial timestamp."""
    return HTTPTimeStamper(url, timeout=_TIMEOUT_S)


def http_timestamps(url: str, trust: tuple[x509.Certificate, ...]) -> Timestamps:
    """Timestamps of an authority that is reached by HTTP.

    Args:
        url: its address.
        trust: the roots that its certificate and the laboratory's lead to.
    """
    return Timestamps(url, _stamper(url), trust)


class _DevelopmentStamper(DummyTimeStamper):
    """An authority in this process, by the clock of the installation."""

    def __init__(self, key: rsa.RSAPrivateKey, certificate: x509.Certificate, clock: Clock) -> None:
        self._clock = clock
        super().__init__(as_asn1(certificate), key_as_asn1(key))

    def request_tsa_response(self, req: Any) -> Any:
        """The answer of pyHanko's authority (`asn1crypto.tsp`, which has no types), dated by the clock."""
        self.fixed_dt = self._clock.now().astimezone(UTC).replace(microsecond=0)
        return super().request_tsa_response(req)


def development_timestamps(directory: Path, clock: Clock) -> Timestamps:
    """Timestamps by a key of the installation itself, loudly named as such, for trying out; made on first use.

    Args:
        directory: the folder of keys of the installation.
    Raises `BadInput` for a stored key that cannot be read.
    """
    folder = directory / "development-timestamps"
    root_key, (root,) = development_authority(directory, clock)
    found = stored_key(folder)
    if found is None:
        key = rsa.generate_private_key(65537, 2048)  # the kind that pyHanko's authority signs with
        subject = development_subject("Qianjian LIMS Development TSA", "TSA")
        purpose = ExtendedKeyUsageOID.TIME_STAMPING
        issuer = root.subject, root_key
        made = make_certificate(subject, key, issuer, clock.now(), DEVELOPMENT_DAYS, purpose=purpose)
        store_key(folder, key, (made, root))
        found = stored_key(folder) or (key, (made, root))
    kept, (certificate, *_) = found
    if not isinstance(kept, rsa.RSAPrivateKey):
        raise TimestampRefused(reason("timestamp.key", "The key in {path} is not an RSA key.", path=str(folder)))
    crl = _empty_crl(root, root_key, clock.now())
    return Timestamps("development", _DevelopmentStamper(kept, certificate, clock), (root,), crls=(crl,))


def _empty_crl(issuer: x509.Certificate, key: PrivateKey, now: datetime) -> bytes:
    """The development CA revokes nothing."""
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now - timedelta(days=1))
        .next_update(now + timedelta(days=_CRL_DAYS))
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return crl.public_bytes(Encoding.DER)


@contextmanager
def timestamping(
    timestamps: Timestamps, seal: SigningIdentity, at: datetime
) -> Iterator[tuple[TimeStamper, ValidationContext]]:
    """What pyHanko needs to seal with a timestamp. Within, every failure to get one raises `TimestampRefused`."""
    try:
        yield timestamps.stamper, _context(timestamps, seal, at)
    except OSError as error:
        said = "The timestamp authority {source} gave no timestamp ({why}). The report is signed when it answers again."
        raise _given_up(reason("timestamp.no_answer", said, source=timestamps.source, why=_why(error))) from error
    except (PathBuildingError, PathValidationError, SigningError) as error:
        said = (
            "The certificates of the seal or of the timestamp authority {source} do not hold, or their revocation data"
            " could not be fetched ({why}). The report is signed when they do."
        )
        raise _given_up(reason("timestamp.chain", said, source=timestamps.source, why=_why(error))) from error
    except (ValueError, TypeError, LookupError) as error:  # what parsers raise over an answer that is none
        said = "The timestamp authority {source} answered something that is no timestamp ({why})."
        raise _given_up(reason("timestamp.no_timestamp", said, source=timestamps.source, why=_why(error))) from error


def _given_up(why: Reason) -> TimestampRefused:
    """The refusal; an authority that has renewed its certificate is got to know anew at the next attempt."""
    _stamper.cache_clear()
    return TimestampRefused(why)


def _why(error: BaseException) -> str:
    """The error and what it came from, shortly."""
    cause = error.__cause__
    said = str(error) or type(error).__name__
    return said if cause is None else f"{said}: {str(cause) or type(cause).__name__}"


def _context(timestamps: Timestamps, seal: SigningIdentity, at: datetime) -> ValidationContext:
    roots = [as_asn1(certificate) for certificate in {*timestamps.trust, *seal.anchors}]
    above = [as_asn1(certificate) for certificate in seal.chain]
    if timestamps.crls is not None:
        return ValidationContext(
            trust_roots=roots, other_certs=above, moment=at, crls=timestamps.crls, revocation_mode="require"
        )
    backend = OwnedFetcherBackend(AIOHttpFetcherBackend(per_request_timeout=_TIMEOUT_S))
    return ValidationContext(
        trust_roots=roots,
        other_certs=above,
        allow_fetching=True,
        revocation_mode="hard-fail",
        fetcher_backend=backend,
    )
