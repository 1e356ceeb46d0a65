"""What was found of a substance (结果量值), in the words of a page; one place for all pages."""

from lims.core.reasons import Translate, mark
from lims.science.amounts import Amount, BelowLoq, Quantified
from lims.science.rounding import plain, round_for_report


def amount_text(amount: Amount | None, say: Translate) -> str:
    """`0.013 mg/kg`, `<0.01 mg/kg`, `not detected (<0.003 mg/kg)`; empty when nothing may be said.

    Values are rounded as a report shows them, by the rule of their method; the unrounded number is never shown as one.
    """
    match amount:
        case None:
            return ""
        case Quantified(value=value, unit=unit, reporting=rule):
            return f"{plain(round_for_report(value, unit, rule))} {unit.value}"
        case BelowLoq(limit_of_quantification=bound, unit=unit, detected=True):
            return say(mark("detected, <{limit} {unit}")).format(limit=plain(bound), unit=unit.value)
        case BelowLoq(limit_of_quantification=bound, unit=unit):
            return f"<{plain(bound)} {unit.value}"
        case _:
            sentence = say(mark("not detected (<{limit} {unit})"))
            return sentence.format(limit=plain(amount.limit_of_detection), unit=amount.unit.value)
