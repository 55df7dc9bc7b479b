"""What a worker enters of its messages, and in which histogram."""

from __future__ import annotations

import pytest

from chatsim.model import ALLOWED, Reason, Verdict
from chatsim_clients.load.bodies import BURST_SLOT
from chatsim_clients.load.client import Pending
from chatsim_clients.load.ledger import Ledger
from chatsim_clients.load.result import Measure

REFUSED = Verdict(Reason.CHATS_PER_ACTION, 1)


@pytest.fixture
def ledger():
    return Ledger(measured=(100, 200))


def act(intended: int, *, slot: int = 0, recipients: int = 1, notices: int = 0) -> Pending:
    return Pending(intended, slot, 0, (7,), recipients, None, b"", notices)


@pytest.mark.parametrize(("intended", "counts"), [(99, 0), (100, 1), (199, 1), (200, 0)])
def test_what_is_meant_within_the_stages_counts(ledger, intended, counts):
    ledger.offered(intended)
    assert (ledger.tally.offered, ledger.counts.offered_measured) == (1, counts)
    ledger.delivered(intended, 0, 205)
    assert len(ledger.tally.measured[Measure.DELIVERY]) == counts
    assert len(ledger.tally.unmeasured[Measure.DELIVERY]) == 1 - counts


def test_a_copy_that_was_meant_before_its_reader_came_back_waited_offline(ledger):
    ledger.delivered(120, 150, 160)
    ledger.delivered(150, 150, 170)
    assert ledger.tally.measured[Measure.OFFLINE] == [10]
    assert ledger.tally.measured[Measure.DELIVERY] == [20]
    assert (ledger.counts.distinct, ledger.counts.delivered_measured) == (2, 2)


def test_deliveries_are_expected_of_acts_that_are_allowed(ledger):
    for each in (act(110), act(120, recipients=5, notices=1), act(130, slot=BURST_SLOT)):
        ledger.posted()
        ledger.decided(each, ALLOWED, 140)
    counts = ledger.counts
    assert (counts.sent, counts.accepted, counts.unanswered) == (3, 3, 0)
    assert (counts.expected, counts.notices_expected, counts.streams_expected) == (7, 5, 1)
    assert ledger.tally.measured[Measure.ACKNOWLEDGEMENT] == [30, 20, 10]


def test_nothing_is_expected_of_an_act_that_is_refused(ledger):
    ledger.posted()
    ledger.decided(act(110, recipients=5, notices=1), REFUSED, 140)
    counts = ledger.counts
    assert dict(counts.refused) == {"chats per action": 1}
    assert (counts.accepted, counts.expected, counts.notices_expected) == (0, 0, 0)
    assert ledger.tally.measured[Measure.ACKNOWLEDGEMENT] == [30]
