"""Does the wheel hold everything, and does it run where nothing of the checkout can be seen?

Builds the sdist, and the wheel from that; compares the wheel with the packages of the checkout, file by file; installs
it into a fresh environment that sees the required dependencies of the running one and nothing else; runs it there.
An editable install can show none of this: it makes scripts and tests importable and hides missing files.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGES = {"chatsim": CHECKOUT, "chatsim_clients": CHECKOUT / "clients"}
WHERE_FROM = """
import importlib.util, sys
import chatsim, chatsim_clients
for package in (chatsim, chatsim_clients):
    assert package.__file__.startswith(sys.prefix), package.__file__
for stranger in ("scripts", "tests", "clients", "pytest", "hypothesis"):
    assert importlib.util.find_spec(stranger) is None, stranger
"""
SMALL_STUDY = (
    "compare",
    "--users",
    "60",
    "--runs",
    "2",
    "--policy",
    "uncapped",
    "--policy",
    "cap-5",
)
RESULTS = (
    "summary.json",
    "spread.parquet",
    "manifest.json",
    "timing.json",
    "report.html",
    "figures/cascade-trees.png",
)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="chatsim wheel ") as name:
        folder = Path(name)
        wheel = build(folder / "dist")
        complain(differences(wheel))
        binaries = install(wheel, folder / "environment")
        elsewhere = folder / "elsewhere"
        elsewhere.mkdir()
        call(binaries / "python", "-c", WHERE_FROM, cwd=elsewhere)
        if (CHECKOUT / "chatsim" / "cli" / "main.py").exists():
            use(binaries / "chatsim", elsewhere)
    size = sum(installed_size(name) for name in closure("chatsim")) / 1e6
    print(f"The wheel is whole and runs by itself; what it requires takes {size:,.0f} MB.")


def build(folder: Path) -> Path:
    """The wheel, built from the sdist, by the pinned hatchling."""
    call(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, CHECKOUT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def differences(wheel: Path) -> list[str]:
    """One sentence for each file that should be in the wheel and is not, or the other way round."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    packed = {name for name in held if not name.split("/")[0].endswith(".dist-info")}
    expected = set(package_files())
    return [
        *(f"{name} is missing from the wheel." for name in sorted(expected - packed)),
        *(f"{name} is in the wheel and in no package." for name in sorted(packed - expected)),
    ]


def package_files() -> Iterator[str]:
    for package, root in PACKAGES.items():
        for path in (root / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(root).as_posix()


def complain(problems: list[str]) -> None:
    if problems:
        sys.exit("\n".join(problems))


def install(wheel: Path, environment: Path) -> Path:
    """A fresh environment with the wheel and links to what it requires; its folder of programs.

    Links, so that nothing is downloaded a second time.
    """
    call(sys.executable, "-m", "venv", "--without-pip", environment)
    binaries = environment / "bin"
    pip = (
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--python",
        binaries / "python",
    )
    call(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel)
    (site,) = environment.glob("lib/python*/site-packages")
    for name in closure("chatsim"):
        link(name, site)
    return binaries


def closure(name: str, found: dict[str, None] | None = None) -> list[str]:
    """The distributions that `name` requires here, directly or not; without extras."""
    found = {} if found is None else found
    for text in importlib.metadata.distribution(name).requires or ():
        requirement = Requirement(text)
        required = canonicalize_name(requirement.name)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and required not in found:
            found[required] = None
            closure(required, found)
    return list(found)


def link(name: str, site: Path) -> None:
    distribution = importlib.metadata.distribution(name)
    tops = {file.parts[0] for file in distribution.files or () if file.parts[0] != ".."}
    for top in tops - {"__pycache__"}:
        target = site / top
        if not target.exists():
            target.symlink_to(Path(str(distribution.locate_file(top))).resolve())


def installed_size(name: str) -> int:
    """Bytes of a distribution's files."""
    distribution = importlib.metadata.distribution(name)
    paths = (Path(str(distribution.locate_file(file))) for file in distribution.files or ())
    return sum(path.stat().st_size for path in paths if path.exists())


def use(chatsim: Path, folder: Path) -> None:
    """Run the main job as a user would, in a folder of no meaning, and let it verify itself."""
    call(chatsim, "--help", cwd=folder)
    call(chatsim, "verify", "--quick", cwd=folder)
    call(chatsim, "schema", "summary", cwd=folder)
    call(chatsim, "conformance", "export", "vectors", cwd=folder)
    call(chatsim, "conformance", "score", "vectors/answers.csv", cwd=folder)
    call(chatsim, *SMALL_STUDY, "--out", "study", cwd=folder)
    complain(
        [f"The study lacks {name}." for name in RESULTS if not (folder / "study" / name).exists()]
    )


def call(*command: str | Path, cwd: Path = CHECKOUT) -> None:
    """Run a program quietly; if it fails, show what it said and end."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if result.returncode:
        sys.exit(f"{result.stdout}\nThis failed: {' '.join(str(word) for word in command)}")


if __name__ == "__main__":
    main()
