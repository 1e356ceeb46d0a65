"""How a person's own key is taken in, by whatever door: the right, the file, the password again, and then the key."""

from dataclasses import dataclass, field

from fastapi import UploadFile

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.people.confirmation_tables import PersonalKey
from lims.people.personal_keys import give_own_key, use_token
from lims.people.sign_in import Client, confirm_password
from lims.runtime import Lims
from lims.web.uploads import read_upload


@dataclass(frozen=True, slots=True)
class HandedKey:
    """A PKCS#12 file as it was handed in, and its passphrase, which is used once and not kept."""

    file: UploadFile
    passphrase: str = field(repr=False)


def sign_with_file(
    lims: Lims, actor: Actor, handed: HandedKey, password: str, client: Client, at: str = "old_password"
) -> PersonalKey:
    """Let a person sign with their own PKCS#12 file from now on. A thief of a session or a token gives no key.

    Args:
        at: the field that the password came in.
    Raises `Forbidden`, `BadInput`, `TooManyRequests`, and `RuleRefused` for a wrong password and as `give_own_key`.
    """
    lims.require(actor, Action.SIGNING_KEY_EDIT)
    content = read_upload(handed.file, lims)
    confirm_password(lims, actor, password, client, at)
    with lims.work(actor, Action.SIGNING_KEY_EDIT) as session:
        return give_own_key(session, lims, content, handed.passphrase, handed.file.filename or "")


def sign_with_token(lims: Lims, actor: Actor, password: str, client: Client, at: str = "old_password") -> PersonalKey:
    """Let a person sign with the key under their user name in the installation's token from now on.

    Raises as `sign_with_file`, and `use_token`.
    """
    lims.require(actor, Action.SIGNING_KEY_EDIT)
    confirm_password(lims, actor, password, client, at)
    with lims.work(actor, Action.SIGNING_KEY_EDIT) as session:
        return use_token(session, lims)
