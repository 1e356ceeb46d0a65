"""JSON of import profiles."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from lims.runs.schemas import ProfileIn
from lims.web.fields import Input, Output
from lims.web.texts import Text40, Text100, Text500


class NewProfileIn(Input):
    """A new import profile of an instrument."""

    instrument_code: Text40 = Field(examples=["LCMS-01"])
    name: Text100 = Field(examples=["MassHunter, Chinese"], description="Its own in the laboratory.")
    profile: ProfileIn
    reason: Text500 | None = None


class ProfileChangeIn(Input):
    """A new version of an import profile. `version` is that of the profile as it was read."""

    version: int
    name: Text100 | None = Field(default=None, description="As before if left out.")
    profile: ProfileIn
    reason: Text500 = Field(examples=["The computer of the instrument writes a decimal comma now"])


class ProfileRetirementIn(Input):
    """An import profile is used no more."""

    version: int
    reason: Text500 = Field(examples=["The instrument has another program now"])


class ProfileVersionOut(Output):
    """One version of an import profile."""

    id: UUID
    number: int
    settings: dict[str, Any]
    reason: str | None
    made_by: str
    made_at: AwareDatetime
    runs: int = Field(description="How many runs were read by it.")


class StoredProfileOut(Output):
    """An import profile with the version in use. `version` is what a change of it names."""

    id: UUID
    version: int
    instrument_code: str
    name: str
    latest: int
    settings: dict[str, Any]
    retired_at: AwareDatetime | None
    retired_reason: str | None


class StoredProfileDetail(StoredProfileOut):
    """An import profile with all its versions, the newest first."""

    versions: list[ProfileVersionOut]
