"""A load's folder: written whole or not at all, and read back.

`load.json` has everything but the seconds, histograms included; `seconds.csv` the seconds; a `.hlog` per measure is for
other tools of HdrHistogram; `report.html` is for people.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import cattrs
from attrs import frozen
from hdrh.codec import HdrCookieException, HdrLengthException
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogWriter

from chatsim.errors import ConfigurationError, StoreError
from chatsim.study.atomic_files import folder_in_one_step, one_sentence
from chatsim_clients.load.percentiles import Percentiles, percentiles
from chatsim_clients.load.result import Accounts, LoadResult, Measure, Second

PROGRAM = "chatsim load"
FORMAT_VERSION = 1
LOAD_FILE = "load.json"
SECONDS_FILE = "seconds.csv"
REPORT_FILE = "report.html"
PROBES_FILE = "probes.json"
HLOG_FILES = {each: f"{each.value.replace(' ', '-')}.hlog" for each in Measure}
FILES = {LOAD_FILE, SECONDS_FILE, REPORT_FILE, PROBES_FILE, *HLOG_FILES.values()}
MICROSECONDS_PER_MILLISECOND = 1_000.0

DAMAGES = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    csv.Error,
    zlib.error,
    HdrCookieException,
    HdrLengthException,
    cattrs.BaseValidationError,
)
"""What reading a file that is not ours can raise."""

_CONVERTER = cattrs.Converter(forbid_extra_keys=True)


@frozen
class LoadJson:
    """What `load.json` holds."""

    program: str
    """Always "chatsim load": how a folder is known to be a load before it is replaced."""
    format_version: int
    plan: Mapping[str, Any]
    machine: str
    began: str
    measured_seconds: float
    offered_rate: float
    delivered_rate: float
    accounts: Accounts
    percentiles: Mapping[Measure, Percentiles]
    """Microseconds; for whoever reads the file without HdrHistogram."""
    server_cpu_per_delivery: float | None
    server_bytes_peak: int | None
    warnings: tuple[str, ...]
    histograms: Mapping[Measure, str]
    """Compressed, in base 64, as HdrHistogram encodes them (V2)."""
    server_lost: str = ""


def write_load(
    folder: Path, result: LoadResult, more_files: Mapping[str, bytes] | None = None
) -> None:
    """Writes the folder in one step; `more_files` are further ones by name, such as the report.

    Raises ConfigurationError if `folder` holds something other than a load, StoreError if it cannot be written.
    """
    folder = folder.absolute()
    check_folder(folder)
    files = {**data_files(result), **(more_files or {})}
    with one_sentence("write the load to", folder), folder_in_one_step(folder) as filling:
        for name, content in files.items():
            (filling / name).write_bytes(content)


def data_files(result: LoadResult) -> dict[str, bytes]:
    """Everything but the report, by file name; equal results give equal bytes."""
    return {
        LOAD_FILE: _load_json(result).encode(),
        SECONDS_FILE: _seconds_csv(result.seconds).encode(),
        **{
            HLOG_FILES[measure]: _hlog(measure, histogram, result).encode()
            for measure, histogram in result.histograms.items()
        },
    }


def to_json(value: object) -> str:
    """The text of a JSON file that holds `value`."""
    plain = _CONVERTER.unstructure(value)
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _load_json(result: LoadResult) -> str:
    shared = {each.name for each in attrs.fields(LoadJson)} - {"histograms"}
    kept = {
        each.name: getattr(result, each.name)
        for each in attrs.fields(LoadResult)
        if each.name in shared
    }
    return to_json(
        LoadJson(
            program=PROGRAM,
            format_version=FORMAT_VERSION,
            percentiles={each: percentiles(found) for each, found in result.histograms.items()},
            histograms={each: found.encode().decode() for each, found in result.histograms.items()},
            **kept,
        )
    )


def _seconds_csv(seconds: tuple[Second, ...]) -> str:
    text = io.StringIO()
    names = [each.name for each in attrs.fields(Second)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(attrs.asdict(each) for each in seconds)
    return text.getvalue()


def _hlog(measure: Measure, histogram: HdrHistogram, result: LoadResult) -> str:
    text = io.StringIO()
    began = dt.datetime.fromisoformat(result.began).timestamp()
    writer = HistogramLogWriter(text)
    writer.output_comment(f"[{measure.value} in microseconds, Interval_Max in milliseconds]")
    writer.output_comment(f"[StartTime: {began:.3f} (seconds since epoch), {result.began}]")
    writer.output_log_format_version()
    writer.output_legend()
    writer.output_interval_histogram(
        histogram, began, began + result.measured_seconds, MICROSECONDS_PER_MILLISECOND
    )
    return text.getvalue()


def check_folder(folder: Path) -> None:
    """Raise ConfigurationError unless `folder` is absent, empty, or a former load and nothing else.

    Asked before the run as well, so that nobody waits for minutes and then hears it.
    """
    takes = "it takes a folder that is new, empty or a former load"
    with one_sentence("read", folder):
        if not folder.exists():
            _check_room(folder)
            return
        if not folder.is_dir():
            raise ConfigurationError(f"{folder} is a file; {takes}")
        present = {path.name for path in folder.iterdir()}
    strangers = sorted(present - FILES if _is_load(folder) else present)
    if strangers:
        raise ConfigurationError(f"{folder} holds {strangers[0]}, which no load wrote; {takes}")


def _check_room(folder: Path) -> None:
    """Raise ConfigurationError unless folders can be made where `folder` is to be."""
    room = next(above for above in folder.absolute().parents if above.exists())
    try:
        tempfile.TemporaryDirectory(dir=room).cleanup()
    except OSError as error:
        message = f"{folder} cannot be made: {error.strerror}; it takes a place to write to"
        raise ConfigurationError(message) from error


def _is_load(folder: Path) -> bool:
    # Not through the converter: a load of another format version may be replaced as well.
    try:
        return bool(json.loads((folder / LOAD_FILE).read_bytes())["program"] == PROGRAM)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def read_load(folder: Path) -> LoadResult:
    """The load in a folder.

    Raises ConfigurationError if there is none, StoreError if its files are damaged or of another version.
    """
    if not (folder / LOAD_FILE).is_file():
        raise ConfigurationError(
            f"{folder} holds no load; it takes a folder that chatsim load wrote"
        )
    with _understood(folder / LOAD_FILE) as text:
        kept = _structured(text, folder / LOAD_FILE)
        histograms = {each: HdrHistogram.decode(found) for each, found in kept.histograms.items()}
    with _understood(folder / SECONDS_FILE) as text:
        rows = csv.DictReader(io.StringIO(text), strict=True)
        seconds = tuple(_CONVERTER.structure(row, Second) for row in rows)
    shared = {each.name for each in attrs.fields(LoadResult)} - {"seconds", "histograms"}
    return LoadResult(
        seconds=seconds,
        histograms=histograms,
        **{name: getattr(kept, name) for name in sorted(shared)},
    )


@contextlib.contextmanager
def _understood(path: Path) -> Iterator[str]:
    """The text of a file, for a block that reads it."""
    with one_sentence("read", path):
        content = path.read_bytes()
    try:
        yield content.decode()
    except DAMAGES as error:
        message = f"{path} is damaged: it does not hold what a load writes there"
        raise StoreError(message) from error


def _structured(text: str, path: Path) -> LoadJson:
    plain = json.loads(text)
    if plain["program"] != PROGRAM:
        raise StoreError(f"{path} was written by {plain['program']}, not by {PROGRAM}")
    version = plain["format_version"]
    if version != FORMAT_VERSION:
        message = (
            f"{path} has format version {version}; "
            f"this version of chatsim reads format version {FORMAT_VERSION}"
        )
        raise StoreError(message)
    return _CONVERTER.structure(plain, LoadJson)
