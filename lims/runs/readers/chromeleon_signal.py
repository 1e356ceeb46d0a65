"""Thermo Chromeleon's text export of one injection: a heading and the detector's signal, no results.

    File Path  chrom://…/UV_VIS_2.chm
    Injection Information:
    Raw Data:
    Time (min)  Step (s)  Value (mAU)
    0.000000    0.000     0.000000

It is recognised in order to be refused: nothing in it is a peak or a concentration.
"""

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers.reader import Reader
from lims.runs.records import Batch

NAME = "chromeleon-signal"
VERSION = "1"

_SECTIONS = frozenset({"Injection Information:", "Raw Data Information:", "Signal Parameter Information:", "Raw Data:"})
_SEARCHED_LINES = 100


def recognises(file: OpenedFile) -> bool:
    """Two of the export's section headings in the first lines."""
    lines = {line.strip() for line in file.head.splitlines()[:_SEARCHED_LINES]}
    return len(lines & _SECTIONS) >= 2


def read(file: OpenedFile, profile: ImportProfile) -> Batch:  # noqa: ARG001 -- a reader takes a profile
    """Raises `BadInput` always."""
    lines = (line.strip() for line in file.lines)
    row = next((number for number, line in enumerate(lines, start=1) if line in _SECTIONS), 1)
    raise BadInput(
        reason(
            "chromeleon.signal_only",
            "This is the raw signal of one injection (from line {row} on), without peaks or concentrations. Export the"
            " results instead: in Chromeleon print the integration or summary table (component, retention time, area,"
            " height, amount) of all injections of the sequence to an Excel or text file.",
            at=Where(row=row),
            row=row,
        )
    )


READER = Reader(NAME, VERSION, "Thermo Chromeleon: signal of one injection (refused)", recognises=recognises, read=read)
