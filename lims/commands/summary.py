"""What the rehearsal left behind, readable in a minute."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from lims.commands import logs
from lims.commands.files import print_indicators
from lims.commands.run_summary import tell_runs
from lims.commands.tables import print_table
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.language import Language, translator
from lims.core.words import word
from lims.db.audit_check import verify
from lims.demo import cast
from lims.demo.province import ORGANISER
from lims.demo.rounds import Rounds
from lims.demo.walk import Walk, actor
from lims.indicators import service as indicators
from lims.limits import queries as limits
from lims.limits.verdicts import Overall, Verdict
from lims.proficiency import queries
from lims.proficiency.doors import reading
from lims.reports.log_acts import check_logs
from lims.reports.queries import reports_of
from lims.reports.tables import Report
from lims.reports.verification import verify_report_file
from lims.runtime import Lims
from lims.samples.tables import Sample
from lims.science.proficiency_scores import Grade

_WORDS = {
    Overall.CONFORMS: "合格 conforms",
    Overall.FAILS: "不合格 fails",
    Overall.PENDING: "待定 pending",
    Overall.NOT_JUDGED: "不作判定 not judged",
}
_TELLING = (Verdict.PROHIBITED_DETECTED, Verdict.EXCEEDS)


class _Line(NamedTuple):
    sample: str
    product: str
    report: str
    verdict: str
    why: str


def publish(lims: Lims, walk: Walk, folder: Path) -> Path:
    """Copy the signed reports under their numbers into a folder, for people; the vault keeps the originals."""
    target = folder / "reports"
    target.mkdir(parents=True, exist_ok=True)
    for sample in walk.samples:
        report = _report(lims, sample)
        if report.pdf_sha256:
            (target / f"{report.number}.pdf").write_bytes(lims.vault.get(report.pdf_sha256))
    return target


def tell(county: Lims, prefecture: Lims, walk: Walk, folder: Path) -> bool:
    """Print the summary. Whether all is as it must be: signatures valid, audit trails and transparency logs whole."""
    reports = publish(county, walk, folder)
    print_table(
        "样品与判定 · verdicts", ("样品", "产品", "报告", "结论", "理由"), [_line(county, s) for s in walk.samples]
    )
    tell_runs(county, walk.runs)
    for lims, username in ((county, "max"), (prefecture, "net")):
        print_indicators(indicators.indicator_table(lims, actor(lims, username), indicators.Question(walk.period)))
    print_table(
        "帐户 · accounts",
        ("用户名", "姓名", "岗位", "机构"),
        [(p.username, p.full_name, p.role.value, p.laboratory) for p in cast.PEOPLE],
    )
    print(f"密码 password: {cast.password_of(folder)}")
    print(f"报告 reports: {reports}/")
    print(f"直报 return: {walk.return_file} ({walk.intake.records} 批次 batches, {walk.intake.sender_name})")
    are_valid = _all_valid(county, reports) & _whole(county, "county") & _whole(prefecture, "prefecture")
    return are_valid & _logged(county) & _logged(prefecture)


def tell_rounds(centre: Lims, organised: Rounds) -> bool:
    """Print what the province organises, how far each round is and what was found. Whether its trail is whole."""
    say = translator(Language.CHINESE)
    with reading(centre, actor(centre, ORGANISER[0]), Action.PROFICIENCY_PLAN) as session:
        lines = []
        for number in (organised.published, organised.open):
            found = queries.own_round(session, number)
            evaluation = queries.newest_evaluation(session, found)
            grades = Counter[str]()
            for one in evaluation.outcome["analytes"] if evaluation else ():
                grades.update(one["grades"])
            counts = "，".join(f"{say(word(grade))} {grades[grade]}" for grade in Grade) if grades else "—"
            lines.append((number, found.title, str(found.participant_count), say(word(found.state)), counts))
    print_table("能力验证 · proficiency rounds", ("轮次", "名称", "参加者", "状态", "评价"), lines)
    return _whole(centre, "province")


def _report(lims: Lims, sample: Sample) -> Report:
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        return reports_of(session, sample.id)[-1]


def _line(lims: Lims, sample: Sample) -> _Line:
    report = _report(lims, sample)
    with lims.read(system_actor(), Action.SAMPLE_READ) as session:
        judgement = limits.judgement_by_id(session, report.judgement_id)
        lines = limits.lines_of(session, judgement.id)
    telling = [line for line in lines if line.verdict in _TELLING]
    open_items = [line for line in lines if line.verdict not in (*_TELLING, Verdict.CONFORMS)]
    why = [line.sentence_zh for line in telling or open_items] or [f"{len(lines)} 项均符合"]
    return _Line(sample.number, sample.product_name, report.number or "-", _WORDS[judgement.overall], "\n".join(why))


def _all_valid(lims: Lims, folder: Path) -> bool:
    answers = [verify_report_file(lims, path).status.value for path in sorted(folder.glob("*.pdf"))]
    print(f"验签 signatures: {answers.count('valid')} / {len(answers)} valid")
    return set(answers) == {"valid"}


def _logged(lims: Lims) -> bool:
    """As `lims log verify` of the installation."""
    found = check_logs(lims, system_actor("command line"))
    for report in found:
        logs.tell(report)
    return all(report.is_whole for report in found)


def _whole(lims: Lims, name: str) -> bool:
    with lims.read(system_actor(), Action.AUDIT_VERIFY) as session:
        found = verify(session.connection())
    print(
        f"审计链 audit trail ({name}): {found.entries} entries, {found.records} records, {len(found.findings)} findings"
    )
    return found.is_whole
