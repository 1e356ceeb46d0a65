"""What is a PDF worth that somebody hands in (报告真伪核验)? A clear answer for every file, also for one that is none.

The answer rests on these things: the file has exactly the form that `signing` gives it, the signature holds and its
signer is trusted, what is inside agrees with what is printed and with the transparency log (`embedded`), and the bytes
are those that the installation issued under the number, when it knows the number. An incremental update after the
signature is never accepted, whatever it changes.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from cryptography import x509

from lims.core.reasons import reason
from lims.documents.acts import check_acts
from lims.documents.answers import IssuedRecord, IssuedStatus, Outcome, Refused, Status, Verification
from lims.documents.certificates import common_name, is_development
from lims.documents.embedded import Reprint, attachments, read_embedded, with_log, with_print
from lims.documents.signature_checks import (
    check_signatures,
    refuse_other_people,
    refuse_revoked,
    refuse_untrusted,
    why_time_unconfirmed,
)
from lims.documents.signature_form import altered, signatures_of
from lims.documents.snapshot import ATTACHMENT, ReportSnapshot
from lims.documents.unreadable import UNREADABLE

__all__ = ["IssuedRecord", "IssuedStatus", "Status", "Verification", "read_number", "verify_pdf"]

#: What may be a report number, of whichever laboratory; anything else is neither looked up nor repeated.
_NUMBER = re.compile(r"[0-9A-Za-z._/-]{1,60}")

LARGEST_FILE = 64 * 1024 * 1024  # bytes; a report of 1 200 lines has less than one million


def read_number(data: bytes) -> str | None:
    """The report number that the file claims in its attached snapshot; None when there is none to be read.

    It is a claim, good for looking up the `IssuedRecord`, and nothing more.
    """
    if len(data) > LARGEST_FILE:
        return None
    try:
        number = json.loads(dict(attachments(data))[ATTACHMENT])["number"]
    except UNREADABLE:
        return None
    return number if isinstance(number, str) and _NUMBER.fullmatch(number) else None


def _claimed(data: bytes) -> ReportSnapshot | None:
    """The embedded data, to know which signatures are to be expected; None when they cannot be read."""
    try:
        return ReportSnapshot.model_validate_json(dict(attachments(data))[ATTACHMENT])
    except UNREADABLE:
        return None


def _check_signatures(data: bytes, trust: Sequence[x509.Certificate]) -> Verification:
    """The answer by the signatures alone. Raises `Refused`."""
    found = signatures_of(data)
    snapshot = _claimed(data)
    checked, stamped = check_signatures(data, found, snapshot)
    refuse_untrusted(checked, trust)
    if snapshot is not None:
        refuse_other_people(checked, snapshot, trust)
    refuse_revoked(checked, stamped, found[0].reader, trust)
    seal = checked[-1]
    doubt = why_time_unconfirmed(stamped, seal, trust)
    signer = common_name(seal.certificate)
    return Verification(
        Status.VALID,
        reason(
            "verification.valid_unrecorded",
            "The signature of {signer} is valid; this installation has no record of the report.",
            signer=signer,
        ),
        sha256=hashlib.sha256(data).hexdigest(),
        signer=signer,
        signed_at=seal.at,
        is_development=any(is_development(one.certificate) for one in checked),
        signatures=tuple(one.told for one in checked),
        has_timestamp=bool(stamped),
        stamped_at=stamped[-1].at if stamped and doubt is None else None,
        open_points=() if doubt is None else (doubt,),
    )


def _against_record(found: Verification, record: IssuedRecord) -> Verification:
    """The answer when the number is known here. Raises `Refused`."""
    if found.number != record.number or found.sha256 != record.sha256:
        raise altered(
            reason(
                "verification.not_the_issued_file",
                "This is not the file that was issued as report {number}.",
                number=record.number,
            )
        )
    found = _against_logged(found, record)
    match record.status:
        case IssuedStatus.ISSUED:
            why = reason(
                "verification.valid",
                "The report {number} is as {signer} issued it.",
                number=record.number,
                signer=found.signer,
            )
            return replace(found, reason=why)
        case IssuedStatus.REPLACED:
            why = reason(
                "verification.replaced",
                "The report {number} is genuine, but was replaced by {replaced_by}.",
                number=record.number,
                replaced_by=record.replaced_by or "?",
            )
            return replace(found, status=Status.REPLACED, reason=why)
        case IssuedStatus.WITHDRAWN:
            why = reason(
                "verification.withdrawn",
                "The report {number} is genuine, but was withdrawn and is no longer in force.",
                number=record.number,
            )
            return replace(found, status=Status.WITHDRAWN, reason=why)


def _against_logged(found: Verification, record: IssuedRecord) -> Verification:
    """The log that is kept here knows the report, whether or not the file carries a proof. Raises `Refused`."""
    if record.logged_sha256 is None:
        return found
    if record.logged_sha256 != found.snapshot_sha256:
        why = reason(
            "verification.log_contradicts",
            "The transparency log knows the report {number} with other data than those in this file.",
            number=record.number,
        )
        raise Refused(Status.NOT_LOGGED, why)
    still_open = tuple(why for why in found.open_points if why.code != "verification.no_proof")
    return replace(found, logged=Outcome.PASSED, open_points=still_open)


def verify_pdf(
    data: bytes,
    trust: Sequence[x509.Certificate],
    record: IssuedRecord | None,
    reprint: Reprint | None = None,
) -> Verification:
    """What the file is worth; never raises over the file. Not to be called from a coroutine.

    Args:
        data: the file as handed in.
        trust: certificates that the installation trusts, roots or the signers' own.
        record: what the installation knows of the number that `read_number` found; None when it knows nothing.
        reprint: prints the embedded data again, to be compared with the pages; None: they are not compared.
    """
    digest = hashlib.sha256(data).hexdigest()
    if len(data) > LARGEST_FILE:
        too_large = reason(
            "verification.too_large",
            "The file is larger than {megabytes} MB; no report is.",
            megabytes=LARGEST_FILE // 1024 // 1024,
        )
        return Verification(Status.UNSIGNED, too_large, digest)
    found: Verification | None = None
    try:
        found = _check_signatures(data, trust)
        try:
            inside = read_embedded(data)
            check_acts(inside.snapshot, inside.attached, inside.acts)
            found = with_log(found, inside, trust)
            found = with_print(found, data, inside, reprint)
        except UNREADABLE as error:
            raise _unreadable_inside() from error
        return found if record is None else _against_record(found, record)
    except Refused as refused:
        if found is None:
            return Verification(refused.status, refused.why, digest, read_number(data))
        return replace(found, status=refused.status, reason=refused.why, number=found.number or read_number(data))


def _unreadable_inside() -> Refused:
    return Refused(
        Status.INCONSISTENT,
        reason("verification.inside_unreadable", "The signature holds, but what is in the file cannot be read."),
    )
