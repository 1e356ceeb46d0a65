"""What people sign with (个人签名密钥): their own certificate, or a development one made on first use, for trial only.

A key belongs to one person and is opened only together with a fresh proof of who they are (`confirming`): so the data
that make a signature are the signer's own and under the signer's control (电子签名法, article 13).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlmodel import Session, col, select

from lims.core.actions import Action, Role
from lims.core.actors import Actor
from lims.core.clock import local_day
from lims.core.errors import BadInput, RuleRefused, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, save
from lims.documents.certificates import (
    LONGEST_NAME,
    common_name,
    read_certificates,
    trusted_certificates,
    why_not_trusted,
)
from lims.documents.keys import (
    SigningIdentity,
    identity_from_pem,
    key_as_pem,
    read_pkcs12,
)
from lims.documents.personal_keys import personal_development_identity
from lims.people import queries
from lims.people.confirmation_tables import KeyKind, PersonalKey
from lims.people.sealing import key_sealer_of
from lims.people.second_factor import own_user
from lims.people.tables import User
from lims.runtime import Lims

if TYPE_CHECKING:
    from lims.documents.tokens import TokenPlace

#: Before its last day, a certificate is spoken of.
NOTICE = timedelta(days=30)
#: Who signs acts on reports.
SIGNERS = frozenset({Role.REPORT_COMPILER, Role.REPORT_REVIEWER, Role.AUTHORISED_SIGNATORY})


class KeyGone(RuleRefused):
    """A key that somebody signs or signed with is not where it was."""


class KeyState(StrEnum):
    """What a person's key is good for."""

    NONE = "no_key"
    TRIAL = "for_trial"
    VALID = "valid"
    ENDING = "ending_soon"
    EXPIRED = "expired"
    OTHER_NAME = "other_name"


@dataclass(frozen=True, slots=True)
class PersonsKey:
    """A person with the key in use, those that it took the place of, the newest first, and what it is good for."""

    user: User
    key: PersonalKey | None
    former: Sequence[PersonalKey]
    state: KeyState

    @property
    def name(self) -> str | None:
        """Whom the certificate names."""
        return None if self.key is None else common_name(certificate_of(self.key))

    @property
    def replaced(self) -> int:
        """How many keys there were before it."""
        return len(self.former)


def key_of(session: Session, user_id: UUID) -> PersonalKey | None:
    """The key that a person signs with: the newest."""
    query = select(PersonalKey).where(PersonalKey.user_id == user_id)
    return session.exec(query.order_by(col(PersonalKey.serial).desc()).limit(1)).first()


def keys_of(session: Session, users: list[User], now: datetime) -> list[PersonsKey]:
    """The keys of people, in their order."""
    found: dict[UUID, list[PersonalKey]] = {}
    wanted = select(PersonalKey).where(col(PersonalKey.user_id).in_([user.id for user in users]))
    for key in session.exec(wanted.order_by(col(PersonalKey.serial))).all():
        found.setdefault(key.user_id, []).append(key)
    return [_persons_key(user, found.get(user.id, []), now) for user in users]


def keys_of_signers(session: Session, now: datetime) -> list[PersonsKey]:
    """The keys of everybody in the laboratory who signs acts on reports and has an account that is on."""
    roles = queries.roles_by_user(session)
    signers = [one for one in queries.users(session) if one.is_active and roles.get(one.id, frozenset()) & SIGNERS]
    return keys_of(session, signers, now)


def own_key(session: LimsSession, now: datetime) -> PersonsKey:
    """The key of the person at work. Raises `Forbidden` for the installation itself."""
    return keys_of(session, [own_user(session)], now)[0]


