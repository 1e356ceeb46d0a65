"""What an import would do, as its page shows it: plain values, every text in the language of the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lims.core.reasons import Reason, Translate, mark
from lims.runs import stored
from lims.runs.accounting import AccountedRow, ColumnMapping, Disposition
from lims.runs.curves import Curve, NameOf, Placed, curve_of
from lims.runs.matching_form import LooseInjection, free_positions, loose_injections
from lims.runs.outcomes import Measurement
from lims.runs.previewing import Preview
from lims.runs.profile import Response
from lims.runs.records import Batch, address_in
from lims.science.quality_control import QcVerdict

#: Rows beyond these are counted, not listed.
MOST_ROWS = 300


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A record of the file and what becomes of it."""

    row: int
    place: str
    injection: str
    position: str
    disposition: Disposition
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownCompound:
    """A compound of the file. `stands_for` is the name of its substance; `is_asked`: a person must say it."""

    compound: str
    column: str
    mapping: ColumnMapping
    stands_for: str
    qualifiers: int
    is_internal_standard: bool
    is_asked: bool


@dataclass(frozen=True, slots=True)
class ShownAnalyte:
    """What the batch says of one analyte. `said_of` samples of `wanted_of` get an amount; `failures` are why not."""

    code: str
    name: str
    compound: str
    curve: Curve
    passed: int
    failed: int
    unevaluated: int
    said_of: int
    wanted_of: int
    failures: Sequence[str]
    samples: Sequence[Placed]


@dataclass(frozen=True, slots=True)
class ShownPreview:
    """The whole page."""

    counts: Mapping[Disposition, int]
    total: int
    open_rows: Sequence[ShownRow]
    read_rows: Sequence[ShownRow]
    rows_left_out: int
    compounds: Sequence[ShownCompound]
    unknown_types: Sequence[str]
    reader: str
    reader_version: str
    encoding: str
    beyond_ascii: Sequence[str]
    ambiguous_dates: Sequence[str]
    unread_columns: Sequence[str]
    hindrances: Sequence[str]
    doubts: Sequence[str]
    doubt_count: int
    notices: Sequence[str]
    analytes: Sequence[ShownAnalyte]
    internal_standard: str
    standards_in_file: Sequence[str]
    missing_analytes: Sequence[str]
    loose: Sequence[LooseInjection]
    positions: Sequence[tuple[str, str]]

    def analyte(self, code: str) -> ShownAnalyte | None:
        """One of the analytes, else the first."""
        return next((one for one in self.analytes if one.code == code), next(iter(self.analytes), None))


_ALONE = {
    Response.AREA: mark("Peak area"),
    Response.HEIGHT: mark("Peak height"),
    Response.INTENSITY: mark("Intensity of the signal"),
    Response.ABSORBANCE: mark("Absorbance of the signal"),
}
_OVER_STANDARD = {
    Response.AREA: mark("Peak area over internal standard"),
    Response.HEIGHT: mark("Peak height over internal standard"),
    Response.INTENSITY: mark("Intensity over internal standard"),
    Response.ABSORBANCE: mark("Absorbance over internal standard"),
}


def response_words(response: Response, internal_standard: str | None, say: Translate) -> str:
    """What the y axis of a calibration is."""
    if internal_standard:
        return say(_OVER_STANDARD[response])
    return say(_ALONE[response])


def shown_preview(preview: Preview, say: Translate, name_of: NameOf) -> ShownPreview:
    """A preview, ready to be shown."""
    batch, accounting, profile = preview.batch, preview.accounting, preview.profile
    rows = [_row(row, batch, say) for row in accounting.rows]
    # A row of several injections may be read and still have something to mend.
    read_rows = [row for row in rows if row.disposition is Disposition.READ and not row.reasons]
    # The first row of an injection says what is to be done about all of its rows.
    open_rows = [row for row in rows if row.reasons]
    silent = sum(row.disposition is not Disposition.READ and not row.reasons for row in rows)
    return ShownPreview(
        counts=accounting.counts,
        total=accounting.total,
        open_rows=open_rows[:MOST_ROWS],
        read_rows=read_rows[:MOST_ROWS],
        rows_left_out=silent + max(len(open_rows) - MOST_ROWS, 0) + max(len(read_rows) - MOST_ROWS, 0),
        compounds=_compounds(preview, name_of),
        unknown_types=sorted({i.vendor_type for i in batch.injections if i.type is None}),
        reader=batch.reader,
        reader_version=batch.reader_version,
        encoding=batch.encoding,
        beyond_ascii=batch.first_beyond_ascii,
        ambiguous_dates=batch.ambiguous_dates,
        unread_columns=batch.unread_columns,
        hindrances=_said(preview.hindrances, say),
        doubts=_gathered(preview.doubts, say),
        doubt_count=len(_said(preview.doubts, say)),
        notices=_said(preview.notices, say),
        analytes=_analytes(preview, say, name_of),
        internal_standard=profile.internal_standard or "",
        standards_in_file=[c.name for c in batch.compounds if c.is_internal_standard],
        missing_analytes=[
            name_of(str(why.values["analyte"])) for why in preview.doubts if why.code == "run.analyte_missing"
        ],
        loose=loose_injections(preview),
        positions=free_positions(preview, say),
    )


