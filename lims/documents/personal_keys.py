"""Development keys of persons (个人签名密钥, 仅供试用): for the three acts where nobody has a card or a file yet."""

import hashlib
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from lims.core.clock import Clock
from lims.core.errors import BadInput
from lims.core.reasons import reason
from lims.documents.keys import (
    DEVELOPMENT_DAYS,
    SigningIdentity,
    development_authority,
    development_subject,
    make_certificate,
    store_key,
    stored_key,
)


def personal_development_identity(directory: Path, user_key: str, name: str, clock: Clock) -> SigningIdentity:
    """A person's development key (ECDSA P-256), loudly named as such; made on first use, kept afterwards.

    Issued by the development CA of the installation. The certificate names the person and, as serial number, the user:
    two people of one name are told apart. Whoever changes their name gets a new key. Several processes may ask at once:
    all get the same key.

    Args:
        directory: the folder of keys of the installation.
        user_key: of the user, stable; letters, digits, `-` and `_`, for instance the id.
        name: goes into the certificate, as the report prints it.
    Raises `BadInput` for a key that cannot name a folder, or a stored key that cannot be read.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", user_key):
        said = "The user key {user} may have letters, digits, - and _ only."
        raise BadInput(reason("key.user_key", said, user=user_key))
    named = hashlib.sha256(name.encode()).hexdigest()[:8]
    folder = directory / f"personal-{user_key}-{named}"
    found = stored_key(folder)
    if found is None:
        root_key, (root,) = development_authority(directory, clock)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = development_subject(name, user_key, is_personal=True)
        made = make_certificate(subject, key, (root.subject, root_key), clock.now(), DEVELOPMENT_DAYS)
        store_key(folder, key, (made, root))
        found = stored_key(folder) or (key, (made, root))
    kept, (certificate, *above) = found
    return SigningIdentity(kept, certificate, tuple(above), is_development=True)
