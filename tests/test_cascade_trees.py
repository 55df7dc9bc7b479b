from __future__ import annotations

from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsim.cascade.trees import fill_depths, fill_tree_sizes, forest, structural_virality
from chatsim.testing.twin import play
from tests.cascades import NOON, random_parents, run_of
from tests.cases import cases


def trees_of(parents):
    run = run_of(parents)
    return forest(run.first_copies, len(run.received))


def naive_depth(parents, person):
    parent = parents[person]
    return 0 if parent is None else 1 + naive_depth(parents, parent)


def naive_virality(parents):
    """Every pair of each tree, by networkx."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(parents)))
    graph.add_edges_from(
        (person, parent) for person, parent in enumerate(parents) if parent is not None
    )
    total, pairs = 0, 0
    for person, distances in nx.all_pairs_shortest_path_length(graph):
        for other, distance in distances.items():
            total += distance * (other > person)
            pairs += other > person
    return total / pairs if pairs else 0.0


FORESTS = st.builds(random_parents, st.integers(0, 1 << 32), st.integers(1, 40), st.integers(1, 4))


@given(FORESTS)
def test_depth_follows_the_parents_to_an_originator(parents):
    expected = [naive_depth(parents, person) for person in range(len(parents))]
    assert trees_of(parents).depth.tolist() == expected


def test_depth_finds_parents_by_user_and_not_by_row():
    run = run_of([None, 0, 1, 2])
    first = run.first_copies
    first.user[:] = [7, 3, 9, 0]
    first.parent[:] = [-1, 7, 3, 9]
    assert forest(first, 10).depth.tolist() == [0, 1, 2, 3]


def test_an_originator_may_stand_behind_whom_the_post_reached_in_the_same_tick():
    run = run_of([1, None, 0, 1], ticks=[NOON, NOON, NOON + 60, NOON])
    trees = forest(run.first_copies, 4)
    assert trees.depth.tolist() == [1, 0, 2, 1]
    assert structural_virality(trees) == pytest.approx(naive_virality([1, None, 0, 1]))


@settings(max_examples=40)
@given(cases())
def test_trees_of_real_runs_are_those_that_a_walk_along_the_parents_finds(case):
    for run in play(**case.arguments()).contents:
        first = run.first_copies
        rows = {user: row for row, user in enumerate(first.user.tolist())}
        parents = [None if parent < 0 else rows[parent] for parent in first.parent.tolist()]
        trees = forest(first, len(run.received))
        assert trees.depth.tolist() == [naive_depth(parents, row) for row in range(len(parents))]
        assert structural_virality(trees) == pytest.approx(naive_virality(parents))


@given(FORESTS)
def test_structural_virality_is_the_mean_distance_of_pairs_in_one_tree(parents):
    assert structural_virality(trees_of(parents)) == pytest.approx(naive_virality(parents))


@pytest.mark.parametrize("people", [2, 3, 10, 200])
def test_a_chain_of_n_has_structural_virality_n_plus_1_over_3(people):
    chain = [None, *range(people - 1)]
    assert structural_virality(trees_of(chain)) == pytest.approx(float(Fraction(people + 1, 3)))


def test_a_star_has_structural_virality_2_as_it_grows():
    assert structural_virality(trees_of([None] + [0] * 9)) == pytest.approx(2 * 9 / 10)
    assert structural_virality(trees_of([None] + [0] * 9_999)) == pytest.approx(2, abs=1e-3)


def test_pairs_in_different_trees_do_not_count():
    one_tree = structural_virality(trees_of([None, 0, 1]))
    two_trees = structural_virality(trees_of([None, None, 0, 1, 2, 3]))
    assert two_trees == one_tree


def test_originators_alone_have_no_structural_virality():
    assert structural_virality(trees_of([None, None])) == 0.0


def test_breadth_counts_people_by_depth():
    assert trees_of([None, None, 0, 0, 1, 2]).breadth.tolist() == [2, 3, 1]


def test_a_million_rows_are_measured():
    parents = np.concatenate([[-1], (np.arange(1, 1_000_000) - 1) // 3])
    run = run_of([None])
    first = run.first_copies
    million = type(first)(
        user=np.arange(1_000_000),
        tick=np.arange(1_000_000),
        parent=parents,
        group=np.full(1_000_000, -1),
        hop=np.zeros(1_000_000, dtype=np.int64),
        label=np.zeros(1_000_000, dtype=np.int64),
    )
    trees = forest(million, 1_000_000)
    assert trees.breadth[:5].tolist() == [1, 3, 9, 27, 81]
    assert 2 < structural_virality(trees) < 2 * trees.depth.max()


@given(FORESTS)
def test_kernels_give_the_same_interpreted_and_compiled(parents):
    trees = trees_of(parents)
    depth, below, root = (np.zeros(len(parents), dtype=np.int64) for _ in range(3))
    fill_depths(trees.parent_row, trees.order, depth)
    fill_tree_sizes(trees.parent_row, trees.order, below, root)
    assert depth.tolist() == trees.depth.tolist()
    assert below[root == np.arange(len(parents))].sum() == len(parents)
