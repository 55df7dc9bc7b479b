"""One source, two ways to run it: plain Python functions, compiled by numba when a caller asks.

The rules of policy and behaviour are plain functions over integers. The relay calls them as they are; people and
engine call them compiled. numba is imported at the first request, so that `chatsim --help` and a server that never
draws stay quick.

numba's own cache looks at the edited file only, not at the functions it calls, and would keep an old kernel after its
callee changed. So every kernel has a folder of its own, named by a hash of all sources, constants and versions that it
is made from.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import platform
import sys
import tempfile
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

_DECLARING = threading.RLock()


@functools.cache
def compiled(function: Function, *, allocates: bool = True) -> Function:
    """`function`, compiled, without the interpreter's lock; what it calls of this package is compiled with it.

    A kernel that makes no array says so: numba then counts no references to the arrays it is given, which costs a
    kernel that hands many of them from function to function half of its time.
    """
    import numba  # noqa: PLC0415 - half a second that most commands never need

    assert isinstance(function, types.FunctionType)
    # numba looks here when a function is declared, so every kernel has the folder that its sources name.
    with _DECLARING:
        folder = cache_folder(function)
        numba.config.CACHE_DIR = str(folder)
        _register_callees(function)
        kernel = numba.njit(cache=True, nogil=True, _nrt=allocates)(function)
        kernel.compile = _once(kernel.compile, folder / "lock")
        return kernel  # type: ignore[no-any-return]


def _once(compile_: Callable[[Any], Any], path: Path) -> Callable[[Any], Any]:
    """`compile_` by one process at a time: it looks into the cache first, so that the others find what that one made.

    A study's processes all ask for the same kernels at the same moment.
    """

    def alone(signature: Any) -> Any:
        with _locked(path):
            return compile_(signature)

    return alone


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with contextlib.ExitStack() as held:
        # A folder that cannot be written, or has no locks, costs time only.
        with contextlib.suppress(OSError):
            fcntl.flock(held.enter_context(path.open("wb")), fcntl.LOCK_EX)
        yield


_DECLARED: dict[Callable[..., Any], Callable[[], None]] = {}


def declared(declare: Callable[[], None]) -> Callable[[Function], Function]:
    """A function that is an instruction of the processor's when compiled: `declare` tells numba, the body is for us."""

    def note(function: Function) -> Function:
        _DECLARED[function] = declare
        return function

    return note


def _register_callees(function: Callable[..., Any]) -> None:
    for callee in callees(function):
        _register(callee)


@functools.cache
def _register(function: types.FunctionType) -> None:
    from numba.extending import register_jitable  # noqa: PLC0415

    if function in _DECLARED:
        _DECLARED[function]()
        return
    _register_callees(function)
    # A call hands over every field of every array, which would cost kernels of many small functions most of their
    # time; and inlined, several turns of a loop over permutations are under way at once.
    register_jitable(forceinline=True)(function)


def callees(function: Callable[..., Any]) -> list[types.FunctionType]:
    """The plain functions of this package that `function` names in its body."""
    assert isinstance(function, types.FunctionType)
    named = (function.__globals__.get(name) for name in function.__code__.co_names)
    return [
        value
        for value in named
        if isinstance(value, types.FunctionType) and value.__module__.startswith("chatsim")
    ]


def cache_folder(function: types.FunctionType) -> Path:
    """Where a kernel is kept: the user's cache, or a temporary folder if that cannot be written."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kernel = f"kernel-{source_hash(function)}"
    folder = root / "chatsim" / kernel
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        folder = Path(tempfile.gettempdir()) / f"chatsim-{os.getuid()}-{kernel}"
        folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def source_hash(function: types.FunctionType) -> str:
    """A hash of all that decides what `function` compiles to.

    That is its source file and those of everything it calls, the constants that they name, and the versions of
    Python, compiler and processor.
    """
    import llvmlite  # noqa: PLC0415
    import numba  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    digest = hashlib.sha256(repr((function.__module__, function.__qualname__)).encode())
    for each in reachable(function):
        digest.update(Path(each.__code__.co_filename).read_bytes())
        named = ((name, each.__globals__.get(name)) for name in each.__code__.co_names)
        constants = [(name, value) for name, value in named if isinstance(value, int | float)]
        digest.update(repr(constants).encode())
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    digest.update(repr((*versions, platform.machine(), numba.config.CPU_NAME)).encode())
    return digest.hexdigest()[:16]


def reachable(function: types.FunctionType) -> list[types.FunctionType]:
    """`function` and all that it calls, directly or not, each once."""
    found = [function]
    for each in found:
        found += [callee for callee in callees(each) if callee not in found]
    return found
