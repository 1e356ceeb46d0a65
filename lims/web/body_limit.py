"""Requests that are too large are turned away while they arrive, before anything is parsed or anybody signed in.

The framework reads and parses a body before it asks who sent it; without a limit a stranger's gigabyte of JSON would
fill the memory and hold up everybody else.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lims.web.problems import RequestTooLarge

#: Around a file: the other fields of a form, and its boundaries.
_FORM_BYTES = 1024 * 1024
#: A body without a file. The largest there is, five thousand results to verify, has a tenth of it.
_JSON_BYTES = 4 * 1024 * 1024


class BodyLimit:
    """Answers 413 to a form larger than `file_bytes` and what goes around a file, or another body of over 4 MB."""

    def __init__(self, app: ASGIApp, file_bytes: int) -> None:
        self._app = app
        self._file_bytes = file_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; what it reads of its body is counted."""
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        is_form = headers.get(b"content-type", b"").lower().startswith(b"multipart/")
        most = self._file_bytes + _FORM_BYTES if is_form else _JSON_BYTES
        declared = headers.get(b"content-length", b"")
        # Compared by its length first: a number of a thousand digits is not worth reading.
        is_declared_larger = declared.isdigit() and (len(declared) > 15 or int(declared) > most)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            if is_declared_larger:
                raise RequestTooLarge
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > most:
                    raise RequestTooLarge
            return message

        await self._app(scope, counted, send)