def reasons_against(held: PersonsKey) -> list[Reason]:
    """Why a person cannot sign now; empty when they can, a key for trial being made for who has none."""
    if held.key is None:
        return []
    if held.state is KeyState.EXPIRED:
        said = "Your signing certificate was valid from {first} to {last}, not now; give a new one on “My account”."
        first, last = local_day(held.key.valid_from).isoformat(), local_day(held.key.valid_until).isoformat()
        return [reason("personal_key.expired", said, first=first, last=last)]
    if held.state is KeyState.OTHER_NAME and held.key.kind is not KeyKind.DEVELOPMENT:
        return [_other_name(held.name or "", held.user.full_name)]
    return []


def ready_key(lims: Lims, actor: Actor) -> UUID:
    """The id of the key that a person signs with now; one for trial is made for who has none, or has a new name.

    Raises `RuleRefused` for a certificate that is not valid now or names somebody else, and `Forbidden`.
    """
    now = lims.clock.now()
    with lims.read(actor, Action.ACT_CONFIRM) as session:
        held = own_key(session, now)
    refuse_if(reasons_against(held))
    if held.key is not None and held.state is not KeyState.OTHER_NAME:
        return held.key.id
    made = _development_key(lims, held.user.id, held.user.full_name)
    with lims.work(actor, Action.SIGNING_KEY_EDIT) as session:
        again = own_key(session, now)
        if again.key is not None and (held.key is None or again.key.id != held.key.id):
            return again.key.id  # another request of the same person was quicker
        return _keep(session, KeyKind.DEVELOPMENT, made, "").id


def open_key(session: Session, lims: Lims, key_id: UUID) -> SigningIdentity:
    """The identity behind a key, to sign with.

    Raises `KeyGone` when the token holds that key no more, `BadInput` when the token does not answer.
    """
    key = session.exec(select(PersonalKey).where(PersonalKey.id == key_id)).one()
    if key.kind is KeyKind.DEVELOPMENT:
        return _development_key(lims, key.user_id, common_name(certificate_of(key)))
    if key.kind is KeyKind.TOKEN:
        return _held_in_token(lims, session.exec(select(User).where(User.id == key.user_id)).one(), key)
    return identity_from_pem(key_sealer_of(lims).open(key.sealed_key), key.certificate_pem, is_development=False)


def _held_in_token(lims: Lims, user: User, key: PersonalKey) -> SigningIdentity:
    """The very key that was chosen, under whatever label, with the certificate that it had then.

    The token may hold a newer key of the person by now, or a newer certificate of this one.
    """
    from lims.documents.tokens import held_key  # loads the driver

    certificate, *above = read_certificates(key.certificate_pem.encode())
    found = held_key(_place_in_token(lims, user.username), certificate)
    if found is None:
        said = "The token does not hold the key any more that you chose; choose another one on “My account”."
        raise KeyGone(reason("personal_key.token_changed", said))
    return SigningIdentity(found, certificate, tuple(above), is_development=False)


def _development_key(lims: Lims, user_id: UUID, name: str) -> SigningIdentity:
    return personal_development_identity(lims.settings.data / "keys", str(user_id), name[:LONGEST_NAME], lims.clock)


def give_own_key(session: LimsSession, lims: Lims, content: bytes, passphrase: str, file_name: str) -> PersonalKey:
    """Sign with one's own certificate from now on. The passphrase is used this once and not kept.

    Raises `BadInput`: not a PKCS#12 file or another passphrase, no key in it, a weak one, not valid now, not for
    signing; `RuleRefused` for a certificate of somebody else, or of an authority that is not trusted here: nobody could
    verify what is signed with it.
    """
    identity = read_pkcs12(content, passphrase, lims.clock, source=file_name, field="file")
    _refuse_unfit(lims, identity, own_user(session))
    sealed = key_sealer_of(lims).seal(key_as_pem(identity))
    return _keep(session, KeyKind.OWN, identity, sealed)


def use_token(session: LimsSession, lims: Lims) -> PersonalKey:
    """Sign with the key in the installation's token that stands under one's user name from now on.

    Raises `RuleRefused` where there is no token, `BadInput` for one that does not answer or lacks the key, and as
    `give_own_key` for what its certificate says.
    """
    user = own_user(session)
    identity = _in_token(lims, user.username)
    _refuse_unfit(lims, identity, user)
    return _keep(session, KeyKind.TOKEN, identity, "")


