"""Pages of the people of a laboratory: the list, an account, and what an administrator does with it."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from fastapi import APIRouter, Request
from sqlmodel import col, select
from starlette.responses import Response

from lims.core.actions import Action, Role
from lims.core.errors import Conflict, LimsError
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.network import queries as network
from lims.people import accounts, queries, service
from lims.people.accounts import AccountChange
from lims.people.passwords import random_password
from lims.people.rules import AccountState
from lims.people.schemas import UserChangeIn, UserIn, UserVersion
from lims.people.tables import User, UserRole
from lims.people.views import Person, everybodys, persons, rights
from lims.runtime import Lims
from lims.web.changes import changes_since
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Column, Start, Table
from lims.web.table_filters import ChoiceFilter, Options
from lims.web.table_page import read_table, table_page
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/people")

_IN_STATE = {
    AccountState.ACTIVE: col(User.is_active) & col(User.temporary_password_at).is_(None),
    AccountState.NEW: col(User.is_active) & col(User.temporary_password_at).is_not(None),
    AccountState.OFF: ~col(User.is_active),
}

PEOPLE: Table[Person] = Table(
    name="people",
    title=mark("People"),
    columns=(
        Column(
            "username",
            mark("User name"),
            lambda p: p.user.username,
            col(User.username),
            link=lambda p: address_of(p.user),
        ),
        Column("name", mark("Full name"), lambda p: p.user.full_name, col(User.full_name)),
        Column("roles", mark("Roles"), lambda p: p.roles),
        Column("state", mark("State"), lambda p: p.state),
        Column("factors", mark("Second factor"), lambda p: p.factors),
        Column("last", mark("Last signed in"), lambda p: p.last_sign_in),
        Column("region", mark("Sees the region"), lambda p: p.region, shown=False),
        Column("laboratory", mark("Laboratory"), lambda p: p.laboratory, shown=False),
    ),
    filters=(
        ChoiceFilter(
            "role",
            mark("Roles"),
            Role,
            many=True,
            by=lambda roles: col(User.id).in_(select(UserRole.user_id).where(col(UserRole.role).in_(roles))),
        ),
        ChoiceFilter("state", mark("State"), AccountState, by=lambda states: _IN_STATE[AccountState(states[0])]),
    ),
    search=(col(User.username), col(User.full_name)),
    order=(col(User.is_active).desc(), col(User.username)),
    start=Start("/people/accounts/new", mark("Add a person"), Action.USER_CREATE),
)


def address_of(user: User) -> str:
    """The page of an account. Its fixed neighbours have two parts, so no user name can stand in their way."""
    return f"/people/{user.username}"


@router.get("")
def people_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Everybody with an account."""
    with lims.read(viewer.actor, Action.PEOPLE_READ) as session:
        table = read_table(session, PEOPLE, select(User), request, persons)
    return table_page(request, table, "people/list.html")


@router.get("/roles/rights")
def rights_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Which role may do what; for everybody."""
    lims.require(viewer.actor, Action.NETWORK_READ)
    return page(request, "people/rights.html", roles=list(Role), areas=rights(), everybodys=everybodys())


@router.get("/accounts/new")
def new_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A form for a new account."""
    return _new_page(request, lims, viewer, Filled())


