"""The traceability modes by name."""

from __future__ import annotations

from chatsim.model import Traceability
from chatsim.provenance import untraced
from chatsim.provenance.halves import ClientHalf, Tracing


def set_up(mode: Traceability, root: bytes) -> Tracing:
    """The three parties of a mode, with keys derived from 32 secret bytes.

    Raises ConfigurationError where the extra `e2ee` is missing.
    """
    match mode:
        case Traceability.NONE:
            return untraced.set_up()
        case _:
            raise NotImplementedError(mode)


def client_of(mode: Traceability, public: bytes) -> ClientHalf:
    """The client's half, of the values that the relay's setup makes public. Raises as `set_up`."""
    match mode:
        case Traceability.NONE:
            return untraced.Untraced()
        case _:
            raise NotImplementedError(mode)
