"""The naive twin's relay: what it counts, and what it would say of an act."""

from __future__ import annotations

from typing import Protocol

from attrs import define, field

from chatsim.model import ALLOWED, ONE_HOUR, ONE_MINUTE, Reason, Verdict
from chatsim.policy.rules import Breaker
from chatsim.policy.values import Policy
from chatsim.testing.twin_rules import Chat, one_further, tier_of


class Sender(Protocol):
    """Who forwards: `chatsim.testing.twin_world.Holder`."""

    user: int
    hop: int
    lineage: int
    forwarded_chats: int


@define(eq=False)
class Hours:
    """Chats that people forwarded to in each hour of the clock, over all contents of a run."""

    used: dict[tuple[int, int], int] = field(factory=dict)

    def of(self, user: int, tick: int) -> int:
        return self.used.get((user, tick // ONE_HOUR), 0)

    def use(self, user: int, tick: int, chats: int) -> None:
        self.used[user, tick // ONE_HOUR] = self.of(user, tick) + chats


@define(eq=False)
class Books:
    """What is counted of one content."""

    minutes: int
    forwards: dict[int, list[tuple[int, int]]] = field(factory=dict)
    """(tick, chats) of every forward by lineage."""
    copies_by_minute: list[int] = field(init=False)
    complaints: list[int] = field(factory=list)
    """The tick of each, rising."""
    pauses: dict[Breaker, list[tuple[int, int]]] = field(factory=dict)
    """By breaker, each (begin, end), as far as they are known."""
    looked: dict[Breaker, int] = field(factory=dict)
    """The last whole minute that a breaker looked at."""

    def __attrs_post_init__(self) -> None:
        self.copies_by_minute = [0] * self.minutes

    def seen(self, policy: Policy, tick: int) -> Verdict:
        """What officer and breaker say: they see the content, whoever sends it and however."""
        takedown, breaker = policy.takedown, policy.breaker
        if takedown is not None and len(self.complaints) >= takedown.complaints:
            last = self.complaints[takedown.complaints - 1]
            closed = (last // ONE_MINUTE + 1) * ONE_MINUTE
            if tick >= closed + takedown.review_seconds:
                return Verdict(Reason.TAKEN_DOWN, 0)
        if breaker is not None:
            self.look(breaker, tick)
            for begin, end in self.pauses.get(breaker, []):
                if begin <= tick < end:
                    return Verdict(Reason.CIRCUIT_BREAKER, end - tick)
        return ALLOWED

    def look(self, breaker: Breaker, tick: int) -> None:
        """A breaker looks at every whole minute up to `tick`."""
        pauses = self.pauses.setdefault(breaker, [])
        window = breaker.window_seconds // ONE_MINUTE
        for minute in range(self.looked.get(breaker, 0) + 1, tick // ONE_MINUTE + 1):
            paused = bool(pauses) and minute * ONE_MINUTE < pauses[-1][1]
            copies = sum(self.copies_by_minute[max(0, minute - window) : minute])
            if not paused and copies >= breaker.copies:
                begin = minute * ONE_MINUTE
                pauses.append((begin, begin + breaker.pause_seconds))
            self.looked[breaker] = minute

    def judged(
        self, policy: Policy, sender: Sender, chats: list[Chat], tick: int, hours: Hours
    ) -> Verdict:
        """What the caps say of a forward.

        Nobody acts twice on a copy before the action budget is full again, so it is a plain cap here.
        """
        tier = tier_of(policy, sender.hop)
        closed, hour = self.closed_total(sender.lineage, tick), hours.of(sender.user, tick)
        for reason, amount, cap in (
            (Reason.HOP_LIMIT, one_further(sender.hop), policy.hop_limit),
            (Reason.CHATS_PER_ACTION, len(chats), tier.chats),
            (Reason.GROUPS_PER_ACTION, sum(is_group for is_group, _ in chats), tier.groups),
            (Reason.CHATS_PER_PERSON, sender.forwarded_chats + len(chats), policy.cap_person),
            (Reason.CHATS_IN_TOTAL, closed + len(chats), policy.cap_total),
            (Reason.CHATS_PER_HOUR, hour + len(chats), policy.cap_hour),
        ):
            if cap is not None and amount > cap:
                limited = reason is Reason.CHATS_IN_TOTAL
                return Verdict(reason, max(0, cap - closed) if limited else None)
        return ALLOWED

    def closed_total(self, lineage: int, tick: int) -> int:
        """The lineage's forwarded chats before the minute of `tick`."""
        minute = tick // ONE_MINUTE * ONE_MINUTE
        return sum(chats for then, chats in self.forwards.get(lineage, []) if then < minute)
