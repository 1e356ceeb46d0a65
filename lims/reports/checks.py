"""What was looked at when a PDF was verified, one check after the other, in plain words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lims.core.reasons import mark

if TYPE_CHECKING:
    from lims.documents.verification import Verification

#: The checks in their order; each looks only at what passed the one before.
_CHECKS = (
    ("readable", mark("The file is a PDF that can be read")),
    ("signed", mark("It carries the electronic signature of a laboratory")),
    ("unchanged", mark("Nothing in it was changed after it was signed")),
    ("trusted", mark("The certificate of the signer is trusted here")),
    ("issued", mark("It is byte for byte the file that was issued under this number")),
    ("in_force", mark("The report is in force: neither replaced nor withdrawn")),
)
#: The check that a reason belongs to; every other reason against a signer belongs to `trusted`.
_FAILED_AT = {
    "verification.not_a_pdf": "readable",
    "verification.unreadable": "readable",
    "verification.too_large": "readable",
    "verification.unsigned": "signed",
    "verification.altered": "unchanged",
    "verification.unexpected_signatures": "unchanged",
    "verification.not_the_issued_file": "issued",
    "verification.never_issued": "issued",
    "verification.replaced": "in_force",
    "verification.withdrawn": "in_force",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `outcome`: passed, failed, or unknown when it was not reached or nothing is recorded here."""

    text: str
    outcome: str


def checks_of(found: "Verification") -> Sequence[Check]:
    """Every check with its outcome. A valid file of a laboratory that keeps its records elsewhere leaves two open."""
    code = found.reason.code
    if code == "verification.valid":
        return [Check(text, "passed") for _, text in _CHECKS]
    if code == "verification.valid_unrecorded":
        return [Check(text, "unknown" if name in {"issued", "in_force"} else "passed") for name, text in _CHECKS]
    failed_at = _FAILED_AT.get(code, "trusted")
    outcome, checks = "passed", []
    for name, text in _CHECKS:
        if name == failed_at:
            checks.append(Check(text, "failed"))
            outcome = "unknown"
        else:
            checks.append(Check(text, outcome))
    return checks
