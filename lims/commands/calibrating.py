"""`lims calibrate`: a calibration from a table of standards, without a server and without a database."""

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from lims.commands.calibration_answer import Answer, as_json
from lims.commands.calibration_files import read_standards
from lims.commands.calibration_tables import print_answer
from lims.commands.common import language
from lims.core.errors import BadInput
from lims.core.language import translator
from lims.core.reasons import Where, reason
from lims.science.calibration import CalibrationPoint, Weighting
from lims.science.calibration_curve import CalibrationModel, Origin, predict
from lims.science.calibration_models import fit_polynomial
from lims.science.detection_limits import detection_limits
from lims.science.four_parameter import fit_four_parameter
from lims.science.response_factor import average_response_factor
from lims.science.standard_addition import standard_addition


def add_to(app: typer.Typer) -> None:
    """Put the command under `lims`."""
    app.command()(calibrate)


def calibrate(
    file: Annotated[
        str,
        typer.Argument(help="CSV with x, y and, if wanted, used (yes, no), label, reason; - reads standard input."),
    ],
    model: Annotated[CalibrationModel, typer.Option(help="How the response depends on x.")] = CalibrationModel.LINEAR,
    weight: Annotated[Weighting, typer.Option(help="How much a standard counts.")] = Weighting.NONE,
    through_zero: Annotated[bool, typer.Option("--through-zero", help="Force the curve through zero.")] = False,
    with_origin: Annotated[bool, typer.Option("--with-origin", help="Count the origin as one more standard.")] = False,
    read: Annotated[
        list[str] | None, typer.Option(help="A response to read from the curve; may be given several times.")
    ] = None,
    replicates: Annotated[int, typer.Option(min=1, help="Injections that a response to read is the mean of.")] = 1,
    dilution: Annotated[str, typer.Option(help="Of the sample in standard addition.")] = "1",
    encoding: Annotated[str, typer.Option(help="Of the file: utf-8 or gb18030.")] = "utf-8",
    as_text: Annotated[bool, typer.Option("--json", help="For programs; else tables.")] = False,
) -> None:
    """Fit a calibration to standards: coefficients with standard errors, quality, every level read back.

    Nothing is stored. Status 2: the file or the options cannot be used, or the standards give no such curve; the
    message says in which row and column.
    """
    origin = _origin(through_zero=through_zero, with_origin=with_origin)
    _refuse_contradictions(model, weight, origin, read or [])
    responses = [_number(text, "read") for text in read or []]
    times = _number(dilution, "dilution")
    points = read_standards(file, "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding)
    answer = _answer(points, model, weight, origin, times)
    answer.readings = [(one, predict(answer.curve, one, replicates=replicates)) for one in responses]
    if as_text:
        typer.echo(json.dumps(as_json(answer), ensure_ascii=False, indent=2))
    else:
        print_answer(answer, translator(language()))


def _origin(*, through_zero: bool, with_origin: bool) -> Origin:
    if through_zero and with_origin:
        raise BadInput(
            reason(
                "calibrate.two_origins",
                "Say either --through-zero or --with-origin: a curve forced through zero needs no origin.",
                at=Where(field="with_origin"),
            )
        )
    return Origin.FORCED if through_zero else Origin.POINT if with_origin else Origin.FREE


def _refuse_contradictions(model: CalibrationModel, weight: Weighting, origin: Origin, read: Sequence[str]) -> None:
    is_polynomial = model in {CalibrationModel.LINEAR, CalibrationModel.QUADRATIC}
    if origin is not Origin.FREE and not is_polynomial:
        raise BadInput(
            reason(
                "calibrate.origin_not_for_model",
                "--through-zero and --with-origin are for the models linear and quadratic.",
                at=Where(field="model"),
            )
        )
    if model is CalibrationModel.AVERAGE_RF and weight is not Weighting.NONE:
        raise BadInput(
            reason(
                "calibrate.weight_not_for_model",
                "An average response factor has no --weight; every factor counts the same.",
                at=Where(field="weight"),
            )
        )
    if model is CalibrationModel.STANDARD_ADDITION and read:
        raise BadInput(
            reason(
                "calibrate.nothing_to_read",
                "Nothing is read from standard additions: the concentration is that of the sample itself.",
                at=Where(field="read"),
            )
        )


def _number(text: str, field: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as unreadable:
        raise BadInput(
            reason(
                "calibrate.option_not_a_number",
                "--{option}: “{text}” is not a number.",
                option=field,
                text=text,
                at=Where(field=field),
            )
        ) from unreadable


def _answer(
    points: Sequence[CalibrationPoint], model: CalibrationModel, weight: Weighting, origin: Origin, dilution: Decimal
) -> Answer:
    match model:
        case CalibrationModel.AVERAGE_RF:
            average = average_response_factor(points)
            return Answer(average.curve, average=average)
        case CalibrationModel.FOUR_PARAMETER:
            return Answer(fit_four_parameter(points, weight))
        case CalibrationModel.STANDARD_ADDITION:
            sample = standard_addition(points, dilution=dilution, weighting=weight)
            return Answer(sample.curve, sample=sample)
        case _:
            curve = fit_polynomial(points, model, weight, origin)
            has_limits = (model, origin, weight) == (CalibrationModel.LINEAR, Origin.FREE, Weighting.NONE)
            return Answer(curve, limits=detection_limits(curve) if has_limits else None)
