"""What the relay says is done to sessions: what is written to them waits here until the batch is over."""

from __future__ import annotations

from collections.abc import Callable

from chatsim.relay.events import Abort, Closed, Command, Event, Hangup, Widen, Write
from chatsim.relay.relay import Relay
from chatsim.server.batch import Batch
from chatsim.server.session import Session
from chatsim.server.sessions import Sessions
from chatsim.wire.encoding import encode
from chatsim.wire.framing import FRAME_MAX, head_of
from chatsim.wire.messages import Refusal

REFUSAL_MAX = 200
"""Characters of a sentence."""


class Effects:
    """Carries out commands; remembers which sessions the batch touched."""

    def __init__(
        self,
        relay: Relay,
        sessions: Sessions,
        batch: Batch,
        *,
        on_abort: Callable[[str], None],
        on_last_driver: Callable[[], None],
    ) -> None:
        self.touched: list[Session] = []
        self.driver_joined = False
        self.deaf = False
        """The relay is told nothing any more."""
        self._relay = relay
        self._sessions = sessions
        self._batch = batch
        self._on_abort = on_abort
        self._on_last_driver = on_last_driver

    def tell(self, event: Event) -> None:
        """Have the relay handle what concerns no frame, and do what it says."""
        if not self.deaf:
            self._batch.open()
            self.obey(self._relay.handle(event, self._batch.tick))
            if type(event) is Closed:
                self._look_for_drivers()

    def obey(self, commands: list[Command], cause: int = 0) -> None:
        """Do what the relay says; `cause` is the session whose frame it was."""
        by_number = self._sessions.by_number
        for command in commands:
            if type(command) is not Write:
                self._obey_rarely(command, commands, cause)
                continue
            number, head, body = command
            session = by_number.get(number)
            if session is None or session.ending:
                continue
            pieces = session.pieces
            if pieces is None:
                session.pieces = [head, body] if body else [head]
                self.touched.append(session)
            else:
                pieces.append(head)
                if body:
                    pieces.append(body)

    def _obey_rarely(self, command: Command, commands: list[Command], cause: int) -> None:
        match command:
            case Widen():
                self._welcome(self._sessions.by_number[command.session], commands)
            case Hangup():
                session = self._sessions.by_number.get(command.session)
                if session is not None:
                    self.hang_up(session, _why(session.number, cause, commands))
                self._look_for_drivers()
            case Abort():
                self._on_abort(command.text)
            case Write():
                pass

    def _welcome(self, session: Session, commands: list[Command]) -> None:
        """The session may say more, and may have all its mail waiting at once."""
        self._sessions.logged_in(session)
        session.deframer.frame_max = FRAME_MAX
        session.loud_until = 0
        mail = sum(
            len(one.head) + len(one.body)
            for one in commands
            if type(one) is Write and one.session == session.number
        )
        if mail > session.outbox_max // 2:
            session.outbox_max += mail
        self._look_for_drivers()

    def _look_for_drivers(self) -> None:
        """A driven server ends with its drivers: no parent that dies leaves one behind."""
        barrier = self._relay.barrier
        if barrier is None:
            return
        if barrier.joined:
            self.driver_joined = True
        elif self.driver_joined:
            self._on_last_driver()

    # What the shell itself says.

    def touch(self, session: Session) -> None:
        """The session is looked at when the batch is over."""
        if session.pieces is None:
            session.pieces = []
            self.touched.append(session)

    def refuse(self, session: Session, cause: str, text: str) -> None:
        """End a session from this side, with a sentence."""
        if session.ending:
            return
        self.touch(session)
        assert session.pieces is not None
        session.pieces.append(head_of(encode(Refusal(text[:REFUSAL_MAX])), 0))
        self.hang_up(session, cause)
        self.tell(Closed(session.number))

    def hang_up(self, session: Session, cause: str) -> None:
        """Nothing that the session sends counts any more; it ends when everything written to it has left."""
        self._sessions.ends(session, cause, self._batch.instant)
        self.touch(session)

    def forget(self) -> None:
        """Nothing that the batch wrote will leave."""
        for session in self.touched:
            session.pieces = None
        self.touched.clear()


def _why(session: int, cause: int, commands: list[Command]) -> str:
    """Why the relay ends a session: only whoever says goodbye gets no last word."""
    if session != cause:
        return "replaced"
    told = any(type(one) is Write and one.session == session for one in commands)
    return "breach" if told else "left"
