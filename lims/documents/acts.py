"""The signed acts that travel in a report, held against what it prints (三级签名核验).

Its own signatures say who signed the file. These checks find what they cannot: that the statements are those of the
three people who stand on the report, that they form one chain, and that the last of them is about this very report.
"""

import hashlib
from collections.abc import Sequence

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.documents.act_forms import ACTS_ATTACHMENT, SignedAct, SignedActs, SignedStatement
from lims.documents.answers import Refused, Status
from lims.documents.certificates import digest_of
from lims.documents.signatures import SignatureField
from lims.documents.snapshot import ReportSnapshot, Signatory

_FIELDS = {
    SignedAct.COMPILED: SignatureField.COMPILED,
    SignedAct.REVIEWED: SignatureField.REVIEWED,
    SignedAct.APPROVED: SignatureField.APPROVED,
}


def check_acts(snapshot: ReportSnapshot, attached: bytes, acts: bytes | None) -> None:
    """Does what is attached as the acts of a report hold? A report that the laboratory alone signed has none.

    Args:
        snapshot: of the report.
        attached: its bytes as they are attached.
        acts: the attachment `acts.json`; None where there is none.
    Raises `Refused`.
    """
    if acts is None and not snapshot.signatures:
        return
    if acts is None:
        said = "The file lacks the signed acts of its three people ({name}); its data say that it carries them."
        raise _inconsistent(reason("verification.no_acts", said, name=ACTS_ATTACHMENT))
    try:
        statements = SignedActs.model_validate_json(acts).acts
    except ValueError as error:
        said = "The signed acts in the file cannot be read."
        raise _inconsistent(reason("verification.acts_unreadable", said)) from error
    if [one.statement.act for one in statements] != list(SignedAct):
        said = "A report has three signed acts: compiled, reviewed, approved. This file has others."
        raise _inconsistent(reason("verification.acts_others", said))
    people = (snapshot.people.compiled_by, snapshot.people.reviewed_by, snapshot.people.approved_by)
    for one, printed in zip(statements, people, strict=True):
        _check_person(one, printed)
    _check_chain(snapshot, hashlib.sha256(attached).hexdigest(), statements)


def _check_person(signed: SignedStatement, printed: Signatory) -> None:
    statement = signed.statement
    act = _FIELDS[statement.act].word
    if (statement.person, statement.at) != (printed.name, printed.at):
        said = "The act “{act}” in the file is that of {person}; the report prints {printed}, or another time."
        raise _inconsistent(
            reason("verification.act_person", said, act=act, person=statement.person, printed=printed.name)
        )
    try:
        holds = signed.is_signed()
        digest = digest_of(signed.certificates()[0])
    except (LimsError, ValueError, LookupError):
        holds, digest = False, ""
    if not holds:
        said = "The signature of {person} on the act “{act}” does not hold."
        raise _inconsistent(reason("verification.act_forged", said, act=act, person=statement.person))
    if printed.certificate_sha256 not in {"", digest}:
        said = "The act “{act}” was signed with another certificate than the one that the report names for {person}."
        raise _inconsistent(reason("verification.act_certificate", said, act=act, person=statement.person))


def _check_chain(snapshot: ReportSnapshot, digest: str, signed: Sequence[SignedStatement]) -> None:
    statements = [one.statement for one in signed]
    compiled, reviewed, approved = statements
    is_chain = (
        compiled.previous is None
        and reviewed.previous == compiled.sha256
        and approved.previous == reviewed.sha256
        and len({(one.report, one.laboratory) for one in statements}) == 1
        and snapshot.number.startswith(compiled.laboratory)
        and len({(one.content.results_sha256, one.content.judgement) for one in statements}) == 1
    )
    content = approved.content
    if not is_chain or (content.report_number, content.snapshot_sha256) != (snapshot.number, digest):
        said = "The signed acts in the file are not those of this report ({number})."
        raise _inconsistent(reason("verification.acts_other_report", said, number=snapshot.number))


def _inconsistent(why: Reason) -> Refused:
    return Refused(Status.INCONSISTENT, why)
