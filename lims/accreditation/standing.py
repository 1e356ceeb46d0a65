"""How a laboratory stands on a day: its certificates, its parameters beside the target, and what runs out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lims.accreditation import queries
from lims.accreditation.dual import DualStatus, in_force_until, status_on
from lims.accreditation.rules import CertificateFacts, ParameterCounts, Scheme, count_parameters
from lims.accreditation.tables import Certificate
from lims.accreditation.words import superseded_by
from lims.db.work import LimsSession
from lims.library.rules import Library
from lims.network import queries as network
from lims.network.rules import Level, TargetKind
from lims.network.tables import Laboratory

#: Renewal is applied for months ahead: what ends within these days is told.
AHEAD = timedelta(days=180)
TARGETS = {
    Level.PROVINCE: TargetKind.PARAMETERS_PROVINCE,
    Level.PREFECTURE: TargetKind.PARAMETERS_PREFECTURE,
    Level.COUNTY: TargetKind.PARAMETERS_COUNTY,
}


@dataclass(frozen=True, slots=True)
class SchemeStanding:
    """One of the two schemes on a day. `certificate` is the one in force, else the one that ended last."""

    scheme: Scheme
    certificate: Certificate | None
    until: date | None
    is_suspended: bool
    days_left: int | None

    @property
    def is_held(self) -> bool:
        """Whether the scheme is held on the day."""
        return self.until is not None

    @property
    def ends_soon(self) -> bool:
        """Whether it ends within the days in which a renewal is due."""
        return self.days_left is not None and self.days_left <= AHEAD.days


@dataclass(frozen=True, slots=True)
class Outdated:
    """A method of the annex that another has replaced, and the parameters that stand in the annex by it alone."""

    method: str
    successor: str
    lines: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A laboratory on a day."""

    laboratory: Laboratory
    day: date
    status: DualStatus
    schemes: tuple[SchemeStanding, ...]
    counts: ParameterCounts
    target: Decimal | None

    @property
    def reaches_target(self) -> bool | None:
        """Whether there are as many parameters as the level asks for; None where nothing is asked."""
        return None if self.target is None else self.counts.parameters >= self.target


def standing_of(session: LimsSession, laboratory: Laboratory, day: date) -> Standing:
    """How one laboratory stands. The actor sees its records, or it seems to hold nothing."""
    own = queries.certificates(session, laboratory.id)
    return _standing(session, laboratory, own, day)


def standings(session: LimsSession, region_code: str, day: date) -> Sequence[Standing]:
    """How every laboratory of a region that the actor may see stands, highest level first."""
    visible = session.actor.visible_laboratories
    found = [lab for lab in network.laboratories(session, region_code) if visible is None or lab.id in visible]
    held: dict[object, list[Certificate]] = {lab.id: [] for lab in found}
    for certificate in queries.certificates(session):
        if certificate.laboratory_id in held:
            held[certificate.laboratory_id].append(certificate)
    ordered = sorted(found, key=lambda lab: (lab.level.rank, lab.code))
    return [_standing(session, lab, held[lab.id], day) for lab in ordered]


def outdated_methods(session: LimsSession, library: Library, laboratory: Laboratory, day: date) -> Sequence[Outdated]:
    """The methods of lines in force that the library knows as replaced by the day."""
    lines = queries.lines_in_force(session, laboratory.id, day)
    found = []
    for method in sorted({line.method_code for line in lines}):
        successor = superseded_by(library, method, day)
        if successor:
            found.append(Outdated(method, successor, sum(line.method_code == method for line in lines)))
    return found


def _standing(session: LimsSession, laboratory: Laboratory, own: Sequence[Certificate], day: date) -> Standing:
    facts = [queries.facts_of(certificate) for certificate in own]
    lines = queries.scope_lines(session, laboratory.id) if own else []
    kind = TARGETS.get(laboratory.level)
    target = network.target_in_force(session, kind, day) if kind else None
    return Standing(
        laboratory,
        day,
        status_on(facts, day),
        tuple(_scheme(scheme, own, facts, day) for scheme in Scheme),
        count_parameters(lines, day),
        target.value if target else None,
    )


def _scheme(scheme: Scheme, own: Sequence[Certificate], facts: Sequence[CertificateFacts], day: date) -> SchemeStanding:
    until = in_force_until(facts, scheme, day)
    mine = sorted((c for c in own if c.scheme is scheme), key=lambda c: c.valid_until)
    current = next((c for c in reversed(mine) if queries.facts_of(c).in_force_on(day)), mine[-1] if mine else None)
    suspended = current is not None and current.valid_from <= day <= current.valid_until and until is None
    return SchemeStanding(scheme, current, until, suspended, (until - day).days if until else None)
