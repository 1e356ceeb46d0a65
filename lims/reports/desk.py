"""What an installation brings to a report: its address, its templates, its key. Built once per request."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from lims.core.reasons import Reason, reason
from lims.documents.certificates import trusted_certificates
from lims.documents.keys import SigningIdentity, development_identity, pkcs12_identity
from lims.documents.phrases import ReportLanguage
from lims.documents.snapshot import TemplateRef
from lims.network.tables import Laboratory
from lims.reports.rules import Family, Layout
from lims.runtime import Lims
from lims.settings import DEVELOPMENT_TIMESTAMPS

if TYPE_CHECKING:
    from cryptography import x509

    from lims.documents.timestamps import Timestamps


@dataclass(frozen=True, slots=True)
class Template:
    """A template and what it can print: which annexes, by their fields in the snapshot, and in which languages."""

    ref: TemplateRef
    annexes: frozenset[str]
    languages: frozenset[ReportLanguage]


@dataclass(frozen=True, slots=True)
class Desk:
    """`development`: reports are signed with the development key and say so loudly. `timestamped`: a time is proved."""

    public_url: str
    development: bool
    templates_dir: Path
    timestamped: bool = False

    def template_of(self, family: Family) -> Template:
        """The newest template of a family: new reports are made with it. Raises `NotFound`."""
        from lims.documents.templates import (  # brings WeasyPrint, which is slow to load
            annexes_of,
            languages_of,
            newest_version,
            template_ref,
        )

        which = self.templates_dir, family.value, newest_version(self.templates_dir, family)
        return Template(template_ref(*which), annexes_of(*which), languages_of(*which))

    def verification_url(self, token: str) -> str:
        """The address behind the QR code."""
        return f"{self.public_url.rstrip('/')}/v/{token}"


def desk_of(lims: Lims) -> Desk:
    """The desk of an installation."""
    settings = lims.settings
    return Desk(
        settings.public_url,
        not settings.has_own_key,
        settings.report_templates,
        timestamped=bool(settings.timestamp_url),
    )


def reasons_against_template(template: Template, layout: Layout) -> list[Reason]:
    """Why the template cannot print what is asked for; empty when it can."""
    name = f"{template.ref.family}/{template.ref.version}"
    reasons = []
    if not layout.annexes <= template.annexes:
        said = "The template {template} lacks an annex that is asked for; leave it out, or install one that has it."
        reasons.append(reason("report.template_without_annex", said, template=name))
    if layout.language not in template.languages:
        said = "The report template {template} is in Chinese only; compile the report in Chinese, or install another."
        reasons.append(reason("report.template_without_language", said, template=name))
    return reasons


def signing_identity(lims: Lims, laboratory: Laboratory) -> SigningIdentity:
    """The key that signs a laboratory's reports and returns: the one of the settings, else a development key.

    Raises `BadInput` when the key of the settings cannot be used.
    """
    own = installed_identity(lims)
    return own or development_identity(lims.settings.data / "keys", laboratory.code, laboratory.name, lims.clock)


def installed_identity(lims: Lims) -> SigningIdentity | None:
    """The key of the settings; None without one. Raises `BadInput` when it cannot be used."""
    settings = lims.settings
    if settings.signing_pkcs11_module is not None:
        from lims.documents.tokens import TokenPlace, token_identity  # loads the driver

        place = TokenPlace(
            settings.signing_pkcs11_module,
            settings.signing_pkcs11_token,
            settings.signing_pkcs11_label,
            _revealed(settings.signing_pkcs11_pin) or "",
        )
        return token_identity(place, lims.clock, _trusted(lims))
    if settings.signing_pkcs12 is None:
        return None
    return pkcs12_identity(settings.signing_pkcs12, _revealed(settings.signing_passphrase), lims.clock)


def timestamps_of(lims: Lims) -> "Timestamps | None":
    """Where the timestamps of an installation come from; None when its reports carry none.

    Raises `BadInput` for a trusted certificate that cannot be read.
    """
    from lims.documents.timestamps import development_timestamps, http_timestamps  # brings pyHanko, slow to load

    url = lims.settings.timestamp_url
    if not url:
        return None
    if url == DEVELOPMENT_TIMESTAMPS:
        return development_timestamps(lims.settings.data / "keys", lims.clock)
    return http_timestamps(url, _trusted(lims))


def _trusted(lims: Lims) -> "tuple[x509.Certificate, ...]":
    folder = lims.settings.trusted_certificates
    return () if folder is None else trusted_certificates(folder)


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
