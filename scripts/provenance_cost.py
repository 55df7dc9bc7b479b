"""What does each mode of enforcement and of traceability cost a message: bytes on the wire and at rest, and CPU?

    python scripts/provenance_cost.py
    python scripts/provenance_cost.py --rounds 3 --messages 2000

A hundred people in one process, whose apps write 200-byte texts, the relay, and apps that read what it delivers; no
sockets and no disk, so that what modes add is not lost in what they share. Every second message is a forward; sealed
ones are end-to-end encrypted, with chat keys that are at hand. CPU is the process's own, of the apps (an act written,
its copy read and acknowledged) and of the relay, in rounds that play all modes one after another, forwards and
backwards in turn; ratios are to `clear` with `none` in the same round, and medians over rounds. Under `blind` apps ask
for three tokens when a copy comes, as many as its policy's cap, and spend one of them on every second copy. Bytes at
rest are those of a store in which nothing has expired. Writes provenance_cost.md into --out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import click
from attrs import define, field, frozen

from alternating import in_rounds
from chatsim.behaviour.values import Content
from chatsim.cli.options import COUNT
from chatsim.device import Device
from chatsim.errors import ChatsimError
from chatsim.model import Enforcement, Traceability
from chatsim.relay.events import Arrived, Command, Opened, Write
from chatsim.relay.settings import RelaySettings
from chatsim.testing.probes.bench import pairs
from chatsim.testing.probes.keeping import entry_bytes
from chatsim.testing.probes.mode import BY_LINEAGE, Mode, mode_of
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.framing import header_of
from chatsim.wire.messages import Copy, Issued
from chatsim_clients.keyrings import Keyrings, keyrings_of
from chatsim_clients.letters import Letter, Letters
from chatsim_clients.purses import Purses
from machine import load, machine
from recording import head, record

PEOPLE = 100
BASE = "clear none"
MICRO = 1e6


@frozen
class Spent:
    """For one delivered message."""

    bytes_in: float
    bytes_out: float
    apps_us: float
    relay_us: float


@frozen
class Way:
    """A mode of each axis, with bodies sealed or not."""

    mode: Mode
    sealed: bool

    @property
    def name(self) -> str:
        return f"{self.mode.name}{', sealed' if self.sealed else ''}"


@define(eq=False)
class Talk:
    """People who all write to the next one, again and again."""

    mode: Mode
    letters: Letters
    keyrings: Keyrings | None
    devices: list[Device] = field(factory=lambda: [Device(user) for user in range(PEOPLE)])
    held: list[Letter | None] = field(factory=lambda: [None] * PEOPLE)
    purses: Purses | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    apps_seconds: float = 0.0
    relay_seconds: float = 0.0

    def play(self, messages: int) -> Spent:
        settings = RelaySettings(enforcement=self.mode.enforcement)
        relay = self.mode.relay(pairs(PEOPLE), settings, self.mode.tracing.relay)
        for user, device in enumerate(self.devices):
            relay.handle(Opened(user), 0)
            relay.handle(Arrived(user, header_of(device.hello()), b""), 0)
        rounds = messages // PEOPLE
        for at in range(-2, rounds):
            if at == 0:  # chat keys are worked out, and everybody holds a copy
                self.bytes_in = self.bytes_out = 0
                self.apps_seconds = self.relay_seconds = 0.0
            start = time.process_time()
            frames = [self._write(user, at) for user in range(PEOPLE)]
            wrote = time.process_time()
            out: list[Command] = []
            for frame in frames:
                out += relay.handle(Arrived(*frame), at + 2)
            relayed = time.process_time()
            acknowledgements = self._read(out)
            read = time.process_time()
            issued: list[Command] = []
            for frame in acknowledgements:
                issued += relay.handle(Arrived(*frame), at + 2)
            done = time.process_time()
            self._read(issued)
            self.apps_seconds += wrote - start + read - relayed + time.process_time() - done
            self.relay_seconds += relayed - wrote + done - read
            self.bytes_in += _size([*frames, *acknowledgements])
        count = rounds * PEOPLE
        return Spent(
            self.bytes_in / count,
            self.bytes_out / count,
            self.apps_seconds * MICRO / count,
            self.relay_seconds * MICRO / count,
        )

    def _write(self, user: int, at: int) -> tuple[int, bytes, bytes]:
        held, device = self.held[user], self.devices[user]
        if at % 2 and held is not None:
            written = self.letters.forward(user, held, 1)
        else:
            written = self.letters.original(user, 0, (at + 2) * PEOPLE + user)
        chats, body, keys = ((user + 1) % PEOPLE,), written.body, b""
        if self.keyrings is not None:
            keys, body = self.keyrings.of(user).seal(chats, device.number, device.counter + 1, body)
        stamp = written.stamp
        if self.purses is not None and stamp is not None and held is not None:
            stamp = self.purses.pay(user, stamp, stamp[0], chats)
        _, head = device.act(chats, body, stamp, outer=written.outer, keys=keys)
        return user, header_of(head), keys + body

    def _read(self, out: Sequence[Command]) -> list[tuple[int, bytes, bytes]]:
        acknowledgements = []
        for command in out:
            assert isinstance(command, Write)
            user, head, sent = command
            self.bytes_out += len(head) + len(sent)
            message = decode_outbound(header_of(head), sent)
            device = self.devices[user]
            device.receive(message)
            if isinstance(message, Copy):
                if self.keyrings is not None:
                    body = self.keyrings.of(user).open(message)
                    assert body is not None
                    message = message._replace(body=body)
                letter = self.held[user] = self.letters.read(message)
                acknowledgements.append((user, header_of(device.acknowledge()), b""))
                if self.purses is not None and letter is not None and letter.stamp is not None:
                    asked = self.purses.ask(user, letter.stamp, letter.stamp[0], self.mode.rows[0])
                    if asked is not None:
                        head = device.top_up(asked.number, letter.stamp, asked.points)
                        acknowledgements.append((user, header_of(head), b""))
            elif isinstance(message, Issued) and self.purses is not None:
                self.purses.take(user, message)
        return acknowledgements


def _size(frames: Sequence[tuple[int, bytes, bytes]]) -> int:
    """On the wire: lengths, header, body."""
    return sum(6 + len(header) + len(body) for _, header, body in frames)


def played(way: Way, messages: int) -> Spent:
    """One way, once."""
    letters = Letters((Content("text"),), way.mode.enforcement, way.mode.tracing.client)
    keyrings = keyrings_of(None) if way.sealed else None
    purses = Purses() if way.mode.enforcement is Enforcement.BLIND else None
    return Talk(way.mode, letters, keyrings, purses=purses).play(messages)


def ways() -> list[Way]:
    """Each axis's modes with the other's plainest, unsealed and sealed, and those that are meant for sealed bodies."""
    enforced = [mode_of(enforcement, Traceability.NONE) for enforcement in Enforcement]
    enforced.append(mode_of(Enforcement.RECEIPT, Traceability.NONE, BY_LINEAGE))
    traced = [
        mode_of(Enforcement.CLEAR, traceability)
        for traceability in Traceability
        if traceability is not Traceability.NONE
    ]
    plain = [Way(mode, sealed=False) for mode in (*enforced, *traced)]
    meant = [
        mode_of(Enforcement.RECEIPT, traceability)
        for traceability in Traceability
        if traceability is not Traceability.NONE
    ]
    return [*plain, *(Way(mode, sealed=True) for mode in (*enforced, *meant))]


def table(found: dict[str, list[Spent]], kept: dict[str, float]) -> list[str]:
    """A row for each mode."""
    lines = [
        "| enforcement, traceability | bytes in | bytes out | bytes at rest, 1,000 messages | apps | relay | apps, us | relay, us |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    base = found[BASE]
    for name, rounds in found.items():
        apps = median(one.apps_us / other.apps_us for one, other in zip(rounds, base, strict=True))
        relay = median(
            one.relay_us / other.relay_us for one, other in zip(rounds, base, strict=True)
        )
        lines.append(
            f"| {name.replace(' ', ', ', 1)} | {rounds[0].bytes_in:,.0f} | {rounds[0].bytes_out:,.0f} "
            f"| {1_000 * kept[name]:,.0f} | {apps:.2f} | {relay:.2f} "
            f"| {median(one.apps_us for one in rounds):.1f} "
            f"| {median(one.relay_us for one in rounds):.1f} |"
        )
    return lines


@click.command()
@click.option("--rounds", type=COUNT, default="11", show_default=True)
@click.option("--messages", type=COUNT, default="10k", show_default=True, help="For each figure.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(*, rounds: int, messages: int, out: Path) -> None:
    """Measure what each mode adds to a message."""
    made = {way.name: way for way in ways()}
    found = in_rounds(list(made), rounds, lambda name: played(made[name], messages))
    kept = {name: entry_bytes(way.mode) for name, way in made.items()}
    where = f"{machine()}; {load()}. {messages:,} messages for each figure, {rounds} rounds."
    text = [
        *head(
            "What enforcement and traceability cost a message", __doc__, "provenance_cost.py", where
        ),
        *table(found, kept),
        "",
    ]
    record(text, out, "provenance_cost.md")


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
