"""Broken frames: nothing but a refusal comes of them, and nobody else notices."""

from __future__ import annotations

import random

import pytest

from chatsim.errors import RemoteProtocolError
from chatsim.policy.presets import resolve
from chatsim.testing.fuzzing import Attacker, Mutator
from chatsim.testing.siege import FallenError, Siege
from chatsim.wire.decoding import decode_inbound
from chatsim.wire.encoding import encode
from chatsim.wire.framing import Deframer, head_of
from chatsim.wire.messages import Act

ACT = Act(3, 1, (2, ~0), b"stamped.", None, 0, b"a body")
FRAME = head_of(encode(ACT), len(ACT.body)) + ACT.body


@pytest.mark.parametrize("seed", [1, 2])
def test_thousands_of_broken_frames_end_sessions_and_nothing_else(seed):
    siege = Siege(resolve("whatsapp-latest"), seed)
    siege.send(4_000)
    siege.check_peace()
    became = {outcome for _, outcome in siege.outcomes}
    assert became == {
        "act refused",
        "incomplete, waits for more",
        "logged in",
        "no frame, session ended",
        "refused, session ended",
        "taken",
    }
    assert siege.relay.books.copies > 100
    assert siege.outcomes.total() == siege.frames == 4_000


def test_the_same_seed_breaks_the_same_frames():
    one, other, third = (Attacker(seed, 4, 10, 3) for seed in (5, 5, 6))
    frames = [one.next() for _ in range(200)]
    assert frames == [other.next() for _ in range(200)]
    assert frames != [third.next() for _ in range(200)]


def test_every_way_to_break_a_frame_is_used_and_leaves_frames_that_are_refused():
    mutator = Mutator(random.Random(1))
    refused, ways = set(), set()
    for _ in range(2_000):
        way, data = mutator.mutated(FRAME)
        ways.add(way)
        try:
            for header, body in Deframer().feed(data):
                decode_inbound(header, body)
        except RemoteProtocolError:
            refused.add(way)
    assert len(ways) == 11
    # What is sent again is whole, and what is cut short waits for the rest.
    assert ways - refused <= {"sent again", "cut short"}


def test_a_bystander_who_loses_a_message_ends_the_siege():
    siege = Siege(resolve("whatsapp-latest"), 1)
    handle = siege.relay.handle

    def losing(event, now):
        out = handle(event, now)
        return [one for one in out if b"message" not in getattr(one, "body", b"")]

    siege.relay.handle = losing
    with pytest.raises(FallenError, match="message 1 between bystanders did not arrive once"):
        siege.send(100)


def test_mail_that_nobody_can_fetch_ends_the_siege():
    siege = Siege(resolve("whatsapp-latest"), 1)
    siege.send(200)
    siege.relay._post.waiting += 1
    with pytest.raises(FallenError, match="1 deliveries are left that nobody can fetch"):
        siege.check_peace()
