"""What tables and columns of samples are called where people read them; part of `lims.core.record_words`."""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.reasons import mark

#: By table.
SAMPLE_TABLES: Mapping[str, str] = MappingProxyType({"sample_photo": mark("Photo of a sample")})
#: By column, or by table and column where one name means several things.
SAMPLE_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "added_at": mark("Added at"),
        "added_by": mark("Added by"),
        "annexes": mark("Further annexes"),
        "caption": mark("What it shows"),
        "height": mark("Height in pixels"),
        "original_sha256": mark("SHA-256 as handed in"),
        "removal_reason": mark("Why it was taken out"),
        "removed_at": mark("Taken out at"),
        "removed_by": mark("Taken out by"),
        "retest_body": mark("First laboratory"),
        "retest_decision": mark("Reason of the retest"),
        "retest_of": mark("First report"),
        "retest_on": mark("Day of the first report"),
        "retest_results": mark("First results"),
        "sample.number": mark("Sample number"),
        "sample.remark": mark("Note on the sample"),
        "sample_id": mark("Sample"),
        "sample_number": mark("Sample number"),
        "sampled_on": mark("Sampled on"),
        "samplers": mark("Samplers"),
        "thumbnail": mark("Small picture"),
        "width": mark("Width in pixels"),
    }
)
