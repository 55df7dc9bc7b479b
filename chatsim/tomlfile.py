"""TOML files of the user's: read key by key, so that nothing in them is ever ignored.

A `Table` hands out its keys one at a time; whatever is left when its reader is done is refused, with
the file, the key and the keys that would have been read.
"""

from __future__ import annotations

import difflib
import enum
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from chatsim.errors import ConfigurationError

Read = TypeVar("Read")
Word = TypeVar("Word", bound=enum.StrEnum)
Reader = Callable[[object, str], Read]
Written = str | bool | int | float | Sequence[str]


class Table:
    """One table of a TOML file."""

    def __init__(self, given: Mapping[str, object], where: str, prefix: str = "") -> None:
        self._given = dict(given)
        self._prefix = prefix
        self._accepted: list[str] = []
        self.where = where

    def name(self, key: str) -> str:
        """The key with its file and table, for sentences."""
        return f"{self.where}: {self._prefix}{key}"

    def take(self, key: str, read: Reader[Read], default: Read) -> Read:
        """What stands under `key`, read; `default` if nothing does."""
        self._accepted.append(key)
        return read(self._given.pop(key), self.name(key)) if key in self._given else default

    def require(self, key: str, read: Reader[Read]) -> Read:
        """What stands under `key`, read; its absence is refused."""
        self._accepted.append(key)
        if key not in self._given:
            raise ConfigurationError(f"{self.name(key)} is missing; this table must have it")
        return read(self._given.pop(key), self.name(key))

    def table(self, key: str) -> Table | None:
        """The table under `key`, or None."""
        self._accepted.append(key)
        if key not in self._given:
            return None
        return self._inner(self._given.pop(key), key, f"{self._prefix}{key}.")

    def tables(self, key: str) -> list[Table]:
        """The tables under `key`, in the file's order; empty if there are none."""
        self._accepted.append(key)
        given = self._given.pop(key, [])
        if not isinstance(given, list):
            raise ConfigurationError(f"{self.name(key)} is {given!r}; it takes a list of tables")
        return [
            self._inner(table, key, f"{self._prefix}{key}[{i}].") for i, table in enumerate(given)
        ]

    def _inner(self, given: object, key: str, prefix: str) -> Table:
        if not isinstance(given, dict):
            raise ConfigurationError(f"{self.name(key)} is {given!r}; it takes a table")
        return Table(given, self.where, prefix)

    def unread(self) -> list[str]:
        """What nobody has taken yet, in the file's order."""
        return list(self._given)

    def holds_text(self, key: str) -> bool:
        """Whether a text stands under `key`."""
        return isinstance(self._given.get(key), str)

    def finish(self) -> None:
        """Refuse what nobody took."""
        for key in self._given:
            raise ConfigurationError(
                f"{self.name(key)} is not a key of this table; "
                f"it takes {', '.join(self._accepted)}{meant(key, self._accepted)}"
            )

    def build(self, value: Callable[..., Read], **fields: object) -> Read:
        """`value(**fields)` once every key is taken; what it refuses is told with the file."""
        self.finish()
        try:
            return value(**fields)
        except ConfigurationError as error:
            speaks_of_field = str(error).partition(" ")[0] in fields
            where = self.name("") if speaks_of_field else f"{self.where}: "
            raise ConfigurationError(f"{where}{error}") from error


def meant(given: str, accepted: Sequence[str]) -> str:
    """A closing question where `given` looks like a slip for something that is accepted."""
    close = difflib.get_close_matches(given, accepted, n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(close)}?)" if close else ""


def read_toml(path: Path) -> Table:
    """The file's top table; raises ConfigurationError if it cannot be read or is no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not text in UTF-8; it takes a TOML file") from error
    return parse_toml(text, str(path))


def parse_toml(text: str, where: str) -> Table:
    """The top table of a TOML text, which sentences call `where`; raises ConfigurationError."""
    try:
        given = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{where} is not a TOML file: {error}") from error
    return Table(given, where)


def read_text(given: object, name: str) -> str:
    """Any text but the empty one."""
    if isinstance(given, str) and given.strip():
        return given
    raise ConfigurationError(f"{name} is {given!r}; it takes text in quotes")


def read_truth(given: object, name: str) -> bool:
    """True or false."""
    if isinstance(given, bool):
        return given
    raise ConfigurationError(f"{name} is {given!r}; it takes true or false")


def read_texts(given: object, name: str) -> tuple[str, ...]:
    """A list of texts."""
    if isinstance(given, list):
        return tuple(read_text(item, f"{name}[{i}]") for i, item in enumerate(given))
    raise ConfigurationError(f"{name} is {given!r}; it takes a list of texts")


def word_of(words: type[Word]) -> Reader[Word]:
    """A reader of one of the words of `words`."""

    def read(given: object, name: str) -> Word:
        for word in words:
            if given == word.value:
                return word
        takes = " or ".join(word.value for word in words)
        raise ConfigurationError(f"{name} is {given!r}; it takes {takes}")

    return read


def or_none(read: Reader[Read]) -> Reader[Read | None]:
    """As `read`, or None where "none" is written."""

    def optional(given: object, name: str) -> Read | None:
        if isinstance(given, str) and given.strip().lower() == "none":
            return None
        try:
            return read(given, name)
        except ConfigurationError as error:
            raise ConfigurationError(f'{error}, or "none"') from error

    return optional


def toml_line(key: str, written: Written) -> str:
    """One `key = value` line."""
    return f"{key} = {toml_value(written)}"


def toml_value(written: Written) -> str:
    """A value as TOML writes it: the escapes of JSON serve, since TOML's basic strings have them."""
    if isinstance(written, bool):
        return "true" if written else "false"
    if isinstance(written, str):
        return json.dumps(written, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(written, int | float):
        return repr(written)
    return f"[{', '.join(toml_value(item) for item in written)}]"
