"""Passkeys (通行密钥, WebAuthn): a device signs a challenge after it has recognised its owner.

That is possession and a finger, face or PIN at once, so a passkey counts as both factors and asks for no name. The
device keeps the key for one address: browsers take no number for it, and nothing but https, `localhost` excepted.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from sqlalchemy import insert, update
from sqlmodel import select
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import BadInput, NotFound, Unauthenticated, refuse_if
from lims.core.reasons import Reason, reason
from lims.db.work import LimsSession, save
from lims.people import ceremonies, queries
from lims.people.second_factor import own_user, remove_passkey
from lims.people.sign_in_tables import PASSKEY_USES, Passkey, PasskeyUse, PendingKind
from lims.people.tables import User
from lims.runtime import Lims

T = TypeVar("T")
#: Far more than a browser sends.
_MOST_BYTES = 20_000
#: What the library and what it stands on raise for bytes that are no answer of a device.
_UNREADABLE = (
    WebAuthnException, InvalidSignature, UnsupportedAlgorithm, ValueError, LookupError, TypeError, AttributeError,
    EOFError, struct.error, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a device keeps a key for: the host, and the address with its scheme and port."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a device: a token to go on with, until when, and the options for it as JSON (base64url inside)."""

    token: str
    options: str
    expires_at: datetime


def reasons_against_passkeys(public_url: str) -> list[Reason]:
    """Why devices will make no key for this address; nothing is offered then."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if _is_number(host):
        return [
            reason(
                "passkey.address_number",
                "Passkeys need a name, and {host} is a number: set LIMS_PUBLIC_URL to an address with a name.",
                host=host,
            )
        ]
    if not host or (parts.scheme != "https" and host != "localhost"):
        return [
            reason("passkey.insecure", "Passkeys need https: set LIMS_PUBLIC_URL to the https address of this server.")
        ]
    return []


def relying_party(public_url: str) -> RelyingParty:
    """Whom devices keep their keys for. Raises `RuleRefused` where they would keep none."""
    refuse_if(reasons_against_passkeys(public_url))
    parts = urlsplit(public_url)
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = f":{parts.port}" if parts.port and parts.port != usual else ""
    host = parts.hostname or ""
    return RelyingParty(host, f"{parts.scheme}://{host}{port}")


def begin_registration(lims: Lims, actor: Actor) -> Asked:
    """Ask a device for a key for the person at work. Raises `RuleRefused` where devices make none."""
    party = relying_party(lims.settings.public_url)
    with lims.read(actor, Action.SECOND_FACTOR_EDIT) as session:
        user = own_user(session)
        known = [base64url_to_bytes(passkey.credential_id) for passkey, _ in queries.passkeys_of(session, user.id)]
    begun = ceremonies.begin(lims, PendingKind.PASSKEY_REGISTRATION, str(user.id), user)
    options = generate_registration_options(
        rp_id=party.host,
        rp_name="Qianjian LIMS",
        user_id=user.id.bytes,
        user_name=user.username,
        user_display_name=user.full_name,
        challenge=begun.challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key) for key in known],
    )
    return Asked(begun.token, options_to_json(options), begun.expires_at)


def finish_registration(lims: Lims, actor: Actor, token: str, answer: str, label: str) -> Passkey:
    """Keep the public key that a device made.

    Args:
        token: of the question.
        answer: the browser's `PublicKeyCredential` as JSON.
        label: what the person calls the device.

    Raises `BadInput` for an answer that does not fit, `Unauthenticated` when the question is over, `Conflict` for a
    key that is registered already.
    """
    party = relying_party(lims.settings.public_url)
    pending = ceremonies.take(lims, PendingKind.PASSKEY_REGISTRATION, token)
    verified = _read(
        lambda: verify_registration_response(
            credential=_credential(answer),
            expected_challenge=pending.challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    )
    if verified is None:
        raise BadInput(reason("passkey.not_made", "The device's answer does not fit; try again."))
    with lims.work(actor, Action.SECOND_FACTOR_EDIT) as session:
        user = own_user(session)
        if not pending.is_of(user):
            raise ceremonies.over()
        passkey = save(
            session,
            Passkey(
                laboratory_id=user.laboratory_id,
                user_id=user.id,
                credential_id=bytes_to_base64url(verified.credential_id),
                public_key=bytes_to_base64url(verified.credential_public_key),
                label=label,
                registered_at=session.instant,
            ),
        )
        use = {"passkey_id": passkey.id, "sign_count": verified.sign_count}
        session.connection().execute(insert(PASSKEY_USES).values(use))
        return passkey


def own_passkey(session: LimsSession, passkey_id: UUID) -> Passkey:
    """One of the passkeys of the person at work. Raises `NotFound`."""
    passkey = session.exec(
        select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == session.actor.user_id)
    ).one_or_none()
    if passkey is None:
        raise NotFound.of("passkey", passkey_id)
    return passkey


def rename_own_passkey(session: LimsSession, passkey_id: UUID, label: str) -> Passkey:
    """Call one of one's own passkeys otherwise. Raises `NotFound`."""
    passkey = own_passkey(session, passkey_id)
    passkey.label = label
    return save(session, passkey)


