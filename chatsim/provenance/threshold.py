"""Reports that open only together: what each brings stays sealed until enough different people reported a lineage.

A construction of our own, after STAR (Davidson and others, CCS 2022): simulation only, unreviewed; not for products. It
goes around any mode whose copies share a secret over a lineage: under `receipt` what opens the commitment, under
`signed-origin` the first 32 bytes of inner. From that *seed* everybody derives the same polynomial of degree t - 1; a
report has its value at the reporter's place, and its evidence sealed with a key of the value at 0.

What it does not do: t accounts of one person pass. Whoever has one copy has the seed, and can help the platform open a
single report. Pasting starts a count of its own. The platform sees who reported, and which reports belong together.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import combinations, islice
from math import prod
from typing import Final, NamedTuple

from attrs import define, field
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chatsim.errors import ConfigurationError
from chatsim.provenance.keys import fresh, keyed, number_bytes

PRIME: Final = 2**255 - 19
NAME_BYTES = 16
VALUE_BYTES = 32
NONCE_BYTES = 12
TRIES_MAX = 256
"""How many sets of reports are tried with a report that comes in, should some of them be false."""
_HEAD = struct.Struct(f"{NAME_BYTES}s{VALUE_BYTES}s{NONCE_BYTES}s")
ADDED_BYTES = _HEAD.size + 16
"""What a report is longer than its evidence: the head, and the tag of AES-GCM."""


class Share(NamedTuple):
    """One person's report, as the platform keeps it."""

    at: int
    """The reporter's place: never 0."""
    value: int
    nonce: bytes
    sealed: bytes


class Seal:
    """What every copy of a lineage leads to, worked out once for who seals many of its reports."""

    __slots__ = ("_cipher", "_coefficients", "_name")

    def __init__(self, seed: bytes, threshold: int) -> None:
        """`seed` has 16 to 64 bytes. All reports of one lineage and threshold have the same name."""
        self._name = keyed(seed, b"threshold name", number_bytes(threshold), size=NAME_BYTES)
        self._coefficients = _coefficients(seed, threshold)
        self._cipher = _cipher(self._coefficients[0])

    def report(self, reporter: int, evidence: bytes) -> bytes:
        """What a reporter's app sends: the lineage's name, the reporter's share, and the sealed evidence."""
        value = _at(self._coefficients, _place(reporter))
        nonce = fresh(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, evidence, self._name)
        return _HEAD.pack(self._name, value.to_bytes(VALUE_BYTES, "big"), nonce) + sealed


def report(seed: bytes, threshold: int, reporter: int, evidence: bytes) -> bytes:
    """The same of one report alone."""
    return Seal(seed, threshold).report(reporter, evidence)


class Opened(NamedTuple):
    """Evidence that is sealed no more, and the account that sent it."""

    reporter: int
    evidence: bytes


@define(eq=False)
class _Lineage:
    """The reports of one name."""

    shares: dict[int, Share] = field(factory=dict)
    cipher: AESGCM | None = None
    """Once it is known, whatever comes opens at once."""


@define(eq=False)
class Tally:
    """The platform's: all reports by lineage. Raises ConfigurationError for a threshold below 1."""

    threshold: int = field()
    _lineages: dict[bytes, _Lineage] = field(factory=dict, init=False)

    @threshold.validator
    def _is_some(self, attribute: object, value: int) -> None:
        if value < 1:
            message = f"a threshold of {value} reports; it takes 1 or more"
            raise ConfigurationError(message)

    def hear(self, reporter: int, said: bytes) -> tuple[Opened, ...]:
        """Take a report by this account, which is logged in: its place follows from that, and not from what it says.

        Returns what opens now and did not before: nothing below the threshold, all reports of the lineage at it, and
        each later one by itself. Nothing for a second report of the same lineage by one account, or for bytes that are
        no report. Takes any bytes.
        """
        if len(said) < _HEAD.size:
            return ()
        name, value, nonce = _HEAD.unpack_from(said)
        share = Share(_place(reporter), int.from_bytes(value, "big"), nonce, said[_HEAD.size :])
        lineage = self._lineages.setdefault(name, _Lineage())
        if reporter in lineage.shares or share.value >= PRIME:
            return ()
        others = list(lineage.shares.values())
        lineage.shares[reporter] = share
        if lineage.cipher is not None:
            return _unsealed(lineage.cipher, name, {reporter: share})
        for some in islice(combinations(others, self.threshold - 1), TRIES_MAX):
            lineage.cipher = opening(name, (share, *some))
            if lineage.cipher is not None:
                return _unsealed(lineage.cipher, name, lineage.shares)
        return ()


def _unsealed(cipher: AESGCM, name: bytes, shares: Mapping[int, Share]) -> tuple[Opened, ...]:
    """What this key opens of them."""
    found = []
    for reporter, share in shares.items():
        with suppress(InvalidTag):
            evidence = cipher.decrypt(share.nonce, share.sealed, name)
            found.append(Opened(reporter, evidence))
    return tuple(found)


def opening(name: bytes, shares: Sequence[Share]) -> AESGCM | None:
    """The key that opens these shares; None where they are too few, or one of them is false."""
    cipher = _cipher(_at_zero(shares))
    try:
        for share in shares:
            cipher.decrypt(share.nonce, share.sealed, name)
    except InvalidTag:
        return None
    return cipher


def _place(reporter: int) -> int:
    return reporter + 1


def _coefficients(seed: bytes, threshold: int) -> list[int]:
    """Of the polynomial, that of the power 0 first. From 64 bytes each, so that none is likelier than another."""
    which = (number_bytes(threshold) + number_bytes(power) for power in range(threshold))
    drawn = (keyed(seed, b"threshold power", each, size=64) for each in which)
    return [int.from_bytes(each, "big") % PRIME for each in drawn]


def _at(coefficients: list[int], place: int) -> int:
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * place + coefficient) % PRIME
    return value


def _at_zero(shares: Sequence[Share]) -> int:
    """The polynomial's value at 0, by Lagrange: a sum of fractions, of which only the whole is divided."""
    above, below = 0, 1
    for share in shares:
        apart = (other.at - share.at for other in shares if other.at != share.at)
        divisor = share.at * prod(apart) % PRIME
        above = (above * divisor + share.value * below) % PRIME
        below = below * divisor % PRIME
    places = prod(share.at for share in shares) % PRIME
    return above * places * pow(below, -1, PRIME) % PRIME


def _cipher(secret: int) -> AESGCM:
    return AESGCM(keyed(secret.to_bytes(VALUE_BYTES, "big"), b"threshold key"))
