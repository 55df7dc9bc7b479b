"""Compiled functions follow their sources: an edited callee is seen, and a cache that cannot be written is replaced."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatsim import compilation

PROGRAM = """
import sys
from pathlib import Path
from chatsim import compilation
sys.path.insert(0, sys.argv[1])
compilation.PACKAGE = Path(sys.argv[1]) / "chatsim_probe"
from chatsim_probe.caller import caller
print(compilation.compiled(caller)(20))
"""


def run(folder: Path) -> str:
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_an_edited_callee_changes_the_kernel_of_its_caller(tmp_path: Path) -> None:
    package = tmp_path / "chatsim_probe"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "callee.py").write_text("def callee(x):\n    return x + 1\n")
    (package / "caller.py").write_text(
        "from chatsim_probe.callee import callee\n\ndef caller(x):\n    return 2 * callee(x)\n"
    )
    assert run(tmp_path) == "42"
    kernels = tmp_path / "cache" / "chatsim"
    assert len(list(kernels.rglob("*.nbi"))) == 1
    (package / "callee.py").write_text("def callee(x):\n    return x + 2\n")
    assert run(tmp_path) == "44"
    assert len(list(kernels.iterdir())) == 2


def test_a_cache_that_cannot_be_written_gives_way_to_a_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(in_the_way))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    folder = compilation.cache_folder()
    assert folder.is_dir()
    assert folder.parent == tmp_path


def test_callees_of_this_package_are_found_and_others_left_alone() -> None:
    from chatsim.behaviour.rules import pick_chats, reading_tick

    assert {callee.__name__ for callee in compilation.callees(pick_chats)} == {"draw", "choose"}
    assert {callee.__name__ for callee in compilation.callees(reading_tick)} == {"after_night"}
