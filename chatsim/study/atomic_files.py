"""Folders and files that are complete or absent, and errors of the disk as one sentence."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from chatsim.errors import StoreError


@contextlib.contextmanager
def one_sentence(doing: str, path: Path) -> Iterator[None]:
    """Turns an OSError into a StoreError: "could not write results: No space left on device"."""
    try:
        yield
    except OSError as error:
        message = f"could not {doing} {path}: {error.strerror or error}"
        raise StoreError(message) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file that other processes see whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def folder_in_one_step(folder: Path) -> Iterator[Path]:
    """A new folder to fill, which takes the place of `folder` when the block ends well and vanishes when it does not.

    A folder cannot be renamed over a full one, so a former one steps aside first and returns if the last step fails.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    filling = folder.with_name(f".{folder.name}.{os.getpid()}.filling")
    former = folder.with_name(f".{folder.name}.{os.getpid()}.former")
    for leftover in (filling, former):
        shutil.rmtree(leftover, ignore_errors=True)
    filling.mkdir()
    try:
        yield filling
        if folder.exists():
            folder.rename(former)
        try:
            filling.rename(folder)
        except BaseException:
            if former.exists():
                former.rename(folder)
            raise
    except BaseException:
        shutil.rmtree(filling, ignore_errors=True)
        raise
    shutil.rmtree(former, ignore_errors=True)
