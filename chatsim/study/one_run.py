"""One run of a study as trees: which run is shown, and who was reached through whom under one policy."""

from __future__ import annotations

import numpy as np
import polars as pl
from attrs import define
from numpy.typing import NDArray

from chatsim.cascade.trees import Forest, forest, structural_virality
from chatsim.cascade.values import NOBODY, Column, FirstCopies
from chatsim.study.summary import PolicyResult, Summary


@define(eq=False, frozen=True)
class Cascade:
    """The trees of the headline content in one run under one policy; one entry per person reached."""

    policy: PolicyResult
    user: Column
    through_group: NDArray[np.bool_]
    """Whether the copy that counted came through a group."""
    trees: Forest
    structural_virality: float

    @property
    def reach(self) -> int:
        """People reached, originators included."""
        return len(self.user)

    @property
    def depth_max(self) -> int:
        """The longest chain of copies."""
        return int(self.trees.depth.max(initial=0))


def median_run(summary: Summary) -> int:
    """The run whose reach under the control is the median; of two in the middle the one that reached fewer."""
    reach = summary.headline(summary.control.name).reach_per_run
    ranked = sorted(range(len(reach)), key=lambda run: (reach[run], run))
    return ranked[(len(reach) - 1) // 2]


def cascade(spread: pl.DataFrame, summary: Summary, policy: PolicyResult, run: int) -> Cascade:
    """The headline content's trees in a run under a policy, from the rows of `spread.parquet`."""
    rows = spread.filter(
        (pl.col("run") == run)
        & (pl.col("policy") == policy.name)
        & (pl.col("content") == summary.study.headline)
    )
    first = FirstCopies(
        user=_column(rows, "user"),
        tick=_column(rows, "tick"),
        parent=_column(rows, "parent"),
        group=_column(rows, "chat"),
        hop=_column(rows, "hop_claimed"),
        label=_column(rows, "label"),
    )
    trees = forest(first, summary.study.users)
    virality = structural_virality(trees)
    return Cascade(policy, first.user, first.group != NOBODY, trees, virality)


def _column(rows: pl.DataFrame, name: str) -> Column:
    return rows[name].cast(pl.Int64).fill_null(NOBODY).to_numpy()
