"""Reader of rapid pesticide-residue readers (农药残留速测仪: 酶抑制率法, 胶体金), as a table or as JSON.

    样品编号,样品名称,检测时间,通道,检测项目,抑制率(%),限量标准,检测结果          csv, often GB18030
    S-0001,菠菜,2026-11-02 10:15:00,3,有机磷和氨基甲酸酯,12.5,50,合格

    {"SamplingNumber": "S-0001", "Result": "0", "ResultValue": "阴性", "QRCode": "…",
     "ResultData": [{"Title": "抑制率", "Id": "1", "Value": "12.5"}, …]}         one record, a list, or one on a line

The result is a code (0 negative or conforming, 1 positive or not, −1 invalid) or a text; which of `Result` and
`ResultValue` holds the code differs from program to program: both are read and must not contradict each other. The
inhibition rate is a figure; what it means is for the method to say. A positive is never final: it is to be confirmed.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellReader, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import (
    Occurrences,
    as_written,
    compounds_of,
    delimiter_of,
    misfit,
    unfinished_row,
)
from lims.runs.reading import MOST_RECORDS, Container, Row
from lims.runs.records import Batch, Figure, Line, QualitativeResult, Trace, TraceRole

TABLE, RECORDS = "rapid-reader-table", "rapid-reader-json"
VERSION = "1"

#: The fields of a record by the names they have in tables and in JSON, folded.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "sample": ("样品编号", "样品号", "抽样编号", "采样编号", "samplingnumber", "sample number", "sampleno"),
    "name": ("样品名称", "样品", "sample name", "samplename"),
    "number": ("流水号", "序号", "编号", "running number", "serialnumber", "id"),
    "time": ("检测时间", "检测日期", "测试时间", "time", "test time", "testtime", "detectiontime"),
    "channel": ("通道", "通道号", "channel"),
    "item": ("检测项目", "项目", "test item", "testitem", "item"),
    "kind": ("样品类型", "样品类别", "sample type", "sampletype"),
    "rate": (
        "抑制率(%)",
        "抑制率",
        "抑制率%",
        "抑制率或值",
        "inhibition rate",
        "inhibition rate (%)",
        "inhibitionrate",
    ),
    "concentration": ("样品浓度", "浓度", "含量", "sample concentration", "concentration"),
    "absorbance": ("吸光度", "absorbance"),
    "result": ("检测结果", "结果", "结论", "判定", "判定结果", "result"),
    "value": ("结果值", "resultvalue", "result value"),
}
_FIGURES = {
    Figure.INHIBITION_RATE: "rate",
    Figure.FINAL_CONCENTRATION: "concentration",
    Figure.ABSORBANCE: "absorbance",
}
_CODES = {
    "0": QualitativeResult.NEGATIVE,
    "1": QualitativeResult.POSITIVE,
    "-1": QualitativeResult.INVALID,
}
_TEXTS = {
    **dict.fromkeys(("合格", "阴性", "阴性(-)", "-", "(-)", "negative", "未检出", "pass"), QualitativeResult.NEGATIVE),
    **dict.fromkeys(("不合格", "阳性", "阳性(+)", "+", "(+)", "positive", "检出", "fail"), QualitativeResult.POSITIVE),
    **dict.fromkeys(("无效", "invalid", "失败"), QualitativeResult.INVALID),
}
_EPOCH = re.compile(r"\d{10}|\d{13}")
#: A test without a name of its own: an inhibition rate is that of the enzyme, whatever inhibited it.
_UNNAMED = "抑制率"
_PER_CENT = re.compile(r"(.*\S)\s*[%％]")


class _Fields:
    """A record: its fields by the meaning of their names, each with the place where it stands."""

    def __init__(self, row: Row, written: Sequence[tuple[str, str, int]], profile: ImportProfile) -> None:
        self.row = row
        self.profile = profile
        self.cells: CellReader = profile.cells()
        self.known: dict[str, tuple[str, int]] = {}
        self.others: list[tuple[str, Cell]] = []
        meanings = {name: meaning for meaning, names in _NAMES.items() for name in names}
        for heading, text, place in written:
            meaning = meanings.get(folded(heading))
            if meaning and meaning not in self.known:
                self.known[meaning] = (text.strip(), place)
            elif text.strip():
                self.others.append((heading, as_written(text, row.number, place)))

    def text(self, *meanings: str) -> str:
        """The first of these fields in which something is written."""
        return next((text for m in meanings if (text := self.known.get(m, ("", 0))[0])), "")

    def record(self, occurrences: Occurrences) -> Line | Record:
        """The injection of a record: one channel, one test, one time."""
        faults: list[Reason] = []
        name = self.text("sample", "name", "number")
        if not name:
            faults.append(columns.nameless(self.row))
        acquired_at = self._instant(faults)
        figures = {figure: cell for figure, m in _FIGURES.items() if (cell := self._number(m, faults)) is not None}
        result = self._result(faults)
        if result is None and not figures:
            faults.append(_no_result(self.row))
        if faults:
            return columns.refused(self.row, faults)
        channel, item = self.text("channel"), self.text("item") or _UNNAMED
        kept = [(m, *self.known[m]) for m in ("name", "number", "result", "value") if self.text(m)]
        others = (*((m, as_written(text, self.row.number, place)) for m, text, place in kept), *self.others)
        trace = Trace(item, TraceRole.QUANTIFIER, "", figures, None, tuple(others), qualitative=result)
        when = str(acquired_at) if acquired_at else f"#{occurrences.number((name, item, channel), self.row.cells)}"
        head = Head(
            key=folded(" ".join(part for part in (name, self.text("number"), channel, "@", when) if part)),
            name=name,
            acquired_at=acquired_at,
            vendor_type=self.text("kind"),
            vial=channel,
        )
        return Record(self.row.number, self.row.cells, head, (trace,))

    def _number(self, meaning: str, faults: list[Reason]) -> Cell | None:
        text, place = self.known.get(meaning, ("", 0))
        if not text:
            return None
        per_cent = _PER_CENT.fullmatch(text) if meaning == "rate" else None
        cell = self.cells.number(per_cent[1] if per_cent else text, self.row.number, place)._replace(raw=text)
        if cell.status is CellStatus.UNREADABLE:
            faults.append(columns.unreadable(cell, meaning, self.profile))
        return cell

    def _instant(self, faults: list[Reason]) -> datetime | None:
        """A time as text, or in seconds or milliseconds since 1970."""
        text, place = self.known.get("time", ("", 0))
        if not text:
            return None
        if _EPOCH.fullmatch(text):
            seconds = Decimal(text) / (1000 if len(text) == 13 else 1)
            return datetime.fromtimestamp(float(seconds), tz=self.profile.time_zone)
        instant = self.cells.instant(text)
        if instant is None:
            faults.append(columns.date_unreadable(text, self.row.number, place, self.profile))
        return instant

    def _result(self, faults: list[Reason]) -> QualitativeResult | None:
        """What code and text say, wherever each of them stands. An unknown text is a fault, and so is a contradiction.

        The second field may hold the measured value instead: a number that is no code says nothing here.
        """
        said = [(m, text, _said(text)) for m in ("result", "value") if (text := self.text(m))]
        found = list(dict.fromkeys(result for _, _, result in said if result is not None))
        unknown = next((text for _, text, result in said if result is None and not self._is_number(text)), None)
        if len(found) > 1 or unknown is not None:
            faults.append(_unclear(self.row, " / ".join(text for _, text, _ in said)))
        return found[0] if len(found) == 1 else None

    def _is_number(self, text: str) -> bool:
        bare = _PER_CENT.fullmatch(text)
        return self.cells.number(bare[1] if bare else text, 0, 0).status is CellStatus.VALUE


def _said(text: str) -> QualitativeResult | None:
    word = folded(text)
    return _CODES.get(word) or _TEXTS.get(word)


def _no_result(row: Row) -> Reason:
    return reason(
        "rapid.no_result",
        "Record {row} has neither a result nor an inhibition rate nor a concentration.",
        at=Where(row=row.number),
        row=row.number,
    )


def _unclear(row: Row, text: str) -> Reason:
    return reason(
        "rapid.result_unclear",
        "Record {row}: the result “{text}” is unknown or contradicts itself; 0, 1, -1 or 合格, 不合格, 阴性, 阳性, 无效"
        " are expected.",
        at=Where(row=row.number),
        row=row.number,
        text=text[:60],
    )


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────


def recognises_table(file: OpenedFile) -> bool:
    """Headings of a sample and of a result, with an inhibition rate or a channel of the reader among them.

    A file in GB18030 is recognised without the profile saying so: then reading it says what to set there.
    """
    if file.container is not Container.TEXT:
        return False
    chinese = OpenedFile(file.content[:20_000].decode("gb18030", errors="ignore").encode())
    return _table_head(file) is not None or _table_head(chinese) is not None


def _table_head(file: OpenedFile) -> str | None:
    if file.container is Container.TEXT:
        return delimiter_of(file, _is_heading)
    return None


def _is_heading(row: Row) -> bool:
    cells = {folded(cell) for cell in row.cells}

    def has(meaning: str) -> bool:
        return bool(cells & set(_NAMES[meaning]))

    telling = cells & {name for name in _NAMES["rate"] if name != "抑制率或值"}
    return (has("sample") or has("name")) and has("result") and (bool(telling) or (has("channel") and has("item")))


def read_table(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a table. Raises `BadInput` when the headings are missing."""
    is_empty = not file.text.text  # raises what is wrong with the encoding, before the headings are looked for
    delimiter = _table_head(file)
    if delimiter is None or is_empty:
        raise BadInput(
            reason(
                "rapid.no_headings",
                "No row holds the headings of a rapid reader (样品编号, 检测项目, 抑制率(%), 检测结果); export the"
                " records again with column headings, and check the encoding in the import profile.",
                at=Where(row=1),
            )
        )
    rows = file.rows(delimiter)
    top = next(row for row in rows if _is_heading(row))
    width = max(place for place, cell in enumerate(top.cells, start=1) if cell.strip())
    unfinished = unfinished_row(file, rows)
    occurrences = Occurrences()

    def part(row: Row) -> Line | Record:
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if row.number <= top.number or row.cells == top.cells:
            return columns.ignored(row, columns.BESIDE if row.number < top.number else columns.HEADING)
        if fault := misfit(row, width, unfinished):
            return columns.refused(row, [fault])
        written = [(cell, row.cells[place], place + 1) for place, cell in enumerate(top.cells[:width])]
        return _Fields(row, written, profile).record(occurrences)

    parts = [part(row) for row in rows]
    return batch_of(
        file,
        (TABLE, VERSION),
        compounds_of(parts, profile),
        assembled(parts, profile),
        heading_rows=(top.number,),
    )


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────


