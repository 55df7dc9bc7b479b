"""The group of enforcement `blind`: the subgroup of edwards25519 that has prime order, by libsodium (PyNaCl).

Points and scalars are their 32 bytes. `Proof` shows that one secret scalar made a public point and multiplied a whole
batch by it (Chaum and Pedersen, batched with hashed weights), and nothing else about that scalar.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from nacl.bindings import (
    crypto_core_ed25519_add,
    crypto_core_ed25519_from_uniform,
    crypto_core_ed25519_is_valid_point,
    crypto_core_ed25519_scalar_invert,
    crypto_core_ed25519_scalar_mul,
    crypto_core_ed25519_scalar_reduce,
    crypto_core_ed25519_scalar_sub,
    crypto_scalarmult_ed25519_base_noclamp,
    crypto_scalarmult_ed25519_noclamp,
)
from nacl.exceptions import CryptoError

from chatsim.provenance.keys import fresh, keyed, number_bytes

POINT_BYTES: Final = 32
SCALAR_BYTES: Final = 32
_WIDE: Final = 64
"""Bytes that are reduced to a scalar, so that none is likelier than another."""


def point_of(seed: bytes) -> bytes:
    """A point whose logarithm nobody knows: the sum of two maps, each of which reaches half of the points."""
    uniform = keyed(b"", b"blind point", seed, size=_WIDE)
    return crypto_core_ed25519_add(
        crypto_core_ed25519_from_uniform(uniform[:POINT_BYTES]),
        crypto_core_ed25519_from_uniform(uniform[POINT_BYTES:]),
    )


def scalar_of(uniform: bytes) -> bytes:
    """A scalar of 64 uniform bytes."""
    return crypto_core_ed25519_scalar_reduce(uniform)


def random_scalar() -> bytes:
    """One that nobody can guess."""
    return scalar_of(fresh(_WIDE))


def inverse(scalar: bytes) -> bytes:
    return crypto_core_ed25519_scalar_invert(scalar)


def public_of(scalar: bytes) -> bytes:
    """The scalar, which is not zero, times the base point."""
    return crypto_scalarmult_ed25519_base_noclamp(scalar)


def is_scalar(data: bytes) -> bool:
    """Whether these bytes are a scalar other than zero, written in the one way that there is."""
    return len(data) == SCALAR_BYTES and any(data) and scalar_of(data.ljust(_WIDE, b"\0")) == data


def times(scalar: bytes, point: bytes) -> bytes | None:
    """The product; None where the bytes are no point of the subgroup, or the product is its neutral element."""
    try:
        return crypto_scalarmult_ed25519_noclamp(scalar, point)
    except CryptoError:
        return None


def is_point(data: bytes) -> bool:
    """Whether these bytes are a point of the subgroup other than its neutral element."""
    return len(data) == POINT_BYTES and bool(crypto_core_ed25519_is_valid_point(data))


class Proof(NamedTuple):
    """That all products were made with the scalar of one public point."""

    challenge: bytes
    response: bytes


PROOF_BYTES: Final = 2 * SCALAR_BYTES


def prove(
    scalar: bytes, public: bytes, points: Sequence[bytes], products: Sequence[bytes]
) -> Proof:
    """A proof for a batch that `scalar` multiplied; it has at least one point."""
    combined = _combined(_weights(public, points, products), points)
    assert combined is not None, "products of valid points, with weights that nobody chose"
    product = times(scalar, combined)
    nonce = random_scalar()
    answer = times(nonce, combined)
    assert product is not None
    assert answer is not None
    challenge = _challenge(public, combined, product, public_of(nonce), answer)
    response = crypto_core_ed25519_scalar_sub(
        nonce, crypto_core_ed25519_scalar_mul(challenge, scalar)
    )
    return Proof(challenge, response)


def is_proven(
    public: bytes, points: Sequence[bytes], products: Sequence[bytes], proof: Proof
) -> bool:
    """Whether the proof holds. Takes any bytes of the right lengths."""
    weights = _weights(public, points, products)
    combined, product = _combined(weights, points), _combined(weights, products)
    challenge, response = proof
    if combined is None or product is None or not is_point(public) or not is_scalar(response):
        return False
    first = _sum((public_of(response), times(challenge, public)))
    second = _sum((times(response, combined), times(challenge, product)))
    if first is None or second is None:
        return False
    return _challenge(public, combined, product, first, second) == challenge


def _weights(public: bytes, points: Sequence[bytes], products: Sequence[bytes]) -> list[bytes]:
    """Of each point in the batch; they depend on all of it, so that no two errors can cancel each other."""
    batch = keyed(b"", b"blind batch", public, *points, *products, size=_WIDE)
    return [
        scalar_of(keyed(batch, b"blind weight", number_bytes(at), size=_WIDE))
        for at in range(len(points))
    ]


def _combined(weights: Sequence[bytes], points: Sequence[bytes]) -> bytes | None:
    return _sum([times(weight, point) for weight, point in zip(weights, points, strict=True)])


def _sum(points: Sequence[bytes | None]) -> bytes | None:
    """None where one of them is missing, or the sum is no point of the subgroup."""
    total: bytes | None = None
    for point in points:
        if point is None:
            return None
        total = point if total is None else crypto_core_ed25519_add(total, point)
    return total


def _challenge(*points: bytes) -> bytes:
    return scalar_of(keyed(b"", b"blind challenge", *points, size=_WIDE))
