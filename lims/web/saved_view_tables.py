"""Records of how people keep their lists."""

from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord


class SavedView(LaboratoryRecord, table=True):
    """A state of a list under a name of the person's own; without a name: the columns that they chose last."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "table_name", "name"),)

    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    table_name: str = Field(max_length=40)
    name: str = Field(max_length=60)
    query: str = Field(sa_type=Text)
    is_default: bool = Field(default=False)
