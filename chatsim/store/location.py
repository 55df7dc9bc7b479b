"""Where a server keeps its mail, as the user writes it: `memory` or `sqlite:PATH[?sync=normal]`."""

from __future__ import annotations

import enum
from pathlib import Path

from attrs import frozen

from chatsim.errors import ConfigurationError

ACCEPTED = "memory, sqlite:PATH or sqlite:PATH?sync=normal"
_SQLITE = "sqlite:"
_OPTION = "?sync="


class Sync(enum.StrEnum):
    """When a commit is on the disk."""

    FULL = "full"
    """Before it is acknowledged: a power cut loses nothing."""
    NORMAL = "normal"
    """At the next checkpoint, or when the system likes."""

    @property
    def gives_up(self) -> str | None:
        """What this gives up, as a sentence for whoever starts the server; None where that is nothing."""
        if self is Sync.FULL:
            return None
        return (
            "With sync=normal a power cut may take the last acknowledged messages; "
            "a crash of the server loses nothing."
        )


@frozen
class StoreLocation:
    """A store in a file."""

    path: Path
    sync: Sync = Sync.FULL


def parse_store(text: str) -> StoreLocation | None:
    """What the user wrote; None for `memory`. Raises ConfigurationError."""
    if text == "memory":
        return None
    path, option, sync = text.removeprefix(_SQLITE).partition(_OPTION)
    if not text.startswith(_SQLITE) or not path or "?" in path:
        raise ConfigurationError(f"the store {text!r} is not known; accepted are {ACCEPTED}")
    if not option:
        return StoreLocation(Path(path))
    try:
        return StoreLocation(Path(path), Sync(sync))
    except ValueError:
        message = f"sync={sync} is not known; accepted are sync=full and sync=normal"
        raise ConfigurationError(message) from None
