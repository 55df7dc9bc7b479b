"""A study's folder: written whole or not at all, and read back.

Without a tree it has no `spread.parquet` and no `deeds.parquet`; figures have a folder of their own within it.
Two equal commands give byte-identical files, `timing.json` apart (and, over tcp, what is drawn from it).
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import attrs
import polars as pl
from attrs import define

from chatsim.errors import ConfigurationError, StoreError
from chatsim.study.atomic_files import folder_in_one_step, one_sentence
from chatsim.study.json_values import from_json, to_json
from chatsim.study.manifest import PROGRAM, Checksum, Manifest, Timing
from chatsim.study.summary import Summary

SUMMARY_FILE = "summary.json"
SPREAD_FILE = "spread.parquet"
DEEDS_FILE = "deeds.parquet"
NAMES_FILE = "names.parquet"
MANIFEST_FILE = "manifest.json"
TIMING_FILE = "timing.json"
OTHER_COMMANDS = ("load", "rollout", "sensitivity", "calibrate")
"""What else writes a folder, each with a JSON file of its name."""

Value = TypeVar("Value")


@define(eq=False, frozen=True)
class Study:
    """Everything that a study's folder holds, but for the report."""

    summary: Summary
    manifest: Manifest
    timing: Timing
    spread: pl.DataFrame | None
    """`chatsim.study.tables.spread_table`; None where no tree was kept."""
    deeds: pl.DataFrame | None
    """`chatsim.study.tables.deeds_table`; None where no tree was kept."""
    names: pl.DataFrame | None = None
    """`chatsim.study.tables.names_table`, where the people have names other than their numbers."""


def kept(table: pl.DataFrame | None) -> pl.DataFrame:
    """The table; ConfigurationError where the study kept no tree."""
    if table is None:
        message = (
            "this study kept no tree, so that nobody knows who was reached by whom; "
            "it takes a study played with --tree (from Python: tree=True)"
        )
        raise ConfigurationError(message)
    return table


def nothing_more(study: Study) -> Mapping[str, bytes]:
    """No files besides the data."""
    return {}


def write_study(
    directory: Path,
    study: Study,
    more_files: Callable[[Study], Mapping[str, bytes]] = nothing_more,
) -> Study:
    """Writes the folder in one step and returns the study with its checksums.

    `more_files` gives further files by name, such as the report, which may show the checksums. Raises
    ConfigurationError if `directory` holds something other than a study, StoreError if it cannot be written.
    """
    directory = directory.absolute()
    check_destination(directory)
    data = data_files(study)
    checksums = tuple(
        Checksum(name, hashlib.sha256(content).hexdigest()) for name, content in data.items()
    )
    study = attrs.evolve(study, manifest=attrs.evolve(study.manifest, checksums=checksums))
    more = more_files(study)
    names = (*data, MANIFEST_FILE, TIMING_FILE, *more)
    study = attrs.evolve(study, manifest=attrs.evolve(study.manifest, files=names))
    files = {
        **data,
        MANIFEST_FILE: to_json(study.manifest).encode(),
        TIMING_FILE: to_json(study.timing).encode(),
        **more,
    }
    with one_sentence("write the study to", directory), folder_in_one_step(directory) as folder:
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
    return study


def data_files(study: Study) -> dict[str, bytes]:
    """The bytes of the summary and the tables by file name; equal studies give equal bytes."""
    tables = {SPREAD_FILE: study.spread, DEEDS_FILE: study.deeds, NAMES_FILE: study.names}
    return {
        SUMMARY_FILE: to_json(study.summary).encode(),
        **{name: _parquet(table) for name, table in tables.items() if table is not None},
    }


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    # One layout, whatever polars' defaults or the number of threads are: equal rows give equal bytes.
    frame.rechunk().write_parquet(
        buffer, compression="zstd", compression_level=3, statistics=True, row_group_size=1 << 18
    )
    return buffer.getvalue()


def check_destination(directory: Path) -> None:
    """Raise ConfigurationError unless `directory` is absent, empty, or a former study and nothing else.

    Asked before the runs as well, so that nobody computes for minutes and then hears it.
    """
    with one_sentence("read", directory):
        exists, is_folder = directory.exists(), directory.is_dir()
    if not exists:
        return
    if not is_folder:
        message = (
            f"{directory} is a file; results take a folder that is new, empty or a former study"
        )
        raise ConfigurationError(message)
    with one_sentence("read", directory):
        present = {path.name for path in directory.iterdir()}
    if not present:
        return
    ours = _files_of_study(directory)
    folders = {name.partition("/")[0] for name in ours if "/" in name} & present
    with one_sentence("read", directory):
        # Only folders of a study's own are looked into: what else lies here may be large.
        within = {
            f"{name}/{path.name}" for name in folders for path in (directory / name).iterdir()
        }
    strangers = sorted((present - folders | within) - ours)
    if strangers:
        message = (
            f"{directory} holds {strangers[0]}, which no study wrote there; "
            "results take a folder that is new, empty or a former study"
        )
        raise ConfigurationError(message)


def _files_of_study(directory: Path) -> set[str]:
    # Not through `from_json`: a study of another format version may be replaced as well.
    try:
        plain = json.loads((directory / MANIFEST_FILE).read_bytes())
        return set(plain["files"]) if plain["program"] == PROGRAM else set()
    except (OSError, ValueError, TypeError, KeyError):
        return set()


def read_study(directory: Path) -> Study:
    """The study in a folder.

    Raises ConfigurationError if there is none, StoreError if its files are damaged or of another version.
    """
    if not (directory / MANIFEST_FILE).is_file():
        raise ConfigurationError(
            f"{directory} holds {_what_else(directory)}; it takes a folder that chatsim compare wrote"
        )
    names = directory / NAMES_FILE
    manifest = _json(directory, MANIFEST_FILE, Manifest)
    return Study(
        summary=_json(directory, SUMMARY_FILE, Summary),
        manifest=manifest,
        timing=_json(directory, TIMING_FILE, Timing),
        spread=_frame(directory / SPREAD_FILE) if manifest.tree else None,
        deeds=_frame(directory / DEEDS_FILE) if manifest.tree else None,
        names=_frame(names) if names.is_file() else None,
    )


def _what_else(directory: Path) -> str:
    for command in OTHER_COMMANDS:
        if (directory / f"{command}.json").is_file():
            return f"what chatsim {command} wrote ({command}.json) and no study"
    return "no study"


def _json(directory: Path, name: str, kind: type[Value]) -> Value:
    path = directory / name
    with one_sentence("read", path):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            message = f"{path} is damaged: it is no text"
            raise StoreError(message) from error
    return from_json(text, kind, str(path))


def _frame(path: Path) -> pl.DataFrame:
    with one_sentence("read", path):
        content = path.read_bytes()
    try:
        return pl.read_parquet(io.BytesIO(content))
    except pl.exceptions.PolarsError as error:
        message = f"{path} is damaged: it is no table that a study writes"
        raise StoreError(message) from error
