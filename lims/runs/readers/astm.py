"""Readers of captures of analysers: ASTM E1394 / LIS2-A2 records in frames, and the framing of the mini VIDAS.

    H|\\^&|||LAB^Roche^c111|…                                   header: who sent it
    P|1|                                                       patient, here whoever handed the sample in
    O|1||S-0001^^6||S|…                                        order: the sample
    R|1|^^^413|40.13|g/L||N||F||operator||20230803131700|      result: test, value, unit, flag, time
    C|1|I||text                                                comment on what stands above
    L|1|N                                                      end

    STX RS mtrsl| RS ciS-0001| RS rtHBCT| RS rnAnti-HBc| RS tt18:35| RS td10/25/24| RS qlNegatif| RS qn0.05| GS b0

What a wrong checksum or a missing frame may have cost is not guessed: no result is read until the next order begins.
"""

import re
from dataclasses import replace
from datetime import datetime

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellReader, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.astm_frames import ACK, ENQ, EOT, STX, FrameLine, frame_lines
from lims.runs.readers.batching import batch_of
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import ABOUT, as_written, compounds_of, glued
from lims.runs.reading import Container, Row
from lims.runs.records import Batch, Figure, Line, QualitativeResult, Trace, TraceRole

ASTM, VIDAS = "astm-e1394", "mini-vidas"
VERSION = "1"

_FRAME_END = reason("astm.frame_end", "The end of a frame and its checksum.")
_SENT_AGAIN = reason("astm.sent_again", "A frame that was sent again; it counts once.")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?")
_RECORDS = "HPORCMQLS"
#: What a test says without a number, in the languages seen.
_SAID = {
    QualitativeResult.POSITIVE: "positive, positif, positivo, pos, reactive, 阳性, 不合格",
    QualitativeResult.NEGATIVE: "negative, negatif, négatif, negativo, neg, non reactive, 阴性, 合格",
    QualitativeResult.INVALID: "invalid, invalide, equivocal, equivoque, 无效",
}
SAID = {word.strip(): result for result, words in _SAID.items() for word in words.split(",")}


# ── ASTM ─────────────────────────────────────────────────────────────────────────────────────────────


def recognises_astm(file: OpenedFile) -> bool:
    """A frame with a header record."""
    return file.container is Container.TEXT and re.search(f"{STX}\\d?H[|]", file.head[:2_000]) is not None


