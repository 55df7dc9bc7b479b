"""The book of a traceability mode, and when the relay asks the mode."""

from __future__ import annotations

import pytest

from chatsim.model import Enforcement, Reason
from chatsim.policy import compile_row
from chatsim.policy.presets import resolve
from chatsim.relay.changes import Saved, Traced, Untraced
from chatsim.relay.events import Arrived, Elapsed, Opened, Write
from chatsim.relay.relay import Relay, RelaySettings
from chatsim.relay.roster import OpenRoster
from chatsim.relay.tracing import TraceRecords
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.encoding import encode
from chatsim.wire.framing import header_of
from chatsim.wire.messages import Act, Copy, Decided, Hello


def test_an_entry_is_kept_until_it_is_old_and_both_are_written_down():
    journal = []
    book = TraceRecords(expiry_ticks=100, journal=journal)
    book.put(b"a", b"1", 0)
    book.put(b"b", b"2", 50)
    book.expire(99)
    assert book.get(b"a") == b"1"
    book.expire(100)
    assert book.get(b"a") is None
    assert dict(book.items()) == {b"b": b"2"}
    assert journal == [Traced(b"a", b"1", 0), Traced(b"b", b"2", 50), Untraced(b"a")]


def test_a_restored_book_goes_on_expiring_in_order_of_age():
    book = TraceRecords(expiry_ticks=100, journal=None)
    book.restore(Saved(traced=[Traced(b"b", b"2", 50), Traced(b"a", b"1", 0)]))
    book.expire(120)
    assert dict(book.items()) == {b"b": b"2"}
    book.clear()
    assert len(book) == 0


class Ledgered:
    """A mode that keeps every act, and admits no outer slot of zeros."""

    outer_bytes, stamp_bytes = 4, 5

    def takes(self, book, sender, outer):
        return outer != bytes(4)

    def admit(self, book, tick, sender, chats, outer):
        book.put(outer, bytes([sender]), tick)
        return b"stamp"


class Party:
    """Users 0 to 4 at a relay with the mode."""

    def __init__(self, enforcement=Enforcement.CLEAR):
        settings = RelaySettings(enforcement=enforcement, expiry_ticks=1_000)
        rows = (compile_row(resolve("cap-1")),)
        self.relay = Relay(OpenRoster(5), rows, settings, tracer=Ledgered())
        self.counters = dict.fromkeys(range(5), 0)
        self.copies = {user: [] for user in range(5)}
        for user in range(5):
            self.relay.handle(Opened(user), 0)
            self.relay.arrived(user, encode(Hello(user, 0)), b"", 0)

    def act(self, user, chats, outer, stamp=None):
        self.counters[user] += 1
        act = Act(len(self.copies[user]), self.counters[user], chats, stamp, outer, 0)
        verdict = None
        for command in self.relay.handle(Arrived(user, encode(act), b"text"), 10):
            assert isinstance(command, Write)
            message = decode_outbound(header_of(command.head), command.body)
            if isinstance(message, Copy):
                self.copies[command.session].append(message)
            elif isinstance(message, Decided):
                verdict = message.verdict
        return verdict


@pytest.mark.parametrize("enforcement", [Enforcement.CLEAR, Enforcement.CLIENT])
def test_what_is_allowed_is_admitted_and_its_copies_carry_both_stamps(enforcement):
    party = Party(enforcement)
    assert party.act(0, (1, 2), b"abcd").allowed
    copy = party.copies[1][0]
    assert copy.outer == b"abcd"
    assert copy.stamp == (b"\0" * 7 + b"\1" if enforcement.relay_counts else b"") + b"stamp"
    assert party.relay.traced == 1


def test_a_forward_brings_back_the_relays_stamp_and_an_outer_slot_of_its_own():
    party = Party()
    party.act(0, (1,), b"abcd")
    assert party.act(1, (2,), b"efgh", party.copies[1][0].stamp[:8]).allowed
    assert party.copies[2][0].hop == 1
    assert party.relay.traced == 2


@pytest.mark.parametrize("outer", [None, b"", b"abc", b"abcde", bytes(4)])
def test_an_outer_slot_that_cannot_be_is_refused_and_leaves_nothing(outer):
    party = Party()
    assert party.act(0, (1,), outer).reason is Reason.UNAVAILABLE
    assert party.relay.traced == 0
    assert party.copies[1] == []


def test_a_forward_whose_outer_slot_cannot_be_uses_up_no_budget():
    party = Party()
    party.act(0, (1,), b"abcd")
    stamp = party.copies[1][0].stamp[:8]
    assert party.act(1, (2,), bytes(4), stamp).reason is Reason.UNAVAILABLE
    assert party.act(1, (2,), b"efgh", stamp).allowed


def test_what_the_caps_refuse_leaves_no_entry():
    party = Party()
    party.act(0, (1,), b"abcd")
    refused = party.act(1, (2, 3), b"efgh", party.copies[1][0].stamp[:8])
    assert refused.reason is Reason.CHATS_PER_ACTION
    assert party.relay.traced == 1


def test_entries_expire_with_the_relays_clock():
    party = Party()
    party.act(0, (1,), b"abcd")
    party.relay.handle(Elapsed(), 1_010)
    assert party.relay.traced == 0
