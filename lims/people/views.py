"""What pages show of people: states as chips, authorisations, rights by role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from types import MappingProxyType
from uuid import UUID

from sqlmodel import Session

from lims.core.action_words import ACTION_WORDS
from lims.core.actions import Action, Role
from lims.core.permissions import actions_of
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.network import queries as network
from lims.people import queries
from lims.people.rules import AccountState, AuthorisationState, account_state, authorisation_on
from lims.people.tables import Authorisation, User
from lims.web.table import Chip, Mood

_ACCOUNT_MOODS: Mapping[AccountState, Mood] = MappingProxyType(
    {AccountState.ACTIVE: "good", AccountState.NEW: "warn", AccountState.OFF: "plain"}
)
_AUTHORISATION_MOODS: Mapping[AuthorisationState, Mood] = MappingProxyType(
    {AuthorisationState.IN_FORCE: "good", AuthorisationState.NOT_YET: "busy", AuthorisationState.ENDED: "plain"}
)
#: The parts of the program that acts belong to, by the beginning of their names.
_AREAS: Mapping[str, str] = MappingProxyType(
    {
        "sample": mark("Samples"),
        "worksheet": mark("Worksheets and runs"),
        "run": mark("Worksheets and runs"),
        "profile": mark("Worksheets and runs"),
        "result": mark("Results"),
        "rapid": mark("Rapid tests"),
        "report": mark("Reports"),
        "accreditation": mark("Accreditation"),
        "equipment": mark("Equipment"),
        "material": mark("Materials"),
        "qc": mark("Quality"),
        "quality": mark("Quality"),
        "chart": mark("Quality"),
        "nonconforming": mark("Quality"),
        "proficiency": mark("Proficiency rounds"),
        "exam": mark("Exams"),
        "contest": mark("Skills contests"),
        "indicators": mark("Indicators"),
        "return": mark("Indicators"),
        "network": mark("Network"),
        "library": mark("Reference"),
        "people": mark("People"),
        "user": mark("People"),
        "audit": mark("Audit trail"),
    }
)


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what a list shows of it."""

    user: User
    roles: Sequence[Role]
    laboratory: str
    region: str | None
    last_sign_in: datetime | None
    has_codes: bool
    has_passkey: bool

    @property
    def state(self) -> Chip:
        """Whether they can sign in."""
        return state_of(self.user)

    @property
    def factors(self) -> Sequence[Chip]:
        """What they prove themselves with beside the password."""
        codes = [Chip(mark("one-time codes"), "good")] if self.has_codes else []
        return [*codes, Chip(mark("passkey"), "good")] if self.has_passkey else codes


def state_of(user: User) -> Chip:
    """Whether an account can be signed in with, as a chip."""
    state = account_state(is_active=user.is_active, has_temporary_password=user.must_change_password)
    return Chip(state, _ACCOUNT_MOODS[state])


def persons(session: LimsSession, users: Sequence[User]) -> Sequence[Person]:
    """Accounts with their roles, places and ways to sign in; so many queries however many accounts."""
    ids = {user.id for user in users}
    roles, last = queries.roles_by_user(session), queries.last_sign_ins(session, ids)
    with_codes, with_passkeys = queries.second_factors(session, ids)
    regions = network.region_names(session, [user.region_code for user in users if user.region_code])
    laboratories = {laboratory.id: laboratory.name for laboratory in network.laboratories(session)}
    return [
        Person(
            user,
            in_order(roles.get(user.id, frozenset())),
            laboratories[user.laboratory_id],
            regions.get(user.region_code or ""),
            last.get(user.id),
            user.id in with_codes,
            user.id in with_passkeys,
        )
        for user in users
    ]


def in_order(roles: frozenset[Role]) -> Sequence[Role]:
    """Roles in the order of the work."""
    return [role for role in Role if role in roles]


@dataclass(frozen=True, slots=True)
class AuthorisationLine:
    """An authorisation and what it is worth today."""

    authorisation: Authorisation
    state: AuthorisationState

    @property
    def chip(self) -> Chip:
        """The state in a word."""
        return Chip(self.state, _AUTHORISATION_MOODS[self.state])


def authorisation_lines(session: Session, user_id: UUID, today: date) -> Sequence[AuthorisationLine]:
    """The authorisations of a person, those in force first."""
    found = [
        AuthorisationLine(one, authorisation_on(one.starts_on, one.ends_on, today))
        for one in queries.authorisations_of(session, user_id)
    ]
    return sorted(found, key=lambda line: list(AuthorisationState).index(line.state))


def named_region(session: Session, code: str | None) -> str | None:
    """The name of a region; None without one."""
    return network.region_names(session, [code]).get(code) if code else None


@dataclass(frozen=True, slots=True)
class Right:
    """An act in words, and who may do it, in the order of the roles."""

    phrase: str
    held: Sequence[bool]


def rights() -> Sequence[tuple[str, Sequence[Right]]]:
    """Which role may do what, by area; what every role may do is left out."""
    by_role = [actions_of(frozenset({role})) for role in Role]
    particular = [
        (_AREAS[area], Right(ACTION_WORDS[action], [action in granted for granted in by_role]))
        for action in Action
        if any(action in granted for granted in by_role) and not all(action in granted for granted in by_role)
        for area in [action.value.partition(".")[0]]
    ]
    order = list(dict.fromkeys(_AREAS.values()))
    particular.sort(key=lambda pair: order.index(pair[0]))
    return [(area, [right for _, right in pairs]) for area, pairs in groupby(particular, key=lambda pair: pair[0])]


def everybodys() -> Sequence[str]:
    """What every role may do, in words."""
    common = frozenset.intersection(*(actions_of(frozenset({role})) for role in Role))
    return [ACTION_WORDS[action] for action in Action if action in common]
