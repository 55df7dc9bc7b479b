"""What officers can have taken down after one complaint: nothing, what was reported, or every copy of the text."""

from __future__ import annotations

from attrs import evolve

from chatsim.model import ONE_MINUTE
from chatsim.policy.rules import Takedown
from chatsim.provenance.enforcement_claims import Officers
from chatsim.testing.probes.bench import Bench, pairs
from chatsim.testing.probes.mode import Mode

USERS = 4
TEXT = b"the bridge is closed today"
AT_ONCE = Takedown(complaints=1, review_seconds=0)


def officers(mode: Mode) -> Officers:
    """One person complains of a copy, and once that is reviewed forwards it and pastes its text."""
    bench = Bench(evolve(mode, policy=evolve(mode.policy, takedown=AT_ONCE)), pairs(USERS))
    assert bench.original(0, TEXT, 1).allowed
    bench.complain(1)
    bench.elapse(2 * ONE_MINUTE)
    # With the counter that it came with, or under `clear` the body would be another one.
    if bench.forward(1, bench.last(1), 2, hop=0).allowed:
        return Officers.NONE
    return Officers.REPORTED if bench.original(1, TEXT, 3).allowed else Officers.ALL
