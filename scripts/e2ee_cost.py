"""What does it cost to seal bodies? Microseconds of an app, bytes on the wire, and the server's CPU.

    python scripts/e2ee_cost.py
    python scripts/e2ee_cost.py --rounds 3 --messages 10k --clients 100

Apps: the median of repeated blocks, in this process, for a body of 200 bytes. The server: random pairs over loopback
TCP, 200-byte messages, one in flight for each client, everybody acknowledging; open and sealed in alternating rounds on
a server each; the median of the rounds. The server opens nothing, so the load's sealed bodies are of the right size
and no more. Writes e2ee_cost.md into --out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import click

from alternating import Way, carried_in_rounds, middle_half
from broker_chatsim import Chatsim
from broker_load import Amount, Carried
from chatsim.cli.options import COUNT
from chatsim.device import Device
from chatsim.errors import ChatsimError
from chatsim.sealing.directory import Directory
from chatsim.sealing.keyring import BODY_EXTRA, Keyring
from chatsim.wire.encoding import copy_header
from chatsim.wire.fields import KEY_BYTES
from chatsim.wire.kinds import SEALED_COPY
from chatsim.wire.messages import Copy
from machine import load, machine
from recording import head, record

BODY = bytes(200)
STAMP = bytes(8)
BLOCKS = 15


class Sealed(Chatsim):
    """One device whose bodies are as long as sealed ones."""

    def send(self, address: bytes, body: bytes) -> None:
        sealed = body + bytes(BODY_EXTRA)
        keys = bytes(KEY_BYTES)
        _, head = self.device.act((int(address),), sealed, keys=keys)
        self.out += (head, keys, sealed)

    def frame(self, header: bytes, body: bytes) -> None:
        if header[1] == SEALED_COPY:
            self.device.received += 1
            self.bodies.append(body[:-BODY_EXTRA])
        else:
            super().frame(header, body)


WAYS = (Way("open", Chatsim), Way("sealed", Sealed, ("--e2ee",)))


def microseconds(do: Callable[[int], object], times: int) -> float:
    """Of one call: the median of blocks."""
    found = []
    for block in range(BLOCKS):
        began = time.perf_counter()
        for number in range(times):
            do(block * times + number)
        found.append((time.perf_counter() - began) / times * 1e6)
    return median(found)


def of_apps() -> list[str]:
    """A row for everything that an app does."""
    directory = Directory()
    one, other = Keyring(0, directory), Keyring(1, directory)
    keys, body = one.seal((1,), 0, 1, BODY)
    copy = Copy(0, 0, 1, None, 0, 0, 0, body=body, key=keys)
    assert other.open(copy) == BODY
    many = tuple(range(1, 101))
    one.seal(many, 0, 1, BODY)
    for contact in range(1, 1_000 + BLOCKS * 50):
        directory.public(contact)
    seal = microseconds(lambda _: one.seal((1,), 0, 1, BODY), 1_000)
    seal_many = microseconds(lambda _: one.seal(many, 0, 1, BODY), 50)
    rows = (
        ("seal a body for one chat", seal),
        ("each further chat of the act", (seal_many - seal) / (len(many) - 1)),
        ("open a copy", microseconds(lambda _: other.open(copy), 1_000)),
        ("agree on a key, once a pair", microseconds(lambda at: one.seal((1_000 + at,), 0, 1, b""), 50) - seal),
    )  # fmt: skip
    return [f"| {what} | {us:.1f} |" for what, us in rows]


def of_wire() -> list[str]:
    """A row for each frame of one message to one chat."""
    plain = len(Device(0).act((1,), BODY)[1]) + len(BODY)
    sealed_body = len(BODY) + BODY_EXTRA
    keys = bytes(KEY_BYTES)
    sealed = len(Device(0).act((1,), bytes(sealed_body), keys=keys)[1]) + KEY_BYTES + sealed_body
    fields = 0, 0, 1, None, 0, 0, 9, STAMP, None, 0
    copy = len(copy_header(*fields)) + len(BODY)
    sealed_copy = len(copy_header(*fields, keys)) + sealed_body
    return [
        f"| an act to one chat | {plain} | {sealed} | {sealed - plain:+d}, and {KEY_BYTES} for each further chat |",
        f"| a copy | {6 + copy} | {6 + sealed_copy} | {sealed_copy - copy:+d} |",
    ]


def of_server(found: dict[str, list[Carried]]) -> list[str]:
    """What a delivered message costs the server, and the ratio of the same round."""
    cost = {name: [each.us_per_message for each in rounds] for name, rounds in found.items()}
    lines = [f"| {name} | {median(rounds):.1f} |" for name, rounds in cost.items()]
    ratios = [one / other for one, other in zip(cost["sealed"], cost["open"], strict=True)]
    low, high = middle_half(ratios)
    middle = f"middle half of {len(ratios)} rounds: {low:.2f} to {high:.2f}"
    return [*lines, "", f"Sealed against open: {median(ratios):.2f} times ({middle})."]


@click.command()
@click.option("--rounds", type=COUNT, default="15", show_default=True)
@click.option("--clients", type=COUNT, default="1000", show_default=True)
@click.option("--messages", type=COUNT, default="40k", show_default=True, help="For each figure.")
@click.option("--seconds", default=8.0, show_default=True, help="No longer for a figure.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(*, rounds: int, clients: int, messages: int, seconds: float, out: Path) -> None:
    """Measure what sealed bodies cost apps, wire and server."""
    found, pinned = carried_in_rounds(WAYS, rounds, clients, Amount(messages, seconds))
    apps = of_apps()
    where = f"{machine()}; {pinned}; {load()}. {clients:,} clients."
    text = [
        *head("What it costs to seal bodies", __doc__, "e2ee_cost.py", where),
        *("| an app's work | us |", "|---|---:|", *apps, ""),
        *("| frame, bytes | open | sealed | more |", "|---|---:|---:|---|", *of_wire(), ""),
        *("| bodies | server us for a delivered message |", "|---|---:|", *of_server(found), ""),
    ]
    record(text, out, "e2ee_cost.md")


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
