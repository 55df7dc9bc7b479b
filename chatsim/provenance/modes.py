"""The traceability modes by name."""

from __future__ import annotations

from chatsim.errors import ConfigurationError
from chatsim.model import Traceability
from chatsim.provenance import untraced
from chatsim.provenance.halves import Tracing


def set_up(mode: Traceability, root: bytes) -> Tracing:
    """The three parties of a mode, with keys derived from 32 secret bytes.

    Raises ConfigurationError where the extra `e2ee` is missing.
    """
    try:
        match mode:
            case Traceability.NONE:
                return untraced.set_up()
            case _:
                raise NotImplementedError(mode)
    except ModuleNotFoundError as error:
        message = (
            f"traceability {mode.value} takes the package {error.name}, which is not installed; "
            "it comes with the extra: pip install 'chatsim[e2ee]'"
        )
        raise ConfigurationError(message) from error
