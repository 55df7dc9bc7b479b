"""A server that a load is put on: started on a loopback port and in a folder of its own, read in /proc, and ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from attrs import define, field, frozen

import chatsim
from broker_protocols import Talk
from chatsim.errors import RunError

START_SECONDS = 30.0
STOP_SECONDS = 10.0
PACKAGE_VERSION = ["dpkg-query", "-W", "-f=${Version}"]
SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where servers lie that are not on everybody's path."""


@frozen
class Command:
    """What starts a server."""

    words: tuple[str, ...]
    environment: dict[str, str] = field(factory=dict)


@frozen
class Broker:
    """A server, as it takes part."""

    name: str
    program: str
    """What must be there."""
    talk: Callable[..., Talk]
    """Makes a client, of its number; takes `acknowledged` by name."""
    arrange: Callable[[Path, int], Command]
    """Writes its configuration into a folder, for a port."""
    fire: str
    """What it guarantees when nobody waits for an answer."""
    acknowledged: str | None = None
    """What it guarantees when sender and recipient acknowledge; None: it cannot."""
    version: tuple[str, ...] = ("--version",)
    """Arguments that make it say its version; of one that does not, the package's."""

    def path(self) -> str | None:
        """Where its program is; None where it is not installed."""
        return shutil.which(self.program, path=f"{os.environ.get('PATH', '')}:{SYSTEM_FOLDERS}")

    def version_number(self) -> str:
        """As its program says it; of chatsim, this checkout's."""
        if self.program == sys.executable:
            return chatsim.__version__
        path = self.path()
        assert path is not None
        words = (
            [path, *self.version]
            if self.version
            else [*PACKAGE_VERSION, self.program.removesuffix("ctl")]
        )
        said = subprocess.run(words, capture_output=True, text=True, check=False)
        for word in (said.stdout + said.stderr).replace("=", " ").replace("v", " ").split():
            if word[0].isdigit() and "." in word:
                return word.partition("-")[0].rstrip(",")
        return "unknown"


@define(eq=False)
class Running:
    """A server that takes connections."""

    broker: Broker
    address: tuple[str, int]
    process: psutil.Popen
    folder: tempfile.TemporaryDirectory[str]

    def cpu_seconds(self) -> float:
        """Used so far by all its processes."""
        times = [process.cpu_times() for process in self._processes()]
        return sum((each.user + each.system for each in times), 0.0)

    def resident_bytes(self) -> int:
        return sum(process.memory_info().rss for process in self._processes())

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def stop(self) -> None:
        """End it and all it started, by their ids, and remove its folder."""
        with contextlib.suppress(psutil.NoSuchProcess):
            children = self.process.children(recursive=True)
            self.process.terminate()
            _, alive = psutil.wait_procs([self.process, *children], STOP_SECONDS)
            for process in alive:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        self.folder.cleanup()


def start(broker: Broker, core: int | None) -> Running:
    """Start it, on one core if `core` is given. Raises RunError where it takes no connection in time."""
    folder = tempfile.TemporaryDirectory(prefix="chatsim-", ignore_cleanup_errors=True)
    port = free_port()
    command = broker.arrange(Path(folder.name), port)
    log = Path(folder.name) / "output.txt"
    with log.open("wb") as output:
        process = psutil.Popen(
            command.words,
            cwd=folder.name,
            env=os.environ | command.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
        )
    running = Running(broker, ("127.0.0.1", port), process, folder)
    try:
        _wait_for(running)
    except RunError as error:
        said = log.read_text(errors="replace")[-500:].strip()
        running.stop()
        raise RunError(f"{broker.name} {error}: {said}") from None
    return running


def _wait_for(running: Running) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if running.process.poll() is not None:
            raise RunError("ended at once")
        try:
            socket.create_connection(running.address, timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RunError(f"took no connection within {START_SECONDS:.0f} seconds")


def free_port() -> int:
    """A loopback port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
