"""The keyed permutation: a bijection with an inverse, the same compiled, under which everybody meets everybody."""

import math

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.compilation import compiled
from chatsim.population.permutation import (
    LENGTH_MAX,
    added,
    divided,
    domain_of,
    inverse_of,
    permute,
    round_keys,
    unpermute,
)
from chatsim.randomness.philox import RANKS, STUBS, draw

lengths = st.integers(1, 400)
seeds = st.integers(0, 2**32 - 1)


@given(lengths, seeds)
def test_every_image_occurs_once(length, seed):
    keys = round_keys(seed, 0, STUBS, 0, 0)
    images = [permute(position, domain_of(length), keys) for position in range(length)]
    assert sorted(images) == list(range(length))


@given(st.integers(1, LENGTH_MAX), seeds, st.data())
def test_the_inverse_leads_back_on_lines_of_any_length(length, seed, data):
    position = data.draw(st.integers(0, length - 1))
    keys = round_keys(seed, seed, STUBS, 3, 1)
    image = permute(position, domain_of(length), keys)
    assert 0 <= image < length
    assert unpermute(image, domain_of(length), keys) == position


@given(st.integers(1, LENGTH_MAX), seeds, st.data())
def test_compiled_and_plain_agree(length, seed, data):
    position = data.draw(st.integers(0, length - 1))
    keys = round_keys(seed, 7, RANKS, 5, 0)
    domain = domain_of(length)
    assert compiled(round_keys)(seed, 7, RANKS, 5, 0) == keys
    assert compiled(permute)(position, domain, keys) == permute(position, domain, keys)
    assert compiled(unpermute)(position, domain, keys) == unpermute(position, domain, keys)


@given(st.integers(0, LENGTH_MAX), st.integers(1, 2**40))
def test_multiplying_by_an_inverse_divides_exactly(number, divisor):
    divisor = max(divisor, (number >> 22) + 1)
    assert divided(number, divisor, inverse_of(divisor)) == divmod(number, divisor)


@pytest.mark.parametrize("length", [1, 2, 3, 5, 255, 256, 257, 1000, 10**12 + 39, LENGTH_MAX])
def test_the_domain_is_less_than_one_side_above_the_length(length):
    domain = domain_of(length)
    assert domain.side == math.ceil(math.sqrt(length))
    assert length <= domain.side * domain.other < length + domain.side


def test_round_keys_are_the_words_of_two_draws():
    first, second = draw(9, 8, 3, 2, STUBS, 0, 0), draw(9, 8, 3, 2, STUBS, 1, 0)
    assert round_keys(9, 8, STUBS, 3, 2) == (*first, *second[:2])


_permute = compiled(permute)
_added = compiled(added)
_divided = compiled(divided)
_round_keys = compiled(round_keys)


@numba.njit
def _three_rounds(position, domain, keys):
    _, side, other, inverse = domain
    while True:
        left, right = _divided(position, other, inverse)
        left = _added(right, keys[0], left, side)
        right = _added(left, keys[1], right, other)
        left = _added(right, keys[2], left, side)
        position = left * other + right
        if position < domain.length:
            return position


@numba.njit
def _meetings(length, domain, trials, six):
    counts = np.zeros((length, length), dtype=np.int64)
    slots = np.empty(length, dtype=np.int64)
    for trial in range(trials):
        keys = _round_keys(trial, 2018, STUBS, 0, 0)
        for position in range(length):
            if six:
                slots[_permute(position, domain, keys)] = position
            else:
                slots[_three_rounds(position, domain, keys)] = position
        for slot in range(0, length - 1, 2):
            one, other = slots[slot], slots[slot + 1]
            counts[min(one, other), max(one, other)] += 1
    return counts


def _standard_deviations(length, trials, *, six):
    """How far the chi-squared of "who is paired with whom" over keys lies from its mean."""
    counts = _meetings(length, domain_of(length), trials, six)[np.triu_indices(length, 1)]
    expected = trials / (length - 1)
    freedom = len(counts) - 1
    return (((counts - expected) ** 2 / expected).sum() - freedom) / math.sqrt(2 * freedom)


@pytest.mark.parametrize(("length", "trials"), [(256, 5_000), (1_000, 10_000)])
def test_six_rounds_pair_everybody_with_everybody_and_three_do_not(length, trials):
    assert abs(_standard_deviations(length, trials, six=True)) < 4
    assert _standard_deviations(length, trials, six=False) > 40
