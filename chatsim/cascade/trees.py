"""The shape of a cascade: trees of first copies, rooted at the originators.

Plain functions over columns; the loops are kernels over integers that `chatsim.compilation` compiles.
"""

from __future__ import annotations

import numpy as np
from attrs import define
from numpy.typing import NDArray

from chatsim.cascade.values import NOBODY, Column, FirstCopies
from chatsim.compilation import compiled


@define(eq=False, frozen=True)
class Forest:
    """The trees of one cascade; one entry per row of the first copies."""

    parent_row: Column
    """The row of whoever sent the copy, NOBODY for originators."""
    order: Column
    """All rows, each parent's before its children's."""
    depth: Column
    """True number of copies since the originator, whose depth is 0."""

    @property
    def breadth(self) -> Column:
        """People at depth 0, 1, 2..., without gaps."""
        return np.bincount(self.depth).astype(np.int64)


def forest(first: FirstCopies, users: int) -> Forest:
    """The trees of a cascade among `users` users."""
    rows = len(first.user)
    row_of_user = np.full(users, NOBODY, dtype=np.int64)
    row_of_user[first.user] = np.arange(rows)
    parent_row = np.where(first.parent == NOBODY, NOBODY, row_of_user[first.parent])
    # A post arrives in its own tick, so an originator may stand behind a child of the same tick; everybody else passes
    # on later than they received.
    order = np.argsort(2 * first.tick + (parent_row >= 0), kind="stable")
    depth = np.zeros(rows, dtype=np.int64)
    compiled(fill_depths)(parent_row, order, depth)
    return Forest(parent_row, order, depth)


def fill_depths(
    parent_row: NDArray[np.int64], order: NDArray[np.int64], depth: NDArray[np.int64]
) -> None:
    """Kernel: each row's depth, from its parent's."""
    for row in order:
        parent = parent_row[row]
        depth[row] = 0 if parent < 0 else depth[parent] + 1


def fill_tree_sizes(
    parent_row: NDArray[np.int64],
    order: NDArray[np.int64],
    below: NDArray[np.int64],
    root: NDArray[np.int64],
) -> None:
    """Kernel: the size of the subtree at each row (itself included), and the row of its tree's root."""
    for row in order:
        below[row] = 1
        parent = parent_row[row]
        root[row] = row if parent < 0 else root[parent]
    for row in order[::-1]:
        parent = parent_row[row]
        if parent >= 0:
            below[parent] += below[row]


def structural_virality(trees: Forest) -> float:
    """Mean distance of two people in the same tree, over all pairs of all trees; 0 where no tree has two people.

    Goel, Anderson, Hofman, Watts, "The structural virality of online diffusion", Management Science 62 (2016): a star
    gives 2 (as it grows), a chain of n people (n + 1) / 3. An edge with s people below lies between s x (tree - s)
    pairs, so the sum of all distances needs one pass. With several originators, pairs in different trees have no
    distance and do not count.
    """
    rows = len(trees.parent_row)
    below = np.zeros(rows, dtype=np.int64)
    root = np.zeros(rows, dtype=np.int64)
    compiled(fill_tree_sizes)(trees.parent_row, trees.order, below, root)
    edges = trees.parent_row >= 0
    distances = (below[edges] * (below[root[edges]] - below[edges])).sum()
    sizes = below[~edges]
    pairs = (sizes * (sizes - 1)).sum() // 2
    return float(distances / pairs) if pairs else 0.0
