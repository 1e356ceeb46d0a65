"""No act without its person: re-authentication by every door, for one act and one report, once; each act is signed."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.core.errors import LimsError
from lims.db.engine import WRITES
from lims.documents.act_forms import MEANINGS, SignedAct
from lims.documents.keys import PrivateKey, development_root
from lims.documents.personal_keys import personal_development_identity
from lims.documents.press import Press
from lims.library.queries import current_library
from lims.people import confirming, passkeys, personal_keys, second_factor
from lims.people.confirmation_tables import ActConfirmation, KeyKind, PersonalKey
from lims.people.confirming import LIFE, Proof, Purpose, confirm
from lims.people.sealing import sealer_of
from lims.people.sign_in import Client
from lims.people.totp import STEP, code_at, step_at
from lims.reports import service, signatures, tasks, verification
from lims.reports.signature_tables import ReportSignature
from lims.reports.tables import Report
from lims.runtime import Lims
from lims.settings import Settings
from tests.api.laboratory import Door, codes
from tests.api.reporting import NOW, Prepared, a_copy, a_draft, a_tested_sample, an_issued_report, issued, prepare
from tests.factories import PASSWORD, Cast, confirmed
from tests.storage.authenticator import Device

DESK = Client("198.51.100.7")
REVIEW, APPROVE, COMPILE = Action.REPORT_REVIEW, Action.REPORT_APPROVE, Action.REPORT_COMPILE


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Prepared:
    return prepare(shared, tmp_path_factory.mktemp("prepared") / "var")


@pytest.fixture(scope="module")
def press() -> Press:
    settings = Settings()
    return Press(settings.report_templates, settings.assets)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path, clock: FixedClock) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", clock) as installation:
        yield installation


@pytest.fixture
def cast(prepared: Prepared) -> Cast:
    return prepared.cast


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


def all_of(lims: Lims, model: Any) -> list[Any]:
    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        return list(session.exec(select(model).order_by(col(model.id))).all())


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(LimsError) as refused:
        act()
    return refused.value.reasons[0].code


def review(lims: Lims, actor: Actor, key: str, confirmation: confirming.Confirmation) -> Report:
    with lims.work(actor, REVIEW) as session:
        return service.review_report(session, key, None, confirmation)


def test_a_token_alone_compiles_reviews_and_approves_nothing(lims: Lims, door: Door) -> None:
    """By the API: without a password, with a wrong one, with somebody else's; nothing changes."""
    sample = a_tested_sample(door)
    draft = a_draft(door, sample)
    address = f"/api/reports/{draft['id']}/review"
    before = all_of(lims, Report)

    bare = door["rui"].post(address, {"version": draft["version"]})
    empty = door["rui"].sign(address, {"version": draft["version"]}, password="")
    wrong = door["rui"].sign(address, {"version": draft["version"]}, password="not the password")

    assert [(a.status_code, codes(a)) for a in (bare, empty, wrong)] == [
        (422, ["field.missing"]),
        (422, ["confirmation.password"]),
        (401, ["password.wrong"]),
    ]
    assert [a.json()["reasons"][0]["where"]["field"] for a in (bare, empty, wrong)] == [
        "authentication",
        "password",
        "password",
    ]
    assert [r.status for r in all_of(lims, Report)] == [r.status for r in before]
    assert len(all_of(lims, ReportSignature)) == 1
    other = a_tested_sample(door, sampling_sheet_number="S-2")
    for path, body in (("", {"sample": other}), (f"/{draft['id']}/replace", {"reason": "A reason that is long."})):
        assert codes(door["cai"].post(f"/api/reports{path}", body)) == ["field.missing"]


def test_wrong_passwords_are_throttled_as_at_sign_in(door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))
    address, body = f"/api/reports/{draft['id']}/review", {"version": draft["version"]}

    tries = [door["rui"].sign(address, body, password="a wrong one").status_code for _ in range(6)]
    right = door["rui"].sign(address, body)

    assert tries == [401] * 5 + [429]
    assert (right.status_code, right.headers["Retry-After"]) == (429, "30")


