"""Philox 4x32-10 against its published vectors, and choices against exact arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.compilation import compiled
from chatsim.randomness.philox import choose, choose_wide, draw, key_words, philox

WORDS = st.integers(0, 2**32 - 1)

# Random123's known-answer file, philox4x32-10: key, counter, result.
VECTORS = [
    ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0xA4093822, 0x299F31D0),
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("key", "counter", "expected"), VECTORS)
def test_the_published_vectors_hold(
    key: tuple[int, int], counter: tuple[int, int, int, int], expected: tuple[int, int, int, int]
) -> None:
    assert philox(*key, *counter) == expected
    assert compiled(philox)(*key, *counter) == expected


@given(st.tuples(WORDS, WORDS, WORDS, WORDS, WORDS, WORDS))
def test_compiled_and_plain_words_are_the_same(words: tuple[int, int, int, int, int, int]) -> None:
    assert compiled(philox)(*words) == philox(*words)


def test_a_draw_depends_on_each_of_its_six_names() -> None:
    base = (1, 2, 3, 4, 5, 6, 7)
    changed = [(*base[:i], base[i] + 8, *base[i + 1 :]) for i in range(len(base))]
    assert len({draw(*names) for names in [base, *changed]}) == 1 + len(base)


@given(WORDS, st.integers(1, 2**31 - 1))
def test_a_choice_lies_within_its_count(word: int, count: int) -> None:
    assert 0 <= choose(word, count) < count


@given(WORDS, WORDS, st.integers(1, 2**32 - 1))
def test_a_wide_choice_is_the_high_half_of_the_exact_product(high: int, low: int, n: int) -> None:
    exact = ((high << 32 | low) * n) >> 64
    assert choose_wide(high, low, n) == exact
    assert compiled(choose_wide)(high, low, n) == exact


def test_a_seed_is_two_words() -> None:
    assert key_words(0x0123456789ABCDEF) == (0x89ABCDEF, 0x01234567)
