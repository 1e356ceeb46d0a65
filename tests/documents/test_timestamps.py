"""Timestamps come over HTTP, and an authority that fails leaves the report unsigned with a plain reason."""

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader

from lims.documents import timestamps as module
from lims.documents.answers import Outcome, Status
from lims.documents.certificates import as_pem, is_development
from lims.documents.keys import SigningIdentity, development_authority, development_subject
from lims.documents.press import Press
from lims.documents.revocation import embedded_material
from lims.documents.timestamps import TimestampRefused, Timestamps, http_timestamps
from lims.documents.verification import verify_pdf
from lims.reports.desk import timestamps_of
from lims.runtime import Lims
from lims.settings import Settings
from tests.documents.examples import ISSUED_AT
from tests.documents.log_examples import SIGNED_AT
from tests.documents.signed_examples import CLOCK, LABORATORY_NAME, House, a_house

#: A TimeStampResp of the status 2, rejection (RFC 3161, 2.4.2).
REJECTION = bytes.fromhex("30053003020102")


@pytest.fixture(scope="module")
def house(press: Press, tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(press, tmp_path_factory.mktemp("house"))


@contextmanager
def authority(house: House, how: str, lists: Sequence[bytes] = ()) -> Iterator[str]:
    """The address of a timestamp authority on this machine: `well`, `error`, `refusing`, `senseless` or `silent`.

    lists: the first of them is the revocation list that is had at the same address.
    """

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            if how == "silent":
                time.sleep(1)
                return
            if how == "error":
                self.send_error(503)
                return
            body = {"senseless": b"hello", "refusing": REJECTION}.get(how, b"")
            if how == "well":
                body = asyncio.run(house.timestamps.stamper.async_request_tsa_response(asked)).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if not lists:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/pkix-crl")
            self.send_header("Content-Length", str(len(lists[0])))
            self.end_headers()
            self.wfile.write(lists[0])

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
    if how == "silent":
        monkeypatch.setattr(module, "_TIMEOUT_S", 0.3)
    with authority(house, how) as url, pytest.raises(TimestampRefused) as refused:
        signed(house, http_timestamps(url, house.timestamps.trust))

    assert [why.code for why in refused.value.reasons] == [code]
    assert url in str(refused.value)
    assert module._stamper.cache_info().currsize == 0  # it is asked anew next time


def test_an_authority_that_is_not_there_is_told(house: House) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/tsa"
        with pytest.raises(TimestampRefused) as refused:
            signed(house, http_timestamps(url, house.timestamps.trust))

    assert [why.code for why in refused.value.reasons] == ["timestamp.no_answer"]


def test_an_authority_that_nobody_here_trusts_is_refused(house: House) -> None:
    """Its timestamp would not be believed by those who verify either."""
    lonely = SigningIdentity(house.seal.private_key, house.seal.certificate, (), is_development=True)
    with authority(house, "well") as url, pytest.raises(TimestampRefused) as refused:
        house.signed(house.snapshot(timestamped=True), seal=lonely, timestamps=http_timestamps(url, ()))

    assert [why.code for why in refused.value.reasons] == ["timestamp.chain"]


def with_list_at(house: House, url: str) -> SigningIdentity:
    """A seal whose certificate says where its authority's revocation list is."""
    root_key, (root,) = development_authority(house.keys, CLOCK)
    key = ec.generate_private_key(ec.SECP256R1())
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    today = datetime.now(UTC)  # what is fetched must be of the machine's day
    made = (
        x509.CertificateBuilder()
        .subject_name(development_subject(LABORATORY_NAME, "QZ"))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(SIGNED_AT, today) - timedelta(days=1))
        .not_valid_after(max(SIGNED_AT, today) + timedelta(days=30))
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    return SigningIdentity(key, made, (root,), is_development=True)


def list_of(house: House, *revoked: x509.Certificate) -> bytes:
    """The revocation list of the authority, of today."""
    root_key, (root,) = development_authority(house.keys, CLOCK)
    now = datetime.now(UTC)
    crl = x509.CertificateRevocationListBuilder().issuer_name(root.subject).last_update(now - timedelta(days=1))
    crl = crl.next_update(now + timedelta(days=1))
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number)
        crl = crl.add_revoked_certificate(entry.revocation_date(now - timedelta(hours=1)).build())
    return crl.sign(root_key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.skipif(
    not ISSUED_AT - timedelta(days=1) < datetime.now(UTC) < ISSUED_AT + timedelta(days=1825),
    reason="the certificates of the examples are not valid on the day of this machine",
)
@pytest.mark.parametrize("how", ["good", "revoked", "gone"])
def test_the_revocation_list_that_a_certificate_names_is_fetched_and_travels_along(house: House, how: str) -> None:
    with authority(house, "well", lists := []) as url:
        seal = with_list_at(house, url)
        if how != "gone":
            lists.append(list_of(house, *([seal.certificate] if how == "revoked" else [])))
        source = http_timestamps(url, house.timestamps.trust)
        if how == "good":
            pdf = house.signed(house.snapshot(timestamped=True), seal=seal, timestamps=source)
        else:
            with pytest.raises(TimestampRefused) as refused:
                house.signed(house.snapshot(timestamped=True), seal=seal, timestamps=source)
            assert [why.code for why in refused.value.reasons] == ["timestamp.chain"]
            return

    found = verify_pdf(pdf, house.seal.anchors, None)
    assert (found.status, found.stamped) == (Status.VALID, Outcome.PASSED)
    travelling, _answers = embedded_material(PdfFileReader(BytesIO(pdf)))
    assert [one.public_bytes(Encoding.DER) for one in travelling] == lists


def test_the_settings_say_where_timestamps_come_from(house: House, tmp_path: Path) -> None:
    (tmp_path / "tsa.pem").write_bytes(as_pem(house.timestamps.trust))
    sources = {}
    for url in (None, "development", "https://tsa.example/"):
        settings = Settings(data=tmp_path / "var", timestamp_url=url, trusted_certificates=tmp_path)
        with closing(Lims(settings, clock=CLOCK)) as lims:
            sources[url] = timestamps_of(lims)

    assert sources[None] is None
    here, there = sources["development"], sources["https://tsa.example/"]
    assert here is not None
    assert there is not None
    assert is_development(here.trust[0])
    assert (there.source, there.trust, there.crls) == ("https://tsa.example/", house.timestamps.trust, None)
