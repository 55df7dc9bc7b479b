"""People at one relay who count their acts themselves, for tests of what the relay decides."""

from __future__ import annotations

from collections import Counter

from chatsim.model import Enforcement
from chatsim.policy import compile_row
from chatsim.provenance.receipt import commitment
from chatsim.relay.relay import Relay, RelaySettings
from chatsim.wire.messages import Act, Complain, Copy
from tests.bench import Bench, Groups

USERS = 8
MEMBERS = [[0, 1, 2, 3], [2, 4, 5], [1, 3, 5, 6, 7], [6]]
REFILL, EXPIRY = 15, 400
SECRET, TEXT = b"k" * 32, b"text"
C = commitment(SECRET, TEXT)
ROOT = b"r" * 32


class Party(Bench):
    """People with a phone or two each at one relay, who count their acts themselves."""

    def __init__(self, policy, enforcement=Enforcement.RECEIPT, **settings):
        settings = {"refill_ticks": REFILL, "expiry_ticks": EXPIRY, **settings}
        super().__init__(
            policy, Groups(USERS, MEMBERS), RelaySettings(enforcement=enforcement, **settings)
        )
        row = compile_row(policy)
        self.relay = Relay(self.roster, (row,), self.relay.settings, root=ROOT)
        self.enforcement = enforcement
        self.sessions = {(user, device): self.log_in(user, device) for user in range(USERS) for device in range(1 + user % 2)}  # fmt: skip
        self.counters = Counter()

    def send(self, user, *chats, stamp=None, outer=C, device=0, body=b"body"):
        self.counters[user, device] += 1
        session, counter = self.sessions[user, device], self.counters[user, device]
        act = Act(0, counter, chats, stamp, outer, 0)
        return self._verdict(self.say(session, act, body), counter)

    def got(self, user, device=0):
        return self.copies(self.sessions[user, device])

    def complain_of(self, user, stamp, body):
        self.counters[user, 0] += 1
        session, counter = self.sessions[user, 0], self.counters[user, 0]
        return self._verdict(self.say(session, Complain(0, counter, stamp), body), counter)

    def permit(self, user):
        """Of the last copy that a user got."""
        return self.got(user)[-1].stamp


def same(one: Copy, other: Copy) -> bool:
    return one._replace(stamp=None) == other._replace(stamp=None)