def test_a_phone_is_asked_for_its_code_and_a_code_serves_once(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    with lims.work(cast.rui, Action.SECOND_FACTOR_EDIT) as session:
        secret = second_factor.begin_totp(session, sealer_of(lims)).secret
    with lims.work(cast.rui, Action.SECOND_FACTOR_EDIT) as session:
        second_factor.confirm_totp(session, sealer_of(lims), code_at(secret, step_at(clock.now())))
    clock.instant += STEP
    code = code_at(secret, step_at(clock.now()))

    def proved(code: str, password: str = PASSWORD) -> object:
        return confirm(lims, cast.rui, Purpose(REVIEW, ("a",)), Proof(password, code), DESK).method

    assert refusal(lambda: proved("")) == "second_factor.needed"
    assert refusal(lambda: proved(code, "a wrong one")) == "password.wrong"  # and the code is not spent
    assert proved(code) == "password_and_code"
    assert refusal(lambda: proved(code)) == "second_factor.wrong"
    assert len(all_of(lims, ActConfirmation)) == 1


def test_a_confirmation_is_for_its_person_its_act_and_its_reports_alone(lims: Lims, cast: Cast, door: Door) -> None:
    first, second = (a_draft(door, a_tested_sample(door, sampling_sheet_number=f"S-{n}"))["id"] for n in range(2))
    theirs = confirmed(lims, cast.rui, REVIEW, first)
    to_compile = confirmed(lims, cast.eve, COMPILE, first)
    of_eve = confirmed(lims, cast.eve, REVIEW, first)
    of_another_act = confirmed(lims, cast.rui, Action.REPORT_SEND_BACK, first)
    invented = theirs.__class__(theirs.key_id, theirs.key_id, theirs.method, theirs.at, theirs.key)

    assert refusal(lambda: review(lims, cast.rui, second, theirs)) == "confirmation.other"
    for foreign in (of_eve, to_compile):  # of another laboratory: they are not even seen
        assert refusal(partial(review, lims, cast.rui, first, foreign)) == "confirmation.unknown"
    assert refusal(lambda: review(lims, cast.rui, first, of_another_act)) == "confirmation.other"
    assert refusal(lambda: review(lims, cast.rui, first, invented)) == "confirmation.unknown"
    assert [r.status.value for r in all_of(lims, Report)] == ["compiled", "compiled"]
    assert review(lims, cast.rui, first, theirs).reviewed_by == cast.rui.user_id


def test_a_confirmation_is_used_once_and_soon(lims: Lims, cast: Cast, door: Door, clock: FixedClock) -> None:
    sample = a_tested_sample(door)
    confirmation = confirmed(lims, cast.cai, COMPILE, sample)

    def compile_it() -> Report:
        with lims.work(cast.cai, COMPILE) as session:
            return service.compile_report(session, current_library(session), sample, confirmation)

    draft = compile_it()
    with lims.work(cast.rui, Action.REPORT_SEND_BACK) as session:
        service.send_back_report(session, str(draft.id), None, "The label was misread.")
    assert refusal(compile_it) == "confirmation.used"

    confirmation = confirmed(lims, cast.cai, COMPILE, sample)
    clock.instant += LIFE + timedelta(seconds=1)
    assert refusal(compile_it) == "confirmation.over"


def test_one_confirmation_serves_many_reports_each_once(lims: Lims, cast: Cast, door: Door) -> None:
    keys = [a_draft(door, a_tested_sample(door, sampling_sheet_number=f"S-{n}"))["id"] for n in range(3)]
    confirmation = confirmed(lims, cast.rui, REVIEW, *keys)

    for key in keys:
        again = _kept(lims, confirmation)
        review(lims, cast.rui, key, again)

    assert [r.status.value for r in all_of(lims, Report)] == ["reviewed"] * 3
    assert {s.confirmation_id for s in all_of(lims, ReportSignature) if s.act is SignedAct.REVIEWED} == {
        confirmation.id
    }


def _kept(lims: Lims, confirmation: confirming.Confirmation) -> confirming.Confirmation:
    """As background work takes it up, by its id alone."""
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        return confirming.kept_confirmation(session, lims, confirmation.id)


def test_a_passkey_signs_the_act_that_it_is_asked_for(prepared: Prepared, tmp_path: Path, cast: Cast) -> None:
    with a_copy(prepared, tmp_path / "var", FixedClock(NOW)) as copy:
        settings = Settings(data=copy.settings.data, public_url="https://lims.example.org")
    lims = Lims(settings, FixedClock(NOW))
    device = Device()
    asked = passkeys.begin_registration(lims, cast.rui)
    passkeys.finish_registration(lims, cast.rui, asked.token, device.make(asked.options), "phone")

    def answered(asked_for: Purpose, used_for: Purpose, who: Actor = cast.rui) -> object:
        question = confirming.begin_passkey(lims, cast.rui, asked_for, DESK)
        assert len(json.loads(question.options)["allowCredentials"]) == 1
        proof = Proof(token=question.token, answer=device.answer(question.options))
        confirmation = confirm(lims, who, used_for, proof, DESK)
        assert refusal(lambda: confirm(lims, who, used_for, proof, DESK)) == "sign_in.over"
        return confirmation.method

    one, other = Purpose(REVIEW, ("one",)), Purpose(REVIEW, ("other",))
    assert answered(one, one) == "passkey"
    assert refusal(lambda: answered(one, other)) == "passkey.refused"
    assert refusal(lambda: answered(one, one, cast.eve)) == "sign_in.over"
    assert refusal(lambda: confirming.begin_passkey(lims, cast.sun, Purpose(APPROVE, ("one",)), DESK)) == "passkey.none"
    lims.close()


# ── a passkey by the API ─────────────────────────────────────────────────────────────────────────────

QUESTIONS = "/api/me/passkey-questions"


@pytest.fixture
def named(prepared: Prepared, tmp_path: Path, clock: FixedClock) -> Iterator[Lims]:
    """An installation whose address has a name, so that devices keep keys for it."""
    with a_copy(prepared, tmp_path / "named", clock) as copy:
        settings = Settings(data=copy.settings.data, public_url="https://lims.example.org")
    installation = Lims(settings, clock)
    yield installation
    installation.close()


def a_device(lims: Lims, person: Actor) -> Device:
    device = Device()
    asked = passkeys.begin_registration(lims, person)
    passkeys.finish_registration(lims, person, asked.token, device.make(asked.options), "phone")
    return device


def answered(device: Device, question: Any) -> dict[str, Any]:
    """The part of the body that proves who acts."""
    told = question.json()
    credential = json.loads(device.answer(json.dumps(told["options"])))
    return {"authentication": {"passkey": {"token": told["token"], "credential": credential}}}


def test_all_three_acts_are_done_with_a_passkey_by_the_api(named: Lims, cast: Cast) -> None:
    door, sample = Door(named), ""
    sample = a_tested_sample(door)
    devices = {who: a_device(named, getattr(cast, who)) for who in ("cai", "rui", "sun")}

    def proof(who: str, act: str, subject: str) -> dict[str, Any]:
        question = door[who].post(QUESTIONS, {"act": act, "subjects": [subject]})
        assert question.status_code == 201, question.text
        return answered(devices[who], question)

    made = door["cai"].post("/api/reports", {"sample": sample, **proof("cai", "report.compile", sample)})
    assert made.status_code == 201, made.text
    address = f"/api/reports/{made.json()['id']}"
    for who, act in (("rui", "review"), ("sun", "approve")):
        version = door[who].get(address).json()["version"]
        body = {"version": version, **proof(who, f"report.{act}", made.json()["id"])}
        assert door[who].post(f"{address}/{act}", body).status_code == 200

    statements = door["cai"].get(f"{address}/acts").json()["acts"]
    assert [one["statement"]["method"] for one in statements] == ["passkey"] * 3
    why = {"reason": "The batch number was misread."}
    changed = door["cai"].post(f"{address}/replace", {**why, **proof("cai", "report.replace", made.json()["id"])})
    assert changed.status_code == 201, changed.text


def test_one_passkey_answer_serves_a_batch(named: Lims, cast: Cast) -> None:
    door = Door(named)
    drafts = [a_draft(door, a_tested_sample(door, sampling_sheet_number=f"S-{n}")) for n in range(2)]
    device = a_device(named, cast.rui)
    order = {"reports": [{"id": draft["id"], "version": draft["version"]} for draft in drafts]}

    asked = {"act": "report.review", "subjects": [draft["id"] for draft in drafts]}
    answer = door["rui"].post(
        "/api/report-batches/review", {**order, **answered(device, door["rui"].post(QUESTIONS, asked))}
    )
    part = {**asked, "subjects": asked["subjects"][:1]}
    less = door["rui"].post(
        "/api/report-batches/review", {**order, **answered(device, door["rui"].post(QUESTIONS, part))}
    )

    assert answer.status_code == 202, answer.text
    assert (less.status_code, codes(less)) == (401, ["passkey.refused"])


def test_an_answer_serves_its_person_its_act_its_report_once_and_soon(
    named: Lims, cast: Cast, clock: FixedClock
) -> None:
    door = Door(named)
    first, second = (a_draft(door, a_tested_sample(door, sampling_sheet_number=f"S-{n}")) for n in range(2))
    device = a_device(named, cast.rui)
    a_device(named, cast.sun)

    def review_with(proof: dict[str, Any], draft: dict[str, Any], who: str = "rui") -> tuple[int, list[str]]:
        answer = door[who].post(f"/api/reports/{draft['id']}/review", {"version": draft["version"], **proof})
        return answer.status_code, codes(answer) if answer.status_code >= 400 else []

    def asked(act: str, draft: dict[str, Any]) -> dict[str, Any]:
        return answered(device, door["rui"].post(QUESTIONS, {"act": act, "subjects": [draft["id"]]}))

    assert review_with(asked("report.review", first), second) == (401, ["passkey.refused"])
    assert review_with(asked("report.review", first), first, "sun")[0] in {401, 403}
    late = asked("report.review", first)
    clock.instant += timedelta(minutes=6)
    assert review_with(late, first) == (401, ["sign_in.over"])
    both = asked("report.review", first)
    both["authentication"]["password"] = PASSWORD
    assert review_with(both, first) == (422, ["confirmation.two"])
    proof = asked("report.review", first)
    assert review_with(proof, first) == (200, [])
    assert review_with(proof, second) == (401, ["sign_in.over"])
    assert {r.status.value for r in all_of(named, Report)} == {"compiled", "reviewed"}


def test_a_question_is_asked_only_for_ones_own_acts(named: Lims, cast: Cast, lims: Lims) -> None:
    door = Door(named)
    a_device(named, cast.rui)

    def ask(who: str, body: Any, of: Door = door) -> tuple[int, list[str]]:
        answer = of[who].post(QUESTIONS, body)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, codes(answer)

    one = {"act": "report.review", "subjects": ["one"]}
    assert ask("rui", {**one, "act": "report.approve"}) == (403, ["forbidden"])
    assert ask("rui", {**one, "act": "user.edit"}) == (422, ["field.literal_error"])
    assert ask("rui", {**one, "subjects": []}) == (422, ["field.too_short"])
    assert ask("rui", {**one, "subjects": ["x" * 61]}) == (422, ["field.string_too_long"])
    assert ask("sun", {**one, "act": "report.approve"}) == (422, ["passkey.none"])
    here = Door(lims)
    assert ask("rui", one, here)[0] == 422


@pytest.mark.parametrize("credential", [{}, {"id": 1}, {"id": "x", "response": "y"}, {"id": "x" * 30_000}])
def test_a_credential_that_is_none_is_refused(named: Lims, cast: Cast, credential: dict[str, Any]) -> None:
    door = Door(named)
    draft = a_draft(door, a_tested_sample(door))
    a_device(named, cast.rui)
    question = door["rui"].post(QUESTIONS, {"act": "report.review", "subjects": [draft["id"]]}).json()
    proof = {"passkey": {"token": question["token"], "credential": credential}}

    answer = door["rui"].post(
        f"/api/reports/{draft['id']}/review", {"version": draft["version"], "authentication": proof}
    )

    assert (answer.status_code, codes(answer)) == (401, ["passkey.refused"])


def test_a_password_keeps_the_blanks_that_it_has(lims: Lims, door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))

    answer = door["rui"].sign(f"/api/reports/{draft['id']}/review", {"version": draft["version"]}, f" {PASSWORD} ")

    assert (answer.status_code, codes(answer)) == (401, ["password.wrong"])


