"""What is a PDF worth that somebody hands in (报告真伪核验)? A clear answer for every file, also for one that is none.

The answer rests on three things: the file has exactly the form that `signing` gives it, the signature holds and its
signer is trusted, and the bytes are those that the installation issued under the number, when it knows the number.
An incremental update after the signature is never accepted, whatever it changes.
"""

import binascii
import hashlib
import json
import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.embed import retrieve_embedded_files_with_metadata
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from lims.core.reasons import Reason, reason
from lims.documents.certificates import common_name, is_development, why_not_trusted
from lims.documents.press import ATTACHMENT
from lims.documents.signing import FIELD_NAME
