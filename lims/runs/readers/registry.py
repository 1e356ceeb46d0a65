"""All readers, and which of them a file is for. Recognised by content, never by the name of the file."""

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import (
    analysers,
    andi,
    aorc_worksheet,
    astm,
    chemstation_report,
    chemstation_xml,
    chromeleon_signal,
    horiba_icp,
    icpe9000,
    labsolutions_ascii,
    labsolutions_browser,
    mapped,
    masshunter_compounds,
    masshunter_icpms,
    masshunter_long,
    masshunter_report,
    masshunter_wide,
    openlab_matrix,
    perkinelmer_nexion,
    perkinelmer_table,
    plate_gen5,
    plate_lists,
    plate_matrices,
    plate_skanit,
    plate_softmax,
    qtegra,
    rapid_readers,
    sciex_analyst,
    sciex_table,
    skyline,
    targetlynx_text,
    targetlynx_xml,
    tracefinder,
    varian_vista,
    winescan,
    xcalibur_quan,
    xrf,
)
from lims.runs.readers.reader import Reader
from lims.runs.reading import Container
from lims.runs.records import Batch

#: In the order in which they are asked; the first that recognises a file reads it.
READERS: tuple[Reader, ...] = (
    analysers.AQ2_READER,
    analysers.FIASTAR_READER,
    analysers.GALLERY_READER,
    andi.READER,
    aorc_worksheet.READER,
    astm.ASTM_READER,
    astm.VIDAS_READER,
    chemstation_report.READER,
    chemstation_xml.READER,
    chromeleon_signal.READER,
    horiba_icp.READER,
    icpe9000.READER,
    labsolutions_ascii.GCMS_READER,
    labsolutions_ascii.READER,
    labsolutions_browser.READER,
    mapped.READER,
    masshunter_compounds.READER,
    masshunter_icpms.READER,
    masshunter_long.READER,
    masshunter_report.READER,
    masshunter_wide.READER,
    openlab_matrix.READER,
    perkinelmer_nexion.READER,
    perkinelmer_table.READER,
    plate_gen5.READER,
    plate_lists.MAGELLAN_READER,
    plate_lists.VISIONLITE_READER,
    plate_matrices.KALEIDO_READER,
    plate_matrices.MARS_READER,
    plate_skanit.READER,
    plate_softmax.READER,
    qtegra.READER,
    rapid_readers.RECORDS_READER,
    rapid_readers.TABLE_READER,
    sciex_analyst.READER,
    sciex_table.READER,
    skyline.READER,
    targetlynx_text.READER,
    targetlynx_xml.READER,
    tracefinder.READER,
    varian_vista.READER,
    winescan.READER,
    xcalibur_quan.READER,
    xrf.BRUKER_READER,
    xrf.RIGAKU_READER,
)
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


def read(content: bytes, profile: ImportProfile, reader: str = "", name: str = "") -> Batch:
    """Read a file with the reader that was named, here or in the profile, else with the one that recognises it.

    `name` is the name of the file, for the few formats in which it alone names the sample. Raises `BadInput`.
    """
    file = OpenedFile(content, profile.encoding, name=name)
    named = reader or profile.reader or ("" if profile.mapping is None else mapped.NAME)
    chosen = reader_named(named) if named else reader_for(file)
    return chosen.read(file, profile)
