"""Places on rings: everybody somewhere, subtrees beside one another, the many gathered."""

from __future__ import annotations

import numpy as np
import pytest

from chatsim.cascade.trees import forest
from chatsim.cascade.values import NOBODY
from chatsim.report.tree_layout import places
from tests.cascades import random_parents, run_of


def laid_out(parents, drawn_max=2_000):
    first = run_of(parents).first_copies
    trees = forest(first, len(parents))
    return trees, places(trees, first.user, drawn_max)


def test_everybody_stands_on_the_ring_of_their_depth():
    trees, where = laid_out(random_parents(1, 300, originators=3))
    assert sorted(where.row) == list(range(300))
    assert where.depth.tolist() == trees.depth[where.row].tolist()
    assert where.wedges == ()
    assert ((where.turn >= 0) & (where.turn <= 1)).all()


def test_parents_stand_before_their_children_in_the_columns():
    trees, where = laid_out(random_parents(2, 200))
    for i, parent in enumerate(where.parent):
        if parent == NOBODY:
            assert trees.parent_row[where.row[i]] == NOBODY
        else:
            assert parent < i
            assert where.row[parent] == trees.parent_row[where.row[i]]


def test_an_arc_is_as_wide_as_its_subtree_has_people():
    # 0 reaches 1, 2 and 3; 2 reaches three more.
    _, where = laid_out([None, 0, 0, 0, 2, 2, 2])
    turn = dict(zip(where.row.tolist(), where.turn, strict=True))
    gaps = sorted([turn[1], turn[2], turn[3]])
    assert gaps[1] == turn[2]
    assert gaps[1] - gaps[0] == pytest.approx(2.5 / 6)
    assert np.diff(sorted(turn[row] for row in (4, 5, 6))) == pytest.approx(4 / 6 / 3)


def test_no_two_people_of_a_ring_stand_on_one_place():
    _, where = laid_out(random_parents(3, 400, originators=4))
    for depth in range(1, where.depth.max() + 1):
        ring = where.turn[where.depth == depth]
        assert len(set(ring.round(9))) == len(ring)


def test_originators_follow_one_another_by_their_number():
    _, where = laid_out([None, None, None, 2, 2, 2, 2, 2])
    starts = where.turn[where.depth == 0]
    assert (np.diff(starts) > 0.05).all()
    assert where.row[:3].tolist() == [0, 1, 2]


def test_of_too_many_people_those_with_few_below_are_gathered():
    parents = [None, *[0] * 50, *[1] * 30, 51]
    _, where = laid_out(parents, drawn_max=5)
    assert sorted(where.row) == [0, 1, 51]
    assert where.gathered + len(where.row) == len(parents)
    below = {int(where.row[wedge.row]): wedge for wedge in where.wedges}
    assert below[0].people == 49
    assert below[0].depth == 1
    assert below[1].people == 29
    assert below[1].depth == 2
    assert all(wedge.start < wedge.end for wedge in where.wedges)


def test_a_wedge_reaches_as_far_as_its_people_do_on_average():
    _, where = laid_out([None, 0, 1, 0], drawn_max=1)
    (wedge,) = where.wedges
    assert wedge.people == 3
    assert wedge.depth == pytest.approx(4 / 3)
