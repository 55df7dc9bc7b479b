"""Files of tokens: what users show at login, and the SHA-256 of it, which is all that a server needs.

Both have a line `USER HEX` for each user, users rising, 64 lower-case hexadecimal digits for the 256 bits of a token or
of its digest. A million users take 36 bytes each in memory.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path

from chatsim.errors import ConfigurationError, StoreError
from chatsim.relay.admission import TOKEN_BYTES

DIGESTS_SUFFIX = ".sha256"
USERS_MAX = 10_000_000
LINE = re.compile(rb"(0|[1-9][0-9]{0,9}) ([0-9a-f]{64})\n?")


class TokenTable(Mapping[int, bytes]):
    """32 bytes for each of some users, found by bisection."""

    def __init__(self) -> None:
        self._users = array("Q")
        self._bytes = bytearray()

    def append(self, user: int, token: bytes) -> None:
        """Add a user, larger than all before."""
        self._users.append(user)
        self._bytes += token

    @property
    def last(self) -> int:
        """The largest user; -1 without any."""
        return self._users[-1] if self._users else -1

    def __getitem__(self, user: int) -> bytes:
        i = bisect_left(self._users, user)
        if i == len(self._users) or self._users[i] != user:
            raise KeyError(user)
        return bytes(self._bytes[i * TOKEN_BYTES : (i + 1) * TOKEN_BYTES])

    def __iter__(self) -> Iterator[int]:
        return iter(self._users)

    def __len__(self) -> int:
        return len(self._users)


def read_table(path: Path) -> TokenTable:
    """A file of tokens or of digests. Raises ConfigurationError with the number of the line that will not do."""
    table = TokenTable()
    line_of = LINE.fullmatch
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                parts = line_of(line)
                if parts is None:
                    raise ConfigurationError(
                        f"{path}, line {number}, is not a user's number, a space and 64 lower-case "
                        "hexadecimal digits"
                    )
                user = int(parts[1])
                if user <= table.last:
                    raise ConfigurationError(
                        f"{path}, line {number}: user {user} comes after user {table.last}; "
                        "users rise from line to line, each once"
                    )
                table.append(user, bytes.fromhex(parts[2].decode()))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror or error}") from error
    if not table:
        raise ConfigurationError(f"{path} has no line; it takes one for each user")
    return table


def write_tokens(users: int, path: Path) -> Path:
    """Draw a token for each of users 0..users-1; returns the path of the digests, beside that of the tokens.

    Files that exist are never written over: their tokens would be lost. Raises ConfigurationError or StoreError.
    """
    digests = path.with_name(path.name + DIGESTS_SUFFIX)
    if not 1 <= users <= USERS_MAX:
        raise ConfigurationError(
            f"users is {users}; it takes a whole number from 1 to {USERS_MAX:,}"
        )
    tokens = [secrets.token_bytes(TOKEN_BYTES) for _ in range(users)]
    _write_new(digests, ((i, hashlib.sha256(token).hexdigest()) for i, token in enumerate(tokens)))
    try:
        _write_new(path, ((i, token.hex()) for i, token in enumerate(tokens)))
    except BaseException:
        digests.unlink(missing_ok=True)
        raise
    return digests


def _write_new(path: Path, rows: Iterator[tuple[int, str]]) -> None:
    """A file that nobody but its owner can read, whatever the mask."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigurationError(
            f"{path} exists; tokens are not written over, so name another file"
        ) from None
    except OSError as error:
        raise StoreError(f"could not write {path}: {error.strerror or error}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(f"{user} {digits}\n" for user, digits in rows)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise StoreError(f"could not write {path}: {error.strerror or error}") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
