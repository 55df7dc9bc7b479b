"""Edge lists and membership tables, as files have them: ids are text, and rows keep the order of the file.

A row has two columns. A first line that names columns is a header: none of its fields is an integer, and no id of it
occurs again in its column. With a header that names a known pair there may be more columns, which are ignored. A
Parquet file names its columns always: a known pair is read, or else the first two.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path

import numpy as np
from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.population.columns import Coded, Codes, coded, ids_of, read_parquet, split
from chatsim.population.lines import INTEGER, Line, delimiter_of, lines_of, read_text

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

LARGE = 1 << 20
"""Characters from which on a text is worth reading all at once."""

Columns = tuple[int, int]


@frozen(eq=False)
class Edges:
    """Ties as listed, duplicates and self-loops included: row i ties ids[one[i]] to ids[other[i]]."""

    source: str
    """The file's name, or the graph's."""
    ids: tuple[str, ...]
    """Distinct ids in the order of their first appearance."""
    one: Codes
    other: Codes
    header: tuple[str, str] | None
    """The columns that were read, where a first line names them."""


@frozen(eq=False)
class Memberships:
    """Memberships as listed, duplicates included: row i puts user_ids[user[i]] into group_ids[group[i]]."""

    source: str
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
    header: tuple[str, str] | None
    coded: Coded


def read_contacts(path: Path) -> Edges:
    """The ties of an edge list.

    Raises:
        ConfigurationError: the file cannot be read, or a line is no tie; it names file and line.
    """
    table = _read(path, _CONTACTS)
    return Edges(
        source=path.name,
        ids=table.coded.left_ids,
        one=table.coded.left,
        other=table.coded.right,
        header=table.header,
    )


def read_groups(path: Path) -> Memberships:
    """The rows (user, group) of a membership table.

    Raises:
        ConfigurationError: the file cannot be read, or a line is no membership; it names file and line.
    """
    table = _read(path, _GROUPS)
    return Memberships(
        source=path.name,
        user_ids=table.coded.left_ids,
        group_ids=table.coded.right_ids,
        user=table.coded.left,
        group=table.coded.right,
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
    if path.suffix.lower() == ".parquet":
        return _Table(None, _read_parquet(path, form))
    text = read_text(path)
    first = next(lines_of(path, text), None)
    if first is None:
        raise ConfigurationError(f"{path} holds no rows; it takes {form.accepted}.")
    table = _under_header(path, text, first, form)
    if table is not None:
        return table
    number, fields = first
    if len(fields) != 2:
        raise form.refusal(path, number, _columns(len(fields)))
    return _Table(None, _codes(path, text, 0, 2, (0, 1), form))


def _read_parquet(path: Path, form: _Form) -> Coded:
    table = read_parquet(path)
    if table.width < 2:
        raise ConfigurationError(f"{path} has {_columns(table.width)}; it takes two.")
    if table.height == 0:
        raise ConfigurationError(f"{path} holds no rows; it takes {form.accepted}.")
    columns = form.find([name.lower() for name in table.columns]) or (0, 1)
    left, right = (ids_of(path, table.columns[column], table) for column in columns)
    return coded(left, right, one_id_space=form.one_id_space)


def _under_header(path: Path, text: str, first: Line, form: _Form) -> _Table | None:
    """The table below the first line, if that line names columns."""
    number, fields = first
    known = form.find([name.lower() for name in fields])
    columns = (0, 1) if known is None and len(fields) == 2 else known
    if columns is None or any(INTEGER.fullmatch(name) for name in fields):
        return None
    header = fields[columns[0]], fields[columns[1]]
    found = _codes(path, text, number, len(fields), columns, form)
    if header[0] in found.left_ids or header[1] in found.right_ids:
        return None
    if len(found.left) == 0:
        if known is None:
            return None  # two names and nothing else are a tie
        raise ConfigurationError(f"{path} holds a header and no rows; it takes {form.accepted}.")
    return _Table(header, found)


def _codes(path: Path, text: str, after: int, width: int, columns: Columns, form: _Form) -> Coded:
    """Two columns of the lines after number `after`, which all have `width` fields."""
    if len(text) >= LARGE:
        below = text.split("\n", after)[-1]
        quick = split(below, delimiter_of(path), width, columns)
        if quick is not None:
            return coded(*quick, one_id_space=form.one_id_space)
    one, other = columns
    left, right = array("q"), array("q")
    left_codes: dict[str, int] = {}
    right_codes: dict[str, int] = left_codes if form.one_id_space else {}
    for number, fields in lines_of(path, text):
        if number <= after:
            continue
        if len(fields) != width:
            what = f"{_columns(len(fields))}, and the lines above have {width}"
            raise form.refusal(path, number, what)
        if not fields[one] or not fields[other]:
            raise form.refusal(path, number, "an id is empty")
        left.append(left_codes.setdefault(fields[one], len(left_codes)))
        right.append(right_codes.setdefault(fields[other], len(right_codes)))
    return Coded(
        left_ids=tuple(left_codes),
        right_ids=tuple(right_codes),
        left=np.array(left, dtype=np.int64),
        right=np.array(right, dtype=np.int64),
    )


def _columns(count: int) -> str:
    if count == 1:
        return "1 column (.csv files split at commas, .tsv files at tabs, others at white space)"
    return f"{count} columns"
