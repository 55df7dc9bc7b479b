"""Does the server stand when it is sent what no client sends? More than a million broken frames, recorded.

    python scripts/fuzz_frames.py
    python scripts/fuzz_frames.py --frames 20k --socket-frames 1k --seed 7

First without sockets: Deframer, decoder and relay, with attackers before and after login, while bystanders talk and at
the end all mail is fetched. Then a server process and its sockets, where bystanders talk as well. Only a refusal may
come of a broken frame: an exception, a message lost or doubled, or a bystander disconnected ends the run with status 1.
Writes fuzz_frames.md into --out.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from collections import Counter
from pathlib import Path

import click
from attrs import define

from broker_processes import start
from brokers import BROKERS, USERS
from chatsim.cli.options import COUNT
from chatsim.device import Device
from chatsim.errors import ChatsimError, RunError
from chatsim.policy.presets import resolve
from chatsim.testing.fuzzing import WHOLE, Attacker
from chatsim.testing.siege import Siege
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.framing import FRAME_MAX, Deframer
from chatsim.wire.messages import Copy, Decided, Outbound, Refusal, Welcome
from machine import machine
from recording import head, record

Outcomes = Counter[tuple[str, str]]

CUT = 100_000
"""Frames to a seed: a failure is reproduced within seconds."""
ATTACKERS = 8
BYSTANDERS = (USERS - 1, USERS - 2)
TALK_EVERY = 100
ANSWER_SECONDS = 0.002
"""How long an attacker looks for an answer; a later one is counted with its next frame."""
ENDED = "session ended"
PEACE = (
    "In both, every bystander's message arrived once and nobody honest was disconnected; in the first, no mail was left "
    "that could not be fetched; in the second, the process lived."
)
READ_SECONDS = 10.0
RECEIVE_BYTES = 1 << 16


def without_sockets(frames: int, seed: int) -> tuple[Outcomes, float]:
    """(outcomes, seconds); another seed for every 100,000 frames."""
    outcomes: Outcomes = Counter()
    begin = time.perf_counter()
    for first in range(0, frames, CUT):
        siege = Siege(resolve("whatsapp-latest"), seed + first // CUT)
        siege.send(min(CUT, frames - first))
        siege.check_peace()
        outcomes += siege.outcomes
        click.echo(f"{first + siege.frames:,} frames without sockets", err=True)
    return outcomes, time.perf_counter() - begin


@define(eq=False)
class Line:
    """A connection to the server."""

    peer: socket.socket
    deframer: Deframer

    @classmethod
    def to(cls, address: tuple[str, int]) -> Line:
        peer = socket.create_connection(address, timeout=READ_SECONDS)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(peer, Deframer(FRAME_MAX))

    def heard(self) -> list[tuple[bytes, bytes]] | None:
        """The frames that one read completes; None when the server has ended the session."""
        try:
            data = self.peer.recv(RECEIVE_BYTES)
        except ConnectionResetError:
            return None
        return list(self.deframer.feed(data)) if data else None


@define(eq=False)
class Bystander:
    """An honest device; its user's number is one that no broken frame has by chance."""

    line: Line
    device: Device
    waiting: list[Outbound]

    @classmethod
    def to(cls, address: tuple[str, int], user: int) -> Bystander:
        bystander = cls(Line.to(address), Device(user), [])
        bystander.line.peer.sendall(bystander.device.hello())
        if not isinstance(bystander.next(), Welcome):
            raise RunError(f"user {user} did not get in")
        return bystander

    def tell(self, other: Bystander, body: bytes) -> None:
        """Raises RunError where the message does not arrive once, with a verdict."""
        _, head = self.device.act((other.device.user,), body)
        self.line.peer.sendall(head + body)
        decided, copy = self.next(), other.next()
        if not (isinstance(decided, Decided) and decided.verdict.allowed):
            raise RunError(f"an honest act was answered with {decided}")
        if not (isinstance(copy, Copy) and copy.body == body):
            raise RunError(f"{body!r} arrived as {copy}")
        other.line.peer.sendall(other.device.acknowledge())

    def next(self) -> Outbound:
        """Raises RunError at the end of the session."""
        while not self.waiting:
            frames = self.line.heard()
            if frames is None:
                raise RunError(f"user {self.device.user} was disconnected")
            self.waiting += [decode_outbound(*frame) for frame in frames]
        message = self.waiting.pop(0)
        self.device.receive(message)
        return message


