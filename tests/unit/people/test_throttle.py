"""How long somebody waits before they may try again: long for who guesses, never for ever for whom they guess at."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.client_addresses import address_key
from lims.people.throttle import ADDRESS, PERSON_ANYWHERE, PERSON_HERE, Attempt, AttemptOutcome, wait_s

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FAILED, HALF, SUCCEEDED = AttemptOutcome
HERE, THERE = "10.0.0.1", "203.0.113.9"


def tries(
    count: int, outcome: AttemptOutcome = FAILED, *, name: str = "ann", address: str = HERE, ago_s: int = 0
) -> list[Attempt]:
    return [Attempt(NOW - timedelta(seconds=ago_s), name, address, outcome) for _ in range(count)]


def wait(attempts: Sequence[Attempt], *, name: str = "ann", address: str = HERE, known: bool = False) -> int:
    return wait_s(attempts, name, address, NOW, is_known_address=known)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (11, 900), (39, 900)],
)
def test_from_the_fifth_failure_on_the_wait_doubles_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    assert wait(tries(failures)) == seconds


def test_the_wait_runs_from_the_last_failure() -> None:
    assert wait(tries(4, ago_s=100) + tries(1, ago_s=10)) == 20
    assert wait(tries(4, ago_s=100) + tries(1, ago_s=30)) == 0


def test_a_success_clears_what_the_person_got_wrong_here() -> None:
    assert wait(tries(9, ago_s=2) + tries(1, SUCCEEDED, ago_s=1)) == 0
    assert wait(tries(9, ago_s=2) + tries(1, SUCCEEDED, ago_s=1) + tries(5)) == 30


def test_a_success_elsewhere_does_not_clear_who_guesses_here() -> None:
    assert wait(tries(9, ago_s=2) + tries(1, SUCCEEDED, address=THERE, ago_s=1)) == 480 - 2


def test_a_right_password_without_its_code_clears_nothing_and_costs_nothing() -> None:
    """Whoever knows the password would otherwise guess codes for ever."""
    assert wait(tries(50, HALF)) == 0
    assert wait(tries(9, ago_s=2) + tries(3, HALF, ago_s=1)) == 480 - 2


def test_many_names_from_one_address_are_bound_and_a_success_does_not_clear_that() -> None:
    sprayed = [a for n in range(ADDRESS.free) for a in tries(1, name=f"user{n}", ago_s=1)]

    assert wait(sprayed, name="somebody") == 30 - 1
    assert wait([*sprayed, *tries(1, SUCCEEDED, name="mole")], name="somebody") == 30 - 1
    assert wait(sprayed[1:], name="somebody") == 0
    assert wait(sprayed, name="somebody", address=THERE) == 0


def test_a_passkey_is_bound_by_its_address_alone() -> None:
    assert wait(tries(20), name="") == 0
    assert wait(tries(ADDRESS.free), name="") == 30


def test_one_name_from_many_addresses_is_bound_but_not_where_the_person_is_known() -> None:
    botnet = [a for n in range(PERSON_ANYWHERE.free + 20) for a in tries(1, address=f"198.51.100.{n}")]

    assert wait(botnet, address="192.0.2.1") == 60
    assert wait(botnet, address="192.0.2.1", known=True) == 0


attempts = st.lists(
    st.builds(
        Attempt,
        st.integers(0, 7200).map(lambda s: NOW - timedelta(seconds=s)),
        st.sampled_from(["ann", "vic"]),
        st.sampled_from([HERE, THERE]),
        st.sampled_from(AttemptOutcome),
    ),
    max_size=80,
)


@given(attempts, st.booleans())
def test_nobody_waits_longer_than_a_quarter_of_an_hour(found: list[Attempt], known: bool) -> None:
    assert 0 <= wait(found, known=known) <= PERSON_HERE.longest_s


@given(attempts)
def test_after_the_wait_one_may_try(found: list[Attempt]) -> None:
    later = NOW + timedelta(seconds=wait(found))

    assert wait_s(found, "ann", HERE, later, is_known_address=False) == 0


@given(attempts)
def test_another_failure_never_shortens_the_wait(found: list[Attempt]) -> None:
    assert wait([*found, *tries(1)]) >= wait(found)


@given(st.lists(st.builds(Attempt, st.just(NOW), st.just("ann"), st.just(THERE), st.just(FAILED)), max_size=300))
def test_nobody_elsewhere_can_shut_a_person_out_of_their_own_desk(found: list[Attempt]) -> None:
    assert wait(found, known=True) == 0


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", ""),
        ("x" * 500, "x" * 64),
    ],
)
def test_one_customer_has_one_key(address: str, key: str) -> None:
    assert address_key(address) == key
