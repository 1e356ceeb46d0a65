"""Who does this, proved afresh (再次验证): before an act that a person vouches for, an open session is not enough.

A proof is the password, with a one-time code where the person has a phone for it, or a passkey alone. It gives a
`Confirmation`: of one person, for one kind of act, on the things that were named, for some minutes. It opens the
person's signing key. Services ask for it, so that nothing of the kind can be done without one, through any door.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, select
from webauthn import generate_authentication_options, options_to_json
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.canonical import canonical_bytes
from lims.core.errors import BadInput, Forbidden, RuleRefused, Unauthenticated, refuse_if
from lims.core.reasons import Where, reason
from lims.db.work import LimsSession, acting_person, save
from lims.documents.keys import SigningIdentity
from lims.people import attempts, ceremonies, passkeys, personal_keys, queries, second_factor
from lims.people.confirmation_tables import ActConfirmation
from lims.people.passwords import matches
from lims.people.personal_keys import own_key, ready_key, reasons_against
from lims.people.sealing import sealer_of
from lims.people.second_factor import own_user
from lims.people.sign_in import Client
from lims.people.sign_in_tables import PendingKind, SignInMethod
from lims.people.tables import User
from lims.people.throttle import AttemptOutcome
from lims.runtime import Lims

#: So long a confirmation serves the acts that it was given for.
LIFE = timedelta(minutes=30)
#: Things that one confirmation is for; nobody decides on more in one go.
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is confirmed: an act, and the keys of what it is done to, as the door names them."""

    action: Action
    subjects: tuple[str, ...]

    @property
    def digest(self) -> bytes:
        """SHA-256: a passkey signs it, so that its answer is good for nothing else."""
        return hashlib.sha256(canonical_bytes([self.action.value, sorted(set(self.subjects))])).digest()


