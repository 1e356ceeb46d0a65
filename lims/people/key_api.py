"""JSON routes of signing keys: one's own, and those of everybody for who looks after them."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, UploadFile
from pydantic import AwareDatetime, Field

from lims.core.actions import Action
from lims.db.work import LimsSession
from lims.documents.certificates import common_name, digest_of
from lims.people.confirmation_tables import KeyKind, PersonalKey
from lims.people.doors import client_of
from lims.people.key_giving import HandedKey, sign_with_file, sign_with_token
from lims.people.personal_keys import KeyState, PersonsKey, certificate_of, keys_of_signers, own_key
from lims.people.schemas import Secret
from lims.runtime import Lims
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import Input, Output

router = APIRouter(prefix="/api", tags=["signing keys"])

Password = Annotated[str, Form(max_length=200, description="One's own, again.", examples=["correct horse battery"])]
Passphrase = Annotated[
    str, Form(max_length=200, description="Of the file; used once and not kept.", examples=["a secret of the file"])
]


class PasswordIn(Input):
    """One's own password, again: a token alone gives no key."""

    password: Secret = Field(max_length=200, examples=["correct horse battery"])


class CertificateOut(Output):
    """The certificate of a signing key."""

    kind: KeyKind = Field(description="development: made here on first use, for trial; own: of a file; token.")
    is_trial: bool = Field(description="What it signs has no force.")
    named: str = Field(description="Whom it names.")
    issuer: str
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    sha256: str = Field(description="Of the certificate, as reports name it.")
    given_at: AwareDatetime


class OwnKeyOut(Output):
    """What one signs with, and what one signed with before, the newest first."""

    state: KeyState
    certificate: CertificateOut | None = Field(description="None until the first act makes a key for trial.")
    certificate_pem: str | None = Field(description="With those above it.")
    former: list[CertificateOut]
    has_token: bool = Field(description="Whether this installation has a token that a key may stand in.")


class PersonsKeyOut(Output):
    """A person who signs reports, with the key in use and how many it took the place of."""

    username: str
    full_name: str
    state: KeyState
    certificate: CertificateOut | None
    replaced: int


@router.get("/me/signing-key")
def get_own_key(lims: LimsDep, actor: ActorDep) -> OwnKeyOut:
    """What I sign with."""
    with lims.read(actor, Action.SIGNING_KEY_EDIT) as session:
        return _own(session, lims)


@router.post("/me/signing-key", status_code=201)
def give_key(
    file: UploadFile,
    password: Password,
    request: Request,
    lims: LimsDep,
    actor: ActorDep,
    passphrase: Passphrase = "",
) -> OwnKeyOut:
    """Sign with one's own PKCS#12 file from now on; the key is kept sealed.

    Refused: a wrong password (422, after some tries 429), a file that does not open, a certificate that is not valid
    now, not for signing, of somebody else, or of an authority that is not trusted here.
    """
    sign_with_file(lims, actor, HandedKey(file, passphrase), password, client_of(request), "password")
    with lims.read(actor, Action.SIGNING_KEY_EDIT) as session:
        return _own(session, lims)


@router.post("/me/signing-key/token", status_code=201)
def use_key_in_token(order: PasswordIn, request: Request, lims: LimsDep, actor: ActorDep) -> OwnKeyOut:
    """Sign with the key that stands under one's user name in the installation's token (PKCS#11) from now on."""
    sign_with_token(lims, actor, order.password, client_of(request), "password")
    with lims.read(actor, Action.SIGNING_KEY_EDIT) as session:
        return _own(session, lims)


@router.get("/signing-keys")
def signing_keys(lims: LimsDep, actor: ActorDep) -> list[PersonsKeyOut]:
    """The keys of everybody in the laboratory who signs reports: what is for trial, ends soon, ended, was replaced."""
    with lims.read(actor, Action.PEOPLE_READ) as session:
        return [_persons(held) for held in keys_of_signers(session, lims.clock.now())]


def _own(session: LimsSession, lims: Lims) -> OwnKeyOut:
    held = own_key(session, lims.clock.now())
    return OwnKeyOut(
        state=held.state,
        certificate=_certificate(held.key),
        certificate_pem=None if held.key is None else held.key.certificate_pem,
        former=[_shown(key) for key in held.former],
        has_token=lims.settings.signing_pkcs11_module is not None,
    )


def _persons(held: PersonsKey) -> PersonsKeyOut:
    return PersonsKeyOut(
        username=held.user.username,
        full_name=held.user.full_name,
        state=held.state,
        certificate=_certificate(held.key),
        replaced=held.replaced,
    )


def _certificate(key: PersonalKey | None) -> CertificateOut | None:
    return None if key is None else _shown(key)


def _shown(key: PersonalKey) -> CertificateOut:
    return CertificateOut(
        kind=key.kind,
        is_trial=key.kind is KeyKind.DEVELOPMENT,
        named=common_name(certificate_of(key)),
        issuer=key.issuer,
        valid_from=key.valid_from,
        valid_until=key.valid_until,
        sha256=digest_of(certificate_of(key)),
        given_at=key.made_at,
    )
