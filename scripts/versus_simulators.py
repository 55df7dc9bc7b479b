"""How fast is a spread in chatsim, beside the simulators that people use today? All in one run, on one graph.

    pip install -e '.[bench]'
    python scripts/versus_simulators.py
    python scripts/versus_simulators.py --sizes 10k,100k --tools chatsim,networkit --repeats 9

One spread from the person with most ties of a Barabasi-Albert graph (m = 5): W1 is an independent cascade (p = .12),
W2 a continuous-time SIR epidemic (rates .15 and 1). `peers.py` has each tool's own way to do it. Writes
versus_simulators.csv, .md, .svg and .png into --out, and prints the tables. Seconds are of the spread alone: loading
the graph is not in them, nor a first spread to warm up; peak memory is that of the whole process, loading included.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

import altair as alt
import click
import polars as pl
import vl_convert

import chatsim
from chatsim.cli.options import COUNT
from chatsim.errors import ChatsimError, ConfigurationError
from chatsim.report.theme import CONTROL, INK, MUTED, PAPER, RULE, SERIES
from machine import machine
from recording import keep
from side_by_side import Entrant, Result, compared

NAME = "versus_simulators"
WORKS = {
    "W1": "independent cascade, each tie passes it on with chance .12",
    "W2": "continuous-time SIR, rate .15 on a tie, recovery at rate 1",
}
BOTH = ("W1", "W2")
ENTRANTS = (
    Entrant("chatsim", "chatsim", BOTH),
    Entrant("chatsim", "chatsim, 2 threads", BOTH, threads=2),
    Entrant("chatsim_tree", "chatsim, whole tree", BOTH),
    Entrant("chatsim_tree", "chatsim, whole tree, 2 threads", BOTH, threads=2),
    Entrant("cynetdiff", "CyNetDiff", ("W1",), "cynetdiff"),
    Entrant("networkit", "networkit", ("W1",), "networkit"),
    Entrant("starsim", "starsim", ("W1",), "starsim"),
    Entrant("epiworldpy", "epiworldpy", ("W1",), "epiworldpy"),
    Entrant("nextnet", "NEXTNet", ("W2",), "nextnet"),
    Entrant("simpy", "SimPy", ("W2",), "simpy"),
    Entrant("eon", "EoN", BOTH, "EoN"),
    Entrant("ndlib", "NDlib", ("W1",), "ndlib"),
)
TIES_EACH = 5

Measured = tuple[str, int, Result]
"""Work, users, result."""


def write_graph(users: int, seed: int, file: Path) -> None:
    """A Barabasi-Albert graph as an edge list: each new user ties to five, chosen by how many ties they have."""
    draw = random.Random(seed).randrange  # noqa: S311 - not for secrets
    new, old = [], []
    ends: list[int] = []
    chosen = list(range(TIES_EACH))
    for user in range(TIES_EACH, users):
        new += [user] * TIES_EACH
        old += chosen
        ends += chosen
        ends += [user] * TIES_EACH
        picked: set[int] = set()
        while len(picked) < TIES_EACH:
            picked.add(ends[draw(len(ends))])
        chosen = sorted(picked)
    pl.DataFrame({"one": new, "other": old}).write_csv(file, separator=" ", include_header=False)


def version(entrant: Entrant) -> str:
    """Of its package; of chatsim, this checkout's."""
    if entrant.package is None:
        return chatsim.__version__
    try:
        return metadata.version(entrant.package)
    except metadata.PackageNotFoundError:
        return "not installed"


