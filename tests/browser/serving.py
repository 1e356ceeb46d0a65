"""A real server around an installation, in a thread of this process."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

from fastapi import FastAPI
from uvicorn import Config, Server

from lims.app import make_app
from lims.runtime import Lims

_PATIENCE_S = 20.0


@contextmanager
def served(lims: Lims, *, with_worker: bool = False) -> Iterator[str]:
    """Serve the installation; gives its address as `served_app` does. `with_worker`: background work runs too."""
    with served_app(make_app(lims, with_worker=with_worker)) as base_url:
        yield base_url


@contextmanager
def served_app(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port; gives its address, without a slash at the end.

    The address says `localhost`, where browsers allow what they otherwise allow on https alone: passkeys, the camera,
    secure cookies.
    """
    server = Server(Config(app, log_level=logging.WARNING, access_log=False, ws="none", timeout_graceful_shutdown=2))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name=f"server-{port}", daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield f"http://localhost:{port}"
        finally:
            server.should_exit = True
            thread.join(_PATIENCE_S)
    if thread.is_alive():
        raise TimeoutError(f"The server on port {port} did not end within {_PATIENCE_S} s.")


def _wait_until_started(server: Server, thread: Thread) -> None:
    deadline = monotonic() + _PATIENCE_S
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("The server ended at once; its log says why.")
        if monotonic() > deadline:
            raise TimeoutError(f"The server did not start within {_PATIENCE_S} s.")
        sleep(0.01)
