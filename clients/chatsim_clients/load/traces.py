"""Traces of real messages: who wrote to whom, and when."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim_clients.load.keyed import Integers


@frozen(eq=False)
class Trace:
    """Messages by time; those of one time in the order of the file. Users are numbered in the order of their ids."""

    senders: Integers
    recipients: Integers
    times: Integers
    """Seconds from the first message."""
    users: int
    dropped: int
    """Messages to oneself, which no chat carries."""

    @property
    def seconds(self) -> float:
        return float(self.times[-1])


def read_trace(path: Path) -> Trace:
    """A file of `from to seconds` lines, or a CSV with the columns timestamp, sender and recipient; gzip by its name.

    Raises:
        ConfigurationError: the file cannot be read, or a line is none of either.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="ascii", newline="") as lines:
            rows = list(_rows(path, lines))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise ConfigurationError(f"{path} cannot be read: {why}") from error
    kept = [row for row in rows if row[0] != row[1]]
    if not kept:
        raise ConfigurationError(f"{path} has no message from one user to another")
    table = np.array(kept, dtype=np.int64)
    table = table[np.argsort(table[:, 2], kind="stable")]
    ids, numbers = np.unique(table[:, :2], return_inverse=True)
    ends = numbers.reshape(-1, 2)
    times = table[:, 2] - table[0, 2]
    return Trace(ends[:, 0], ends[:, 1], times, len(ids), len(rows) - len(kept))


def _rows(path: Path, lines: Iterable[str]) -> Iterator[tuple[int, int, int]]:
    """(from, to, seconds) of each line."""
    columns: tuple[int, int, int] | None = None
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        fields = next(csv.reader([stripped])) if "," in stripped else stripped.split()
        if columns is None:
            columns = _columns(fields)
            if columns is not None:
                continue
            columns = (0, 1, 2)
        try:
            sender, recipient, seconds = (int(fields[column]) for column in columns)
        except (ValueError, IndexError):
            message = (
                f"{path}, line {number} is {stripped[:40]!r}; it takes whole numbers "
                "`from to seconds`, or a header with timestamp, sender and recipient"
            )
            raise ConfigurationError(message) from None
        yield sender, recipient, seconds


def _columns(fields: list[str]) -> tuple[int, int, int] | None:
    """Where a header says that sender, recipient and time stand; None if it is no header."""
    names = [name.strip().lower() for name in fields]
    wanted = ("sender", "recipient", "timestamp")
    if not all(name in names for name in wanted):
        return None
    sender, recipient, seconds = (names.index(name) for name in wanted)
    return sender, recipient, seconds
