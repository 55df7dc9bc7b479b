"""Durable acknowledged messages a second of the store alone, without a relay or sockets.

    python scripts/store_rate.py
    python scripts/store_rate.py --batch 100 --sync full --beside-a-busy-thread

A message is its delivery, its verdict, its record (`clear` enforcement) and, a batch later, its acknowledgement, which
deletes it. Prints a table as markdown, with the machine.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from attrs import frozen

from chatsim.errors import ChatsimError
from chatsim.model import ALLOWED
from chatsim.relay.changes import Change, Emptied, Judged, Kept, Posted
from chatsim.store.committer import LOG_BYTES
from chatsim.store.location import Sync
from chatsim.store.sqlite import SqliteStore
from machine import load, machine

BATCHES = (1, 10, 100, 1_000)
SYNCS = tuple(sync.value for sync in Sync)
HEAD = bytes(range(40))
STEP = 7_919
"""Prime: who writes to whom goes round all devices without a pattern of pages."""


@frozen
class Rate:
    messages: int
    seconds: float
    cpu_seconds: float
    """Of the thread that commits."""
    slowest_commit: float
    checkpoints: int
    checkpoint_seconds: float
    log_bytes: int
    """Written to the log for all messages."""

    def row(self, batch: int, sync: Sync) -> str:
        def micro(seconds: float) -> str:
            return f"{1e6 * seconds / self.messages:.1f} us"

        mean = 1e3 * self.checkpoint_seconds / max(1, self.checkpoints)
        return (
            f"| {sync.value} | {batch:,} | {self.messages / self.seconds:,.0f} "
            f"| {micro(self.cpu_seconds)} | {micro(self.seconds)} | {1e3 * self.slowest_commit:.1f} ms "
            f"| {self.log_bytes / self.messages:,.0f} | {self.checkpoints} of {mean:.0f} ms |"
        )


def batches_of(batch: int, devices: int, body_bytes: int) -> Iterator[list[Change]]:
    """Batches of messages between devices in turn; each message is acknowledged in the next batch."""
    received, sent = [0] * devices, [0] * devices
    number = 0
    acknowledged: list[Change] = []
    while True:
        changes, leaving = acknowledged, {}
        for _ in range(batch):
            number += 1
            sender, user = number % devices, number * STEP % devices
            received[user] += 1
            sent[sender] += 1
            body = number.to_bytes(8, "big") * (body_bytes // 8)
            changes.append(Posted(user, 0, received[user], sender, HEAD, body))
            changes.append(Kept(number, 0, number, sender, (user,), number // 10_000))
            changes.append(Judged(sender, 0, sent[sender], ALLOWED))
            leaving[user] = received[user]
        acknowledged = [Emptied(user, 0, base) for user, base in leaving.items()]
        yield changes


def measure(
    folder: Path, batch: int, sync: Sync, *, messages: int, devices: int, body_bytes: int
) -> Rate:
    store = SqliteStore.open(folder / f"{sync.value}-{batch}.db", sync)
    store.load()
    source = batches_of(batch, devices, body_bytes)
    seconds = cpu_seconds = slowest = emptying = 0.0
    log_bytes = checkpoints = 0
    count = max(20, messages // batch)
    for tick, changes in enumerate(itertools.islice(source, count)):
        cpu, start = time.thread_time(), time.perf_counter()
        store.commit(changes, tick)
        took = time.perf_counter() - start
        cpu_seconds += time.thread_time() - cpu
        seconds += took
        slowest = max(slowest, took)
        if store.log_bytes() >= LOG_BYTES or tick == count - 1:
            log_bytes += store.log_bytes()
            cpu, start = time.thread_time(), time.perf_counter()
            store.checkpoint()
            took = time.perf_counter() - start
            cpu_seconds += time.thread_time() - cpu
            seconds += took
            emptying += took
            checkpoints += 1
    store.close()
    return Rate(count * batch, seconds, cpu_seconds, slowest, checkpoints, emptying, log_bytes)


@contextlib.contextmanager
def busy_thread(*, wanted: bool) -> Iterator[None]:
    """A thread that never lets go of Python's lock by itself, as a relay within a long batch."""
    stopping = threading.Event()

    def spin() -> None:
        while not stopping.is_set():
            sum(range(100))

    thread = threading.Thread(target=spin)
    if wanted:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        if wanted:
            thread.join()


@click.command()
@click.option("--batch", "batches", type=int, multiple=True, default=BATCHES)
@click.option("--sync", "syncs", type=click.Choice(SYNCS), multiple=True, default=SYNCS)
@click.option("--messages", default=100_000, show_default=True, help="In a row, but 20 batches.")
@click.option("--devices", default=10_000, show_default=True)
@click.option("--body", "body_bytes", default=200, show_default=True, help="Bytes.")
@click.option("--beside-a-busy-thread", "busy", is_flag=True, help="A relay that never waits.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the files are made.")
def main(
    *,
    batches: Sequence[int],
    syncs: Sequence[str],
    messages: int,
    devices: int,
    body_bytes: int,
    busy: bool,
    folder: Path | None,
) -> None:
    """Measure and print."""
    print(f"{machine()}, {load()}.\n")
    print(
        f"{devices:,} devices, bodies of {body_bytes} bytes, deletions and checkpoints included",
        end="",
    )
    print("; beside a thread that never waits.\n" if busy else ".\n")
    print(
        "| sync | messages a commit | messages a second | CPU | wall clock | slowest commit ",
        end="",
    )
    print("| log bytes a message | checkpoints |\n|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=folder) as made, busy_thread(wanted=busy):
        for sync in map(Sync, syncs):
            for batch in batches:
                # A commit of one message waits for the disk alone: a tenth of the messages tells as much.
                share = messages if batch > 1 else messages // 10
                rate = measure(
                    Path(made), batch, sync,
                    messages=share, devices=devices, body_bytes=body_bytes,
                )  # fmt: skip
                print(rate.row(batch, sync), flush=True)
    print(f"\nAfterwards: {load()}.")


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
