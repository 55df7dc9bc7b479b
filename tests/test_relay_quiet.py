"""Quiet acts: delivered like any other, and answered only when they are refused."""

from __future__ import annotations

from chatsim.model import ALLOWED, Label, Reason, Verdict
from chatsim.policy.presets import resolve
from chatsim.relay.changes import Judged, Kept, Posted
from chatsim.relay.relay import RelaySettings
from chatsim.wire.messages import Copy, Decided, QuietAct
from tests.bench import Bench, received, stamp_of

OPEN = resolve("uncapped")
LABELS = resolve("label-only")
CAP_2 = resolve("cap-2")
UNAVAILABLE = Verdict(Reason.UNAVAILABLE)


def test_a_quiet_act_is_delivered_and_not_answered():
    bench = Bench(LABELS)
    sender, other = bench.log_in(0), bench.log_in(1)
    assert bench.say(sender, QuietAct(0, (1,)), b"typing") == []
    assert received(bench, other) == Copy(
        0, 0, 0, None, 0, Label.NONE, 0, stamp_of(bench, other), None, 0, b"typing"
    )
    assert (bench.relay.books.acts, bench.relay.books.copies) == (1, 1)


def test_a_quiet_act_that_is_refused_is_told_so_without_a_counter():
    bench = Bench(CAP_2)
    sender, other = bench.log_in(0), bench.log_in(1)
    bench.say(sender, QuietAct(0, (1,)), b"typing")
    quiet = QuietAct(1, (0, 2, 3), stamp_of(bench, other))
    assert bench.say(other, quiet) == [Decided(0, Verdict(Reason.CHATS_PER_ACTION, 2))]
    assert bench.say(sender, QuietAct(0, (11,))) == [Decided(0, UNAVAILABLE)]
    assert bench.relay.books.refused == 2


def test_quiet_acts_do_not_count_among_those_with_a_verdict():
    bench = Bench(OPEN)
    sender, other = bench.log_in(0), bench.log_in(1)
    assert bench.act(sender, 1, 1) == ALLOWED
    bench.say(sender, QuietAct(0, (1,)))
    assert bench.act(sender, 2, 1) == ALLOWED
    assert [copy.counter for copy in bench.copies(other)] == [1, 0, 2]


def test_a_quiet_act_acknowledges_like_any_other():
    bench = Bench(OPEN)
    sender, other = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1)
    bench.say(other, QuietAct(1, (0,)))
    assert bench.relay.waiting == 1
    bench.say(other, QuietAct(2, (0,)))
    assert "an acknowledgement of 2 deliveries" in bench.refusal(other)


def test_a_quiet_act_is_noted_in_the_journal_but_for_a_verdict():
    bench = Bench(OPEN, settings=RelaySettings(journal=True))
    sender, _ = bench.log_in(0), bench.log_in(1)
    bench.relay.take_changes()
    bench.act(sender, 1, 1)
    loud = [type(change) for change in bench.relay.take_changes()]
    bench.say(sender, QuietAct(0, (1,)))
    assert [type(change) for change in bench.relay.take_changes()] == [Kept, Posted]
    assert loud == [Kept, Posted, Judged]
