"""What devices do: acts and complaints, each of which has one verdict, and notices about what arrived."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat

from chatsim.errors import RemoteProtocolError
from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.policy.decision import Row, label_of
from chatsim.provenance.enforcing import OUTER_BYTES
from chatsim.provenance.halves import RelayHalf, TraceBook
from chatsim.provenance.untraced import Untraced
from chatsim.relay.changes import Change, Judged
from chatsim.relay.counting import Counting, Held, Stamps
from chatsim.relay.events import Command, Write
from chatsim.relay.mailbox import Delivery, Mailbox
from chatsim.relay.officers import Officers, hears_complaints
from chatsim.relay.post import Post
from chatsim.relay.roster import Roster
from chatsim.relay.settings import Books, RelaySettings
from chatsim.wire.encoding import copy_header, decision, encode
from chatsim.wire.fields import KEY_BYTES
from chatsim.wire.framing import head_of
from chatsim.wire.messages import Act, Complain, Notice, Notify, QuietAct, TopUp

UNAVAILABLE = Verdict(Reason.UNAVAILABLE)
MAILBOX_FULL = Verdict(Reason.MAILBOX_FULL)
NOT_HEARD = Verdict(Reason.NOT_HEARD)
NOT_SEALED = Verdict(Reason.NOT_SEALED)


class Acts:
    """Judges acts and puts what is allowed into the mailboxes."""

    def __init__(
        self,
        roster: Roster,
        rows: Sequence[Row],
        settings: RelaySettings,
        post: Post,
        counting: Counting,
        officers: Officers,
        tracer: RelayHalf,
        traces: TraceBook,
        books: Books,
        journal: list[Change] | None,
    ) -> None:
        self._officers = officers
        self._roster = roster
        self._counts = settings.enforcement.relay_counts
        self._own_outer = OUTER_BYTES[settings.enforcement]
        """Bytes of the outer slot that are the enforcement's; what follows is the traceability's."""
        self._outer_bytes = self._own_outer + tracer.outer_bytes
        most = settings.copies_per_act_max
        self._copies_max = sys.maxsize if most is None else most
        self._too_many = Verdict(Reason.TOO_MANY_COPIES, most)
        self._sealed_only = settings.sealed_only
        self._tracer = tracer
        self._traces = None if type(tracer) is Untraced else traces
        self._post = post
        self._counting = counting
        self._books = books
        self._journal = journal
        self._only: Row | None = None
        """The row of everybody, where there is one part of the people."""
        self.obey(rows)

    def obey(self, rows: Sequence[Row]) -> None:
        """Judge by these rows from now on, one for each part of the people."""
        self.rows = rows
        self._only = rows[0] if len(rows) == 1 else None
        self._counting.obey(rows)
        self._officers.obey(rows)

    def _row_of(self, user: int) -> Row:
        return self._only or self.rows[self._roster.part_of(user)]

    def act(self, mailbox: Mailbox, act: Act, now: int, out: list[Command]) -> None:
        """Raises RemoteProtocolError for a counter that is neither the next nor a former one."""
        assert mailbox.session is not None
        verdict = mailbox.former_verdict(act.counter)
        if verdict is None:
            verdict = self._decide(mailbox, act, now, out)
            mailbox.decided(act.counter, verdict)
            self._books.acts += 1
            if not verdict.allowed:
                self._books.refuse(verdict.reason)
            if self._journal is not None:
                self._journal.append(Judged(mailbox.user, mailbox.device, act.counter, verdict))
        out.append(Write(mailbox.session, head_of(decision(act.counter, verdict), 0)))

    def complain(self, mailbox: Mailbox, complaint: Complain, now: int, out: list[Command]) -> None:
        """Hear a complaint; it is decided, remembered and answered like an act. Raises as `act` does."""
        assert mailbox.session is not None
        verdict = mailbox.former_verdict(complaint.counter)
        if verdict is None:
            verdict = self._hear(mailbox.user, complaint, now)
            mailbox.decided(complaint.counter, verdict)
            if verdict.allowed:
                self._books.complaints += 1
            else:
                self._books.complaints_refused += 1
            if self._journal is not None:
                self._journal.append(
                    Judged(mailbox.user, mailbox.device, complaint.counter, verdict)
                )
        out.append(Write(mailbox.session, head_of(decision(complaint.counter, verdict), 0)))

    def top_up(self, mailbox: Mailbox, request: TopUp, now: int, out: list[Command]) -> None:
        """Answer a request for tokens. Raises RemoteProtocolError where the relay makes none."""
        assert mailbox.session is not None
        row = self._row_of(mailbox.user)
        issued = self._counting.issue(row, request, mailbox.user, self._roster, now)
        if issued is None:
            message = "a request for tokens, and this relay makes none"
            raise RemoteProtocolError(message)
        out.append(Write(mailbox.session, head_of(encode(issued), 0)))

    def _hear(self, user: int, complaint: Complain, now: int) -> Verdict:
        if not (self._counts and hears_complaints(self._row_of(user))):
            return NOT_HEARD
        if complaint.stamp is None:
            return UNAVAILABLE
        stamp, body = complaint.stamp, complaint.body
        digest = self._counting.complained_of(stamp, body, user, self._roster, now)
        if digest is None:
            return UNAVAILABLE
        self._officers.complain(digest, user, now)
        return ALLOWED

    def act_quietly(self, mailbox: Mailbox, act: QuietAct, now: int, out: list[Command]) -> None:
        """The same, but that nothing about it is remembered, and no answer means that it was allowed."""
        assert mailbox.session is not None
        verdict = self._decide(mailbox, act, now, out)
        self._books.acts += 1
        if not verdict.allowed:
            self._books.refuse(verdict.reason)
            out.append(Write(mailbox.session, head_of(decision(act.counter, verdict), 0)))

    def _decide(
        self, mailbox: Mailbox, act: Act | QuietAct, now: int, out: list[Command]
    ) -> Verdict:
        if self._sealed_only and not act.keys:
            return NOT_SEALED
        sender, chats = mailbox.user, act.chats
        if not self._reachable(sender, chats):
            return UNAVAILABLE
        if not self._is_moderate(chats):
            return self._too_many
        outer = act.outer or b""
        if self._outer_bytes and len(outer) != self._outer_bytes:
            return UNAVAILABLE
        own, other = outer[: self._own_outer], outer[self._own_outer :]
        if self._traces is not None and not self._tracer.takes(self._traces, sender, other):
            return UNAVAILABLE
        held: Held | None = None
        if act.stamp is not None:
            held = self._counting.find(act.stamp, own, sender, self._roster, now)
            if held is None:
                return UNAVAILABLE
        scarce = self._scarce(chats)
        if scarce is not None and not self._fits(sender, scarce):
            return MAILBOX_FULL
        row = self._row_of(sender)
        stamps: Stamps = b""
        hop, digest = None, None
        if self._counts:
            if self._officers.watches:
                digest = self._counting.content_of(act.body, own)
                stopped = self._officers.judge(row, digest, now)
                if stopped is not None:
                    return stopped
            if held is not None:
                reason, limit = self._counting.judge(row, held, sender, chats, now)
                if reason:
                    return Verdict(Reason(reason), limit)
        traced = b""
        if self._traces is not None:
            admitted = self._tracer.admit(self._traces, now, sender, chats, other)
            if admitted is None:
                return UNAVAILABLE
            traced = admitted
        if self._counts:
            stamps, hop = self._counting.keep(held, own, sender, chats, now, digest)
        label = None if hop is None else label_of(row, hop)
        copies = self._deliver(mailbox, act, hop, label, stamps, traced, scarce, now, out)
        if digest is not None:
            self._officers.delivered(digest, copies, now)
        if held is None:
            self._books.originals += copies
        else:
            self._books.forwards += copies
        return ALLOWED

    def _reachable(self, sender: int, chats: tuple[int, ...]) -> bool:
        roster = self._roster
        for chat in chats:
            if chat >= 0:
                if chat >= roster.users or chat == sender:
                    return False
            elif ~chat >= roster.groups or not roster.is_member(~chat, sender):
                return False
        return True

    def _is_moderate(self, chats: tuple[int, ...]) -> bool:
        """Whether an act to these chats makes no more copies than one may: a chat may be named many times."""
        most, roster = self._copies_max, self._roster
        copies = len(chats)
        for chat in chats:
            if chat < 0:
                copies += (
                    len(roster.members(~chat)) - 2
                )  # the sender gets none, and the group is counted above
        return copies <= most

    def _scarce(self, chats: tuple[int, ...]) -> Counter[int] | None:
        """How many copies go to each chat, where a quota could bind for a contact among them; None if none can."""
        post = self._post
        most = post.ample - len(chats)
        for chat in chats:
            if chat >= 0:
                for mailbox in post.of_user(chat):
                    if len(mailbox.mail) > most:
                        return Counter(chats)
        return None

    def _fits(self, sender: int, wanted: Counter[int]) -> bool:
        """Whether all copies to contacts find room: all or nothing, so this is asked before anything is posted."""
        post = self._post
        return all(
            post.has_room(mailbox, sender, copies)
            for chat, copies in wanted.items()
            if chat >= 0
            for mailbox in post.of_user(chat)
        )

    def _deliver(
        self,
        mailbox: Mailbox,
        act: Act | QuietAct,
        hop: int | None,
        label: int | None,
        stamps: Stamps,
        traced: bytes,
        scarce: Counter[int] | None,
        now: int,
        out: list[Command],
    ) -> int:
        """Put the act's copies into all mailboxes; returns how many. Recipients of one chat share the bytes.

        So do all contacts, unless every chat has a stamp of its own; `traced` follows the stamp.
        `scarce` counts the contacts' copies still to come: they have their room, and a group's copies do not take it.
        """
        sender, post = mailbox.user, self._post
        made = mailbox, act, hop, label, now
        common = None if callable(stamps) else stamps + traced
        direct: Delivery | None = None
        copies = 0
        for chat, key in zip(act.chats, _keys_of(act), strict=True):
            if chat >= 0:
                if direct is None or common is None or key is not None:
                    stamp = stamps(chat) + traced if callable(stamps) else common
                    direct = _delivery(None, stamp, key, *made)
                for recipient in post.of_user(chat):
                    post.put(recipient, direct, out)
                copies += 1
                if scarce is not None:
                    scarce[chat] -= 1
                continue
            stamp = stamps(chat) + traced if callable(stamps) else common
            shared = _delivery(~chat, stamp, key, *made)
            for member in self._roster.members(~chat):
                if member != sender:
                    kept = 0 if scarce is None else scarce[member]
                    copies += self._put_if_room(member, shared, kept, out)
        return copies

    def _put_if_room(self, user: int, delivery: Delivery, kept: int, out: list[Command]) -> bool:
        """A member's copy, unless the mailbox is full but for `kept` deliveries; nobody is told."""
        put = False
        for mailbox in self._post.of_user(user):
            if self._post.has_room(mailbox, delivery.sender, 1 + kept):
                self._post.put(mailbox, delivery, out)
                put = True
            else:
                self._books.dropped += 1
        return put

    def notify(self, reader: int, notify: Notify, now: int, out: list[Command]) -> None:
        """Pass a notice on to the device it is addressed to; where there is none, nobody learns that."""
        mailbox = self._post.find(notify.user, notify.device)
        if mailbox is None:
            return
        if not self._post.has_room(mailbox, reader, 1):
            self._books.dropped += 1
            return
        notice = Notice(notify.kind, reader, notify.counter)
        self._post.put(mailbox, Delivery(head_of(encode(notice), 0), b"", reader, now), out)
        self._books.notices += 1


def _keys_of(act: Act | QuietAct) -> Iterable[bytes | None]:
    """The wrapped key of each chat; None for all where the body is not sealed."""
    keys = act.keys
    if not keys:
        return repeat(None, len(act.chats))
    return (keys[at : at + KEY_BYTES] for at in range(0, len(keys), KEY_BYTES))


def _delivery(
    group: int | None,
    stamp: bytes | None,
    key: bytes | None,
    mailbox: Mailbox,
    act: Act | QuietAct,
    hop: int | None,
    label: int | None,
    now: int,
) -> Delivery:
    """What all recipients of one chat share."""
    sender, body = mailbox.user, act.body
    whose = sender, mailbox.device, act.counter
    notices, stamped = act.notices, stamp or None
    header = copy_header(*whose, group, hop, label, now, stamped, act.outer, notices, key)
    return Delivery(head_of(header, len(body)), body, sender, now)
