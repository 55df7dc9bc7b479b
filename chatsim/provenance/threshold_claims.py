"""What `threshold(t)` promises, and what it admits not to hold; tests prove each claim in both directions."""

from __future__ import annotations

import enum
from typing import Final

from attrs import frozen

from chatsim.model import Enforcement, Traceability


class Wrapper(enum.StrEnum):
    """What goes around the reports of a traceability mode."""

    THRESHOLD = "threshold"
    """They open only together."""


@frozen
class ThresholdClaims:
    """Of reports that open once t accounts have reported one lineage. Takes no package, unlike the construction."""

    opens_below: bool
    """Whether fewer than t accounts open anything."""
    opens_at: bool
    """Whether any t accounts open all that they sent."""
    account_counts_twice: bool
    """Whether one account's second report of a lineage counts."""
    share_is_lent: bool
    """Whether a report counts that was made for another account than the one that sends it."""
    sybils_pass: bool
    """Whether t accounts of one person open it."""
    seed_opens_alone: bool
    """Whether somebody who has a copy and helps the platform opens the single report of another person."""
    pasting_splits: bool
    """Whether reports on both sides of a paste are counted apart."""
    jammable: bool
    """Whether somebody who has a copy and many accounts keeps a lineage shut by false reports."""
    sees_reporters: bool
    """Whether the platform knows who reported, though nothing has opened."""
    sees_lineages: bool
    """Whether it can tell which reports are of one lineage, though nothing has opened."""
    sees_evidence: bool
    """Whether it can read what a report brings, though nothing has opened."""
    unreviewed: bool = True
    """A construction of our own: simulation only, not for products."""


THRESHOLD_CLAIMS: Final = ThresholdClaims(
    opens_below=False,
    opens_at=True,
    account_counts_twice=False,
    share_is_lent=False,
    sybils_pass=True,
    seed_opens_alone=True,
    pasting_splits=True,
    jammable=True,
    sees_reporters=True,
    sees_lineages=True,
    sees_evidence=False,
)


def has_seed(enforcement: Enforcement, traceability: Traceability) -> bool:
    """Whether all copies of a lineage, and nobody else's, have a secret in common.

    Under `receipt` what opens the commitment; with `signed-origin` what opens the first act's.
    """
    return enforcement is Enforcement.RECEIPT or traceability is Traceability.SIGNED_ORIGIN
