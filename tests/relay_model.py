"""A naive model of the relay: it keeps the whole history, looks everything up in it, and shares no code with it."""

from __future__ import annotations

from attrs import define, field, frozen

from chatsim.model import Reason, Verdict
from chatsim.policy import Breaker, Policy, Takedown, Tier
from chatsim.relay.relay import RelaySettings
from chatsim.wire.messages import Copy, Notice, Outbound
from tests.bench import Bench, Groups

USERS = 5
MEMBERS = [[0, 1, 2], [1, 3, 4], [2]]
REFILL, EXPIRY = 15, 400
CHATS_HOP_0, CHATS_LATER, GROUPS_LATER = 3, 2, 1
CAP_PERSON, CAP_TOTAL, HOP_LIMIT, CAP_HOUR = 5, 8, 3, 7
BREAKER = Breaker(copies=9, window_seconds=120, pause_seconds=60)
TAKEDOWN = Takedown(complaints=2, review_seconds=45)
BODIES = (b"one", b"two")
POLICY = Policy(
    "tight",
    tiers=(Tier(chats=CHATS_HOP_0), Tier(1, chats=CHATS_LATER, groups=GROUPS_LATER)),
    cap_person=CAP_PERSON,
    cap_total=CAP_TOTAL,
    hop_limit=HOP_LIMIT,
    cap_hour=CAP_HOUR,
    breaker=BREAKER,
    takedown=TAKEDOWN,
)


Mail = tuple[int, int | None] | Notice
"""A delivery: (number in history, group) of a copy, or a notice."""


@frozen
class Past:
    """An act that was allowed."""

    sender: int
    chats: tuple[int, ...]
    tick: int
    hop: int
    lineage: int
    forwards: int | None
    """The number in history of what it forwards."""
    body: bytes


@define(eq=False)
class Phone:
    """A device as the model sees it."""

    user: int
    device: int
    session: int | None = None
    base: int = 0
    mail: list[Mail] = field(factory=list)
    """After the base."""
    counter: int = 0
    verdicts: dict[int, Verdict] = field(factory=dict)


def mail_of(message: Outbound) -> Mail | None:
    if isinstance(message, Copy):
        return int.from_bytes(message.stamp or b"", "big") - 1, message.group
    return message if isinstance(message, Notice) else None


