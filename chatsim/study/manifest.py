"""What a study's files say about how it was made: `manifest.json`, and `timing.json` for what may differ."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from attrs import frozen

from chatsim.policy import Policy, compile_row
from chatsim.study.backend import Carried
from chatsim.study.summary import FORMAT_VERSION

PROGRAM = "chatsim"
PACKAGES = (
    "chatsim", "numpy", "numba", "scipy", "polars", "msgpack", "trio", "altair", "vl-convert-python",
)  # fmt: skip
"""What decides a study's numbers and files, besides Python."""


@frozen
class Version:
    """One program and its version."""

    name: str
    version: str


@frozen
class CompiledPolicy:
    """A policy as it was compared: its name and the row of integers that decided."""

    name: str
    title: str
    row: tuple[int, ...]


@frozen
class Checksum:
    """SHA-256 of one file of the study, in hexadecimal digits."""

    file: str
    sha256: str


@frozen
class Check:
    """What a small run over real sockets gave, next to the same run by another backend."""

    backend: str
    """The other one."""
    copies: int
    identical: int
    """Copies to people of whom both say the same: first copy, deeds and number of copies."""
    imbalances: tuple[str, ...]
    """Books that did not balance, one sentence each."""

    @property
    def passed(self) -> bool:
        """Whether nothing differed."""
        return self.identical == self.copies and not self.imbalances


@frozen
class Manifest:
    """How a study was made; two equal commands give equal manifests."""

    program: str
    """Always "chatsim": how a folder is known to be a study before it is replaced."""
    format_version: int
    command: str
    """As typed, to repeat it."""
    seed: int
    backend: str
    scenario: str
    """The whole scenario as TOML."""
    policies: tuple[CompiledPolicy, ...]
    population: str
    population_seed: int
    population_notes: tuple[str, ...]
    users: int
    utc_offset_seconds: int
    tables_hash: str
    """Of the integer tables that decided; it differs between machines whose libraries round a quantile differently."""
    versions: tuple[Version, ...]
    tree: bool
    """Whether everybody's first copy and deeds are in the folder, or measures of whole runs alone."""
    commit: str | None
    """Of the checkout that ran, "+changes" behind it if its files differed; None for an installed package."""
    check: Check | None = None
    checksums: tuple[Checksum, ...] = ()
    """Of the data files; filled in when the study is written."""
    files: tuple[str, ...] = ()
    """Every file of the folder; filled in when the study is written."""


@frozen
class PolicyTiming:
    """How long the runs under one policy took, and what the server carried (backend tcp only)."""

    policy: str
    seconds: float
    carried: Carried | None


@frozen
class Timing:
    """Everything that may differ between two equal runs."""

    format_version: int
    seconds: float
    """Wall clock, whole study."""
    workers: int
    """Processes that played."""
    threads: int
    """Threads that played in each."""
    resumed_runs: int
    """Runs taken from an earlier, broken-off try of the same command."""
    policies: tuple[PolicyTiming, ...]


def compiled_policies(policies: Sequence[Policy]) -> tuple[CompiledPolicy, ...]:
    """The policies as the manifest lists them."""
    return tuple(
        CompiledPolicy(each.name, each.title or each.name, compile_row(each)) for each in policies
    )


def versions() -> tuple[Version, ...]:
    """Python and the packages that decide a study's numbers and files."""
    return (
        Version("python", platform.python_version()),
        *(Version(name, _version(name)) for name in PACKAGES),
        Version("format", str(FORMAT_VERSION)),
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def commit(package: Path = Path(__file__).parents[1]) -> str | None:
    """The commit of the checkout that holds `package`; None where none does or git is missing.

    A package installed below somebody else's checkout is no part of it: its files are not tracked there.
    """
    git = shutil.which("git")
    if git is None or _git(git, package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    head = _git(git, package, "rev-parse", "HEAD")
    if head is None:
        return None
    return (
        head
        if _git(git, package, "diff", "--quiet", "HEAD", "--", ".") is not None
        else f"{head}+changes"
    )


def _git(git: str, folder: Path, *arguments: str) -> str | None:
    done = subprocess.run(  # noqa: S603 - git's own path and fixed arguments
        [git, "-C", str(folder), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None
