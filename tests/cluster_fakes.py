"""What a worker of a cluster plays by in a test that wants it to come to grief; workers import this module."""

from __future__ import annotations

import os
import signal

from chatsim.study.scenario import Scenario


def dying(_: Scenario, threads: int) -> None:
    """Makes no backend: the worker's process ends as if the system had killed it."""
    os.kill(os.getpid(), signal.SIGKILL)


def broken(_: Scenario, threads: int) -> None:
    """Makes no backend: something is wrong that nobody foresaw."""
    raise ValueError("seven is\nnot a seed")
