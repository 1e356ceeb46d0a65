"""Gap-free number series: a number is taken inside the act and given back when the act fails."""

from uuid import UUID

from sqlalchemy import Integer, PrimaryKeyConstraint, Table, insert, update
from sqlmodel import Field, Session, SQLModel


class NumberSeries(SQLModel, table=True):
    """The next number of a series of a laboratory, for example the accessions of a year."""

    __tablename__ = "number_series"
    __table_args__ = (PrimaryKeyConstraint("laboratory_id", "series"),)

    laboratory_id: UUID = Field(foreign_key="laboratory.id", ondelete="RESTRICT")
    series: str = Field(max_length=60)
    following: int = Field(sa_type=Integer)


_SERIES: Table = NumberSeries.__table__  # type: ignore[attr-defined]  # SQLModel does not declare __table__


def allocate(session: Session, laboratory_id: UUID, series: str, count: int = 1) -> range:
    """The next `count` numbers of the series, from 1, without gaps: they return if the act fails."""
    connection = session.connection()
    row = connection.execute(
        update(_SERIES)
        .where(_SERIES.c.laboratory_id == laboratory_id, _SERIES.c.series == series)
        .values(following=_SERIES.c.following + count)
        .returning(_SERIES.c.following)
    ).one_or_none()
    if row is None:
        # Two first users of a series collide on the primary key: one wins, the other gets a Conflict.
        connection.execute(insert(_SERIES).values(laboratory_id=laboratory_id, series=series, following=count + 1))
        return range(1, count + 1)
    return range(row.following - count, row.following)
