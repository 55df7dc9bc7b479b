"""Everybody's keyrings in one process, where bodies are sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from chatsim.errors import lacks_extra

if TYPE_CHECKING:  # they need an extra
    from chatsim.sealing.directory import Directory, Groups
    from chatsim.sealing.keyring import Keyring


@define(eq=False)
class Keyrings:
    """One keyring a user, made when it is first used; a recipient opens with its own, never with the sender's."""

    directory: Directory
    _of: dict[int, Keyring] = field(factory=dict)

    def of(self, user: int) -> Keyring:
        known = self._of.get(user)
        if known is None:
            from chatsim.sealing.keyring import Keyring  # noqa: PLC0415 - an extra

            known = self._of[user] = Keyring(user, self.directory)
        return known

    @property
    def unopened(self) -> int:
        """Copies that did not open."""
        return sum(keyring.unopened for keyring in self._of.values())


def keyrings_of(groups: Groups | None, root: bytes | None = None) -> Keyrings:
    """Keyrings whose keys are derived from `root`, else from fresh bytes; `groups`: None where there are contacts only.

    Raises ConfigurationError where the extra is missing.
    """
    try:
        from chatsim.sealing.directory import Directory, NoGroups  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise lacks_extra("--e2ee", error) from error
    known = NoGroups() if groups is None else groups
    return Keyrings(Directory(known) if root is None else Directory(known, root))
