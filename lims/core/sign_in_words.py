"""What tables and columns of signing in are called where people read them; part of `lims.core.record_words`."""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.reasons import mark

#: By table.
SIGN_IN_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "passkey": mark("Passkey"),
        "passkey_use": mark("Use of a passkey"),
        "pending_ceremony": mark("Sign-in under way"),
        "recovery_code": mark("Recovery code"),
        "session_use": mark("Use of a session"),
        "sign_in_attempt": mark("Attempt to sign in"),
        "totp": mark("One-time codes"),
        "totp_use": mark("Use of one-time codes"),
        "web_session": mark("Session"),
    }
)
#: By column, or by table and column where one name means several things.
SIGN_IN_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "challenge": mark("Challenge"),
        "credential_id": mark("Credential"),
        "passkey_id": mark("Passkey"),
        "session_id": mark("Session"),
        "sign_count": mark("Signatures made"),
        "step": mark("Time step"),
        "sign_in_attempt.address": mark("Network address"),
        "pending_ceremony.address": mark("Network address"),
        "web_session.method": mark("Way of signing in"),
    }
)
