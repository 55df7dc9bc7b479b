"""The barrier of a driven clock."""

from __future__ import annotations

import pytest

from chatsim.errors import RemoteProtocolError
from chatsim.relay.barrier import Barrier
from chatsim.wire.messages import (
    Begin,
    Begun,
    End,
    Go,
    Next,
    Sent,
    Settled,
)


def begun(drivers: int = 1) -> Barrier:
    barrier = Barrier(drivers)
    for driver in range(drivers):
        barrier.join(driver)
        barrier.answer(driver, Begin())
    assert barrier.advance(0) == Begun()
    return barrier


def test_the_clock_goes_to_the_smallest_next_tick_and_skips_empty_ones():
    barrier = begun(2)
    barrier.answer(0, Next(50))
    assert barrier.advance(0) is None
    barrier.answer(1, Next(40))
    assert barrier.advance(0) == Go(40)
    assert barrier.tick == 40


def test_a_driver_whose_people_never_act_again_does_not_hold_the_clock():
    barrier = begun(2)
    barrier.answer(0, Next(None))
    barrier.answer(1, Next(7))
    assert barrier.advance(0) == Go(7)


def test_a_tick_is_settled_when_all_have_sent_and_no_copy_is_on_its_way():
    barrier = begun(2)
    barrier.answer(0, Next(5))
    barrier.answer(1, Next(5))
    barrier.advance(0)
    barrier.answer(0, Sent(5))
    assert barrier.advance(0) is None
    barrier.answer(1, Sent(5))
    assert barrier.advance(1) is None
    assert barrier.advance(0) == Settled(5)


def test_a_run_ends_when_nobody_acts_again_and_the_next_begins_at_tick_0():
    barrier = begun()
    barrier.answer(0, Next(5))
    barrier.advance(0)
    barrier.answer(0, Sent(5))
    barrier.advance(0)
    barrier.answer(0, Next(None))
    assert barrier.advance(0) == End()
    barrier.answer(0, Begin())
    assert barrier.advance(0) == Begun()
    assert barrier.tick == 0


def test_a_driver_too_many_is_refused():
    with pytest.raises(RemoteProtocolError, match="more than the 1"):
        begun().join(9)


@pytest.mark.parametrize("message", [Begin(), Sent(0)])
def test_a_word_out_of_turn_is_refused(message):
    with pytest.raises(RemoteProtocolError, match="the clock waits for next"):
        begun().answer(0, message)


def test_nobody_says_the_same_twice():
    barrier = begun(2)
    barrier.answer(0, Next(5))
    with pytest.raises(RemoteProtocolError, match="out of turn"):
        barrier.answer(0, Next(6))


def test_the_clock_never_goes_back_and_ticks_are_sent_as_they_are():
    barrier = begun()
    barrier.answer(0, Next(5))
    barrier.advance(0)
    with pytest.raises(RemoteProtocolError, match="stands at 5"):
        barrier.answer(0, Sent(4))
    barrier.answer(0, Sent(5))
    barrier.advance(0)
    with pytest.raises(RemoteProtocolError, match="stands at 5"):
        barrier.answer(0, Next(4))
