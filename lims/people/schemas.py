"""JSON of people."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from lims.core.actions import Role
from lims.core.patterns import USERNAME
from lims.people.tables import AuthorisationKind
from lims.web.fields import Input, Output
from lims.web.texts import Text60, Text100

#: A password as it was typed: blanks at its ends belong to it.
Secret = Annotated[str, StringConstraints(strip_whitespace=False)]


class SignIn(Input):
    """User name and password for a token."""

    username: str = Field(max_length=60, examples=["ann"])
    password: Secret = Field(max_length=200, examples=["correct horse battery"])
    label: Text100 = Field(default="api", description="What the token is for.")
    one_time_code: str | None = Field(
        default=None, max_length=40, examples=["123456"], description="For an account with a second factor."
    )


class PasskeyProofIn(Input):
    """What a person's device answered to the question of `POST /api/me/passkey-questions`."""

    token: str = Field(max_length=100, description="Of the question; it serves once.", examples=["q3Jb…"])
    credential: dict[str, Any] = Field(
        description="`PublicKeyCredential.toJSON()` of `navigator.credentials.get()`, or the same of another device.",
        examples=[{"id": "…", "rawId": "…", "type": "public-key", "response": {}}],
    )


class AuthenticationIn(Input):
    """Who acts proves it afresh, for a token alone is not enough: by password and code, or by a passkey alone."""

    password: Secret = Field(default="", max_length=200, examples=["correct horse battery"])
    code: str = Field(
        default="", max_length=40, examples=["123456"], description="One-time code, of an account that has a phone."
    )
    passkey: PasskeyProofIn | None = Field(default=None, description="Instead of password and code.")


class PasskeyQuestionIn(Input):
    """What a passkey is to confirm: an act, and what it is done to, as the act will name it."""

    act: Literal["report.compile", "report.review", "report.approve", "report.replace"]
    subjects: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field(
        min_length=1,
        max_length=2000,
        examples=[["LA-2026-000001"]],
        description="Numbers of samples (compile), the keys in the addresses of reports, or the ids in a batch.",
    )


class PasskeyQuestionOut(Output):
    """The question to a device: hand `options` to `navigator.credentials.get({publicKey})`."""

    token: str = Field(description="Goes back with the answer.")
    expires_at: AwareDatetime
    options: dict[str, Any] = Field(description="`PublicKeyCredentialRequestOptionsJSON` (WebAuthn).")


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
