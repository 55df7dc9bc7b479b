"""Few callers at a time on a listener beside the chats' own; one too many finds the connection closed."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Never

import trio


async def serve_callers(
    listener: socket.socket, at_once: int, converse: Callable[[trio.SocketStream], Awaitable[None]]
) -> Never:
    """Hold a conversation with whoever connects, until cancelled; it may end with the caller's leaving."""
    room = trio.CapacityLimiter(at_once)

    async def admit(stream: trio.SocketStream) -> None:
        try:
            room.acquire_nowait()
        except trio.WouldBlock:
            await trio.aclose_forcefully(stream)
            return
        try:
            async with stream:
                await converse(stream)
        except trio.BrokenResourceError:
            pass  # the caller has left
        finally:
            room.release()

    sockets = [trio.SocketListener(trio.socket.from_stdlib_socket(listener))]
    await trio.serve_listeners(admit, sockets)
    raise AssertionError("listeners end by cancellation alone")
