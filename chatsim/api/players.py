"""Who plays: the backends, and whoever hands runs to them, chosen by name."""

from __future__ import annotations

from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from chatsim.errors import ConfigurationError
from chatsim.study.cluster_worker import OneThread
from chatsim.study.player import Player
from chatsim.study.playing import BackendMaker, Here, ThreadedMaker, Workers, workers_here
from chatsim.study.threads import Threads

ENGINE = "engine"


def player_of(
    backend: str, workers: int | None, on: str = "local"
) -> AbstractContextManager[Player]:
    """Plays by one backend, with so many threads (engine) or processes (memory), here or on a Dask cluster.

    `on` is "local", "dask" (a cluster of this machine's, with `workers` processes) or "dask://HOST:PORT". Raises
    ConfigurationError.
    """
    if on != "local":
        return _cluster(backend, workers or workers_here(), _scheduler(on))
    match backend:
        case "engine":
            return Threads(engine_backend(), workers or workers_here())
        case "memory":
            return (
                Workers(memory_backend(), workers)
                if workers and workers > 1
                else Here(memory_backend())
            )
        case "tcp":
            return Here(tcp_backend())
        case _:
            message = f"backend is {backend!r}; it takes engine, memory or tcp"
            raise ConfigurationError(message)


def _scheduler(on: str) -> str | None:
    """HOST:PORT of somebody's scheduler; None for a cluster of this machine's own."""
    if on == "dask":
        return None
    try:
        parts = urlsplit(on)
        if (
            parts.scheme == "dask"
            and parts.hostname
            and parts.port
            and on == f"dask://{parts.netloc}"
        ):
            return parts.netloc
    except ValueError:
        pass
    message = f"on is {on!r}; it takes local, dask or dask://HOST:PORT"
    raise ConfigurationError(message)


def _cluster(backend: str, count: int, address: str | None) -> AbstractContextManager[Player]:
    if backend not in {ENGINE, "memory"}:
        message = (
            f"backend is {backend!r}, and a cluster plays by engine or memory; it takes --on local"
        )
        raise ConfigurationError(message)
    try:
        from chatsim.study.cluster import Cluster  # noqa: PLC0415 - Dask is large, and an extra
    except ModuleNotFoundError as error:
        message = (
            f"--on dask takes the package {error.name}, which is not installed; "
            "it comes with the extra: pip install 'chatsim[cluster]'"
        )
        raise ConfigurationError(message) from error
    if backend == ENGINE:
        return Cluster(engine_backend(), shared=True, address=address, count=count)
    return Cluster(OneThread(memory_backend()), shared=False, address=address, count=count)


def engine_backend() -> ThreadedMaker:
    """Makes backends that play compiled."""
    from chatsim.study.engine_backend import EngineBackend  # noqa: PLC0415 - it compiles

    return EngineBackend


def memory_backend() -> BackendMaker:
    """Makes backends with relay and people in one process."""
    from chatsim_clients.memory import MemoryBackend  # noqa: PLC0415 - people are chosen here

    return MemoryBackend


def tcp_backend() -> BackendMaker:
    """Makes backends with a server process and everybody on a socket."""
    from chatsim_clients.tcp import TcpBackend  # noqa: PLC0415

    return TcpBackend
