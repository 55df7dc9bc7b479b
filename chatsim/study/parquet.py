"""Tables as parquet files: one layout, so that equal rows give equal bytes."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from chatsim.errors import StoreError
from chatsim.study.atomic_files import one_sentence


def to_parquet(frame: pl.DataFrame) -> bytes:
    """The bytes of a file; equal rows give equal bytes, whatever polars' defaults or the number of threads are."""
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(
        buffer, compression="zstd", compression_level=3, statistics=True, row_group_size=1 << 18
    )
    return buffer.getvalue()


def read_parquet(path: Path) -> pl.DataFrame:
    """The table in a file. Raises StoreError where it cannot be read or is none."""
    with one_sentence("read", path):
        content = path.read_bytes()
    try:
        return pl.read_parquet(io.BytesIO(content))
    except pl.exceptions.PolarsError as error:
        message = f"{path} is damaged: it is no table"
        raise StoreError(message) from error
