"""A report as three people and their laboratory sign it, and hands that sign it otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm

from lims.core.clock import FixedClock
from lims.documents import signing
from lims.documents.act_forms import acts_bytes
from lims.documents.keys import SigningIdentity, development_identity
from lims.documents.personal_keys import personal_development_identity
from lims.documents.press import Press
from lims.documents.signature_form import end_of, signatures_of
from lims.documents.signatures import ALL_SIGNATURES, PERSONAL, SignatureField
from lims.documents.signing import PersonalSignature, sign_report
from lims.documents.snapshot import PeopleBlock, ReportSnapshot
from lims.documents.timestamps import Timestamps, development_timestamps
from tests.documents.act_examples import stated
from tests.documents.examples import ISSUED_AT, a_snapshot
from tests.documents.log_examples import SIGNED_AT, proved

LABORATORY_NAME = "黔中县农产品质量安全检验检测中心"
PLACE, MEANING = "贵州省贵阳市", "签发检验报告"
CLOCK = FixedClock(SIGNED_AT)


@dataclass(frozen=True)
class House:
    """A laboratory with its people and its timestamp authority, all under one development CA."""

    press: Press
    keys: Path
    seal: SigningIdentity
    people: tuple[SigningIdentity, SigningIdentity, SigningIdentity]
    timestamps: Timestamps
    kept: dict[str, bytes] = field(default_factory=dict)

    def snapshot(self, **changed: Any) -> ReportSnapshot:
        """The report that names the people's certificates."""
        plain = a_snapshot(signatures=ALL_SIGNATURES)
        acts = ("compiled_by", "reviewed_by", "approved_by")
        named = {
            act: getattr(plain.people, act).model_copy(
                update={"certificate_sha256": who.certificate.fingerprint(SHA256()).hex()}
            )
            for act, who in zip(acts, self.people, strict=True)
        }
        return a_snapshot(**{"signatures": ALL_SIGNATURES, "people": PeopleBlock(**named)} | changed)

    def printed(self, snapshot: ReportSnapshot) -> bytes:
        """The report with its proof, unsigned; printed once for each snapshot."""
        if snapshot.sha256 not in self.kept:
            proof = proved(snapshot, self.seal).canonical_bytes()
            acts = acts_bytes(stated(snapshot, self.people)) if snapshot.signatures else None
            self.kept[snapshot.sha256] = self.press.report(snapshot, proof, acts)
        return self.kept[snapshot.sha256]

    def acts(self, snapshot: ReportSnapshot, people: Sequence[SigningIdentity] = ()) -> list[PersonalSignature]:
        """The three acts as the snapshot names them, with the keys of these people."""
        block = snapshot.people
        instants = (block.compiled_by.at, block.reviewed_by.at, block.approved_by.at)
        who = people or self.people
        return [
            PersonalSignature(field, key, at, field.shown)
            for field, key, at in zip(PERSONAL, who, instants, strict=True)
        ]

    def signed(
        self,
        snapshot: ReportSnapshot,
        people: Sequence[SigningIdentity] = (),
        *,
        seal: SigningIdentity | None = None,
        at: datetime = SIGNED_AT,
        timestamps: Timestamps | None = None,
    ) -> bytes:
        """The report as the laboratory signs it; with a timestamp when the snapshot says so."""
        source = (timestamps or self.timestamps) if snapshot.timestamped else None
        return sign_report(
            self.printed(snapshot),
            self.acts(snapshot, people),
            seal or self.seal,
            at,
            location=PLACE,
            reason_text=MEANING,
            timestamps=source,
        )


def a_house(press: Press, keys: Path) -> House:
    names = [a_snapshot().people.compiled_by.name, a_snapshot().people.reviewed_by.name]
    names.append(a_snapshot().people.approved_by.name)
    one, two, three = (personal_development_identity(keys, f"u{i}", name, CLOCK) for i, name in enumerate(names))
    seal = development_identity(keys, "QZ", LABORATORY_NAME, FixedClock(ISSUED_AT))
    return House(press, keys, seal, (one, two, three), development_timestamps(keys, CLOCK))


def by_hand(
    pdf: bytes,
    steps: Sequence[tuple[SignatureField, SigningIdentity, datetime]],
    *,
    certifies: bool = True,
    locks: bool = True,
    between: Callable[[IncrementalPdfFileWriter], None] | None = None,
) -> bytes:
    """Signed as `sign_report` does it, but as somebody might who has every key: in another order, without a lock.

    between: what is done to the file in the revision of the last signature.
    """
    for act, identity, at in steps:
        writer = signing._writer(pdf)
        stated = signing._stated(act, identity, PLACE, MEANING)
        if act is steps[0][0]:
            for one in ALL_SIGNATURES:
                signing._append_field(writer, one, locks=locks and one is SignatureField.SEAL)
            if certifies:
                stated = replace(stated, certify=True, docmdp_permissions=MDPPerm.FILL_FORMS)
        elif act is steps[-1][0]:
            if locks:
                stated = replace(stated, docmdp_permissions=MDPPerm.NO_CHANGES)
            if between is not None:
                between(writer)
        pdf = signing._signed(writer, stated, identity, at)
    return pdf


def ends_of(pdf: bytes) -> list[int]:
    """Where the revisions of the signatures end, in bytes."""
    return [end_of(signature) for signature in signatures_of(pdf)]
