"""Where a script's finding goes: to whoever ran it, and into the results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chatsim.errors import StoreError


def record(lines: Sequence[str], out: Path, name: str) -> None:
    """Print the lines and write them to a file of this name. Raises StoreError."""
    text = "\n".join(lines)
    print(text)
    file = out / name
    try:
        out.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}") from error
    print(file)
