"""Signing in: passwords, one-time codes and recovery codes; sessions that end; attempts that are counted."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select
from sqlmodel import col
from sqlmodel import select as select_records

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.core.errors import Conflict, Forbidden, LimsError, RuleRefused, TooManyRequests, Unauthenticated
from lims.db.audit_tables import AuditEntry
from lims.db.engine import WRITES
from lims.people import accounts, queries, second_factor, sessions
from lims.people.sealing import sealer_of
from lims.people.service import authenticate
from lims.people.sessions import Opened, SignedIn, end_session, session_of
from lims.people.sign_in import (
    Client,
    SecondFactorNeeded,
    sign_in_for_token,
    sign_in_with_code,
    sign_in_with_password,
)
from lims.people.sign_in_tables import ATTEMPTS, CEREMONIES, SESSION_USES, SignInMethod, Totp, WebSession
from lims.people.tables import User
from lims.people.totp import STEP, code_at, step_at
from lims.runtime import Lims
from tests.concurrency.at_once import at_once, audit_findings
from tests.factories import PASSWORD, Cast, token_of

pytestmark = pytest.mark.both_databases

DESK = Client("10.0.0.1", "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0")
ELSEWHERE = Client("203.0.113.9")
NEW = "quite another phrase"


def signed_in(lims: Lims, username: str = "ann", password: str = PASSWORD, client: Client = DESK) -> Opened:
    opened = sign_in_with_password(lims, username, password, client)
    assert isinstance(opened, Opened)
    return opened


def halfway(lims: Lims, username: str = "ann", client: Client = DESK) -> SecondFactorNeeded:
    needed = sign_in_with_password(lims, username, PASSWORD, client)
    assert isinstance(needed, SecondFactorNeeded)
    return needed


def refusal(kind: type[LimsError], act: Callable[[], Any]) -> str:
    """The one reason why something is refused."""
    with pytest.raises(kind) as refused:
        act()
    assert type(refused.value) is kind
    (why,) = refused.value.reasons
    return why.code


def user_of(lims: Lims, actor: Actor) -> User:
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        assert actor.user_id is not None
        return session.get_one(User, actor.user_id)


def enrolled(lims: Lims, clock: FixedClock, actor: Actor) -> tuple[str, tuple[str, ...]]:
    """One-time codes put in force for somebody: the secret of the phone, and the recovery codes."""
    with lims.work(actor, Action.SECOND_FACTOR_EDIT) as session:
        secret = second_factor.begin_totp(session, sealer_of(lims)).secret
    with lims.work(actor, Action.SECOND_FACTOR_EDIT) as session:
        codes = second_factor.confirm_totp(session, sealer_of(lims), code_at(secret, step_at(clock.now())))
    clock.instant += STEP
    return secret, codes


def phone(secret: str, clock: FixedClock) -> str:
    """What the phone shows now."""
    return code_at(secret, step_at(clock.now()))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────


def test_who_signs_in_is_known_by_the_cookie(lims: Lims, cast: Cast) -> None:
    opened = signed_in(lims)

    found = session_of(lims, opened.token)

    assert found.actor == cast.ann
    assert (found.session_id, found.user.username, found.must_change_password) == (opened.session_id, "ann", False)
    assert opened.expires_at - lims.clock.now() == timedelta(hours=lims.settings.session_hours)
    assert len(opened.token) == 43
    assert found.csrf_token == session_of(lims, opened.token).csrf_token
    assert found.csrf_token not in {opened.token, session_of(lims, signed_in(lims).token).csrf_token}


def test_neither_token_nor_password_stands_in_the_database(lims: Lims, cast: Cast) -> None:
    opened = signed_in(lims)

    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        told = [e.after or "" for e in session.exec(select_records(AuditEntry)).all()]
        stored = session.exec(select_records(WebSession)).one()

    assert not any(opened.token in text or PASSWORD in text or stored.token_sha256 in text for text in told)
    assert stored.device == "Firefox, Windows"
    assert stored.method is SignInMethod.PASSWORD


def test_signing_in_and_out_is_in_the_trail_under_the_persons_name(lims: Lims, cast: Cast) -> None:
    found = session_of(lims, signed_in(lims).token)
    with lims.work(found.actor, Action.SESSION_END) as session:
        end_session(session, found.session_id)

    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        query = select_records(AuditEntry).where(AuditEntry.entity == "web_session").order_by(col(AuditEntry.number))
        assert [(e.action, e.actor_name, e.operation) for e in session.exec(query).all()] == [
            ("session.open", "Ann", "insert"),
            ("session.end", "Ann", "update"),
        ]
    assert audit_findings(lims) == []


def test_a_session_is_used_without_a_trace_in_the_audit_trail(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    opened = signed_in(lims)
    before = entries(lims)

    for _ in range(5):
        clock.instant += timedelta(minutes=10)
        session_of(lims, opened.token)

    assert entries(lims) == before
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        used = session.connection().execute(select(SESSION_USES.c.used_at)).scalar_one()
    assert used == clock.now()
    assert audit_findings(lims) == []


def entries(lims: Lims) -> int:
    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        return len(session.exec(select_records(AuditEntry.id)).all())


@pytest.mark.parametrize("token", ["", "x", "lims_never", "\ud800", "9" * 5000])
def test_a_cookie_that_nobody_gave_out_is_nobodys(lims: Lims, cast: Cast, token: str) -> None:
    signed_in(lims)

    assert refusal(Unauthenticated, lambda: session_of(lims, token)) == "session.unknown"


def test_a_session_ends_when_it_is_over_and_when_nobody_uses_it(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    idle, over = signed_in(lims).token, signed_in(lims).token
    clock.instant += timedelta(minutes=lims.settings.session_idle_minutes - 1)
    session_of(lims, over)
    clock.instant += timedelta(minutes=1)

    assert refusal(Unauthenticated, lambda: session_of(lims, idle)) == "session.idle"
    for _ in range(lims.settings.session_hours * 2 - 3):
        clock.instant += timedelta(minutes=30)
        session_of(lims, over)
    clock.instant += timedelta(minutes=30)
    assert refusal(Unauthenticated, lambda: session_of(lims, over)) == "session.over"


def test_who_signs_out_is_out_here_and_nowhere_else(lims: Lims, cast: Cast) -> None:
    here, there = signed_in(lims), signed_in(lims, client=ELSEWHERE)
    with lims.work(cast.ann, Action.SESSION_END) as session:
        end_session(session, here.session_id)
    with pytest.raises(LimsError), lims.work(cast.vic, Action.SESSION_END) as session:
        end_session(session, there.session_id)

    assert refusal(Unauthenticated, lambda: session_of(lims, here.token)) == "session.ended"
    assert session_of(lims, there.token).actor == cast.ann
    with lims.read(cast.ann, Action.NETWORK_READ) as session:
        listed = queries.open_sessions_of(session, session_of(lims, there.token).user.id, lims.clock.now())
    assert [record.id for record, _ in listed] == [there.session_id]


def test_one_request_asks_the_database_three_times_at_most(lims: Lims, cast: Cast) -> None:
    tokens = {name: signed_in(lims, name).token for name in ("ann", "net")}  # net sees a region
    asked: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(lims.engine, "before_cursor_execute", count)
    try:
        for name, most in (("ann", 2), ("net", 3)):
            asked.clear()
            found = session_of(lims, tokens[name])
            reads = [statement for statement in asked if "FROM" in statement]
            assert 0 < len(reads) <= most, reads
            assert not [s for s in asked if s.startswith(("INSERT", "UPDATE", "DELETE"))]
            assert isinstance(found, SignedIn)
    finally:
        event.remove(lims.engine, "before_cursor_execute", count)


def test_what_an_administrator_changes_holds_from_the_next_request_on(lims: Lims, cast: Cast) -> None:
    token = signed_in(lims).token
    user = user_of(lims, cast.ann)
    with lims.work(cast.ada, Action.USER_EDIT) as session:
        accounts.edit_user(
            session, "ann", accounts.AccountChange("Anna", frozenset(cast.vic.roles)), user.version
        )  # fmt: skip

    found = session_of(lims, token)

    assert (found.actor.name, found.actor.roles) == ("Anna", cast.vic.roles)


# ── passwords ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("ann", "not hers"),
        ("nobody", PASSWORD),
        ("ANN", PASSWORD),
        ("", ""),
        ("ann", ""),
        ("\ud800", "\ud800"),
        ("ann\x00", "\x00"),
    ],
)
def test_a_wrong_name_and_a_wrong_password_are_refused_in_the_same_words(
    lims: Lims, cast: Cast, username: str, password: str
) -> None:
    assert refusal(Unauthenticated, lambda: sign_in_with_password(lims, username, password, DESK)) == "sign_in.wrong"


def test_a_new_password_ends_everything_and_a_fresh_session_goes_on(lims: Lims, cast: Cast) -> None:
    here, there, token = signed_in(lims), signed_in(lims), token_of(lims, "ann")

    fresh = accounts.change_password(lims, cast.ann, PASSWORD, NEW, DESK, here.session_id)

    assert session_of(lims, fresh.token).actor == cast.ann
    for former in (here, there):
        assert refusal(Unauthenticated, partial(session_of, lims, former.token)) == "session.ended"
    assert refusal(Unauthenticated, lambda: authenticate(lims, token)) == "token.unusable"
    assert refusal(Unauthenticated, lambda: signed_in(lims)) == "sign_in.wrong"
    assert session_of(lims, signed_in(lims, password=NEW).token).actor == cast.ann
    assert audit_findings(lims) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("not hers", NEW, "password.wrong"), (PASSWORD, PASSWORD, "password.same"), (PASSWORD, "short", "password.short")],
)
def test_a_new_password_needs_the_old_one_and_must_be_good(
    lims: Lims, cast: Cast, old: str, new: str, code: str
) -> None:
    here = signed_in(lims)

    change = partial(accounts.change_password, lims, cast.ann, old, new, DESK, here.session_id)

    assert refusal(RuleRefused, change) == code
    assert session_of(lims, here.token).actor == cast.ann
    signed_in(lims)


def test_a_thief_of_a_session_cannot_try_passwords_for_ever(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    here = signed_in(lims).session_id
    clock.instant += timedelta(seconds=1)
    for _ in range(5):
        with pytest.raises(RuleRefused):
            accounts.change_password(lims, cast.ann, "guess", NEW, DESK, here)

    assert refusal(TooManyRequests, lambda: accounts.change_password(lims, cast.ann, PASSWORD, NEW, DESK, here))


def test_a_temporary_password_must_be_replaced(lims: Lims, cast: Cast) -> None:
    token, before = token_of(lims, "ann"), signed_in(lims)
    with lims.work(cast.ada, Action.USER_RESET, "forgotten") as session:
        user = queries.known_user(session, "ann")
        accounts.set_temporary_password(session, "ann", NEW, user.version)

    opened = signed_in(lims, password=NEW)

    assert opened.must_change_password
    assert session_of(lims, opened.token).must_change_password
    assert refusal(Unauthenticated, lambda: session_of(lims, before.token)) == "session.ended"
    assert refusal(Unauthenticated, lambda: authenticate(lims, token)) == "token.unusable"
    assert refusal(Forbidden, lambda: sign_in_for_token(lims, "ann", NEW, "x", DESK)) == "password.temporary"
    own = accounts.change_password(lims, cast.ann, NEW, "her own again", DESK, opened.session_id)
    assert not own.must_change_password
    assert not session_of(lims, own.token).must_change_password
    assert sign_in_for_token(lims, "ann", "her own again", "x", DESK)[1].label == "x"
    assert audit_findings(lims) == []


def test_who_is_switched_off_is_out_at_once_and_old_keys_stay_dead(lims: Lims, cast: Cast) -> None:
    opened, token = signed_in(lims), token_of(lims, "ann")
    with lims.work(cast.ada, Action.USER_EDIT) as session:
        user = accounts.deactivate_user(session, "ann", queries.known_user(session, "ann").version)

    assert refusal(Unauthenticated, lambda: session_of(lims, opened.token)) == "session.ended"
    assert refusal(Unauthenticated, lambda: signed_in(lims)) == "sign_in.wrong"
    with lims.work(cast.ada, Action.USER_EDIT) as session:
        accounts.reactivate_user(session, "ann", user.version)
    assert refusal(Unauthenticated, lambda: session_of(lims, opened.token)) == "session.ended"
    assert refusal(Unauthenticated, lambda: authenticate(lims, token)) == "token.unusable"
    assert session_of(lims, signed_in(lims).token).actor == cast.ann


def test_the_last_administrator_stays(lims: Lims, cast: Cast) -> None:
    version = user_of(lims, cast.ada).version
    change = accounts.AccountChange("Ada", cast.vic.roles)

    def act(what: Callable[..., Any], *given: Any) -> None:
        with lims.work(cast.ada, Action.USER_EDIT) as session:
            what(session, "ada", *given, version)

    assert refusal(RuleRefused, lambda: act(accounts.deactivate_user)) == "user.last_administrator"
    assert refusal(RuleRefused, lambda: act(accounts.edit_user, change)) == "user.last_administrator"


def test_roles_that_two_administrators_change_at_once_collide(lims: Lims, cast: Cast) -> None:
    version = user_of(lims, cast.ann).version

    def give(roles: frozenset[Any]) -> None:
        with lims.work(cast.ada, Action.USER_EDIT) as session:
            accounts.edit_user(session, "ann", accounts.AccountChange("Ann", roles), version)

    outcome = at_once([partial(give, actor.roles) for actor in (cast.vic, cast.cai, cast.max)])

    assert (len(outcome.done), {type(refused) for refused in outcome.refused}) == (1, {Conflict})
    assert audit_findings(lims) == []


# ── the second factor ────────────────────────────────────────────────────────────────────────────────


def test_with_a_second_factor_the_password_alone_opens_nothing(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    secret, _ = enrolled(lims, clock, cast.ann)

    needed = halfway(lims)

    assert refusal(Unauthenticated, lambda: session_of(lims, needed.token)) == "session.unknown"
    assert refusal(Unauthenticated, lambda: authenticate(lims, needed.token)) == "token.unusable"
    opened = sign_in_with_code(lims, needed.token, phone(secret, clock), DESK)
    assert session_of(lims, opened.token).actor == cast.ann
    with lims.read(cast.ann, Action.NETWORK_READ) as session:
        assert session.get_one(WebSession, opened.session_id).method is SignInMethod.PASSWORD_AND_CODE
    assert audit_findings(lims) == []


def test_codes_count_once_they_are_confirmed(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    sealer = sealer_of(lims)
    with lims.work(cast.ann, Action.SECOND_FACTOR_EDIT) as session:
        begun = second_factor.begin_totp(session, sealer)

    signed_in(lims)  # nothing is asked for yet
    with lims.read(cast.ann, Action.SECOND_FACTOR_EDIT) as session:
        assert second_factor.enrolment_under_way(session, sealer) == begun
    assert "style" not in begun.qr
    assert begun.qr.startswith("<svg")
    with lims.work(cast.ann, Action.SECOND_FACTOR_EDIT) as session, pytest.raises(RuleRefused):
        second_factor.confirm_totp(session, sealer, wrong(phone(begun.secret, clock)))
    with lims.work(cast.ann, Action.SECOND_FACTOR_EDIT) as session:
        again = second_factor.begin_totp(session, sealer)
    assert again.secret != begun.secret
    with lims.work(cast.ann, Action.SECOND_FACTOR_EDIT) as session:
        codes = second_factor.confirm_totp(session, sealer, phone(again.secret, clock))
    assert len(set(codes)) == 10
    with lims.work(cast.ann, Action.SECOND_FACTOR_EDIT) as session, pytest.raises(Conflict):
        second_factor.begin_totp(session, sealer)


def test_the_secret_of_a_phone_is_sealed(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    secret, codes = enrolled(lims, clock, cast.ann)

    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        told = "".join(e.after or "" for e in session.exec(select_records(AuditEntry)).all())
        stored = session.exec(select_records(Totp)).one()

    assert secret not in told + stored.sealed_secret
    assert stored.sealed_secret not in told
    assert not any(code in told or code.replace("-", "") in told for code in codes)


@pytest.mark.parametrize("code", ["", "000000x", "AAAA-AAAA-AAAA-AAAA", "\ud800", "１２３４５６", "0" * 500])
def test_a_wrong_code_is_refused_and_the_next_one_taken(lims: Lims, cast: Cast, clock: FixedClock, code: str) -> None:
    secret, _ = enrolled(lims, clock, cast.ann)
    needed = halfway(lims)

    assert refusal(Unauthenticated, lambda: sign_in_with_code(lims, needed.token, code, DESK)) == "second_factor.wrong"
    spaced = f" {phone(secret, clock)[:3]} {phone(secret, clock)[3:]} "
    assert session_of(lims, sign_in_with_code(lims, needed.token, spaced, DESK).token).actor == cast.ann


def test_a_code_serves_once_even_within_its_half_minute(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    secret, _ = enrolled(lims, clock, cast.ann)
    code = phone(secret, clock)
    sign_in_with_code(lims, halfway(lims).token, code, DESK)
    needed = halfway(lims)

    assert refusal(Unauthenticated, lambda: sign_in_with_code(lims, needed.token, code, DESK)) == "second_factor.wrong"


def test_the_code_that_confirmed_the_phone_does_not_sign_in(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    secret, _ = enrolled(lims, clock, cast.ann)
    clock.instant -= STEP

    assert refusal(Unauthenticated, lambda: sign_in_with_code(lims, halfway(lims).token, phone(secret, clock), DESK))


def test_of_two_at_once_with_one_code_one_gets_in(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    secret, _ = enrolled(lims, clock, cast.ann)
    needed = [halfway(lims).token for _ in range(4)]

    def enter(token: str) -> bool:
        try:
            sign_in_with_code(lims, token, phone(secret, clock), DESK)
        except Unauthenticated:
            return False
        return True

    assert at_once([partial(enter, token) for token in needed]).done.count(True) == 1
    assert audit_findings(lims) == []


def test_a_fresh_session_after_a_new_password_was_proved_as_the_one_before(
    lims: Lims, cast: Cast, clock: FixedClock
) -> None:
    secret, _ = enrolled(lims, clock, cast.ann)
    before = sign_in_with_code(lims, halfway(lims).token, phone(secret, clock), DESK)

    after = accounts.change_password(lims, cast.ann, PASSWORD, NEW, DESK, before.session_id)

    with lims.read(cast.ann, Action.NETWORK_READ) as session:
        assert session.get_one(WebSession, after.session_id).method is SignInMethod.PASSWORD_AND_CODE


def test_a_recovery_code_serves_once(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    _, codes = enrolled(lims, clock, cast.ann)

    opened = sign_in_with_code(lims, halfway(lims).token, codes[3].lower(), DESK)

    found = session_of(lims, opened.token)
    assert refusal(Unauthenticated, lambda: sign_in_with_code(lims, halfway(lims).token, codes[3], DESK))
    with lims.read(cast.ann, Action.NETWORK_READ) as session:
        assert len(queries.recovery_codes_left(session, found.user.id)) == 9
        method = session.get_one(WebSession, opened.session_id).method
    assert method is SignInMethod.PASSWORD_AND_RECOVERY_CODE
    with lims.work(cast.ann, Action.SECOND_FACTOR_EDIT) as session:
        renewed = second_factor.renew_recovery_codes(session)
    assert refusal(Unauthenticated, lambda: sign_in_with_code(lims, halfway(lims).token, codes[4], DESK))
    sign_in_with_code(lims, halfway(lims).token, renewed[0], DESK)


def test_nobodys_recovery_code_helps_anybody_else(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    _, of_ann = enrolled(lims, clock, cast.ann)
    secret, _ = enrolled(lims, clock, cast.vic)
    needed = halfway(lims, "ann")

    assert refusal(Unauthenticated, lambda: sign_in_with_code(lims, needed.token, phone(secret, clock), DESK))
    assert refusal(Unauthenticated, lambda: sign_in_with_code(lims, halfway(lims, "vic").token, of_ann[0], DESK))


def test_half_a_sign_in_is_over_after_five_minutes_once_used_and_when_the_account_changed(
    lims: Lims, cast: Cast, clock: FixedClock
) -> None:
    secret, _ = enrolled(lims, clock, cast.ann)
    late, used, changed = halfway(lims), halfway(lims), halfway(lims)
    sign_in_with_code(lims, used.token, phone(secret, clock), DESK)
    clock.instant += STEP

    def enter(needed: SecondFactorNeeded) -> Opened:
        return sign_in_with_code(lims, needed.token, phone(secret, clock), DESK)

    assert refusal(Unauthenticated, lambda: enter(used)) == "sign_in.over"
    with lims.work(cast.ada, Action.USER_RESET) as session:
        user = queries.known_user(session, "ann")
        accounts.set_temporary_password(session, "ann", PASSWORD, user.version)
    assert refusal(Unauthenticated, lambda: enter(changed)) == "sign_in.over"
    late = halfway(lims)
    clock.instant += timedelta(minutes=5)
    assert refusal(Unauthenticated, lambda: enter(late)) == "sign_in.over"


def test_switching_codes_off_needs_the_password(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    enrolled(lims, clock, cast.ann)

    assert refusal(RuleRefused, lambda: accounts.switch_off_totp(lims, cast.ann, "not hers", DESK)) == "password.wrong"
    halfway(lims)
    accounts.switch_off_totp(lims, cast.ann, PASSWORD, DESK)
    signed_in(lims)
    assert refusal(Conflict, lambda: accounts.switch_off_totp(lims, cast.ann, PASSWORD, DESK)) == "totp.off"
    enrolled(lims, clock, cast.ann)
    halfway(lims)
    assert audit_findings(lims) == []


def test_an_administrator_takes_a_lost_phone_away_but_nobody_elses(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    secret, _ = enrolled(lims, clock, cast.ann)
    opened = sign_in_with_code(lims, halfway(lims).token, phone(secret, clock), DESK)
    under_way = halfway(lims)
    version = user_of(lims, cast.ann).version

    for actor in (cast.max, cast.eve):
        with pytest.raises(LimsError), lims.work(actor, Action.USER_RESET) as session:
            accounts.reset_second_factor(session, "ann", version)
    with lims.work(cast.ada, Action.USER_RESET, "phone lost") as session:
        accounts.reset_second_factor(session, "ann", version)

    assert refusal(Unauthenticated, lambda: session_of(lims, opened.token)) == "session.ended"
    assert refusal(Unauthenticated, lambda: sign_in_with_code(lims, under_way.token, "000000", DESK)) == "sign_in.over"
    signed_in(lims)
    assert audit_findings(lims) == []


def test_a_token_needs_the_code_too(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    secret, codes = enrolled(lims, clock, cast.ann)

    def token(code: str | None) -> str:
        return sign_in_for_token(lims, "ann", PASSWORD, "script", DESK, code)[0]

    assert refusal(Unauthenticated, lambda: token(None)) == "second_factor.needed"
    assert refusal(Unauthenticated, lambda: token("")) == "second_factor.needed"
    assert refusal(Unauthenticated, lambda: token(wrong(phone(secret, clock)))) == "second_factor.wrong"
    assert authenticate(lims, token(phone(secret, clock))) == cast.ann
    assert authenticate(lims, token(codes[0])) == cast.ann


# ── attempts ─────────────────────────────────────────────────────────────────────────────────────────


def guess(lims: Lims, username: str = "ann", client: Client = ELSEWHERE) -> str:
    try:
        sign_in_with_password(lims, username, "a guess", client)
    except (Unauthenticated, TooManyRequests) as refused:
        return refused.reasons[0].code
    raise AssertionError("a guess opened a session")


@pytest.mark.parametrize("username", ["ann", "nobody"])
def test_the_sixth_guess_waits_and_so_does_the_right_password(
    lims: Lims, cast: Cast, clock: FixedClock, username: str
) -> None:
    assert [guess(lims, username) for _ in range(6)] == ["sign_in.wrong"] * 5 + ["sign_in.too_often"]
    with pytest.raises(TooManyRequests) as refused:
        sign_in_with_password(lims, username, PASSWORD, ELSEWHERE)
    assert refused.value.retry_after_s == 30
    if username == "ann":
        signed_in(lims, client=DESK)  # she is not shut out by who guesses elsewhere
        clock.instant += timedelta(seconds=30)
        signed_in(lims, client=ELSEWHERE)


def test_many_guesses_at_once_are_no_better_than_in_a_row(lims: Lims, cast: Cast) -> None:
    found = at_once([partial(guess, lims) for _ in range(12)]).done

    assert found.count("sign_in.wrong") == 5
    assert found.count("sign_in.too_often") == 7


def test_codes_cannot_be_guessed_with_a_right_password_between_them(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    secret, _ = enrolled(lims, clock, cast.ann)
    for _ in range(5):
        token = halfway(lims).token
        with pytest.raises(Unauthenticated):
            sign_in_with_code(lims, token, wrong(phone(secret, clock)), DESK)

    assert refusal(TooManyRequests, lambda: sign_in_with_code(lims, token, phone(secret, clock), DESK))
    assert refusal(TooManyRequests, lambda: halfway(lims))


def test_old_attempts_and_half_sign_ins_are_cleared_away(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    enrolled(lims, clock, cast.ann)
    guess(lims)
    halfway(lims)
    clock.instant += timedelta(days=31)
    guess(lims, "p4ssw0rd typed here")
    halfway(lims)

    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        names = session.connection().execute(select(ATTEMPTS.c.username).order_by(ATTEMPTS.c.id)).scalars().all()
        waiting = session.connection().execute(select(CEREMONIES.c.id)).all()
    assert len(waiting) == 1
    assert [name[:1] for name in names] == ["?", "a"]
    assert "p4ssw0rd" not in names[0]


# ── whose rows these are ─────────────────────────────────────────────────────────────────────────────


def test_on_postgresql_the_rows_of_signing_in_are_guarded_as_well(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    if lims.engine.dialect.name == "sqlite":
        assert lims.engine.url.database  # a file is one's own: there is nothing to guard against
        return
    enrolled(lims, clock, cast.ann)
    halfway(lims)
    signed_in(lims, "eve")

    def counts(scope: str | None) -> dict[str, int]:
        with lims.engine.execution_options(**{WRITES: False}).connect() as connection:
            if scope is not None:
                connection.exec_driver_sql("SELECT set_config('lims.laboratories', %s, true)", (scope,))
            tables = ("web_session", "session_use", "totp", "totp_use", "recovery_code", "pending_ceremony",
                      "sign_in_attempt")  # fmt: skip
            return {t: connection.exec_driver_sql(f"SELECT count(*) FROM {t}").scalar_one() for t in tables}

    def visible(actor: Actor) -> list[int]:
        return list(counts(str(actor.laboratory_id)).values())

    assert set(counts(None).values()) == {0}
    assert visible(cast.ann) == [0, 0, 1, 1, 10, 0, 0]
    assert visible(cast.eve) == [1, 1, 0, 0, 0, 0, 0]
    assert list(counts("*").values()) == [1, 1, 1, 1, 10, 1, 2]


def test_the_sessions_of_another_laboratory_are_not_seen(lims: Lims, cast: Cast) -> None:
    opened = signed_in(lims, "ann")

    with lims.read(cast.eve, Action.NETWORK_READ) as session:
        assert session.get(WebSession, opened.session_id) is None
        assert queries.open_sessions_of(session, UUID(int=0), lims.clock.now()) == []
    with lims.work(cast.eve, Action.SESSION_END) as session:
        assert cast.ann.user_id is not None
        sessions.end_all_sessions(session, cast.ann.user_id)
    assert session_of(lims, opened.token).actor == cast.ann
