"""The worker processes of one load, as their parent sees them."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from attrs import define, field

from chatsim.errors import RunError
from chatsim_clients.load.sharing import Closed, Failed, Order, Share, Word
from chatsim_clients.load.worker import work

END_SECONDS = 10.0


@define(eq=False)
class Workers:
    """Started on entry, ended on exit; spawned and not forked, because threads do not survive a fork."""

    shares: Sequence[Share]
    _processes: list[BaseProcess] = field(factory=list)
    _links: list[Connection] = field(factory=list)
    _speaking: list[Connection] = field(factory=list)
    """Those whose books are still open."""

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        for share in self.shares:
            mine, theirs = context.Pipe()
            process = context.Process(target=work, args=(share, theirs), daemon=True)
            process.start()
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
            process.join(END_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()

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
        except EOFError:
            process = self._processes[number]
            process.join(END_SECONDS)
            raise RunError(
                f"worker {number} of the load ended by itself (exit status {process.exitcode})"
            ) from None
        if isinstance(word, Failed):
            raise RunError(f"worker {number} of the load cannot go on: {word.text}")
        if isinstance(word, Closed):
            self._speaking.remove(link)
        return word
