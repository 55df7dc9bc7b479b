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

from chatsim.randomness.philox import MASK32, choose, draw

Keys = tuple[int, ...]
"""One 32-bit word per round."""

ROUNDS = 6
LENGTH_MAX = 1 << 61
"""Halves stay below 2^31, so that a word times a half fits 63 bits."""


def side_of(length: int) -> int:
    """The larger half's size `a` of a line's domain, computed once per line: ceil(sqrt(length))."""
    assert 0 <= length <= LENGTH_MAX
    return math.isqrt(length - 1) + 1 if length > 0 else 0


def round_keys(
    key_low: int, key_high: int, purpose: int, line: int, kind: int
) -> tuple[int, int, int, int, int, int]:
    """The six round keys of one line: the words of draws (line, kind, i) with i = 0, and the first two of i = 1."""
    k0, k1, k2, k3 = draw(key_low, key_high, line, kind, purpose, 0, 0)
    k4, k5, _, _ = draw(key_low, key_high, line, kind, purpose, 1, 0)
    return k0, k1, k2, k3, k4, k5


def mixed(half: int, key: int) -> int:
    """A 32-bit word of a half and a round key: two multiplications with shifts between, as hash finalizers do."""
    word = (half * 0x9E3779B1 + key) & MASK32
    word = ((word ^ (word >> 16)) * 0x85EBCA6B) & MASK32
    word = ((word ^ (word >> 13)) * 0xC2B2AE35) & MASK32
    return word ^ (word >> 16)


def permute(position: int, length: int, side: int, keys: Keys) -> int:
    """The image of a position of 0..length-1; `side` is `side_of(length)`."""
    other = (length + side - 1) // side
    while True:
        left = position // other
        right = position - left * other
        for turn in range(len(keys)):
            if turn & 1:
                right += choose(mixed(left, keys[turn]), other)
                if right >= other:
                    right -= other
            else:
                left += choose(mixed(right, keys[turn]), side)
                if left >= side:
                    left -= side
        position = left * other + right
        if position < length:
            return position


def unpermute(image: int, length: int, side: int, keys: Keys) -> int:
    """The position whose image this is: the same rounds, backwards."""
    other = (length + side - 1) // side
    while True:
        left = image // other
        right = image - left * other
        for turn in range(len(keys) - 1, -1, -1):
            if turn & 1:
                right -= choose(mixed(left, keys[turn]), other)
                if right < 0:
                    right += other
            else:
                left -= choose(mixed(right, keys[turn]), side)
                if left < 0:
                    left += side
        image = left * other + right
        if image < length:
            return image
