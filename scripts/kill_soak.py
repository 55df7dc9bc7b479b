"""A server with a store is killed under load again and again: it loses nothing, repeats nothing, forgets nothing.

    python scripts/kill_soak.py --kills 50

Three ways to die take turns: SIGKILL from outside at a random moment, SIGKILL between a commit and the release of what
it kept, and a full disk, which stops the server with status 1. After each it starts again on the same file, everybody
resumes, sends again what was not answered, and asks again for verdicts given before. At the end each acknowledged
message must have reached its recipients exactly once and in the sender's order. Prints a summary as markdown, with the
machine.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import trio
from attrs import define, field, frozen

from chatsim.device import ACKNOWLEDGE_AFTER, Device
from chatsim.errors import RemoteProtocolError, RunError
from chatsim.model import Verdict
from chatsim.server.options import ShellKind
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.framing import FRAME_MAX, HEADER_MAX, Deframer
from chatsim.wire.messages import Act, Copy, Decided, Outbound, Refusal, Welcome
from machine import load, machine

SERVER = Path(__file__).with_name("durable_server.py")
PEOPLE = 12
AT_ONCE = 4
"""Acts that one person leaves unanswered."""
ASKED_AGAIN = 20
"""Verdicts that a person asks for again on each return."""
CAP = 5
"""Chats of one action that the policy grants for a copy of hop 0."""
PATIENCE = 60.0
"""Seconds until something that does not come is a failure."""
OUTSIDE, BETWEEN, FULL = "SIGKILL from outside", "SIGKILL between commit and release", "full disk"
GOODBYE = "the server stops"
"""How what a server says begins that cannot go on."""
DEATHS = (OUTSIDE, BETWEEN, FULL)


@define(eq=False)
class Person:
    """One device that writes to the others, forwards one copy as far as the cap lets it, and notes everything."""

    device: Device
    draws: random.Random
    is_busy: bool = True
    sent: dict[int, Act] = field(factory=dict)
    verdicts: dict[int, Verdict] = field(factory=dict)
    received: list[tuple[int, int]] = field(factory=list)
    """(sender, counter of the act) of every copy, as they came."""
    held: Copy | None = None
    """The copy that it forwards again and again."""
    forwards: list[int] = field(factory=list)
    """The first of these acts may go to CAP chats; all others must be refused."""
    asked_again: int = 0
    faults: list[str] = field(factory=list)

    async def live(self, host: str, port: int) -> None:
        """One session, until it breaks or is cancelled."""
        try:
            async with await trio.open_tcp_stream(host, port) as stream:
                await stream.send_all(self.device.resume())
                deframer = Deframer(FRAME_MAX + HEADER_MAX)
                while data := await stream.receive_some():
                    for header, body in deframer.feed(bytes(data)):
                        if answer := self._take(decode_outbound(header, body)):
                            await stream.send_all(answer)
        except (OSError, trio.BrokenResourceError):
            pass
        except RemoteProtocolError as error:
            self.faults.append(str(error))

    def _take(self, message: Outbound) -> bytes:
        """Note a message, and say what there is to say."""
        device = self.device
        match message:
            case Welcome():
                self._ask_again()
                device.receive(message)
                return b"".join(device.resend()) + self._write()
            case Decided():
                device.receive(message)
                self._judged(message.counter, message.verdict)
                return self._write()
            case Copy():
                device.receive(message)
                self.received.append((message.sender, message.counter))
                if self.held is None and message.hop == 0:
                    self.held = message
                due = 1 if not self.is_busy else ACKNOWLEDGE_AFTER
                return device.acknowledge() if device.unacknowledged >= due else b""
            case Refusal():
                if not message.text.startswith(GOODBYE):
                    self.faults.append(f"refused: {message.text}")
                return b""
            case _:
                return b""

    def _ask_again(self) -> None:
        """Have the device take its last answered acts for unanswered, so that it sends them again."""
        former = sorted(self.verdicts)[-ASKED_AGAIN:]
        self.asked_again += len(former)
        waiting = {counter: self.sent[counter] for counter in former} | self.device.unanswered
        self.device.unanswered.clear()
        self.device.unanswered.update(sorted(waiting.items()))

    def _judged(self, counter: int, verdict: Verdict) -> None:
        former = self.verdicts.setdefault(counter, verdict)
        if former != verdict:
            self.faults.append(f"act {counter}: {former}, and later {verdict}")
        if counter in self.forwards and verdict.allowed != (counter == self.forwards[0]):
            self.faults.append(f"forward {self.forwards.index(counter)}: {verdict}")

    def _write(self) -> bytes:
        """As many acts as may be unanswered at once."""
        said = []
        while self.is_busy and len(self.device.unanswered) < AT_ONCE:
            said.append(self._act())
        return b"".join(said)

    def _act(self) -> bytes:
        draws, held = self.draws, self.held
        others = [user for user in range(PEOPLE) if user != self.device.user]
        if held is not None and (not self.forwards or draws.random() < 0.1):
            chats, body, stamp = others[:CAP], held.body, held.stamp
            self.forwards.append(self.device.counter + 1)
        else:
            chats, stamp = draws.sample(others, draws.choice((1, 1, 2, 5))), None
            body = draws.randbytes(draws.randrange(1, 400))
        counter, head = self.device.act(tuple(chats), body, stamp)
        sent = self.device.unanswered[counter]
        assert isinstance(sent, Act)
        self.sent[counter] = sent
        return head + body


@define(eq=False)
class Tally:
    """What a soak found."""

    deaths: Counter[str] = field(factory=Counter)
    acknowledged: int = 0
    refused: int = 0
    deliveries: int = 0
    asked_again: int = 0
    faults: list[str] = field(factory=list)


def check(people: list[Person]) -> Tally:
    """Compare what was acknowledged with what arrived."""
    tally = Tally()
    expected: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
    for person in people:
        user = person.device.user
        tally.faults += [f"user {user}: {fault}" for fault in person.faults]
        tally.asked_again += person.asked_again
        missing = person.sent.keys() - person.verdicts.keys()
        if missing:
            tally.faults.append(f"user {user}: {len(missing)} acts without a verdict")
        for counter, verdict in person.verdicts.items():
            tally.acknowledged += verdict.allowed
            tally.refused += not verdict.allowed
            for chat in person.sent[counter].chats if verdict.allowed else ():
                expected[chat][user, counter] += 1
    for person in people:
        user, arrived = person.device.user, Counter(person.received)
        tally.deliveries += len(person.received)
        lost, more = expected[user] - arrived, arrived - expected[user]
        if lost or more:
            text = f"user {user}: {lost.total()} lost, {more.total()} duplicated or never sent"
            tally.faults.append(text)
        last: dict[int, int] = {}
        for sender, counter in person.received:
            if counter < last.get(sender, 0):
                tally.faults.append(f"user {user}: act {counter} of {sender} is out of order")
            last[sender] = counter
    return tally


@frozen
class Soak:
    """One file, one crowd, many lives of a server."""

    folder: Path
    shell: ShellKind
    draws: random.Random
    people: list[Person]
    patience: float
    """Seconds that the last life may take."""
    careless: bool
    """Every server says that it has kept what it has not."""

    @property
    def path(self) -> Path:
        return self.folder / "mail.db"

    async def die(self, death: str) -> None:
        """One life under load. Raises RunError where the server does not die as it should."""
        options: dict[str, Any] = {
            BETWEEN: {"kill_after": self.draws.randrange(1, 200)},
            FULL: {"pages": self.draws.randrange(5, 100)},
        }.get(death, {})
        async with self._server(options) as (server, host, port), trio.open_nursery() as nursery:
            for person in self.people:
                nursery.start_soon(person.live, host, port)
            if death == OUTSIDE:
                await trio.sleep(self.draws.uniform(0.02, 0.4))
                server.kill()
            with trio.fail_after(PATIENCE):
                status = await server.wait()
        expected = 1 if death == FULL else -signal.SIGKILL
        if status != expected:
            raise RunError(f"after {death} the server ended with status {status}: {self.words()}")
        if death == FULL and "database or disk is full" not in self.words():
            raise RunError(f"the server said of a full disk: {self.words()}")

    async def settle(self) -> None:
        """A last life in which nobody writes anything new, until nothing is on its way."""
        for person in self.people:
            person.is_busy = False
        async with self._server({}) as (server, host, port), trio.open_nursery() as nursery:
            for person in self.people:
                nursery.start_soon(person.live, host, port)
            with trio.move_on_after(self.patience):
                while self._is_waiting():  # noqa: ASYNC110 - for another process
                    await trio.sleep(0.05)
            # One that has arrived twice would come now.
            await trio.sleep(0.2)
            server.terminate()
            if status := await server.wait():
                raise RunError(f"the server stopped with status {status}: {self.words()}")

    def _is_waiting(self) -> bool:
        found = check(self.people)
        return any("lost" in fault or "without" in fault for fault in found.faults)

    def words(self) -> str:
        return (self.folder / "stderr").read_text()[-300:]

    @asynccontextmanager
    async def _server(
        self, options: dict[str, Any]
    ) -> AsyncIterator[tuple[trio.Process, str, int]]:
        common = {"path": str(self.path), "shell": self.shell, "careless": self.careless}
        given = common | options
        command = [sys.executable, str(SERVER), json.dumps(given)]
        with (self.folder / "stderr").open("wb") as stderr:
            server = await trio.lowlevel.open_process(
                command, stdout=subprocess.PIPE, stderr=stderr
            )
        try:
            assert server.stdout is not None
            line = b""
            with trio.fail_after(PATIENCE):
                while not line.endswith(b"\n"):
                    if not (data := await server.stdout.receive_some()):
                        raise RunError(f"the server did not start: {self.words()}")
                    line += data
            host, _, port = line.decode().strip().rpartition(":")
            yield server, host, int(port)
        finally:
            server.kill()
            with trio.CancelScope(shield=True):
                await server.wait()


def soak(
    folder: Path,
    kills: int,
    seed: int = 1,
    *,
    shell: ShellKind = ShellKind.REACTOR,
    patience: float = PATIENCE,
    careless: bool = False,
) -> Tally:
    """Kill so many times, and check everything."""
    draws = random.Random(seed)  # noqa: S311 - a soak can be run again
    people = [
        Person(Device(user), random.Random(seed * PEOPLE + user))  # noqa: S311
        for user in range(PEOPLE)
    ]
    this = Soak(folder, shell, draws, people, patience, careless)
    deaths: Counter[str] = Counter()

    async def run() -> None:
        for kill in range(kills):
            death = DEATHS[kill % len(DEATHS)]
            await this.die(death)
            deaths[death] += 1
        await this.settle()

    trio.run(run)
    tally = check(people)
    tally.deaths = deaths
    return tally


def lines(tally: Tally) -> Iterator[str]:
    yield "| what | how often |\n|---|---|"
    for death, count in tally.deaths.items():
        yield f"| {death} | {count} |"
    yield f"| acts acknowledged | {tally.acknowledged:,} |"
    yield f"| acts refused | {tally.refused:,} |"
    yield f"| deliveries, each exactly once and in order | {tally.deliveries:,} |"
    yield f"| verdicts asked for again, none answered otherwise | {tally.asked_again:,} |"
    yield f"| faults | {len(tally.faults)} |"


@click.command()
@click.option("--kills", default=50, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--shell", type=click.Choice([each.value for each in ShellKind]), default="reactor")
def main(*, kills: int, seed: int, shell: str) -> None:
    """Soak and print; exit status 1 where anything was lost, repeated or forgotten."""
    print(f"{machine()}, {load()}.\n")
    with tempfile.TemporaryDirectory() as folder:
        tally = soak(Path(folder), kills, seed, shell=ShellKind(shell))
    print("\n".join(lines(tally)))
    for fault in tally.faults[:20]:
        print(f"- {fault}")
    sys.exit(1 if tally.faults else 0)


if __name__ == "__main__":
    main()
