"""With a store nothing leaves before its commit, in both shells, whatever the disk does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio
import trio.testing

from chatsim.model import ALLOWED
from chatsim.relay.changes import Change, Emptied
from chatsim.server.committing import HELD_MAX, Journal
from chatsim.wire.messages import Act, Copy, Decided, Hello, Refusal, Welcome
from tests.serving import ByHand, Peer, Workbench, frame, until


class Disk:
    """A committer that a test lets finish, or not."""

    def __init__(self) -> None:
        self.submitted: list[int] = []
        self.ticks: list[int] = []

    def submit(self, batch: int, changes: Sequence[Change], tick: int) -> None:
        assert changes
        self.submitted.append(batch)
        self.ticks.append(tick)

    async def has(self, batches: int) -> None:
        await until(lambda: len(self.submitted) == batches)


class Changes:
    """A relay's journal in which everything that arrives changes something."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._acts = 0

    def take(self) -> list[Change]:
        acts = self._workbench.relay.books.acts
        new, self._acts = acts - self._acts, acts
        return [Emptied(0, 0, 0)] * new


@pytest.fixture
async def disk(workbench) -> Disk:
    disk = Disk()
    await workbench.start(journal=Journal(Changes(workbench).take, disk))
    return disk


async def settle() -> None:
    """Until the shell waits for somebody."""
    await trio.testing.wait_all_tasks_blocked(0.001)


async def hears_nothing(peer: Peer) -> bool:
    await settle()
    with trio.move_on_after(0) as scope:
        await peer.hear()
    return scope.cancelled_caught


async def test_what_changes_nothing_does_not_wait(workbench, disk):
    await workbench.logged_in(0)
    assert disk.submitted == []


async def test_neither_verdict_nor_copy_leaves_before_the_commit(workbench, disk):
    one, other = await workbench.logged_in(0), await workbench.logged_in(1)
    await one.say(Act(0, 1, (1,)), b"hello")
    assert await hears_nothing(one)
    assert await hears_nothing(other)
    await disk.has(batches=1)
    workbench.exchange.committed(1, 0.001)
    assert await one.hear() == Decided(1, ALLOWED)
    assert isinstance(await other.hear(), Copy)


async def test_the_next_batches_are_handled_while_a_commit_runs_and_leave_in_order(workbench, disk):
    one, other = await workbench.logged_in(0), await workbench.logged_in(1)
    for counter in range(1, 4):
        await one.say(Act(0, counter, (1,)), b"hello")
        await disk.has(batches=counter)
    workbench.exchange.committed(2, 0.001)
    assert [(await other.hear()).counter for _ in range(2)] == [1, 2]
    assert await hears_nothing(other)
    workbench.exchange.committed(3, 0.001)
    assert (await other.hear()).counter == 3
    assert [await one.hear() for _ in range(3)] == [Decided(n, ALLOWED) for n in (1, 2, 3)]


async def test_a_login_that_shows_uncommitted_mail_waits_for_it(workbench, disk):
    one = await workbench.logged_in(0)
    await one.say(Act(0, 1, (1,)), b"hello")
    await disk.has(batches=1)
    other = workbench.peer()
    await other.say(Hello(1, 0))
    assert await hears_nothing(other)
    workbench.exchange.committed(1, 0.001)
    assert isinstance(await other.hear(), Welcome)
    assert isinstance(await other.hear(), Copy)


async def test_a_session_that_ends_is_closed_after_what_it_was_told_before(workbench, disk):
    one, other = await workbench.logged_in(0), await workbench.logged_in(1)
    await other.say(Act(0, 1, (0,)), b"hello")
    await disk.has(batches=1)
    await one.say(Act(0, 1, (1,)), b"hello")
    await disk.has(batches=2)
    await one.stream.send_all(b"\xff" * 10)
    assert await hears_nothing(one)
    workbench.exchange.committed(disk.submitted[-1], 0.001)
    kinds = [type(await one.hear()) for _ in range(4)]
    assert sorted(kind.__name__ for kind in kinds[:2]) == ["Copy", "Decided"]
    assert kinds[2:] == [Refusal, type(None)]


async def test_after_a_failed_commit_nothing_of_it_ever_leaves(workbench, disk):
    one, other = await workbench.logged_in(0), await workbench.logged_in(1)
    await one.say(Act(0, 1, (1,)), b"hello")
    await disk.has(batches=1)
    workbench.exchange.fail("cannot store: the disk is full")
    workbench.exchange.committed(1, 0.001)  # too late to count
    await one.say(Act(0, 2, (1,)), b"again")
    await settle()
    assert workbench.relay.books.acts == 1
    assert workbench.exchange.over.is_set()
    await workbench.exchange.say_goodbye("the server stops")
    for peer in (one, other):
        assert await peer.refusal() == "cannot store: the disk is full"


async def test_a_stop_waits_for_the_commits_and_sends_what_they_release(workbench, disk, nursery):
    one, other = await workbench.logged_in(0), await workbench.logged_in(1)
    await one.say(Act(0, 1, (1,)), b"hello")
    await disk.has(batches=1)
    nursery.start_soon(workbench.exchange.say_goodbye, "the server stops")
    await settle()
    await one.say(Act(0, 2, (1,)), b"too late")
    assert await hears_nothing(one)
    assert disk.submitted == [1]
    workbench.exchange.committed(1, 0.001)
    assert await one.hear() == Decided(1, ALLOWED)
    assert isinstance(await other.hear(), Copy)
    for peer in (one, other):
        assert await peer.refusal() == "the server stops"


async def test_a_stop_leaves_the_frames_that_wait_for_their_turn(nursery):
    disk = Disk()
    by_hand = ByHand(journal=Journal(lambda: [Emptied(0, 0, 0)] * by_hand.fresh_acts(), disk))
    one = by_hand.log_in(0)
    by_hand.batch({one: frame(Act(0, 1, (1,)))})
    by_hand.exchange.batch.open()
    by_hand.exchange.received(one, frame(Act(0, 2, (1,))))
    by_hand.exchange.received(one, frame(Act(0, 3, (1,))))  # its turn is the next batch
    nursery.start_soon(by_hand.exchange.say_goodbye, "the server stops")
    await settle()
    by_hand.batch({})
    assert by_hand.relay.books.acts == 2
    by_hand.exchange.committed(2, 0.001)
    await settle()
    assert by_hand.exchange.books.ended_by["stopping"] == 1
    by_hand.close()


async def test_nothing_is_read_while_too_many_batches_wait_for_the_disk(workbench, disk):
    one, other = await workbench.logged_in(0), await workbench.logged_in(1)
    for counter in range(1, HELD_MAX + 1):
        await one.say(Act(0, counter, (2,)), b"")
        await disk.has(batches=counter)
    assert disk.submitted[-1] == HELD_MAX
    await other.say(Act(0, 1, (2,)), b"")
    await settle()
    assert workbench.relay.books.acts == HELD_MAX
    workbench.exchange.committed(HELD_MAX - 1, 0.001)
    await until(lambda: workbench.relay.books.acts == HELD_MAX + 1)
    workbench.exchange.committed(HELD_MAX + 1, 0.001)
    assert await other.hear() == Decided(1, ALLOWED)
