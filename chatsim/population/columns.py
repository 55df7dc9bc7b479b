"""Two columns of ids as codes, for tables of millions of rows: polars does what a loop over lines would do.

`split` reads only what it surely reads as `chatsim.population.lines` would, and hands the rest back to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from chatsim.errors import ConfigurationError

if TYPE_CHECKING:
    import polars as pl

Codes = NDArray[np.int64]

UNUSUAL = '"\x0b\x0c\x1c\x1d\x1e\x1f'
"""Quotes, and what Python takes for white space and other programs may not."""


@frozen(eq=False)
class Coded:
    """Two columns: row i holds left_ids[left[i]] and right_ids[right[i]]; ids in the order of their appearance."""

    left_ids: tuple[str, ...]
    right_ids: tuple[str, ...]
    left: Codes
    right: Codes


def split(
    text: str, delimiter: str | None, width: int, columns: tuple[int, int]
) -> tuple[pl.Series, pl.Series] | None:
    """Two columns of a text of rows with `width` fields; None if it is not plain ASCII of that form throughout."""
    import polars as pl  # noqa: PLC0415 - reading a small file needs none

    if not text.isascii() or any(character in text for character in UNUSUAL):
        return None
    if delimiter is None:
        text = _single(text.replace("\t", " "), " ")
        text = text.replace("\n ", "\n").replace(" \n", "\n").strip(" ")
    text = _single(text, "\n").strip("\n")
    if not text:
        return None
    try:
        table = pl.read_csv(
            text.encode(),
            has_header=False,
            separator=delimiter or " ",
            quote_char=None,
            comment_prefix="#",
            schema={f"{index}": pl.String for index in range(width)},
        )
    except pl.exceptions.PolarsError:
        return None
    # A field that is missing or empty is null.
    indented = table["0"].str.strip_chars_start().str.starts_with("#").any()
    if indented or any(table[f"{index}"].null_count() for index in range(width)):
        return None
    left, right = (table[f"{column}"].str.strip_chars() for column in columns)
    return None if (left == "").any() or (right == "").any() else (left, right)


def read_parquet(path: Path) -> pl.DataFrame:
    """The table of a Parquet file.

    Raises:
        ConfigurationError: the file cannot be read, or is no Parquet file.
    """
    import polars as pl  # noqa: PLC0415

    try:
        return pl.read_parquet(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None
    except pl.exceptions.PolarsError:
        raise ConfigurationError(
            f"{path} cannot be read: it is no complete Parquet file."
        ) from None


def ids_of(path: Path, name: str, table: pl.DataFrame) -> pl.Series:
    """A column's ids as text.

    Raises:
        ConfigurationError: the column holds neither integers nor text, or a row has no id.
    """
    import polars as pl  # noqa: PLC0415

    column = table[name]
    if not (column.dtype.is_integer() or column.dtype in (pl.String, pl.Categorical, pl.Enum)):
        raise ConfigurationError(
            f"{path}, column {name}: it holds {column.dtype}; it takes integers or text."
        )
    ids = column.cast(pl.String).str.strip_chars()
    empty = (ids.is_null() | (ids == "")).arg_true()
    if len(empty):
        raise ConfigurationError(f"{path}, column {name}, row {empty[0] + 1}: an id is empty.")
    return ids


def _single(text: str, character: str) -> str:
    """The text with every run of a character shortened to one."""
    while character * 2 in text:
        text = text.replace(character * 2, character)
    return text


def coded(left: pl.Series, right: pl.Series, *, one_id_space: bool) -> Coded:
    """The columns as codes; in one id space row by row, the left id first."""
    import polars as pl  # noqa: PLC0415

    if not one_id_space:
        left_ids, right_ids = left.unique(maintain_order=True), right.unique(maintain_order=True)
    else:
        rows = pl.int_range(len(left), eager=True)
        seen = pl.DataFrame(
            {"id": pl.concat([left, right]), "at": pl.concat([rows * 2, rows * 2 + 1])}
        )
        left_ids = right_ids = seen.group_by("id").agg(pl.col("at").min()).sort("at")["id"]
    return Coded(
        left_ids=tuple(left_ids),
        right_ids=tuple(right_ids),
        left=_codes(left, left_ids),
        right=_codes(right, right_ids),
    )


def _codes(column: pl.Series, ids: pl.Series) -> Codes:
    import polars as pl  # noqa: PLC0415

    return column.cast(pl.Enum(ids)).to_physical().to_numpy().astype(np.int64)
