"""The folder of a sensitivity analysis: written whole or not at all, and read back.

Two equal commands give byte-identical files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from attrs import define

from chatsim.study.findings import Findings
from chatsim.study.parquet import read_parquet, to_parquet
from chatsim.study.sensitivity.conduct import Analysis
from chatsim.study.sensitivity.values import Combination, Sensitivity, Stricter
from chatsim.study.summary import Estimate

JSON_FILE = "sensitivity.json"
POINTS_FILE = "points.parquet"
PAGE_FILE = "sensitivity.html"
FIGURES = ("tornado", "gaps")
"""Each as SVG and as PNG."""
FOLDER = Findings(
    command="chatsim sensitivity",
    kind=Sensitivity,
    json_file=JSON_FILE,
    more_files=frozenset(
        [POINTS_FILE, PAGE_FILE, *(f"{name}.{form}" for name in FIGURES for form in ("svg", "png"))]
    ),
)
COLUMNS = {
    "point": pl.Int32,
    "role": pl.String,
    "factor": pl.String,
    "policy": pl.String,
    "reach": pl.Float64,
    "reach_uncapped": pl.Float64,
    "breaks_out": pl.Float64,
    "against_uncapped": pl.Float64,
    "against_uncapped_low": pl.Float64,
    "against_uncapped_high": pl.Float64,
    "harmless_reach_lost": pl.Float64,
    "harmless_reach_lost_low": pl.Float64,
    "harmless_reach_lost_high": pl.Float64,
    "gap": pl.Float64,
    "gap_low": pl.Float64,
    "gap_high": pl.Float64,
    "stricter": pl.String,
}
"""Of points.parquet, before a column for each factor, which holds its value (null: without limit)."""


@define(eq=False, frozen=True)
class Results:
    """What the folder holds, but for page and figures."""

    found: Sensitivity
    points: pl.DataFrame
    """One row per combination and policy; see `points_table`."""

    @classmethod
    def of(cls, analysis: Analysis) -> Results:
        """An analysis as the folder has it."""
        return cls(analysis.found, points_table(analysis.found, analysis.combinations))


def points_table(found: Sensitivity, combinations: Sequence[Combination]) -> pl.DataFrame:
    """One row per combination (point) and policy, in order.

    Columns: point (0 is the scenario as it is), role (base, low, high, plan), factor (which one is at an end), policy,
    reach and reach_uncapped (people, means), breaks_out (share of uncapped runs), against_uncapped and
    harmless_reach_lost (shares with 95 % bounds), gap (reach under the first policy less that under the second, as a
    share of the uncapped one), stricter (the policy's name, undecided, nothing to compare), and a column per factor
    with its value as a number: shares from 0 to 1, durations in seconds.
    """
    rows: list[dict[str, object]] = []
    for each in combinations:
        lost = each.harmless_lost or (None, None)
        for i, policy in enumerate((found.first, found.second)):
            rows.append(
                {
                    "point": each.number,
                    "role": each.role.value,
                    "factor": each.factor,
                    "policy": policy.name,
                    "reach": each.reach[i + 1],
                    "reach_uncapped": each.reach[0],
                    "breaks_out": each.breaks_out,
                    **_bounds("against_uncapped", each.against[i]),
                    **_bounds("harmless_reach_lost", lost[i]),
                    **_bounds("gap", each.gap),
                    "stricter": _name(each.stricter, found),
                    **{
                        factor.name: value
                        for factor, value in zip(found.factors, each.values, strict=True)
                    },
                }
            )
    factors = {factor.name: pl.Float64 for factor in found.factors}
    return pl.DataFrame(rows, schema={**COLUMNS, **factors}, orient="row")


def _bounds(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    if estimate is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _name(stricter: Stricter, found: Sensitivity) -> str:
    match stricter:
        case Stricter.FIRST:
            return found.first.name
        case Stricter.SECOND:
            return found.second.name
        case Stricter.UNDECIDED | Stricter.NOTHING:
            return stricter.value


def write_results(directory: Path, results: Results, more: Mapping[str, bytes]) -> None:
    """Writes the folder in one step; `more` are page and figures by name. Raises as `Findings.write` does."""
    FOLDER.write(directory, results.found, {POINTS_FILE: to_parquet(results.points), **more})


def read_results(directory: Path) -> Results:
    """The analysis in a folder.

    Raises ConfigurationError if there is none, StoreError if its files are damaged or of another version.
    """
    return Results(FOLDER.read(directory), read_parquet(directory / POINTS_FILE))
