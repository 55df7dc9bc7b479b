"""The stream of a session: frames out, one at a time, messages in, and what is said where no act has said it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import trio

from chatsim.device import ACKNOWLEDGE_AFTER, Device
from chatsim.errors import RunError
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.framing import FRAME_MAX, HEADER_MAX, Deframer
from chatsim.wire.messages import Outbound

ACKNOWLEDGE_SECONDS = 0.2
KEEP_ALIVE_SECONDS = 60.0
"""Silence after which a client says that it is still there."""
LEAVE_SECONDS = 2.0
RECEIVE_BYTES = 64 * 1024


class Line:
    """What one device says to the server, and hears from it, until the session is over."""

    def __init__(self, stream: trio.abc.Stream, device: Device) -> None:
        self.turn = trio.Lock()
        """Of whoever makes a frame and writes it: frames go out in the order in which the device made them."""
        self.end: str | None = None
        """Why the session is over; empty after an orderly end by the server."""
        self._stream = stream
        self._device = device
        self._deframer = Deframer(FRAME_MAX + HEADER_MAX)
        self._written = trio.current_time()
        self._owing = trio.Event()

    # Out.

    async def write(self, frame: bytes) -> None:
        """For whoever has the turn."""
        self._written = trio.current_time()
        try:
            await self._stream.send_all(frame)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise self.broken("the connection is gone") from error

    async def say(self, make: Callable[[], bytes]) -> None:
        """Write a frame that is made in its turn."""
        async with self.turn:
            self.check_open()
            await self.write(make())

    async def mention(self, make: Callable[[], bytes]) -> None:
        """The same for what is not missed once the session is over; the reader says that, to whoever waits."""
        async with self.turn:
            if self.end is None:
                with suppress(RunError):
                    await self.write(make())

    async def leave(self) -> None:
        """Say goodbye, if there is still somebody to say it to; what was not taken stays in the mailbox."""
        with trio.move_on_after(LEAVE_SECONDS) as scope:
            scope.shield = True
            await self.mention(self._device.leave)

    # Acknowledgements.

    async def owe(self) -> None:
        """Something was received: acknowledge it at once where that is due, otherwise in time."""
        if self._device.unacknowledged >= ACKNOWLEDGE_AFTER:
            await self.mention(self._device.acknowledge)
        else:
            self.owe_in_time()

    def owe_in_time(self) -> None:
        self._owing.set()

    async def acknowledge_in_time(self) -> None:
        """Acknowledge what no act carried within 200 ms."""
        while True:
            await self._owing.wait()
            self._owing = trio.Event()
            await trio.sleep(ACKNOWLEDGE_SECONDS)
            if self._device.unacknowledged:
                await self.mention(self._device.acknowledge)

    async def keep_alive(self) -> None:
        """Say something when nothing else has said anything for a while."""
        while True:
            await trio.sleep_until(self._written + KEEP_ALIVE_SECONDS)
            if trio.current_time() - self._written >= KEEP_ALIVE_SECONDS:
                await self.mention(self._device.acknowledge)

    # In.

    async def hear(self) -> list[Outbound] | None:
        """What came next, which may be nothing whole; None at the end. Raises RunError where the stream breaks."""
        try:
            data = bytes(await self._stream.receive_some(RECEIVE_BYTES))
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise self.broken("the connection is gone") from error
        if not data:
            return None
        return [decode_outbound(header, body) for header, body in self._deframer.feed(data)]

    @property
    def is_torn(self) -> bool:
        """Whether a part of a frame came."""
        return bool(self._deframer.waiting)

    # The end.

    def check_open(self) -> None:
        """Raise RunError where the session is over."""
        if self.end is not None:
            raise self.broken(self.end or "the server closed the connection")

    def broken(self, text: str) -> RunError:
        return RunError(f"the session of user {self._device.user} is over: {text}")
