"""What `versus_servers.py` shows: two tables, what each server guarantees in them, and a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import altair as alt
import polars as pl
import vl_convert

from brokers import BROKERS
from chatsim.report.theme import INK, MUTED, PAPER, RULE, SERIES
from recording import keep

NAME = "versus_servers"
COLUMNS = pl.Schema(
    {
        "contender": pl.String(),
        "round": pl.Int64(),
        "server": pl.String(),
        "acknowledged": pl.Boolean(),
        "clients": pl.Int64(),
        "window": pl.Int64(),
        "us_per_message": pl.Float64(),
        "messages": pl.Int64(),
        "wall_seconds": pl.Float64(),
        "idle_kb": pl.Float64(),
    }
)
"""A row is one figure of one server in one round of a contender, in which chatsim has its own."""
WAYS = {False: "Fire and forget", True: "Acknowledged by sender and recipients"}
FIRST = BROKERS[0].name
SETTING = ["contender", "round", "acknowledged", "clients", "window"]

Skipped = tuple[str, str]
"""A server's name, and why it is not measured."""


def ratios(data: pl.DataFrame) -> pl.DataFrame:
    """Each figure, with `ratio`: by chatsim's of the same round; of chatsim itself, nothing."""
    own = data.filter(pl.col("server") == FIRST).select(*SETTING, own="us_per_message")
    others = data.filter((pl.col("server") == pl.col("contender")) & (pl.col("server") != FIRST))
    paired = others.join(own, on=SETTING).with_columns(
        ratio=pl.col("us_per_message") / pl.col("own")
    )
    # chatsim's rounds beside all contenders say what it costs.
    first = data.filter(pl.col("server") == FIRST).with_columns(own=None, ratio=None)
    return pl.concat([first, paired], how="vertical_relaxed")


def medians(data: pl.DataFrame) -> pl.DataFrame:
    """A row for each server and setting."""
    return (
        ratios(data)
        .group_by("server", "acknowledged", "clients", "window")
        .agg(
            pl.col("us_per_message").median().alias("us"),
            pl.col("us_per_message").min().alias("least"),
            pl.col("us_per_message").max().alias("most"),
            pl.col("ratio").median(),
            pl.col("idle_kb").median(),
            pl.len().alias("rounds"),
        )
    )


def sections(data: pl.DataFrame, skipped: Sequence[Skipped]) -> list[str]:
    """A markdown table for each way, and what the servers guarantee in it."""
    found = medians(data)
    lines = []
    for acknowledged, title in WAYS.items():
        rows = found.filter(pl.col("acknowledged") == acknowledged)
        if rows.is_empty():
            continue
        lines += ["", f"### {title}", "", *_table(rows), "", "What holds in this table:", ""]
        for broker in BROKERS:
            guarantee = broker.acknowledged if acknowledged else broker.fire
            if guarantee and broker.name in rows["server"]:
                lines.append(f"- {broker.name} {broker.version_number()}: {guarantee}.")
    return [*lines, "", *(f"Skipped: {name} ({reason})." for name, reason in skipped)]


