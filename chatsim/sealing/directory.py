"""Who has which public key, and the keys of groups, sealed for each member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import define, field
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from chatsim.errors import ConfigurationError
from chatsim.provenance.keys import KEY_BYTES, fresh, keyed, number_bytes
from chatsim.sealing.primitives import GROUP, agreed, cipher, identity
from chatsim.wire.fields import NONCE_BYTES


class Groups(Protocol):
    """Whoever knows the groups, as a roster does."""

    @property
    def groups(self) -> int: ...

    def members(self, group: int) -> Sequence[int]:
        """Each member once, rising."""
        ...


class NoGroups:
    """There are contacts only."""

    groups = 0

    def members(self, group: int) -> Sequence[int]:
        raise IndexError(group)


@define(eq=False)
class Directory:
    """The keys of everybody, from `root`: several processes that share one make the same.

    The root is 32 secret bytes, the system's randomness by default, and never the study's seed. In reality each app
    makes its own identity, and a group's creator its key; both are derived here because the apps of one study are in a
    few processes. An app's half, `Keyring`, reads nothing of others but what is public or sealed for it.
    """

    groups: Groups = field(factory=NoGroups)
    root: bytes = field(factory=fresh, repr=False)
    _public: dict[int, X25519PublicKey] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if len(self.root) != KEY_BYTES:
            message = f"the root of keys has {len(self.root)} bytes; it takes {KEY_BYTES}"
            raise ConfigurationError(message)

    def identity(self, user: int) -> X25519PrivateKey:
        """A user's private key, for that user's own keyring."""
        return identity(self.root, user)

    def public(self, user: int) -> X25519PublicKey:
        """A user's public key."""
        known = self._public.get(user)
        if known is None:
            known = self._public[user] = self.identity(user).public_key()
        return known

    def creator(self, group: int) -> int:
        """Who made a group's key: its lowest member."""
        return self.groups.members(group)[0]

    def for_member(self, group: int, user: int) -> bytes | None:
        """A group's key, sealed by its creator for a member: nonce and box; None for who is none."""
        members = self.groups.members(group) if group < self.groups.groups else ()
        if user not in members:
            return None
        creator = members[0]
        pair = agreed(self.identity(creator), creator, self.public(user), user)
        key = keyed(self.root, b"group", number_bytes(group))
        nonce = fresh(NONCE_BYTES)
        box = cipher(box_key(pair))
        return nonce + box.encrypt(nonce, key, beside_group_key(group, creator, user))


def box_key(pair: bytes) -> bytes:
    """The key of what two users send each other of group keys, apart from what they chat."""
    return keyed(pair, b"group box")


def beside_group_key(group: int, creator: int, user: int) -> bytes:
    """What a sealed group key is bound to."""
    return GROUP + b"".join(map(number_bytes, (group, creator, user)))
