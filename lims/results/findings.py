"""What a technician writes for a result, in one cell: `0.013`, `<LOQ`, `ND`, 未检出, `<0.01`. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from lims.core.reasons import Reason, Where, reason
from lims.results.rules import Finding
from lims.science.amounts import Amount, BelowLoq, Quantified
from lims.science.rounding import plain

#: A number as people and instruments write it; Decimal would take 1_0 for ten, and digits of any script.
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,30})?", re.ASCII)
_NOT_DETECTED = frozenset({"nd", "n.d.", "n.d", "notdetected", "未检出", "<lod", "低于检出限", "小于检出限"})
_BELOW_LOQ = frozenset({"<loq", "belowloq", "低于定量限", "小于定量限"})
_SEEN_BELOW_LOQ = frozenset(
    {"detected<loq", "detected,<loq", "+<loq", "trace", "检出<loq", "检出,<loq", "检出低于定量限", "痕量"}
)


@dataclass(frozen=True, slots=True)
class Written:
    """What a cell says. `bound` is the number of `<0.01`, which must be one of the method's limits."""

    finding: Finding
    value: Decimal | None = None
    detected: bool = False
    bound: Decimal | None = None


def read_finding(text: str, at: Where) -> Written | Reason:
    """What is written, or why it cannot be read."""
    said = "".join(unicodedata.normalize("NFKC", text).split()).casefold().replace("≤", "<").replace("，", ",")
    if said in _NOT_DETECTED:
        return Written(Finding.NOT_DETECTED)
    if said in _BELOW_LOQ:
        return Written(Finding.BELOW_LOQ)
    if said in _SEEN_BELOW_LOQ:
        return Written(Finding.BELOW_LOQ, detected=True)
    if bound := re.fullmatch(r"(未检出|nd|notdetected)?\(?<(.+?)\)?", said):
        if _NUMBER.fullmatch(bound[2]):
            finding = Finding.NOT_DETECTED if bound[1] else Finding.BELOW_LOQ
            return Written(finding, bound=Decimal(bound[2]))
    elif _NUMBER.fullmatch(said):
        return Written(Finding.QUANTIFIED, Decimal(said))
    return reason(
        "result.cell",
        "“{text}” is no result; write a number such as 0.013, <LOQ for below the limit of quantification, or ND for"
        " not detected.",
        text=text[:40],
        at=at,
    )


def settled(
    written: Written, limit_of_quantification: Decimal | None, limit_of_detection: Decimal | None, at: Where
) -> Written | Reason:
    """`<0.01` as what it says by the method's limits, which are in the unit of the cell."""
    bound = written.bound
    if bound is None:
        return written
    if bound == limit_of_detection:
        return Written(Finding.NOT_DETECTED)
    if bound == limit_of_quantification and written.finding is Finding.BELOW_LOQ:
        return Written(Finding.BELOW_LOQ)
    return reason(
        "result.bound_unknown",
        "<{bound} is neither the limit of quantification ({loq}) nor that of detection ({lod}); write <LOQ or ND.",
        bound=plain(bound),
        loq="—" if limit_of_quantification is None else plain(limit_of_quantification.normalize()),
        lod="—" if limit_of_detection is None else plain(limit_of_detection.normalize()),
        at=at,
    )


def written_of(amount: Amount) -> Written:
    """An amount as it would be written again, in its own unit."""
    match amount:
        case Quantified(value=value):
            return Written(Finding.QUANTIFIED, value)
        case BelowLoq(detected=detected):
            return Written(Finding.BELOW_LOQ, detected=detected)
        case _:
            return Written(Finding.NOT_DETECTED)
