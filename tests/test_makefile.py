"""The environment's rules, asked without installing anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INPUTS = ("Makefile", "pyproject.toml", "constraints.txt")
STAMPS = ("made.stamp", "run.stamp", "dev.stamp")


@pytest.fixture
def copy(checkout: Path, tmp_path: Path) -> Path:
    """What make looks at, in a folder with a space in its name."""
    folder = tmp_path / "a copy"
    folder.mkdir()
    for name in INPUTS:
        shutil.copy(checkout / name, folder)
    return folder


@pytest.fixture
def installed(copy: Path) -> Path:
    """The same after a first call: pins first, then stamps, a minute apart."""
    (copy / ".venv").mkdir()
    for minute, name in enumerate([*INPUTS, *(f".venv/{stamp}" for stamp in STAMPS)]):
        (copy / name).touch()
        os.utime(copy / name, (60 * minute, 60 * minute))
    return copy


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # A make above this one would hand down its flags and variables.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def python_that(folder: Path, program: str) -> str:
    """An interpreter that runs `program` before what it is asked."""
    path = folder / "odd-python"
    path.write_text(
        f"#!/bin/sh\nexec '{sys.executable}' -c '{program}\nimport sys\nexec(sys.argv[2])' \"$@\"\n"
    )
    path.chmod(0o755)
    return f"PYTHON={path}"


def test_a_first_call_installs(copy: Path) -> None:
    assert "pip install" in make(copy, "--dry-run", "compare").stdout


@pytest.mark.parametrize("stamp", STAMPS)
def test_a_second_call_installs_nothing(installed: Path, stamp: str) -> None:
    assert make(installed, "--question", f".venv/{stamp}").returncode == 0


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_pin_installs_again_into_the_same_environment(installed: Path, name: str) -> None:
    (installed / name).touch()
    assert make(installed, "--question", ".venv/made.stamp").returncode == 0
    assert make(installed, "--question", ".venv/run.stamp").returncode == 1
    assert make(installed, "--question", ".venv/dev.stamp").returncode == 1


def test_the_main_job_needs_no_development_tools(copy: Path) -> None:
    assert "[dev]" not in make(copy, "--dry-run", "compare").stdout
    assert "[dev]" in make(copy, "--dry-run", "test").stdout


def test_a_python_that_is_too_old_gets_one_sentence(copy: Path) -> None:
    old = python_that(copy, "import sys; sys.version_info = (3, 9, 7)")
    result = make(copy, "compare", old)
    sentence, *rest = result.stderr.splitlines()
    assert result.returncode == 2
    assert sentence.startswith("chatsim needs Python 3.11 or newer")
    assert "is 3.9" in sentence
    assert all(line.startswith("make: ***") for line in rest)
    assert not (copy / ".venv").exists()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_that_makes_no_environments_gets_one_sentence(copy: Path, module: str) -> None:
    result = make(copy, "compare", python_that(copy, f'import sys; sys.modules["{module}"] = None'))
    sentence, *rest = result.stderr.splitlines()
    assert result.returncode == 2
    assert "venv or ensurepip module is missing" in sentence
    assert all(line.startswith("make: ***") for line in rest)


def test_a_python_that_is_not_there_gets_one_sentence(copy: Path) -> None:
    result = make(copy, "compare", "PYTHON=python-of-nowhere")
    sentence, *rest = result.stderr.splitlines()
    assert result.returncode == 2
    assert sentence.startswith("There is no python-of-nowhere here")
    assert all(line.startswith("make: ***") for line in rest)


def test_without_a_target_make_says_what_there_is(copy: Path) -> None:
    result = make(copy)
    assert result.returncode == 0
    for target in ("make compare", "make test", "make clean"):
        assert target in result.stdout