def over_sockets(frames: int, seed: int) -> tuple[Outcomes, float]:
    """(outcomes, seconds). Raises RunError where the server or a bystander falls."""
    outcomes: Outcomes = Counter()
    running = start(BROKERS[0], None)
    begin = time.perf_counter()
    try:
        one, other = (Bystander.to(running.address, user) for user in BYSTANDERS)
        attackers = [Attacker(seed + n, n, ATTACKERS, 1) for n in range(ATTACKERS)]
        lines = [Line.to(running.address) for _ in attackers]
        for number in range(frames):
            place = number % ATTACKERS
            wrong, data = attackers[place].next()
            outcome = _attack(attackers[place], lines[place], data)
            if outcome == ENDED:
                lines[place].peer.close()
                lines[place] = Line.to(running.address)
                attackers[place].connected()
            outcomes[wrong, outcome] += 1
            if number % TALK_EVERY == 0:
                one.tell(other, b"message %d" % number)
                other.tell(one, b"answer %d" % number)
        if running.process.poll() is not None:
            raise RunError("the server has ended")
    finally:
        running.stop()
    return outcomes, time.perf_counter() - begin


def _attack(attacker: Attacker, line: Line, data: bytes) -> str:
    """What came back within moments."""
    try:
        line.peer.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return ENDED
    if not select.select([line.peer], [], [], ANSWER_SECONDS)[0]:
        return "no answer"
    frames = line.heard()
    if frames is None:
        return ENDED
    heard = [attacker.hear(*frame) for frame in frames]
    return ENDED if any(isinstance(message, Refusal) for message in heard) else "answered"


def told(outcomes: Outcomes) -> str:
    """How many there were."""
    whole = sum(count for (wrong, _), count in outcomes.items() if wrong == WHOLE)
    return f"{outcomes.total():,} frames, {outcomes.total() - whole:,} of them broken,"


def table(outcomes: Outcomes) -> list[str]:
    """A row for each way to break a frame, a column for each thing that became of it."""
    ends = sorted({end for _, end in outcomes})
    lines = [f"| what was wrong | {' | '.join(ends)} |", "|---|" + "---:|" * len(ends)]
    for wrong in sorted({wrong for wrong, _ in outcomes}):
        cells = (f"{outcomes[wrong, end]:,}" for end in ends)
        lines.append(f"| {wrong} | {' | '.join(cells)} |")
    totals = (f"{sum(n for (_, e), n in outcomes.items() if e == end):,}" for end in ends)
    return [*lines, f"| all | {' | '.join(totals)} |"]


@click.command()
@click.option("--frames", type=COUNT, default="2M", show_default=True, help="Without sockets.")
@click.option("--socket-frames", type=COUNT, default="20k", show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(*, frames: int, socket_frames: int, seed: int, out: Path) -> None:
    """Send broken frames to the relay and to a server, and count what becomes of them."""
    inside, inside_seconds = without_sockets(frames, seed)
    outside, outside_seconds = over_sockets(socket_frames, seed)
    where = f"{machine()}."
    text = [
        *head("Broken frames", __doc__, "fuzz_frames.py", where),
        f"## Deframer, decoder and relay: {told(inside)} in {inside_seconds:.0f} s",
        "",
        *table(inside),
        "",
        f"## A server process and its sockets: {told(outside)} in {outside_seconds:.0f} s",
        "",
        *table(outside),
        "",
        PEACE,
        "",
    ]
    record(text, out, "fuzz_frames.md")


if __name__ == "__main__":
    try:
        main()
    except RunError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
