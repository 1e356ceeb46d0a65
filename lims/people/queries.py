"""Reads of people."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.actions import Role
from lims.network.rules import is_in_force
from lims.network.tables import Laboratory
from lims.people.tables import Authorisation, AuthorisationKind, User, UserRole


def user_by_name(session: Session, username: str) -> User | None:
    """The user of that name whom the session may see."""
    return session.exec(select(User).where(User.username == username)).one_or_none()


def roles_of(session: Session, user_id: UUID) -> frozenset[Role]:
    """The roles of a user."""
    return frozenset(row.role for row in session.exec(select(UserRole).where(UserRole.user_id == user_id)).all())


def users(session: Session) -> Sequence[User]:
    """The users whom the session may see, by name."""
    return session.exec(select(User).order_by(col(User.username))).all()


def names_of(session: Session, user_ids: set[UUID]) -> dict[UUID, str]:
    """Full names by id."""
    rows = session.exec(select(User.id, User.full_name).where(col(User.id).in_(user_ids))).all()
    return dict(rows)


def is_authorised(session: Session, user_id: UUID, kind: AuthorisationKind, subject: str, day: date) -> bool:
    """Whether a person is authorised for a method, or as a signatory for a field, on a day."""
    return not subjects_of(session, user_id, kind, day).isdisjoint((subject, "*"))


def subjects_of(session: Session, user_id: UUID, kind: AuthorisationKind, day: date) -> frozenset[str]:
    """The methods a person is authorised for on a day, or the fields they may sign for (授权签字领域); "*" is all."""
    rows = session.exec(select(Authorisation).where(Authorisation.user_id == user_id, Authorisation.kind == kind)).all()
    return frozenset(a.subject for a in rows if is_in_force(a.starts_on, a.ends_on, day))


def working_laboratories(session: Session) -> Sequence[Laboratory]:
    """The laboratories that work in this installation, those with users, by code."""
    owners = select(User.laboratory_id).distinct()
    return session.exec(select(Laboratory).where(col(Laboratory.id).in_(owners)).order_by(Laboratory.code)).all()
