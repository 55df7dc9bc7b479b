"""What can go wrong, by whose fault it is."""

from __future__ import annotations


class ChatsimError(Exception):
    """Base of every error that chatsim raises on purpose; its text is one clear sentence."""


class ConfigurationError(ChatsimError):
    """The user gave something that cannot be used: the text names it and says what is accepted."""


def lacks_extra(what: str, error: ModuleNotFoundError) -> ConfigurationError:
    """What to raise where `what` takes a package of the extra `e2ee` that is not there."""
    return ConfigurationError(
        f"{what} takes the package {error.name}, which is not installed; "
        "it comes with the extra: pip install 'chatsim[e2ee]'"
    )


class ProtocolError(ChatsimError):
    """The wire protocol was broken by our side; a bug."""


class RemoteProtocolError(ProtocolError):
    """The peer's bytes break the wire protocol; the one thing that a peer's bytes can raise."""


class StoreError(ChatsimError):
    """Something could not be kept or read back: results, mail, a full disk."""


class RunError(ChatsimError):
    """A run could not be finished: a session was lost, a server died."""
