"""The rows behind a study's figures: who was reached by whom, and what everybody did, as data frames."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Self

import numpy as np
import polars as pl
from attrs import define, fields, frozen
from numpy.typing import NDArray

from chatsim.cascade.measures import depths
from chatsim.cascade.values import NOBODY, ContentRun, Deeds, RunOutcome
from chatsim.study.summary import ContentResult, Summary

Columns = Mapping[str, NDArray[np.integer]]

DEED_COLUMNS = tuple(column.name for column in fields(Deeds))


@define(eq=False, frozen=True)
class PlayedRun:
    """One run under one policy, as narrow as the tables have it: a third of what a backend hands over."""

    run: int
    policy: str
    spread: tuple[Columns, ...]
    """By content."""
    deeds: tuple[Columns, ...]

    @classmethod
    def of(cls, run: int, policy: str, outcome: RunOutcome) -> Self:
        """The rows of an outcome, which need not be kept then."""
        contents = outcome.contents
        return cls(run, policy, tuple(map(_spread, contents)), tuple(map(_deeds, contents)))


@frozen
class Names:
    """The names that fill the `policy` and `content` columns, each in the order of the study."""

    policies: tuple[str, ...]
    contents: tuple[str, ...]


def spread_table(played: Iterable[PlayedRun], names: Names) -> pl.DataFrame:
    """One row per person reached, content, run and policy: the copy that counted.

    Columns as in `chatsim.study.columns.SPREAD`. Rows in the order of `played`, then content, tick, user.
    """
    return _table(played, names, operator.attrgetter("spread")).with_columns(
        pl.col("parent", "chat").replace(NOBODY, None)
    )


def deeds_table(played: Iterable[PlayedRun], names: Names) -> pl.DataFrame:
    """One row per person who wanted to pass a content on, run and policy.

    Columns as in `chatsim.study.columns.DEEDS`: those of `chatsim.cascade.values.Deeds` behind the keys.
    """
    return _table(played, names, operator.attrgetter("deeds"))


def names_table(names: Sequence[str]) -> pl.DataFrame:
    """The ids of the people in the input file, by user: columns user, name."""
    return pl.DataFrame({"user": np.arange(len(names), dtype=np.int32), "name": list(names)})


def _spread(run: ContentRun) -> Columns:
    first = run.first_copies
    return {
        "user": first.user.astype(np.int32),
        "tick": first.tick.astype(np.int32),
        "parent": first.parent.astype(np.int32),
        "chat": first.group.astype(np.int32),
        "hop_claimed": first.hop.astype(np.uint8),
        "depth": depths(run).astype(np.int32),
        "label": first.label.astype(np.uint8),
    }


def _deeds(run: ContentRun) -> Columns:
    return {name: getattr(run.deeds, name).astype(np.int32) for name in DEED_COLUMNS}


def _table(
    played: Iterable[PlayedRun],
    names: Names,
    pieces_of: Callable[[PlayedRun], tuple[Columns, ...]],
) -> pl.DataFrame:
    runs, policies, contents, pieces = [], [], [], []
    for each in played:
        for content, piece in enumerate(pieces_of(each)):
            runs.append(each.run)
            policies.append(names.policies.index(each.policy))
            contents.append(content)
            pieces.append(piece)
    rows = [len(piece["user"]) for piece in pieces]
    return pl.DataFrame(
        {
            "run": np.repeat(np.array(runs, dtype=np.int32), rows),
            "policy": _words(policies, rows, names.policies),
            "content": _words(contents, rows, names.contents),
            **{
                name: np.concatenate([piece[name] for piece in pieces])
                for name in (pieces[0] if pieces else ())
            },
        }
    )


def _words(numbers: list[int], rows: list[int], words: Sequence[str]) -> pl.Series:
    """Each number's word, repeated for its rows, stored as a number."""
    vocabulary = pl.Series(words, dtype=pl.Enum(words))
    return vocabulary.gather(np.repeat(np.array(numbers, dtype=np.uint32), rows))


def policies_table(summary: Summary) -> pl.DataFrame:
    """One row per policy and content: means with their 95 % bounds, chances as counts, times in seconds."""
    return pl.DataFrame(
        [
            {"policy": policy.name, "content": result.content, **_numbers(result)}
            for policy in summary.policies
            for result in policy.contents
        ],
        # Nulls alone would have no type of their own.
        schema_overrides={
            f"structural_virality{bound}": pl.Float64 for bound in ("", "_low", "_high")
        },
    )


def _numbers(result: ContentResult) -> dict[str, float | None]:
    against = result.against_uncapped
    estimates = {
        "reach": result.reach,
        "against_uncapped": None if against is None else against.relative,
        "busiest_hour": result.busiest_hour,
        "copies": result.copies,
        "held_back_per_100": result.held_back_per_100,
        "refused": result.refused,
        "extra_actions": result.extra_actions,
        "pasted": result.pasted,
        "wrong_labels": result.labels.wrong,
        "depth_max": result.depth_max,
        "structural_virality": result.structural_virality,
    }
    numbers: dict[str, float | None] = {}
    for name, estimate in estimates.items():
        numbers[name] = None if estimate is None else estimate.value
        numbers[f"{name}_low"] = None if estimate is None else estimate.low
        numbers[f"{name}_high"] = None if estimate is None else estimate.high
    numbers["outbreaks"] = result.outbreaks.count
    numbers["outbreak_runs"] = result.outbreaks.runs
    numbers["half_time_seconds"] = result.half_time.median_seconds
    return numbers
