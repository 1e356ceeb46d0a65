"""Calibrations as pages show them: the curve in words, its levels, and the charts (校准曲线、残差、进样序列)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from lims.core.language import Language
from lims.core.reasons import Translate, mark
from lims.core.words import word
from lims.library.rules import Library
from lims.runs.kept_brackets import KeptBrackets, kept_brackets
from lims.runs.kept_curve import KeptCurve, kept_curve
from lims.runs.rules import EntryKind
from lims.runs.tables import Signal, WorksheetEntry
from lims.runs.views import said
from lims.science.calibration import Weighting
from lims.science.calibration_curve import CalibrationModel, Origin, rules_of_zero
from lims.science.calibration_models import Polynomial
from lims.science.rounding import decimal_from_float, plain, round_to_places
from lims.science.units import UnitCode
from lims.web.charts import (
    Axis,
    Chart,
    Line,
    LineKind,
    Mark,
    Point,
    Series,
    Shape,
    Table,
    category_points,
    curve_points,
)
from lims.web.formats import short

#: How the name of a substance is said.
NameOf = Callable[[str], str]
#: The tables of these charts stand beside them, with more in them.
_ELSEWHERE: Final = Table((), ())
_SHAPES: Final[Mapping[EntryKind, tuple[Shape, int]]] = {
    EntryKind.CALIBRATION_STANDARD: (Shape.CIRCLE, 1),
    EntryKind.CHECK_STANDARD: (Shape.DIAMOND, 4),
    EntryKind.BLANK: (Shape.SQUARE, 6),
    EntryKind.SAMPLE: (Shape.TRIANGLE, 3),
    EntryKind.DUPLICATE: (Shape.DIAMOND, 5),
    EntryKind.MATRIX_SPIKE: (Shape.CROSS, 2),
}


@dataclass(frozen=True, slots=True)
class Level:
    """A standard and what the curve reads back for it (回算). An unused one was left out of the fit.

    `found` is None where the curve has no concentration for the response; `residual` is y − ŷ, None in older records.
    `why_not` is the reason of whoever left the standard out; empty when nobody did.
    """

    label: str
    concentration: Decimal
    response: Decimal
    found: Decimal | None
    residual: Decimal | None
    deviation_percent: Decimal | None
    is_used: bool
    why_not: str

    @property
    def deviation(self) -> str:
        """The deviation as it is read: −0.7."""
        return "" if self.deviation_percent is None else plain(round_to_places(self.deviation_percent, 1))


@dataclass(frozen=True, slots=True)
class Curve:
    """The calibration of one analyte; without `kept` no curve could be laid. `reasons` speak against it.

    `internal_standard` and `is_matrix_matched` are None where they are not told; `vendor` is what the file says of the
    curve of its own program, in its words. `is_whole` is False for older records, which tell less.
    `rules` say what the fit made of standards without analyte and of the origin. `brackets` are those of an analyte
    that is read from brackets; its curve then is the overview of the mean response factor. `standard_concentrations`
    are those of the internal standard by the key of the injection, where the method counts with them.
    """

    analyte: str
    model: CalibrationModel
    weighting: str
    origin: Origin
    kept: KeptCurve | None
    r: Decimal | None
    error_percent: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    unit: str
    levels: Sequence[Level]
    is_accepted: bool
    reasons: Sequence[str]
    internal_standard: str | None = None
    is_matrix_matched: bool | None = None
    vendor: str = ""
    is_whole: bool = True
    rules: Sequence[str] = ()
    brackets: KeptBrackets | None = None
    standard_concentrations: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def weighting_word(self) -> Weighting:
        """The weighting as a member of its list."""
        return Weighting(self.weighting)

    @property
    def equation(self) -> str:
        """y = 0.02079 x − 0.0002002; empty without a curve."""
        return "" if self.kept is None else self.kept.equation()

    @property
    def r_squared(self) -> Decimal | None:
        """R² of the fit; through zero it is about zero. None in older records."""
        curve = None if self.kept is None else self.kept.curve
        return None if curve is None else decimal_from_float(curve.r_squared)

    @property
    def residual_sd(self) -> Decimal | None:
        """The residual standard deviation of the fit, with its weights as they are. None in older records."""
        curve = None if self.kept is None else self.kept.curve
        return None if curve is None else decimal_from_float(curve.residual_sd)

    def standard_of(self, profile: Mapping[str, Any]) -> str | None:
        """The internal standard of the responses; of older records that of the profile of their run."""
        return self.internal_standard if self.is_whole else profile.get("internal_standard")

    def points(self, count: int = 60) -> tuple[Point, ...]:
        """The curve from its lowest to its highest level, to be drawn: a straight one by its ends."""
        if self.kept is None or self.lowest is None or self.highest is None:
            return ()
        is_straight = isinstance(self.kept.shape, Polynomial) and self.kept.shape.c2 == 0
        lowest, highest = float(self.lowest), float(self.highest)
        return curve_points(self.kept.shape.response, lowest, highest, count=2 if is_straight else count)


@dataclass(frozen=True, slots=True)
class Placed:
    """A sample's point on the line: concentration in the measured solution, response, and the row it comes from."""

    label: str
    concentration: Decimal
    response: Decimal
    address: str = ""


