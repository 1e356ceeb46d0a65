"""What an installation brings to a report: its address, its template, its key. Built once per request from `Lims`."""

from dataclasses import dataclass

from lims.core.errors import refuse_if
from lims.core.reasons import Reason, reason
from lims.documents.keys import SigningIdentity, development_identity, pkcs12_identity
from lims.documents.phrases import ReportLanguage
from lims.documents.snapshot import TemplateRef
from lims.network.tables import Laboratory
from lims.reports.rules import PLAIN, Layout
from lims.runtime import Lims

#: The family of templates that reports are made with, in its newest version.
TEMPLATE = "supervised"


@dataclass(frozen=True, slots=True)
class Desk:
    """`development`: reports are signed with the development key and say so loudly.

    `prints_annex`: the template has a place for the explanations of the judgement; `languages`: what it can print.
    """

    public_url: str
    template: TemplateRef
    development: bool
    prints_annex: bool
    languages: frozenset[ReportLanguage]

    def verification_url(self, token: str) -> str:
        """The address behind the QR code."""
        return f"{self.public_url.rstrip('/')}/v/{token}"


def desk_of(lims: Lims) -> Desk:
    """The desk of an installation. Raises `NotFound` when the template is missing."""
    from lims.documents.templates import (  # brings WeasyPrint, which is slow to load
        languages_of,
        newest_version,
        prints_annex,
        template_ref,
    )

    settings = lims.settings
    folder = settings.report_templates
    version = newest_version(folder, TEMPLATE)
    template = template_ref(folder, TEMPLATE, version)
    has_annex = prints_annex(folder, TEMPLATE, version)
    languages = languages_of(folder, TEMPLATE, version)
    return Desk(settings.public_url, template, settings.signing_pkcs12 is None, has_annex, languages)


def require_printable(lims: Lims, layout: Layout) -> Layout:
    """What is asked for. Raises `RuleRefused` when the template cannot print it; `NotFound`."""
    if layout != PLAIN:
        refuse_if(reasons_against_template(desk_of(lims), layout))
    return layout


def reasons_against_template(desk: Desk, layout: Layout) -> list[Reason]:
    """Why the template cannot print what is asked for; empty when it can."""
    name = f"{desk.template.family}/{desk.template.version}"
    reasons = []
    if layout.annex and not desk.prints_annex:
        said = "The report template {template} has no annex of explanations; leave it out, or install one that has it."
        reasons.append(reason("report.template_without_annex", said, template=name))
    if layout.language not in desk.languages:
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
    if settings.signing_pkcs12 is None:
        return None
    secret = settings.signing_passphrase
    passphrase = None if secret is None else secret.get_secret_value()
    return pkcs12_identity(settings.signing_pkcs12, passphrase, lims.clock)
