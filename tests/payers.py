"""People who pay with tokens, honest or not, for tests of what the relay decides and keeps."""

from __future__ import annotations

from collections import defaultdict

from chatsim.model import ALLOWED, ONE_DAY, Enforcement, Reason, Verdict
from chatsim.policy import Policy, Tier, compile_row
from chatsim.policy.blindly import tokens_of_an_action
from chatsim.policy.presets import resolve
from chatsim.provenance.blind import Grant
from chatsim.provenance.edwards import point_of
from chatsim.provenance.purse import Purse
from chatsim.wire.messages import Issued, TopUp
from tests.parties import MEMBERS, USERS, Party

CLEAR, BLIND = Enforcement.CLEAR, Enforcement.BLIND
DAYS = 3
"""How long copies can be forwarded."""
UNAVAILABLE = Verdict(Reason.UNAVAILABLE)
NOTHING = Grant()
POLICIES = (
    resolve("uncapped"),
    resolve("cap-2"),
    resolve("whatsapp-latest"),
    Policy("groups", tiers=(Tier(chats=4, groups=1), Tier(2, chats=1, groups=1))),
    Policy("no groups", tiers=(Tier(chats=3, groups=0), Tier(2, chats=3, groups=2))),
    Policy("groups alone", tiers=(Tier(groups=2), Tier(1, groups=1), Tier(2, groups=0))),
    Policy("hop", hop_limit=2, tiers=(Tier(chats=3),)),
    Policy("nothing", tiers=(Tier(chats=0),)),
    Policy("hour", cap_hour=5),
    Policy("all", tiers=(Tier(chats=3), Tier(1, chats=2, groups=1)), hop_limit=4, cap_hour=7),
)  # fmt: skip
NAMES = [policy.name for policy in POLICIES]


class Payers(Party):
    """People who pay, each from one purse."""

    def __init__(self, policy, **settings):
        super().__init__(policy, BLIND, **{"expiry_ticks": DAYS * ONE_DAY, **settings})
        self.row = compile_row(policy)
        self.purses = defaultdict(Purse)

    def request(self, user, ticket, points, number=1) -> Issued:
        """What the relay answers."""
        told = self.say(self.sessions[user, 0], TopUp(number, ticket, points))
        (issued,) = [message for message in told if isinstance(message, Issued)]
        assert issued.number == number
        return issued

    def fill(self, user, copy, count=None) -> int:
        """Ask for what an action takes, or so many; how many tokens are held then."""
        purse, ticket = self.purses[user], copy.stamp
        if count is None:
            count = tokens_of_an_action(self.row, copy.hop) - purse.held(ticket)
        if count > 0:
            request = purse.ask(ticket, copy.hop, count)
            issued = self.request(user, ticket, request.points, request.number)
            parts = Grant(*issued.any_chat), Grant(*issued.contacts)
            assert purse.take(issued.number, issued.day, *parts)
        return purse.held(ticket)

    def forward(self, user, copy, *chats, device=0, fill=True) -> Verdict:
        """As an honest app does it."""
        if fill:
            self.fill(user, copy)
        payment = self.purses[user].pay(copy.stamp, copy.hop, chats)
        verdict = self.send(user, *chats, stamp=payment, outer=None, device=device)
        self.purses[user].decided(payment, allowed=verdict.allowed)
        return verdict

    def last(self, user):
        return self.got(user)[-1]


def texted() -> Payers:
    """User 0 has sent a text to user 1 and to the first group; two chats may follow."""
    party = Payers(resolve("cap-2"))
    assert party.send(0, 1, ~0, outer=None) == ALLOWED
    return party


def paid(party, user, copy, *chats):
    """A payment that was never brought."""
    party.fill(user, copy)
    return party.purses[user].pay(copy.stamp, copy.hop, chats)


def brought(party, user, payment, *chats):
    return party.send(user, *chats, stamp=payment, outer=None)


def points(count=2):
    return b"".join(point_of(bytes([at])) for at in range(count))


def nothing(issued):
    return issued.any_chat == issued.contacts == NOTHING


def act_of(copy):
    return copy.sender, copy.device, copy.counter


def something(drawn, user):
    """Chats to send to; sometimes a group that the user is no member of."""
    mine = [~group for group, members in enumerate(MEMBERS) if user in members]
    others = [each for each in range(USERS) if each != user]
    chats = drawn.choices([*others, *mine, *mine], k=drawn.choice([1, 1, 2, 3, 5]))
    if not drawn.randrange(20):
        chats.append(~drawn.randrange(len(MEMBERS)))
    return chats