class RelayModel:
    """What the relay is to say and to deliver."""

    def __init__(self) -> None:
        super().__init__()
        relay = RelaySettings(refill_ticks=REFILL, expiry_ticks=EXPIRY)
        self.bench = Bench(POLICY, Groups(USERS, MEMBERS), relay)
        self.phones: dict[tuple[int, int], Phone] = {}
        self.history: list[Past] = []
        self.complaints: dict[tuple[bytes, int], int] = {}
        """When each of a content's complainers said so first."""
        self.expected: dict[int, list[Mail]] = {}
        """What each session was to hear."""

    # What the model says.

    def phones_of(self, user: int) -> list[Phone]:
        if not any(owner == user for owner, _ in self.phones):
            self.phones[user, 0] = Phone(user, 0)
        return [phone for (owner, _), phone in self.phones.items() if owner == user]

    def has_received(self, user: int, number: int) -> bool:
        past = self.history[number]
        groups = [~chat for chat in past.chats if chat < 0]
        return user in past.chats or (
            user != past.sender and any(user in MEMBERS[group] for group in groups)
        )

    def can_write(self, user: int, chat: int) -> bool:
        if chat < 0:
            return ~chat < len(MEMBERS) and user in MEMBERS[~chat]
        return chat < USERS and chat != user

    def copies_of(self, past: Past) -> int:
        groups = sum(len(MEMBERS[~chat]) - 1 for chat in past.chats if chat < 0)
        return groups + sum(chat >= 0 for chat in past.chats)

    def pause_ends(self, body: bytes) -> int:
        """Looks at every whole minute from the first on."""
        sent = [(past.tick, self.copies_of(past)) for past in self.history if past.body == body]
        end = 0
        for minute in range(0, self.bench.now + 1, 60):
            window = range(minute - BREAKER.window_seconds, minute)
            if end <= minute and sum(n for at, n in sent if at in window) >= BREAKER.copies:
                end = minute + BREAKER.pause_seconds
        return end

    def is_down(self, body: bytes) -> bool:
        now = self.bench.now
        said = [
            at for (about, _), at in self.complaints.items() if about == body and now - at < EXPIRY
        ]
        if len(said) < TAKEDOWN.complaints:
            return False
        last = sorted(said)[TAKEDOWN.complaints - 1]
        return now >= (last // 60 + 1) * 60 + TAKEDOWN.review_seconds

    def verdict(self, user: int, chats: tuple[int, ...], stamp: int | None, body: bytes) -> Verdict:
        if not all(self.can_write(user, chat) for chat in chats):
            return Verdict(Reason.UNAVAILABLE)
        if stamp is not None and not self.is_held(user, stamp):
            return Verdict(Reason.UNAVAILABLE)
        if self.is_down(body):
            return Verdict(Reason.TAKEN_DOWN, 0)
        left = self.pause_ends(body) - self.bench.now
        if left > 0:
            return Verdict(Reason.CIRCUIT_BREAKER, left)
        if stamp is None:
            return Verdict(Reason.NONE)
        return self.verdict_on_forward(user, chats, stamp)

    def is_held(self, user: int, stamp: int) -> bool:
        known = 0 <= stamp < len(self.history) and stamp not in self.expired()
        return known and self.has_received(user, stamp)

    def verdict_on_forward(self, user: int, chats: tuple[int, ...], stamp: int) -> Verdict:
        now = self.bench.now
        held = self.history[stamp]
        lineage = [past for past in self.history if past.lineage == held.lineage]
        forwards = [past for past in lineage if past.forwards is not None]
        if held.hop + 1 > HOP_LIMIT:
            return Verdict(Reason.HOP_LIMIT, 0)
        of_this_copy = [past for past in forwards if (past.sender, past.forwards) == (user, stamp)]
        recent = self.since_refill(of_this_copy, now)
        at_once = CHATS_HOP_0 if held.hop == 0 else CHATS_LATER
        left = at_once - sum(len(past.chats) for past in recent)
        if len(chats) > left:
            return Verdict(Reason.CHATS_PER_ACTION, left)
        groups = sum(chat < 0 for chat in chats)
        used = sum(chat < 0 for past in recent for chat in past.chats)
        if held.hop > 0 and groups > GROUPS_LATER - used:
            return Verdict(Reason.GROUPS_PER_ACTION, GROUPS_LATER - used)
        mine = sum(len(past.chats) for past in forwards if past.sender == user)
        if len(chats) > CAP_PERSON - mine:
            return Verdict(Reason.CHATS_PER_PERSON, CAP_PERSON - mine)
        closed = sum(len(past.chats) for past in forwards if past.tick // 60 < now // 60)
        if len(chats) > CAP_TOTAL - closed:
            return Verdict(Reason.CHATS_IN_TOTAL, max(0, CAP_TOTAL - closed))
        hour = sum(
            len(past.chats)
            for past in self.history
            if past.forwards is not None
            and past.sender == user
            and past.tick // 3_600 == now // 3_600
        )
        if len(chats) > CAP_HOUR - hour:
            return Verdict(Reason.CHATS_PER_HOUR, CAP_HOUR - hour)
        return Verdict(Reason.NONE)

    def since_refill(self, acts: list[Past], now: int) -> list[Past]:
        recent: list[Past] = []
        for past in acts:
            if recent and past.tick - recent[0].tick >= REFILL:
                recent = []
            recent.append(past)
        return [] if recent and now - recent[0].tick >= REFILL else recent

    def expired(self) -> set[int]:
        now = self.bench.now
        return {n for n, past in enumerate(self.history) if now - past.tick >= EXPIRY}

    def deliver(self, user: int, chats: tuple[int, ...], stamp: int | None, body: bytes) -> None:
        number = len(self.history)
        if stamp is None:
            past = Past(user, chats, self.bench.now, 0, number, None, body)
        else:
            held = self.history[stamp]
            past = Past(user, chats, self.bench.now, held.hop + 1, held.lineage, stamp, body)
        self.history.append(past)
        for chat in chats:
            group = ~chat if chat < 0 else None
            recipients = [chat] if group is None else MEMBERS[group]
            for recipient in recipients:
                if recipient == user:
                    continue
                for phone in self.phones_of(recipient):
                    self.put(phone, (number, group))

    def put(self, phone: Phone, mail: Mail) -> None:
        phone.mail.append(mail)
        if phone.session is not None:
            self.expected[phone.session].append(mail)
