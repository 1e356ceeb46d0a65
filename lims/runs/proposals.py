"""What a file itself hints at about how to read it. Nothing of it is applied before a person takes it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.runs.cells import DateOrder, DecimalMark, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile, TextEncoding
from lims.runs.profile_options import DECIMAL_WORDS, ENCODING_WORDS, GROUPING_WORDS
from lims.runs.reading import Container, rows_of, text_of

#: So many records are looked at; what an instrument's computer does it does from the first line.
_LOOKED_AT: Final = 400
_BEYOND_ASCII = re.compile(r"[^\s,;\"]*[^\x00-\x7f][^\s,;\"]*")
_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_POINT = re.compile(r"[+-]?\d+\.\d+(?:[eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+", re.ASCII)
_BOTH_COMMA_FIRST = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+", re.ASCII)
_BOTH_POINT_FIRST = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+", re.ASCII)
_DAY = re.compile(r"(\d{1,3})[./-](\d{1,2})[./-](\d{2,4})(?:[t ].*)?", re.ASCII)

#: Two and more ideographs side by side are a word; a lone sign between ASCII is a unit or an accent of the west.
_IDEOGRAPHS = re.compile(r"[\u4e00-\u9fff]{2,}")
_LONE = re.compile(r"(?<![^\x00-\x7f])[\u00a0-\u00ff](?![^\x00-\x7f])")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A field of the profile, the value that the file hints at (as the form sends it), its word, and why."""

    field: str
    value: str
    word: str
    why: Reason


def proposals(file: OpenedFile, profile: ImportProfile) -> list[Proposal]:
    """What the content hints at and the profile does not say already, the encoding first."""
    if file.container is not Container.TEXT:
        return []
    if found := _encodings(file.content, profile.encoding):
        return found
    cells = list(_cells(file))
    return [*_marks(cells, profile), *_orders(cells, profile)]


def _encodings(content: bytes, chosen: TextEncoding | None) -> list[Proposal]:
    """Encodings that the bytes can be read in, where they are no Unicode, each with what the words would then be."""
    if chosen is not None:
        return []
    try:
        text_of(content, None)
    except LimsError as refusal:
        if refusal.reasons[0].code != "file.encoding_unknown":
            return []
    else:
        return []
    found = []
    for encoding in TextEncoding:
        words = _words(content, encoding)
        if words:
            said = "The first words would read: {words}"
            why = reason("proposal.encoding", said, words="  ".join(words))
            found.append(Proposal("encoding", encoding.value, ENCODING_WORDS[encoding], why))
    return found


def _words(content: bytes, encoding: TextEncoding) -> list[str]:
    try:
        text = content.decode(encoding.value)
    except UnicodeDecodeError:
        return []
    words = list(dict.fromkeys(_BEYOND_ASCII.findall(text)))[:5]
    return words if all(word.isprintable() for word in words) else []


def _cells(file: OpenedFile) -> Iterator[str]:
    """The cells of the first records, split as most of their lines are."""
    try:
        text = file.text.text
        head = text[:200_000]
        counts = Counter({mark: head.count(mark) for mark in "\t;,|"})
        delimiter = "\t" if counts["\t"] else ";" if counts[";"] > counts[","] // 2 else counts.most_common(1)[0][0]
        for row in rows_of(text, delimiter, _LOOKED_AT):
            yield from (cell.strip() for cell in row.cells if cell.strip())
    except LimsError:
        return


def _marks(cells: Sequence[str], profile: ImportProfile) -> list[Proposal]:
    commas = [cell for cell in cells if _COMMA.fullmatch(cell)]
    points = [cell for cell in cells if _POINT.fullmatch(cell)]
    found = []
    if profile.decimal_mark is DecimalMark.POINT and commas and not points:
        found.append(_decimal(DecimalMark.COMMA, commas))
    if profile.decimal_mark is DecimalMark.COMMA and points and not commas:
        found.append(_decimal(DecimalMark.POINT, points))
    grouped = [c for c in cells if _BOTH_COMMA_FIRST.fullmatch(c) or (points and _THOUSANDS.fullmatch(c))]
    if profile.decimal_mark is DecimalMark.POINT and profile.grouping_mark is None and grouped:
        found.append(_grouping("comma", grouped))
    grouped = [cell for cell in cells if _BOTH_POINT_FIRST.fullmatch(cell)]
    if profile.decimal_mark is DecimalMark.COMMA and profile.grouping_mark is None and grouped:
        found.append(_grouping("point", grouped))
    return found


