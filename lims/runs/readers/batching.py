"""A batch from what a reader found in a file: what every reader says of every file is said here, once."""

from collections.abc import Iterable, Sequence

from lims.core.errors import LimsError
from lims.core.reasons import Reason, Where, reason
from lims.runs.opened import OpenedFile, Sheet
from lims.runs.reading import Container
from lims.runs.records import Batch, Compound, Line, Trace, TraceRole

_LONGEST_NAME, _LONGEST_KEY = 200, 300
#: Some programs write it so; then it is a question to a person, no fault.
_UNENDED = reason(
    "file.no_last_line_end",
    "The last line has no line end, so its last figure may have been cut off; compare it with the program of the"
    " instrument.",
)


def batch_of(
    file: OpenedFile,
    reader: tuple[str, str],
    compounds: Sequence[Compound],
    lines: Iterable[Line],
    *,
    heading_rows: Sequence[int] = (),
    ambiguous_dates: Iterable[str] = (),
    unread_columns: Sequence[str] = (),
    software: str = "",
    messages: Sequence[Reason] = (),
    asks_about_end: bool = False,
) -> Batch:
    """The batch of a file; `reader` is name and version. A workbook has no encoding: its kind stands there.

    `asks_about_end`: a last line without end is read, and a person is asked about it; other readers refuse its row.
    """
    is_text = file.container in (Container.TEXT, Container.XML)
    if asks_about_end and file.container is Container.TEXT and not file.text.text.endswith(("\n", "\r")):
        messages = (*messages, _UNENDED)
    return Batch(
        sha256=file.sha256,
        reader=reader[0],
        reader_version=reader[1],
        encoding=file.text.encoding if is_text else file.container.value,
        first_beyond_ascii=file.text.first_beyond_ascii if is_text else (),
        ambiguous_dates=tuple(dict.fromkeys(ambiguous_dates)),
        unread_columns=tuple(unread_columns),
        compounds=tuple(compounds),
        lines=tuple(_with_storable_names(line) for line in lines),
        sheets=tuple((sheet.name, sheet.before) for sheet in file.sheets),
        heading_rows=tuple(heading_rows),
        software=software,
        messages=tuple(messages),
    )


def _with_storable_names(line: Line) -> Line:
    if all(len(one.name) <= _LONGEST_NAME and len(one.key) <= _LONGEST_KEY for one in line.injections):
        return line
    why = reason(
        "row.name_too_long",
        "Row {row} has a name of more than {most} characters; it is probably no name.",
        at=Where(row=line.row),
        row=line.row,
        most=_LONGEST_NAME,
    )
    return Line(line.row, None, (why,), refused=True, content=line.content)


def sheets_of(file: OpenedFile) -> tuple[Sheet, ...]:
    """The sheets of a workbook for recognising it; none when it is no workbook or cannot be unpacked."""
    try:
        return file.sheets
    except LimsError:
        return ()


def qualifier_labels(traces: Iterable[Trace], compound: str) -> tuple[str, ...]:
    """The labels of a compound's qualifiers, each once, in the order in which they come."""
    labels = (t.label for t in traces if t.compound == compound and t.role is TraceRole.QUALIFIER)
    return tuple(dict.fromkeys(labels))
