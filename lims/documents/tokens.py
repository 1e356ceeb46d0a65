"""Signing keys in a token (签名介质, PKCS#11): a smart card, a USB key or an HSM, which the key never leaves."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, Mechanism, ObjectClass

from lims.core.clock import Clock
from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.documents.keys import SigningIdentity, in_order, refuse_if_not_valid_now

#: Tokens are not made for many at once, and a process is signed in to one of them only once.
_one_at_a_time = RLock()
_sessions: "dict[tuple[Path, str], pkcs11.Session]" = {}
_checked: "dict[TokenPlace, SigningIdentity]" = {}
#: A token locks itself after a few wrong PINs: the same PIN is never shown to it twice.
_refused: "set[TokenPlace]" = set()


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where a key is: the driver of the token, the token's label, the label of key and certificate on it, the PIN."""

    module: Path
    token: str
    label: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A private key in a token."""

    place: TokenPlace
    is_elliptic: bool

    def sign_data(self, data: bytes) -> bytes:
        """ECDSA (DER) or RSASSA-PKCS1-v1_5 over SHA-256 of the data; made in the token. Raises `BadInput`."""
        with _one_at_a_time:
            if (self.place.module, self.place.token) not in _sessions:
                return self._made(data)
            try:
                return self._made(data)
            except BadInput:  # the token was taken out and put in again, perhaps: open it once more
                _forget(self.place)
                return self._made(data)

    def _made(self, data: bytes) -> bytes:
        try:
            key = _the_only(_session(self.place), self.place, ObjectClass.PRIVATE_KEY)
            if not self.is_elliptic:
                return bytes(key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
            # Not every token hashes for ECDSA (SoftHSM 2.6 does not): it gets the digest.
            whole = hashes.Hash(hashes.SHA256())
            whole.update(data)
            made = bytes(key.sign(whole.finalize(), mechanism=Mechanism.ECDSA))
        except pkcs11.PKCS11Error as error:
            raise BadInput(_failed(self.place, error)) from error
        half = len(made) // 2
        return encode_dss_signature(int.from_bytes(made[:half]), int.from_bytes(made[half:]))


def token_identity(place: TokenPlace, clock: Clock, above: tuple[x509.Certificate, ...] = ()) -> SigningIdentity:
    """The key of a token, with the certificate that stands beside it under the same label.

    Args:
        place: where the key is.
        above: certificates that the chain may be made of, beside those on the token.
    Raises `BadInput`: no driver, no such token, wrong PIN, no key or certificate of that label or several, a key that
    does not belong to its certificate or is neither RSA nor ECDSA, or a certificate that is not valid now.
    """
    with _one_at_a_time:
        identity = _checked.get(place) or _opened(place, above)
        _checked[place] = identity
    refuse_if_not_valid_now(identity.certificate, clock, place.label, Where(field="signing_pkcs11_label"))
    return identity


def _opened(place: TokenPlace, above: tuple[x509.Certificate, ...]) -> SigningIdentity:
    session = _session(place)
    try:
        own = _the_only(session, place, ObjectClass.CERTIFICATE)
        found = [bytes(one[Attribute.VALUE]) for one in session.get_objects(_wanted(ObjectClass.CERTIFICATE))]
        certificate = x509.load_der_x509_certificate(bytes(own[Attribute.VALUE]))
        others = [x509.load_der_x509_certificate(one) for one in found]
    except (pkcs11.PKCS11Error, ValueError) as error:
        raise BadInput(_failed(place, error)) from error
    public = certificate.public_key()
    key = TokenKey(place, isinstance(public, ec.EllipticCurvePublicKey))
    trial = b"Qianjian LIMS"
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(key.sign_data(trial), trial, ec.ECDSA(hashes.SHA256()))
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(key.sign_data(trial), trial, padding.PKCS1v15(), hashes.SHA256())
        else:
            raise InvalidSignature
    except InvalidSignature as error:
        said = "The key {label} in the token {token} does not belong to its certificate, or is neither RSA nor ECDSA."
        raise BadInput(_reason("key.token_mismatch", said, place)) from error
    return SigningIdentity(key, certificate, in_order(certificate, [*others, *above]), is_development=False)


def _wanted(kind: ObjectClass, label: str | None = None) -> dict[Attribute, object]:
    return {Attribute.CLASS: kind} | ({} if label is None else {Attribute.LABEL: label})


def _the_only(session: "pkcs11.Session", place: TokenPlace, kind: ObjectClass) -> Any:
    found = list(session.get_objects(_wanted(kind, place.label)))
    if len(found) == 1:
        return found[0]
    said = "The token {token} must hold one private key and one certificate under the label {label}."
    raise BadInput(_reason("key.token_objects", said, place))


def _session(place: TokenPlace) -> "pkcs11.Session":
    """The session with a token in which this process is signed in, opened if need be. Raises `BadInput`."""
    where = place.module, place.token
    if where in _sessions:
        return _sessions[where]
    if place in _refused:
        raise BadInput(_wrong_pin(place))
    try:
        token = pkcs11.lib(str(place.module)).get_token(token_label=place.token)
        _sessions[where] = token.open(user_pin=place.pin)
    except (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinInvalid) as error:
        _refused.add(place)
        raise BadInput(_wrong_pin(place)) from error
    except (pkcs11.PKCS11Error, OSError, RuntimeError) as error:
        raise BadInput(_failed(place, error)) from error
    return _sessions[where]


def _forget(place: TokenPlace) -> None:
    session = _sessions.pop((place.module, place.token), None)
    if session is None:
        return
    try:
        session.close()
    except pkcs11.PKCS11Error:
        return  # it is gone already


def _wrong_pin(place: TokenPlace) -> Reason:
    said = "The token {token} does not accept the PIN. It was shown once and will not be again until a new start."
    return _reason("key.token_pin", said, place)


def _failed(place: TokenPlace, error: Exception) -> Reason:
    said = "The token {token} cannot be used through {module} ({why}): is it plugged in, is the driver right?"
    return _reason("key.token", said, place, why=str(error) or type(error).__name__)


def _reason(code: str, said: str, place: TokenPlace, **more: str) -> Reason:
    names = {"token": place.token, "label": place.label, "module": str(place.module)}
    used = {name: value for name, value in names.items() if f"{{{name}}}" in said}
    return reason(code, said, at=Where(field="signing_pkcs11_module"), **used, **more)
