"""Labels keep apart and stay near what they name."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.report.placing import spread_out

LABELS = st.lists(st.tuples(st.floats(0, 400), st.floats(10, 60)), min_size=1, max_size=12)


def test_labels_with_room_stand_where_they_want_to():
    assert spread_out([50.0, 150.0], [20.0, 20.0], 400.0) == [50.0, 150.0]


def test_two_that_collide_share_the_shift():
    assert spread_out([100.0, 100.0], [20.0, 20.0], 400.0) == [90.0, 110.0]


def test_nothing_is_pushed_over_an_edge():
    assert spread_out([2.0, 399.0], [20.0, 20.0], 400.0) == [10.0, 390.0]
    assert spread_out([0.0, 0.0], [20.0, 20.0], 400.0) == [10.0, 30.0]


@given(LABELS)
def test_no_two_labels_overlap_and_their_order_stays(labels):
    wanted, heights = [list(column) for column in zip(*labels, strict=True)]
    centres = spread_out(wanted, heights, 400.0)
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    for above, below in itertools.pairwise(order):
        gap = (heights[above] + heights[below]) / 2
        assert centres[below] - centres[above] >= gap - 1e-6
    if sum(heights) <= 400:
        assert centres[order[0]] - heights[order[0]] / 2 >= -1e-6
        assert centres[order[-1]] + heights[order[-1]] / 2 <= 400 + 1e-6


def test_labels_that_need_more_room_than_there_is_start_at_the_top():
    assert spread_out([5.0, 5.0], [30.0, 30.0], 40.0) == pytest.approx([15.0, 45.0])
