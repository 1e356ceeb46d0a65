"""All readers, and which of them a file is for. Recognised by content, never by the name of the file."""

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import masshunter_wide
from lims.runs.readers.reader import Reader
from lims.runs.reading import Container
from lims.runs.records import Batch

#: In the order in which they are asked; the first that recognises a file reads it.
READERS: tuple[Reader, ...] = (masshunter_wide.READER,)
_BY_NAME = {reader.name: reader for reader in READERS}


def reader_named(name: str) -> Reader:
    """A reader by its name. Raises `BadInput` `run.reader_unknown`."""
    if name not in _BY_NAME:
        said = "There is no reader {reader}; there are {readers}."
        names = ", ".join(sorted(_BY_NAME))
        raise BadInput(reason("run.reader_unknown", said, at=Where(field="reader"), reader=name, readers=names))
    return _BY_NAME[name]


def reader_for(file: OpenedFile) -> Reader:
    """The reader that recognises a file. Raises `BadInput`: `run.format_unknown`, or that its encoding is not known."""
    found = next((reader for reader in READERS if reader.recognises(file)), None)
    if found is None:
        if file.container is Container.TEXT:
            _ = file.text  # what cannot be decoded may be known once a person has named its encoding
        said = (
            "The file ({kind}) is no export that is known here. Export the result table of the batch as text, csv or"
            " xlsx, or map its columns by hand."
        )
        raise BadInput(reason("run.format_unknown", said, at=Where(field="file"), kind=file.container.value))
    return found


def read(content: bytes, profile: ImportProfile, reader: str = "") -> Batch:
    """Read a file with the reader that was named, here or in the profile, else with the one that recognises it.

    Raises `BadInput`.
    """
    file = OpenedFile(content, profile.encoding)
    named = reader or profile.reader
    chosen = reader_named(named) if named else reader_for(file)
    return chosen.read(file, profile)
