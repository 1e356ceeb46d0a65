"""Reads files in the netCDF classic format (CDF-1 and CDF-2): dimensions, attributes and variables of fixed size.

Every count and every offset of a file is held against what is there before anything is read or set aside for it: a
hostile file is refused with a reason, whatever it says of itself.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, prod

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason

_DIMENSION, _VARIABLE, _ATTRIBUTE = 10, 11, 12
#: Type number → letter for struct, bytes of a value.
_TYPES = {1: ("b", 1), 2: ("s", 1), 3: ("h", 2), 4: ("i", 4), 5: ("f", 4), 6: ("d", 8)}
_MOST_OF_A_KIND = 10_000
#: Of a variable nobody needs more: peaks and names, never a whole chromatogram.
_MOST_BYTES = 8 * 1024 * 1024
_MOST_BYTES_OF_NUMBERS = 1024 * 1024
_FLOAT, _DOUBLE, _CHARACTER = 5, 6, 2

Value = str | tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its shape, type number, attributes, and where its values begin; `has_records` if it may grow."""

    name: str
    shape: tuple[int, ...]
    type: int
    attributes: Mapping[str, Value]
    begin: int
    has_records: bool


@dataclass(frozen=True)
class NetCdf:
    """A file whose header was read."""

    content: bytes
    dimensions: Mapping[str, int]
    attributes: Mapping[str, Value]
    variables: Mapping[str, Variable]

    def text(self, name: str) -> str:
        """A global attribute that is text; empty where there is none."""
        value = self.attributes.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def numbers(self, name: str) -> tuple[Decimal | None, ...] | None:
        """The values of a variable in one row; None for what is no finite number, or where there is no such variable.

        Raises `BadInput` when the values do not lie within the file.
        """
        variable = self.variables.get(name)
        if variable is None or variable.type == _CHARACTER:
            return None
        return _numbers(self._bytes(variable), variable.type)

    def texts(self, name: str) -> tuple[str, ...] | None:
        """The texts of a variable of characters, one for each row. Raises as `numbers`."""
        variable = self.variables.get(name)
        if variable is None or variable.type != _CHARACTER or len(variable.shape) != 2:
            return None
        values, width = self._bytes(variable), variable.shape[1]
        return tuple(_text(values[row * width : (row + 1) * width]) for row in range(variable.shape[0]))

    def _bytes(self, variable: Variable) -> bytes:
        size = prod(variable.shape) * _TYPES[variable.type][1]
        most = _MOST_BYTES if variable.type == _CHARACTER else _MOST_BYTES_OF_NUMBERS
        if variable.has_records or size > most or variable.begin + size > len(self.content):
            raise BadInput(_damaged(f"the values of {variable.name} do not lie within it", variable.begin))
        return self.content[variable.begin : variable.begin + size]


def opened(content: bytes) -> NetCdf:
    """Read the header. Raises `BadInput` for anything that does not fit the format or the file."""
    header = _Header(content)
    header.position = 4
    header.count()  # number of records
    dimensions = header.dimensions()
    attributes = header.attributes()
    return NetCdf(content, dict(dimensions), attributes, header.variables(dimensions))


