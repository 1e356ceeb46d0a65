"""Requests that are too large or oddly encoded are turned away before anything is parsed or anybody signed in.

The framework reads and parses a body before it asks who sent it; without a limit a stranger's gigabyte of JSON would
fill the memory and hold up everybody else.
"""

from python_multipart.multipart import parse_options_header
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lims.web.problems import RequestTooLarge, UnknownEncoding

#: Around a file: the other fields of a form, and its boundaries.
_FORM_BYTES = 1024 * 1024
#: A body without a file. The largest there is, five thousand results to verify, has a tenth of it.
_JSON_BYTES = 4 * 1024 * 1024
#: The parser of forms would take any codec of Python, and some of them are slow enough to stop the server.
_ENCODINGS = frozenset({b"utf-8", b"utf8"})


class BodyLimit:
    """Answers 413 to a form larger than `file_bytes` and what goes around a file, or another body of over 4 MB.

    Answers 415 to a form in another encoding than UTF-8.
    """

    def __init__(self, app: ASGIApp, file_bytes: int) -> None:
        self._app = app
        self._file_bytes = file_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; what it reads of its body is counted."""
        # Of two headers of one name the first counts, as it does where the body is read.
        headers = dict(reversed(scope["headers"])) if scope["type"] == "http" else {}
        kind, options = parse_options_header(headers.get(b"content-type", b""))
        is_form = kind.startswith(b"multipart/")
        is_readable = not is_form or options.get(b"charset", b"utf-8").lower() in _ENCODINGS
        most = self._file_bytes + _FORM_BYTES if is_form else _JSON_BYTES
        declared = headers.get(b"content-length", b"")
        # Compared by its length first: a number of a thousand digits is not worth reading.
        is_declared_larger = declared.isdigit() and (len(declared) > 15 or int(declared) > most)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            if not is_readable:
                raise UnknownEncoding
            if is_declared_larger:
                raise RequestTooLarge
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > most:
                    raise RequestTooLarge
            return message

        await self._app(scope, counted, send)
