"""A batch from what a reader found in a file: what every reader says of every file is said here, once."""

from collections.abc import Iterable, Sequence

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.runs.opened import OpenedFile, Sheet
from lims.runs.reading import Container
from lims.runs.records import Batch, Compound, Line, Trace, TraceRole

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
    lines: Sequence[Line],
    *,
    heading_rows: Sequence[int] = (),
    ambiguous_dates: Iterable[str] = (),
    unread_columns: Sequence[str] = (),
    software: str = "",
    messages: Sequence[Reason] = (),
) -> Batch:
    """The batch of a file; `reader` is name and version. A workbook has no encoding: its kind stands there."""
    is_text = file.container in (Container.TEXT, Container.XML)
    if file.container is Container.TEXT and not file.text.text.endswith(("\n", "\r")):
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
        lines=tuple(lines),
        sheets=tuple((sheet.name, sheet.before) for sheet in file.sheets),
        heading_rows=tuple(heading_rows),
        software=software,
        messages=tuple(messages),
    )


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
