from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import chatsim

HEAVY = ("numba", "polars", "altair", "scipy")
LOADED_BY = """
import sys
from chatsim.cli.main import main
sys.argv = ["chatsim", *{arguments!r}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
sys.stderr.write(" ".join({heavy!r} & sys.modules.keys()))
"""


@pytest.fixture(scope="module")
def project(checkout: Path) -> dict[str, object]:
    return tomllib.loads((checkout / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def pins(checkout: Path) -> dict[str, str]:
    lines = (checkout / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["policies"],
        ["serve", "--help"],
        ["verify", "--help"],
        ["tokens", "--help"],
        ["admin", "--help"],
        ["load", "--help"],
    ],
)
def test_a_command_that_computes_nothing_loads_nothing_heavy(arguments: list[str]) -> None:
    pytest.importorskip("chatsim.cli.main")
    program = LOADED_BY.format(arguments=arguments, heavy=set(HEAVY))
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""


def test_the_watch_on_heavy_modules_can_see_them() -> None:
    for module in HEAVY:
        assert importlib.util.find_spec(module), module


def required(requirements: list[str], found: set[str]) -> set[str]:
    """What the requirements need on this machine, directly or not."""
    for text in requirements:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        if name not in found:
            found.add(name)
            required(importlib.metadata.requires(name) or [], found)
    return found


def test_everything_that_gets_installed_is_pinned_and_nothing_else(project, pins) -> None:
    declared = project["project"]
    extras = declared["optional-dependencies"]["dev"]  # make installs no other
    assert required([*declared["dependencies"], *extras], set()) == set(pins)


def test_every_pin_is_one_exact_version_and_names_no_index(checkout: Path) -> None:
    for line in (checkout / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"(#.*|[a-z0-9-]+==[0-9][a-z0-9.]*)?", line), line


def test_every_lower_bound_admits_the_pin(project, pins) -> None:
    declared = project["project"]
    extras = declared["optional-dependencies"]["dev"]
    for text in [*declared["dependencies"], *extras, *project["build-system"]["requires"]]:
        requirement = Requirement(text)
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier


def test_every_required_dependency_is_imported_by_the_packages(checkout: Path, project) -> None:
    by_others = {"vl-convert-python"}  # altair calls it to draw SVG
    sources = [*(checkout / "chatsim").rglob("*.py"), *(checkout / "clients").rglob("*.py")]
    text = "\n".join(source.read_text() for source in sources)
    modules: dict[str, list[str]] = {}
    for module, names in importlib.metadata.packages_distributions().items():
        for name in names:
            modules.setdefault(canonicalize_name(name), []).append(re.escape(module))
    unused = [
        name
        for name in (Requirement(line).name for line in project["project"]["dependencies"])
        if not re.search(
            rf"^\s*(import|from) ({'|'.join(modules[canonicalize_name(name)])})\b",
            text,
            re.MULTILINE,
        )
    ]
    assert set(unused) - by_others == set()


def test_both_packages_say_that_they_are_typed(checkout: Path) -> None:
    assert (checkout / "chatsim" / "py.typed").exists()
    assert (checkout / "clients" / "chatsim_clients" / "py.typed").exists()


def test_the_changelog_begins_with_this_version(checkout: Path) -> None:
    first = re.search(r"^## \[(.+?)\]", (checkout / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first is not None
    assert first[1] == chatsim.__version__


def test_continuous_integration_runs_the_gates_and_nothing_else(checkout: Path) -> None:
    script = checkout / ".ci" / "run"
    commands = [line for line in script.read_text().splitlines() if line.startswith("exec ")]
    assert commands == ["exec make test"]
    assert script.stat().st_mode & 0o111
