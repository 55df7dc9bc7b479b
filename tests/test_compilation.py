"""Compiled functions follow their sources: an edited callee is seen, and a cache that cannot be written is replaced."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chatsim import compilation
from chatsim.behaviour import rules

PROGRAM = """
import sys
from chatsim import compilation
sys.path.insert(0, sys.argv[1])
from chatsim_probe.caller import caller
print(compilation.compiled(caller)(20))
"""


TOGETHER = """
import sys
from numba import int64
from chatsim import compilation
from chatsim.behaviour import rules
kernel = compilation.compiled(rules.after_night)
print("ready", flush=True)
sys.stdin.readline()
kernel.compile((int64, int64))
print(sum(kernel.stats.cache_misses.values()))
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


def test_of_processes_that_ask_at_once_one_compiles(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", TOGETHER]
    pipe = subprocess.PIPE
    asking = [
        subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        for _ in range(2)
    ]
    for each in asking:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in asking:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    compiled = [int(each.communicate()[0]) for each in asking]
    assert sorted(compiled) == [0, 1]


def test_a_cache_that_cannot_be_written_gives_way_to_a_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(in_the_way))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    folder = compilation.cache_folder(rules.after_night)
    assert folder.is_dir()
    assert folder.parent == tmp_path


def test_callees_of_this_package_are_found_and_others_left_alone() -> None:
    assert called(compilation.callees(rules.pick_chats)) == {"draw", "choose", "_occupant"}
    assert called(compilation.callees(rules.reading_tick)) == {"after_night"}
    assert called(compilation.reachable(rules.pick_chats)) == {
        "pick_chats",
        "draw",
        "choose",
        "_occupant",
        "philox",
    }


def called(functions: list[types.FunctionType]) -> set[str]:
    return {function.__name__ for function in functions}


def test_a_changed_constant_names_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = compilation.source_hash(rules.after_night)
    monkeypatch.setattr(rules, "MORNING", 6 * 3600)
    assert compilation.source_hash(rules.after_night) != before


def test_kernels_declared_at_once_are_each_kept_in_their_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    together = threading.Barrier(4)
    register = compilation._register_callees

    def slowly(function):
        # Whoever may come in between does.
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(0.2)
        register(function)

    monkeypatch.setattr(compilation, "_register_callees", slowly)
    functions = (rules.after_night, rules.reading_tick, rules.chance_left, rules.posting_tick)
    declare = compilation.compiled.__wrapped__
    with ThreadPoolExecutor(4) as pool:
        kernels = list(pool.map(declare, functions))
    for function, kernel in zip(functions, kernels, strict=True):
        assert str(compilation.cache_folder(function)) in kernel.stats.cache_path
