"""A population handed from one process to another: a file of its rows, so that the other need not make it again."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from chatsim.errors import StoreError
from chatsim.population.values import Population

ROWS = ("contact_offsets", "contacts", "group_offsets", "groups", "member_offsets", "members")
REST = "rest"


def write_people(people: Population, path: Path) -> None:
    """Write `people` to a file for `read_people`."""
    rest = {
        field.name: getattr(people, field.name)
        for field in attrs.fields(Population)
        if field.name not in ROWS
    }
    names = rest["names"]
    rest["names"] = None if names is None else list(names)
    arrays: dict[str, Any] = {name: getattr(people, name) for name in ROWS}
    arrays[REST] = np.frombuffer(json.dumps(rest).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez(file, **arrays)


def read_people(path: Path) -> Population:
    """The people of a file that `write_people` wrote. Raises StoreError for any other."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            rest = json.loads(kept[REST].tobytes())
            rows = {name: kept[name] for name in ROWS}
            return Population(**rows, **(rest | {"notes": tuple(rest["notes"])}))
    except (OSError, EOFError, zipfile.BadZipFile, ValueError, TypeError, LookupError) as error:
        raise StoreError(f"{path} holds no people: {error}") from error
