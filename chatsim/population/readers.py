"""Edge lists and membership tables, as files have them: ids are text, and rows keep the order of the file.

A row has two columns. A first line that names columns is a header: none of its fields is an integer, and no id of it
occurs again in its column. With a header that names a known pair there may be more columns, which are ignored.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from chatsim.errors import ConfigurationError
from chatsim.population.lines import INTEGER, Line, lines_of

CONTACT_COLUMNS = (
    ("user_a", "user_b"),
    ("a", "b"),
    ("source", "target"),
    ("from", "to"),
    ("sender", "recipient"),
    ("caller", "callee"),
    ("user", "contact"),
)
USER_COLUMNS = ("user", "member", "person")
GROUP_COLUMNS = ("group", "forum", "chat")

Codes = NDArray[np.int64]
Columns = tuple[int, int]


@frozen(eq=False)
class Edges:
    """Ties as listed, duplicates and self-loops included: row i ties ids[one[i]] to ids[other[i]]."""

    path: Path
    ids: tuple[str, ...]
    """Distinct ids in the order of their first appearance."""
    one: Codes
    other: Codes
    header: tuple[str, str] | None
    """The columns that were read, where a first line names them."""


@frozen(eq=False)
class Memberships:
    """Memberships as listed, duplicates included: row i puts user_ids[user[i]] into group_ids[group[i]]."""

    path: Path
    user_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    user: Codes
    group: Codes
    header: tuple[str, str] | None


@frozen(eq=False)
class _Form:
    """What a reader takes: how to find its columns by name, and in words."""

    find: Callable[[list[str]], Columns | None]
    accepted: str
    one_id_space: bool

    def refusal(self, path: Path, number: int, what: str) -> ConfigurationError:
        return ConfigurationError(f"{path}, line {number}: {what}; it takes {self.accepted}.")


@frozen(eq=False)
class _Table:
    """Two columns as codes into the ids of their id spaces."""

    header: tuple[str, str] | None
    left_codes: dict[str, int]
    right_codes: dict[str, int]
    left: Codes
    right: Codes


def read_contacts(path: Path) -> Edges:
    """The ties of an edge list.

    Raises:
        ConfigurationError: the file cannot be read, or a line is no tie; it names file and line.
    """
    table = _read(path, _CONTACTS)
    return Edges(
        path=path,
        ids=tuple(table.left_codes),
        one=table.left,
        other=table.right,
        header=table.header,
    )


def read_groups(path: Path) -> Memberships:
    """The rows (user, group) of a membership table.

    Raises:
        ConfigurationError: the file cannot be read, or a line is no membership; it names file and line.
    """
    table = _read(path, _GROUPS)
    return Memberships(
        path=path,
        user_ids=tuple(table.left_codes),
        group_ids=tuple(table.right_codes),
        user=table.left,
        group=table.right,
        header=table.header,
    )


def _contact_columns(names: list[str]) -> Columns | None:
    for one, other in CONTACT_COLUMNS:
        if one in names and other in names:
            return names.index(one), names.index(other)
    return None


def _group_columns(names: list[str]) -> Columns | None:
    users = [names.index(name) for name in USER_COLUMNS if name in names]
    groups = [names.index(name) for name in GROUP_COLUMNS if name in names]
    return (users[0], groups[0]) if users and groups else None


_CONTACTS = _Form(
    find=_contact_columns,
    accepted="two ids per line, or under a header with more columns one of the pairs "
    + ", ".join(f"{one}/{other}" for one, other in CONTACT_COLUMNS),
    one_id_space=True,
)
_GROUPS = _Form(
    find=_group_columns,
    accepted="a user and a group per line, or under a header with more columns a column "
    f"{'/'.join(USER_COLUMNS)} and a column {'/'.join(GROUP_COLUMNS)}",
    one_id_space=False,
)


def _read(path: Path, form: _Form) -> _Table:
    first = next(lines_of(path), None)
    if first is None:
        raise ConfigurationError(f"{path} holds no rows; it takes {form.accepted}.")
    table = _under_header(path, first, form)
    if table is not None:
        return table
    number, fields = first
    if len(fields) != 2:
        raise form.refusal(path, number, _columns(len(fields)))
    return _codes(path, lines_of(path), None, 2, (0, 1), form)


def _under_header(path: Path, first: Line, form: _Form) -> _Table | None:
    """The table below the first line, if that line names columns."""
    _, fields = first
    known = form.find([name.lower() for name in fields])
    columns = (0, 1) if known is None and len(fields) == 2 else known
    if columns is None or any(INTEGER.fullmatch(name) for name in fields):
        return None
    header = fields[columns[0]], fields[columns[1]]
    table = _codes(path, islice(lines_of(path), 1, None), header, len(fields), columns, form)
    if header[0] in table.left_codes or header[1] in table.right_codes:
        return None
    if len(table.left) == 0:
        if known is None:
            return None  # two names and nothing else are a tie
        raise ConfigurationError(f"{path} holds a header and no rows; it takes {form.accepted}.")
    return table


def _codes(
    path: Path,
    lines: Iterable[Line],
    header: tuple[str, str] | None,
    width: int,
    columns: Columns,
    form: _Form,
) -> _Table:
    """Two columns of lines that all have `width` fields."""
    one, other = columns
    left, right = array("q"), array("q")
    left_codes: dict[str, int] = {}
    right_codes: dict[str, int] = left_codes if form.one_id_space else {}
    for number, fields in lines:
        if len(fields) != width:
            what = f"{_columns(len(fields))}, and the lines above have {width}"
            raise form.refusal(path, number, what)
        if not fields[one] or not fields[other]:
            raise form.refusal(path, number, "an id is empty")
        left.append(left_codes.setdefault(fields[one], len(left_codes)))
        right.append(right_codes.setdefault(fields[other], len(right_codes)))
    return _Table(
        header=header,
        left_codes=left_codes,
        right_codes=right_codes,
        left=np.array(left, dtype=np.int64),
        right=np.array(right, dtype=np.int64),
    )


def _columns(count: int) -> str:
    if count == 1:
        return "1 column (.csv files split at commas, .tsv files at tabs, others at white space)"
    return f"{count} columns"
