"""Timestamps come over HTTP, and an authority that fails leaves the report unsigned with a plain reason."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from asn1crypto import tsp

from lims.documents import timestamps as module
from lims.documents.answers import Outcome, Status
from lims.documents.press import Press
from lims.documents.timestamps import TimestampRefused, Timestamps, http_timestamps
from lims.documents.verification import verify_pdf
from tests.documents.log_examples import SIGNED_AT
from tests.documents.signed_examples import House, a_house

#: A TimeStampResp of the status 2, rejection (RFC 3161, 2.4.2).
REJECTION = bytes.fromhex("30053003020102")


@pytest.fixture(scope="module")
def house(press: Press, tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(press, tmp_path_factory.mktemp("house"))


@contextmanager
def authority(house: House, how: str) -> Iterator[str]:
    """The address of a timestamp authority on this machine: `well`, `error`, `refusing`, `senseless` or `silent`."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            if how == "silent":
                time.sleep(1)
            if how == "error":
                self.send_error(503)
                return
            made = asyncio.run(house.timestamps.stamper.async_request_tsa_response(asked))
            body = {"senseless": b"hello", "refusing": REJECTION}.get(how, made.dump())
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def signed(house: House, timestamps: Timestamps) -> bytes:
    return house.signed(house.snapshot(timestamped=True), timestamps=timestamps)


def test_an_authority_that_is_reached_by_http_stamps_a_report(house: House) -> None:
    with authority(house, "well") as url:
        pdf = signed(house, http_timestamps(url, house.timestamps.trust))

    found = verify_pdf(pdf, house.seal.anchors, None, house.press.report)

    assert (found.status, found.stamped, found.stamped_at) == (Status.VALID, Outcome.PASSED, SIGNED_AT)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("error", "timestamp.no_answer"),
        ("refusing", "timestamp.no_timestamp"),
        ("silent", "timestamp.no_answer"),
        ("senseless", "timestamp.no_timestamp"),
    ],
)
def test_an_authority_that_fails_leaves_the_report_unsigned(
    house: House, how: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TIMEOUT_S", 0.3)
    with authority(house, how) as url, pytest.raises(TimestampRefused) as refused:
        signed(house, http_timestamps(url, house.timestamps.trust))

    assert [why.code for why in refused.value.reasons] == [code]
    assert url in str(refused.value)


def test_an_authority_that_is_not_there_is_told(house: House) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/tsa"
        with pytest.raises(TimestampRefused) as refused:
            signed(house, http_timestamps(url, house.timestamps.trust))

    assert [why.code for why in refused.value.reasons] == ["timestamp.no_answer"]


def test_an_authority_that_nobody_here_trusts_is_refused(house: House) -> None:
    """Its timestamp would not be believed by those who verify either."""
    with authority(house, "well") as url:
        kept = http_timestamps(url, ())
        stranger = house.people[0]
        with pytest.raises(TimestampRefused) as refused:
            house.signed(
                house.snapshot(timestamped=True),
                seal=type(stranger)(stranger.private_key, stranger.certificate, (), is_development=True),
                timestamps=kept,
            )

    assert [why.code for why in refused.value.reasons] == ["timestamp.chain"]
