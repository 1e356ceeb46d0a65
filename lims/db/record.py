"""`Record`: what every stored thing is. `LaboratoryRecord`: a record that one laboratory owns."""

from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMES
metadata: MetaData = SQLModel.metadata

#: `Field(sa_column_kwargs=SECRET)`: the audit trail keeps only a digest of the column.
SECRET: dict[str, Any] = {"info": {"secret": True}}


class Record(SQLModel):
    """An audited record with an id that nobody can guess and a version that no writer can overtake.

    Values are checked on construction and on assignment (`validate_assignment`; a table class of
    SQLModel checks nothing by itself).
    """

    model_config = {"validate_assignment": True}
    __table__: ClassVar[Table]

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    version: int = Field(default=1, nullable=False)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.__table__.c.version} if "__table__" in cls.__dict__ else {}


class LaboratoryOwned(SQLModel):
    """Belongs to one laboratory; sessions show it only to those who may see that laboratory.

    No index of its own: nearly every query names the laboratory, and an index that gives half the table is worse than
    none. Lists have indices that begin with it.
    """

    laboratory_id: UUID = Field(foreign_key="laboratory.id", ondelete="RESTRICT")


class LaboratoryRecord(Record, LaboratoryOwned):
    """A record of one laboratory."""
