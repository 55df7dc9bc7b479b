"""Where a script's finding goes: to whoever ran it, and into the results."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from chatsim.errors import StoreError


def head(title: str, doc: str | None, script: str, where: str) -> list[str]:
    """What a page of findings begins with: a script's own words, how it was run, and `where`: machine and amounts.

    Of a docstring it takes what follows the question and the two commands: what is measured, and how.
    """
    said = (doc or "").strip().splitlines()[5:]
    run = f"    python scripts/{script} {' '.join(sys.argv[1:])}".rstrip()
    return [f"# {title}", "", *said, "", run, "", where, ""]


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


def keep(contents: Mapping[str, bytes], out: Path, name: str) -> list[Path]:
    """Write a file `name` for each suffix; returns where they are. Raises StoreError."""
    paths = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for suffix, content in contents.items():
            paths.append(out / f"{name}.{suffix}")
            paths[-1].write_bytes(content)
    except OSError as error:
        raise StoreError(f"{out} cannot be written to: {error.strerror}") from error
    return paths
