"""What the tables and columns of reports' signed acts and of their log are called where people read them."""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.distribution_words import DISTRIBUTION_COLUMNS, DISTRIBUTION_TABLES
from lims.core.log_words import LOG_COLUMNS, LOG_TABLES
from lims.core.reasons import mark

#: By table.
REPORT_TABLES: Mapping[str, str] = MappingProxyType(
    {
        **LOG_TABLES,
        **DISTRIBUTION_TABLES,
        "act_confirmation": mark("Confirmation of an act"),
        "personal_key": mark("Personal signing key"),
        "report_signature": mark("Signed act of a report"),
    }
)
#: By column, or by table and column where one name means several things.
REPORT_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        **LOG_COLUMNS,
        **DISTRIBUTION_COLUMNS,
        "act_confirmation.method": mark("Way of proving who it is"),
        "confirmation_id": mark("Confirmation (id)"),
        "issuer": mark("Issuer of the certificate"),
        "key_id": mark("Signing key (id)"),
        "person_id": mark("Signing person"),
        "personal_key.certificate_pem": mark("Certificate of the person"),
        "personal_key.serial": mark("Serial number of the key"),
        "report_signature.act": mark("Act"),
        "report_signature.certificate_pem": mark("Certificate of the person"),
        "report_signature.content_sha256": mark("Digest of what was signed"),
        "report_signature.method": mark("Way of proving who it is"),
        "report_signature.signature": mark("Signature of the person"),
        "report_signature.subject": mark("What was confirmed"),
        "deviations": mark("Deviations from the method"),
        "stated_deviations": mark("Deviations that the compiler states"),
        "sealed_key": mark("Sealed private key"),
        "statement": mark("Statement of the act"),
        "subjects": mark("What it is for"),
    }
)