def test_each_act_is_stated_in_words_and_signed_in_one_chain(lims: Lims, door: Door, press: Press) -> None:
    report = an_issued_report(door)

    with lims.read(system_actor(), Action.REPORT_READ) as session:
        found = [signatures.signed_form(one) for one in signatures.signatures_of(session, UUID(report["id"]))]
    statements = [one.statement for one in found]

    assert all(one.is_signed() for one in found)
    assert [(s.act, s.person, s.method) for s in statements] == [
        (SignedAct.COMPILED, "Cai", "password"),
        (SignedAct.REVIEWED, "Rui", "password"),
        (SignedAct.APPROVED, "Sun", "password"),
    ]
    assert [(s.meaning.zh, s.meaning.en) for s in statements] == [(MEANINGS[a].zh, MEANINGS[a].en) for a in SignedAct]
    assert [s.previous for s in statements] == [None, statements[0].sha256, statements[1].sha256]
    assert statements[2].content.snapshot_sha256 == report["snapshot_sha256"]
    assert all_of(lims, PersonalKey)[0].kind is KeyKind.DEVELOPMENT
    tasks.render_report(lims, UUID(report["id"]), press)
    pdf = door["cai"].get(f"/api/reports/{report['id']}/pdf").content
    verified = verification.verify_report(lims, None, pdf)
    assert verified.status.value == "valid"
    assert [one.name for one in verified.signatures][:3] == ["Cai", "Rui", "Sun"]


