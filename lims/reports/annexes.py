"""What the annexes (附录) of a report show besides its explanations: uncertainties and calibrations of its results."""

from collections.abc import Sequence

from lims.core.language import Language
from lims.db.work import LimsSession
from lims.documents.calibration_drawing import CalibrationDrawing
from lims.documents.phrases import Phrase, ReportLanguage
from lims.documents.snapshot import NOT_APPLICABLE, CalibrationBlock, UncertaintyLine
from lims.library.rules import Library
from lims.results.calibrations import CalibrationBehind, calibrations_behind
from lims.results.tables import Result
from lims.science.amounts import Quantified, amount_from_dict
from lims.science.rounding import plain, round_for_report, round_significant, round_to_places

_BOTH = (Language.CHINESE, Language.ENGLISH)


def uncertainties_of(
    library: Library, results: Sequence[Result], language: ReportLanguage
) -> tuple[UncertaintyLine, ...]:
    """U (k = 2) of every result, to two figures (GB/T 27418: 不确定度至多取两位有效数字); — where there is none."""
    lines = []
    for result in sorted(results, key=lambda one: one.analyte):
        amount = amount_from_dict(result.amount)
        found = amount if isinstance(amount, Quantified) else None
        u = None if found is None else found.expanded_uncertainty
        lines.append(
            UncertaintyLine(
                parameter=language.of(_name(library, result.analyte)),
                result=NOT_APPLICABLE if found is None else plain(round_for_report(found.value, found.unit)),
                unit=amount.unit.value,
                uncertainty=NOT_APPLICABLE if u is None else plain(round_significant(u, 2)),
                relative=f"{plain(round_to_places(u / found.value * 100, 0))} %"
                if u is not None and found is not None and found.value
                else NOT_APPLICABLE,
            )
        )
    return tuple(lines)


def calibrations_of(
    session: LimsSession, library: Library, results: Sequence[Result], language: ReportLanguage
) -> tuple[CalibrationBlock, ...]:
    """The calibrations that the results were read from; a bilingual report has the words of both languages."""
    ids = [result.measurement_id for result in results if result.measurement_id is not None]
    told = [calibrations_behind(session, ids, one) for one in _BOTH]
    return tuple(_block(library, zh, en, language) for zh, en in zip(*told, strict=True))


def _block(
    library: Library, chinese: CalibrationBehind, english: CalibrationBehind, language: ReportLanguage
) -> CalibrationBlock:
    def said(zh: str, en: str) -> str:
        return language.of(Phrase(zh, en))

    drawing: CalibrationDrawing = english.drawing if language is ReportLanguage.ENGLISH else chinese.drawing
    return CalibrationBlock(
        analyte=said(*(library.substance_name(chinese.analyte, one) for one in _BOTH)),
        facts=tuple(
            (said(zh[0], en[0]), said(zh[1], en[1])) for zh, en in zip(chinese.facts, english.facts, strict=True)
        ),
        x_title=drawing.x_title,
        y_title=drawing.y_title,
        standards=tuple((_point(x), _point(y), is_used) for x, y, is_used in drawing.standards),
        samples=tuple((_point(x), _point(y)) for x, y in drawing.samples),
        curve=tuple((_point(x), _point(y)) for x, y in drawing.curve),
        source=said(chinese.source, english.source).replace("\n", "　"),
    )


def _point(value: float) -> str:
    """Enough figures to place a mark by."""
    return f"{value:.6g}"


def _name(library: Library, analyte: str) -> Phrase:
    return Phrase(*(library.substance_name(analyte, one) for one in _BOTH))
