"""The figures of a study by name, as the report shows them and the Python API offers them."""

from __future__ import annotations

import polars as pl

from chatsim.report.drawing import Figure
from chatsim.report.frontier_figure import frontier
from chatsim.report.reach_figure import reach_over_time
from chatsim.report.row_figures import price, reach_per_run
from chatsim.report.tree_figure import cascade_trees
from chatsim.study.summary import Summary


def figures(summary: Summary, spread: pl.DataFrame | None = None) -> dict[str, Figure]:
    """All figures of a report; one that has nothing to show is left out.

    `spread` says who was reached by whom; without it there are no trees to draw.
    """
    made = (
        reach_over_time(summary),
        price(summary),
        frontier(summary),
        reach_per_run(summary),
        None if spread is None else cascade_trees(summary, spread),
    )
    return {figure.name: figure for figure in made if figure is not None}
