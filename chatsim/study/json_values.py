"""Frozen values to JSON text and back: equal values give equal text, byte for byte."""

from __future__ import annotations

import json
from typing import TypeVar

import cattrs

from chatsim.errors import StoreError
from chatsim.study.summary import FORMAT_VERSION

Value = TypeVar("Value")

_CONVERTER = cattrs.Converter(forbid_extra_keys=True)


def to_json(value: object) -> str:
    """The text of a JSON file that holds `value`; its keys stand in the order of the fields."""
    plain = _CONVERTER.unstructure(value)
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _other_version(version: int) -> str:
    if version > FORMAT_VERSION:
        return f", which is newer than the {FORMAT_VERSION} that this chatsim reads: it takes a newer chatsim"
    return (
        f", and this chatsim reads {FORMAT_VERSION}: play it again with the command in its manifest.json, "
        "or read it with the chatsim version that stands there"
    )


def from_json(text: str, kind: type[Value], file: str) -> Value:
    """The `kind` behind the text of `file`.

    Raises StoreError where the text is of another format version or is no such value.
    """
    try:
        plain = json.loads(text)
        version = plain["format_version"]
        if version != FORMAT_VERSION:
            raise StoreError(f"{file} has format version {version}{_other_version(version)}")
        return _CONVERTER.structure(plain, kind)
    except (ValueError, TypeError, KeyError, cattrs.BaseValidationError) as error:
        message = f"{file} is damaged: it does not hold what a study writes there"
        raise StoreError(message) from error