def remove_own_passkey(session: LimsSession, passkey_id: UUID) -> None:
    """Take one of one's own passkeys away. Raises `NotFound`."""
    remove_passkey(session, own_passkey(session, passkey_id))


def begin_sign_in(lims: Lims, address: str) -> Asked:
    """Ask whatever device is there who it belongs to; no name is needed. Raises `RuleRefused` as registering does."""
    party = relying_party(lims.settings.public_url)
    begun = ceremonies.begin(lims, PendingKind.PASSKEY_SIGN_IN, address)
    options = generate_authentication_options(
        rp_id=party.host, challenge=begun.challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Asked(begun.token, options_to_json(options), begun.expires_at)


@dataclass(frozen=True, slots=True)
class Proof:
    """A passkey whose device signed our challenge, and how often it says it has signed."""

    passkey: Passkey
    user: User
    sign_count: int


def prove(session: LimsSession, party: RelyingParty, challenge: bytes, answer: str) -> Proof:
    """Whose device answered. Raises `Unauthenticated` for an answer that is wrong in any way, always in one sentence.

    Args:
        answer: the browser's `PublicKeyCredential` as JSON.
    """
    credential = _read(lambda: _credential(answer)) or {}
    found = session.exec(
        select(Passkey, User, PasskeyUse)
        .join(User, User.id == Passkey.user_id)  # type: ignore[arg-type]  # a condition
        .join(PasskeyUse, PasskeyUse.passkey_id == Passkey.id)  # type: ignore[arg-type]
        .where(Passkey.credential_id == str(credential.get("id", "")))
    ).one_or_none()
    if found is None:
        raise refused()
    passkey, user, use = found
    verified = _read(
        lambda: verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=use.sign_count,
            require_user_verification=True,
        )
    )
    if verified is None or not user.is_active or not _is_handle_of(user, credential):
        raise refused()
    return Proof(passkey, user, verified.new_sign_count)


def note_use(session: LimsSession, proof: Proof) -> None:
    """Keep the device's count. Raises `Unauthenticated` when it did not rise: then a copy of the key is about."""
    uses, count = PASSKEY_USES, proof.sign_count
    of_it = uses.c.passkey_id == proof.passkey.id
    risen = uses.c.sign_count < count if count else uses.c.sign_count == 0  # devices that do not count say 0
    noted = update(uses).where(of_it, risen).values(sign_count=count, used_at=session.instant)
    if session.connection().execute(noted).rowcount != 1:
        raise refused()


def refused() -> Unauthenticated:
    """The refusal of an answer that is wrong in any way, and of one whose account changed meanwhile."""
    return Unauthenticated(reason("passkey.refused", "This passkey is not known here, or its answer does not fit."))


def _credential(answer: str) -> dict[str, Any]:
    if len(answer) > _MOST_BYTES:
        raise ValueError("too long")
    read = json.loads(answer)
    if not isinstance(read, dict):
        raise TypeError("no object")
    return read


def _read(reading: Callable[[], T]) -> T | None:
    """What was read; None for what is no answer of a device to our question."""
    try:
        return reading()
    except _UNREADABLE:
        return None


def _is_handle_of(user: User, credential: dict[str, Any]) -> bool:
    """A device names the account itself; it must be the one that the key was registered for."""
    handle = credential["response"].get("userHandle")
    return handle is None or base64url_to_bytes(handle) == user.id.bytes


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
