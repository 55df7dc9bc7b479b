"""How do forward caps slow the spread of a rumour? A sweep of caps, relayed over real sockets.

    python scripts/caps_slow_spread.py --users 1000 --runs 5
    python scripts/caps_slow_spread.py --contacts friends.txt.gz --share auto

Every cap meets the same people, originators and coins through `chatsim serve`. Writes caps_slow_spread.csv, .svg and
.png into --out, and prints the table.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import click
import polars as pl
import vl_convert

from chatsim import api
from chatsim.cli.options import COUNT, SHARE
from chatsim.cli.watching import watching
from chatsim.errors import ChatsimError, StoreError
from chatsim.report.theme import INK, MUTED, PAPER, RULE, SERIES
from chatsim.study.sentences import half_time_text
from chatsim.study.summary import ContentResult, Summary

NAME = "caps_slow_spread"
CAPS = (1, 2, 5, 20, 256)
CONTROL = "no cap"
WIDTH, HEIGHT = 380, 260


def results(summary: Summary) -> list[tuple[str, ContentResult]]:
    """Each cap's name and what it did to the rumour, tightest first, no cap last."""
    names = [(str(cap), f"cap-{cap}") for cap in CAPS] + [(CONTROL, summary.control.name)]
    return [(cap, summary.headline(policy)) for cap, policy in names]


def table(summary: Summary) -> pl.DataFrame:
    """One row per cap: means with their 95 % bounds; times in seconds, empty for never."""
    return pl.DataFrame(
        [
            {
                "cap": cap,
                "reach": result.reach.value,
                "reach_low": result.reach.low,
                "reach_high": result.reach.high,
                "half_time_seconds": result.half_time.median_seconds,
                "half_time_runs": result.half_time.got_there.runs,
                "got_half_as_far": result.half_time.got_there.count,
                "copies": result.copies.value,
                "held_back_per_100": held.value if (held := result.held_back_per_100) else None,
                "big_outbreaks": result.outbreaks.count,
                "outbreak_runs": result.outbreaks.runs,
            }
            for cap, result in results(summary)
        ]
    )


def lines(summary: Summary) -> list[str]:
    """The table for people."""
    rows = [("Chats at a time", "People reached (95 %)", "Half as far takes", "Big outbreaks")]
    for cap, result in results(summary):
        reach, outbreaks = result.reach, result.outbreaks
        bounds = "" if reach.low is None else f" ({reach.low:,.0f} to {reach.high:,.0f})"
        half = half_time_text(result.half_time)
        rows.append(
            (cap, f"{reach.value:,.0f}{bounds}", half, f"{outbreaks.count} of {outbreaks.runs}")
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def figure(summary: Summary) -> alt.HConcatChart:
    """People reached, and the time to half of what is reached without a cap, against the cap."""
    order = [cap for cap, _ in results(summary)]
    data = table(summary)
    slowest = data["half_time_seconds"].max()
    unit, seconds = (
        ("Hours", 3600) if isinstance(slowest, float) and slowest > 7200 else ("Minutes", 60)
    )
    data = data.with_columns(time=pl.col("half_time_seconds") / seconds)
    title = alt.TitleParams(
        "How caps slow the spread of a rumour",
        subtitle=[summary.study.sentence, "Bars: 95 % intervals over runs, not over assumptions."],
        anchor="start",
        color=INK.light,
        subtitleColor=MUTED.light,
        fontSize=16,
        subtitleFontSize=12,
        offset=14,
    )
    reach = panel(data, order, "reach", "People reached")
    bars = marks(data, order).mark_rule(strokeWidth=2, color=SERIES[1].light)
    reach += bars.encode(y=alt.Y("reach_low:Q"), y2="reach_high:Q")
    time = panel(data.drop_nulls("time"), order, "time", f"{unit} to half of the uncapped reach")
    never = data.filter(pl.col("time").is_null())
    if len(never):
        text = "never" if never["half_time_runs"].max() else "no outbreak"
        time += (
            marks(never, order)
            .mark_text(color=MUTED.light, fontSize=13, dy=12)
            .encode(y=alt.value(0), text=alt.value(text))
        )
    both: alt.HConcatChart = (
        alt.hconcat(reach, time, spacing=44, background=PAPER.light, padding=16, title=title)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=13,
            titleFontSize=13,
            titleFontWeight="normal",
            labelColor=MUTED.light,
            titleColor=INK.light,
            gridColor=RULE.light,
            domain=False,
            ticks=False,
            labelPadding=6,
        )
    )
    return both


def marks(data: pl.DataFrame, order: Sequence[str]) -> alt.Chart:
    """A place for each cap, from the tightest to none."""
    chart = alt.Chart(data).properties(width=WIDTH, height=HEIGHT)
    scale = alt.Scale(domain=list(order))
    axis = alt.Axis(labelAngle=0, grid=False, title="Chats at a time")
    return chart.encode(x=alt.X("cap:N", scale=scale, sort=None, axis=axis))


def panel(data: pl.DataFrame, order: Sequence[str], column: str, title: str) -> alt.LayerChart:
    """A line with a dot for each cap."""
    y = alt.Y(f"{column}:Q", title=title, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=6))
    line = marks(data, order).mark_line(strokeWidth=2, color=SERIES[1].light).encode(y=y)
    dots = marks(data, order).mark_point(filled=True, size=90, opacity=1, color=SERIES[1].light)
    layers: alt.LayerChart = line + dots.encode(y=y)
    return layers


def save(summary: Summary, out: Path) -> list[Path]:
    """The table as CSV, the figure as SVG and PNG."""
    svg: str = vl_convert.vegalite_to_svg(figure(summary).to_json())
    contents = {
        "csv": table(summary).write_csv().encode(),
        "svg": svg.encode(),
        "png": vl_convert.svg_to_png(svg, scale=2),
    }
    paths = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for suffix, content in contents.items():
            paths.append(out / f"{NAME}.{suffix}")
            paths[-1].write_bytes(content)
    except OSError as error:
        raise StoreError(f"{out} cannot be written to: {error.strerror}") from error
    return paths


@click.command()
@click.option("--contacts", metavar="FILE", help="A real network: an edge list.")
@click.option("--users", type=COUNT, help="Or so many generated people, such as 1000.")
@click.option("--scenario", default="rumour", show_default=True, help="A packaged name or a file.")
@click.option(
    "--share", type=SHARE, metavar="SHARE|auto", help="How many readers pass it on, such as 40%."
)
@click.option("--runs", type=COUNT, default="10", show_default=True, help="Runs under each cap.")
@click.option("--seed", type=click.IntRange(min=0), help="The seed of all runs.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def sweep(*, out: Path, **options: Any) -> None:
    """Sweep caps of 1, 2, 5, 20 and 256 chats at a time, and none, over TCP."""
    policies = [f"cap-{cap}" for cap in CAPS]
    with watching(f"{out / NAME}.partial") as progress:
        comparison = api.compare(policies=policies, backend="tcp", progress=progress, **options)
    print(f"{comparison.summary.study.sentence}.")
    print(*lines(comparison.summary), sep="\n")
    print(*save(comparison.summary, out), sep="\n")


if __name__ == "__main__":
    try:
        sweep()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
