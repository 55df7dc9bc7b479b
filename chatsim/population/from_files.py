"""A population from files: ids become 0..n-1, ties become mutual, and what was dropped is counted and said."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatsim.errors import ConfigurationError
from chatsim.population.lines import are_integers
from chatsim.population.readers import Edges, Memberships, read_contacts, read_groups
from chatsim.population.rows import Rows, rows, transposed, without_repeats
from chatsim.population.sizes import check_size
from chatsim.population.values import Population

UTC_OFFSET_MIN = -12 * 3600
UTC_OFFSET_MAX = 14 * 3600

NO_ROWS: Rows = (np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int32))


def stored(
    contacts: Path | None,
    groups: Path | None,
    *,
    seed: int,
    utc_offset_seconds: int = 0,
) -> Population:
    """The population of an edge list, a membership table, or both, whose users share one id space.

    Ids are numbered in their own order: as numbers if all are integers, else as text. A tie makes both users each
    other's contact. `seed` is the key of what is drawn about the people.

    Raises:
        ConfigurationError: no file, an unreadable or malformed one (with its line), or an offset that no clock has.
    """
    if contacts is None and groups is None:
        raise ConfigurationError(
            "A stored population takes a file of contacts, of groups, or both; none was given."
        )
    _check_offset(utc_offset_seconds)
    edges = None if contacts is None else read_contacts(contacts)
    memberships = None if groups is None else read_groups(groups)
    return joined(edges, memberships, seed=seed, utc_offset_seconds=utc_offset_seconds)


def joined(
    edges: Edges | None,
    memberships: Memberships | None,
    *,
    seed: int,
    utc_offset_seconds: int = 0,
) -> Population:
    """The population of ties and memberships as listed, in the way of `stored`.

    Raises:
        ConfigurationError: nobody is in them, or an offset that no clock has.
    """
    _check_offset(utc_offset_seconds)
    sources = [table.source for table in (edges, memberships) if table is not None]
    ids = _ordered(_distinct(edges, memberships))
    users = len(ids)
    check_size(users)
    numbers = {name: number for number, name in enumerate(ids)}
    contact_rows, contact_notes = _contact_rows(edges, numbers)
    group_rows, member_rows, group_notes = _group_rows(memberships, numbers)
    plain = are_integers(ids) and ids[0] == "0" and ids[-1] == str(users - 1)
    return Population(
        users=users,
        contact_offsets=contact_rows[0],
        contacts=contact_rows[1],
        group_offsets=group_rows[0],
        groups=group_rows[1],
        member_offsets=member_rows[0],
        members=member_rows[1],
        seed=seed,
        description=f"{users:,} people ({', '.join(sources)})",
        names=None if plain else tuple(ids),
        notes=(*contact_notes, *group_notes),
        utc_offset_seconds=utc_offset_seconds,
    )


def _check_offset(seconds: int) -> None:
    if not UTC_OFFSET_MIN <= seconds <= UTC_OFFSET_MAX:
        raise ConfigurationError(
            f"A UTC offset of {seconds:,} seconds cannot be; "
            f"it takes {UTC_OFFSET_MIN:,} to {UTC_OFFSET_MAX:,}."
        )


def _distinct(edges: Edges | None, memberships: Memberships | None) -> Iterable[str]:
    ids: dict[str, None] = {}
    if edges is not None:
        ids.update(dict.fromkeys(edges.ids))
    if memberships is not None:
        ids.update(dict.fromkeys(memberships.user_ids))
    return ids


def _ordered(ids: Iterable[str]) -> list[str]:
    names = list(ids)
    return sorted(names, key=int) if are_integers(names) else sorted(names)


def _numbers(ids: tuple[str, ...], numbers: dict[str, int]) -> NDArray[np.int32]:
    return np.array([numbers[name] for name in ids], dtype=np.int32)


def _contact_rows(edges: Edges | None, numbers: dict[str, int]) -> tuple[Rows, list[str]]:
    users = len(numbers)
    if edges is None:
        return (np.zeros(users + 1, dtype=np.int64), NO_ROWS[1]), []
    of = _numbers(edges.ids, numbers)
    one, other = of[edges.one], of[edges.other]
    apart = one != other
    one, other = one[apart], other[apart]
    both = rows(users, np.concatenate([one, other]), np.concatenate([other, one]))
    result = without_repeats(*transposed(*both, users))
    loops = len(apart) - len(one)
    repeats = len(one) - len(result[1]) // 2
    notes = _header_note(edges.source, edges.header)
    if repeats or loops:
        notes.append(
            f"Of {len(apart):,} ties in {edges.source}, {repeats:,} stood there before "
            f"and {loops:,} tied somebody to themselves; they were dropped."
        )
    return result, notes


def _group_rows(
    memberships: Memberships | None, numbers: dict[str, int]
) -> tuple[Rows, Rows, list[str]]:
    users = len(numbers)
    if memberships is None:
        return (np.zeros(users + 1, dtype=np.int64), NO_ROWS[1]), NO_ROWS, []
    group_numbers = {name: number for number, name in enumerate(_ordered(memberships.group_ids))}
    user = _numbers(memberships.user_ids, numbers)[memberships.user]
    group = _numbers(memberships.group_ids, group_numbers)[memberships.group]
    listed = rows(len(group_numbers), group, user)
    groups = without_repeats(*transposed(*listed, users))
    members = transposed(*groups, len(group_numbers))
    repeats = len(user) - len(groups[1])
    notes = _header_note(memberships.source, memberships.header)
    if repeats:
        notes.append(
            f"Of {len(user):,} memberships in {memberships.source}, {repeats:,} stood there before; "
            "they were dropped."
        )
    return groups, members, notes


def _header_note(source: str, header: tuple[str, str] | None) -> list[str]:
    if header is None:
        return []
    return [f"The first line of {source} was read as names of columns: {header[0]}, {header[1]}."]
