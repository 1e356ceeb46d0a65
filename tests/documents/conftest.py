"""What the tests of documents share: one press, one key, one signed report."""

from pathlib import Path

import pytest

from lims.core.clock import FixedClock
from lims.documents.keys import SigningIdentity, development_identity
from lims.documents.press import Press
from lims.documents.signing import sign_pdf
from tests.documents.examples import ASSETS, ISSUED_AT, TEMPLATES, a_snapshot


@pytest.fixture(scope="session")
def press() -> Press:
    return Press(TEMPLATES, ASSETS)


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def identity(keys_dir: Path) -> SigningIdentity:
    return development_identity(keys_dir, "QZ", "黔中县农产品质量安全检验检测中心", FixedClock(ISSUED_AT))


@pytest.fixture(scope="session")
def rendered(press: Press) -> bytes:
    return press.report(a_snapshot())


@pytest.fixture(scope="session")
def signed(rendered: bytes, identity: SigningIdentity) -> bytes:
    return sign_pdf(rendered, identity, ISSUED_AT, location="贵州省贵阳市", reason_text="签发检验报告")
