"""What the server's process uses, second by second."""

from __future__ import annotations

import psutil
from attrs import define, field


@define(eq=False)
class Watched:
    """One process, asked once a second; zeros where it is not known or gone."""

    pid: int | None
    bytes_peak: int = 0
    _process: psutil.Process | None = field(init=False)
    _cpu: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        try:
            self._process = None if self.pid is None else psutil.Process(self.pid)
        except psutil.Error:
            self._process = None
        self._cpu = self._used()[0]

    @property
    def known(self) -> bool:
        return self._process is not None

    def look(self) -> tuple[float, int]:
        """(processor seconds since the last look, resident bytes now)."""
        before = self._cpu
        self._cpu, resident = self._used()
        self.bytes_peak = max(self.bytes_peak, resident)
        return max(0.0, self._cpu - before), resident

    def _used(self) -> tuple[float, int]:
        if self._process is None:
            return 0.0, 0
        try:
            with self._process.oneshot():
                times = self._process.cpu_times()
                return times.user + times.system, self._process.memory_info().rss
        except psutil.Error:
            return 0.0, 0