@router.post("/accounts/new")
def create(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """A new account in the own laboratory, with a temporary password that is shown this once."""
    lims.require(viewer.actor, Action.USER_CREATE)
    try:
        # The password is drawn once the name is known to be one.
        order = form.read(UserIn, lists=("roles",), laboratory=None, password="", must_change_password=True)
        password = random_password(order.username)
        with lims.work(viewer.actor, Action.USER_CREATE) as session:
            own = network.laboratory_by_id(session, viewer.actor.laboratory_id)
            user = service.create_user(
                session,
                service.UserOrder(
                    order.username, order.full_name, password, order.roles, own.code, order.region_code,
                    must_change_password=True,
                ),
            )  # fmt: skip
    except LimsError as refusal:
        return _new_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    return _handing_over(request, lims, user, password)


@router.get("/{username}")
def person_page(request: Request, username: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One account, what it may do, and the acts of an administrator on it."""
    return _person_page(request, lims, viewer, username, None)


@router.post("/{username}")
def edit(
    request: Request, username: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Change name, roles and region."""
    lims.require(viewer.actor, Action.USER_EDIT)
    try:
        order = form.read(UserChangeIn, lists=("roles",))
        change = AccountChange(order.full_name, order.roles, order.region_code)
        with lims.work(viewer.actor, Action.USER_EDIT) as session:
            user = accounts.edit_user(session, username, change, order.version)
    except LimsError as refusal:
        return _refused_page(request, lims, viewer, username, language, form, refusal)
    return see_other(request, address_of(user), mark("The account of {name} is changed."), name=user.full_name)


@router.post("/{username}/deactivate")
def deactivate(
    request: Request, username: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Switch an account off."""
    note = mark("The account of {name} is switched off; sessions and tokens have ended.")
    return _act(request, lims, viewer, username, language, form, accounts.deactivate_user, note)


@router.post("/{username}/reactivate")
def reactivate(
    request: Request, username: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Switch an account on again."""
    note = mark("The account of {name} is switched on again.")
    return _act(request, lims, viewer, username, language, form, accounts.reactivate_user, note)


@router.post("/{username}/second-factor")
def reset_second_factor(
    request: Request, username: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Take the second factor from somebody who lost it."""
    note = mark("{name} signs in with the password alone until a new second factor is set up.")
    return _act(request, lims, viewer, username, language, form, accounts.reset_second_factor, note, Action.USER_RESET)


@router.post("/{username}/password")
def reset_password(
    request: Request, username: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """A temporary password, shown this once."""
    lims.require(viewer.actor, Action.USER_RESET)
    try:
        version = form.read(UserVersion).version
        with lims.work(viewer.actor, Action.USER_RESET) as session:
            password = random_password(queries.known_user(session, username).username)
            user = accounts.set_temporary_password(session, username, password, version)
    except LimsError as refusal:
        return _refused_page(request, lims, viewer, username, language, form, refusal)
    return _handing_over(request, lims, user, password)


Act: TypeAlias = Callable[[LimsSession, str, int], User]


def _act(
    request: Request, lims: Lims, viewer: Viewer, username: str, language: PageLanguage, form: Form, act: Act,
    note: str, action: Action = Action.USER_EDIT,
) -> Response:  # fmt: skip
    lims.require(viewer.actor, action)
    try:
        version = form.read(UserVersion).version
        with lims.work(viewer.actor, action) as session:
            user = act(session, username, version)
    except LimsError as refusal:
        return _refused_page(request, lims, viewer, username, language, form, refusal)
    return see_other(request, address_of(user), note, name=user.full_name)


def _refused_page(
    request: Request, lims: Lims, viewer: Viewer, username: str, language: PageLanguage, form: Form, refusal: LimsError
) -> Response:
    with lims.read(viewer.actor, Action.PEOPLE_READ) as session:
        user = queries.known_user(session, username)
        seen = form.seen_version() if isinstance(refusal, Conflict) else None
        changes = changes_since(session, "app_user", user.id, seen, language) if seen else ()
    shown = refused(form, refusal, language, changes)
    return _person_page(request, lims, viewer, username, shown, status_of(refusal))


def _person_page(
    request: Request, lims: Lims, viewer: Viewer, username: str, form: Filled | None, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.PEOPLE_READ) as session:
        (person,) = persons(session, [queries.known_user(session, username)])
        user = person.user
        kept = {"full_name": user.full_name, "roles": person.roles, "region_code": user.region_code}
        # A refused act (no form of the account was sent) leaves the account's form as it is.
        filled = form if form and "full_name" in form.values else Filled(kept)
        return page(
            request,
            "people/person.html",
            status=status,
            person=person,
            problems=form or Filled(),
            form=filled,
            roles=list(Role),
            regions=_regions(session, viewer),
            is_own_laboratory=user.laboratory_id == viewer.actor.laboratory_id,
            is_self=user.id == viewer.actor.user_id,
        )


def _new_page(request: Request, lims: Lims, viewer: Viewer, form: Filled, status: int = 200) -> Response:
    with lims.read(viewer.actor, Action.USER_CREATE) as session:
        regions = _regions(session, viewer)
    return page(request, "people/new.html", status=status, form=form, roles=list(Role), regions=regions)


def _handing_over(request: Request, lims: Lims, user: User, password: str) -> Response:
    address = lims.settings.public_url
    return page(request, "people/password.html", user=user, password=password, address=address)


def _regions(session: LimsSession, viewer: Viewer) -> Options:
    own = network.laboratory_by_id(session, viewer.actor.laboratory_id)
    found: Sequence[tuple[str, str]] = [(r.code, r.name) for r in network.regions_within(session, own.region_code)]
    return found
