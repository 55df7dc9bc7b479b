"""What one user's app seals and opens with.

One act goes to many chats with one body. So the body is sealed once, under a key that is made for this act, and that
key is sealed ("wrapped") for each chat under the sender's key of that chat. All sizes are fixed: a chat costs 48 bytes,
a body 28.
"""

from __future__ import annotations

from typing import NamedTuple

from attrs import define, field
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from chatsim.provenance.keys import fresh, keyed, number_bytes
from chatsim.sealing.directory import Directory, beside_group_key, box_key
from chatsim.sealing.primitives import BODY, KEY, agreed, cipher, opened
from chatsim.wire.fields import NONCE_BYTES
from chatsim.wire.messages import Copy

BODY_EXTRA = NONCE_BYTES + 16
"""Bytes that a sealed body has more: the nonce before it, the tag behind."""


class Sealed(NamedTuple):
    """What goes into an act."""

    keys: bytes
    """The body's key, wrapped for each chat in their order."""
    body: bytes


@define(eq=False)
class Keyring:
    """One user's; all devices of a user share it. Keys are worked out when a chat is first used."""

    user: int
    directory: Directory
    unopened: int = 0
    """Copies that did not open."""
    _identity: X25519PrivateKey = field(init=False, repr=False)
    _ciphers: dict[tuple[int, int], ChaCha20Poly1305 | None] = field(factory=dict, repr=False)
    """By chat and sender: a contact's chat by the contact's number."""
    _groups: dict[int, bytes | None] = field(factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        self._identity = self.directory.identity(self.user)

    def seal(self, chats: tuple[int, ...], device: int, counter: int, body: bytes) -> Sealed:
        """A body for these chats, as act `counter` of this user's device; sealed again it has other bytes.

        Raises ValueError for a group that the user is not in.
        """
        message_key, nonce = fresh(), fresh(NONCE_BYTES)
        whose = _whose(self.user, device, counter)
        # The key seals nothing else; one nonce serves all chats, because each has a key of its own.
        sealed = nonce + cipher(message_key).encrypt(nonce, body, BODY + whose)
        keys = []
        for chat in chats:
            wraps = self._cipher(chat, self.user)
            if wraps is None:
                message = f"user {self.user} has no key of group {~chat}"
                raise ValueError(message)
            keys.append(wraps.encrypt(nonce, message_key, KEY + number_bytes(chat) + whose))
        return Sealed(b"".join(keys), sealed)

    def open(self, copy: Copy) -> bytes | None:
        """The body of a copy; None, and counted, where it was not sealed, or not so, or not for this user."""
        body = self._open(copy)
        if body is None:
            self.unopened += 1
        return body

    def _open(self, copy: Copy) -> bytes | None:
        if copy.key is None or len(copy.body) < BODY_EXTRA:
            return None
        if copy.group is None:
            chat, where = self.user, copy.sender
        else:
            chat = where = ~copy.group
        unwraps = self._cipher(where, copy.sender)
        if unwraps is None:
            return None
        nonce, sealed = copy.body[:NONCE_BYTES], copy.body[NONCE_BYTES:]
        whose = _whose(copy.sender, copy.device, copy.counter)
        key = opened(unwraps, nonce, copy.key, KEY + number_bytes(chat) + whose)
        return None if key is None else opened(cipher(key), nonce, sealed, BODY + whose)

    def _cipher(self, chat: int, sender: int) -> ChaCha20Poly1305 | None:
        """Of what `sender` sends in a chat of this user's; None where the user has no key of it."""
        known = self._ciphers.get((chat, sender))
        if known is None:
            key = self._chat_key(chat)
            if key is None:
                return None
            known = cipher(keyed(key, b"sender", number_bytes(sender)))
            self._ciphers[chat, sender] = known
        return known

    def _chat_key(self, chat: int) -> bytes | None:
        if chat >= 0:
            return self._pair_key(chat)
        group = ~chat
        if group not in self._groups:
            self._groups[group] = self._opened_group_key(group)
        return self._groups[group]

    def _pair_key(self, other: int) -> bytes:
        return agreed(self._identity, self.user, self.directory.public(other), other)

    def _opened_group_key(self, group: int) -> bytes | None:
        box = self.directory.for_member(group, self.user)
        if box is None:
            return None
        creator = self.directory.creator(group)
        beside = beside_group_key(group, creator, self.user)
        unseals = cipher(box_key(self._pair_key(creator)))
        return opened(unseals, box[:NONCE_BYTES], box[NONCE_BYTES:], beside)


def _whose(sender: int, device: int, counter: int) -> bytes:
    return b"".join(map(number_bytes, (sender, device, counter)))
