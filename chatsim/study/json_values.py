"""Frozen values to JSON text and back: equal values give equal text, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

import cattrs

from chatsim.errors import StoreError
from chatsim.study.atomic_files import one_sentence
from chatsim.study.summary import FORMAT_VERSION

Value = TypeVar("Value")

_CONVERTER = cattrs.Converter(forbid_extra_keys=True)


def to_json(value: object) -> str:
    """The text of a JSON file that holds `value`; its keys stand in the order of the fields."""
    plain = _CONVERTER.unstructure(value)
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _other_version(version: int, ours: int) -> str:
    if version > ours:
        return f", which is newer than the {ours} that this chatsim reads: it takes a newer chatsim"
    return (
        f", and this chatsim reads {ours}: play it again with the command in its manifest.json, "
        "or read it with the chatsim version that stands there"
    )


def read_json(path: Path, kind: type[Value], ours: int = FORMAT_VERSION) -> Value:
    """The `kind` in a file. Raises StoreError where it cannot be read, and as `from_json` does."""
    with one_sentence("read", path):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            message = f"{path} is damaged: it is no text"
            raise StoreError(message) from error
    return from_json(text, kind, str(path), ours)


def from_json(text: str, kind: type[Value], file: str, ours: int = FORMAT_VERSION) -> Value:
    """The `kind` behind the text of `file`; `ours` is the format version that is read.

    Raises StoreError where the text is of another format version or is no such value.
    """
    try:
        plain = json.loads(text)
        version = plain["format_version"]
        if version != ours:
            raise StoreError(f"{file} has format version {version}{_other_version(version, ours)}")
        return _CONVERTER.structure(plain, kind)
    except (ValueError, TypeError, KeyError, cattrs.BaseValidationError) as error:
        message = f"{file} is damaged: it does not hold what a study writes there"
        raise StoreError(message) from error