def _in_token(lims: Lims, label: str) -> SigningIdentity:
    from lims.documents.tokens import token_identity  # loads the driver

    return token_identity(_place_in_token(lims, label), lims.clock, _trusted(lims))


def _place_in_token(lims: Lims, label: str) -> "TokenPlace":
    from lims.documents.tokens import TokenPlace  # loads the driver

    settings = lims.settings
    if settings.signing_pkcs11_module is None or settings.signing_pkcs11_pin is None:
        raise RuleRefused(reason("personal_key.no_token", "This installation has no token; give a certificate file."))
    pin = settings.signing_pkcs11_pin.get_secret_value()
    return TokenPlace(settings.signing_pkcs11_module, settings.signing_pkcs11_token, label, pin)


def _refuse_unfit(lims: Lims, identity: SigningIdentity, user: User) -> None:
    """Refuse a certificate that could not be verified as this person's: of another name, purpose or authority."""
    named = common_name(identity.certificate)
    if not _is_same(named, user.full_name):
        raise RuleRefused(_other_name(named, user.full_name))
    if not _may_sign(identity.certificate):
        said = "This certificate is not for signing: its key usage allows neither digital signatures nor commitments."
        raise BadInput(reason("personal_key.usage", said, at=Where("file")))
    refuse_if(why_not_trusted(identity.certificate, identity.chain, _trusted(lims), lims.clock.now()))


def _trusted(lims: Lims) -> tuple[x509.Certificate, ...]:
    folder = lims.settings.trusted_certificates
    return () if folder is None else trusted_certificates(folder)


def _keep(session: LimsSession, kind: KeyKind, identity: SigningIdentity, sealed: str) -> PersonalKey:
    user = own_user(session)
    last = key_of(session, user.id)
    certificate = identity.certificate
    return save(
        session,
        PersonalKey(
            laboratory_id=user.laboratory_id,
            user_id=user.id,
            serial=1 if last is None else last.serial + 1,
            kind=kind,
            sealed_key=sealed,
            certificate_pem=identity.certificate_pem.decode(),
            issuer=_issuer_of(certificate),
            valid_from=certificate.not_valid_before_utc,
            valid_until=certificate.not_valid_after_utc,
            made_at=session.instant,
        ),
    )


def _persons_key(user: User, keys: list[PersonalKey], now: datetime) -> PersonsKey:
    key = keys[-1] if keys else None
    return PersonsKey(user, key, keys[-2::-1], KeyState.NONE if key is None else _state(key, user, now))


def _state(key: PersonalKey, user: User, now: datetime) -> KeyState:
    if not key.valid_from <= now <= key.valid_until:
        return KeyState.EXPIRED
    if not _is_same(common_name(certificate_of(key)), user.full_name):
        return KeyState.OTHER_NAME
    if key.kind is KeyKind.DEVELOPMENT:
        return KeyState.TRIAL
    return KeyState.ENDING if key.valid_until - now < NOTICE else KeyState.VALID


def certificate_of(key: PersonalKey) -> x509.Certificate:
    """What a person signs with a key of theirs under."""
    return read_certificates(key.certificate_pem.encode())[0]


def _issuer_of(certificate: x509.Certificate) -> str:
    """The common name of who issued a certificate, or the whole name when it has none."""
    names = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return (str(names[0].value) if names else certificate.issuer.rfc4514_string())[:300]


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _is_same(named: str, full_name: str) -> bool:
    """Whether a certificate names a person as reports print them: who verifies a report holds one against the other."""
    return named == full_name.strip()[:LONGEST_NAME]


def _other_name(named: str, name: str) -> Reason:
    said = "The certificate is that of {named}; you are {name}. Sign with a certificate of your own."
    return reason("personal_key.other_name", said, named=named, name=name, at=Where("file"))
