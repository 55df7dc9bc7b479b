"""What is left of 1,000 delivered messages among 50 people: on the disk, in logs and in the relay's memory.

Messages go through a real server. Everything has been delivered and acknowledged, and the store's write-ahead log is
empty, as it is a minute later at the latest.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgpack
import trio
from attrs import frozen

from chatsim.testing.probes.bench import Company
from chatsim.testing.probes.crowd import Crowd, Line, close, crowd
from chatsim.testing.probes.looking import (
    DEVICES,
    PROBED_FROM,
    digests,
    files_of,
    is_root,
    rows_of,
    users_in,
)
from chatsim.testing.probes.mode import Mode
from chatsim.testing.probes.remembered import remembered
from chatsim.testing.probes.writing import Written

USERS = 50
ROUNDS = 20
STEP = 7_919
"""Between two users' numbers."""
BY_CHANCE = 2
"""A number of four bytes turns up in a megabyte of keys and ciphertext once in eighty dumps; three never do."""


@frozen
class Left:
    """Who and what can be found. Users' numbers count wherever they are, whatever they lie beside."""

    messages: int
    at_rest: frozenset[int]
    """Users in the store's files, but for the rows of their devices."""
    entries: int
    """Rows of anything but devices and the root of keys."""
    root_at_rest: bool
    """Whether the store has what all keys of the mode follow from."""
    logged: frozenset[int]
    remembered: frozenset[int]
    """By the relay's objects, but for the counters and last verdicts of devices."""
    texts: int
    """Texts, or digests of texts, in the files or the logs."""
    devices_are_bare: bool
    """Whether the rows of devices hold counters and verdicts alone: no chat, recipient or content."""

    @property
    def ids_at_rest(self) -> bool:
        """Whether the files show who the users are."""
        return len(self.at_rest) > BY_CHANCE

    @property
    def nothing(self) -> bool:
        """Whether nothing at all ties anybody to a message."""
        found = self.at_rest | self.logged | self.remembered
        return not found and not self.entries and not self.texts and self.devices_are_bare


def dump(mode: Mode) -> Left:
    """Send the messages, and look."""
    with tempfile.TemporaryDirectory() as folder:
        return trio.run(_dumped, mode, Path(folder) / "dumped.db")


async def _dumped(mode: Mode, store: Path) -> Left:
    people = range(PROBED_FROM, PROBED_FROM + USERS * STEP, STEP)
    company = Company(people)
    async with crowd(mode, company, store) as there:
        lines = [await there.line(user) for user in people]
        for at in range(ROUNDS):
            await _round(lines, at)
        for line in lines:
            await line.acknowledge()
        relay = there.serving.exchange.relay
        while relay.waiting:  # noqa: ASYNC110 - the relay tells nobody
            await trio.sleep(0.01)
        await there.log_emptied()
        memory = remembered(relay, people, left_out=[company])
        await close(lines)
        files = _without_devices(there)
        books = relay.books
    logged = there.log.getvalue().encode()
    texts = {letter.text for line in lines for letter in line.shown}
    sought = {each for text in texts for each in (text, *digests(text))}
    return Left(
        messages=books.copies,
        at_rest=users_in(files, people),
        entries=sum(
            table != DEVICES and not is_root(item, mode.root) for table, item in rows_of(store)
        ),
        root_at_rest=is_root(files, mode.root),
        logged=users_in(logged, people),
        remembered=memory,
        texts=sum(each in files or each in logged for each in sought),
        devices_are_bare=all(_is_bare(item) for table, item in rows_of(store) if table == DEVICES),
    )


async def _round(lines: list[Line], at: int) -> None:
    """Everybody writes to somebody: texts of their own in even rounds, forwards of what came last in odd ones."""
    for number, line in enumerate(lines):
        written: Written
        if at % 2:
            written = line.pen.forward(line.device.user, line.shown[-1])
        else:
            text = b"what number %d says in round %d" % (number, at)
            written = line.pen.original(line.device.user, text)
        await line.send(written, lines[(number + at + 1) % len(lines)].device.user)
    for line in lines:
        await line.until(verdicts=at + 1, copies=at + 1)
        assert line.verdicts[-1].allowed
        assert len(line.shown) == at + 1


def _without_devices(there: Crowd) -> bytes:
    """The files, with zeros where a device's row lies."""
    files = files_of(there.store)
    for table, item in rows_of(there.store):
        if table == DEVICES:
            files = files.replace(item, bytes(len(item)))
    return files


def _is_bare(item: bytes) -> bool:
    user, device, base, counter, refused = msgpack.unpackb(item[4:])
    numbers = (user, device, base, counter, *(number for verdict in refused for number in verdict))
    return all(number is None or type(number) is int for number in numbers)
