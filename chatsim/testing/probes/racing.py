"""Budget race: 256 tasks on 16 devices forward one copy at once, at a real server: as many get through as may."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from chatsim.testing.probes.bench import Company
from chatsim.testing.probes.crowd import Line, close, crowd
from chatsim.testing.probes.mode import Mode

DEVICES = 16
EACH = 16
WRITER, RACER, READER = 0, 1, 2


def admitted(mode: Mode) -> int:
    """How many of the forwards, to a chat each, the relay allows."""
    with tempfile.TemporaryDirectory() as folder:
        return trio.run(_raced, mode, Path(folder) / "raced.db")


async def _raced(mode: Mode, store: Path) -> int:
    async with crowd(mode, Company(range(3)), store) as there:
        racers = [await there.line(RACER, device) for device in range(DEVICES)]
        writer = await there.line(WRITER)
        reader = await there.line(READER)
        await writer.send(writer.pen.original(WRITER, b"who is first"), RACER)
        for racer in racers:
            await racer.until(copies=1)
        start = trio.Event()
        async with trio.open_nursery() as nursery:
            for racer in racers:
                lock = trio.Lock()
                for _ in range(EACH):
                    nursery.start_soon(_forward, racer, lock, start)
            start.set()
        for racer in racers:
            await racer.until(verdicts=EACH)
        allowed = sum(verdict.allowed for racer in racers for verdict in racer.verdicts)
        await reader.until(copies=allowed)
        await close([*racers, writer, reader])
    assert reader.copies == allowed
    return allowed


async def _forward(racer: Line, lock: trio.Lock, start: trio.Event) -> None:
    await start.wait()
    async with lock:
        await racer.send(racer.pen.forward(RACER, racer.shown[0]), READER)
