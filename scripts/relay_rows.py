"""What the relay costs over sockets, row by row: medians of rounds that take every row in turn.

    python scripts/relay_rows.py                  # all rows, to results/relay_cost.md
    python scripts/relay_rows.py --rounds 1 --seconds 1 --idle 1000

Each row is a run of scripts/relay_cost.py in processes of its own. Compare rows of one table, not tables of different
machines: microseconds of a shared machine vary by a third.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from attrs import frozen

from chatsim.cli.options import COUNT
from machine import load, machine

MEASURE = Path(__file__).with_name("relay_cost.py")
RESULT = Path(__file__).parents[1] / "results" / "relay_cost.md"
KINDS = ("cost", "rate", "idle")


@frozen
class Row:
    """One way to run the relay."""

    kind: str
    """What is read from it: microseconds a message, durable messages a second, KB a connection."""
    name: str
    arguments: tuple[str, ...]
    floor: float | None = None
    """What the relay is to reach at least."""
    aim: float | None = None


ROWS = (
    Row("cost", "acknowledged, one in flight", (), 35, 25),
    Row("cost", "the same, counted by the apps (client)", ("--enforcement", "client")),
    Row("cost", "the same, no cap and no label (uncapped)", ("--policy", "uncapped")),
    Row("cost", "the same, portable shell", ("--shell", "portable")),
    Row("cost", "acknowledged, ten in flight", ("--window", "10")),
    Row("cost", "fire and forget, one in flight", ("--fire-and-forget",), 24, 20),
    Row("cost", "fire and forget, ten in flight", ("--fire-and-forget", "--window", "10")),
    Row(
        "rate", "kept on disk (FULL), ten in flight", ("--store", "--window", "10"), 15_000, 20_000
    ),
    Row(
        "rate",
        "kept on disk (FULL), fifty in flight",
        ("--store", "--window", "50"),
        15_000,
        20_000,
    ),
    Row("idle", "logged in", (), 4, 1),
    Row("idle", "logged in, with TLS", ("--tls",), 25, 20),
)
READ = {"cost": "cpu_us_per_message", "rate": "messages_per_second", "idle": "kb_per_connection"}
HEADINGS = {
    "cost": "processor microseconds of the server per delivered message",
    "rate": "acknowledged messages a second, deletions included",
    "idle": "KB of the server per idle connection",
}


def measured(row: Row, seconds: float, idle: int) -> float:
    """One run of a row."""
    size = ["--idle", str(idle)] if row.kind == "idle" else ["--seconds", str(seconds)]
    command = [sys.executable, str(MEASURE), *size, *row.arguments]
    run = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: float = json.loads(run.stdout)[READ[row.kind]]
    return found


def number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"


def table(rows: Sequence[Row], found: Sequence[Sequence[float]], kind: str) -> list[str]:
    """The rows of one kind as markdown."""
    lines = [
        f"| {HEADINGS[kind]} | median | least and most | at least | aim |",
        "|---|---|---|---|---|",
    ]
    for row, values in zip(rows, found, strict=True):
        if row.kind == kind and values:
            middle = number(statistics.median(values))
            ends = f"{number(min(values))} to {number(max(values))}"
            bounds = f"{number(row.floor)} | {number(row.aim)}"
            lines.append(f"| {row.name} | {middle} | {ends} | {bounds} |")
    return lines


@click.command()
@click.option(
    "--rounds", default=5, show_default=True, help="Runs of each row; idle rows have one."
)
@click.option("--seconds", default=5.0, show_default=True, help="Of each run.")
@click.option("--idle", type=COUNT, default="10k", show_default=True, help="Idle connections.")
@click.option("--clients", default=1_000, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=RESULT, show_default=True)
def main(*, rounds: int, seconds: float, idle: int, clients: int, out: Path) -> None:
    """Measure all rows and write the table."""
    before = load()
    found: list[list[float]] = [[] for _ in ROWS]
    for turn in range(rounds):
        for row, values in zip(ROWS, found, strict=True):
            if row.kind == "idle":
                if turn > 0:
                    continue
                values.append(measured(row, seconds, idle))
            else:
                counted = Row(row.kind, row.name, (*row.arguments, "--clients", str(clients)))
                values.append(measured(counted, seconds, idle))
            print(f"{turn + 1}: {row.name}: {number(values[-1])}", flush=True)
    lines = [
        "# What the relay costs over sockets",
        "",
        (
            f"`python scripts/relay_rows.py`, {rounds} rounds of {seconds:g} s; {clients:,} clients, 200-byte messages "
            f"between random pairs, policy whatsapp-latest under `clear` where a row says nothing else; {idle:,} idle "
            "connections. The server is pinned to one core and the clients to the other; with a store the server is not."
        ),
        "",
        f"{machine()}. Before: {before}. After: {load()}.",
    ]
    for kind in KINDS:
        lines += ["", *table(ROWS, found, kind)]
    out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
