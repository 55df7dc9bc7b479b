"""The folder of a sensitivity analysis: written whole or not at all, and read back.

Two equal commands give byte-identical files.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
from attrs import define

from chatsim.errors import ConfigurationError, StoreError
from chatsim.study.atomic_files import folder_in_one_step, one_sentence
from chatsim.study.json_values import from_json, to_json
from chatsim.study.sensitivity.conduct import Analysis
from chatsim.study.sensitivity.values import Combination, Sensitivity, Stricter
from chatsim.study.summary import Estimate

JSON_FILE = "sensitivity.json"
POINTS_FILE = "points.parquet"
PAGE_FILE = "sensitivity.html"
FIGURES = ("tornado", "gaps")
"""Each as SVG and as PNG."""
FILES = frozenset(
    [
        JSON_FILE,
        POINTS_FILE,
        PAGE_FILE,
        *(f"{each}.{form}" for each in FIGURES for form in ("svg", "png")),
    ]
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
class Findings:
    """What the folder holds, but for page and figures."""

    found: Sensitivity
    points: pl.DataFrame
    """One row per combination and policy; see `points_table`."""

    @classmethod
    def of(cls, analysis: Analysis) -> Findings:
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


def check_destination(directory: Path) -> None:
    """Raise ConfigurationError unless `directory` is absent, empty, or a former analysis and nothing else."""
    with one_sentence("read", directory):
        if not directory.exists():
            return
        present = {path.name for path in directory.iterdir()} if directory.is_dir() else None
    takes = "an analysis takes a folder that is new, empty or a former one"
    if present is None:
        raise ConfigurationError(f"{directory} is a file; {takes}")
    strangers = sorted(present - FILES)
    if strangers:
        message = (
            f"{directory} holds {strangers[0]}, which no sensitivity analysis wrote there; {takes}"
        )
        raise ConfigurationError(message)


def write_findings(
    directory: Path, findings: Findings, more_files: Callable[[Findings], Mapping[str, bytes]]
) -> None:
    """Writes the folder in one step; `more_files` gives page and figures by name.

    Raises ConfigurationError if `directory` holds something else, StoreError if it cannot be written.
    """
    directory = directory.absolute()
    check_destination(directory)
    files = {
        JSON_FILE: to_json(findings.found).encode(),
        POINTS_FILE: _parquet(findings.points),
        **more_files(findings),
    }
    doing = "write the analysis to"
    with one_sentence(doing, directory), folder_in_one_step(directory) as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)


def read_findings(directory: Path) -> Findings:
    """The analysis in a folder.

    Raises ConfigurationError if there is none, StoreError if its files are damaged or of another version.
    """
    path = directory / JSON_FILE
    if not path.is_file():
        message = f"{directory} holds no analysis; it takes a folder that chatsim sensitivity wrote"
        raise ConfigurationError(message)
    with one_sentence("read", path):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise StoreError(f"{path} is damaged: it is no text") from error
    found = from_json(text, Sensitivity, str(path))
    points = directory / POINTS_FILE
    with one_sentence("read", points):
        content = points.read_bytes()
    try:
        return Findings(found, pl.read_parquet(io.BytesIO(content)))
    except pl.exceptions.PolarsError as error:
        message = f"{points} is damaged: it is no table that an analysis writes"
        raise StoreError(message) from error


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    # One layout, whatever polars' defaults or the number of threads are: equal rows give equal bytes.
    frame.rechunk().write_parquet(buffer, compression="zstd", compression_level=3, statistics=True)
    return buffer.getvalue()
