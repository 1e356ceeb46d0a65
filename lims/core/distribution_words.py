"""What the tables and columns of batches of reports and of their distribution are called where people read them."""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.reasons import mark

#: By table.
DISTRIBUTION_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "report_batch": mark("Batch of reports"),
        "report_batch_item": mark("Report of a batch"),
        "report_handout": mark("Report handed out"),
        "report_receipt": mark("Download of a report"),
    }
)
#: By table and column where one name means several things.
DISTRIBUTION_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "report_batch.act": mark("Act"),
        "report_batch.total": mark("Reports in the batch"),
        "report_batch_item.asked": mark("Asked with it"),
        "report_batch_item.place": mark("Place in the batch"),
        "report_batch_item.state": mark("Status"),
        "report_batch_item.refusals": mark("Why it was refused"),
        "report_receipt.at": mark("Downloaded at"),
        "report_receipt.form": mark("Taken away as"),
        "report_receipt.person": mark("Downloaded by"),
        "batch_id": mark("Batch of reports"),
        "copies": mark("Copies"),
        "finished_at": mark("Finished at"),
        "handed_on": mark("Handed out on"),
        "noted_at": mark("Noted at"),
        "noted_by": mark("Noted by"),
        "ordered_at": mark("Ordered at"),
        "ordered_by": mark("Ordered by"),
        "organisation": mark("Organisation"),
        "recipient": mark("Recipient"),
        "settled_at": mark("Settled at"),
        "told_at": mark("Told at"),
        "told_by": mark("Told by"),
        "told_how": mark("Told how"),
        "way": mark("How it was handed out"),
    }
)
