"""The thread that commits: together, in order, never after a failure, and when the log is emptied."""

from __future__ import annotations

import queue
import threading
import time

import pytest

from chatsim.errors import StoreError
from chatsim.relay.changes import Emptied
from chatsim.store.committer import CHECKPOINT_SECONDS, LOG_BYTES, Committer

PATIENCE = 10.0
"""Seconds until a test that waits in vain fails."""


def change(number: int) -> Emptied:
    return Emptied(1, 0, number)


class FakeStore:
    """Notes what is done to it; a commit waits until it is let go when `gate` is given."""

    def __init__(self, *, gate: threading.Semaphore | None = None, fails_at: int | None = None):
        self.did: queue.SimpleQueue = queue.SimpleQueue()
        self.entered = threading.Semaphore(0)
        self.gate = gate
        self.fails_at = fails_at
        self.fails_to_checkpoint = False
        self.error: Exception = StoreError("the disk is full")
        self.length = 0
        self.threads: set[str] = set()

    def commit(self, changes, tick: int) -> None:
        self.threads.add(threading.current_thread().name)
        self.entered.release()
        if self.gate is not None:
            assert self.gate.acquire(timeout=PATIENCE)
        if change(self.fails_at) in changes:
            raise self.error
        self.did.put(("commit", [each.base for each in changes], tick))

    def checkpoint(self) -> None:
        if self.fails_to_checkpoint:
            raise StoreError("the disk is full")
        self.did.put("checkpoint")
        self.length = 0

    def log_bytes(self) -> int:
        return self.length

    def close(self) -> None:
        self.did.put("close")

    def next(self):
        return self.did.get(timeout=PATIENCE)

    def rest(self) -> list:
        found = []
        while not self.did.empty():
            found.append(self.did.get())
        return found


class Fixture:
    """A committer over a fake store, and what it said."""

    def __init__(self, store: FakeStore, idle_seconds: float = PATIENCE * 100) -> None:
        self.store = store
        self.now = 0.0
        self.committed: list[int] = []
        self.errors: list[StoreError] = []
        self.seconds: list[float] = []
        self.committer = Committer(
            store, self.on_committed, self.errors.append,
            clock=lambda: self.now, idle_seconds=idle_seconds,
        )  # fmt: skip

    def on_committed(self, batch: int, seconds: float) -> None:
        self.committed.append(batch)
        self.seconds.append(seconds)

    def submit(self, *batches: int) -> None:
        for batch in batches:
            self.committer.submit(batch, [change(batch)], 10 * batch)


def test_a_batch_is_committed_on_a_thread_of_its_own_and_then_said_to_be() -> None:
    it = Fixture(FakeStore())
    it.submit(1)
    assert it.store.next() == ("commit", [1], 10)
    it.committer.close()
    assert it.committed == [1]
    assert it.store.threads == {"store"}


def test_batches_that_wait_together_are_one_transaction_in_order() -> None:
    gate = threading.Semaphore(0)
    it = Fixture(FakeStore(gate=gate))
    it.submit(1)
    assert it.store.entered.acquire(timeout=PATIENCE)
    it.submit(2, 3, 4)
    assert it.committed == []
    gate.release(2)
    it.committer.close()
    commits = [("commit", [1], 10), ("commit", [2, 3, 4], 40)]
    assert it.store.rest() == [*commits, "checkpoint", "close"]
    assert it.committed == [1, 4]


def test_submitting_never_waits_for_a_slow_disk() -> None:
    gate = threading.Semaphore(0)
    it = Fixture(FakeStore(gate=gate))
    it.submit(*range(1, 1_000))
    assert it.committed == []
    gate.release(1_000)
    it.committer.close()
    assert it.committed[-1] == 999
    assert it.committed == sorted(it.committed)


def test_how_long_a_transaction_took_is_said() -> None:
    gate = threading.Semaphore(0)
    it = Fixture(FakeStore(gate=gate))
    it.submit(1)
    assert it.store.entered.acquire(timeout=PATIENCE)
    it.now = 0.25
    gate.release()
    it.committer.close()
    assert it.seconds == [0.25]


def test_nothing_that_came_after_a_failed_commit_is_ever_committed() -> None:
    gate = threading.Semaphore(0)
    it = Fixture(FakeStore(gate=gate, fails_at=2))
    it.submit(1)
    assert it.store.entered.acquire(timeout=PATIENCE)
    it.submit(2, 3)
    gate.release(10)
    it.committer._thread.join(PATIENCE)
    it.submit(4)
    it.committer.close()
    assert it.store.rest() == [("commit", [1], 10), "close"]
    assert it.committed == [1]
    assert [str(error) for error in it.errors] == ["the disk is full"]


def test_a_checkpoint_that_fails_stops_everything_too() -> None:
    it = Fixture(FakeStore(), idle_seconds=0.0)
    it.store.fails_to_checkpoint = True
    it.submit(1)
    it.committer._thread.join(PATIENCE)
    it.submit(2)
    it.committer.close()
    assert it.store.rest() == [("commit", [1], 10), "close"]
    assert [str(error) for error in it.errors] == ["the disk is full"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_is_told_as_a_failure_and_not_swallowed(monkeypatch) -> None:
    seen = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_type))
    it = Fixture(FakeStore(fails_at=1))
    it.store.error = ZeroDivisionError("a bug")
    it.submit(1)
    it.committer.close()
    assert it.store.rest() == ["close"]
    assert "came upon a defect: ZeroDivisionError" in str(it.errors[0])
    assert seen == [ZeroDivisionError]


def test_the_log_is_emptied_when_nothing_is_to_be_done_and_then_not_again() -> None:
    it = Fixture(FakeStore(), idle_seconds=0.0)
    it.submit(1)
    assert it.store.next() == ("commit", [1], 10)
    assert it.store.next() == "checkpoint"
    it.submit(2)
    assert it.store.next() == ("commit", [2], 20)
    assert it.store.next() == "checkpoint"
    it.committer.close()
    assert it.store.rest() == ["close"]


def test_under_load_the_log_is_emptied_every_minute() -> None:
    gate = threading.Semaphore(0)
    it = Fixture(FakeStore(gate=gate))
    did = []
    for batch, now in enumerate([0.0, CHECKPOINT_SECONDS - 1, CHECKPOINT_SECONDS, 61.0, 119.0], 1):
        it.now = now
        it.submit(batch)
        gate.release()
        did.append(it.store.next())
        assert did[-1][1] == [batch]
        while len(it.committed) < batch:
            time.sleep(0)
        if batch == 3:
            assert it.store.next() == "checkpoint"
    it.committer.close()
    assert it.store.rest() == ["checkpoint", "close"]


def test_a_long_log_is_emptied_at_once() -> None:
    it = Fixture(FakeStore())
    it.store.length = LOG_BYTES
    it.submit(1)
    assert it.store.next() == ("commit", [1], 10)
    assert it.store.next() == "checkpoint"
    it.committer.close()
    assert it.store.rest() == ["close"]


def test_a_batch_without_changes_releases_what_waits_and_needs_no_checkpoint() -> None:
    it = Fixture(FakeStore())
    it.committer.submit(1, [], 10)
    it.committer.close()
    assert it.committed == [1]
    assert it.store.rest() == [("commit", [], 10), "close"]


def test_closing_without_work_closes_the_store() -> None:
    it = Fixture(FakeStore())
    it.committer.close()
    assert it.store.rest() == ["close"]
    assert not it.committer._thread.is_alive()
