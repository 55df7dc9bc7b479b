"""Text tables as lines of fields: what a reader of edge lists or memberships sees of a file, with line numbers.

`.csv` files split at commas, `.tsv` files at tabs, all others at white space; gzip is recognised by its first bytes.
`#` starts a comment line; empty lines do not count.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from chatsim.errors import ConfigurationError

INTEGER = re.compile(r"0|-?[1-9][0-9]*")
"""Integers as they are written; "007" is a name."""
GZIP_MAGIC = b"\x1f\x8b"

Line = tuple[int, list[str]]
"""A line's number in the file, from 1, and its fields."""


def lines_of(path: Path, text: str) -> Iterator[Line]:
    """The lines of a file's text that hold something.

    Raises:
        ConfigurationError: a line's quotes are broken.
    """
    delimiter = delimiter_of(path)
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        if bare and not bare.startswith("#"):
            yield number, _fields(path, number, line, delimiter)


def are_integers(ids: list[str]) -> bool:
    """Whether all of these ids are integers, so that they sort as numbers."""
    return all(INTEGER.fullmatch(name) for name in ids)


def read_text(path: Path) -> str:
    """The text of a file, with one kind of line ends.

    Raises:
        ConfigurationError: the file cannot be read, or is no text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None
    if content.startswith(GZIP_MAGIC) or path.suffix.lower() == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            raise ConfigurationError(
                f"{path} cannot be read: it is no complete gzip file."
            ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ConfigurationError(
            f"{path} cannot be read: it is no text; it takes UTF-8 in .txt, .csv or .tsv, also as .gz, or .parquet."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def delimiter_of(path: Path) -> str | None:
    """What separates a file's fields; None for white space."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return {".csv": ",", ".tsv": "\t"}.get(suffixes[-1] if suffixes else "")


def _fields(path: Path, number: int, line: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return line.split()
    if '"' not in line:
        return [name.strip() for name in line.split(delimiter)]
    reader = csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        return [name.strip() for name in next(reader)]
    except csv.Error:
        raise ConfigurationError(
            f"{path}, line {number}: the quotes do not close on the line; it takes one row per line."
        ) from None
