"""What was measured in the rehearsal: the files of its instruments, and what was decided on failed checks."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lims.commands.tables import print_table
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.language import Language, translator
from lims.core.words import word
from lims.db.work import LimsSession
from lims.equipment import queries as equipment
from lims.library.queries import current_library
from lims.people.queries import names_of
from lims.runs import deciding, queries
from lims.runs.readers.registry import reader_named
from lims.runs.rules import EntryKind
from lims.runs.run_lists import value_text
from lims.runs.tables import Run
from lims.runtime import Lims
from lims.science.quality_control import QcVerdict

_SAY = translator(Language.CHINESE)


class _RunLine(NamedTuple):
    worksheet: str
    instrument: str
    file: str
    layout: str
    samples: str
    checks: str


class _DecisionLine(NamedTuple):
    worksheet: str
    check: str
    value: str
    limit: str
    decision: str
    person: str
    why: str


def tell_runs(lims: Lims, runs: Sequence[Run]) -> None:
    """Print the runs, and each decision on their quality control with its reason."""
    with lims.read(system_actor(), Action.RUN_READ) as session:
        lines = [_line(session, run) for run in runs]
        decisions = [line for run in runs for line in _decisions(session, run)]
    print_table(
        "上机批次 · runs",
        ("工作单", "仪器", "文件", "版式", "样品", "质控检查（不通过）"),
        lines,
    )
    print_table(
        "质控判定 · decisions on quality control",
        ("工作单", "检查", "测得值", "限值", "判定", "判定人", "理由"),
        decisions,
    )


def _line(session: LimsSession, run: Run) -> _RunLine:
    worksheet, file = queries.worksheet_of(session, run), queries.file_of(session, run)
    checks = queries.checks_of(session, run.id)
    failed = sum(check.verdict is QcVerdict.FAIL for check in checks)
    instrument = equipment.instrument_by_key(session, str(worksheet.instrument_id))
    samples = [one for one in queries.entries_of(session, worksheet.id) if one.kind is EntryKind.SAMPLE]
    return _RunLine(
        worksheet.number,
        f"{instrument.code} {instrument.model}",
        file.name,
        reader_named(file.reader).title,
        str(len(samples)),
        f"{len(checks)} ({failed})",
    )


def _decisions(session: LimsSession, run: Run) -> Iterator[_DecisionLine]:
    library = current_library(session)
    number = queries.worksheet_of(session, run).number
    checks = {check.id: check for check in queries.checks_of(session, run.id)}
    decided = deciding.decisions_of(session, run.id)
    names = names_of(session, {one.decided_by for one in decided.values()})
    for one in decided.values():
        check = checks[one.check_id]
        yield _DecisionLine(
            number,
            f"{library.substance_name(check.analyte, Language.CHINESE)} {_SAY(word(check.kind))}",
            value_text(check),
            check.limit_text,
            _SAY(word(one.decision)),
            names.get(one.decided_by, ""),
            one.reason,
        )
