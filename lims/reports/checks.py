"""What was looked at when a PDF was verified, one check after the other, in plain words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lims.core.reasons import mark

if TYPE_CHECKING:
    from lims.documents.answers import Verification

Name = Literal[
    "readable",
    "signed",
    "complete",
    "unchanged",
    "trusted",
    "people",
    "stamped",
    "logged",
    "printed",
    "issued",
    "in_force",
]
Result = Literal["passed", "failed", "unknown"]
#: The checks in their order; each looks only at what passed the one before.
_CHECKS: tuple[tuple[Name, str], ...] = (
    ("readable", mark("The file is a PDF that can be read")),
    ("signed", mark("It carries electronic signatures")),
    ("complete", mark("Every signature that its data name is there, and no other")),
    ("unchanged", mark("Nothing in it was changed after it was signed")),
    ("trusted", mark("The certificates of the signers are trusted here")),
    ("people", mark("The signers are the people and the laboratory that the data name")),
    ("stamped", mark("A trusted authority saw the whole file at the time that it states")),
    ("logged", mark("Its issue stands in the laboratory's transparency log, under a signed head")),
    ("printed", mark("The pages print what the embedded data say")),
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
    "verification.signature_missing": "complete",
    "verification.unexpected_signatures": "complete",
    "verification.signature_order": "complete",
    "verification.timestamp_missing": "complete",
    "verification.timestamp_of_another": "unchanged",
    "verification.seal_by_a_person": "people",
    "verification.seal_of_another": "people",
    "verification.signed_by_another": "people",
    "verification.same_signer": "people",
    "verification.act_time": "people",
    "verification.acts_in_disorder": "people",
    "verification.timestamp_time": "stamped",
    "verification.log_broken": "logged",
    "verification.log_contradicts": "logged",
    "verification.log_head_forged": "logged",
    "verification.log_head_untrusted": "logged",
    "verification.log_other_report": "logged",
    "verification.log_rewritten": "logged",
    "verification.log_time": "logged",
    "verification.log_unreadable": "logged",
    "verification.added_before_signing": "printed",
    "verification.drawing_differs": "printed",
    "verification.inside_unreadable": "printed",
    "verification.no_data": "printed",
    "verification.print_differs": "printed",
    "verification.results_differ": "printed",
    "verification.strange_attachment": "printed",
    "verification.not_the_issued_file": "issued",
    "verification.never_issued": "issued",
    "verification.replaced": "in_force",
    "verification.withdrawn": "in_force",
}


_RESULTS: dict[str, Result] = {"passed": "passed", "failed": "failed", "unknown": "unknown"}
#: What stands after these two is known only when the file's number is known here.
_RECORDED = frozenset({"issued", "in_force"})


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `outcome` is unknown when it was not reached, or could not be made."""

    name: Name
    text: str
    outcome: Result


def checks_of(found: "Verification") -> Sequence[Check]:
    """Every check with its outcome; that of a timestamp for a report that has one.

    A valid file of a laboratory that keeps its records elsewhere leaves some open.
    """
    code = found.reason.code
    is_valid = code in {"verification.valid", "verification.valid_unrecorded"}
    failed_at = None if is_valid else _FAILED_AT.get(code, "trusted")
    outcome: Result = "passed"
    checks: list[Check] = []
    for name, text in _CHECKS:
        if name == failed_at:
            checks.append(Check(name, text, "failed"))
            outcome = "unknown"
            continue
        if name == "stamped" and not found.has_timestamp:
            continue
        # These have an outcome of their own: the file may carry no timestamp or proof, or could not be printed again.
        own = {"stamped": found.stamped, "logged": found.logged, "printed": found.printed}.get(name)
        unrecorded = code == "verification.valid_unrecorded" and name in _RECORDED
        said: Result = "unknown" if unrecorded else outcome if own is None else _RESULTS[own.value]
        checks.append(Check(name, text, said))
    return checks
