"""Passkeys: a device that we know, for our address, whose owner it has recognised, answering our question, once."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.core.clock import FixedClock
from lims.core.errors import BadInput, Conflict, NotFound, RuleRefused, TooManyRequests, Unauthenticated
from lims.db.work import LimsSession
from lims.people import accounts, passkeys, queries
from lims.people.sessions import Opened, session_of
from lims.people.sign_in import sign_in_with_passkey
from lims.people.sign_in_tables import Passkey, SignInMethod, WebSession
from lims.people.tables import User
from lims.people.throttle import ADDRESS
from lims.runtime import Lims
from lims.settings import Settings
from tests.concurrency.at_once import at_once, audit_findings
from tests.factories import Cast
from tests.storage.authenticator import Device, raw, text
from tests.storage.test_sign_in import DESK, refusal, user_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def lims(database: Settings, clock: FixedClock) -> Iterator[Lims]:
    """An installation at an address that devices keep keys for."""
    installation = Lims(database.model_copy(update={"public_url": "https://lims.example.org"}), clock)
    yield installation
    installation.close()


def registered(lims: Lims, cast: Cast, device: Device, label: str = "phone") -> Passkey:
    asked = passkeys.begin_registration(lims, cast.ann)
    return passkeys.finish_registration(lims, cast.ann, asked.token, device.make(asked.options), label)


def entered(lims: Lims, device: Device) -> Opened:
    asked = passkeys.begin_sign_in(lims, DESK.address)
    return sign_in_with_passkey(lims, asked.token, device.answer(asked.options), DESK)


def changed(answer: str, **parts: Any) -> str:
    """The answer with parts of its response replaced."""
    read = json.loads(answer)
    return json.dumps(read | {"response": read["response"] | parts})


def test_a_device_signs_in_without_a_name(lims: Lims, cast: Cast) -> None:
    device = Device()
    passkey = registered(lims, cast, device)

    opened = entered(lims, device)

    assert session_of(lims, opened.token).actor == cast.ann
    with lims.read(cast.ann, Action.NETWORK_READ) as session:
        assert session.get_one(WebSession, opened.session_id).method is SignInMethod.PASSKEY
        ((kept, use),) = queries.passkeys_of(session, passkey.user_id)
    assert (kept.label, use.sign_count, use.used_at) == ("phone", 1, lims.clock.now())
    entered(lims, device)
    assert audit_findings(lims) == []


def test_the_browser_is_asked_for_a_key_that_knows_its_owner(lims: Lims, cast: Cast) -> None:
    registered(lims, cast, Device(credential_id=b"known"))

    making = json.loads(passkeys.begin_registration(lims, cast.ann).options)
    asking = json.loads(passkeys.begin_sign_in(lims, DESK.address).options)

    assert making["rp"] == {"name": "Qianjian LIMS", "id": "lims.example.org"}
    assert making["authenticatorSelection"]["residentKey"] == "required"
    assert making["authenticatorSelection"]["userVerification"] == "required"
    assert making["attestation"] == "none"
    assert [key["id"] for key in making["excludeCredentials"]] == [text(b"known")]
    assert (asking["rpId"], asking["userVerification"]) == ("lims.example.org", "required")
    assert asking["allowCredentials"] == []
    assert making["challenge"] != asking["challenge"]


def test_a_device_that_does_not_count_may_sign_in_again(lims: Lims, cast: Cast) -> None:
    """Passkeys that are shared between devices always say 0."""
    device = Device()
    registered(lims, cast, device)

    for _ in range(2):
        device.count = -1
        entered(lims, device)


def test_a_copy_of_a_key_is_noticed_by_its_count(lims: Lims, cast: Cast) -> None:
    device = Device(count=7)
    registered(lims, cast, device)
    entered(lims, device)
    device.count = 7

    assert refusal(Unauthenticated, lambda: entered(lims, device)) == "passkey.refused"


@pytest.mark.parametrize(
    "flaw",
    [
        {"origin": "https://lims.example.org.evil.example"},
        {"origin": "http://lims.example.org"},
        {"host": "evil.example"},
        {"verifies": False},
    ],
    ids=["another site", "no https", "another host", "the owner was not recognised"],
)
def test_an_answer_that_is_not_for_us_is_refused(lims: Lims, cast: Cast, flaw: dict[str, Any]) -> None:
    device = Device()
    registered(lims, cast, device)
    for name, value in flaw.items():
        setattr(device, name, value)

    assert refusal(Unauthenticated, lambda: entered(lims, device)) == "passkey.refused"
    asked = passkeys.begin_registration(lims, cast.ann)
    made = Device(**flaw).make(asked.options)
    assert (
        refusal(BadInput, lambda: passkeys.finish_registration(lims, cast.ann, asked.token, made, "x"))
        == "passkey.not_made"
    )


def test_an_answer_serves_once_and_only_for_its_own_question(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    device = Device()
    registered(lims, cast, device)
    first, second = (passkeys.begin_sign_in(lims, DESK.address) for _ in range(2))
    answer = device.answer(first.options)

    assert refusal(Unauthenticated, lambda: sign_in_with_passkey(lims, second.token, answer, DESK)) == "passkey.refused"
    sign_in_with_passkey(lims, first.token, answer, DESK)
    assert refusal(Unauthenticated, lambda: sign_in_with_passkey(lims, first.token, answer, DESK)) == "sign_in.over"
    late = passkeys.begin_sign_in(lims, DESK.address)
    clock.instant += timedelta(minutes=5)
    assert (
        refusal(Unauthenticated, lambda: sign_in_with_passkey(lims, late.token, device.answer(late.options), DESK))
        == "sign_in.over"
    )


def test_of_the_same_answer_twice_at_once_one_gets_in(lims: Lims, cast: Cast) -> None:
    device = Device()
    registered(lims, cast, device)
    asked = passkeys.begin_sign_in(lims, DESK.address)
    answer = device.answer(asked.options)

    def enter() -> bool:
        try:
            sign_in_with_passkey(lims, asked.token, answer, DESK)
        except Unauthenticated:
            return False
        return True

    assert at_once([enter] * 4).done.count(True) == 1


def test_a_forged_signature_another_key_and_another_account_are_refused(lims: Lims, cast: Cast) -> None:
    device, thief = Device(), Device()
    registered(lims, cast, device)
    thief.credential_id, thief.handle = device.credential_id, device.handle

    assert refusal(Unauthenticated, lambda: entered(lims, thief)) == "passkey.refused"
    assert refusal(Unauthenticated, lambda: entered(lims, Device(handle=device.handle))) == "passkey.refused"
    vic = user_of(lims, cast.vic)
    asked = passkeys.begin_sign_in(lims, DESK.address)
    answer = changed(device.answer(asked.options), userHandle=text(vic.id.bytes))
    assert refusal(Unauthenticated, lambda: sign_in_with_passkey(lims, asked.token, answer, DESK)) == "passkey.refused"


@pytest.mark.parametrize("act", [accounts.deactivate_user, accounts.reset_second_factor])
def test_who_is_shut_out_while_the_device_answers_does_not_get_in(
    lims: Lims, cast: Cast, monkeypatch: pytest.MonkeyPatch, act: Callable[[LimsSession, str, int], User]
) -> None:
    device = Device()
    registered(lims, cast, device)
    prove = passkeys.prove

    def proved_and_shut_out(*given: Any) -> passkeys.Proof:
        proof = prove(*given)
        monkeypatch.setattr(passkeys, "prove", prove)
        with lims.work(cast.ada, Action.USER_EDIT) as session:
            act(session, "ann", proof.user.version)
        return proof

    monkeypatch.setattr(passkeys, "prove", proved_and_shut_out)

    assert refusal(Unauthenticated, lambda: entered(lims, device)) == "passkey.refused"
    with lims.read(cast.ann, Action.NETWORK_READ) as session:
        assert session.exec(select(WebSession)).all() == []


NONSENSE = ("", "null", "[]", "{}", '{"id": "x"}', "\ud800", "{" * 30_000, '{"id": 5, "response": "x"}', "[" * 9_000)
CONTENTS: tuple[Any, ...] = ("", "AAAA", "!", None, 5, {}, "A" * 400)
DAMAGE: list[tuple[str, Any]] = [
    (part, content)
    for part in ("clientDataJSON", "authenticatorData", "signature", "userHandle")
    for content in CONTENTS
    if (part, content) != ("userHandle", None)  # a browser may leave it out: the key itself says whose it is
]


def test_nonsense_is_refused(lims: Lims, cast: Cast) -> None:
    for answer in NONSENSE:
        asked = passkeys.begin_sign_in(lims, DESK.address)
        sign_in = partial(sign_in_with_passkey, lims, asked.token, answer, DESK)
        assert refusal(Unauthenticated, sign_in) == "passkey.refused", answer[:20]
        making = passkeys.begin_registration(lims, cast.ann)
        keep = partial(passkeys.finish_registration, lims, cast.ann, making.token, answer, "x")
        assert refusal(BadInput, keep) == "passkey.not_made", answer[:20]


def test_a_damaged_answer_is_refused(lims: Lims, cast: Cast) -> None:
    device = Device()
    registered(lims, cast, device)
    for part, content in DAMAGE:
        asked = passkeys.begin_sign_in(lims, DESK.address)
        answer = changed(device.answer(asked.options), **{part: content})
        sign_in = partial(sign_in_with_passkey, lims, asked.token, answer, DESK)
        assert refusal(Unauthenticated, sign_in) == "passkey.refused", (part, content)
    entered(lims, device)


def test_a_damaged_key_is_not_kept(lims: Lims, cast: Cast) -> None:
    for part in ("clientDataJSON", "attestationObject"):
        for cut in (0, 1, 30, 60, 90, 120):
            asked = passkeys.begin_registration(lims, cast.ann)
            made = Device().make(asked.options)
            damaged = changed(made, **{part: text(raw(json.loads(made)["response"][part])[:cut])})
            keep = partial(passkeys.finish_registration, lims, cast.ann, asked.token, damaged, "x")
            assert refusal(BadInput, keep) == "passkey.not_made", (part, cut)


def test_a_key_is_registered_once_and_for_the_person_who_asked(lims: Lims, cast: Cast) -> None:
    device = Device()
    registered(lims, cast, device)
    asked = passkeys.begin_registration(lims, cast.vic)
    made = device.make(asked.options)

    assert refusal(Unauthenticated, lambda: passkeys.finish_registration(lims, cast.ann, asked.token, made, "x"))
    asked = passkeys.begin_registration(lims, cast.vic)
    made = device.make(asked.options)
    assert refusal(Conflict, lambda: passkeys.finish_registration(lims, cast.vic, asked.token, made, "x"))


def test_who_takes_a_key_away_and_who_is_switched_off_signs_in_no_more(lims: Lims, cast: Cast) -> None:
    lost, kept = Device(), Device()
    passkey = registered(lims, cast, lost)
    registered(lims, cast, kept, "laptop")
    with pytest.raises(NotFound), lims.work(cast.vic, Action.SECOND_FACTOR_EDIT) as session:
        passkeys.remove_own_passkey(session, passkey.id)
    with lims.work(cast.ann, Action.SECOND_FACTOR_EDIT) as session:
        passkeys.remove_own_passkey(session, passkey.id)

    assert refusal(Unauthenticated, lambda: entered(lims, lost)) == "passkey.refused"
    entered(lims, kept)
    with lims.work(cast.ada, Action.USER_EDIT) as session:
        user = accounts.deactivate_user(session, "ann", queries.known_user(session, "ann").version)
    assert refusal(Unauthenticated, lambda: entered(lims, kept)) == "passkey.refused"
    with lims.work(cast.ada, Action.USER_EDIT) as session:
        user = accounts.reactivate_user(session, "ann", user.version)
    entered(lims, kept)
    with lims.work(cast.ada, Action.USER_RESET) as session:
        accounts.reset_second_factor(session, "ann", user.version)
    assert refusal(Unauthenticated, lambda: entered(lims, kept)) == "passkey.refused"
    assert audit_findings(lims) == []


def test_where_devices_keep_no_keys_nothing_is_asked(database: Settings, clock: FixedClock, cast: Cast) -> None:
    here = Lims(database, clock)  # http://127.0.0.1:8000
    try:
        for begin in (partial(passkeys.begin_sign_in, here, "x"), partial(passkeys.begin_registration, here, cast.ann)):
            assert refusal(RuleRefused, begin) == "passkey.address_number"
    finally:
        here.close()


def test_answers_without_a_key_are_bound_by_their_address(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    device = Device()
    for _ in range(ADDRESS.free):
        with pytest.raises(Unauthenticated):
            sign_in_with_passkey(lims, "no question", "{}", DESK)

    registered(lims, cast, device)
    assert refusal(TooManyRequests, lambda: entered(lims, device)) == "sign_in.too_often"
    clock.instant += timedelta(seconds=30)
    entered(lims, device)
