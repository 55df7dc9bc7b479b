"""How many bytes each enforcement mode adds to an act and to its copies; traceability adds its own behind them."""

from __future__ import annotations

from typing import Final

from chatsim.model import Enforcement

RECORD_BYTES: Final = 8
"""Under `clear`: the number of the relay's record."""
SECRET_BYTES: Final = 32
"""Under `receipt`: what opens a commitment; it travels in the payload from the original on."""
COMMITMENT_BYTES: Final = 32
PERMIT_BYTES: Final = 57

INNER_BYTES: Final = dict.fromkeys(Enforcement, 0) | {Enforcement.RECEIPT: SECRET_BYTES}
OUTER_BYTES: Final = dict.fromkeys(Enforcement, 0) | {Enforcement.RECEIPT: COMMITMENT_BYTES}
STAMP_BYTES: Final = {
    Enforcement.CLIENT: 0,
    Enforcement.CLEAR: RECORD_BYTES,
    Enforcement.RECEIPT: PERMIT_BYTES,
    Enforcement.BLIND: PERMIT_BYTES,
}
"""Of copies. A forward brings the same back, but under `blind`, where it brings tokens (`chatsim.provenance.blind`)."""
