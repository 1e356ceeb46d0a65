"""JSON of people."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, Field

from lims.core.actions import Role
from lims.core.patterns import USERNAME
from lims.people.tables import AuthorisationKind
from lims.web.fields import Input, Output
from lims.web.texts import Text60, Text100


class SignIn(Input):
    """User name and password for a token."""

    username: str = Field(max_length=60, examples=["ann"])
    password: str = Field(max_length=200, examples=["correct horse battery"])
    label: Text100 = Field(default="api", description="What the token is for.")
    one_time_code: str | None = Field(
        default=None, max_length=40, examples=["123456"], description="For an account with a second factor."
    )


class AuthenticationIn(Input):
    """Who acts proves it afresh: a token alone is not enough for what a person vouches for."""

    password: str = Field(max_length=200, examples=["correct horse battery"])
    code: str = Field(
        default="", max_length=40, examples=["123456"], description="One-time code, of an account that has a phone."
    )


class TokenLabel(Input):
    """What a token is called."""

    label: Text100


class PasskeyLabel(Input):
    """What a passkey is called."""

    label: Text60


class TokenOut(Output):
    """A fresh token; it is not shown again."""

    id: UUID
    token: str
    expires_at: AwareDatetime


class UserIn(Input):
    """A new account."""

    username: str = Field(pattern=USERNAME, examples=["ann"])
    full_name: Text100 = Field(examples=["安静"], description="As reports print it.")
    password: str = Field(max_length=200, examples=["correct horse battery"])
    roles: frozenset[Role]
    laboratory: str | None = Field(default=None, description="Code; the own laboratory when left out.")
    region_code: str | None = None
    must_change_password: bool = Field(default=False, description="The person replaces it on the web page first.")


class UserVersion(Input):
    """The account as it was seen: an act on an older state is refused."""

    version: int


class UserChangeIn(UserVersion):
    """What an account is to be."""

    full_name: Text100 = Field(examples=["安静"], description="As reports print it.")
    roles: frozenset[Role]
    region_code: str | None = None


class TemporaryPasswordIn(UserVersion):
    """A password to hand over; the person replaces it on the web page."""

    password: str = Field(max_length=200, examples=["correct horse battery"])


class UserOut(Output):
    """An account."""

    id: UUID
    version: int
    username: str
    full_name: str
    laboratory_id: UUID
    region_code: str | None
    is_active: bool
    must_change_password: bool
    roles: list[Role]


class Me(Output):
    """Who is asking."""

    user_id: UUID | None
    name: str
    roles: list[Role]
    laboratory_id: UUID | None


class AuthorisationIn(Input):
    """An authorisation for a method or a signatory's field."""

    kind: AuthorisationKind
    subject: Text100 = Field(examples=["GB 23200.121-2026"])
    starts_on: date
    ends_on: date | None = None


class AuthorisationEnd(Input):
    """The last day of an authorisation."""

    version: int
    ends_on: date


class AuthorisationOut(Output):
    """An authorisation."""

    id: UUID
    version: int
    user_id: UUID
    kind: AuthorisationKind
    subject: str
    starts_on: date
    ends_on: date | None
