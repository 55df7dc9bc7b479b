"""The rows behind a study's figures: who was reached by whom, and what everybody did, as data frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from attrs import fields, frozen

from chatsim.cascade.measures import depths
from chatsim.cascade.values import NOBODY, Column, ContentRun, Deeds, RunOutcome

DEED_COLUMNS = tuple(column.name for column in fields(Deeds))


@frozen
class PlayedRun:
    """One run under one policy, as it came from a backend."""

    run: int
    policy: str
    outcome: RunOutcome


@frozen
class Names:
    """The names that fill the `policy` and `content` columns, each in the order of the study."""

    policies: tuple[str, ...]
    contents: tuple[str, ...]


def spread_table(played: Iterable[PlayedRun], names: Names) -> pl.DataFrame:
    """One row per person reached, content, run and policy: the copy that counted.

    Columns: run, policy, content, user, tick, parent (null for originators), chat (the group it came through, null for
    a contact's chat), hop_claimed, depth, label. Rows in the order of `played`, then content, tick, user.
    """
    return _stacked([_spread(each, i, names) for each in played for i in _contents(each)])


def deeds_table(played: Iterable[PlayedRun], names: Names) -> pl.DataFrame:
    """One row per person who wanted to pass a content on, run and policy.

    Columns: run, policy, content and those of `chatsim.cascade.values.Deeds`.
    """
    return _stacked([_deeds(each, i, names) for each in played for i in _contents(each)])


def names_table(names: Sequence[str]) -> pl.DataFrame:
    """The ids of the people in the input file, by user: columns user, name."""
    return pl.DataFrame({"user": np.arange(len(names), dtype=np.int32), "name": list(names)})


def _contents(each: PlayedRun) -> range:
    return range(len(each.outcome.contents))


def _spread(each: PlayedRun, number: int, names: Names) -> pl.DataFrame:
    run = each.outcome.contents[number]
    first = run.first_copies
    return _labelled(
        each,
        number,
        names,
        {
            "user": first.user.astype(np.int32),
            "tick": first.tick.astype(np.int32),
            "parent": _or_null(first.parent),
            "chat": _or_null(first.group),
            "hop_claimed": first.hop.astype(np.uint8),
            "depth": depths(run).astype(np.int32),
            "label": first.label.astype(np.uint8),
        },
    )


def _deeds(each: PlayedRun, number: int, names: Names) -> pl.DataFrame:
    run: ContentRun = each.outcome.contents[number]
    columns = {name: getattr(run.deeds, name).astype(np.int32) for name in DEED_COLUMNS}
    return _labelled(each, number, names, columns)


def _or_null(column: Column) -> pl.Series:
    values = pl.Series(column.astype(np.int32))
    return values.set(values == NOBODY, None)


def _labelled(
    each: PlayedRun, number: int, names: Names, columns: dict[str, object]
) -> pl.DataFrame:
    frame = pl.DataFrame(columns)
    return frame.select(
        pl.lit(each.run, dtype=pl.Int32).alias("run"),
        pl.lit(each.policy, dtype=pl.Enum(names.policies)).alias("policy"),
        pl.lit(names.contents[number], dtype=pl.Enum(names.contents)).alias("content"),
        pl.all(),
    )


def _stacked(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames, rechunk=True)