@pytest.mark.parametrize("table", ["act_confirmation", "report_signature"])
def test_signed_acts_cannot_be_changed_or_deleted(lims: Lims, door: Door, table: str) -> None:
    an_issued_report(door)

    for statement in (f"UPDATE {table} SET at = '2026-01-01'", f"DELETE FROM {table}"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            lims.engine.execution_options(**{WRITES: True}).begin() as connection,
        ):
            connection.execute(text(statement))


# ── keys of one's own ────────────────────────────────────────────────────────────────────────────────


def a_file(folder: Path, name: str, clock: FixedClock) -> bytes:
    """A PKCS#12 file of an authority of its own, in the folder."""
    identity = personal_development_identity(folder, "card", name, clock)
    key = identity.private_key
    assert isinstance(key, PrivateKey)
    protection = BestAvailableEncryption(b"right")
    return pkcs12.serialize_key_and_certificates(b"card", key, identity.certificate, identity.chain, protection)


@pytest.fixture
def trusting(lims: Lims, tmp_path: Path, clock: FixedClock) -> Iterator[tuple[Lims, Path]]:
    """The installation trusts the authority of a folder, and the folder."""
    folder, trusted = tmp_path / "authority", tmp_path / "trusted"
    trusted.mkdir()
    (trusted / "root.pem").write_bytes(development_root(folder, clock).public_bytes(Encoding.PEM))
    again = Lims(Settings(data=lims.settings.data, trusted_certificates=trusted), clock)
    yield again, folder
    again.close()


