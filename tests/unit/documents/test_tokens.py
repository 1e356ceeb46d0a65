"""Keys in a token sign as those in files do, and a token that does not answer says why. The token is SoftHSM's."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate
from pydantic import SecretStr

from lims.core.actions import Action
from lims.core.clock import FixedClock
from lims.core.errors import BadInput, RuleRefused
from lims.documents.answers import Status
from lims.documents.certificates import as_pem
from lims.documents.keys import (
    SigningIdentity,
    development_authority,
    development_identity,
    development_root,
    development_subject,
    make_certificate,
    sign_bytes,
    verify_bytes,
)
from lims.documents.personal_keys import personal_development_identity
from lims.documents.press import Press
from lims.documents.tokens import TokenPlace, _forget, _sessions, held_key, token_identity
from lims.documents.verification import verify_pdf
from lims.people import personal_keys
from lims.people.confirmation_tables import KeyKind
from lims.reports import tasks
from lims.reports.desk import desk_of, installed_identity
from lims.runtime import Lims
from lims.settings import Settings
from tests.api.laboratory import Door
from tests.api.reporting import NOW, Prepared, a_copy, an_issued_report, issued, prepare
from tests.documents.examples import ASSETS, ISSUED_AT, TEMPLATES, a_snapshot
from tests.documents.forging import soft
from tests.documents.signed_examples import a_house
from tests.factories import PASSWORD, Cast, confirmed

CLOCK = FixedClock(ISSUED_AT)
NAME = "黔中县农产品质量安全检验检测中心"
PIN = "1234"
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
MODULE = next((Path(path) for path in MODULES if Path(path).is_file()), None)
pytestmark = pytest.mark.skipif(
    MODULE is None or shutil.which("softhsm2-util") is None, reason="softhsm2 is not installed"
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


def rsa_identity(keys: Path) -> SigningIdentity:
    root_key, (root,) = development_authority(keys, CLOCK)
    key = rsa.generate_private_key(65537, 2048)
    made = make_certificate(development_subject(NAME, "RSA"), key, (root.subject, root_key), ISSUED_AT, 30)
    return SigningIdentity(key, made, (root,), is_development=True)


@pytest.fixture(scope="module")
def inside(keys: Path) -> dict[str, SigningIdentity]:
    """What is in the token, by its label."""
    return {"seal": development_identity(keys, "QZ", NAME, CLOCK), "seal-rsa": rsa_identity(keys)}


@pytest.fixture(scope="module")
def token(keys: Path, inside: dict[str, SigningIdentity], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The driver of a token `lab` that holds both identities, and a key whose certificate is another's."""
    assert MODULE is not None
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        command = ["softhsm2-util", "--init-token", "--free", "--label", "lab", "--pin", PIN, "--so-pin", "5678"]
        subprocess.run(command, check=True, capture_output=True)
        with pkcs11.lib(str(MODULE)).get_token(token_label="lab").open(rw=True, user_pin=PIN) as session:
            for label, identity in inside.items():
                _put(session, label, identity, identity)
            for label in ("ann", "vic"):
                _put(session, label, ann_in_the_token(keys), ann_in_the_token(keys))
            _put(session, "strange", inside["seal"], development_identity(keys, "ZA", NAME, CLOCK))
        yield MODULE
        _forget(TokenPlace(MODULE, "lab", "seal", PIN))


def ann_in_the_token(keys: Path) -> SigningIdentity:
    """Ann's key, which stands under her user name, and by mistake under Vic's."""
    return personal_development_identity(keys, "ann", "Ann", CLOCK)


def _put(session: "pkcs11.Session", label: str, key: SigningIdentity, certificate: SigningIdentity) -> None:
    private = soft(key)
    der = private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    is_elliptic = isinstance(private, ec.EllipticCurvePrivateKey)
    attributes = decode_ec_private_key(der) if is_elliptic else decode_rsa_private_key(der)
    kept = {Attribute.LABEL: label, Attribute.TOKEN: True}
    session.create_object({**attributes, **kept})
    session.create_object({**decode_x509_certificate(certificate.certificate.public_bytes(Encoding.DER)), **kept})


@pytest.mark.parametrize("label", ["seal", "seal-rsa"])
def test_a_key_in_a_token_signs_as_its_certificate_says(
    token: Path, inside: dict[str, SigningIdentity], label: str
) -> None:
    own = inside[label]

    identity = token_identity(TokenPlace(token, "lab", label, PIN), CLOCK, own.chain)

    assert (identity.certificate, identity.chain, identity.is_development) == (own.certificate, own.chain, False)
    assert verify_bytes(identity.certificate_pem, b"return", sign_bytes(identity, b"return"))


