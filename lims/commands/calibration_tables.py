"""The tables of `lims calibrate` on the terminal, in the user's language."""

from collections.abc import Iterator
from decimal import Decimal

from lims.commands.calibration_answer import Answer
from lims.commands.tables import print_table
from lims.core.reasons import Translate
from lims.core.words import word
from lims.science.calibration_curve import Curve, ReadBack, rules_of_zero
from lims.science.rounding import decimal_from_float, plain, round_significant, round_to_places

#: Enough to compare with what an instrument prints; `--json` gives every digit.
FIGURES = 7


def print_answer(answer: Answer, say: Translate) -> None:
    """Coefficients, quality, standards, what the model gives besides, and the rules that were followed."""
    curve = answer.curve
    kind = ", ".join(say(word(one)) for one in (answer.model, curve.origin, curve.weighting))
    print_table(
        f"{say('Calibration')}: {kind}",
        (say("coefficient"), say("value"), say("standard error")),
        [(one.name, _float(one.value), _float(one.standard_error)) for one in curve.coefficients],
    )
    print_table(say("Quality of the fit"), (say("statistic"), say("value")), list(_quality(answer, say)))
    heads = (say("label"), "x", "y", say("residual"), say("found"), say("Deviation (%)"), say("used"))
    print_table(say("Standards read back"), heads, [_standard(one, say) for one in curve.points])
    if besides := list(_besides(answer, say)):
        columns = (say("result"), say("value"), say("standard uncertainty"), say("status"))
        print_table(say("Results"), columns, besides)
    for rule in rules_of_zero(curve):
        print(rule.translated(say))


def _quality(answer: Answer, say: Translate) -> Iterator[tuple[str, str]]:
    curve: Curve = answer.curve
    yield "R", _float(curve.r)
    yield (say("R² about zero") if curve.r_squared_is_about_zero else say("R² about the mean")), _float(curve.r_squared)
    yield say("residual standard deviation"), _float(curve.residual_sd)
    yield say("relative standard error (%)"), _float(curve.relative_standard_error_percent)
    if answer.average is not None:
        yield say("relative standard deviation of the factors (%)"), _float(answer.average.rsd_percent)
    yield say("points, levels, degrees of freedom"), f"{curve.n}, {curve.levels}, {curve.degrees_of_freedom}"
    yield say("calibrated range"), f"{plain(curve.lowest)} – {plain(curve.highest)}"


def _standard(read: ReadBack, say: Translate) -> tuple[str, ...]:
    used = say("yes") if read.is_used else say("no")
    return (
        read.point.label,
        plain(read.point.concentration),
        plain(read.point.response),
        _decimal(read.residual),
        _decimal(read.found),
        "—" if read.deviation_percent is None else plain(round_to_places(read.deviation_percent, 2)),
        f"{used}: {read.point.why_not}" if read.point.why_not else used,
    )


def _besides(answer: Answer, say: Translate) -> Iterator[tuple[str, ...]]:
    if (sample := answer.sample) is not None:
        uncertainty = _decimal(sample.standard_uncertainty)
        yield say("concentration of the sample"), _decimal(sample.concentration), uncertainty, ""
        yield say("extrapolated, in ranges of the additions"), _decimal(sample.extrapolated), "", ""
    if (limits := answer.limits) is not None:
        yield say("decision limit (DIN 32645)"), _decimal(limits.decision), "", f"α = {limits.alpha}"
        yield say("detection limit (DIN 32645)"), _decimal(limits.detection), "", f"β = {limits.beta}"
        yield say("quantification limit (DIN 32645)"), _decimal(limits.quantification), "", "k = 3"
    for response, read in answer.readings:
        found, uncertainty = _decimal(read.concentration), _decimal(read.standard_uncertainty)
        yield f"y = {plain(response)}", found, uncertainty, say(word(read.status))


def _float(value: float | None) -> str:
    return "—" if value is None else _decimal(decimal_from_float(value))


def _decimal(value: Decimal | None) -> str:
    return "—" if value is None else plain(round_significant(value, FIGURES))
