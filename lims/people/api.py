"""JSON routes of people."""

from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session

from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.network import queries as network
from lims.people import queries, service
from lims.people.schemas import AuthorisationIn, AuthorisationOut, Me, SignIn, TokenOut, UserIn, UserOut
from lims.people.tables import User
from lims.web.dependencies import ActorDep, LimsDep

router = APIRouter(prefix="/api", tags=["people"])


@router.post("/tokens", status_code=201)
def sign_in(order: SignIn, lims: LimsDep) -> TokenOut:
    """A token for a user name and password. Send it as `Authorization: Bearer …`."""
    token, record = service.sign_in(lims, order.username, order.password, order.label)
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
            ),
        )
        return _shown(session, user)


@router.post("/users/{username}/deactivate")
def deactivate_user(username: str, lims: LimsDep, actor: ActorDep) -> UserOut:
    """Switch an account off; what the person did stays on record."""
    with lims.work(actor, Action.USER_EDIT) as session:
        return _shown(session, service.deactivate_user(session, username))


@router.post("/users/{username}/authorisations", status_code=201)
def authorise(username: str, order: AuthorisationIn, lims: LimsDep, actor: ActorDep) -> AuthorisationOut:
    """Authorise a person for a method, or as a signatory for a field."""
    with lims.work(actor, Action.USER_AUTHORISE) as session:
        user = queries.user_by_name(session, username)
        if user is None:
            raise NotFound.of("user", username)
        granted = service.authorise(session, user, order.kind, order.subject, order.starts_on, order.ends_on)
        return AuthorisationOut.model_validate(granted)


def _shown(session: Session, user: User) -> UserOut:
    return UserOut(
        id=user.id,
        version=user.version,
        username=user.username,
        full_name=user.full_name,
        laboratory_id=user.laboratory_id,
        region_code=user.region_code,
        is_active=user.is_active,
        roles=sorted(queries.roles_of(session, user.id)),
    )
