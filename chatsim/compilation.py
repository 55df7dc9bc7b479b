"""One source, two ways to run it: plain Python functions, compiled by numba when a caller asks.

The rules of policy and behaviour are plain functions over integers. The relay calls them as they are; people and
engine call them compiled. numba is imported at the first request, so that `chatsim --help` and a server that never
draws stay quick.

numba's own cache looks at the edited file only, not at the functions it calls, and would keep an old kernel after its
callee changed. So the cache lives in a folder named by a hash of every source of the package and of the versions that
make the machine code.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

PACKAGE = Path(__file__).parent


@functools.cache
def compiled(function: Function) -> Function:
    """`function`, compiled; what it calls of this package is compiled with it."""
    numba = _numba()
    _register_callees(function)
    return numba.njit(cache=True)(function)  # type: ignore[no-any-return]


@functools.cache
def _numba() -> Any:
    import numba  # noqa: PLC0415 - half a second that most commands never need

    numba.config.CACHE_DIR = str(cache_folder())
    return numba


def _register_callees(function: Callable[..., Any]) -> None:
    for callee in callees(function):
        _register(callee)


@functools.cache
def _register(function: types.FunctionType) -> None:
    from numba.extending import register_jitable  # noqa: PLC0415

    _register_callees(function)
    register_jitable(function)


def callees(function: Callable[..., Any]) -> list[types.FunctionType]:
    """The plain functions of this package that `function` names in its body."""
    assert isinstance(function, types.FunctionType)
    named = (function.__globals__.get(name) for name in function.__code__.co_names)
    return [
        value
        for value in named
        if isinstance(value, types.FunctionType) and value.__module__.startswith("chatsim")
    ]


def cache_folder() -> Path:
    """Where compiled code is kept: the user's cache, or a temporary folder if that cannot be written."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kernels = f"kernels-{source_hash(PACKAGE)}"
    folder = root / "chatsim" / kernels
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        folder = Path(tempfile.gettempdir()) / f"chatsim-{os.getuid()}-{kernels}"
        folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def source_hash(package: Path) -> str:
    """A hash of every source under `package` and of the versions that decide what they compile to."""
    import llvmlite  # noqa: PLC0415
    import numba  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.read_bytes())
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    digest.update(repr((*versions, platform.machine(), platform.processor())).encode())
    return digest.hexdigest()[:16]
