"""How far an edition is that was loaded from a table."""

from enum import StrEnum


class DraftState(StrEnum):
    """How far a loaded edition is (版本状态)."""

    DRAFT = "draft"
    RELEASED = "released"
    REJECTED = "rejected"
