"""`lims report verify` where there is no installation: the file, whom to believe, and nothing else."""

import json
import sys
from pathlib import Path

import pytest

from lims.cli import main
from lims.documents.certificates import as_pem
from lims.documents.press import Press
from lims.settings import Settings
from tests.documents.examples import ASSETS, TEMPLATES
from tests.documents.signed_examples import LABORATORY_NAME, House, a_house, ends_of


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(Press(TEMPLATES, ASSETS), tmp_path_factory.mktemp("keys"))


@pytest.fixture
def folder(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A report, the same without its seal, and whom to believe; nothing of an installation."""
    signed = house.signed(house.snapshot(timestamped=True))
    (tmp_path / "report.pdf").write_bytes(signed)
    (tmp_path / "cut.pdf").write_bytes(signed[: ends_of(signed)[2]])
    (tmp_path / "root.pem").write_bytes(as_pem(house.seal.anchors))
    monkeypatch.setenv("LIMS_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    return tmp_path


def told(arguments: list[str], patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Status and output."""
    patch.setattr(sys, "argv", ["lims", "report", "verify", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, captured.readouterr().out


def test_a_report_is_verified_by_itself_and_whom_one_believes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trusting = ["--trust", str(folder / "root.pem")]

    status, out = told([str(folder / "report.pdf"), "--json", *trusting], monkeypatch, capsys)
    answer = json.loads(out)
    cut_status, cut = told([str(folder / "cut.pdf"), "--json", *trusting], monkeypatch, capsys)
    plain = told([str(folder / "report.pdf"), *trusting], monkeypatch, capsys)[1]

    assert (status, answer["status"], answer["signer"]) == (0, "valid", LABORATORY_NAME)
    assert [one["field"] for one in answer["signatures"]] == ["Compiled", "Reviewed", "Approved", "LaboratorySeal"]
    passed = {name for name, outcome in answer["checks"].items() if outcome == "passed"}
    assert passed == {
        "readable", "signed", "complete", "unchanged", "trusted", "people", "stamped", "logged", "printed"
    }  # fmt: skip
    assert (cut_status, json.loads(cut)["code"]) == (1, "verification.signature_missing")
    assert json.loads(cut)["checks"]["complete"] == "failed"
    assert "批准 Approved\t马志远" in plain
    assert not (folder / "var").exists()


def test_without_anybody_to_believe_the_signer_is_unknown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out = told([str(folder / "report.pdf"), "--json"], monkeypatch, capsys)

    answer = json.loads(out)
    assert (status, answer["status"], answer["code"]) == (1, "unknown_signer", "certificate.unknown_issuer")
    assert not (folder / "var").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"environment": "production", "public_url": "https://a.example"}, "production needs LIMS_SIGNING_PKCS12 or"),
        ({"signing_pkcs11_module": "/m.so"}, "needs LIMS_SIGNING_PKCS11_TOKEN"),
        (
            {
                "signing_pkcs11_module": "/m.so",
                "signing_pkcs11_token": "lab",
                "signing_pkcs11_label": "seal",
                "signing_pkcs11_pin": "1",
                "signing_pkcs12": "/k.p12",
            },
            "signs with one key",
        ),
        (
            {
                "environment": "production",
                "public_url": "https://a.example",
                "signing_pkcs12": "/k.p12",
                "timestamp_url": "development",
            },
            "LIMS_TIMESTAMP_URL",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Settings.model_validate(given)
