"""What the first page shows, ready to be placed: figures, short lists, blocks. Every text is translated already."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """A count with a link behind it. Every text is ready to be shown."""

    number: str
    name: str
    url: str | None = None
    mood: str = "plain"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a short list: its cells, of which the first is the link."""

    cells: tuple[str, ...]
    url: str | None = None
    mood: str = "plain"


@dataclass(frozen=True, slots=True)
class ShortList:
    """Some rows, and where the rest is. `numbers` are the columns that hold numbers."""

    title: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    more: str | None = None
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Block:
    """What one kind of work has to say today. `later` is the address of a part that takes longer to count."""

    key: str
    title: str
    figures: tuple[Figure, ...] = ()
    lists: tuple[ShortList, ...] = ()
    acts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    later: tuple[str, str] | None = None
    #: Explains "late", for those who want to know.
    deadlines: tuple[tuple[str, int, str], ...] = field(default=())
