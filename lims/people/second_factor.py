"""The second factor beside the password: one-time codes of a phone, and recovery codes for when it is lost."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import delete, insert, select, update
from sqlmodel import col
from sqlmodel import select as select_records

from lims.core.errors import Conflict, Forbidden, RuleRefused, Unauthenticated
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, save
from lims.documents.qr import qr_svg
from lims.people import queries
from lims.people.sealing import Sealer
from lims.people.sign_in_tables import PASSKEY_USES, TOTP_USES, Passkey, RecoveryCode, SignInMethod, Totp
from lims.people.tables import User
from lims.people.totp import is_code, new_recovery_codes, new_secret, normalised, provisioning_uri, step_of


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person sets up their app with: a QR code to scan (one path, no inline style), or the secret to type."""

    secret: str
    uri: str
    qr: Markup


def begin_totp(session: LimsSession, sealer: Sealer) -> Enrolment:
    """A new secret for the person at work; it counts once `confirm_totp` has seen a code made of it.

    Raises `Conflict` when one-time codes are in force already.
    """
    user = own_user(session)
    totp = queries.totp_of(session, user.id, confirmed=False)
    if totp is not None and totp.confirmed_at is not None:
        raise Conflict(reason("totp.in_force", "One-time codes are in force already; switch them off first."))
    secret = new_secret()
    if totp is None:
        totp = Totp(laboratory_id=user.laboratory_id, user_id=user.id, sealed_secret=sealer.seal(secret))
    totp.sealed_secret = sealer.seal(secret)
    save(session, totp)
    uri = provisioning_uri(secret, user.username)
    return Enrolment(secret, uri, qr_svg(uri))


def enrolment_under_way(session: LimsSession, sealer: Sealer) -> Enrolment | None:
    """What `begin_totp` gave and nobody has confirmed yet, to show it again after a wrong code."""
    user = own_user(session)
    totp = queries.totp_of(session, user.id, confirmed=False)
    if totp is None or totp.confirmed_at is not None:
        return None
    secret = sealer.open(totp.sealed_secret)
    uri = provisioning_uri(secret, user.username)
    return Enrolment(secret, uri, qr_svg(uri))


def confirm_totp(session: LimsSession, sealer: Sealer, code: str) -> tuple[str, ...]:
    """Put one-time codes in force with a first code, and give ten recovery codes, which are shown this once.

    Raises `RuleRefused` for a wrong code, `Conflict` when nothing was begun.
    """
    user = own_user(session)
    totp = queries.totp_of(session, user.id, confirmed=False)
    if totp is None or totp.confirmed_at is not None:
        raise Conflict(reason("totp.not_begun", "Nothing is waiting for a code; begin again."))
    if not _spend_step(session, sealer, totp, normalised(code)):
        raise RuleRefused(_wrong_code())
    totp.confirmed_at = session.instant
    save(session, totp)
    return renew_recovery_codes(session)


def renew_recovery_codes(session: LimsSession) -> tuple[str, ...]:
    """Ten new recovery codes for the person at work; the old ones serve no more. Raises `Conflict` without a phone."""
    user = own_user(session)
    totp = queries.totp_of(session, user.id)
    if totp is None:
        raise Conflict(reason("totp.off", "One-time codes are not in force; set them up first."))
    _delete_recovery_codes(session, user.id)
    codes = new_recovery_codes()
    save(
        session,
        *(RecoveryCode(laboratory_id=user.laboratory_id, user_id=user.id, code_sha256=_digest(code)) for code in codes),
    )
    return codes


def accept_code(session: LimsSession, sealer: Sealer, user_id: UUID, code: str) -> SignInMethod:
    """Spend a one-time code or a recovery code. Raises `Unauthenticated` when it is neither, or spent already."""
    totp = queries.totp_of(session, user_id)
    meant = normalised(code)
    if totp is not None and is_code(meant):
        if _spend_step(session, sealer, totp, meant):
            return SignInMethod.PASSWORD_AND_CODE
    elif totp is not None and (recovery := _recovery_code(session, user_id, meant)):
        recovery.used_at = session.instant
        save(session, recovery)
        return SignInMethod.PASSWORD_AND_RECOVERY_CODE
    raise Unauthenticated(_wrong_code())


def remove_totp(session: LimsSession, user_id: UUID) -> None:
    """Take one-time codes and recovery codes away; nothing happens when there are none."""
    totp = queries.totp_of(session, user_id, confirmed=False)
    if totp is not None:
        session.delete(totp)
        session.flush()
    _delete_recovery_codes(session, user_id)


def remove_passkey(session: LimsSession, passkey: Passkey) -> None:
    """Take a passkey away."""
    session.connection().execute(delete(PASSKEY_USES).where(PASSKEY_USES.c.passkey_id == passkey.id))
    session.delete(passkey)
    session.flush()


def remove_second_factors(session: LimsSession, user_id: UUID) -> None:
    """Take everything but the password away."""
    remove_totp(session, user_id)
    for passkey, _ in queries.passkeys_of(session, user_id):
        remove_passkey(session, passkey)


def own_user(session: LimsSession) -> User:
    """The account of the person at work. Raises `Forbidden` for the installation itself."""
    user = session.get(User, session.actor.user_id) if session.actor.user_id else None
    if user is None:
        raise Forbidden(reason("user.no_account", "This is for people with an account of their own."))
    return user


def _spend_step(session: LimsSession, sealer: Sealer, totp: Totp, code: str) -> bool:
    """Whether the code is of a step that nobody has used. Two at once: the statement lets one of them through."""
    if not is_code(code):
        return False
    connection = session.connection()
    last = connection.execute(select(TOTP_USES.c.step).where(TOTP_USES.c.user_id == totp.user_id)).scalar_one_or_none()
    step = step_of(sealer.open(totp.sealed_secret), code, session.instant, last)
    if step is None:
        return False
    if last is None:
        connection.execute(insert(TOTP_USES).values(user_id=totp.user_id, step=step))
        return True
    spent = update(TOTP_USES).where(TOTP_USES.c.user_id == totp.user_id, TOTP_USES.c.step < step).values(step=step)
    return connection.execute(spent).rowcount == 1


def _recovery_code(session: LimsSession, user_id: UUID, meant: str) -> RecoveryCode | None:
    return session.exec(
        select_records(RecoveryCode).where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_sha256 == _digest(meant),
            col(RecoveryCode.used_at).is_(None),
        )
    ).one_or_none()


def _delete_recovery_codes(session: LimsSession, user_id: UUID) -> None:
    for code in session.exec(select_records(RecoveryCode).where(RecoveryCode.user_id == user_id)).all():
        session.delete(code)
    session.flush()


def _wrong_code() -> Reason:
    return reason(
        "second_factor.wrong",
        "This code is wrong or was used already; wait for the next one.",
        at=Where("code"),
    )


def _digest(code: str) -> str:
    # 80 random bits: a plain digest is enough, and can be looked up.
    return hashlib.sha256(normalised(code).encode(errors="replace")).hexdigest()
