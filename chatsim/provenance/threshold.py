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
from itertools import combinations, islice
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


class Share(NamedTuple):
    """One person's report, as the platform keeps it."""

    at: int
    """The reporter's place: never 0."""
    value: int
    nonce: bytes
    sealed: bytes


def report(seed: bytes, threshold: int, reporter: int, evidence: bytes) -> bytes:
    """What a reporter's app sends: the lineage's name, the reporter's share, and the sealed evidence.

    `seed` has 16 to 64 bytes. All reports of one lineage and threshold have the same name.
    """
    name = keyed(seed, b"threshold name", number_bytes(threshold), size=NAME_BYTES)
    value = _at(_coefficients(seed, threshold), _place(reporter))
    nonce = fresh(NONCE_BYTES)
    sealed = _cipher(_coefficients(seed, threshold)[0]).encrypt(nonce, evidence, name)
    return _HEAD.pack(name, value.to_bytes(VALUE_BYTES, "big"), nonce) + sealed


@define(eq=False)
class Tally:
    """The platform's: all reports by lineage. Raises ConfigurationError for a threshold below 1."""

    threshold: int = field()
    _shares: dict[bytes, dict[int, Share]] = field(factory=dict, init=False)

    @threshold.validator
    def _is_some(self, attribute: object, value: int) -> None:
        if value < 1:
            message = f"a threshold of {value} reports; it takes 1 or more"
            raise ConfigurationError(message)

    def hear(self, reporter: int, said: bytes) -> tuple[bytes, ...]:
        """Take a report by this account, which is logged in: its place follows from that, and not from what it says.

        Returns the evidence that opens together with it; nothing before the threshold, for a second report of the same
        lineage by one account, or for bytes that are no report. Takes any bytes.
        """
        if len(said) < _HEAD.size:
            return ()
        name, value, nonce = _HEAD.unpack_from(said)
        share = Share(_place(reporter), int.from_bytes(value, "big"), nonce, said[_HEAD.size :])
        shares = self._shares.setdefault(name, {})
        if reporter in shares or share.value >= PRIME:
            return ()
        others = list(shares.values())
        shares[reporter] = share
        for some in islice(combinations(others, self.threshold - 1), TRIES_MAX):
            evidence = opened(name, (share, *some))
            if evidence:
                return evidence
        return ()


def opened(name: bytes, shares: tuple[Share, ...]) -> tuple[bytes, ...]:
    """The evidence of these shares; nothing where they are too few, or one of them is false."""
    cipher = _cipher(_at_zero(shares))
    try:
        return tuple(cipher.decrypt(share.nonce, share.sealed, name) for share in shares)
    except InvalidTag:
        return ()


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


def _at_zero(shares: tuple[Share, ...]) -> int:
    """The polynomial's value at 0, by Lagrange."""
    total = 0
    for share in shares:
        above = below = 1
        for other in shares:
            if other.at != share.at:
                above = above * other.at % PRIME
                below = below * (other.at - share.at) % PRIME
        total += share.value * above * pow(below, -1, PRIME)
    return total % PRIME


def _cipher(secret: int) -> AESGCM:
    return AESGCM(keyed(secret.to_bytes(VALUE_BYTES, "big"), b"threshold key"))
