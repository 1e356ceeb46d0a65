"""What travels inside a signed report (嵌入数据), held against what it prints and against the transparency log.

The signature says who vouches for the bytes. These checks find what even the holder of the key must not do: print one
thing and embed another, or issue a report that the log does not know.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from itertools import zip_longest

from cryptography import x509
from pyhanko.pdf_utils.misc import PdfError

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.documents.act_forms import ACTS_ATTACHMENT
from lims.documents.annexes import Photos
from lims.documents.answers import LogClaim, Outcome, Refused, Status, Verification
from lims.documents.certificates import common_name, why_not_trusted
from lims.documents.log_forms import LOG_ATTACHMENT, LogProof, issue_of
from lims.documents.page_text import page_drawings, page_fonts, page_texts, producer
from lims.documents.pdf_reader import PdfReader
from lims.documents.results_file import RESULTS_ATTACHMENT, results_csv
from lims.documents.revisions import added_before_signing, shows_annotations
from lims.documents.snapshot import ATTACHMENT, PHOTO_PREFIX, ReportSnapshot

#: Prints a snapshot with its proof, its signed acts and its photos again; raises a `LimsError` when it cannot.
Reprint = Callable[[ReportSnapshot, bytes | None, bytes | None, Photos], bytes]
#: The instants of the machines at work may differ by this, and an act may wait so long for its turn.
TOLERANCE = timedelta(minutes=10)
_KNOWN = frozenset({ATTACHMENT, RESULTS_ATTACHMENT, LOG_ATTACHMENT, ACTS_ATTACHMENT})
_SHOWN = 24  # letters of a difference


@dataclass(frozen=True, slots=True)
class Embedded:
    """The data of a report as they are attached to it."""

    snapshot: ReportSnapshot
    attached: bytes
    proof: bytes | None
    acts: bytes | None
    photos: Photos


def attachments(pdf: bytes) -> list[tuple[str, bytes]]:
    """Names and contents of the attached files, in their order. Raises what a damaged file makes parsers raise."""
    entries = iter([entry.get_object() for entry in PdfReader(BytesIO(pdf)).root["/Names"]["/EmbeddedFiles"]["/Names"]])
    return [(str(name), bytes(attached["/EF"]["/F"].data)) for name, attached in zip(entries, entries, strict=True)]


def read_embedded(pdf: bytes) -> Embedded:
    """The data of a report that was signed. Raises `Refused`, and what a damaged file makes parsers raise."""
    try:
        found = attachments(pdf)
    except LookupError:
        found = []
    names = [name for name, _ in found]
    strange = [name for i, name in enumerate(names) if not _is_known(name) or name in names[:i]]
    if strange:
        raise _inconsistent(
            reason(
                "verification.strange_attachment",
                "An attachment is in the file that no report carries: {name}.",
                name=strange[0][:80],
            )
        )
    contents = dict(found)
    try:
        snapshot = ReportSnapshot.model_validate_json(contents[ATTACHMENT])
    except (LookupError, ValueError) as error:
        raise _inconsistent(
            reason(
                "verification.no_data",
                "The signed file lacks the embedded data of a report ({name}); every report carries them.",
                name=ATTACHMENT,
            )
        ) from error
    if contents.get(RESULTS_ATTACHMENT) != (results_csv(snapshot) if snapshot.has_results_file else None):
        raise _inconsistent(
            reason(
                "verification.results_differ",
                "The table of results in the file ({name}) is not the one that its data give, or is missing.",
                name=RESULTS_ATTACHMENT,
            )
        )
    photos = {name[len(PHOTO_PREFIX) : -4]: found for name, found in contents.items() if name.startswith(PHOTO_PREFIX)}
    if set(photos) != {photo.sha256 for photo in snapshot.photos} or any(
        hashlib.sha256(content).hexdigest() != named for named, content in photos.items()
    ):
        raise _inconsistent(
            reason(
                "verification.photo_differs",
                "The photos in the file are not those that its data name, or one of them was changed.",
            )
        )
    proof, acts = contents.get(LOG_ATTACHMENT), contents.get(ACTS_ATTACHMENT)
    return Embedded(snapshot, contents[ATTACHMENT], proof, acts, photos)


def _is_known(name: str) -> bool:
    return name in _KNOWN or (name.startswith(PHOTO_PREFIX) and name.endswith(".jpg"))


# ── the transparency log ─────────────────────────────────────────────────────────────────────────────


def with_log(found: Verification, inside: Embedded, trust: Sequence[x509.Certificate]) -> Verification:
    """The answer after the proof in the file was checked, if there is one. Raises `Refused`."""
    digest = hashlib.sha256(inside.attached).hexdigest()
    found = replace(found, number=inside.snapshot.number, snapshot_sha256=digest)
    if inside.proof is None:
        why = reason(
            "verification.no_proof",
            "The file carries no proof of the transparency log: it was issued before there was one, or is in none.",
        )
        return replace(found, open_points=(*found.open_points, why))
    try:
        proof = LogProof.model_validate_json(inside.proof)
    except ValueError as error:
        raise _not_logged(
            reason("verification.log_unreadable", "The proof of the transparency log in the file cannot be read.")
        ) from error
    claim = check_proof(proof, inside, trust, found.signed_at)
    return replace(found, logged=Outcome.PASSED, log=claim)


def check_proof(
    proof: LogProof, inside: Embedded, trust: Sequence[x509.Certificate], signed_at: datetime | None
) -> LogClaim:
    """What the proof of a report says when it holds. Raises `Refused`.

    Args:
        proof: as it was attached.
        inside: the report that it is attached to.
        trust: whose signatures count on the laboratory's reports and heads.
        signed_at: when the report was signed; its head is older.
    """
    head = proof.head.body
    if proof.entry != issue_of(
        inside.snapshot, head.laboratory, inside.attached
    ) or not inside.snapshot.number.startswith(head.laboratory):
        raise _not_logged(
            reason(
                "verification.log_other_report",
                "The proof of the transparency log is that of another report ({number}), not of what is in this file.",
                number=proof.entry.report_number,
            )
        )
    if not proof.leads_to_head():
        raise _not_logged(
            reason("verification.log_broken", "The proof does not lead to the head of the transparency log.")
        )
    _check_head(proof, trust)
    if head.at < proof.entry.at - TOLERANCE or (signed_at is not None and head.at > signed_at + TOLERANCE):
        raise _not_logged(
            reason(
                "verification.log_time",
                "The head of the transparency log is dated {dated}: it must lie between issue and signature.",
                dated=head.at.isoformat(),
            )
        )
    return LogClaim(head.laboratory, proof.index, head.size, head.root, head.at)


def _check_head(proof: LogProof, trust: Sequence[x509.Certificate]) -> None:
    try:
        signer, *above = proof.head.certificates()
        holds = proof.head.is_signed()
    except (LimsError, ValueError) as error:
        raise _forged_head() from error
    if not holds:
        raise _forged_head()
    if why_not_trusted(signer, above, trust, proof.head.body.at):
        raise _not_logged(
            reason(
                "verification.log_head_untrusted",
                "The head of the transparency log was signed by {name}, who is not trusted for this laboratory.",
                name=common_name(signer),
            )
        )


def _forged_head() -> Refused:
    return _not_logged(
        reason("verification.log_head_forged", "The signature on the head of the transparency log does not hold.")
    )


# ── what is printed ──────────────────────────────────────────────────────────────────────────────────


def with_print(found: Verification, pdf: bytes, inside: Embedded, reprint: Reprint | None) -> Verification:
    """The answer after the embedded data were printed again: the same bytes, or at least the same words on each page.

    Raises `Refused`, and what a file that is made otherwise makes parsers raise.
    """
    if reprint is None:
        return found
    try:
        again = reprint(inside.snapshot, inside.proof, inside.acts, inside.photos)
    except LimsError as error:
        why = reason(
            "verification.not_reprinted",
            "The embedded data could not be printed again here, so the pages were not compared with them.",
        )
        return replace(found, open_points=(*found.open_points, why, *error.reasons))
    updates = len(inside.snapshot.expected_signatures) + inside.snapshot.timestamped
    if pdf.startswith(again):
        if part := added_before_signing(pdf, again, updates):
            raise _inconsistent(
                reason(
                    "verification.added_before_signing",
                    "Between printing and signing something was put into the file that the data do not have ({part}).",
                    part=part,
                )
            )
        return replace(found, printed=Outcome.PASSED)
    return _compared(found, pdf, again)


def _compared(found: Verification, pdf: bytes, again: bytes) -> Verification:
    """The pages held against those that are printed here, which are other bytes. Raises `Refused`."""
    has_same_tools = producer(pdf) == producer(again)
    try:
        printed, drawn, fonts = page_texts(pdf), page_drawings(pdf), page_fonts(pdf)
        is_annotated = shows_annotations(PdfReader(BytesIO(pdf)))
    except (ValueError, LookupError, NotImplementedError, PdfError):
        if has_same_tools:
            raise
        why = reason(
            "verification.not_compared",
            "The pages were made by {program}, another version than the one here, and cannot be read back.",
            program=producer(pdf) or "—",
        )
        return replace(found, open_points=(*found.open_points, why))
    _compare(printed, page_texts(again))
    pages = zip(drawn, page_drawings(again), strict=True)
    differing = next((number for number, (page, wanted) in enumerate(pages, start=1) if page != wanted), None)
    is_strange = is_annotated or (differing is not None and has_same_tools and fonts == page_fonts(again))
    if is_strange:
        raise _inconsistent(
            reason(
                "verification.drawing_differs",
                "Page {page} has the words of the embedded data, but is drawn otherwise: something was put over it.",
                page=differing or 1,
            )
        )
    # Other bytes, other fonts or another version: what was compared are the words.
    why = reason(
        "verification.words_only",
        "The pages were made by {program} with other fonts or in another version than here: only their words were"
        " compared.",
        program=producer(pdf) or "—",
    )
    return replace(found, printed=Outcome.PASSED, open_points=(*found.open_points, why))


def _compare(printed: list[str], expected: list[str]) -> None:
    """Raises `Refused` with the first place where the pages say something else than the data."""
    for number, (page, wanted) in enumerate(zip_longest(printed, expected, fillvalue=""), start=1):
        if page == wanted:
            continue
        at = next(
            (i for i, (a, b) in enumerate(zip(page, wanted, strict=False)) if a != b), min(len(page), len(wanted))
        )
        start = max(0, at - _SHOWN // 3)
        raise _inconsistent(
            reason(
                "verification.print_differs",
                "Page {page} prints “{printed}” where the embedded data say “{data}”.",
                page=number,
                printed=page[start : start + _SHOWN] or "—",
                data=wanted[start : start + _SHOWN] or "—",
            )
        )


def _inconsistent(why: Reason) -> Refused:
    return Refused(Status.INCONSISTENT, why)


def _not_logged(why: Reason) -> Refused:
    return Refused(Status.NOT_LOGGED, why)
