"""A `chatsim serve` of one's own: started, listened to, and always ended."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from chatsim.errors import RunError

START_SECONDS = 600.0
"""How long a server may take to build its population."""
STOP_SECONDS = 30.0


class ServerProcess:
    """One server process, which the given environment reaches through `python -m chatsim serve`.

    It has a session of its own, so that a Ctrl-C in a terminal reaches only its parent, who ends it. Should the parent
    be killed, a driven server ends with its driver.
    """

    def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "chatsim", "serve", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=os.environ | environment,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def address(self) -> tuple[str, int]:
        """Where it listens, once it does. Raises RunError if it never does."""
        host, _, port = str(self._first_line()["address"]).rpartition(":")
        return host.strip("[]"), int(port)

    def _first_line(self) -> dict[str, Any]:
        stdout = self._process.stdout
        assert stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if not selector.select(START_SECONDS):
                raise RunError(f"the server did not start within {START_SECONDS:.0f} seconds")
        line = stdout.readline()
        if not line:
            self._process.wait()
            raise RunError(f"the server did not start: {self.last_words()}")
        return json.loads(line)  # type: ignore[no-any-return]

    def died(self, within_seconds: float) -> bool:
        """Whether the process ended, or does so within the given time."""
        try:
            self._process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_words(self) -> str:
        """The signal that ended it, else the last line of its standard error, or how it ended where it said nothing."""
        status = self._process.poll()
        if status is not None and status < 0:
            return f"{signal.Signals(-status).name} ended it"
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").split("\n")
        spoken = [line.strip() for line in lines if line.strip()]
        if spoken:
            return spoken[-1].removeprefix("Error: ")
        return f"it said nothing (exit status {status})"

    def stop(self) -> dict[str, Any] | None:
        """End the process, by force if it must be; returns what it says to have carried, None if it did not say."""
        try:
            self._process.terminate()
            output = self._wait()
        finally:
            self._stderr.close()
        lines = output.splitlines()
        try:
            carried = json.loads(lines[-1])["carried"] if lines else None
        except (ValueError, KeyError, TypeError):
            return None
        return carried

    def _wait(self) -> bytes:
        try:
            output, _ = self._process.communicate(timeout=STOP_SECONDS)
        except BaseException as error:
            # Whatever interrupts us, a Ctrl-C included, no process stays behind.
            self._process.kill()
            output, _ = self._process.communicate()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
        return output
