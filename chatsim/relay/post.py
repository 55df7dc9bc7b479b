"""The post office: every device's mailbox, what goes in and what comes out, how much fits, and for how long."""

from __future__ import annotations

from bisect import insort
from collections import deque
from heapq import heappop, heappush

from chatsim.relay.changes import Change, Emptied, Posted, SavedDevice
from chatsim.relay.events import Command, Write
from chatsim.relay.mailbox import Delivery, Mailbox
from chatsim.relay.settings import NO_EXPIRY, Books, RelaySettings
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.framing import header_of
from chatsim.wire.messages import Copy

UNBOUNDED = 1 << 62


class Post:
    """All mailboxes, by user and device."""

    def __init__(self, settings: RelaySettings, books: Books, journal: list[Change] | None) -> None:
        self.on_their_way = 0
        """Deliveries that connected devices have not acknowledged."""
        self.waiting = 0
        """Deliveries in all mailboxes."""
        self._books = books
        self._journal = journal
        self._mailbox_max = settings.mailbox_max or UNBOUNDED
        self._per_sender_max = settings.per_sender_max or UNBOUNDED
        self.ample = min(self._mailbox_max, self._per_sender_max)
        """As long as a mailbox has no more than this, no quota binds, and nobody counts by sender."""
        self._expiry_ticks = settings.lasting_ticks
        self._devices: dict[int, list[Mailbox]] = {}
        self._expiring: list[tuple[int, int, int, Mailbox]] = []
        """A heap of absent devices' mailboxes, by the tick of their oldest mail when they came here."""

    # Who has which.

    def of_user(self, user: int) -> list[Mailbox]:
        """One mailbox for every device; a user who never logged in has device 0."""
        return self._devices.get(user) or [self.create(user, 0)]

    def find(self, user: int, device: int) -> Mailbox | None:
        return next((box for box in self._devices.get(user, ()) if box.device == device), None)

    def devices_of(self, user: int) -> int:
        return len(self._devices.get(user, ()))

    def create(self, user: int, device: int) -> Mailbox:
        mailbox = Mailbox(user, device)
        insort(self._devices.setdefault(user, []), mailbox, key=lambda box: box.device)
        if self._journal is not None:
            self._journal.append(Emptied(user, device, 0))
        return mailbox

    def is_online(self, user: int) -> bool:
        """Whether any of the user's devices is connected."""
        return any(mailbox.session is not None for mailbox in self._devices.get(user, ()))

    # In and out.

    def has_room(self, mailbox: Mailbox, sender: int, deliveries: int) -> bool:
        """Whether so many deliveries of one sender fit into both quotas."""
        waiting = len(mailbox.mail) + deliveries
        if waiting <= self.ample:
            return True
        if waiting > self._mailbox_max:
            return False
        return mailbox.waiting_from(sender) + deliveries <= self._per_sender_max

    def put(self, mailbox: Mailbox, delivery: Delivery, out: list[Command]) -> None:
        """Into the mailbox, and onto its way if the device is there."""
        mail = mailbox.mail
        if mail:
            mail.append(delivery)
        else:
            mail = mailbox.mail = deque((delivery,))
        self.waiting += 1
        if mailbox.by_sender is not None:
            mailbox.by_sender[delivery.sender] += 1
        if len(mail) > self._books.mailbox_peak:  # noqa: PLR1730 - a store per copy costs more
            self._books.mailbox_peak = len(mail)
        session = mailbox.session
        if session is not None:
            self.on_their_way += 1
            out.append(Write(session, delivery.head, delivery.body))
        elif not mailbox.watched:
            self._watch(mailbox)
        if self._journal is not None:
            head, body, sender, _ = delivery
            where = mailbox.user, mailbox.device, mailbox.sent
            self._journal.append(Posted(*where, sender, head, body))

    def acknowledge(self, mailbox: Mailbox, count: int) -> None:
        """Take out the mail up to delivery number `count`. Raises RemoteProtocolError."""
        if count == mailbox.base:
            return
        taken = mailbox.acknowledge(count)
        self.waiting -= taken
        if mailbox.session is not None:
            self.on_their_way -= taken
        if self._journal is not None:
            self._journal.append(Emptied(mailbox.user, mailbox.device, count))

    # Coming and going.

    def came(self, mailbox: Mailbox, session: int) -> list[Command]:
        """The device is here; its mail goes onto its way."""
        mailbox.session = session
        self.on_their_way += len(mailbox.mail)
        return [Write(session, delivery.head, delivery.body) for delivery in mailbox.mail]

    def went(self, mailbox: Mailbox) -> None:
        """The device is gone; its mail waits."""
        mailbox.session = None
        self.on_their_way -= len(mailbox.mail)
        if mailbox.mail and not mailbox.watched:
            self._watch(mailbox)

    # Expiry.

    def _watch(self, mailbox: Mailbox) -> None:
        if self._expiry_ticks == NO_EXPIRY:
            return
        mailbox.watched = True
        assert mailbox.mail
        oldest = mailbox.mail[0].tick
        heappush(self._expiring, (oldest, mailbox.user, mailbox.device, mailbox))

    def expire(self, now: int) -> None:
        """Mail of absent devices goes when it is too old; a device that comes back counts from what is left."""
        expiring = self._expiring
        while expiring and now - expiring[0][0] >= self._expiry_ticks:
            *_, mailbox = heappop(expiring)
            mailbox.watched = False
            if mailbox.session is None and mailbox.mail:
                self._expire(mailbox, now)

    def _expire(self, mailbox: Mailbox, now: int) -> None:
        old = 0
        for delivery in mailbox.mail:
            if now - delivery.tick < self._expiry_ticks:
                break
            old += 1
        self.acknowledge(mailbox, mailbox.base + old)
        self._books.expired += old
        if mailbox.mail:
            self._watch(mailbox)

    # Beginning.

    def forget(self) -> None:
        """A new run: nothing of the former one is left, and both ends count from nothing."""
        self.on_their_way = self.waiting = 0
        for mailboxes in self._devices.values():
            for mailbox in mailboxes:
                mailbox.forget()

    def restore(self, saved: SavedDevice, tick: int) -> None:
        """A device from a store whose last commit was at `tick`."""
        mailbox = Mailbox(saved.user, saved.device, base=saved.base, counter=saved.counter)
        mailbox.refused = dict(saved.refused) or None
        mail: deque[Delivery] = deque()
        for sender, head, body in reversed(saved.mail):
            message = decode_outbound(header_of(head), body)
            # A notice does not say when it came: no later than what came behind it.
            tick = message.tick if isinstance(message, Copy) else tick
            mail.appendleft(Delivery(head, body, sender, tick))
        mailbox.mail = mail or ()
        self.waiting += len(mailbox.mail)
        insort(self._devices.setdefault(saved.user, []), mailbox, key=lambda box: box.device)
        if mailbox.mail:
            self._watch(mailbox)
