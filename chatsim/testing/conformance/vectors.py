"""Conformance vectors: people, behaviour, policy, seed, and everybody's first copy and deeds.

A vector is a file in `vectors/`; adding one is adding a file. What is expected was computed by the naive twin
(`scripts/conformance_vectors.py`), and tests hold engine and relay to it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from importlib import resources
from typing import Self

import cattrs
import numpy as np
from attrs import fields, frozen
from cattrs.preconf.json import make_converter

from chatsim.behaviour.values import Behaviour, Content
from chatsim.cascade.values import ContentRun, Deeds, FirstCopies, RunOutcome
from chatsim.errors import StoreError
from chatsim.model import Enforcement
from chatsim.policy import Policy
from chatsim.policy.files import parse_policy
from chatsim.population.rows import transposed, without_repeats
from chatsim.population.values import Population

FORMAT_VERSION = 1
FOLDER = "vectors"
COPY_COLUMNS = tuple(column.name for column in fields(FirstCopies))

Table = tuple[tuple[int, ...], ...]


@frozen
class Chats:
    """The people of a vector: what everybody can write to, in the order of the chat index."""

    contacts: Table
    """By user."""
    groups: Table
    """By user: the groups that they are in."""
    seed: int
    """Key of the draws that belong to the people."""
    utc_offset_seconds: int

    @classmethod
    def of(cls, people: Population) -> Self:
        """The chats of stored people."""
        users = range(people.users)
        return cls(
            contacts=tuple(tuple(people.contacts_of(user).tolist()) for user in users),
            groups=tuple(tuple(people.groups_of(user).tolist()) for user in users),
            seed=people.seed,
            utc_offset_seconds=people.utc_offset_seconds,
        )

    @property
    def population(self) -> Population:
        """The people as backends take them."""
        contact_offsets, contacts = _rows(self.contacts)
        group_offsets, groups = _rows(self.groups)
        count = int(groups.max(initial=-1)) + 1
        offsets, members = without_repeats(*transposed(group_offsets, groups, count))
        return Population(
            users=len(self.contacts),
            contact_offsets=contact_offsets,
            contacts=contacts,
            group_offsets=group_offsets,
            groups=groups,
            member_offsets=offsets,
            members=members,
            seed=self.seed,
            description=f"{len(self.contacts)} people (of a conformance vector)",
            utc_offset_seconds=self.utc_offset_seconds,
        )


def _rows(table: Table) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.cumsum([0, *(len(row) for row in table)], dtype=np.int64)
    return offsets, np.array([entry for row in table for entry in row], dtype=np.int32)


@frozen
class Expected:
    """What one content does."""

    content: str
    copies: int
    """Copies delivered, exposures included."""
    first_copies: Table
    """A row per person reached, by tick and user: user, tick, parent, group, hop, label; -1 for none."""
    deed_columns: tuple[str, ...]
    """Columns that later versions add are in later vectors only."""
    deeds: Table
    """A row per person who wanted to pass it on, by user."""

    @classmethod
    def of(cls, content: str, run: ContentRun) -> Self:
        """What a run gave."""
        columns = tuple(column.name for column in fields(Deeds))
        return cls(
            content=content,
            copies=int(run.received.sum()),
            first_copies=first_copies(run),
            deed_columns=columns,
            deeds=_table(run.deeds, columns),
        )

    def differences(self, run: ContentRun) -> list[str]:
        """What of a run is not as expected, in words; empty where everything is."""
        found = []
        if first_copies(run) != self.first_copies:
            found.append("first copies")
        if _table(run.deeds, self.deed_columns) != self.deeds:
            found.append("deeds")
        if int(run.received.sum()) != self.copies:
            found.append("copies")
        return [f"{self.content}: other {each}" for each in found]


def first_copies(run: ContentRun) -> Table:
    """Everybody's first copy, as a vector has it."""
    return _table(run.first_copies, COPY_COLUMNS)


def _table(columns: FirstCopies | Deeds, names: Sequence[str]) -> Table:
    return tuple(zip(*(getattr(columns, name).tolist() for name in names), strict=True))


@frozen
class Vector:
    """One run with everything that decides it, and what it gives."""

    format_version: int
    name: str
    about: str
    """Which rules it is about."""
    people: Chats
    contents: tuple[Content, ...]
    behaviour: Behaviour
    policy: str
    """As TOML."""
    enforcement: Enforcement
    seed: int
    run: int
    originators: int
    duration_seconds: int
    expected: tuple[Expected, ...]
    """By content."""

    @property
    def rules(self) -> Policy:
        """The policy."""
        return parse_policy(self.policy, f"the policy of {self.name}")

    def differences(self, outcome: RunOutcome) -> list[str]:
        """What of a run is not as expected; empty where everything is."""
        pairs = zip(self.expected, outcome.contents, strict=True)
        return [line for expected, run in pairs for line in expected.differences(run)]


def names() -> list[str]:
    """The packaged vectors."""
    files = resources.files("chatsim.testing.conformance").joinpath(FOLDER).iterdir()
    return sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json"))


def text_of(name: str) -> str:
    """A packaged vector's file."""
    folder = resources.files("chatsim.testing.conformance").joinpath(FOLDER)
    return folder.joinpath(f"{name}.json").read_text("utf-8")


def load(name: str) -> Vector:
    """A packaged vector."""
    return read(text_of(name), f"{name}.json")


def read(text: str, file: str) -> Vector:
    """The vector in the text of `file`; StoreError where it holds none that this version reads."""
    try:
        plain = json.loads(text)
        if plain["format_version"] != FORMAT_VERSION:
            message = f"{file} has format version {plain['format_version']}; this chatsim reads {FORMAT_VERSION}"
            raise StoreError(message)
        return _converter().structure(plain, Vector)
    except (ValueError, TypeError, KeyError, cattrs.BaseValidationError) as error:
        raise StoreError(f"{file} holds no conformance vector: {error}") from error


def write(vector: Vector) -> str:
    """The vector as JSON, a line for each row."""
    return _lines(_converter().unstructure(vector), "") + "\n"


@functools.cache
def _converter() -> cattrs.Converter:
    return make_converter(forbid_extra_keys=True, detailed_validation=False)


def _lines(value: object, indent: str) -> str:
    deeper = indent + " "
    match value:
        case dict() if value:
            entries = [
                f"{deeper}{json.dumps(key)}: {_lines(each, deeper)}" for key, each in value.items()
            ]
            return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
        case list() | tuple() if any(isinstance(each, list | tuple | dict) for each in value):
            rows = [deeper + _lines(each, deeper) for each in value]
            return "[\n" + ",\n".join(rows) + f"\n{indent}]"
        case _:
            return json.dumps(value)
