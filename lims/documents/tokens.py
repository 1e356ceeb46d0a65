"""Signing keys in a token (签名介质, PKCS#11): a smart card, a USB key or an HSM, which the key never leaves."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from lims.core.clock import Clock
from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.documents.keys import SigningIdentity, in_order, refuse_if_not_valid_now

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
#: The code of a token that does not answer.
_UNUSABLE = "key.token"
#: What a key signs to show that it belongs to a certificate.
_TRIAL = b"Qianjian LIMS"
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
    public: PublicKey = field(hash=False)

    def sign_data(self, data: bytes) -> bytes:
        """ECDSA (DER) or RSASSA-PKCS1-v1_5 over SHA-256 of the data; made in the token.

        Raises `BadInput`, too when another key stands under the label by now: its signature would be nobody's.
        """
        with _one_at_a_time:
            if (self.place.module, self.place.token) not in _sessions:
                return self.made(data)
            try:
                return self.made(data)
            except BadInput:  # the token was taken out and put in again, perhaps: open it once more
                _forget(self.place)
                return self.made(data)

    def made(self, data: bytes) -> bytes:
        """The same, at the first try."""
        is_elliptic = isinstance(self.public, ec.EllipticCurvePublicKey)
        try:
            key = _the_only(_session(self.place), self.place, ObjectClass.PRIVATE_KEY)
            made = _signed(key, data, is_elliptic=is_elliptic)
        except pkcs11.PKCS11Error as error:
            raise BadInput(_failed(self.place, error)) from error
        if not _is_of(self.public, made, data):
            raise BadInput(_mismatch(self.place))
        return made


def token_identity(place: TokenPlace, clock: Clock, above: tuple[x509.Certificate, ...] = ()) -> SigningIdentity:
    """The key of a token, with the certificate that stands beside it under the same label.

    Args:
        place: where the key is.
        above: certificates that the chain may be made of, beside those on the token.
    Raises `BadInput`: no driver, no such token, wrong PIN, no key or certificate of that label or several, a key that
    does not belong to its certificate or is neither RSA nor ECDSA, or a certificate that is not valid now.
    """
    with _one_at_a_time:
        try:
            identity = _opened(place, above)
        except BadInput:
            if _checked.pop(place, None) is None:
                raise
            _forget(place)  # the token was taken out and put in again, perhaps: open it once more
            identity = _opened(place, above)
        _checked[place] = identity
    refuse_if_not_valid_now(identity.certificate, clock, place.label, Where(field="signing_pkcs11_label"))
    return identity


def held_key(place: TokenPlace, certificate: x509.Certificate) -> TokenKey | None:
    """The private key of a certificate in the token, under the label of the place or any other; None without one.

    The certificate itself need not stand there any more. Raises `BadInput` when the token does not answer.
    """
    public = certificate.public_key()
    if not isinstance(public, PublicKey):
        return None
    with _one_at_a_time:
        try:
            found = _labels(place, public)
        except BadInput:  # the token was taken out and put in again, perhaps: open it once more
            _forget(place)
            found = _labels(place, public)
        for label in found:
            key = TokenKey(replace(place, label=label), public)
            try:
                key.made(_TRIAL)
            except BadInput as other:
                if other.reasons[0].code == _UNUSABLE:
                    raise
                continue  # another key, or several under one label
            return key
    return None


def _labels(place: TokenPlace, public: PublicKey) -> list[str]:
    """The labels of the private keys of one kind in the token, that of the place first."""
    kind = KeyType.EC if isinstance(public, ec.EllipticCurvePublicKey) else KeyType.RSA
    try:
        keys = _session(place).get_objects({**_wanted(ObjectClass.PRIVATE_KEY), Attribute.KEY_TYPE: kind})
        labels = {str(key[Attribute.LABEL]) for key in keys}
    except pkcs11.PKCS11Error as error:
        raise BadInput(_failed(place, error)) from error
    return sorted(labels, key=lambda label: (label != place.label, label))


def _opened(place: TokenPlace, above: tuple[x509.Certificate, ...]) -> SigningIdentity:
    """The identity under a label as the token holds it now; what was tried before is not tried again."""
    session = _session(place)
    try:
        own = _the_only(session, place, ObjectClass.CERTIFICATE)
        certificate = x509.load_der_x509_certificate(bytes(own[Attribute.VALUE]))
        known = _checked.get(place)
        if known is not None and known.certificate == certificate:
            return known
        found = [bytes(one[Attribute.VALUE]) for one in session.get_objects(_wanted(ObjectClass.CERTIFICATE))]
        others = [x509.load_der_x509_certificate(one) for one in found]
    except (pkcs11.PKCS11Error, ValueError) as error:
        raise BadInput(_failed(place, error)) from error
    public = certificate.public_key()
    if not isinstance(public, PublicKey):
        raise BadInput(_mismatch(place))
    key = TokenKey(place, public)
    key.sign_data(_TRIAL)
    return SigningIdentity(key, certificate, in_order(certificate, [*others, *above]), is_development=False)


def _signed(key: Any, data: bytes, *, is_elliptic: bool) -> bytes:
    if not is_elliptic:
        return bytes(key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
    # Not every token hashes for ECDSA (SoftHSM 2.6 does not): it gets the digest.
    whole = hashes.Hash(hashes.SHA256())
    whole.update(data)
    made = bytes(key.sign(whole.finalize(), mechanism=Mechanism.ECDSA))
    half = len(made) // 2
    return encode_dss_signature(int.from_bytes(made[:half]), int.from_bytes(made[half:]))


def _is_of(public: PublicKey, signature: bytes, data: bytes) -> bool:
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        else:
            public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


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


def _mismatch(place: TokenPlace) -> Reason:
    said = "The key {label} in the token {token} does not belong to its certificate, or is neither RSA nor ECDSA."
    return _reason("key.token_mismatch", said, place)


def _wrong_pin(place: TokenPlace) -> Reason:
    said = "The token {token} does not accept the PIN. It was shown once and will not be again until a new start."
    return _reason("key.token_pin", said, place)


def _failed(place: TokenPlace, error: Exception) -> Reason:
    said = "The token {token} cannot be used through {module} ({why}): is it plugged in, is the driver right?"
    return _reason(_UNUSABLE, said, place, why=str(error) or type(error).__name__)


def _reason(code: str, said: str, place: TokenPlace, **more: str) -> Reason:
    names = {"token": place.token, "label": place.label, "module": str(place.module)}
    used = {name: value for name, value in names.items() if f"{{{name}}}" in said}
    return reason(code, said, at=Where(field="signing_pkcs11_module"), **used, **more)
