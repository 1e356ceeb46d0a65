"""方法偏离: what a report says of deviations from the method, and of nonconforming work that its results rest on. Pure.

ISO/IEC 17025:2017, 7.8.2.1 n and 7.10. Each decision is one sentence with its analytes and the reason that was written
with it; reasons, actions and what the compiler states stay in the language that they were written in.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from lims.core.language import Language, translator
from lims.core.reasons import Reason, Where, reason
from lims.core.words import word
from lims.documents.phrases import Phrase, ReportLanguage
from lims.science.quality_control import QcCheck

#: So many analytes are named in a sentence, and so many sentences are said of decisions; the others are counted.
_MOST_NAMED: Final = 5
_MOST_SAID: Final = 6
#: A reason is printed to this length; all of it stands in the original record.
_LONGEST: Final = 200
_ENDS: Final = "。.！!？?…"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AcceptedCheck:
    """A check that held results back and was accepted. `value` and `limit` with their unit, empty where there is none.

    `is_failed`: it failed; else it could not be evaluated.
    """

    kind: QcCheck
    analyte: Phrase
    value: str
    limit: str
    is_failed: bool
    why: str


@dataclass(frozen=True, slots=True)
class LeftOutLevel:
    """A standard that was left out of the calibration of an analyte; `concentration` with its unit, or empty."""

    label: str
    concentration: str
    analyte: Phrase
    why: str


@dataclass(frozen=True, slots=True)
class AffectedWork:
    """Nonconforming work that was found to affect results; `analyte`: None when the whole run is meant."""

    number: str
    analyte: Phrase | None
    action: str


def told(
    affected: Iterable[AffectedWork],
    checks: Iterable[AcceptedCheck],
    levels: Iterable[LeftOutLevel],
    stated: str | None,
) -> tuple[Phrase, ...]:
    """What a report says of deviations, sentence by sentence; () when nothing is known and nothing was stated."""
    decided = [
        *(_of_work(one) for one in affected),
        *(_of_checks(some) for some in _together(checks, lambda one: (one.kind, one.limit, one.is_failed, one.why))),
        *(_of_levels(some) for some in _together(levels, lambda one: (one.label, one.concentration, one.why))),
    ]
    said = decided if len(decided) <= _MOST_SAID else [*decided[: _MOST_SAID - 1], _rest(len(decided) - _MOST_SAID + 1)]
    return (*said, Phrase.same(stated)) if stated else tuple(said)


def in_language(said: Sequence[Phrase], language: ReportLanguage) -> str | None:
    """The sentences as a report prints them, one beneath the other; None where there are none."""
    return "\n".join(map(language.of, said)) or None


def reasons_of_deviations(compiled: str | None, now: str | None) -> list[Reason]:
    """What was compiled of deviations is what is reviewed and approved; None: that there are none."""
    if compiled == now:
        return []
    said = "The records tell other deviations than this report was compiled with; send it back and compile it again."
    return [reason("report.deviations_changed", said, at=Where(field="deviations"))]


def _of_work(work: AffectedWork) -> Phrase:
    zh, en = ("", "") if work.analyte is None else (f"（{work.analyte.zh}）", f" ({work.analyte.en})")
    action = _ended(work.action)
    return Phrase(
        f"不符合工作 {work.number}{zh}经评定可能影响检测结果。处理措施：{action.zh}",
        f"Nonconforming work {work.number}{en} was evaluated as possibly affecting results. Action: {action.en}",
    )


def _of_checks(checks: Sequence[AcceptedCheck]) -> Phrase:
    first = checks[0]
    kind = Phrase(translator(Language.CHINESE)(word(first.kind)), word(first.kind))
    values: dict[Phrase, list[str]] = {}
    for one in checks:
        values.setdefault(one.analyte, []).extend([one.value] if one.value else [])
    named = _listed([_with_values(name, found) for name, found in values.items()])
    zh_limit, en_limit = (f"（要求 {first.limit}）", f" (required: {first.limit})") if first.limit else ("", "")
    zh_failed, en_failed = ("不符合要求", "failed") if first.is_failed else ("未能评定", "could not be evaluated")
    why = _ended(first.why)
    return Phrase(
        f"质控项目“{kind.zh}”{zh_failed}{zh_limit}：{named.zh}；经授权人员评审后接受，理由：{why.zh}",
        f"Quality check “{kind.en}” {en_failed}{en_limit}: {named.en}; accepted by authorised staff after evaluation, "
        f"because: {why.en}",
    )


def _of_levels(levels: Sequence[LeftOutLevel]) -> Phrase:
    first = levels[0]
    zh_at, en_at = (f"（{first.concentration}）", f" ({first.concentration})") if first.concentration else ("", "")
    named, why = _listed(list(dict.fromkeys(one.analyte for one in levels))), _ended(first.why)
    return Phrase(
        f"校准时剔除标准点 {first.label}{zh_at}：{named.zh}；理由：{why.zh}",
        f"Calibration standard {first.label}{en_at} was left out for {named.en}, because: {why.en}",
    )


def _rest(count: int) -> Phrase:
    return Phrase(
        f"另有 {count} 项质控和校准判定，详见原始记录。",
        f"Further decisions on quality checks and calibrations: {count}; see the original records.",
    )


def _with_values(name: Phrase, values: Sequence[str]) -> Phrase:
    found = "/".join(dict.fromkeys(values[:_MOST_NAMED]))
    return Phrase(f"{name.zh} {found}", f"{name.en} {found}") if found else name


def _listed(names: Sequence[Phrase]) -> Phrase:
    named, count = Phrase.join(names[:_MOST_NAMED]), len(names)
    if count <= _MOST_NAMED:
        return named
    return Phrase(f"{named.zh}等 {count} 项", f"{named.en} and others, {count} in all")


def _ended(text: str) -> Phrase:
    """What a person wrote, of bounded length and on one line, ending the sentence that it stands in."""
    line = " ".join(text.split())
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST - 1]}…"
    return Phrase.same(line) if line[-1:] in _ENDS else Phrase(f"{line}。", f"{line}.")


def _together(items: Iterable[T], alike: Callable[[T], object]) -> list[list[T]]:
    """The items that are alike, together, in the order of their first ones."""
    found: dict[object, list[T]] = {}
    for one in items:
        found.setdefault(alike(one), []).append(one)
    return list(found.values())
