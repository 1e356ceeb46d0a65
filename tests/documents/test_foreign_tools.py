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