def _decimal(mark: DecimalMark, cells: Sequence[str]) -> Proposal:
    said = "{count} cells are written like {example}."
    if all(_THOUSANDS.fullmatch(cell) for cell in cells):
        said = "{count} cells are written like {example}; they may be thousands as well."
    why = reason("proposal.decimal_mark", said, count=len(cells), example=cells[0][:40])
    return Proposal("decimal_mark", mark.value, DECIMAL_WORDS[mark], why)


def _grouping(name: str, cells: Sequence[str]) -> Proposal:
    said = "{count} cells are written like {example}."
    why = reason("proposal.grouping_mark", said, count=len(cells), example=cells[0][:40])
    return Proposal("grouping_mark", name, GROUPING_WORDS[name], why)


def _orders(cells: Sequence[str], profile: ImportProfile) -> list[Proposal]:
    """An order of dates where some date can be read in no other."""
    days = [(cell, parts) for cell in cells if (parts := _DAY.fullmatch(folded(cell)))]
    firsts, middles = [int(parts[1]) for _, parts in days], [int(parts[2]) for _, parts in days]
    if not days:
        return []
    if all(first >= 100 for first in firsts):
        order = DateOrder.ROC
    elif max(firsts) > 12 >= max(middles) and max(firsts) <= 31 and all(len(parts[3]) == 4 for _, parts in days):
        order = DateOrder.DAY_MONTH_YEAR
    elif max(middles) > 12 >= max(firsts):
        order = DateOrder.MONTH_DAY_YEAR
    else:
        return []
    if order is profile.date_order:
        return []
    place = firsts.index(max(firsts)) if order is DateOrder.DAY_MONTH_YEAR else middles.index(max(middles))
    why = reason("proposal.date_order", "A day is written {example}.", example=days[place][0][:40])
    return [Proposal("date_order", order.value, order.value, why)]


def likely(file: OpenedFile) -> tuple[ImportProfile, list[Reason]]:
    """A profile made of what the file hints at, and each of its choices as a sentence: for a look that stores nothing.

    Where the days can be read two ways the day is taken to stand before the month, as most of the world writes it; the
    reading of the file then tells how many days that concerns.
    """
    profile, told = ImportProfile(), []
    if found := _encodings(file.content, None) if file.container is Container.TEXT else []:
        first = max(found, key=lambda one: _plausibility(file.content, TextEncoding(one.value)))
        profile = replace(profile, encoding=TextEncoding(first.value))
        told.append(_chosen("encoding", first.value))
    opened = OpenedFile(file.content, profile.encoding, name=file.name)
    for one in proposals(opened, profile):
        if one.field == "decimal_mark":
            profile = replace(profile, decimal_mark=DecimalMark(one.value))
        elif one.field == "date_order":
            profile = replace(profile, date_order=DateOrder(one.value))
        elif one.field == "grouping_mark":
            profile = replace(profile, grouping_mark={"comma": ",", "point": "."}[one.value])
        told.append(_chosen(one.field, one.value))
    if profile.date_order is DateOrder.YEAR_MONTH_DAY and _has_open_days(opened):
        profile = replace(profile, date_order=DateOrder.DAY_MONTH_YEAR)
        told.append(_chosen("date_order", DateOrder.DAY_MONTH_YEAR.value))
    return profile, told


def _chosen(field: str, value: str) -> Reason:
    said = "No import profile was named: the {field} was taken to be {value}, as the file hints."
    return reason("proposal.taken", said, field=field, value=value)


def _has_open_days(file: OpenedFile) -> bool:
    """Whether days are written with the year last, and none of them says which of the others is the month."""
    return any(
        (parts := _DAY.fullmatch(folded(cell))) and int(parts[1]) <= 12 and int(parts[2]) <= 12 and len(parts[3]) == 4
        for cell in _cells(file)
    )


def _plausibility(content: bytes, encoding: TextEncoding) -> int:
    """How many of the first words beyond ASCII are what people of that encoding write."""
    words = _words(content, encoding)
    if encoding in (TextEncoding.GB18030, TextEncoding.BIG5, TextEncoding.SHIFT_JIS):
        return sum(len(_IDEOGRAPHS.findall(word)) for word in words) - (encoding is not TextEncoding.GB18030)
    western = encoding is TextEncoding.WESTERN_EUROPEAN
    return sum(bool(_LONE.search(word)) for word in words) if western else 0
