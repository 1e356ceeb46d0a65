"""Lists of the network: laboratories as they stand below each other, regions with their residents, targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqlmodel import Session, col, select

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput
from lims.core.reasons import Translate, mark
from lims.documents.certificates import common_name, is_development, read_certificates
from lims.network import queries
from lims.network.rules import PROVINCE_CODE, Level, is_in_force
from lims.network.tables import Laboratory, Region, RegionPopulation, Target
from lims.network.target_words import comparison_sign, target_word
from lims.web.table import Chip, Column, Mood, Start, Table
from lims.web.table_filters import ChoiceFilter, Options


class CertificateState(StrEnum):
    """What a laboratory's certificate is worth today."""

    REGISTERED = "registered_for_returns"
    TRIAL = "for_trial_only"
    OVER = "expired"
    NONE = "not_registered"


_MOODS: Mapping[CertificateState, Mood] = {
    CertificateState.REGISTERED: "good",
    CertificateState.TRIAL: "warn",
    CertificateState.OVER: "bad",
    CertificateState.NONE: "plain",
}


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a registered certificate says of itself. `sha256` is its fingerprint, to be compared on the telephone."""

    subject: str
    issuer: str
    serial: str
    since: date
    until: date
    sha256: str


def certificate_facts(pem: str | None) -> CertificateFacts | None:
    """The facts of a certificate in PEM form; None when there is none, or none that can be read."""
    found = _first(pem)
    if found is None:
        return None
    digest = found.fingerprint(hashes.SHA256()).hex().upper()
    return CertificateFacts(
        subject=common_name(found),
        issuer=found.issuer.rfc4514_string(),
        serial=f"{found.serial_number:X}",
        since=local_day(found.not_valid_before_utc),
        until=local_day(found.not_valid_after_utc),
        sha256=" ".join(digest[place : place + 4] for place in range(0, len(digest), 4)),
    )


def certificate_state(pem: str | None, now: datetime) -> CertificateState:
    """What a certificate is worth at an instant."""
    found = _first(pem)
    if found is None:
        return CertificateState.NONE
    if found.not_valid_after_utc < now:
        return CertificateState.OVER
    return CertificateState.TRIAL if is_development(found) else CertificateState.REGISTERED


def _first(pem: str | None) -> x509.Certificate | None:
    try:
        return read_certificates(pem.encode())[0] if pem else None
    except (BadInput, IndexError):
        return None


@dataclass(frozen=True, slots=True)
class LaboratoryRow:
    """A laboratory in the tree; `depth` is how many stand above it."""

    laboratory: Laboratory
    depth: int
    region: str
    superior: str | None
    state: CertificateState

    @property
    def indented(self) -> str:
        """Its name, as far to the right as it stands below others."""
        return "　" * self.depth + self.laboratory.name


LABORATORIES: Table[LaboratoryRow] = Table(
    name="laboratories",
    title=mark("Laboratories"),
    columns=(
        Column(
            "code",
            mark("Code"),
            lambda r: r.laboratory.code,
            lambda r: r.laboratory.code,
            link=lambda r: f"/laboratories/{r.laboratory.code}",
        ),
        Column(
            "name",
            mark("Name of the laboratory"),
            lambda r: r.indented,
            lambda r: r.laboratory.name,
            export=lambda r: r.laboratory.name,
        ),
        Column("level", mark("Level"), lambda r: r.laboratory.level, lambda r: r.laboratory.level),
        Column("region", mark("Region"), lambda r: r.region, lambda r: r.laboratory.region_code),
        Column("superior", mark("Laboratory above"), lambda r: r.superior, lambda r: r.superior),
        Column("phone", mark("Telephone"), lambda r: r.laboratory.phone),
        Column("address", mark("Address"), lambda r: r.laboratory.address, shown=False),
        Column(
            "certificate", mark("Certificate for returns"), lambda r: Chip(r.state, _MOODS[r.state]), lambda r: r.state
        ),
    ),
    filters=(
        ChoiceFilter("level", mark("Level"), Level, lambda r: r.laboratory.level.value),
        ChoiceFilter("certificate", mark("Certificate for returns"), CertificateState, lambda r: r.state.value),
    ),
    search=(lambda r: r.laboratory.name, lambda r: r.laboratory.code, lambda r: r.region),
    nothing=mark("No laboratory is registered yet."),
    start=Start("/laboratories/new", mark("Register a laboratory"), Action.NETWORK_EDIT),
)


def laboratory_rows(session: Session, now: datetime) -> list[LaboratoryRow]:
    """All laboratories, each followed by those below it."""
    found = queries.laboratories(session)
    regions = queries.region_names(session, (lab.region_code for lab in found))
    by_id = {lab.id: lab for lab in found}
    below: dict[UUID | None, list[Laboratory]] = {}
    for lab in found:
        below.setdefault(lab.superior_id if lab.superior_id in by_id else None, []).append(lab)
    rows: list[LaboratoryRow] = []

    def add(laboratories: Sequence[Laboratory], depth: int) -> None:
        for lab in sorted(laboratories, key=lambda lab: (lab.region_code, lab.code)):
            above = by_id.get(lab.superior_id) if lab.superior_id else None
            state = certificate_state(lab.certificate_pem, now)
            region = regions.get(lab.region_code, lab.region_code)
            rows.append(LaboratoryRow(lab, depth, region, above.name if above else None, state))
            add(below.get(lab.id, ()), depth + 1)

    add(below.get(None, ()), 0)
    return rows


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A region with the residents of its newest census."""

    region: Region
    above: str | None
    people: RegionPopulation | None
    laboratories: int


