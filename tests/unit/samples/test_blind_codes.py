"""Blind codes: random, readable, and every slip of the pen is noticed."""

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from lims.samples.blind_codes import ALPHABET, LENGTH, is_blind_code, new_blind_code

codes = st.randoms(use_true_random=False).map(lambda random: new_blind_code(random.choice))


def test_the_alphabet_has_no_look_alikes_and_a_prime_number_of_characters() -> None:
    assert not set(ALPHABET) & set("01ILO")
    assert len(set(ALPHABET)) == len(ALPHABET) == 31


@given(codes, st.integers(0, LENGTH), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(code: str, place: int, character: str) -> None:
    wrong = code[:place] + character + code[place + 1 :]

    assert is_blind_code(code)
    assert is_blind_code(wrong) is (wrong == code)


@given(codes, st.integers(0, LENGTH - 1))
def test_two_neighbours_exchanged_are_noticed(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    assert is_blind_code(swapped) is (swapped == code)


@given(st.text(max_size=12))
def test_any_other_text_is_no_code(text: str) -> None:
    assert is_blind_code(text) <= (len(text) == LENGTH + 1)


def test_codes_are_drawn_evenly() -> None:
    random = Random(7)

    drawn = [new_blind_code(random.choice) for _ in range(2000)]

    assert len(set(drawn)) == 2000
    assert max(Counter("".join(drawn)).values()) < 2 * min(Counter("".join(drawn)).values())
