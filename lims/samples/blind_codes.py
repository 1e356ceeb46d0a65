"""Blind codes (盲样编号): what the bench knows a sample by. Drawn at random, so they tell nothing of it.

Eight characters of an alphabet without look-alikes (no 0 O, 1 I L), and a check character: one wrong character or
two neighbours exchanged are always noticed, since the alphabet has a prime number of characters.
"""

import secrets
from collections.abc import Callable

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8


def new_blind_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """A fresh code; whether it is taken is for the caller to see."""
    drawn = "".join(choose(ALPHABET) for _ in range(LENGTH))
    return drawn + check_character(drawn)


def check_character(drawn: str) -> str:
    """The check character: the sum of places times characters, modulo the size of the alphabet."""
    weighted = sum(place * ALPHABET.index(character) for place, character in enumerate(drawn, start=1))
    return ALPHABET[weighted % len(ALPHABET)]


def is_blind_code(text: str) -> bool:
    """Whether a text was copied without a slip."""
    return len(text) == LENGTH + 1 and set(text) <= set(ALPHABET) and check_character(text[:-1]) == text[-1]
