"""A scenario's values one by one, as its file writes them: what `chatsim scenario explain` lists."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping

from attrs import frozen

NAMED = ("contents", "regions", "cohorts")
"""Lists of tables that go by their names, rather than by their places."""


@frozen
class Value:
    """One value of a scenario."""

    key: str
    """Dotted: "contents.rumour.half_life"."""
    written: str


def values_of(text: str) -> tuple[Value, ...]:
    """The values of a scenario's TOML, in the file's order, without what it says of sources."""
    top = tomllib.loads(text)
    top.pop("sources", None)
    return tuple(_values("", top))


def _values(prefix: str, table: Mapping[str, object]) -> Iterator[Value]:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _values(f"{name}.", value)
        elif key in NAMED and isinstance(value, list) and not prefix:
            for each in value:
                yield from _values(f"{name}.{each['name']}.", each)
        else:
            yield Value(name, _written(value))


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)