def names_in(library: Library, language: Language) -> NameOf:
    """Names of substances in a language, by code; an internal standard keeps its own name."""
    return lambda code: library.substance_name(code, language)


def curve_of(kept: Mapping[str, Any], say: Translate) -> Curve:
    """A calibration as it is stored, or would be (`stored.calibration_row`)."""
    fitted: Mapping[str, Any] = kept.get("fitted") or {}
    again = kept_curve(kept)
    return Curve(
        analyte=kept["analyte"],
        model=CalibrationModel(fitted.get("model", CalibrationModel.LINEAR)),
        weighting=kept["weighting"],
        origin=Origin(fitted.get("origin", Origin.FREE)),
        kept=again,
        r=kept["r"],
        error_percent=kept["relative_standard_error_percent"],
        lowest=kept["lowest"],
        highest=kept["highest"],
        unit=kept["unit"],
        levels=[_level(level) for level in kept["levels"]],
        is_accepted=kept["is_accepted"],
        reasons=[why["text"] for why in said(kept["reasons"], say)],
        internal_standard=fitted.get("internal_standard"),
        is_matrix_matched=fitted.get("is_matrix_matched"),
        vendor=_vendor_words(fitted.get("vendor") or {}),
        is_whole=bool(fitted),
        rules=_rules(again, fitted, say),
        brackets=kept_brackets(fitted),
        standard_concentrations={
            key: Decimal(text) for key, text in (fitted.get("standard_concentrations") or {}).items()
        },
    )


def _rules(kept: KeptCurve | None, fitted: Mapping[str, Any], say: Translate) -> list[str]:
    """What the fit made of zero; brackets are no fit."""
    if kept is None or kept.curve is None or "brackets" in fitted:
        return []
    return [rule.translated(say) for rule in rules_of_zero(kept.curve)]


def _vendor_words(kept: Mapping[str, Any]) -> str:
    """The curve of the vendor's program as its file writes it."""
    parts = [str(kept.get(name) or "") for name in ("model", "weighting", "origin", "equation")]
    parts += [f"{name} = {value}" for name, value in kept.get("coefficients", ())]
    parts += [f"r = {kept['r']}"] if kept.get("r") else []
    return "; ".join(part for part in parts if part)


def _level(kept: Mapping[str, Any]) -> Level:
    deviation, found, residual = kept["deviation_percent"], kept["found"], kept.get("residual")
    return Level(
        kept["label"],
        Decimal(kept["concentration"]),
        Decimal(kept["response"]),
        None if found is None else Decimal(found),
        None if residual is None else Decimal(residual),
        None if deviation is None else Decimal(deviation),
        kept["is_used"],
        kept.get("why_not") or "",
    )


def matrix_words(curve: Curve, matrix_group: str, say: Translate) -> str | None:
    """What the standards are made in, with the product group of the worksheet; None where it is not told."""
    if curve.is_matrix_matched is None:
        return None
    if curve.is_matrix_matched:
        return say(mark("matrix: {group}")).format(group=matrix_group)
    return say(mark("solvent"))


def calibration_chart(
    curve: Curve, name: str, response: str, unit: UnitCode | str, samples: Sequence[Placed], say: Translate
) -> Chart:
    """The points of the standards, the curve, and where the samples lie on it. `response` names the y axis."""
    used = [level for level in curve.levels if level.is_used]
    series = [Series(say(mark("Standards")), _level_points(used))]
    if left_out := [level for level in curve.levels if not level.is_used]:
        series.append(Series(say(mark("Left out")), _level_points(left_out), colour=2, shape=Shape.CROSS))
    if samples:
        points = tuple(
            Point(
                float(one.concentration),
                float(one.response),
                f"{one.label}: {short(one.concentration)} {unit}",
                one.address,
            )
            for one in samples
        )
        series.append(Series(say(mark("Samples")), points, colour=3, shape=Shape.TRIANGLE))
    if line := curve.points():
        title = mark("Mean response factor") if curve.brackets else mark("Fitted curve")
        series.append(Series(say(title), line, Mark.CURVE, 1))
    has_r = curve.r is not None and curve.brackets is None
    summary = f"{curve.equation}, r = {short(curve.r, 6)}" if has_r else curve.equation
    return Chart(
        title=say(mark("Calibration of {name}")).format(name=name),
        x=Axis(say(mark("Concentration")), str(unit), lowest=0),
        y=Axis(response),
        series=tuple(series),
        table=_ELSEWHERE,
        summary=summary,
    )


