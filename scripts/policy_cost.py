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

import sys
from functools import partial
from pathlib import Path
from statistics import median

import click

from alternating import Way, carried_in_rounds, middle_half
from broker_chatsim import Chatsim
from broker_load import Amount, Carried
from chatsim.cli.options import COUNT, SHARE
from chatsim.errors import ChatsimError
from chatsim.model import Enforcement
from chatsim.provenance.enforcing import COMMITMENT_BYTES
from chatsim.provenance.keys import fresh
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.kinds import COPY
from chatsim.wire.messages import Copy, Decided
from machine import load, machine
from recording import head, record

CAPS_BY_RELAY = "caps and labels, counted by the relay"
CAPS_BY_RECEIPTS = "caps and labels, proven by receipts"
AT_MOST_US = {CAPS_BY_RELAY: 3.0, CAPS_BY_RECEIPTS: 8.0}
"""The most that an enforcement may add to a delivered message."""


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


def way(name: str, policy: str, enforcement: Enforcement) -> Way:
    """A server of this policy and enforcement, and clients that bring what it asks for."""
    options = ("--policy", policy, "--enforcement", enforcement)
    return Way(name, partial(Forwarder, enforcement=enforcement), options)


WAYS = (
    way("no policy, counted by clients", "uncapped", Enforcement.CLIENT),
    way("no caps, counted by the relay", "uncapped", Enforcement.CLEAR),
    way(CAPS_BY_RELAY, "whatsapp-latest", Enforcement.CLEAR),
    way(CAPS_BY_RECEIPTS, "whatsapp-latest", Enforcement.RECEIPT),
)


def table(found: dict[str, list[Carried]]) -> list[str]:
    """A row for each way, with its difference to the first of the same round."""
    lines = [
        "| way | us for a delivered message | times | more than without a policy | middle half | at most | refused | rounds |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    first, *_ = found
    base = [carried.us_per_message for carried in found[first]]
    for name, rounds in found.items():
        us = [carried.us_per_message for carried in rounds]
        times = median(one / other for one, other in zip(us, base, strict=True))
        more = [one - other for one, other in zip(us, base, strict=True)]
        low, high = middle_half(more)
        refused = sum(c.refused for c in rounds) / sum(c.messages + c.refused for c in rounds)
        difference = "| |"
        if name != first:
            difference = f"{times:.2f} | {median(more):+.1f} | {low:+.1f} to {high:+.1f}"
        at_most = f"{AT_MOST_US[name]:.0f}" if name in AT_MOST_US else ""
        lines.append(
            f"| {name} | {median(us):.1f} | {difference} | {at_most} | {refused:.1%} | {len(us)} |"
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
    Forwarder.share_of_256 = round(256 * forwards)
    found, pinned = carried_in_rounds(WAYS, rounds, clients, Amount(messages, seconds))
    where = f"{machine()}; {pinned}; {load()}. {clients:,} clients, {forwards:.0%} forwards."
    text = [
        *head("What a policy costs the server", __doc__, "policy_cost.py", where),
        *table(found),
        "",
    ]
    record(text, out, "policy_cost.md")


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
