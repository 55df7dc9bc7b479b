"""Keyed draws for whole arrays of users: the same Philox as everywhere, over numpy integers.

What a load intends depends on the seed, the user and the message's number alone: not on how many workers share it.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import special

from chatsim.randomness import philox

Integers = NDArray[np.int64]
Words = tuple[Integers, Integers, Integers, Integers]

# Purposes, beside those of chatsim.randomness.philox.
GAP = 64
MESSAGE = 65
CONTACT = 66
OFFLINE = 67
CHURN = 68
STORM = 69


def draws(seed: int, users: Integers, purpose: int, indices: Integers) -> Words:
    """Four words for each pair of user and index; beyond 2^24 the index goes on in another counter word."""
    low, high = philox.key_words(seed)
    counter = (purpose << 24) | (indices & 0xFFFFFF)
    # The function is written for numbers; arrays of int64 wrap as its compiled form does.
    words = philox.philox(low, high, users, indices >> 24, counter, np.zeros_like(users))  # type: ignore[arg-type]
    return cast("Words", words)


def unit(words: Integers) -> NDArray[np.float64]:
    """Words as numbers within (0, 1)."""
    return (words + 0.5) / (1 << 32)


def normal(words: Integers) -> NDArray[np.float64]:
    """Words as quantiles of the normal law."""
    return np.asarray(special.ndtri(unit(words)))