class _Header:
    """Reads the header from its beginning to its end."""

    def __init__(self, content: bytes) -> None:
        if content[:3] != b"CDF" or content[3:4] not in (b"\x01", b"\x02"):
            raise BadInput(_damaged("it does not begin as one", 0))
        self.content = content
        self.position = 0
        self.offset = ">q" if content[3] == 2 else ">i"

    def take(self, size: int) -> bytes:
        """The next bytes; padding to four is left to the caller."""
        if size < 0 or self.position + size > len(self.content):
            raise BadInput(_damaged("it ends within its header", self.position))
        found = self.content[self.position : self.position + size]
        self.position += size
        return found

    def whole(self, form: str = ">i") -> int:
        """The next whole number."""
        return int(struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def count(self) -> int:
        """The next number of things; −1 stands for a number that is still growing."""
        number = self.whole()
        return 0 if number == -1 else number

    def name(self) -> str:
        """A text with its length before it."""
        length = self.count()
        if not 0 <= length <= _MOST_OF_A_KIND:
            raise BadInput(_damaged("a name has no sensible length", self.position))
        text = _text(self.take(length))
        self.take(-length % 4)
        return text

    def many(self, kind: int) -> int:
        """How many things of a kind follow."""
        tag, number = self.whole(), self.whole()
        if tag not in (0, kind) or not 0 <= number <= _MOST_OF_A_KIND or (tag == 0 and number):
            raise BadInput(_damaged("a list in its header is no list", self.position))
        return number

    def dimensions(self) -> list[tuple[str, int]]:
        """Names and lengths; 0 is the one that grows."""
        found = []
        for _ in range(self.many(_DIMENSION)):
            name, length = self.name(), self.whole()
            if length < 0:
                raise BadInput(_damaged("a dimension is shorter than nothing", self.position))
            found.append((name, length))
        return found

    def attributes(self) -> dict[str, Value]:
        """Names and values."""
        found: dict[str, Value] = {}
        for _ in range(self.many(_ATTRIBUTE)):
            name = self.name()
            kind, number = self.type(), self.count()
            if number < 0:
                raise BadInput(_damaged("an attribute is shorter than nothing", self.position))
            size = number * _TYPES[kind][1]
            if kind != _CHARACTER and size > _MOST_BYTES_OF_NUMBERS:
                raise BadInput(_damaged("an attribute is too long", self.position))
            raw = self.take(size)
            self.take(min(-size % 4, len(self.content) - self.position))
            found[name] = _text(raw) if kind == _CHARACTER else _numbers(raw, kind)
        return found

    def type(self) -> int:
        """The next type number."""
        kind = self.whole()
        if kind not in _TYPES:
            raise BadInput(_damaged("it has a type of number that does not exist", self.position))
        return kind

    def variables(self, dimensions: list[tuple[str, int]]) -> dict[str, Variable]:
        """The variables with their places."""
        found = {}
        for _ in range(self.many(_VARIABLE)):
            name, rank = self.name(), self.count()
            if not 0 <= rank <= len(dimensions):
                raise BadInput(_damaged("a variable has more dimensions than the file", self.position))
            places = [self.whole() for _ in range(rank)]
            if any(not 0 <= place < len(dimensions) for place in places):
                raise BadInput(_damaged("a variable has a dimension that does not exist", self.position))
            attributes, kind = self.attributes(), self.type()
            self.whole()  # size of the values: worked out from the dimensions
            begin = self.whole(self.offset)
            shape = tuple(dimensions[place][1] for place in places)
            if begin < 0:
                raise BadInput(_damaged("a variable begins before the file", self.position))
            found[name] = Variable(name, shape, kind, attributes, begin, has_records=bool(shape) and shape[0] == 0)
        return found


def _text(raw: bytes) -> str:
    """Text up to its first NUL; other bytes than ASCII are kept as those of Latin-1."""
    kept = raw.split(b"\0")[0]
    try:
        return kept.decode("utf-8").strip()
    except UnicodeDecodeError:
        return kept.decode("latin-1").strip()


def _numbers(raw: bytes, kind: int) -> tuple[Decimal | None, ...]:
    letter, size = _TYPES[kind]
    values = struct.unpack(f">{len(raw) // size}{letter}", raw)
    return tuple(_decimal(value, kind) for value in values)


def _decimal(value: float, kind: int) -> Decimal | None:
    """The shortest number that is this value: a stored 0.1 is 0.1, not 0.10000000149."""
    if kind not in (_FLOAT, _DOUBLE):
        return Decimal(value)
    if not isfinite(value) or abs(value) > 1e30:  # the format fills gaps with 9.97e36
        return None
    if kind == _DOUBLE:
        return Decimal(repr(value))
    for digits in range(6, 10):
        text = f"{value:.{digits}g}"
        if struct.unpack(">f", struct.pack(">f", float(text)))[0] == value:
            return Decimal(text)
    return Decimal(repr(value))


def _damaged(fault: str, position: int) -> Reason:
    """The refusal of a file; the fault itself is for whoever looks into it, not for the sentence."""
    return reason(
        "netcdf.damaged",
        "The file is no sound netCDF file (byte {position}); it may be cut off: export it again.",
        at=Where(field="file"),
        fault=fault,
        position=position,
    )