def _table(rows: pl.DataFrame) -> list[str]:
    settings = rows.select("clients", "window").unique().sort("clients", "window").rows()
    head = ["server"]
    head += [f"{clients:,} clients, W = {window}" for clients, window in settings]
    lines = [[*head, "KB per idle client", "rounds"]]
    for broker in BROKERS:
        own = rows.filter(pl.col("server") == broker.name)
        if own.is_empty():
            continue
        cells = [_cell(own, clients, window) for clients, window in settings]
        # The largest crowd says most about one of its clients.
        idle = own.sort("clients")["idle_kb"][-1]
        lines.append([broker.name, *cells, f"{idle:.1f}", str(own["rounds"].min())])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    written = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    return [written[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *written[1:]]


def _cell(rows: pl.DataFrame, clients: int, window: int) -> str:
    """Microseconds, and how many times chatsim's those of the same rounds are."""
    row = rows.filter((pl.col("clients") == clients) & (pl.col("window") == window))
    if row.is_empty():
        return ""
    (us,), (ratio,) = row["us"], row["ratio"]
    return f"{us:.1f}" if ratio is None else f"{us:.1f} ({ratio:.2f}x)"


def figure(data: pl.DataFrame) -> alt.HConcatChart:
    """Microseconds by server, a dot for each number of clients, one in flight; a panel for each way."""
    found = medians(data).filter(pl.col("window") == 1)
    found = found.with_columns(
        crowd=pl.col("clients").map_elements(lambda n: f"{n:,} clients", return_dtype=pl.String)
    )
    crowds = [f"{clients:,} clients" for clients in sorted(set(found["clients"].to_list()))]
    hues = [SERIES[place % len(SERIES)].light for place in range(len(crowds))]
    key = alt.Legend(title=None, orient="top", symbolOpacity=1)
    colour = alt.Color("crowd:N", scale=alt.Scale(domain=crowds, range=hues), legend=key)
    names = [broker.name for broker in BROKERS]
    ends = [0.8 * min(found["least"].to_list()), 1.2 * max(found["most"].to_list())]
    x_scale = alt.Scale(type="log", domain=ends, nice=False)
    ticks = alt.Axis(format="~g", values=[5, 10, 20, 50, 100, 200, 500])
    panels = []
    for acknowledged, title in WAYS.items():
        rows = found.filter(pl.col("acknowledged") == acknowledged)
        if rows.is_empty():
            continue
        y = alt.Y("server:N", sort=names, title=None, axis=alt.Axis(grid=True))
        label = "Microseconds of server CPU for a delivered message"
        x = alt.X("us:Q", scale=x_scale, title=label, axis=ticks)
        dots = alt.Chart(rows).mark_point(filled=True, size=90, opacity=1)
        spans = alt.Chart(rows).mark_rule(strokeWidth=2, opacity=0.5)
        span = spans.encode(x=alt.X("least:Q", scale=x_scale), x2="most:Q", y=y, color=colour)
        panels.append(
            (
                span
                + dots.encode(
                    x=x,
                    y=y,
                    color=colour,
                    shape=alt.Shape("crowd:N", scale=alt.Scale(domain=crowds), legend=key),
                )
            ).properties(width=340, height={"step": 26}, title=title)
        )
    heading = alt.TitleParams(
        "The cost of a message, side by side",
        subtitle=[
            "One message in flight for each client; medians and spans of rounds; further left is cheaper."
        ],
        anchor="start",
        color=INK.light,
        subtitleColor=MUTED.light,
        fontSize=16,
        subtitleFontSize=12,
        offset=14,
    )
    both: alt.HConcatChart = (
        alt.hconcat(*panels, spacing=32, background=PAPER.light, padding=16, title=heading)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12,
            labelLimit=220,
            labelPadding=8,
            titleFontSize=12,
            titleFontWeight="normal",
            labelColor=MUTED.light,
            titleColor=INK.light,
            gridColor=RULE.light,
            domain=False,
            ticks=False,
        )
    )
    return both


def save(
    data: pl.DataFrame, skipped: Sequence[Skipped], out: Path, about: Sequence[str]
) -> list[Path]:
    """The tables as markdown, the figure as SVG and PNG, all rounds as CSV; no figure where nothing ran."""
    text = ["# chatsim beside other servers", "", *about, *sections(data, skipped)]
    text += ["", f"![CPU of a delivered message by server]({NAME}.png)", ""]
    contents = {"csv": data.write_csv().encode(), "md": "\n".join(text).encode()}
    if not data.is_empty():
        svg: str = vl_convert.vegalite_to_svg(figure(data).to_json())
        contents |= {"svg": svg.encode(), "png": vl_convert.svg_to_png(svg, scale=2)}
    return keep(contents, out, NAME)
