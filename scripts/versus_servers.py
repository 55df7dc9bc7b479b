"""What does a delivered message cost chatsim's server, beside the servers that people use today?

    apt install redis-server mosquitto nats-server ejabberd prosody
    python scripts/versus_servers.py
    python scripts/versus_servers.py --only redis,mosquitto --clients 100 --rounds 1

200-byte messages between random pairs over loopback TCP, no TLS, nothing on disk. Each client keeps W messages in
flight: the next goes when one has arrived (fire and forget) or has arrived and is confirmed (acknowledged). Server CPU
is that of all its processes, from /proc; the server has a core of its own and so has the load. Every server takes
turns with chatsim, in alternating order, and its ratio is the median of those within a round. Memory is what the
server's processes grow by, per client logged in, after a second of silence. Servers that are not installed are named
and skipped. Writes versus_servers.csv, .md, .svg and .png into --out; a server that has all its rounds in that .csv
is not measured again (--fresh forgets them).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import polars as pl

from broker_load import Amount, Crowd
from broker_processes import Broker, Running, start
from brokers import BROKERS
from chatsim.cli.options import COUNT
from chatsim.errors import ChatsimError, ConfigurationError, RunError, StoreError
from chatsim.server.listening import raise_file_limit
from machine import load, machine
from versus_table import COLUMNS, Skipped, save, sections

WINDOWS = (1, 10)
FIRST = BROKERS[0]
"""Whom the others are compared with."""
SILENCE_SECONDS = 1.0


def cores() -> tuple[int | None, int | None]:
    """(the server's, the load's); none on a machine with a single one."""
    every = sorted(os.sched_getaffinity(0))
    return (every[0], every[1]) if len(every) > 1 else (None, None)


def measured(
    broker: Broker, clients: Sequence[int], amount: Amount, core: int | None
) -> Iterator[dict[str, object]]:
    """A row for each way and window; a fresh server for each way and number of clients, which shows its memory."""
    for acknowledged in (False, True) if broker.acknowledged else (False,):
        for count in clients:
            running = start(broker, core)
            try:
                yield from _carried(running, count, amount, acknowledged=acknowledged)
            finally:
                running.stop()


def _carried(
    running: Running, count: int, amount: Amount, *, acknowledged: bool
) -> Iterator[dict[str, object]]:
    talk = running.broker.talk
    empty = running.resident_bytes()
    crowd = Crowd.connected(
        running.address, [talk(number, acknowledged=acknowledged) for number in range(count)], 1
    )
    try:
        time.sleep(SILENCE_SECONDS)
        idle = (running.resident_bytes() - empty) / count / 1024
        for window in WINDOWS:
            carried = crowd.carry(window, amount, running.cpu_seconds)
            yield {
                "server": running.broker.name,
                "acknowledged": acknowledged,
                "clients": count,
                "window": window,
                "us_per_message": carried.us_per_message,
                "messages": carried.messages,
                "wall_seconds": carried.wall_seconds,
                "idle_kb": idle,
            }
    finally:
        crowd.close()


def compared(
    broker: Broker, rounds: int, clients: Sequence[int], amount: Amount, core: int | None
) -> pl.DataFrame:
    """All rounds of one server and of chatsim, which take turns. Raises RunError where one fails."""
    rows: list[dict[str, object]] = []
    for number in range(rounds):
        pair = [FIRST] if broker is FIRST else [FIRST, broker]
        for each in pair if number % 2 == 0 else reversed(pair):
            about = {"contender": broker.name, "round": number}
            rows += [about | row for row in measured(each, clients, amount, core)]
        click.echo(f"{broker.name}, round {number + 1} of {rounds}", err=True)
    return pl.DataFrame(rows, schema=COLUMNS)


def chosen(names: str | None) -> list[Broker]:
    """The servers named with commas. Raises ConfigurationError for one that nobody knows."""
    known = {broker.name.replace(", ", "-").replace(" ", "-"): broker for broker in BROKERS}
    wanted = list(known) if names is None else names.split(",")
    for name in wanted:
        if name not in known:
            raise ConfigurationError(f"There is no server {name}; it takes {', '.join(known)}.")
    return [known[name] for name in wanted]


def former(file: Path, rounds: int, clients: Sequence[int]) -> pl.DataFrame:
    """What is measured already, of servers that have all these rounds and numbers of clients."""
    if not file.exists():
        return pl.DataFrame(schema=COLUMNS)
    data = pl.read_csv(file, schema=COLUMNS)
    done = [
        name
        for (name,), rows in data.group_by("contender")
        if rows["round"].n_unique() >= rounds and {*clients} <= {*rows["clients"]}
    ]
    return data.filter(pl.col("contender").is_in(done))


@click.command()
@click.option("--only", metavar="NAMES", help="Only these, such as redis,mosquitto.")
@click.option("--clients", default="1000,100", show_default=True, help="Clients of each crowd.")
@click.option("--messages", type=COUNT, default="40k", show_default=True, help="For each figure.")
@click.option("--seconds", default=8.0, show_default=True, help="No longer for a figure.")
@click.option("--rounds", type=COUNT, default="5", show_default=True)
@click.option("--fresh", is_flag=True, help="Measure again what is measured already.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(
    *,
    only: str | None,
    clients: str,
    messages: int,
    seconds: float,
    rounds: int,
    fresh: bool,
    out: Path,
) -> None:
    """Measure the CPU of a delivered message in chatsim and in every other server that is installed."""
    wanted = chosen(only)
    sizes = [COUNT.convert(size, None, None) for size in clients.split(",")]
    raise_file_limit()
    core, own = cores()
    if own is not None:
        os.sched_setaffinity(0, {own})
    out.mkdir(parents=True, exist_ok=True)
    file = out / "versus_servers.csv"
    data = pl.DataFrame(schema=COLUMNS) if fresh else former(file, rounds, sizes)
    skipped: list[Skipped] = []
    for broker in wanted:
        if broker.path() is None:
            skipped.append((broker.name, f"no {broker.program} here"))
            continue
        if broker.name in data["contender"]:
            continue
        try:
            found = compared(broker, rounds, sizes, Amount(messages, seconds), core)
        except RunError as error:
            skipped.append((broker.name, str(error)))
            continue
        data = pl.concat([data, found])
        write(data, file)
    command = f"python scripts/versus_servers.py {' '.join(sys.argv[1:])}".strip()
    about = (__doc__ or "").strip().splitlines()[6:]
    pinned = "The server was pinned to one core" if core is not None else "Nothing was pinned"
    where = f"{machine()}. {pinned}; {load()}. Take ratios, not absolutes."
    print(*sections(data, skipped), "", sep="\n")
    print(*save(data, skipped, out, [*about, "", f"    {command}", "", where]), sep="\n")


def write(data: pl.DataFrame, file: Path) -> None:
    try:
        data.write_csv(file)
    except OSError as error:
        raise StoreError(f"{file} cannot be written to: {error.strerror}") from error


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