def _said(reasons: Sequence[Reason], say: Translate) -> list[str]:
    return list(dict.fromkeys(why.translated(say) for why in reasons))


def _gathered(reasons: Sequence[Reason], say: Translate) -> list[str]:
    """What is wrong with many rows in the same way is said once, of the first of them, with how many are like it."""
    alike: dict[tuple[object, ...], list[str]] = {}
    for why in reasons:
        same = sorted((name, str(value)) for name, value in why.values.items() if name not in ("row", "text"))
        texts = alike.setdefault((why.code, why.where.field, why.where.column, *same), [])
        if (text := why.translated(say)) not in texts:
            texts.append(text)
    more = say(mark("{first} ({count} more like it)"))
    return [first if not rest else more.format(first=first, count=len(rest)) for first, *rest in alike.values()]


def _row(row: AccountedRow, batch: Batch, say: Translate) -> ShownRow:
    place = address_in(batch.sheets, row.row, "")
    return ShownRow(row.row, place, row.injection, row.position or "", row.disposition, _said(row.reasons, say))


def _compounds(preview: Preview, name_of: NameOf) -> list[ShownCompound]:
    """Those that a person must say something about stand first."""
    profile = preview.profile
    found = [
        ShownCompound(
            column.compound,
            column.address,
            column.mapping,
            name_of(column.analyte) if column.analyte else "",
            len(column.qualifiers),
            column.mapping is ColumnMapping.INTERNAL_STANDARD,
            column.mapping is ColumnMapping.UNKNOWN
            or profile.analyte_of(column.compound) is not None
            or column.compound in profile.internal_standards,
        )
        for column in preview.accounting.columns
    ]
    return sorted(found, key=lambda one: (one.mapping is not ColumnMapping.UNKNOWN, not one.is_asked))


def _analytes(preview: Preview, say: Translate, name_of: NameOf) -> list[ShownAnalyte]:
    evaluation = preview.evaluation
    verdicts: dict[str, dict[QcVerdict, int]] = {}
    failures: dict[str, list[Reason]] = {}
    for check in evaluation.checks:
        counted = verdicts.setdefault(check.analyte, dict.fromkeys(QcVerdict, 0))
        counted[check.outcome.verdict] += 1
        if check.outcome.verdict is QcVerdict.FAIL and check.outcome.reason is not None:
            failures.setdefault(check.analyte, []).append(check.outcome.reason)
    measured: dict[str, list[Measurement]] = {}
    for one in evaluation.measurements:
        measured.setdefault(one.analyte, []).append(one)
    found = []
    for calibration in evaluation.calibrations:
        code, own = calibration.analyte, measured.get(calibration.analyte, [])
        counted = verdicts.get(code, dict.fromkeys(QcVerdict, 0))
        without = [why for one in own if one.amount is None for why in one.reasons]
        found.append(
            ShownAnalyte(
                code=code,
                name=name_of(code),
                compound=calibration.compound,
                curve=curve_of(stored.calibration_row(calibration, preview.facts), say),
                passed=counted[QcVerdict.PASS],
                failed=counted[QcVerdict.FAIL],
                unevaluated=counted[QcVerdict.NOT_EVALUATED],
                said_of=sum(one.amount is not None for one in own),
                wanted_of=len(own),
                failures=_said([*calibration.reasons, *failures.get(code, []), *without], say),
                samples=_placed(own),
            )
        )
    return sorted(found, key=lambda one: (one.curve.is_accepted, not one.failed, one.said_of == one.wanted_of))


def _placed(measurements: Sequence[Measurement]) -> list[Placed]:
    return [
        Placed(one.label, one.concentration, one.response)
        for one in measurements
        if one.concentration is not None and one.response is not None
    ]
