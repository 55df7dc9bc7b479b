"""Bodies that are really sealed, where a probe is to see that sealing itself ties nothing together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attrs import define, field

from chatsim.testing.probes.mode import Mode
from chatsim.wire.messages import Copy

if TYPE_CHECKING:  # it needs an extra
    from chatsim.sealing.directory import Directory, Groups
    from chatsim.sealing.keyring import Keyring


class Wrapped(NamedTuple):
    """What goes into an act: the body, and its key for each chat; no keys where it is not sealed."""

    keys: bytes
    body: bytes

    @property
    def on_the_wire(self) -> bytes:
        return self.keys + self.body


@define(eq=False)
class Unsealed:
    """Bodies go as they are."""

    def seal(
        self, user: int, device: int, counter: int, chats: tuple[int, ...], body: bytes
    ) -> Wrapped:
        return Wrapped(b"", body)

    def opened(self, user: int, copy: Copy) -> Copy:
        return copy


@define(eq=False)
class Seals(Unsealed):
    """Everybody's keyrings."""

    directory: Directory
    _of: dict[int, Keyring] = field(factory=dict)

    def seal(
        self, user: int, device: int, counter: int, chats: tuple[int, ...], body: bytes
    ) -> Wrapped:
        return Wrapped(*self._keyring(user).seal(chats, device, counter, body))

    def opened(self, user: int, copy: Copy) -> Copy:
        body = self._keyring(user).open(copy)
        assert body is not None, "nobody changes what is sealed on its way"
        return copy._replace(body=body)

    def _keyring(self, user: int) -> Keyring:
        from chatsim.sealing.keyring import Keyring  # noqa: PLC0415 - an extra

        known = self._of.get(user)
        if known is None:
            known = self._of[user] = Keyring(user, self.directory)
        return known


def seals_of(mode: Mode, groups: Groups) -> Unsealed:
    """What seals and opens bodies under a mode."""
    if not mode.sealed:
        return Unsealed()
    from chatsim.sealing.directory import Directory  # noqa: PLC0415 - an extra

    return Seals(Directory(groups))
