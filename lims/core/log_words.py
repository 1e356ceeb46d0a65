"""What the tables and columns of the transparency log are called where people read them."""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.reasons import mark

#: By table.
LOG_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "log_head": mark("Signed head of the transparency log"),
        "log_leaf": mark("Entry of the transparency log"),
    }
)
#: By table and column where one name means several things.
LOG_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "log_head.certificate_pem": mark("Certificate of the signer"),
        "log_head.root": mark("Root of the tree"),
        "log_head.serial": mark("Serial number of the head"),
        "log_head.signature": mark("Signature of the head"),
        "log_head.size": mark("Entries in the log"),
        "log_leaf.act": mark("Act"),
        "log_leaf.hash": mark("Hash of the entry"),
        "log_leaf.nodes": mark("Hashes of the tree"),
        "log_leaf.place": mark("Place in the log"),
        "log_root": mark("Root of the tree"),
        "log_size": mark("Entries in the log"),
    }
)