def read_astm(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a capture. Raises `BadInput` when no frame of it holds a result."""
    lines = frame_lines(file.lines, file.text.encoding)
    if not any(line.text.startswith("R|") for line in lines):
        raise BadInput(
            reason(
                "astm.no_results",
                "No frame of this capture holds a result record (R); have the analyser send its results again.",
                at=Where(row=1),
            )
        )
    reader = _Message(profile)
    parts = [reader.part(line) for line in _without_last_empty(lines)]
    return batch_of(
        file,
        (ASTM, VERSION),
        compounds_of(parts, profile),
        assembled(reader.with_comments(parts), profile),
        software=reader.sender,
        messages=reader.messages(lines),
    )


def _without_last_empty(lines: list[FrameLine]) -> list[FrameLine]:
    return lines[:-1] if lines and not lines[-1].raw else lines


class _Message:
    """Reads records one after the other; knows whose results come."""

    def __init__(self, profile: ImportProfile) -> None:
        self.profile = profile
        self.cells: CellReader = profile.cells()
        self.sender = ""
        self.sample = ""
        self.doubt: Reason | None = None
        self.pending = ""
        self.has_end = False
        self.last_result: int | None = None
        self.comments: dict[int, list[str]] = {}

    def part(self, line: FrameLine) -> Line | Record:
        """What became of a line."""
        row = Row(line.number, (line.raw,))
        if not line.is_whole:
            self.doubt = _damaged(line)
            self.sample = self.pending = ""
            return columns.refused(row, [self.doubt])
        if line.is_repeat:
            return columns.ignored(row, _SENT_AGAIN)
        if not line.text:
            control = line.raw.strip(f"{EOT}{ENQ}{ACK} ")
            return columns.ignored(row, columns.BLANK if not line.raw.strip() or not control else _FRAME_END)
        text = self.pending + line.text
        self.pending = text if line.continues else ""
        if line.continues:
            return columns.ignored(row, ABOUT)
        fields = text.split("|")
        if fields[0] not in _RECORDS or len(fields[0]) != 1:
            self.doubt = _damaged(line)
            return columns.refused(row, [self.doubt])
        return self._record(row, fields)

    def _record(self, row: Row, fields: list[str]) -> Line | Record:
        kind = fields[0]
        fields += [""] * 15
        if kind == "H":
            self.sender = " ".join(part for part in fields[4].split("^") if part)
            self.sample, self.doubt = "", None
        elif kind == "P":
            self.sample = ""
        elif kind == "O":
            # The number of the sample stands in the third field; some analysers write it into the fourth only.
            self.sample = (fields[2].split("^")[0] or fields[3].split("^")[0]).strip()
            self.doubt = None
        elif kind == "C" and self.last_result is not None:
            self.comments.setdefault(self.last_result, []).append(fields[3].strip() or fields[2].strip())
        elif kind == "L":
            self.has_end = True
            self.sample = ""
        elif kind == "R":
            return self._result(row, fields)
        return columns.ignored(row, ABOUT)

    def _result(self, row: Row, fields: list[str]) -> Line | Record:
        faults: list[Reason] = []
        if self.doubt:
            faults.append(_after_damage(row))
        elif not self.sample:
            faults.append(columns.nameless(row))
        test = next((part.strip() for part in reversed(fields[2].split("^")) if part.strip()), "")
        if not test:
            faults.append(columns.nameless(row))
        cell = self.cells.number(fields[3].strip(), row.number, 1)
        said = SAID.get(folded(fields[3]))
        if cell.status is CellStatus.UNREADABLE and said is None:
            faults.append(columns.unreadable(cell, test, self.profile))
        acquired_at = self._instant(fields[12] or fields[11], row, faults)
        if faults:
            return columns.refused(row, faults)
        self.last_result = row.number
        kept = (("flag", fields[6]), ("status", fields[8]), ("reference", fields[5]), ("operator", fields[10]))
        others = tuple((name, as_written(text, row.number, 1)) for name, text in kept if text.strip())
        figures = {} if said else {Figure.FINAL_CONCENTRATION: cell}
        if said:
            others = (("result", as_written(fields[3], row.number, 1)), *others)
        trace = Trace(test, TraceRole.QUANTIFIER, "", figures, None, others, unit=fields[4].strip(), qualitative=said)
        key = f"{folded(self.sample)} @ {acquired_at or '-'}"
        return Record(row.number, row.cells, Head(key, self.sample, acquired_at=acquired_at), (trace,))

    def _instant(self, text: str, row: Row, faults: list[Reason]) -> datetime | None:
        if not text.strip():
            return None
        parts = _TIME.fullmatch(text.strip())
        try:
            numbers = [int(part or 0) for part in parts.groups()] if parts else []
            return datetime(*numbers, tzinfo=self.profile.time_zone)  # type: ignore[arg-type,misc]
        except (TypeError, ValueError):
            faults.append(columns.date_unreadable(text, row.number, 1, self.profile))
            return None

    def with_comments(self, parts: list[Line | Record]) -> list[Line | Record]:
        """The records, each with the comments that follow it."""
        return [self._with_comments(part) if isinstance(part, Record) else part for part in parts]

    def _with_comments(self, part: Record) -> Record:
        kept = tuple(("comment", as_written(text, part.row, 1)) for text in self.comments.get(part.row, ()))
        return replace(part, traces=tuple(replace(trace, others=(*trace.others, *kept)) for trace in part.traces))

    def messages(self, lines: list[FrameLine]) -> tuple[Reason, ...]:
        """What a person should know: a message without its end."""
        if self.has_end:
            return ()
        return (
            reason(
                "astm.no_end",
                "The message has no end record (L) in its {lines} lines; the capture may be cut off.",
                lines=len(lines),
            ),
        )


def _damaged(line: FrameLine) -> Reason:
    return reason(
        "astm.checksum_wrong",
        "Line {row}: the frame is damaged (its checksum is wrong, a frame before it is missing, or it is no record);"
        " have the analyser send it again.",
        at=Where(row=line.number),
        row=line.number,
    )


def _after_damage(row: Row) -> Reason:
    return reason(
        "astm.after_damage",
        "Line {row}: a frame before this result is damaged; whose result it is cannot be said.",
        at=Where(row=row.number),
        row=row.number,
    )


# ── mini VIDAS ───────────────────────────────────────────────────────────────────────────────────────

_RS, _GS = "\x1e", "\x1d"
_VIDAS = re.compile(f"{STX}(?P<sent>{_RS}mtrsl[|][^{STX}{_GS}]*{_GS})(?P<sum>[0-9A-Fa-f]{{2}})?\\s*")


def recognises_vidas(file: OpenedFile) -> bool:
    """A message of results in this analyser's framing."""
    return file.container is Container.TEXT and f"{STX}{_RS}mtrsl|" in file.head[:4_000]


def read_vidas(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a capture: a message on every line. Lines that are damaged are refused one by one."""
    lines = file.lines[:-1] if not file.lines[-1] else file.lines
    encoding = "utf-8" if file.text.encoding.startswith("utf") else file.text.encoding
    reader = _Vidas(profile, encoding)
    parts = [reader.part(Row(number, (line,))) for number, line in enumerate(lines, start=1)]
    return batch_of(
        file,
        (VIDAS, VERSION),
        compounds_of(parts, profile, reader.names),
        assembled(parts, profile),
        ambiguous_dates=reader.ambiguous_dates,
        software="mini VIDAS",
    )


class _Vidas:
    """The messages of a capture."""

    def __init__(self, profile: ImportProfile, encoding: str) -> None:
        self.profile = profile
        self.encoding = encoding
        self.cells: CellReader = profile.cells()
        self.names: dict[str, str] = {}
        self.ambiguous_dates: list[str] = []

    def part(self, row: Row) -> Line | Record:
        """What became of a line."""
        text = row.cells[0]
        if not text.strip(f"{EOT}{ENQ}{ACK} "):
            return columns.ignored(row, columns.BLANK)
        message = _VIDAS.fullmatch(text)
        if message is None or not self._is_whole(message["sent"], message["sum"] or ""):
            return columns.refused(row, [_damaged(FrameLine(row.number, text, "", 0, is_whole=False))])
        fields = {part[:2]: part[2:].strip() for part in message["sent"].strip(_RS + _GS + "|").split(f"|{_RS}")}
        return self._record(row, fields)

    def _is_whole(self, sent: str, checksum: str) -> bool:
        try:
            return sum(sent.encode(self.encoding)) % 256 == int(checksum, 16)
        except ValueError:
            return False

    def _record(self, row: Row, fields: dict[str, str]) -> Line | Record:
        faults: list[Reason] = []
        sample, test = fields.get("ci") or fields.get("pi", ""), fields.get("rt", "")
        if not sample or not test:
            faults.append(columns.nameless(row))
        written = f"{fields.get('td', '')} {fields.get('tt', '')}".strip()
        acquired_at = self.cells.instant(written) if written else None
        if written and acquired_at is None:
            faults.append(columns.date_unreadable(written, row.number, 1, self.profile))
        elif self.cells.ambiguous(written):
            self.ambiguous_dates.append(written)
        cell, unit = glued(self.cells, fields.get("qn", ""), row.number, 1)
        if cell.status is CellStatus.UNREADABLE:
            faults.append(columns.unreadable(cell, "qn", self.profile))
        if faults:
            return columns.refused(row, faults)
        self.names[test] = fields.get("rn", "")
        # A quantity has a unit; without one it is the ratio of two signals.
        figures: dict[Figure, Cell] = {Figure.FINAL_CONCENTRATION if unit else Figure.INTENSITY: cell}
        others = tuple((name, as_written(text, row.number, 1)) for name, text in fields.items() if text)
        said = SAID.get(folded(fields.get("ql", "")))
        trace = Trace(test, TraceRole.QUANTIFIER, "", figures, None, others, unit=unit, qualitative=said)
        key = f"{folded(sample)} @ {acquired_at or '-'}"
        return Record(row.number, row.cells, Head(key, sample, acquired_at=acquired_at), (trace,))


ASTM_READER = Reader(ASTM, VERSION, "ASTM E1394, LIS2-A2: capture", recognises=recognises_astm, read=read_astm)
VIDAS_READER = Reader(VIDAS, VERSION, "bioMérieux mini VIDAS: capture", recognises=recognises_vidas, read=read_vidas)
