"""Compressed rows against lists of lists."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatsim.population.rows import rows, transposed, without_repeats

pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), max_size=40)


def _lists(offsets, values):
    return [values[a:b].tolist() for a, b in pairwise(offsets)]


def _rows(listed):
    keys = np.array([key for key, _ in listed], dtype=np.int32)
    values = np.array([value for _, value in listed], dtype=np.int32)
    return rows(7, keys, values)


@given(pairs)
def test_rows_hold_values_in_the_order_given(listed):
    assert _lists(*_rows(listed)) == [[v for k, v in listed if k == row] for row in range(7)]


@given(pairs)
def test_the_transpose_rises_and_twice_it_sorts_rows(listed):
    once = transposed(*_rows(listed), 5)
    assert _lists(*once) == [sorted(k for k, v in listed if v == row) for row in range(5)]
    twice = transposed(*once, 7)
    assert _lists(*twice) == [sorted(v for k, v in listed if k == row) for row in range(7)]


@given(pairs)
def test_repeats_are_dropped_from_rising_rows(listed):
    rising = transposed(*_rows(listed), 5)
    assert _lists(*without_repeats(*rising)) == [sorted(set(row)) for row in _lists(*rising)]