@pytest.mark.parametrize("label", ["seal", "seal-rsa"])
def test_a_report_is_sealed_by_a_token_after_people_with_other_kinds_of_keys(
    token: Path, keys: Path, inside: dict[str, SigningIdentity], label: str
) -> None:
    house = a_house(Press(TEMPLATES, ASSETS), keys)
    own = inside[label]
    seal = token_identity(TokenPlace(token, "lab", label, PIN), CLOCK, own.chain)
    first = person_with_rsa(keys, house.people[0])
    snapshot = house.snapshot(people=a_snapshot().people)

    pdf = house.signed(snapshot, (first, *house.people[1:]), seal=seal)

    found = verify_pdf(pdf, own.anchors, None)
    assert (found.status, found.signer) == (Status.VALID, NAME), found.reason.text


def person_with_rsa(keys: Path, person: SigningIdentity) -> SigningIdentity:
    root_key, (root,) = development_authority(keys, CLOCK)
    key = rsa.generate_private_key(65537, 2048)
    made = make_certificate(person.certificate.subject, key, (root.subject, root_key), ISSUED_AT, 30)
    return SigningIdentity(key, made, (root,), is_development=True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the library, over what it had open
def test_a_token_that_was_taken_out_and_put_in_again_signs_on(token: Path) -> None:
    place = TokenPlace(token, "lab", "seal", PIN)
    identity = token_identity(place, CLOCK)
    _sessions[(token, "lab")].close()

    assert verify_bytes(identity.certificate_pem, b"return", sign_bytes(identity, b"return"))


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (("lab", "none", PIN), "key.token_objects"),
        (("lab", "strange", PIN), "key.token_mismatch"),
        (("nowhere", "seal", PIN), "key.token"),
    ],
)
def test_a_token_without_the_key_says_so(token: Path, place: tuple[str, str, str], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        token_identity(TokenPlace(token, *place), CLOCK)

    assert [why.code for why in refused.value.reasons] == [code]


def test_the_settings_lead_to_the_token(token: Path, inside: dict[str, SigningIdentity], tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(as_pem(inside["seal"].anchors))
    settings = Settings(
        data=tmp_path / "var",
        signing_pkcs11_module=token,
        signing_pkcs11_token="lab",
        signing_pkcs11_label="seal",
        signing_pkcs11_pin=SecretStr(PIN),
        trusted_certificates=tmp_path,
    )
    with closing(Lims(settings, clock=CLOCK)) as lims:
        identity = installed_identity(lims)
        is_for_trial = desk_of(lims).development

    assert identity is not None
    assert (identity.certificate, is_for_trial) == (inside["seal"].certificate, False)


def test_a_wrong_pin_is_shown_to_the_token_once_only(token: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards lock themselves after three."""
    wrong = TokenPlace(token, "lab", "seal", "9999")
    _forget(wrong)
    for _ in range(2):
        with pytest.raises(BadInput) as refused:
            token_identity(wrong, CLOCK)
        assert [why.code for why in refused.value.reasons] == ["key.token_pin"]
        monkeypatch.setattr(pkcs11, "lib", None)  # the second time nobody asks the token


def test_a_driver_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        token_identity(TokenPlace(tmp_path / "none.so", "lab", "seal", PIN), CLOCK)

    assert [why.code for why in refused.value.reasons] == ["key.token"]
    assert "9999" not in repr(TokenPlace(tmp_path, "lab", "seal", "9999"))


def test_a_person_signs_with_the_key_under_their_name_in_the_token(
    token: Path, keys: Path, lims: Lims, cast: Cast, tmp_path: Path
) -> None:
    (tmp_path / "root.pem").write_bytes(as_pem(ann_in_the_token(keys).anchors))
    settings = Settings(
        data=lims.settings.data,
        trusted_certificates=tmp_path,
        signing_pkcs11_module=token,
        signing_pkcs11_token="lab",
        signing_pkcs11_label="seal",
        signing_pkcs11_pin=SecretStr(PIN),
    )
    with closing(Lims(settings, lims.clock)) as house:
        for who, code in ((cast.vic, "personal_key.other_name"), (cast.bea, "key.token_objects")):
            with pytest.raises(RuleRefused) as refused, house.work(who, Action.SIGNING_KEY_EDIT) as session:
                personal_keys.use_token(session, house)
            assert refused.value.reasons[0].code == code
        with house.work(cast.ann, Action.SIGNING_KEY_EDIT) as session:
            kept = personal_keys.use_token(session, house)
        confirmation = confirmed(house, cast.ann, Action.PASSWORD_CHANGE, "anything")

    assert (kept.kind, kept.sealed_key) == (KeyKind.TOKEN, "")
    assert confirmation.key_id == kept.id
    assert verify_bytes(confirmation.key.certificate_pem, b"data", sign_bytes(confirmation.key, b"data"))


# ── another certificate stands in the token by now ───────────────────────────────────────────────────


def _take_out(label: str) -> None:
    """Everything under a label."""
    with _written() as session:
        for one in list(session.get_objects({Attribute.LABEL: label})):
            one.destroy()


@contextmanager
def _written() -> Iterator["pkcs11.Session"]:
    assert MODULE is not None
    _forget(TokenPlace(MODULE, "lab", "seal", PIN))  # a process is signed in once only
    with pkcs11.lib(str(MODULE)).get_token(token_label="lab").open(rw=True, user_pin=PIN) as session:
        yield session


def _stand_in(label: str, key: SigningIdentity, certificate: SigningIdentity | None = None) -> None:
    _take_out(label)
    with _written() as session:
        _put(session, label, key, certificate or key)


def test_a_key_that_was_exchanged_is_seen_and_never_signs_for_the_old_certificate(token: Path, keys: Path) -> None:
    place = TokenPlace(token, "lab", "changed", PIN)
    old, new = (personal_development_identity(keys, f"changed-{n}", "Ann", CLOCK) for n in range(2))
    _stand_in("changed", old)
    before = token_identity(place, CLOCK)
    _stand_in("changed", new)

    with pytest.raises(BadInput) as refused:
        sign_bytes(before, b"report")
    after = token_identity(place, CLOCK)

    assert refused.value.reasons[0].code == "key.token_mismatch"
    assert after.certificate == new.certificate
    assert verify_bytes(after.certificate_pem, b"report", sign_bytes(after, b"report"))


def test_the_very_key_is_found_under_any_label(token: Path, keys: Path) -> None:
    place = TokenPlace(token, "lab", "moved", PIN)
    old, new = (personal_development_identity(keys, f"moved-{n}", "Ann", CLOCK) for n in range(2))
    _stand_in("moved", new)
    gone = held_key(place, old.certificate)
    _stand_in("moved-2025", old)

    found = held_key(place, old.certificate)

    assert gone is None
    assert found is not None
    assert verify_bytes(old.certificate_pem, b"report", found.sign_data(b"report"))


@pytest.fixture
def prepared(shared: Path, tmp_path: Path, quick_passwords: None) -> Prepared:
    return prepare(shared, tmp_path / "prepared")


def test_a_report_waits_for_the_key_that_its_approver_signed_with(
    token: Path, keys: Path, prepared: Prepared, tmp_path: Path
) -> None:
    """Gone: it is told in words with the way out, and amended or drawn when the key is back. Nothing is lost."""
    old, new = (personal_development_identity(keys, f"sun-{n}", "Sun", CLOCK) for n in range(2))
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    (trusted / "root.pem").write_bytes(as_pem(old.anchors))
    with a_copy(prepared, tmp_path / "var", FixedClock(NOW)) as copy:
        settings = Settings(
            data=copy.settings.data,
            trusted_certificates=trusted,
            signing_pkcs11_module=token,
            signing_pkcs11_token="lab",
            signing_pkcs11_label="seal-of-a",
            signing_pkcs11_pin=SecretStr(PIN),
        )
    _stand_in("seal-of-a", development_identity(keys, "LA", "播州区检测中心", CLOCK))
    _stand_in("sun", old)
    with closing(Lims(settings, FixedClock(NOW))) as house:
        door, press = Door(house), Press(TEMPLATES, ASSETS)
        assert door["sun"].post("/api/me/signing-key/token", {"password": PASSWORD}).status_code == 201
        report = an_issued_report(door)
        _stand_in("sun", new)
        assert door["sun"].post("/api/me/signing-key/token", {"password": PASSWORD}).status_code == 201
        tasks.render_report(house, UUID(report["id"]), press)
        address = f"/api/reports/{report['number']}"
        failed = door["sun"].get(address).json()
        tasks.render_report(house, UUID(report["id"]), press)
        waiting = tasks.due(house)
        amended = an_amended_report(door, report["number"])
        tasks.render_report(house, UUID(amended["id"]), press)

        _stand_in("sun-2025", old)
        assert door["sun"].post(f"{address}/render", {}).status_code == 200
        tasks.render_report(house, UUID(report["id"]), press)
        pdfs = [door["sun"].get(f"/api/reports/{one['number']}/pdf").content for one in (report, amended)]

    assert (failed["render_fault"], failed["pdf_sha256"], waiting) == ("report.key_gone", None, [])
    assert "The key that Sun signed this report with is gone." in failed["render_error"]
    trial = development_root(settings.data / "keys", CLOCK)  # Cai and Rui sign for trial
    people = [verify_pdf(pdf, (*old.anchors, trial), None) for pdf in pdfs]
    assert [found.status for found in people] == [Status.VALID] * 2, [found.reason.text for found in people]
    assert [[one.name for one in found.signatures][2] for found in people] == ["Sun", "Sun"]


def an_amended_report(door: Door, number: str) -> dict[str, Any]:
    draft = door["cai"].sign(f"/api/reports/{number}/replace", {"reason": "The key of the token is lost."}).json()
    return issued(door, draft)
