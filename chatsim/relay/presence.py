"""Who is told when whom comes and goes: contacts who asked, at most once a second, all devices of a user together."""

from __future__ import annotations

from collections.abc import Iterable

from chatsim.relay.events import Command, Write
from chatsim.relay.post import Post
from chatsim.relay.roster import Roster
from chatsim.wire.encoding import encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import Presence


class Watchers:
    """The sessions that watch, by whom they watch.

    A change waits until `tell`; until then everybody, newcomers too, goes by what was told last, so that all hear the
    same.
    """

    def __init__(self, roster: Roster, post: Post) -> None:
        self._roster = roster
        self._post = post
        self._sessions: dict[int, dict[int, None]] = {}
        """By user watched; a dict keeps its order."""
        self._told: dict[int, bool] = {}
        """What watchers heard last of users who came or went since."""

    def subscribe(
        self,
        session: int,
        user: int,
        former: Iterable[int],
        wanted: Iterable[int],
        out: list[Command],
    ) -> tuple[int, ...]:
        """Replace what a session of `user` watches, and tell it how things stand; returns whom it watches now.

        Whoever is no contact, or nobody at all, reads as somebody absent.
        """
        self.leave(session, former)
        watched: list[int] = []
        for other in dict.fromkeys(wanted):
            online = False
            if self._roster.is_contact(user, other):
                watched.append(other)
                self._sessions.setdefault(other, {})[session] = None
                online = self._told.get(other, self._post.is_online(other))
            out.append(_write(session, other, online))
        return tuple(watched)

    def leave(self, session: int, watched: Iterable[int]) -> None:
        for other in watched:
            sessions = self._sessions[other]
            del sessions[session]
            if not sessions:
                del self._sessions[other]

    def changing(self, user: int) -> None:
        """A device of `user` is about to come or go."""
        if user in self._sessions:
            self._told.setdefault(user, self._post.is_online(user))

    def tell(self, out: list[Command]) -> None:
        """Tell of everybody who is there now and was not, or the other way round."""
        for user, told in self._told.items():
            online = self._post.is_online(user)
            if online is not told:
                out += [_write(session, user, online) for session in self._sessions.get(user, ())]
        self._told.clear()


def _write(session: int, user: int, online: bool) -> Write:
    return Write(session, head_of(encode(Presence(user, online)), 0))
