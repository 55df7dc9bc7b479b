"""Key agreement and authenticated encryption, and the labels that keep one use of a key apart from all others."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chatsim.provenance.keys import KEY_BYTES, keyed, number_bytes
from chatsim.wire.fields import NONCE_BYTES

BODY, KEY, GROUP = b"chatsim body", b"chatsim key", b"chatsim group"
"""What a seal is of: the first part of what it authenticates besides."""


def identity(root: bytes, user: int) -> X25519PrivateKey:
    """A user's private key."""
    return X25519PrivateKey.from_private_bytes(keyed(root, b"identity", number_bytes(user)))


def agreed(own: X25519PrivateKey, me: int, their: X25519PublicKey, other: int) -> bytes:
    """The key of two users, the same from both sides."""
    pair = b"".join(map(number_bytes, sorted((me, other))))
    expand = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"chatsim pair" + pair)
    return expand.derive(own.exchange(their))


def cipher(key: bytes) -> ChaCha20Poly1305:
    """What seals and opens under a key."""
    return ChaCha20Poly1305(key)


def opened(with_: ChaCha20Poly1305, nonce: bytes, sealed: bytes, beside: bytes) -> bytes | None:
    """What was sealed; None where anything is not as it was."""
    if len(nonce) != NONCE_BYTES:
        return None
    try:
        return with_.decrypt(nonce, sealed, beside)
    except InvalidTag:
        return None
