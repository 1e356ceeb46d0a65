"""Saved views: a person keeps states of a list under names; one of them may be how the list opens."""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from lims.core.errors import NotFound, RuleRefused
from lims.core.reasons import Where, reason
from lims.db.work import LimsSession, acting_person, own_laboratory, save
from lims.web.fields import Input
from lims.web.saved_view_tables import SavedView
from lims.web.table_state import pairs_of
from lims.web.texts import Text60

LONGEST_QUERY: Final = 4000
MOST_VIEWS: Final = 50
#: The name of the record that keeps the columns which a person chose last.
LAST_COLUMNS: Final = ""
TableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class ViewOrder(Input):
    """A state of a list to keep under a name; a view of that name is overwritten."""

    name: Text60
    query: Annotated[str, Field(max_length=LONGEST_QUERY)] = ""
    is_default: bool = False


def views_of(session: Session, user_id: UUID, table: str) -> Sequence[SavedView]:
    """What a person keeps of a list, by name; the columns chosen last come first."""
    query = select(SavedView).where(SavedView.user_id == user_id, SavedView.table_name == table)
    return session.exec(query.order_by(col(SavedView.name))).all()


def keep_view(session: LimsSession, table: str, order: ViewOrder) -> SavedView:
    """Keep a state of a list under a name, for the person at work. Raises `RuleRefused` when there are too many."""
    known = views_of(session, acting_person(session), table)
    named = [view for view in known if view.name != LAST_COLUMNS]
    found = next((view for view in named if view.name == order.name), None)
    if found is None and len(named) >= MOST_VIEWS:
        raise RuleRefused(
            reason("view.too_many", "You keep {most} views of this list already; delete one first.", most=MOST_VIEWS)
        )
    if order.is_default:
        for view in named:
            if view.is_default and view is not found:
                view.is_default = False
    # Written anew from its pairs: what is kept is a query and nothing else.
    query = urlencode(pairs_of(order.query))
    if found is None:
        return save(session, _made(session, table, order.name, query, is_default=order.is_default))
    found.query, found.is_default = query, order.is_default
    return found


def delete_view(session: LimsSession, table: str, view_id: UUID) -> None:
    """Delete one of the own views. Raises `NotFound`."""
    views = views_of(session, acting_person(session), table)
    found = next((view for view in views if view.id == view_id and view.name != LAST_COLUMNS), None)
    if found is None:
        raise NotFound.of("view", view_id)
    session.delete(found)


def keep_columns(session: LimsSession, table: str, columns: Sequence[str]) -> None:
    """Remember the columns that the person at work chose last. Raises `RuleRefused` for no list of columns."""
    names = ",".join(columns)
    if not columns or len(names) > LONGEST_QUERY:
        raise RuleRefused(reason("view.no_columns", "Choose at least one column.", at=Where(field="column")))
    query = urlencode([("columns", names)])
    known = views_of(session, acting_person(session), table)
    found = next((view for view in known if view.name == LAST_COLUMNS), None)
    if found is None:
        save(session, _made(session, table, LAST_COLUMNS, query, is_default=False))
    else:
        found.query = query


def _made(session: LimsSession, table: str, name: str, query: str, *, is_default: bool) -> SavedView:
    return SavedView(
        laboratory_id=own_laboratory(session),
        user_id=acting_person(session),
        table_name=table,
        name=name,
        query=query,
        is_default=is_default,
    )
