"""Signing in: a password, then a second factor where the person has one; or a passkey, which is both.

Every way begins with counting the attempt (`lims.people.attempts`) and answers in the same words and time whether or
not anybody has the name.
"""

from dataclasses import dataclass
from datetime import datetime

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.errors import Forbidden, RuleRefused, Unauthenticated
from lims.core.reasons import Where, reason
from lims.people import attempts, ceremonies, passkeys, queries, second_factor
from lims.people.devices import device_label
from lims.people.passwords import matches
from lims.people.sealing import sealer_of
from lims.people.service import actor_of, issue_token
from lims.people.sessions import Opened, open_session
from lims.people.sign_in_tables import PendingKind, SignInMethod
from lims.people.tables import ApiToken, User
from lims.people.throttle import AttemptOutcome
from lims.runtime import Lims

_WRONG = reason("sign_in.wrong", "User name or password is wrong.")


@dataclass(frozen=True, slots=True)
class Client:
    """Where somebody signs in from: the address of the connection, and what the browser says of itself."""

    address: str
    user_agent: str = ""

    @property
    def device(self) -> str:
        """The browser in a few words."""
        return device_label(self.user_agent)


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """The password was right; a code is asked for. The token gives no right, and lives until `expires_at`."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordPassed:
    """Whose password was right, and whether a code must follow."""

    user: User
    actor: Actor
    needs_code: bool


def sign_in_with_password(lims: Lims, username: str, password: str, client: Client) -> Opened | SecondFactorNeeded:
    """The first step. Raises `Unauthenticated` for a wrong name or password, `TooManyRequests`."""
    attempt = attempts.begin(lims, username, client.address)
    passed = check_password(lims, username, password)
    if passed.needs_code:
        attempts.settle(lims, attempt, AttemptOutcome.HALF)
        begun = ceremonies.begin(lims, PendingKind.SECOND_FACTOR, client.address, passed.user)
        return SecondFactorNeeded(begun.token, begun.expires_at)
    with lims.work(passed.actor, Action.SESSION_OPEN) as session:
        user = second_factor.own_user(session)
        if user.version != passed.user.version:  # a new password or a deactivation, while this one was compared
            raise Unauthenticated(_WRONG)
        opened = open_session(session, user, SignInMethod.PASSWORD, client.device, lims.settings.session_hours)
    attempts.settle(lims, attempt, AttemptOutcome.SUCCEEDED)
    return opened


def sign_in_with_code(lims: Lims, token: str, code: str, client: Client) -> Opened:
    """The second step: a one-time code or a recovery code. After a wrong one the same token serves again.

    Raises `Unauthenticated`: with a reason at the field `code` for a wrong code, without one (`sign_in.over`) when the
    first step is too long ago; and `TooManyRequests`.
    """
    pending = ceremonies.look(lims, PendingKind.SECOND_FACTOR, token)
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        user = session.get(User, pending.user_id)
        if user is None or not pending.is_of(user):
            raise ceremonies.over()
        actor = actor_of(session, user)
    attempt = attempts.begin(lims, user.username, client.address)
    with lims.work(actor, Action.SESSION_OPEN) as session:
        user = second_factor.own_user(session)
        if not pending.is_of(user):
            raise ceremonies.over()
        method = second_factor.accept_code(session, sealer_of(lims), user.id, code)
        opened = open_session(session, user, method, client.device, lims.settings.session_hours)
    ceremonies.take(lims, PendingKind.SECOND_FACTOR, token)
    attempts.settle(lims, attempt, AttemptOutcome.SUCCEEDED)
    return opened


def sign_in_with_passkey(lims: Lims, token: str, answer: str, client: Client) -> Opened:
    """Both factors at once, for whoever the device belongs to; `passkeys.begin_sign_in` gave the token.

    Raises `Unauthenticated`, `TooManyRequests`, and `RuleRefused` where devices keep no keys.
    """
    party = passkeys.relying_party(lims.settings.public_url)
    attempt = attempts.begin(lims, "", client.address)
    pending = ceremonies.take(lims, PendingKind.PASSKEY_SIGN_IN, token)
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        proof = passkeys.prove(session, party, pending.challenge, answer)
        actor = actor_of(session, proof.user)
    with lims.work(actor, Action.SESSION_OPEN) as session:
        user = second_factor.own_user(session)
        if user.version != proof.user.version:  # as after a password: switched off or changed meanwhile
            raise passkeys.refused()
        passkeys.note_use(session, proof)
        opened = open_session(session, user, SignInMethod.PASSKEY, client.device, lims.settings.session_hours)
    attempts.settle(lims, attempt, AttemptOutcome.SUCCEEDED)
    return opened


def sign_in_for_token(
    lims: Lims, username: str, password: str, label: str, client: Client, one_time_code: str | None = None
) -> tuple[str, ApiToken]:
    """A new API token for a user name and password, and a code where the person has a second factor.

    The token is shown this once. Raises `Unauthenticated`, `TooManyRequests`, and `Forbidden` while the password is a
    temporary one.
    """
    attempt = attempts.begin(lims, username, client.address)
    passed = check_password(lims, username, password)
    if passed.user.must_change_password:
        attempts.settle(lims, attempt, AttemptOutcome.HALF)
        raise Forbidden(
            reason("password.temporary", "The password is a temporary one; sign in on the web page and replace it.")
        )
    if passed.needs_code and not one_time_code:
        attempts.settle(lims, attempt, AttemptOutcome.HALF)
        raise Unauthenticated(
            reason("second_factor.needed", "This account needs a one-time code as well.", at=Where("one_time_code"))
        )
    with lims.work(passed.actor, Action.TOKEN_CREATE) as session:
        user = second_factor.own_user(session)
        if user.version != passed.user.version:
            raise Unauthenticated(_WRONG)
        if passed.needs_code:
            second_factor.accept_code(session, sealer_of(lims), user.id, one_time_code or "")
        issued = issue_token(session, user, label, lims.settings.token_days)
    attempts.settle(lims, attempt, AttemptOutcome.SUCCEEDED)
    return issued


def actor_at_terminal(lims: Lims, username: str, password: str) -> Actor:
    """Who acts at the command line of the installation. The attempt is counted as one to sign in is.

    Raises `Unauthenticated`, `TooManyRequests`, `Forbidden` while the password is a temporary one, and `RuleRefused`
    where a second factor is asked for: such a person acts in the browser.
    """
    attempt = attempts.begin(lims, username, "")
    passed = check_password(lims, username, password)
    attempts.settle(lims, attempt, AttemptOutcome.HALF)
    if passed.user.must_change_password:
        raise Forbidden(
            reason("password.temporary", "The password is a temporary one; sign in on the web page and replace it.")
        )
    if passed.needs_code:
        said = "{name} signs in with a second factor; do this in the browser."
        raise RuleRefused(reason("second_factor.in_browser", said, name=username))
    return passed.actor


def check_password(lims: Lims, username: str, password: str) -> PasswordPassed:
    """Whose name and password these are. Counts no attempt and gives no right: for the functions of this module.

    Raises `Unauthenticated`, in the same time and words whether the name or the password is wrong.
    """
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        user = queries.user_signing_in(session, username)
        known = user if user is not None and user.is_active else None
        is_right = matches(known.password_hash if known else None, password)
        if known is None or not is_right:
            raise Unauthenticated(_WRONG)
        return PasswordPassed(known, actor_of(session, known), queries.totp_of(session, known.id) is not None)


def confirm_password(lims: Lims, actor: Actor, password: str, client: Client, field: str = "old_password") -> User:
    """Ask a signed-in person for their password again, before what a thief of their session must not do.

    Raises `RuleRefused` at the field of the form or the body, `TooManyRequests`.
    """
    with lims.read(actor, Action.PASSWORD_CHANGE) as session:
        user = second_factor.own_user(session)
    attempt = attempts.begin(lims, user.username, client.address)
    if not matches(user.password_hash, password):
        raise RuleRefused(reason("password.wrong", "This is not your password.", at=Where(field)))
    attempts.settle(lims, attempt, AttemptOutcome.HALF)
    return user
