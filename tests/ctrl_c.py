"""Processes that hear Ctrl-C, whoever started the tests: what runs in the background may be told to ignore it."""

from __future__ import annotations

import signal
import subprocess


def listening(command: list[str] | tuple[str, ...], **options: object) -> subprocess.Popen[str]:
    """The command as a process with text pipes, to which Ctrl-C means what it does at a terminal."""
    return subprocess.Popen(
        command,
        text=True,
        preexec_fn=_hear,  # noqa: PLW1509 - two calls of the system's, and nothing that a thread could hold
        **options,
    )


def _hear() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
