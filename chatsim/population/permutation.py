"""A keyed permutation of 0..length-1 that stores nothing: the order of ranks, and who is paired with whom.

A Feistel network over Z_a x Z_b (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002) with
a = ceil(sqrt(length)) and b = ceil(length / a), so that a * b is less than a above the length. A position p is the pair
(p // b, p % b); even rounds add a keyed word of the right half to the left one (mod a), odd rounds the other way round.
An image beyond the length is permuted again ("cycle walking"), which almost never happens because the domain is so
close to the length. Six rounds pass a chi-squared test of who meets whom over keys; three fail it.

Everything is a plain function over integers below 2^63, so that `chatsim.compilation` can compile it: the cost of one
position is the same in a line of ten and in a line of ten billion.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from chatsim.randomness.philox import MASK32, choose, draw

Keys = tuple[int, int, int, int, int, int]
"""One 32-bit word per round."""

LENGTH_MAX = 1 << 40
"""Halves stay below 2^21, and a quotient by multiplication is short by one at most."""
QUOTIENT_BITS = 40


class Domain(NamedTuple):
    """A line's length and the sizes of the halves that its positions split into; made once per line."""

    length: int
    side: int
    """Size of the left half: ceil(sqrt(length))."""
    other: int
    """Size of the right half: ceil(length / side)."""
    inverse: int
    """`inverse_of` the right half's size."""


def domain_of(length: int) -> Domain:
    assert 0 <= length <= LENGTH_MAX
    side = math.isqrt(length - 1) + 1 if length > 0 else 1
    other = max(1, -(-length // side))
    return Domain(length, side, other, inverse_of(other))


def round_keys(key_low: int, key_high: int, purpose: int, line: int, kind: int) -> Keys:
    """The six round keys of one line: the words of draws (line, kind, i) with i = 0, and the first two of i = 1."""
    k0, k1, k2, k3 = draw(key_low, key_high, line, kind, purpose, 0, 0)
    k4, k5, _, _ = draw(key_low, key_high, line, kind, purpose, 1, 0)
    return k0, k1, k2, k3, k4, k5


def inverse_of(divisor: int) -> int:
    """What `divided` takes instead of dividing: a division costs as much as a round."""
    return (1 << QUOTIENT_BITS) // divisor


def divided(number: int, divisor: int, inverse: int) -> tuple[int, int]:
    """Quotient and remainder of a number of at most 2^40 whose quotient is below 2^22."""
    quotient = (number * inverse) >> QUOTIENT_BITS
    rest = number - quotient * divisor
    short = rest >= divisor
    return quotient + short, rest - divisor * short


def mixed(half: int, key: int) -> int:
    """A 32-bit word of a half and a round key: two multiplications with shifts between, as hash finalizers do."""
    word = (half * 0x9E3779B1 + key) & MASK32
    word = ((word ^ (word >> 16)) * 0x85EBCA6B) & MASK32
    word = ((word ^ (word >> 13)) * 0xC2B2AE35) & MASK32
    return word ^ (word >> 16)


def added(half: int, key: int, moved: int, size: int) -> int:
    """`moved` and the keyed word of `half`, modulo `size`."""
    total = moved + choose(mixed(half, key), size)
    return total - size if total >= size else total


def taken(half: int, key: int, moved: int, size: int) -> int:
    """`moved` less the keyed word of `half`, modulo `size`."""
    rest = moved - choose(mixed(half, key), size)
    return rest + size if rest < 0 else rest


def forwards(position: int, domain: Domain, keys: Keys) -> int:
    """Six rounds on a position of the domain; the image may lie beyond the length."""
    _, side, other, inverse = domain
    left, right = divided(position, other, inverse)
    left = added(right, keys[0], left, side)
    right = added(left, keys[1], right, other)
    left = added(right, keys[2], left, side)
    right = added(left, keys[3], right, other)
    left = added(right, keys[4], left, side)
    right = added(left, keys[5], right, other)
    return left * other + right


def backwards(image: int, domain: Domain, keys: Keys) -> int:
    """The same rounds backwards.

    Free of branches, so that a compiler works off several slots at once: a third of the time.
    """
    _, side, other, inverse = domain
    left, right = divided(image, other, inverse)
    right = taken(left, keys[5], right, other)
    left = taken(right, keys[4], left, side)
    right = taken(left, keys[3], right, other)
    left = taken(right, keys[2], left, side)
    right = taken(left, keys[1], right, other)
    left = taken(right, keys[0], left, side)
    return left * other + right


def permute(position: int, domain: Domain, keys: Keys) -> int:
    """The image of a position of 0..length-1."""
    while True:
        position = forwards(position, domain, keys)
        if position < domain.length:
            return position


def unpermute(image: int, domain: Domain, keys: Keys) -> int:
    """The position whose image this is."""
    while True:
        image = backwards(image, domain, keys)
        if image < domain.length:
            return image
