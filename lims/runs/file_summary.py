"""What a file holds and what becomes of every row of it, in short, for programs: the command line and the JSON door."""

from collections.abc import Iterator, Sequence
from typing import Any

from lims.core.reasons import Reason, Translate, reason
from lims.runs.accounting import Accounting, Disposition
from lims.runs.cells import Cell, CellStatus
from lims.runs.file_units import unit_differences, unit_missing, unit_of
from lims.runs.profile import ImportProfile
from lims.runs.profile_options import reader_title
from lims.runs.records import Batch, Figure, Injection, Trace, TraceRole
from lims.science.rounding import plain

#: The figure whose place is told, the first that a trace has.
_PLACED = (Figure.AREA, Figure.HEIGHT, Figure.INTENSITY, Figure.ABSORBANCE, Figure.FINAL_CONCENTRATION)


def summary_of(
    batch: Batch, accounting: Accounting, profile: ImportProfile, say: Translate, more: Sequence[Reason] = ()
) -> dict[str, Any]:
    """Counts, the accounting of every row, and what a person should know. `more` is what else stands in the way."""
    standards = standards_of(batch, profile)
    told = [*more, *accounting.open_reasons, *notices_of(batch, profile)]
    return {
        "format": reader_title(batch.reader),
        "reader": batch.reader,
        "encoding": batch.encoding,
        "injections": len(batch.injections),
        "analytes": len({compound.name for compound in batch.compounds}),
        "internal_standards": len(standards),
        "records": sum(len(injection.traces) for injection in batch.injections),
        "accounting": {disposition.value: count for disposition, count in accounting.counts.items()},
        "messages": messages_of(told, say),
    }


def unreadable(reasons: Sequence[Reason], reader: str, say: Translate) -> dict[str, Any]:
    """The same for a file that cannot be read at all."""
    return {
        "format": reader_title(reader) if reader else "",
        "reader": reader,
        "encoding": "",
        "injections": 0,
        "analytes": 0,
        "internal_standards": 0,
        "records": 0,
        "accounting": {disposition.value: 0 for disposition in Disposition},
        "messages": messages_of(reasons, say),
    }


def messages_of(reasons: Sequence[Reason], say: Translate) -> list[dict[str, Any]]:
    """Each reason once: code, sentence, and where it stands."""
    told = [{"code": why.code, "text": why.translated(say), "where": why.where.as_dict()} for why in reasons]
    return list({(one["code"], one["text"]): one for one in told}.values())


def notices_of(batch: Batch, profile: ImportProfile) -> list[Reason]:
    """What hinders nothing and should be known: of the reader, of units, of dates that can be read two ways."""
    found = [*batch.messages, *unit_missing(batch, profile), *unit_differences(batch, profile)]
    if batch.ambiguous_dates:
        said = "{count} days could be read two ways, for example {example}; they were read as {order}."
        example, order = batch.ambiguous_dates[0], profile.date_order.value
        found.append(
            reason("file.ambiguous_dates", said, count=len(batch.ambiguous_dates), example=example, order=order)
        )
    return found


def has_open_rows(accounting: Accounting) -> bool:
    """Whether some row was refused or not mapped."""
    return any(accounting.counts[one] for one in (Disposition.REFUSED, Disposition.UNMAPPED))


def standards_of(batch: Batch, profile: ImportProfile) -> frozenset[str]:
    """The compounds that are internal standards, by the file or by the profile."""
    named = {compound.name for compound in batch.compounds if compound.is_internal_standard}
    return frozenset(named | ({profile.internal_standard} if profile.internal_standard else set()))


def record_lines(batch: Batch, profile: ImportProfile) -> Iterator[dict[str, Any]]:
    """One for each trace of each injection, in the order of the file; numbers as text, as the house writes them.

    `area` is null where no peak was found, `raw` holds the text of every figure as it stands in the file.
    """
    standards = standards_of(batch, profile)
    for injection in batch.injections:
        for trace in injection.traces:
            yield _record(batch, injection, trace, profile, standards)


def _record(
    batch: Batch, injection: Injection, trace: Trace, profile: ImportProfile, standards: frozenset[str]
) -> dict[str, Any]:
    place = next((trace.figures[f] for f in _PLACED if f in trace.figures), next(iter(trace.figures.values()), None))
    sheet, row = batch.place_of(injection.row if place is None else place.row)
    return {
        "injection": injection.name,
        "data_file": injection.data_file,
        "sample_type": None if injection.type is None else injection.type.value,
        "vendor_type": injection.vendor_type,
        "analyte": trace.compound,
        "role": _role(trace, standards),
        "area": _text(trace.value(Figure.AREA)) if trace.found() else None,
        "rt": _text(trace.value(Figure.RETENTION_TIME)),
        "concentration": _text(_concentration(trace)),
        "unit": _unit(trace, profile),
        "sheet": sheet,
        "row": row,
        "column": "" if place is None else place.address.rstrip("0123456789"),
        "raw": {figure.value: cell.raw for figure, cell in trace.figures.items()},
    }


def _role(trace: Trace, standards: frozenset[str]) -> str:
    if trace.role is TraceRole.QUALIFIER:
        return "qualifier"
    return "internal_standard" if trace.compound in standards else "target"


def _concentration(trace: Trace) -> Cell | None:
    final = trace.value(Figure.FINAL_CONCENTRATION)
    return trace.value(Figure.UNDILUTED_CONCENTRATION) if final is None else final


def _unit(trace: Trace, profile: ImportProfile) -> str:
    if _concentration(trace) is None:
        return ""
    unit = unit_of(trace, profile)
    return trace.unit if unit is None else unit.value


def _text(cell: Cell | None) -> str | None:
    """A number as text. A bound (<0.003) is none: it stands in `raw`."""
    if cell is None or cell.status is not CellStatus.VALUE or cell.number is None:
        return None
    return plain(cell.number)