def _level_points(levels: Sequence[Level]) -> tuple[Point, ...]:
    return tuple(
        Point(float(level.concentration), float(level.response), f"{level.label}: {plain(level.concentration)}")
        for level in levels
    )


def residual_chart(curve: Curve, name: str, allowed: Decimal | None, say: Translate) -> Chart:
    """How far each standard, read back, is from what it is; with the deviation that the quality plan allows.

    A standard that was left out is drawn as such: what it would have deviated by is why it was.
    """
    used = _deviations(level for level in curve.levels if level.is_used)
    left_out = _deviations(level for level in curve.levels if not level.is_used and level.concentration > 0)
    lines = [Line(0, "", LineKind.CENTRE)]
    if allowed is not None:
        lines += [
            Line(float(allowed), f"+{plain(allowed)} %", LineKind.ACTION),
            Line(-float(allowed), f"−{plain(allowed)} %", LineKind.ACTION),
        ]
    series = [Series(say(mark("Standards")), used)]
    if left_out:
        series.append(Series(say(mark("Left out")), left_out, colour=2, shape=Shape.CROSS))
    bound = None
    if allowed is not None:
        bound = max([float(allowed) * 1.2, *(1.1 * abs(one.y) for one in left_out if one.y is not None)])
    is_wide = curve.lowest is not None and curve.highest is not None and curve.highest > 10 * curve.lowest
    return Chart(
        title=say(mark("Deviation of the standards of {name}")).format(name=name),
        x=Axis(say(mark("Concentration")), curve.unit, is_logarithmic=is_wide),
        y=Axis(say(mark("Deviation")), "%", lowest=None if bound is None else -bound, highest=bound),
        series=tuple(series),
        table=_ELSEWHERE,
        lines=tuple(lines),
    )


def _deviations(levels: Iterable[Level]) -> tuple[Point, ...]:
    return tuple(
        Point(float(level.concentration), float(level.deviation_percent), f"{level.label}: {level.deviation} %")
        for level in levels
        if level.deviation_percent is not None
    )


def sequence_chart(
    injected: Sequence[tuple[Signal, WorksheetEntry]],
    title: str,
    response: str,
    say: Translate,
    *,
    address: Callable[[Signal], str],
    is_steady: bool = False,
) -> Chart:
    """The response from injection to injection, by what was injected; a missing peak leaves a gap.

    `is_steady`: it should not change (an internal standard), so the mean is drawn and the spread is told.
    """
    categories = _apart([signal.injection_name for signal, _ in injected])
    series = []
    for kind, (shape, colour) in _SHAPES.items():
        if any(entry.kind is kind for _, entry in injected):
            values = [
                float(signal.response) if entry.kind is kind and signal.response is not None else None
                for signal, entry in injected
            ]
            labels = [
                f"{signal.injection_name}: {plain(signal.response) if signal.response is not None else '—'}"
                for signal, _ in injected
            ]
            links = [address(signal) for signal, _ in injected]
            points = tuple(p for p in category_points(values, labels, links) if p.y is not None)
            series.append(Series(say(word(kind)), points, Mark.POINTS, colour, shape))
    found = [signal.response for signal, _ in injected if signal.response is not None]
    mean = sum(found, Decimal(0)) / len(found) if found else None
    spread = _spread_percent(found)
    return Chart(
        title=title,
        x=Axis(say(mark("Injection"))),
        y=Axis(response, lowest=0),
        series=tuple(one for one in series if one.points),
        table=_sequence_table(injected, response, say),
        categories=categories,
        lines=(Line(float(mean), say(mark("Mean")), LineKind.CENTRE),) if is_steady and mean is not None else (),
        summary=say(mark("relative standard deviation {percent} %")).format(percent=short(spread, 3))
        if is_steady and spread is not None
        else "",
    )


def _apart(names: Sequence[str]) -> tuple[str, ...]:
    """Names that stand for one place each, though a vial may have been injected twice."""
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(told)


def _spread_percent(values: Sequence[Decimal]) -> Decimal | None:
    if len(values) < 2 or not (mean := sum(values, Decimal(0)) / len(values)):
        return None
    variance = sum(((value - mean) ** 2 for value in values), Decimal(0)) / (len(values) - 1)
    return 100 * variance.sqrt() / mean


def _sequence_table(injected: Sequence[tuple[Signal, WorksheetEntry]], response: str, say: Translate) -> Table:
    rows = tuple(
        (
            str(place),
            signal.injection_name,
            say(word(entry.kind)),
            "—" if signal.response is None else plain(signal.response),
            "—" if signal.retention_time is None else plain(signal.retention_time),
        )
        for place, (signal, entry) in enumerate(injected, start=1)
    )
    columns = ("#", say(mark("Injection")), say(mark("Kind")), response, say(mark("Retention time (min)")))
    return Table(columns, rows, frozenset({0, 3, 4}))
