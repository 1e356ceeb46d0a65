"""The signed acts of a report, as its three people state them, and as somebody else might."""

from collections.abc import Sequence
from typing import Any

from lims.documents.act_forms import (
    MEANINGS,
    ActContent,
    ActStatement,
    Meaning,
    SignedAct,
    SignedStatement,
    sign_statement,
)
from lims.documents.keys import SigningIdentity
from lims.documents.snapshot import ReportSnapshot
from tests.documents.log_examples import LABORATORY

REPORT = "11111111-1111-4111-8111-111111111111"


def stated(
    snapshot: ReportSnapshot, people: Sequence[SigningIdentity], changed: dict[SignedAct, dict[str, Any]] | None = None
) -> list[SignedStatement]:
    """The three acts on a snapshot, signed by these keys; `changed`: what an act says instead."""
    block = snapshot.people
    signed: list[SignedStatement] = []
    who = (block.compiled_by, block.reviewed_by, block.approved_by)
    for act, person, key in zip(SignedAct, who, people, strict=True):
        is_last = act is SignedAct.APPROVED
        content = ActContent(
            results_sha256="a" * 64,
            judgement="22222222-2222-4222-8222-222222222222",
            verdict=snapshot.verdict,
            report_number=snapshot.number if is_last else None,
            snapshot_sha256=snapshot.sha256 if is_last else None,
        )
        statement = ActStatement(
            laboratory=LABORATORY,
            report=REPORT,
            act=act,
            person=person.name,
            at=person.at,
            meaning=Meaning(zh=MEANINGS[act].zh, en=MEANINGS[act].en),
            method="password_and_code",
            content=content,
            previous=signed[-1].statement.sha256 if signed else None,
        )
        signed.append(sign_statement(statement.model_copy(update=(changed or {}).get(act, {})), key))
    return signed