@dataclass(frozen=True, slots=True)
class Proof:
    """What a person proves it with: `password` and `code`, or the `token` and `answer` of a passkey's question."""

    password: str = ""
    code: str = ""
    token: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person has proved who they are, for these subjects of one act; `key` is theirs to sign with."""

    id: UUID
    key_id: UUID
    method: SignInMethod
    at: datetime
    key: SigningIdentity


@dataclass(frozen=True, slots=True)
class Ways:
    """How a person can prove it: is a code asked for beside the password, and would a passkey do?"""

    needs_code: bool
    has_passkey: bool


def confirm(lims: Lims, actor: Actor, purpose: Purpose, proof: Proof, client: Client) -> Confirmation:
    """Check a proof for a purpose; the attempt is counted as one to sign in is. Nothing else changes.

    Raises `Unauthenticated` at the field `password` or `code` for a wrong one, `BadInput` for a missing one,
    `TooManyRequests`, `Forbidden` for who may not do the act, and `RuleRefused` when the person's certificate cannot
    sign now, before any code is spent.
    """
    lims.require(actor, purpose.action)
    if not 0 < len(purpose.subjects) <= MOST:
        said = "Choose between one and {most}; so many can be confirmed at once."
        raise BadInput(reason("confirmation.subjects", said, most=MOST))
    with lims.read(actor, Action.ACT_CONFIRM) as session:
        user = own_user(session)
        refuse_if(reasons_against(own_key(session, lims.clock.now())))
        needs_code = queries.totp_of(session, user.id) is not None
    if user.must_change_password:
        said = "The password is a temporary one; sign in on the web page and replace it."
        raise Forbidden(reason("password.temporary", said))
    if proof.answer:
        return _by_passkey(lims, actor, user, purpose, proof, client)
    return _by_password(lims, actor, user, purpose, proof, client, needs_code=needs_code)


def begin_passkey(lims: Lims, actor: Actor, purpose: Purpose, client: Client) -> passkeys.Asked:
    """Ask the person's own devices to confirm a purpose. Raises `RuleRefused` where devices keep no keys."""
    lims.require(actor, purpose.action)
    party = passkeys.relying_party(lims.settings.public_url)
    with lims.read(actor, Action.ACT_CONFIRM) as session:
        user = own_user(session)
        known = [base64url_to_bytes(passkey.credential_id) for passkey, _ in queries.passkeys_of(session, user.id)]
    if not known:
        raise RuleRefused(reason("passkey.none", "You have no passkey; confirm with your password."))
    begun = ceremonies.begin(lims, PendingKind.PASSKEY_CONFIRMATION, client.address, user)
    options = generate_authentication_options(
        rp_id=party.host,
        challenge=_challenge(begun.challenge, purpose),
        allow_credentials=[PublicKeyCredentialDescriptor(id=key) for key in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return passkeys.Asked(begun.token, options_to_json(options), begun.expires_at)


def kept_confirmation(session: LimsSession, lims: Lims, confirmation_id: UUID) -> Confirmation:
    """A confirmation that was given some minutes ago, for work that goes on in the background.

    `require_confirmation` still says whether it serves. Raises `RuleRefused`.
    """
    record = _record(session, confirmation_id)
    return _with_key(session, lims, record)


def require_confirmation(session: LimsSession, confirmation: Confirmation, subject: str) -> None:
    """Let an act pass only with a confirmation of the person at work, for this act and this subject, and fresh.

    What is looked at is the record that `confirm` wrote. Raises `RuleRefused`.
    """
    record = _record(session, confirmation.id)
    wanted = None if session.act is None else session.act.action
    is_theirs = record.user_id == acting_person(session) and record.key_id == confirmation.key_id
    if not is_theirs or record.action != wanted or subject not in record.subjects.split("\n"):
        raise RuleRefused(
            reason("confirmation.other", "Who you are was confirmed for another act; confirm it for this one.")
        )
    if not timedelta(0) <= session.instant - record.at <= LIFE:
        raise RuleRefused(
            reason("confirmation.over", "It is too long ago that you confirmed who you are; confirm it again.")
        )


def ways_of(session: Session, lims: Lims, user_id: UUID) -> Ways:
    """How a person can prove who they are."""
    is_possible = not passkeys.reasons_against_passkeys(lims.settings.public_url)
    has_passkey = is_possible and bool(queries.passkeys_of(session, user_id))
    return Ways(queries.totp_of(session, user_id) is not None, has_passkey)


def _by_password(
    lims: Lims, actor: Actor, user: User, purpose: Purpose, proof: Proof, client: Client, *, needs_code: bool
) -> Confirmation:
    if not proof.password:
        raise BadInput(
            reason("confirmation.password", "Type your password: the act is yours alone.", at=Where("password"))
        )
    attempt = attempts.begin(lims, user.username, client.address)
    if not matches(user.password_hash, proof.password):
        raise Unauthenticated(reason("password.wrong", "This is not your password.", at=Where("password")))
    if needs_code and not proof.code.strip():
        attempts.settle(lims, attempt, AttemptOutcome.HALF)
        raise BadInput(reason("second_factor.needed", "This account needs a one-time code as well.", at=Where("code")))
    key_id = ready_key(lims, actor)
    with lims.work(actor, Action.ACT_CONFIRM) as session:
        own = _unchanged(session, user)
        method = SignInMethod.PASSWORD
        if needs_code:
            method = second_factor.accept_code(session, sealer_of(lims), own.id, proof.code)
        confirmation = _keep(session, lims, purpose, method, key_id)
    attempts.settle(lims, attempt, AttemptOutcome.SUCCEEDED)
    return confirmation


def _by_passkey(lims: Lims, actor: Actor, user: User, purpose: Purpose, proof: Proof, client: Client) -> Confirmation:
    party = passkeys.relying_party(lims.settings.public_url)
    attempt = attempts.begin(lims, "", client.address)
    pending = ceremonies.take(lims, PendingKind.PASSKEY_CONFIRMATION, proof.token)
    if not pending.is_of(user):
        raise ceremonies.over()
    with lims.read(actor, Action.ACT_CONFIRM) as session:
        proved = passkeys.prove(session, party, _challenge(pending.challenge, purpose), proof.answer)
    if proved.user.id != user.id:
        raise passkeys.refused()
    key_id = ready_key(lims, actor)
    with lims.work(actor, Action.ACT_CONFIRM) as session:
        _unchanged(session, user)
        passkeys.note_use(session, proved)
        confirmation = _keep(session, lims, purpose, SignInMethod.PASSKEY, key_id)
    attempts.settle(lims, attempt, AttemptOutcome.SUCCEEDED)
    return confirmation


def _unchanged(session: LimsSession, user: User) -> User:
    """The person's account. Raises `Unauthenticated` when it was changed while a proof was checked."""
    own = own_user(session)
    if own.version != user.version or not own.is_active:
        raise ceremonies.over()
    return own


def _keep(session: LimsSession, lims: Lims, purpose: Purpose, method: SignInMethod, key_id: UUID) -> Confirmation:
    user = own_user(session)
    record = save(
        session,
        ActConfirmation(
            laboratory_id=user.laboratory_id,
            user_id=user.id,
            key_id=key_id,
            action=purpose.action.value,
            subjects="\n".join(_in_lines(purpose.subjects)),
            method=method,
            at=session.instant,
        ),
    )
    return _with_key(session, lims, record)


def _with_key(session: LimsSession, lims: Lims, record: ActConfirmation) -> Confirmation:
    key = personal_keys.open_key(session, lims, record.key_id)
    return Confirmation(record.id, record.key_id, record.method, record.at, key)


def _record(session: LimsSession, confirmation_id: UUID) -> ActConfirmation:
    found = session.exec(select(ActConfirmation).where(ActConfirmation.id == confirmation_id)).one_or_none()
    if found is None:
        raise RuleRefused(reason("confirmation.unknown", "Who you are was not confirmed; confirm it first."))
    return found


def _in_lines(subjects: Iterable[str]) -> list[str]:
    """Each subject once, none of them able to look like two."""
    return [" ".join(subject.split()) for subject in dict.fromkeys(subjects)]


def _challenge(random: bytes, purpose: Purpose) -> bytes:
    return hashlib.sha256(random + purpose.digest).digest()