def table(measured: Sequence[Measured]) -> pl.DataFrame:
    """One row per work, size and tool; times_chatsim is the median of paired ratios, empty without a pair."""
    rows = []
    for work, users, result in measured:
        done = bool(result.spreads)
        rows.append(
            {
                "work": work,
                "users": users,
                "tool": result.entrant.name,
                "version": version(result.entrant),
                "threads": result.entrant.threads,
                "repeats": len(result.spreads),
                "seconds_median": result.seconds if done else None,
                "seconds_min": result.least_seconds if done else None,
                "times_chatsim": result.ratio,
                "reach_share": result.reach / users if done else None,
                "peak_bytes": result.peak_bytes,
                "load_seconds": result.load_seconds,
                "skipped": result.skipped,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def cells(result: Result, users: int) -> tuple[str, ...]:
    """A row of the table for people, of a tool that ran."""
    peak = result.peak_bytes
    return (
        f"{result.entrant.name} ({version(result.entrant)})",
        f"{result.seconds:.3g}",
        f"{result.least_seconds:.3g}",
        "" if result.ratio is None else f"{result.ratio:.2g}",
        f"{result.reach / users:.1%}",
        "" if peak is None else f"{peak / 2**20:,.0f}",
        str(len(result.spreads)),
    )


def told(result: Result) -> str:
    """A result in a few words, for whoever waits."""
    name = result.entrant.name
    return f"{name} {result.seconds:.3g} s" if result.spreads else f"{name} {result.skipped}"


HEAD = ("tool", "seconds, median", "min", "times chatsim's", "reach", "peak MiB", "repeats")


def sections(measured: Sequence[Measured]) -> list[str]:
    """A markdown table for each work and size, each with how far the reaches agree."""
    lines = []
    for work, users in dict.fromkeys((work, users) for work, users, _ in measured):
        results = [r for w, u, r in measured if (w, u) == (work, users)]
        rows = [HEAD, *(cells(result, users) for result in results if result.spreads)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
        written = [
            "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
            for row in rows
        ]
        rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
        lines += ["", f"### {work}, {users:,} users: {WORKS[work]}", "", written[0], rule]
        lines += [*written[1:], "", agreement(results), *skipped(results)]
    return lines


def skipped(results: Sequence[Result]) -> list[str]:
    """A sentence for each tool that did not run, with the reason."""
    out = [(result.entrant.name, result.skipped) for result in results if result.skipped]
    return [f"Skipped: {name} ({reason})." for name, reason in out]


def agreement(results: Sequence[Result]) -> str:
    """Which tool's mean reach lies furthest from the middle one."""
    reaches = sorted((r.reach, r.entrant.name) for r in results if r.spreads)
    if not reaches:
        return "Nothing ran."
    middle = reaches[len(reaches) // 2][0]
    far, name = max(reaches, key=lambda reach: abs(reach[0] - middle))
    return f"Furthest from the middle reach: {name}, {far / middle - 1:+.1%}."


def figure(data: pl.DataFrame) -> alt.HConcatChart:
    """Seconds of a spread by tool, a dot for each size, a panel for each work."""
    done = data.drop_nulls("seconds_median").with_columns(
        size=pl.col("users").map_elements(lambda users: f"{users:,} users", return_dtype=pl.String)
    )
    sizes = [f"{users:,} users" for users in sorted(set(done["users"].to_list()))]
    shades = [*(colour.light for colour in (SERIES[0], SERIES[1], SERIES[2])), CONTROL.light]
    key = alt.Legend(title=None, orient="top", symbolOpacity=1)
    hues = [shades[i % len(shades)] for i in range(len(sizes))]
    colour = alt.Color("size:N", scale=alt.Scale(domain=sizes, range=hues), legend=key)
    shape = alt.Shape("size:N", scale=alt.Scale(domain=sizes), legend=key)
    panels = []
    for work in dict.fromkeys(done["work"].to_list()):
        rows = done.filter(pl.col("work") == work)
        slowest = rows.group_by("tool").agg(pl.col("users").max(), pl.col("seconds_median").max())
        ordered = slowest.sort(["users", "seconds_median"], descending=[True, False])
        y = alt.Y("tool:N", sort=ordered["tool"].to_list(), title=None, axis=alt.Axis(grid=True))
        x = alt.X(
            "seconds_median:Q",
            scale=alt.Scale(type="log"),
            title="Seconds for one spread",
            axis=alt.Axis(format="~g", tickCount=6),
        )
        dots = alt.Chart(rows).mark_point(filled=True, size=90, opacity=1)
        panels.append(
            dots.encode(x=x, y=y, color=colour, shape=shape).properties(
                width=340, height={"step": 24}, title=f"{work}: {WORKS[work].split(',')[0]}"
            )
        )
    title = alt.TitleParams(
        "One spread on the same graph, side by side",
        subtitle=["Seconds of the spread alone, the median of several; further left is faster."],
        anchor="start",
        color=INK.light,
        subtitleColor=MUTED.light,
        fontSize=16,
        subtitleFontSize=12,
        offset=14,
    )
    both: alt.HConcatChart = (
        alt.hconcat(*panels, spacing=32, background=PAPER.light, padding=16, title=title)
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


def save(measured: Sequence[Measured], out: Path, command: str) -> list[Path]:
    """The table as CSV and markdown, the figure as SVG and PNG; no figure where nothing ran."""
    data = table(measured)
    about = (__doc__ or "").strip().splitlines()[-5:]
    text = [
        "# chatsim beside other simulators",
        "",
        *about,
        "",
        f"    {command}",
        "",
        f"{machine()}. A shared machine: take ratios, not absolutes.",
        *sections(measured),
        "",
        f"![Seconds of one spread by tool and size]({NAME}.png)",
        "",
    ]
    contents = {"csv": data.write_csv().encode(), "md": "\n".join(text).encode()}
    if data["seconds_median"].is_not_null().any():
        svg: str = vl_convert.vegalite_to_svg(figure(data).to_json())
        contents |= {"svg": svg.encode(), "png": vl_convert.svg_to_png(svg, scale=2)}
    return keep(contents, out, NAME)


def chosen(what: str, names: str, known: Iterable[str]) -> list[str]:
    """The names in a list with commas, each of them known."""
    known = list(dict.fromkeys(known))
    for name in names.split(","):
        if name not in known:
            raise ConfigurationError(f"There is no {what} {name}; it takes {', '.join(known)}.")
    return names.split(",")


@click.command()
@click.option("--sizes", default="10k,100k,1M", show_default=True, help="Users of each graph.")
@click.option("--works", default="W1,W2", show_default=True)
@click.option("--tools", metavar="NAMES", help="Only these, such as chatsim,networkit,eon.")
@click.option("--repeats", type=COUNT, default="5", show_default=True, help="Spreads of each.")
@click.option("--limit", default=120, show_default=True, help="Seconds for a spread.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(
    *, sizes: str, works: str, tools: str | None, repeats: int, limit: int, seed: int, out: Path
) -> None:
    """Measure one spread in chatsim and in every other simulator that is installed."""
    every = ",".join(entrant.tool for entrant in ENTRANTS)
    wanted = chosen("tool", tools or every, every.split(","))
    todo = chosen("work", works, WORKS)
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes.split(","):
            users = COUNT.convert(size, None, None)
            graph = Path(folder) / f"{users}.txt"
            write_graph(users, seed, graph)
            for work in todo:
                here = [e for e in ENTRANTS if e.tool in wanted and work in e.works]
                found = []
                for result in compared(here, work, graph, repeats, limit) if here else ():
                    click.echo(f"{work}, {users:,} users: {told(result)}", err=True)
                    found.append(result)
                order = {entrant: place for place, entrant in enumerate(here)}
                found.sort(key=lambda result: order[result.entrant])
                measured += [(work, users, result) for result in found]
    print(machine(), *sections(measured), "", sep="\n")
    print(
        *save(measured, out, f"python scripts/{NAME}.py {' '.join(sys.argv[1:])}".strip()), sep="\n"
    )


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
