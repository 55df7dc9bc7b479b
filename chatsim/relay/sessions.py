"""Who is behind which connection: logging in, resuming, being replaced, leaving, and driving the clock."""

from __future__ import annotations

import hmac

from attrs import define

from chatsim.errors import RemoteProtocolError
from chatsim.relay.admission import Admission
from chatsim.relay.barrier import Barrier, Stage
from chatsim.relay.events import Abort, Command, Hangup, Widen, Write
from chatsim.relay.mailbox import Mailbox
from chatsim.relay.post import Post
from chatsim.relay.presence import Watchers
from chatsim.relay.settings import Books, RelaySettings
from chatsim.wire.encoding import encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import Drive, Hello, Outbound, Refusal, Resume, Subscribe, Welcome


@define(eq=False, weakref_slot=False)
class Session:
    """A connection: nobody yet, a device, or a driver."""

    number: int
    mailbox: Mailbox | None = None
    drives: bool = False
    watches: tuple[int, ...] = ()
    """Whose presence it is told of."""


class Sessions:
    """All connections, by number."""

    def __init__(
        self,
        users: int,
        settings: RelaySettings,
        admission: Admission,
        post: Post,
        watchers: Watchers,
        barrier: Barrier | None,
        books: Books,
    ) -> None:
        self.by_number: dict[int, Session] = {}
        self._users = users
        self._settings = settings
        self._admission = admission
        self._post = post
        self._watchers = watchers
        self._barrier = barrier
        self._books = books

    def open(self, number: int) -> None:
        self.by_number[number] = Session(number)

    def log_in(self, session: Session, hello: Hello | Resume, now: int, out: list[Command]) -> None:
        """Bind a device to the session, which replaces a former one of the same device.

        Raises RemoteProtocolError when the device claims more than it was sent. Nothing has changed then, nor when
        the login is refused.
        """
        user, device = hello.user, hello.device
        # Asked in any case, so that an unknown user takes as long as a wrong token.
        admitted = self._admission.admits(user, hello.token)
        if not admitted or user >= self._users:
            self._refuse(session, "login refused", out)
            return
        mailbox = self._post.find(user, device)
        most = self._settings.devices_max
        if mailbox is None and self._post.devices_of(user) >= most:
            self._refuse(session, f"user {user} has {most} devices, and may have no more", out)
            return
        received = hello.received if isinstance(hello, Resume) else 0
        sent = 0 if mailbox is None else mailbox.sent
        if received > sent:
            text = f"this device says it has received {received} deliveries; it was sent {sent}"
            raise RemoteProtocolError(text)
        self._bind(session, mailbox or self._post.create(user, device), received, now, out)

    def _bind(
        self, session: Session, mailbox: Mailbox, received: int, now: int, out: list[Command]
    ) -> None:
        self._watchers.changing(mailbox.user)
        if mailbox.session is not None:
            out.append(write(mailbox.session, Refusal("this device logged in elsewhere")))
            self.drop(mailbox.session, out)
        if received > mailbox.base:
            self._post.acknowledge(mailbox, received)
        session.mailbox = mailbox
        out.append(Widen(session.number))
        out.append(write(session.number, Welcome(mailbox.base, mailbox.counter, now)))
        out += self._post.came(mailbox, session.number)
        self._books.logins += 1

    def _refuse(self, session: Session, text: str, out: list[Command]) -> None:
        self._books.logins_refused += 1
        self.end(session.number, text, out)

    def drive(self, session: Session, message: Drive, out: list[Command]) -> None:
        """Let the session move the clock. Raises RemoteProtocolError."""
        barrier, secret = self._barrier, self._settings.secret
        if barrier is None or not hmac.compare_digest(message.secret, secret):
            text = "this clock is not driven, or not with this secret"
            raise RemoteProtocolError(text)
        barrier.join(session.number)
        session.drives = True
        out.append(Widen(session.number))

    def subscribe(
        self, session: Session, user: int, message: Subscribe, out: list[Command]
    ) -> None:
        session.watches = self._watchers.subscribe(
            session.number, user, session.watches, message.users, out
        )

    def leave(self, session: Session, out: list[Command]) -> None:
        """An orderly goodbye of a device, which ends no driven run."""
        self._absent(session)
        self.drop(session.number, out)

    def end(self, number: int, text: str, out: list[Command]) -> None:
        """End a session from our side, and say why."""
        out.append(write(number, Refusal(text)))
        self.drop(number, out)

    def drop(self, number: int, out: list[Command]) -> None:
        self.close(number, out)
        out.append(Hangup(number))

    def close(self, number: int, out: list[Command]) -> None:
        """The session is over, whoever ended it."""
        session = self.by_number.pop(number, None)
        if session is None:
            return
        mailbox = session.mailbox
        self._absent(session)
        barrier = self._barrier
        if barrier is None or not (session.drives or mailbox):
            return
        barrier.joined.discard(number)
        if barrier.stage is not Stage.BEGIN:
            who = f"user {mailbox.user}" if mailbox else "a driver"
            out.append(Abort(f"the session of {who} was lost in the middle of a driven run"))

    def _absent(self, session: Session) -> None:
        self._watchers.leave(session.number, session.watches)
        session.watches = ()
        if session.mailbox is not None:
            self._watchers.changing(session.mailbox.user)
            self._post.went(session.mailbox)
            session.mailbox = None


def write(session: int, message: Outbound) -> Write:
    return Write(session, head_of(encode(message), 0))
