"""What `docs/verification.md` tells people to type, typed: on a genuine report, and on one that was changed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lims.documents.certificates import as_pem
from lims.documents.keys import SigningIdentity
from lims.documents.press import Press
from tests.documents.examples import PROJECT, a_snapshot
from tests.documents.log_examples import SIGNED_AT, proved, seal
from tests.documents.signature_forging import timestamp_of_another_file
from tests.documents.signed_examples import House, a_house, ends_of

TOOLS = ("pdfsig", "pdfdetach", "openssl", "jq", "xxd")
pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS), reason=f"one of {', '.join(TOOLS)} is not installed"
)


@pytest.fixture
def desk(press: Press, identity: SigningIdentity, tmp_path: Path) -> Path:
    """A folder with a report and the certificate of the authority."""
    snapshot = a_snapshot()
    rendered = press.report(snapshot, proved(snapshot, identity).canonical_bytes())
    (tmp_path / "report.pdf").write_bytes(seal(rendered, identity))
    (tmp_path / "root.pem").write_bytes(as_pem(identity.anchors))
    return tmp_path


def typed(folder: Path) -> str:
    """Everything that the commands of the page say, one after the other."""
    page = (PROJECT / "docs/verification.md").read_text(encoding="utf-8")
    said = []
    for kind, commands in re.findall(r"```(sh|python)\n(.*?)```", page, re.DOTALL):
        program = ["bash", "-c", commands] if kind == "sh" else [sys.executable, "-c", commands]
        environment = {"PATH": "/usr/bin:/bin", "AT": SIGNED_AT.isoformat(), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, check=False)
        said.append(done.stdout.decode() + done.stderr.decode())
    return "\n".join(said)


EXPECTED = (
    "Signature is Valid",
    "Total document signed",
    "the whole file is covered",
    "Verification successful",
    "黔中县农产品质量安全检验检测中心",
    "the entry is of these data",
    "the entry is of this number",
    "Verified OK",
    "head.pem: OK",
    "the entry stands in the log",
)


def test_the_commands_of_the_page_accept_a_genuine_report(desk: Path) -> None:
    said = typed(desk)

    assert [words for words in EXPECTED if words not in said] == []


@pytest.fixture
def house(press: Press, tmp_path: Path) -> House:
    """The desk of a report that three people signed, with the seal and a timestamp."""
    house = a_house(press, tmp_path / "keys")
    (tmp_path / "root.pem").write_bytes(as_pem(house.seal.anchors))
    return house


def test_the_commands_accept_each_signature_of_three_people_the_seal_and_the_timestamp(
    house: House, tmp_path: Path
) -> None:
    snapshot = house.snapshot(timestamped=True)
    (tmp_path / "report.pdf").write_bytes(house.signed(snapshot))

    said = typed(tmp_path)

    assert [words for words in EXPECTED if words not in said] == []
    assert said.count("Signature is Valid") == said.count("CAdES Verification successful") == 4
    assert "Verification: OK" in said
    assert "Time stamp: Nov 20 09:01:00 2026 GMT" in said
    assert "signatures: Compiled, Reviewed, Approved, LaboratorySeal, and a timestamp" in said
    block = snapshot.people
    assert all(said.count(one.name) >= 2 for one in (block.compiled_by, block.reviewed_by, block.approved_by))


def test_the_commands_show_that_a_report_names_more_signatures_than_it_has(house: House, tmp_path: Path) -> None:
    """OpenSSL finds nothing wrong with what is left: the data say what is missing."""
    whole = house.signed(house.snapshot())
    (tmp_path / "report.pdf").write_bytes(whole[: ends_of(whole)[1]])

    said = typed(tmp_path)

    assert said.count("CAdES Verification successful") == 2
    assert "signatures: Compiled, Reviewed, Approved, LaboratorySeal\n" in said


def test_the_commands_refuse_the_timestamp_of_another_report(house: House, tmp_path: Path) -> None:
    snapshot = house.snapshot(timestamped=True)
    (tmp_path / "report.pdf").write_bytes(timestamp_of_another_file(house, b"", house.signed(snapshot)))

    said = typed(tmp_path)

    assert "Verification: OK" not in said
    assert "message imprint mismatch" in said


def test_the_commands_of_the_page_refuse_a_changed_report(desk: Path) -> None:
    path = desk / "report.pdf"
    changed = bytearray(path.read_bytes())
    changed[changed.index(b"stream\n") + 40] ^= 1
    path.write_bytes(bytes(changed))

    said = typed(desk)

    assert "Verification successful" not in said
    assert "Signature is Valid" not in said


def test_the_commands_of_the_page_see_a_proof_that_leads_nowhere(
    desk: Path, press: Press, identity: SigningIdentity
) -> None:
    snapshot = a_snapshot()
    proof = proved(snapshot, identity)
    nowhere = proof.model_copy(update={"path": ("0" * 64, *proof.path[1:])})
    pdf = press.report(snapshot, nowhere.canonical_bytes())
    (desk / "report.pdf").write_bytes(seal(pdf, identity))

    assert "THE ENTRY IS NOT IN THE LOG" in typed(desk)
