"""What a reader is: a name, how it recognises its files by their content, and how it reads them."""

from collections.abc import Callable
from dataclasses import dataclass

from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.records import Batch


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader.

    `name` and `version` are kept with every file it read; the version changes when the same file would be read
    differently. `title` names program and layout as its vendor does. `recognises` looks at content alone, is quick, and
    never raises. `read` raises `BadInput` for a file that as a whole is not what it looked like, saying what to export
    instead; a row that cannot be read does not stop the others.
    """

    name: str
    version: str
    title: str
    recognises: Callable[[OpenedFile], bool]
    read: Callable[[OpenedFile, ImportProfile], Batch]