REGIONS: Table[RegionRow] = Table(
    name="regions",
    title=mark("Regions and residents"),
    columns=(
        Column("code", mark("Region code"), lambda r: r.region.code, lambda r: r.region.code),
        Column("name", mark("Name"), lambda r: r.region.name, lambda r: r.region.name),
        Column("level", mark("Level"), lambda r: r.region.level, lambda r: r.region.level),
        Column("kind", mark("Kind"), lambda r: r.region.kind, lambda r: r.region.kind),
        Column("above", mark("Lies in"), lambda r: r.above, lambda r: r.region.parent_code),
        Column(
            "residents",
            mark("Residents"),
            lambda r: r.people.residents if r.people else None,
            lambda r: r.people.residents if r.people else None,
            kind="number",
        ),
        Column("census", mark("Census"), lambda r: str(r.people.year) if r.people else None, kind="number"),
        Column(
            "laboratories",
            mark("Laboratories"),
            lambda r: r.laboratories,
            lambda r: r.laboratories,
            kind="number",
        ),
        Column("source", mark("Source of the residents"), lambda r: r.people.source if r.people else None),
        Column("code_source", mark("Source of the code"), lambda r: r.region.source, shown=False),
    ),
    filters=(
        ChoiceFilter("level", mark("Level"), Level, lambda r: r.region.level.value),
        ChoiceFilter("above", mark("Lies in"), term=lambda r: r.region.parent_code),
    ),
    search=(lambda r: r.region.name, lambda r: r.region.code, lambda r: r.above),
    nothing=mark("No regions are loaded yet; the set-up loads them from the method library."),
)


def region_rows(session: Session, today: date) -> list[RegionRow]:
    """All regions of the province by code, each with its residents by the newest census."""
    regions = queries.regions_within(session, PROVINCE_CODE)
    names = {region.code: region.name for region in regions}
    people = queries.populations(session, names, today)
    homes = [lab.region_code for lab in queries.laboratories(session)]
    return [RegionRow(r, names.get(r.parent_code or ""), people.get(r.code), homes.count(r.code)) for r in regions]


def regions_above(rows: Sequence[RegionRow]) -> Options:
    """The regions that others lie in."""
    wanted = {row.region.parent_code for row in rows}
    return [(row.region.code, row.region.name) for row in rows if row.region.code in wanted]


class TargetState(StrEnum):
    """Whether a target counts on a day."""

    IN_FORCE = "in_force"
    OVER = "no_longer_in_force"


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target of the plan, its words in the language of the reader."""

    target: Target
    aim: str
    scope: str
    state: TargetState


TARGETS: Table[TargetRow] = Table(
    name="targets",
    title=mark("Targets of the plan"),
    columns=(
        Column("code", mark("Target code"), lambda r: r.target.code, lambda r: r.target.code),
        Column("item", mark("Target item"), lambda r: r.target.item, lambda r: r.target.item),
        Column("aim", mark("Target value"), lambda r: r.aim),
        Column("scope", mark("For whom"), lambda r: r.scope, lambda r: r.scope),
        Column(
            "state",
            mark("State"),
            lambda r: Chip(r.state, "good" if r.state is TargetState.IN_FORCE else "plain"),
            lambda r: r.state,
        ),
        Column("kind", mark("Computed here as"), lambda r: r.target.kind, lambda r: r.target.kind),
        Column("from", mark("Counts from"), lambda r: r.target.starts_on, lambda r: r.target.starts_on),
        Column("until", mark("Counts until"), lambda r: r.target.ends_on, lambda r: r.target.ends_on),
        Column("source", mark("Source"), lambda r: r.target.source),
    ),
    filters=(ChoiceFilter("state", mark("State"), TargetState, lambda r: r.state.value),),
    search=(lambda r: r.target.item, lambda r: r.target.code, lambda r: r.target.source),
    nothing=mark("No targets are loaded yet; the set-up loads them from the method library."),
)


def target_rows(session: Session, today: date, say: Translate) -> list[TargetRow]:
    """All targets of the plan, by code."""
    found = session.exec(select(Target).order_by(col(Target.code), col(Target.starts_on))).all()
    return [_target(target, today, say) for target in found]


def _target(target: Target, today: date, say: Translate) -> TargetRow:
    unit = target_word(target.unit, say)
    aim = f"{comparison_sign(target.comparison)} {target.value:f} {unit}".strip()
    state = TargetState.IN_FORCE if is_in_force(target.starts_on, target.ends_on, today) else TargetState.OVER
    return TargetRow(target, aim, target_word(target.scope, say), state)