def given(lims: Lims, actor: Actor, content: bytes, passphrase: str = "right") -> PersonalKey:
    with lims.work(actor, Action.SIGNING_KEY_EDIT) as session:
        return personal_keys.give_own_key(session, lims, content, passphrase, "card.p12")


def test_a_person_signs_with_their_own_certificate(
    trusting: tuple[Lims, Path], cast: Cast, clock: FixedClock, press: Press
) -> None:
    lims, folder = trusting
    door = Door(lims)
    draft = a_draft(door, a_tested_sample(door))
    kept = given(lims, cast.rui, a_file(folder, "Rui", clock))

    report = issued(door, draft)
    tasks.render_report(lims, UUID(report["id"]), press)
    found = verification.verify_report(lims, None, door["cai"].get(f"/api/reports/{report['id']}/pdf").content)

    assert "PRIVATE" not in kept.sealed_key
    assert kept.kind is KeyKind.OWN
    signed = {s.act: s.key_id for s in all_of(lims, ReportSignature)}
    assert signed[SignedAct.REVIEWED] == kept.id
    assert found.status.value == "valid"


def test_a_certificate_that_could_not_be_verified_is_not_taken(
    trusting: tuple[Lims, Path], cast: Cast, clock: FixedClock, tmp_path: Path
) -> None:
    """Of another name, under another passphrase, of an authority that is not trusted, or no key at all."""
    lims, folder = trusting
    own, strange = a_file(folder, "Rui", clock), a_file(tmp_path / "strange", "Rui", clock)

    assert refusal(lambda: given(lims, cast.sun, own)) == "personal_key.other_name"
    assert refusal(lambda: given(lims, cast.rui, own, "wrong")) == "key.passphrase"
    assert refusal(lambda: given(lims, cast.rui, strange)) == "certificate.unknown_issuer"
    assert refusal(lambda: given(lims, cast.rui, b"no key")) == "key.passphrase"
    assert all_of(lims, PersonalKey) == []


def test_who_has_an_expired_certificate_is_told_at_the_act(
    trusting: tuple[Lims, Path], cast: Cast, clock: FixedClock
) -> None:
    lims, folder = trusting
    given(lims, cast.rui, a_file(folder, "Rui", clock))
    clock.instant += timedelta(days=2000)

    assert refusal(lambda: confirmed(lims, cast.rui, REVIEW, "any")) == "personal_key.expired"
    assert all_of(lims, ActConfirmation) == []


def test_a_draft_from_before_acts_were_signed_is_compiled_again(lims: Lims, door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))
    with lims.engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text("DROP TRIGGER report_signature_no_delete"))
        connection.execute(text("DELETE FROM report_signature"))

    answer = door["rui"].sign(f"/api/reports/{draft['id']}/review", {"version": draft["version"]})

    assert codes(answer) == ["report.unsigned_before"]
