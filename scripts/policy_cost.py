"""What does a forwarding policy cost the server? The same load without one and under one, in alternating rounds.

    python scripts/policy_cost.py
    python scripts/policy_cost.py --rounds 3 --messages 10k --clients 100

Random pairs over loopback TCP, 200-byte messages, one in flight for each client, sender and recipients acknowledging;
a share of them (--forwards) are forwards of the copy that the client received last, because a policy judges only
those. Server CPU for a delivered message, from /proc, and its difference to the first way of the same round: medians
and the middle half of the rounds. Under receipt a client's commitments are ready-made bytes, which cost the server what
others do, and nobody checks them. A refused forward is no delivery; the server's work for it is counted all the same.
Writes policy_cost.md into --out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import click
from attrs import frozen

from broker_chatsim import Chatsim
from broker_load import Amount, Carried, Crowd
from broker_processes import Broker, start
from brokers import BROKERS, chatsim_command
from chatsim.cli.options import COUNT, SHARE
from chatsim.errors import ChatsimError
from chatsim.model import Enforcement
from chatsim.provenance.enforcing import COMMITMENT_BYTES
from chatsim.provenance.keys import fresh
from chatsim.server.listening import raise_file_limit
from chatsim.wire.codec import COPY, decode_outbound
from chatsim.wire.messages import Copy, Decided
from machine import load, machine
from recording import record
from versus_servers import cores

TARGET_US = {"clear": 3.0, "receipt": 8.0}
"""The most that an enforcement may add to a delivered message."""


@frozen
class Way:
    """An enforcement and a policy."""

    name: str
    policy: str
    enforcement: Enforcement
    target: str | None = None


WAYS = (
    Way("no policy, counted by clients", "uncapped", Enforcement.CLIENT),
    Way("no caps, counted by the relay", "uncapped", Enforcement.CLEAR),
    Way("caps and labels, counted by the relay", "whatsapp-latest", Enforcement.CLEAR, "clear"),
    Way("caps and labels, proven by receipts", "whatsapp-latest", Enforcement.RECEIPT, "receipt"),
)


class Forwarder(Chatsim):
    """A client that forwards the copy it received last, now and then, once."""

    share_of_256 = 0
    """How many of 256 messages are forwards, where there is something to forward."""

    def __init__(self, number: int, *, acknowledged: bool, enforcement: Enforcement) -> None:
        super().__init__(number, acknowledged=acknowledged)
        self._outer: bytes | None = None
        if enforcement is Enforcement.RECEIPT:
            self._outer = fresh(COMMITMENT_BYTES)
        self._last: Copy | None = None
        self._place = 37 * number % 256

    def send(self, address: bytes, body: bytes) -> None:
        # Steps by an odd number go through all 256 residues, evenly.
        self._place = (self._place + 101) % 256
        stamp, outer, last = None, self._outer, self._last
        if last is not None and self._place < self.share_of_256:
            stamp, outer, self._last = last.stamp, last.outer, None
        _, head = self.device.act((int(address),), body, stamp, 0, outer)
        self.out += (head, body)

    def frame(self, header: bytes, body: bytes) -> None:
        super().frame(header, body)
        if header[1] == COPY:
            copy = decode_outbound(header, body)
            assert isinstance(copy, Copy)
            self._last = copy

    def verdict(self, header: bytes) -> None:
        decided = decode_outbound(header, b"")
        assert isinstance(decided, Decided)
        self.device.receive(decided)
        self.refused += not decided.verdict.allowed


def measured(way: Way, clients: int, amount: Amount, core: int | None) -> Carried:
    """One round of one way, on a server of its own."""
    options = ("--policy", way.policy, "--enforcement", way.enforcement)
    first = BROKERS[0]
    talk = partial(Forwarder, enforcement=way.enforcement)
    broker = Broker(
        way.name,
        first.program,
        talk,
        lambda _, port: chatsim_command(port, *options),
        first.fire,
    )
    running = start(broker, core)
    try:
        talks = [talk(number, acknowledged=True) for number in range(clients)]
        crowd = Crowd.connected(running.address, talks, 1)
        try:
            return crowd.carry(1, amount, running.cpu_seconds)
        finally:
            crowd.close()
    finally:
        running.stop()


def table(ways: Sequence[Way], rounds: Sequence[dict[str, Carried]]) -> list[str]:
    """A row for each way, with its difference to the first of the same round."""
    lines = [
        "| way | us for a delivered message | times | more than without a policy | middle half | at most | refused | rounds |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for way in ways:
        found = [each[way.name] for each in rounds]
        us = median(carried.us_per_message for carried in found)
        times = median(
            each[way.name].us_per_message / each[ways[0].name].us_per_message for each in rounds
        )
        more = [
            each[way.name].us_per_message - each[ways[0].name].us_per_message for each in rounds
        ]
        low, _, high = quantiles(more, n=4) if len(more) > 1 else (more[0],) * 3
        refused = sum(c.refused for c in found) / sum(c.messages + c.refused for c in found)
        difference = "| |"
        if way is not ways[0]:
            difference = f"{times:.2f} | {median(more):+.1f} | {low:+.1f} to {high:+.1f}"
        target = "" if way.target is None else f"{TARGET_US[way.target]:.0f}"
        lines.append(
            f"| {way.name} | {us:.1f} | {difference} | {target} | {refused:.1%} | {len(found)} |"
        )
    return lines


@click.command()
@click.option("--rounds", type=COUNT, default="15", show_default=True)
@click.option("--clients", type=COUNT, default="1000", show_default=True)
@click.option("--messages", type=COUNT, default="40k", show_default=True, help="For each figure.")
@click.option("--seconds", default=8.0, show_default=True, help="No longer for a figure.")
@click.option("--forwards", type=SHARE, default="0.5", show_default=True, help="Of all messages.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(
    *, rounds: int, clients: int, messages: int, seconds: float, forwards: float, out: Path
) -> None:
    """Measure what a policy adds to the CPU of a delivered message."""
    raise_file_limit()
    core, own = cores()
    if own is not None:
        os.sched_setaffinity(0, {own})
    Forwarder.share_of_256 = round(256 * forwards)
    found: list[dict[str, Carried]] = []
    for number in range(rounds):
        order = WAYS if number % 2 == 0 else WAYS[::-1]
        found.append({w.name: measured(w, clients, Amount(messages, seconds), core) for w in order})
        click.echo(f"round {number + 1} of {rounds}", err=True)
    pinned = "the server pinned to one core" if core is not None else "nothing pinned"
    text = [
        "# What a policy costs the server",
        "",
        *(__doc__ or "").strip().splitlines()[5:],
        "",
        f"    python scripts/policy_cost.py {' '.join(sys.argv[1:])}".rstrip(),
        "",
        f"{machine()}; {pinned}; {load()}. {clients:,} clients, {forwards:.0%} forwards.",
        "",
        *table(WAYS, found),
        "",
    ]
    record(text, out, "policy_cost.md")


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
