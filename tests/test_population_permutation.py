"""The keyed permutation: a bijection with an inverse, the same compiled, under which everybody meets everybody."""

import math

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.compilation import compiled
from chatsim.population.permutation import LENGTH_MAX, permute, round_keys, side_of, unpermute
from chatsim.randomness.philox import RANKS, STUBS, draw

lengths = st.integers(1, 400)
seeds = st.integers(0, 2**32 - 1)


@given(lengths, seeds)
def test_every_image_occurs_once(length, seed):
    keys = round_keys(seed, 0, STUBS, 0, 0)
    images = [permute(position, length, side_of(length), keys) for position in range(length)]
    assert sorted(images) == list(range(length))


@given(st.integers(1, LENGTH_MAX), seeds, st.data())
def test_the_inverse_leads_back_on_lines_of_any_length(length, seed, data):
    position = data.draw(st.integers(0, length - 1))
    keys = round_keys(seed, seed, STUBS, 3, 1)
    image = permute(position, length, side_of(length), keys)
    assert 0 <= image < length
    assert unpermute(image, length, side_of(length), keys) == position


@given(st.integers(1, 2**40), seeds, st.data())
def test_compiled_and_plain_agree(length, seed, data):
    position = data.draw(st.integers(0, length - 1))
    keys = round_keys(seed, 7, RANKS, 5, 0)
    side = side_of(length)
    assert compiled(round_keys)(seed, 7, RANKS, 5, 0) == keys
    assert compiled(permute)(position, length, side, keys) == permute(position, length, side, keys)
    assert compiled(unpermute)(position, length, side, keys) == unpermute(
        position, length, side, keys
    )


@pytest.mark.parametrize("length", [1, 2, 3, 5, 255, 256, 257, 1000, 10**12 + 39])
def test_the_domain_is_less_than_one_side_above_the_length(length):
    side = side_of(length)
    assert side == math.ceil(math.sqrt(length))
    assert length <= side * -(-length // side) < length + side


def test_round_keys_are_the_words_of_two_draws():
    first, second = draw(9, 8, 3, 2, STUBS, 0, 0), draw(9, 8, 3, 2, STUBS, 1, 0)
    assert round_keys(9, 8, STUBS, 3, 2) == (*first, *second[:2])


_permute = compiled(permute)
_round_keys = compiled(round_keys)


@numba.njit
def _meetings(length, side, trials, six):
    counts = np.zeros((length, length), dtype=np.int64)
    slots = np.empty(length, dtype=np.int64)
    for trial in range(trials):
        keys = _round_keys(trial, 2018, STUBS, 0, 0)
        for position in range(length):
            if six:
                slots[_permute(position, length, side, keys)] = position
            else:
                slots[_permute(position, length, side, keys[:3])] = position
        for slot in range(0, length - 1, 2):
            one, other = slots[slot], slots[slot + 1]
            counts[min(one, other), max(one, other)] += 1
    return counts


def _standard_deviations(length, trials, *, six):
    """How far the chi-squared of "who is paired with whom" over keys lies from its mean."""
    counts = _meetings(length, side_of(length), trials, six)[np.triu_indices(length, 1)]
    expected = trials / (length - 1)
    freedom = len(counts) - 1
    return (((counts - expected) ** 2 / expected).sum() - freedom) / math.sqrt(2 * freedom)


@pytest.mark.parametrize(("length", "trials"), [(256, 5_000), (1_000, 10_000)])
def test_six_rounds_pair_everybody_with_everybody_and_three_do_not(length, trials):
    assert abs(_standard_deviations(length, trials, six=True)) < 4
    assert _standard_deviations(length, trials, six=False) > 40
