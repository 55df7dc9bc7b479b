"""A calibration's folder: written whole or not at all, and read back; and the fits that come with chatsim."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path

import cattrs
import polars as pl
from attrs import evolve, frozen

from chatsim.errors import ConfigurationError, StoreError
from chatsim.study.atomic_files import folder_in_one_step, one_sentence
from chatsim.study.calibration.results import FORMAT_VERSION, Fit
from chatsim.study.manifest import PROGRAM, Version
from chatsim.study.results_files import MANIFEST_FILE, check_destination

FIT_FILE = "calibration.json"
VECTORS_FILE = "vectors.parquet"
PACKAGED = resources.files("chatsim.study") / "calibrations"
FITTED_SUFFIX = ".fitted.json"

_CONVERTER = cattrs.Converter(forbid_extra_keys=True)


@frozen
class CalibrationManifest:
    """How a calibration was made; two equal commands give equal manifests."""

    program: str
    format_version: int
    command: str
    """As typed, to repeat it."""
    seed: int
    scenario: str
    """The whole scenario as TOML, before any parameter is moved."""
    versions: tuple[Version, ...]
    commit: str | None
    files: tuple[str, ...] = ()
    """Every file of the folder; filled in when it is written."""

    @classmethod
    def of(
        cls,
        command: str,
        seed: int,
        scenario: str,
        versions: tuple[Version, ...],
        commit: str | None,
    ) -> CalibrationManifest:
        """A manifest of this version."""
        return cls(PROGRAM, FORMAT_VERSION, command, seed, scenario, versions, commit)


def fit_to_json(fit: Fit) -> str:
    """The text of `calibration.json`; equal fits give equal text."""
    return _json(fit)


def _json(value: object) -> str:
    plain = _CONVERTER.unstructure(value)
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def fit_from_json(text: str, file: str) -> Fit:
    """What `fit_to_json` wrote; StoreError for anything else."""
    try:
        plain = json.loads(text)
        version = plain["format_version"]
        if version != FORMAT_VERSION:
            message = (
                f"{file} has format version {version}; "
                f"this version of chatsim reads calibrations of format version {FORMAT_VERSION}"
            )
            raise StoreError(message)
        return _CONVERTER.structure(plain, Fit)
    except (ValueError, TypeError, KeyError, cattrs.BaseValidationError) as error:
        message = f"{file} is damaged: it does not hold what a calibration writes there"
        raise StoreError(message) from error


def vectors_table(fit: Fit) -> pl.DataFrame:
    """One row for each vector that fits, the heaviest first: parameters, weight, draws, values of the targets.

    Columns of fitted targets begin with `fitted_`; those of further runs with `predicted_`, null where not drawn.
    """
    fitted = [target.name for target in fit.targets if target.use.value == "fit"]
    columns: dict[str, list[float | int | None]] = {
        parameter.name: [vector.values[i] for vector in fit.vectors]
        for i, parameter in enumerate(fit.parameters)
    }
    columns["weight"] = [vector.weight for vector in fit.vectors]
    columns["draws"] = [vector.draws for vector in fit.vectors]
    for i, name in enumerate(fitted):
        columns[f"fitted_{name}"] = [vector.fitted[i] for vector in fit.vectors]
    for i, target in enumerate(fit.targets):
        columns[f"predicted_{target.name}"] = [
            vector.predicted[i] if vector.predicted else None for vector in fit.vectors
        ]
    types = {name: pl.Int64 if name == "draws" else pl.Float64 for name in columns}
    return pl.DataFrame(columns, schema=types)


def write_calibration(
    directory: Path,
    fit: Fit,
    manifest: CalibrationManifest,
    more_files: Callable[[Fit, CalibrationManifest], Mapping[str, bytes]],
) -> None:
    """Writes the folder in one step; `more_files` gives further files by name, such as the page.

    Raises ConfigurationError if `directory` holds something else, StoreError if it cannot be written.
    """
    directory = directory.absolute()
    check_destination(directory)
    buffer = io.BytesIO()
    vectors_table(fit).write_parquet(buffer, compression="zstd", compression_level=3)
    files = {
        FIT_FILE: fit_to_json(fit).encode(),
        VECTORS_FILE: buffer.getvalue(),
        **more_files(fit, manifest),
    }
    manifest = evolve(manifest, files=(*files, MANIFEST_FILE))
    files[MANIFEST_FILE] = _json(manifest).encode()
    with (
        one_sentence("write the calibration to", directory),
        folder_in_one_step(directory) as folder,
    ):
        for name, content in files.items():
            (folder / name).write_bytes(content)


def packaged_fits() -> tuple[str, ...]:
    """The calibrations whose fits come with chatsim."""
    files = (file.name for file in PACKAGED.iterdir() if file.name.endswith(FITTED_SUFFIX))
    return tuple(sorted(name.removesuffix(FITTED_SUFFIX) for name in files))


def load_fit(name_or_folder: str | Path) -> Fit:
    """The fit that comes with chatsim under this name, or the one in a folder that `chatsim calibrate` wrote.

    Raises ConfigurationError if there is none, StoreError if it is damaged.
    """
    given = str(name_or_folder)
    if given in packaged_fits():
        name = f"{given}{FITTED_SUFFIX}"
        return fit_from_json((PACKAGED / name).read_text(encoding="utf-8"), name)
    path = Path(name_or_folder) / FIT_FILE
    if not path.is_file():
        message = (
            f"{given} holds no calibration; it takes {' or '.join(packaged_fits())}, "
            "or a folder that chatsim calibrate wrote"
        )
        raise ConfigurationError(message)
    with one_sentence("read", path):
        return fit_from_json(path.read_text(encoding="utf-8"), str(path))
