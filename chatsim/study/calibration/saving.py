"""A calibration's folder: written whole or not at all, and read back; and the fits that come with chatsim."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import polars as pl
from attrs import evolve, frozen

from chatsim.errors import ConfigurationError
from chatsim.study.calibration.results import FORMAT_VERSION, Fit
from chatsim.study.findings import Findings
from chatsim.study.json_values import from_json, to_json
from chatsim.study.manifest import PROGRAM, Version
from chatsim.study.parquet import to_parquet
from chatsim.study.results_files import MANIFEST_FILE

FIT_FILE = "calibration.json"
VECTORS_FILE = "vectors.parquet"
PAGE_FILE = "report.html"
FIGURES = ("targets", "ranges")
FOLDER = Findings(
    command="chatsim calibrate",
    kind=Fit,
    json_file=FIT_FILE,
    more_files=frozenset(
        [
            VECTORS_FILE,
            PAGE_FILE,
            MANIFEST_FILE,
            *(f"{name}.{form}" for name in FIGURES for form in ("svg", "png")),
        ]
    ),
    format_version=FORMAT_VERSION,
)
PACKAGED = resources.files("chatsim.study") / "calibrations"
FITTED_SUFFIX = ".fitted.json"


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
    directory: Path, fit: Fit, manifest: CalibrationManifest, more: Mapping[str, bytes]
) -> None:
    """Writes the folder in one step; `more` are page and figures by name. Raises as `Findings.write` does."""
    files = {VECTORS_FILE: to_parquet(vectors_table(fit)), **more}
    manifest = evolve(manifest, files=(FIT_FILE, *files, MANIFEST_FILE))
    FOLDER.write(directory, fit, {**files, MANIFEST_FILE: to_json(manifest).encode()})


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
        return from_json((PACKAGED / name).read_text(encoding="utf-8"), Fit, name, FORMAT_VERSION)
    folder = Path(name_or_folder)
    if not (folder / FIT_FILE).is_file():
        message = (
            f"{given} holds no calibration; it takes {' or '.join(packaged_fits())}, "
            "or a folder that chatsim calibrate wrote"
        )
        raise ConfigurationError(message)
    return FOLDER.read(folder)
