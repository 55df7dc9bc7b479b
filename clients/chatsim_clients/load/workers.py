"""The worker processes of one load, as their parent sees them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self

from attrs import define, field

from chatsim.errors import RunError
from chatsim_clients.load.sharing import Closed, Failed, Order, Share, Word

END_SECONDS = 10.0


@define(eq=False)
class Workers:
    """Started on entry, so that they load their modules while a server starts; ended on exit.

    Programs of their own rather than `multiprocessing`, which would run the parent's main module in each of them. They
    have sessions of their own, so that a Ctrl-C reaches the parent alone; if the parent is gone, they end.
    """

    count: int
    _processes: list[subprocess.Popen[bytes]] = field(factory=list)
    _links: list[Connection] = field(factory=list)
    _speaking: list[Connection] = field(factory=list)
    """Those whose books are still open."""

    def __enter__(self) -> Self:
        for _ in range(self.count):
            mine, theirs = Pipe()
            command = [sys.executable, "-m", "chatsim_clients.load.worker", str(theirs.fileno())]
            process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            theirs.close()
            self._processes.append(process)
            self._links.append(mine)
            self._speaking.append(mine)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for link in self._links:
            link.close()
        for process in self._processes:
            if kind is not None:
                process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def assign(self, shares: Sequence[Share]) -> None:
        """One to each, with which it begins to log in."""
        for link, share in zip(self._speaking, shares, strict=True):
            link.send(share)

    def tell(self, order: Order) -> None:
        for link in self._speaking:
            link.send(order)

    def hear(self, seconds: float) -> Iterator[tuple[int, Word]]:
        """(worker, word) of everything said within the given time. Raises RunError where a worker fails."""
        deadline = time.monotonic() + seconds
        while self._speaking and (left := deadline - time.monotonic()) > 0:
            ready = wait(self._speaking, left)
            for link in ready:
                assert isinstance(link, Connection)
                number = self._links.index(link)
                yield number, self._word(number, link)
            if not ready:
                return

    def _word(self, number: int, link: Connection) -> Word:
        try:
            word: Word = link.recv()
        except (EOFError, ConnectionResetError):
            status = self._processes[number].wait(END_SECONDS)
            raise RunError(
                f"worker {number} of the load ended by itself (exit status {status})"
            ) from None
        if isinstance(word, Failed):
            raise RunError(f"worker {number} of the load cannot go on: {word.text}")
        if isinstance(word, Closed):
            self._speaking.remove(link)
        return word
