"""The folder of a trace: figures, every report, process time, and what is made of them; whole or not at all.

Two equal commands give byte-identical files, but for the process time, and the page that shows it.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from attrs import define

from chatsim.model import Traceability
from chatsim.study.json_values import read_json, to_json
from chatsim.study.parquet import read_parquet, to_parquet
from chatsim.study.trace.analysis import Report
from chatsim.study.trace.conduct import Traced
from chatsim.study.trace.costs import MESSAGES, MessageCost, SealedCost
from chatsim.study.trace.values import (
    CPU_FILE,
    FOLDER,
    FORMAT_VERSION,
    QUERIES_FILE,
    Cpu,
    CpuFound,
    SealedCpu,
    TraceFound,
)

COLUMNS = {
    "mode": pl.String,
    "case": pl.String,
    "run": pl.Int32,
    "content": pl.Int32,
    "reporter": pl.Int64,
    "turn": pl.Int32,
    "lineage": pl.Int32,
    "depth": pl.Int32,
    "originator": pl.Int64,
    "blamed": pl.Int64,
    "who": pl.String,
    "distance": pl.Int32,
    "exposed": pl.Int32,
    "path": pl.String,
}


@define(eq=False, frozen=True)
class Results:
    """What the folder holds, but for page and figures."""

    found: TraceFound
    queries: pl.DataFrame
    """One row per report; see `queries_table`."""
    cpu: CpuFound

    @classmethod
    def of(cls, traced: Traced) -> Results:
        """A trace as the folder has it."""
        return cls(traced.found, queries_table(traced.reports), _cpu(traced.cpu, traced.sealed))


def queries_table(reports: Sequence[Report]) -> pl.DataFrame:
    """One row per report, in order.

    Columns: mode, case, run, content (its number), reporter, turn (how many reported the content before), lineage (of
    the reported copy, numbered by turns within content and run; null: its copies share no secret), depth (copies from
    the true originator to the reporter), originator (the true one), blamed (null: no answer), who (as
    `chatsim.study.trace.blame.Who`), distance (null: not in the true chain), exposed (people whom the answer
    identifies), path (no path, exact, breaks off, wrong).
    """
    rows = [
        (
            each.mode,
            each.case,
            each.run,
            each.content,
            each.reporter,
            each.turn,
            each.lineage,
            each.answer.depth,
            each.answer.originator,
            each.answer.blamed,
            each.answer.who.value,
            each.answer.distance,
            each.answer.exposed,
            each.answer.path.value,
        )
        for each in reports
    ]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _cpu(costs: Mapping[Traceability, MessageCost], sealed: Sequence[SealedCost]) -> CpuFound:
    return CpuFound(
        format_version=FORMAT_VERSION,
        machine=f"{platform.machine()}, Python {platform.python_version()}",
        messages=2 * MESSAGES,
        cpu=tuple(Cpu(mode.value, cost.client_us, cost.relay_us) for mode, cost in costs.items()),
        sealed=tuple(
            SealedCpu(each.threshold, each.added_bytes, each.app_us, each.platform_us)
            for each in sealed
        ),
    )


def write_results(directory: Path, results: Results, more: Mapping[str, bytes]) -> None:
    """Writes the folder in one step; `more` are page and figures by name. Raises as `Findings.write` does."""
    files = {
        QUERIES_FILE: to_parquet(results.queries),
        CPU_FILE: to_json(results.cpu).encode(),
        **more,
    }
    FOLDER.write(directory, results.found, files)


def read_results(directory: Path) -> Results:
    """The trace in a folder.

    Raises ConfigurationError if there is none, StoreError if its files are damaged or of another version.
    """
    found = FOLDER.read(directory)
    cpu = read_json(directory / CPU_FILE, CpuFound, FORMAT_VERSION)
    return Results(found, read_parquet(directory / QUERIES_FILE), cpu)
