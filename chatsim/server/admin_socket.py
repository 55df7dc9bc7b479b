"""The admin socket: a unix socket that only its owner can reach, and both of its ends.

Whoever may write to it may stop the server, so it has mode 0600 from the first instant, whatever the mask.
"""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Never

import trio

from chatsim.errors import ConfigurationError, RunError
from chatsim.server.admin import refusal
from chatsim.server.callers import serve_callers

REQUEST_BYTES = 64 * 1024
REQUEST_SECONDS = 10.0
"""For a request to come whole, and for its answer to be read."""
CALLERS_AT_ONCE = 16
BACKLOG = 16
OWNER_ONLY = 0o177
"""The mask that leaves mode 0600."""


@contextmanager
def admin_listener(path: Path) -> Iterator[socket.socket]:
    """A listening socket at `path` that is gone afterwards. Raises ConfigurationError.

    What a server that died left there is replaced; a server that lives, or any other file, is not.
    """
    _make_room(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with listener:
        former = os.umask(OWNER_ONLY)
        try:
            listener.bind(str(path))
        except OSError as error:
            message = f"cannot open the admin socket {path}: {error.strerror or error}"
            raise ConfigurationError(message) from error
        finally:
            os.umask(former)
        listener.listen(BACKLOG)
        listener.setblocking(False)
        own = _identity(path)
        try:
            yield listener
        finally:
            if own is not None and _identity(path) == own:
                path.unlink(missing_ok=True)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _make_room(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return  # nothing is there, or binding will say what is wrong
    if not stat.S_ISSOCK(mode):
        raise ConfigurationError(f"{path} exists and is no socket; --admin takes a path of its own")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        except OSError as error:
            message = f"cannot use the admin socket {path}: {error.strerror or error}"
            raise ConfigurationError(message) from error
        else:
            raise ConfigurationError(f"a server that is alive answers at {path}; take another path")


class AdminDoor:
    """Lets callers in, line by line."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer

    async def serve(self, listener: socket.socket) -> Never:
        """Answer callers, several at a time, until cancelled."""
        await serve_callers(listener, CALLERS_AT_ONCE, self._answer_lines)

    async def _answer_lines(self, stream: trio.SocketStream) -> None:
        waiting = b""
        while True:
            with trio.move_on_after(REQUEST_SECONDS) as limit:
                while b"\n" not in waiting and len(waiting) <= REQUEST_BYTES:
                    data = await stream.receive_some(REQUEST_BYTES)
                    if not data:
                        return
                    waiting += data
                line, _, waiting = waiting.partition(b"\n")
                if len(line) > REQUEST_BYTES:
                    await stream.send_all(
                        refusal(f"a request takes at most {REQUEST_BYTES:,} bytes")
                    )
                    return
                await stream.send_all(self._answer(line))
            if limit.cancelled_caught:
                return


def call(path: Path, request: dict[str, str]) -> dict[str, Any]:
    """Ask the server behind `path`, and wait for its answer.

    Raises ConfigurationError where no server answers there or it refuses what is asked, RunError where it stops in
    the middle.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(REQUEST_SECONDS)
        try:
            caller.connect(str(path))
        except OSError as error:
            message = f"no server answers at {path}: {error.strerror or error}"
            raise ConfigurationError(message) from error
        try:
            caller.sendall(json.dumps(request).encode() + b"\n")
            with caller.makefile("rb") as file:
                line = file.readline()
            answer: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as error:
            raise RunError(f"the server at {path} did not answer") from error
    if not answer.pop("ok"):
        raise ConfigurationError(answer["error"])
    return answer
