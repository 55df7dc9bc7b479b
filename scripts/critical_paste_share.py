"""From which share of people who paste do caps no longer bound a text's reach?

python scripts/critical_paste_share.py

A recipient passes a text on with chance q. Of those a share p pastes it, to K contacts and at hop 0; the others
forward it to F of theirs, until hop H. A lineage reaches N = the sum of n_h people, n_0 = K, n_(h+1) = n_h q (1 - p)
F, and starts R = q p N lineages; at the critical share p* that is one. The engine plays it: cheats are people, caps
are judged, and only the first lineage of each originator is counted, so that nothing beyond p* fills the population.

Where the simulator differs from the formula: people want 1 + Lomax chats, never K for certain, so that *exact* puts
the means of min(K, wanted) and min(F, wanted) for K and F; the chat that a copy came from takes no place under the
cap, because contacts are directed and hardly anybody has the sender among theirs; those who paste ask everywhere,
which is the formula's K; people reached twice count once, about 1 % of them in populations of this size. Groups
(g > 1) are not played. Intervals: 95 %, from resampled runs. Writes critical_paste_share.md and .png into --out.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import click
import numpy as np
import vl_convert
from attrs import define

from chatsim.errors import ChatsimError
from chatsim.study import statistics
from chatsim.study.estimates import Estimate
from machine import machine
from pasted_lineages import Lineages, Row, critical, measured
from recording import keep, record

NAME = "critical_paste_share"
ROWS = (
    Row(share=0.2, contacts=20, cap=5, hop_limit=5),
    Row(share=0.2, contacts=20, cap=5, hop_limit=3),
    Row(share=0.2, contacts=20, cap=5, hop_limit=12, one_chat_from=5),
    Row(share=0.3, contacts=5, cap=5, hop_limit=5),
    Row(share=0.3, contacts=5, cap=5, hop_limit=3),
    Row(share=0.3, contacts=20, cap=5, hop_limit=3),
)
AROUND = (0.6, 1.0, 1.4)
"""Shares of people who paste, in parts of the exact p*."""
ORIGINATORS = 20


@define(eq=False, frozen=True)
class Result:
    """One row, played."""

    row: Row
    honest: Lineages
    around: list[Lineages]

    @property
    def people(self) -> Estimate:
        """N where nobody pastes."""
        return _ratio(self.honest.people, self.honest)

    def restarts(self) -> list[Estimate]:
        """R at each share around p*."""
        return [_ratio(each.restarts, each) for each in self.around]


def _ratio(above: Any, lineages: Lineages) -> Estimate:
    return statistics.ratio(above, lineages.started) or Estimate(0.0, None, None)


def played(row: Row, users: int, runs: int) -> Result:
    """One row: nobody pastes, and shares around p*."""
    shares = [0.0, *(part * row.critical() for part in AROUND)]
    honest, *around = measured(row, users, shares, runs, ORIGINATORS)
    return Result(row, honest, around)


def lines(results: Sequence[Result], users: int, runs: int) -> list[str]:
    """The record."""
    table = [
        "| q | K | F | H | N: notes | exact | measured | p*: notes | exact | measured |",
        f"|{'---:|' * 10}",
        *map(_cells, results),
    ]
    return [
        "# Where pasting beats caps",
        "",
        *(__doc__ or "").partition("\n\n")[2].rstrip().splitlines(),
        "",
        f"{machine()}. {users:,} people, {runs} runs with {ORIGINATORS} originators each, at each share.",
        "",
        *table,
        "",
        f"![Lineages that a lineage starts against the share of people who paste, measured and by the formula]({NAME}.png)",
        "",
    ]


def _cells(result: Result) -> str:
    row, people = result.row, result.people
    value, low, high = critical(result.around)
    limit = (
        f"{row.hop_limit}"
        if row.one_chat_from is None
        else f"{row.hop_limit}, one chat from {row.one_chat_from}"
    )
    cells = (
        f"{row.share:g}", f"{row.contacts}", f"{row.cap}", limit,
        f"{row.lineage(0.0, 0.0):.1f}", f"{row.lineage(0.0):.1f}",
        f"{people.value:.1f} ({people.low:.1f} to {people.high:.1f})",
        f"{100 * row.critical(0.0):.2f} %", f"{100 * row.critical():.2f} %",
        f"{100 * value:.2f} % ({100 * low:.2f} to {100 * high:.2f})",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def figure(results: Sequence[Result]) -> Any:
    """R by the share of people who paste: curves by the exact formula, dots with intervals as measured."""
    curves, dots = [], []
    for result in results:
        row = result.row
        name = f"q {row.share:g}, K {row.contacts}, H {row.hop_limit}"
        shares = (np.linspace(0.4, 1.6, 25) * row.critical()).tolist()
        curves += [{"row": name, "p": share, "r": row.restarts(share)} for share in shares]
        for lineages, each in zip(result.around, result.restarts(), strict=True):
            dots.append(
                {
                    "row": name,
                    "p": lineages.pasting,
                    "r": each.value,
                    "low": each.low,
                    "high": each.high,
                }
            )
    x = alt.X("p:Q", title="Share of people who paste", axis=alt.Axis(format=".1%"))
    y = alt.Y("r:Q", title="Lineages that a lineage starts")
    color = alt.Color(
        "row:N", title=None, legend=alt.Legend(orient="top", columns=3, labelLimit=300)
    )
    line = (
        alt.Chart(alt.InlineData(values=curves))
        .mark_line(strokeWidth=2)
        .encode(x=x, y=y, color=color)
    )
    points = alt.Chart(alt.InlineData(values=dots))
    dot = points.mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y, color=color)
    whisker = points.mark_rule(strokeWidth=1.5).encode(
        x=x, y=alt.Y("low:Q"), y2="high:Q", color=color
    )
    one = (
        alt.Chart(alt.InlineData(values=[{"r": 1.0}])).mark_rule(strokeDash=[5, 4]).encode(y="r:Q")
    )
    layers = alt.layer(one, line, whisker, dot)
    return layers.properties(width=620, height=360).configure(font="sans-serif")


@click.command()
@click.option("--users", default=200_000, show_default=True)
@click.option("--runs", default=60, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(*, users: int, runs: int, out: Path) -> None:
    """Play, print, draw and write."""
    results = [played(row, users, runs) for row in ROWS]
    record(lines(results, users, runs), out, f"{NAME}.md")
    drawn = vl_convert.vegalite_to_png(figure(results).to_json(), scale=2)
    keep({"png": drawn}, out, NAME)


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