def recognises_records(file: OpenedFile) -> bool:
    """Objects with a sampling number and a result."""
    head = file.head.lstrip()
    return head[:1] in ("{", "[") and '"SamplingNumber"' in head and '"Result' in head


def read_records(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read one record, a list of records, or a record on every line. Raises `BadInput` for anything else."""
    records = _records(file.text.text)
    occurrences = Occurrences()
    parts: list[Line | Record] = []
    for number, found in enumerate(records, start=1):
        written = _flat(found)
        row = Row(number, tuple(f"{name}: {text}" for name, text in written))
        placed = [(name, text, place) for place, (name, text) in enumerate(written, start=1)]
        parts.append(_Fields(row, placed, profile).record(occurrences))
    return batch_of(file, (RECORDS, VERSION), compounds_of(parts, profile), assembled(parts, profile))


def _records(text: str) -> list[dict[str, Any]]:
    try:
        found = _loaded(text)
    except ValueError:
        try:
            found = [_loaded(line) for line in text.splitlines() if line.strip()]
        except ValueError as fault:
            raise BadInput(_no_records()) from fault
    except RecursionError as fault:
        raise BadInput(_no_records()) from fault
    listed = found if isinstance(found, list) else [found]
    if not listed or len(listed) > MOST_RECORDS or not all(isinstance(one, dict) for one in listed):
        raise BadInput(_no_records())
    return listed


def _loaded(text: str) -> Any:
    """JSON with its numbers as they are written."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)


def _no_records() -> Reason:
    return reason(
        "rapid.no_records",
        "The file is no whole JSON of a rapid reader's records; it may be cut off: send the records again.",
        at=Where(field="file"),
    )


def _flat(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields of a record as texts; those of `ResultData` under their titles."""
    fields: list[tuple[str, str]] = []
    for name, value in found.items():
        if name == "ResultData" and isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    fields.append((str(one.get("Title") or one.get("Id") or "?"), _plain(one.get("Value"))))
        else:
            fields.append((name, _plain(value)))
    return fields


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


TABLE_READER = Reader(
    TABLE, VERSION, "Rapid pesticide-residue reader: table", recognises=recognises_table, read=read_table
)
RECORDS_READER = Reader(
    RECORDS, VERSION, "Rapid pesticide-residue reader: JSON", recognises=recognises_records, read=read_records
)
