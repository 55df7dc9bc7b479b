"""One session causes a bounded share of each batch; others wait for batches, not for its backlog."""

from __future__ import annotations

from itertools import chain, count, repeat
from types import SimpleNamespace

import pytest

from chatsim.model import Enforcement, Reason
from chatsim.policy import compile_row
from chatsim.policy.presets import resolve
from chatsim.provenance.purse import Purse
from chatsim.provenance.receipt import Mint
from chatsim.relay.blind_tokens import NO_TEXT
from chatsim.relay.settings import RelaySettings
from chatsim.server import batch as module
from chatsim.server.exchange import COPIES_PER_BATCH, LOUD_BATCHES
from chatsim.server.observing import NoObserver
from chatsim.server.reactor import RECEIVE_BYTES
from chatsim.wire.messages import Acknowledge, Act, Copy, Decided, Hello, Subscribe, TopUp
from tests.serving import ByHand, Workbench, frame

ACKNOWLEDGE = frame(Acknowledge(0))

# Over sockets.


@pytest.fixture
def unhurried(monkeypatch):
    """Batches end by what was handled, not by how busy the machine is."""
    monkeypatch.setattr(module, "BATCH_SECONDS", 60.0)


class Batches(NoObserver):
    """How many frames each batch handled, and how many bytes were read and not handled after it."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self.frames: list[int] = []
        self.backlog: list[int] = []

    def batch(self, seconds: float, events: int) -> None:
        books = self._workbench.exchange.books
        self.frames.append(events)
        self.backlog.append(books.bytes_in - books.frames_in * len(ACKNOWLEDGE))


async def test_a_flood_is_handled_in_shares_and_others_have_their_turn_in_between(
    workbench, unhurried
):
    batches = Batches(workbench)
    await workbench.start(observer=batches)
    flooding, quick = await workbench.logged_in(0), await workbench.logged_in(1)
    batches.frames.clear()
    flood = 20 * COPIES_PER_BATCH
    await flooding.stream.send_all(flood * ACKNOWLEDGE)
    before = len(batches.frames)
    await quick.say(Act(0, 1, (2,)), b"hello")
    assert isinstance(await quick.hear(), Decided)
    assert len(batches.frames) - before <= 4
    await flooding.say(Act(0, 1, (2,)), b"hello")
    assert isinstance(await flooding.hear(), Decided)
    assert sum(batches.frames) == flood + 2
    assert max(batches.frames) <= COPIES_PER_BATCH + 1


async def test_nothing_more_is_read_from_a_session_whose_frames_wait(workbench):
    batches = Batches(workbench)
    await workbench.start(observer=batches)
    flooding = await workbench.logged_in(0)
    await flooding.stream.send_all(100_000 * ACKNOWLEDGE + frame(Act(0, 1, (2,))))
    assert isinstance(await flooding.hear(), Decided)
    assert RECEIVE_BYTES / 2 < max(batches.backlog) <= RECEIVE_BYTES + 100


async def test_a_slow_reader_and_a_flood_add_no_batch_to_what_others_wait_for(workbench, unhurried):
    await workbench.start()
    await workbench.logged_in(3, buffer=4_096)  # and never reads again
    flooding, one, other = [await workbench.logged_in(user) for user in range(3)]
    for counter in range(1, 20):
        await flooding.say(Act(0, counter, (3,)), bytes(10_000))
    await flooding.stream.send_all(1_000 * ACKNOWLEDGE)
    before = workbench.exchange.books.batches
    await one.say(Act(0, 1, (2,)), b"hello")
    assert isinstance(await other.hear(), Copy)
    assert workbench.exchange.books.batches - before <= 4


# Batch by batch.


CROWD = 10 * COPIES_PER_BATCH


@pytest.fixture
def by_hand():
    by_hand = ByHand(users=CROWD + 2)
    yield by_hand
    by_hand.close()


async def test_whoever_sent_to_a_crowd_waits_as_many_batches_as_that_was_worth(by_hand):
    acts = by_hand.relay.books
    loud, quiet = by_hand.log_in(0), by_hand.log_in(CROWD + 1)
    by_hand.batch({loud: frame(Act(0, 1, (~0,))) + frame(Act(0, 2, (~0,)))})
    assert acts.acts == 1
    for counter in range(1, 10):
        by_hand.batch({quiet: frame(Act(0, counter, (1,)))})
        assert acts.acts == 1 + counter
    by_hand.batch({})
    assert acts.acts == 11


async def test_a_session_has_its_share_once_however_its_frames_arrive(by_hand):
    books = by_hand.exchange.books
    flooding = by_hand.log_in(0)
    before = books.frames_in
    by_hand.batch({flooding: (COPIES_PER_BATCH + 5) * ACKNOWLEDGE})
    assert books.frames_in - before == COPIES_PER_BATCH
    by_hand.exchange.run_ready()
    assert flooding.frames is None
    by_hand.exchange.received(flooding, ACKNOWLEDGE)
    by_hand.exchange.close_batch()
    assert books.frames_in - before == COPIES_PER_BATCH + 5
    by_hand.batch({})
    assert books.frames_in - before == COPIES_PER_BATCH + 6


async def test_a_batch_whose_time_is_over_leaves_the_rest_to_the_next(by_hand, monkeypatch):
    books = by_hand.exchange.books
    one, other = by_hand.log_in(0), by_hand.log_in(1)
    before = books.frames_in
    monkeypatch.setattr(module, "BATCH_SECONDS", -1.0)
    by_hand.batch({one: ACKNOWLEDGE, other: ACKNOWLEDGE})
    assert books.frames_in == before
    by_hand.batch({})
    assert books.frames_in == before
    monkeypatch.undo()
    by_hand.batch({})
    assert books.frames_in - before == 2


async def test_what_waits_takes_half_of_a_batch_and_leaves_the_rest_to_what_comes(
    by_hand, monkeypatch
):
    exchange = by_hand.exchange
    crowd = [by_hand.log_in(user) for user in range(10)]
    by_hand.batch(dict.fromkeys(crowd, 3 * COPIES_PER_BATCH * ACKNOWLEDGE))
    milliseconds = count()
    clock = SimpleNamespace(perf_counter=lambda: next(milliseconds) / 1_000)
    monkeypatch.setattr(module, "time", clock)
    exchange.run_ready()
    assert exchange.batch.frames == 2 * COPIES_PER_BATCH
    assert not exchange.batch.is_spent()
    monkeypatch.undo()
    exchange.close_batch()


async def test_a_share_that_takes_longer_than_a_batch_keeps_nobody_else_out_of_it(
    by_hand, monkeypatch
):
    frames = by_hand.exchange.books
    slow, quiet = by_hand.log_in(0), by_hand.log_in(1)
    by_hand.batch({slow: 2 * COPIES_PER_BATCH * ACKNOWLEDGE})
    before = frames.frames_in
    moments = chain([0.0, 0.0, 1.0], repeat(1.0))  # opened, looked at, and a second later handled
    clock = SimpleNamespace(perf_counter=lambda: next(moments))
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr("chatsim.server.exchange.time", clock)
    by_hand.batch({quiet: ACKNOWLEDGE})
    assert frames.frames_in - before == COPIES_PER_BATCH + 1


async def test_whoever_flooded_waits_behind_those_who_did_not(by_hand):
    frames = by_hand.exchange.books
    flooding, quiet = by_hand.log_in(0), by_hand.log_in(1)
    by_hand.batch({flooding: (COPIES_PER_BATCH + 1) * ACKNOWLEDGE})
    by_hand.batch({})
    before = frames.frames_in
    by_hand.batch({flooding: ACKNOWLEDGE, quiet: ACKNOWLEDGE})
    assert frames.frames_in - before == 1
    assert flooding.frames is not None
    by_hand.batch({})
    assert frames.frames_in - before == 2
    for _ in range(LOUD_BATCHES):
        by_hand.batch({})
    by_hand.batch({flooding: ACKNOWLEDGE})
    assert frames.frames_in - before == 3


async def test_a_crowd_of_logins_waits_behind_those_who_are_in(by_hand):
    frames = by_hand.exchange.books
    quiet = by_hand.log_in(0)
    before = frames.frames_in
    crowd = [by_hand.connect() for _ in range(3)]
    hellos = {one: frame(Hello(user, 0)) for user, one in enumerate(crowd, 1)}
    by_hand.batch(hellos | {quiet: ACKNOWLEDGE})
    assert frames.frames_in - before == 1
    by_hand.batch({})
    assert all(one.known for one in crowd)


async def test_every_contact_that_a_session_asks_about_counts_as_a_copy(by_hand):
    frames = by_hand.exchange.books
    curious = by_hand.log_in(0)
    before = frames.frames_in
    question = frame(Subscribe(tuple(range(1, 4 * COPIES_PER_BATCH - 23))))
    by_hand.batch({curious: question + question})
    by_hand.batch({})
    by_hand.batch({})
    assert frames.frames_in - before == 1
    by_hand.batch({})
    assert frames.frames_in - before == 2


async def test_tokens_are_worth_ten_copies_each_made_or_checked():
    root = bytes(range(32))
    by_hand = ByHand(settings=RelaySettings(enforcement=Enforcement.BLIND), root=root)
    ticket = Mint(root).permit(NO_TEXT, 0, 0, 0, 1, bytes(16))
    purse, frames = Purse(), by_hand.exchange.books
    asking = by_hand.log_in(0)
    before = frames.frames_in
    requests = [purse.ask(ticket, 0, 13) for _ in range(4)]
    by_hand.batch({asking: b"".join(frame(TopUp(n, ticket, points)) for n, points in requests)})
    assert by_hand.relay.books.effort == 2 * 130
    assert frames.frames_in - before == 2
    by_hand.batch({})
    assert frames.frames_in - before == 4
    by_hand.close()


async def test_false_tokens_are_worth_as_much_as_genuine_ones():
    settings = RelaySettings(enforcement=Enforcement.BLIND)
    by_hand = ByHand(settings=settings, root=bytes(32))
    false = bytes([0]) + b"".join(
        bytes(5) + seed.to_bytes(16, "big") + bytes(16) for seed in range(13)
    )
    cheating, frames = by_hand.log_in(0), by_hand.exchange.books
    before = frames.frames_in
    by_hand.batch({cheating: b"".join(frame(Act(0, n, (1,), false)) for n in range(1, 5))})
    assert frames.frames_in - before == 2
    by_hand.batch({})
    assert frames.frames_in - before == 4
    assert by_hand.relay.books.refused_by_reason == {Reason.UNAVAILABLE: 4}
    by_hand.close()


async def test_a_policy_is_swapped_between_two_batches(by_hand):
    capped = resolve("cap-1")
    assert by_hand.relay.rows != (compile_row(capped),)
    by_hand.exchange.swap_policy(capped)
    assert by_hand.relay.rows == (compile_row(capped),)
