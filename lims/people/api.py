"""JSON routes of people."""

import json
from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import Session

from lims.core.actions import Action
from lims.network import queries as network
from lims.people import accounts, queries, service
from lims.people.confirming import Purpose, begin_passkey
from lims.people.doors import client_of
from lims.people.schemas import (
    AuthorisationEnd,
    AuthorisationIn,
    AuthorisationOut,
    Me,
    PasskeyQuestionIn,
    PasskeyQuestionOut,
    SignIn,
    TemporaryPasswordIn,
    TokenOut,
    UserChangeIn,
    UserIn,
    UserOut,
    UserVersion,
)
from lims.people.sign_in import sign_in_for_token
from lims.people.tables import User
from lims.web.dependencies import ActorDep, LimsDep

router = APIRouter(prefix="/api", tags=["people"])


@router.post("/tokens", status_code=201)
def sign_in(order: SignIn, request: Request, lims: LimsDep) -> TokenOut:
    """A token for a user name and password. Send it as `Authorization: Bearer …`.

    An account with a second factor needs a one-time code too. Too many failures get 429 and `Retry-After`.
    """
    client = client_of(request)
    token, record = sign_in_for_token(lims, order.username, order.password, order.label, client, order.one_time_code)
    return TokenOut(id=record.id, token=token, expires_at=record.expires_at)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: UUID, lims: LimsDep, actor: ActorDep) -> None:
    """Revoke a token of one's own."""
    with lims.work(actor, Action.TOKEN_REVOKE) as session:
        service.revoke_token(session, token_id)


@router.get("/me")
def me(actor: ActorDep) -> Me:
    """Who the token belongs to, and their roles."""
    return Me(user_id=actor.user_id, name=actor.name, roles=sorted(actor.roles), laboratory_id=actor.laboratory_id)


@router.post("/me/passkey-questions", status_code=201)
def ask_passkey(order: PasskeyQuestionIn, request: Request, lims: LimsDep, actor: ActorDep) -> PasskeyQuestionOut:
    """Ask one's own devices to confirm an act on these things: the answer is good for nothing else.

    It goes into `authentication.passkey` of the act. A question serves once, for five minutes. 422 for who has no
    passkey, and where the address of the installation allows none.
    """
    purpose = Purpose(Action(order.act), tuple(order.subjects))
    question = begin_passkey(lims, actor, purpose, client_of(request))
    return PasskeyQuestionOut(
        token=question.token, expires_at=question.expires_at, options=json.loads(question.options)
    )


@router.get("/users")
def users(lims: LimsDep, actor: ActorDep) -> list[UserOut]:
    """The accounts of the laboratory."""
    with lims.read(actor, Action.PEOPLE_READ) as session:
        return [_shown(session, user) for user in queries.users(session)]


@router.post("/users", status_code=201)
def create_user(order: UserIn, lims: LimsDep, actor: ActorDep) -> UserOut:
    """A new account in the own laboratory."""
    with lims.work(actor, Action.USER_CREATE) as session:
        own = network.laboratory_by_id(session, actor.laboratory_id)
        user = service.create_user(
            session,
            service.UserOrder(
                order.username,
                order.full_name,
                order.password,
                order.roles,
                order.laboratory or own.code,
                order.region_code,
                order.must_change_password,
            ),
        )
        return _shown(session, user)


@router.put("/users/{username}")
def edit_user(username: str, order: UserChangeIn, lims: LimsDep, actor: ActorDep) -> UserOut:
    """Change the name, the roles and the region of an account."""
    change = accounts.AccountChange(order.full_name, order.roles, order.region_code)
    with lims.work(actor, Action.USER_EDIT) as session:
        return _shown(session, accounts.edit_user(session, username, change, order.version))


@router.post("/users/{username}/deactivate")
def deactivate_user(username: str, order: UserVersion, lims: LimsDep, actor: ActorDep) -> UserOut:
    """Switch an account off, with its sessions and tokens; what the person did stays on record."""
    with lims.work(actor, Action.USER_EDIT) as session:
        return _shown(session, accounts.deactivate_user(session, username, order.version))


@router.post("/users/{username}/reactivate")
def reactivate_user(username: str, order: UserVersion, lims: LimsDep, actor: ActorDep) -> UserOut:
    """Switch an account on again."""
    with lims.work(actor, Action.USER_EDIT) as session:
        return _shown(session, accounts.reactivate_user(session, username, order.version))


@router.post("/users/{username}/password")
def set_temporary_password(username: str, order: TemporaryPasswordIn, lims: LimsDep, actor: ActorDep) -> UserOut:
    """A temporary password, which the person replaces on the web page. Ends their sessions and tokens."""
    with lims.work(actor, Action.USER_RESET) as session:
        return _shown(session, accounts.set_temporary_password(session, username, order.password, order.version))


@router.post("/users/{username}/second-factor/reset")
def reset_second_factor(username: str, order: UserVersion, lims: LimsDep, actor: ActorDep) -> UserOut:
    """Take one-time codes and passkeys from somebody who lost them. Ends their sessions and tokens."""
    with lims.work(actor, Action.USER_RESET) as session:
        return _shown(session, accounts.reset_second_factor(session, username, order.version))


@router.get("/users/{username}/authorisations")
def authorisations(username: str, lims: LimsDep, actor: ActorDep) -> list[AuthorisationOut]:
    """What a person is or was authorised for."""
    with lims.read(actor, Action.PEOPLE_READ) as session:
        user = queries.known_user(session, username)
        return [AuthorisationOut.model_validate(a) for a in queries.authorisations_of(session, user.id)]


@router.post("/users/{username}/authorisations", status_code=201)
def authorise(username: str, order: AuthorisationIn, lims: LimsDep, actor: ActorDep) -> AuthorisationOut:
    """Authorise a person for a method, or as a signatory for a field."""
    with lims.work(actor, Action.USER_AUTHORISE) as session:
        user = queries.known_user(session, username)
        granted = service.authorise(session, user, order.kind, order.subject, order.starts_on, order.ends_on)
        return AuthorisationOut.model_validate(granted)


@router.post("/authorisations/{authorisation_id}/end")
def end_authorisation(
    authorisation_id: UUID, order: AuthorisationEnd, lims: LimsDep, actor: ActorDep
) -> AuthorisationOut:
    """Say until which day, inclusive, somebody is authorised."""
    with lims.work(actor, Action.USER_AUTHORISE) as session:
        ended = service.end_authorisation(session, authorisation_id, order.ends_on, order.version)
        return AuthorisationOut.model_validate(ended)


def _shown(session: Session, user: User) -> UserOut:
    return UserOut(
        id=user.id,
        version=user.version,
        username=user.username,
        full_name=user.full_name,
        laboratory_id=user.laboratory_id,
        region_code=user.region_code,
        is_active=user.is_active,
        must_change_password=user.must_change_password,
        roles=sorted(queries.roles_of(session, user.id)),
    )
