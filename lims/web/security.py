"""Headers that every answer carries."""

from fastapi import Request
from starlette.middleware.base import RequestResponseEndpoint
from starlette.responses import Response

from lims.runtime import Lims
from lims.web.viewer import is_https

#: Nothing from other hosts, nothing inline, nothing evaluated.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
#: For a page that reads codes with the camera: its reader is compiled code (WebAssembly), from here as well.
SCANNING_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
}


async def with_security_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Add what a route has not set itself."""
    return secured(request, await call_next(request))


def secured(request: Request, response: Response) -> Response:
    """The answer with every header that it has not set itself; also for a fault, which no middleware sees."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    lims: Lims = request.app.state.lims
    if is_https(lims):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
