"""An interrupt while a cluster is at work."""

from __future__ import annotations

import contextlib
import signal

import pytest

from chatsim.study.cluster_client import insistent_interrupts


def test_an_interrupt_that_a_finalizer_lost_is_raised_again() -> None:
    # A handler of the test's own: whoever runs it may ignore Ctrl-C.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with insistent_interrupts() as insist:
            insist()
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                insist()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, former)
