"""Traceability `signed-origin`: each copy carries who began it, sealed and signed by the relay, which keeps nothing.

Source tracking (Peale, Eskandarian, Boneh, CCS 2021, scheme 1): the relay seals the sender and the tick of every act
and signs the seal together with the act's commitment. For a text of one's own the commitment is of the text; a forward
has random bytes in its place (as in Hecate, Issa, Alhaddad, Varia, USENIX Security 2022), or its sender could be named
as the originator. The first recipient keeps what the relay signed, and it travels in the payload from there on. A text
of one's own carries zeros of that length, so that the relay cannot tell it from a forward; recipients can. Everybody
checks the signature, so nobody can make a message that could not be reported. The sealing key could be held by a court
instead of the relay, or be split between both.
"""

from __future__ import annotations

import struct
from hmac import compare_digest

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chatsim.provenance.halves import TraceBook, Tracing
from chatsim.provenance.keys import ID_BYTES, KEY_BYTES, fresh, keyed, number_bytes, number_of
from chatsim.provenance.values import Claims, Finding, Names, Proof, Search, Slots, Stored

NONCE_BYTES = 12
SEAL_BYTES = NONCE_BYTES + 2 * ID_BYTES + 16
"""Nonce, sender and tick, tag of AES-GCM."""
STAMP_BYTES = SEAL_BYTES + 64
"""The seal and the signature."""
ORIGIN_BYTES = KEY_BYTES + STAMP_BYTES
"""Where it comes from: the commitment of the first act, and its stamp."""
NO_ORIGIN = bytes(ORIGIN_BYTES)
_PURPOSE = b"chatsim signed-origin"
_SEALED = struct.Struct(f"{ID_BYTES}s{ID_BYTES}s")


class SignedOriginClient:
    """Knows the relay's verifying key.

    Inner: the secret that opens the first act's commitment, and where the copy comes from. Outer: a commitment.
    """

    inner_bytes = KEY_BYTES + ORIGIN_BYTES
    outer_bytes = KEY_BYTES
    stamp_bytes = STAMP_BYTES

    def __init__(self, public: bytes) -> None:
        self._verifying = Ed25519PublicKey.from_public_bytes(public)

    def original(self, me: int, text: bytes) -> Slots:
        secret = fresh()
        return Slots(secret + NO_ORIGIN, _commitment(secret, text))

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        return Slots(held.inner[:KEY_BYTES] + _origin(held), fresh())

    def accepts(self, text: bytes, sender: int, proof: Proof) -> bool:
        """Whether the text is the one that the originator committed to, and the relay signed for it."""
        if tuple(map(len, proof)) != (self.inner_bytes, self.outer_bytes, self.stamp_bytes):
            return False
        return _is_signed(self._verifying, proof.inner[:KEY_BYTES], _origin(proof), text)

    def evidence(self, text: bytes, sender: int, proof: Proof) -> bytes:
        return proof.inner[:KEY_BYTES] + _origin(proof) + text

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        """Nothing: the relay signs for whoever sends, and nobody can open another's commitment with a new text."""
        return None


class SignedOriginRelay:
    """Seals and signs; keeps nothing of anything."""

    outer_bytes = KEY_BYTES
    stamp_bytes = STAMP_BYTES

    def __init__(self, root: bytes) -> None:
        self._sealing = _sealing_key(root)
        self._signing = _signing_key(root)

    def takes(self, book: TraceBook, sender: int, outer: bytes) -> bool:
        return True

    def admit(
        self, book: TraceBook, tick: int, sender: int, chats: tuple[int, ...], outer: bytes
    ) -> bytes | None:
        nonce = fresh(NONCE_BYTES)
        named = _SEALED.pack(number_bytes(sender), number_bytes(tick))
        seal = nonce + self._sealing.encrypt(nonce, named, outer)
        return seal + self._signing.sign(_PURPOSE + outer + seal)


class SignedOriginExaminer:
    """Has the sealing key, and checks all that a recipient checks: reporters may lie."""

    def __init__(self, root: bytes) -> None:
        self._sealing = _sealing_key(root)
        self._verifying = _signing_key(root).public_key()

    def examine(self, book: TraceBook, evidence: bytes) -> Finding | None:
        head = KEY_BYTES + ORIGIN_BYTES
        secret, origin, text = evidence[:KEY_BYTES], evidence[KEY_BYTES:head], evidence[head:]
        if len(origin) < ORIGIN_BYTES or not _is_signed(self._verifying, secret, origin, text):
            return None
        commitment, seal = origin[:KEY_BYTES], origin[KEY_BYTES:-64]
        try:
            named = self._sealing.decrypt(seal[:NONCE_BYTES], seal[NONCE_BYTES:], commitment)
        except InvalidTag:
            return None
        sender, tick = _SEALED.unpack(named)
        return Finding(originator=number_of(sender), tick=number_of(tick))


def _origin(held: Proof) -> bytes:
    """Where a copy comes from: what it says, or this very act if it says nothing."""
    said = held.inner[KEY_BYTES:]
    return held.outer + held.stamp if said == NO_ORIGIN else said


def _is_signed(verifying: Ed25519PublicKey, secret: bytes, origin: bytes, text: bytes) -> bool:
    signed, signature = origin[:-64], origin[-64:]
    if not compare_digest(signed[:KEY_BYTES], _commitment(secret, text)):
        return False
    try:
        verifying.verify(signature, _PURPOSE + signed)
    except InvalidSignature:
        return False
    return True


def _commitment(secret: bytes, text: bytes) -> bytes:
    return keyed(secret, b"origin commits", text)


def _sealing_key(root: bytes) -> AESGCM:
    return AESGCM(keyed(root, b"origin sealing"))


def _signing_key(root: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keyed(root, b"origin signing"))


CLAIMS = Claims(
    names=Names.ORIGIN,
    frameable=False,
    stored=Stored.NOTHING,
    ids_at_rest=False,
    search=Search.ORIGIN,
    dictionary=False,
    new_or_forward=False,
    linkage=False,
    recipients_learn=False,
)


def set_up(root: bytes) -> Tracing:
    """Two keys of the relay's; the examiner has the sealing one too."""
    public = _signing_key(root).public_key().public_bytes_raw()
    client = SignedOriginClient(public)
    return Tracing(CLAIMS, client, SignedOriginRelay(root), SignedOriginExaminer(root), public)


def client_of(public: bytes) -> SignedOriginClient:
    """Of the relay's verifying key."""
    return SignedOriginClient(public)
