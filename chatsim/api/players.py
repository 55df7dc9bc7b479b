"""Who plays: the backends, and whoever hands runs to them, chosen by name."""

from __future__ import annotations

from contextlib import AbstractContextManager

from chatsim.errors import ConfigurationError
from chatsim.study.player import Player
from chatsim.study.playing import BackendMaker, Here, ThreadedMaker, Threads, Workers, workers_here

ENGINE = "engine"


def player_of(backend: str, workers: int | None) -> AbstractContextManager[Player]:
    """Plays by one backend, with so many threads (engine) or processes (memory). Raises ConfigurationError."""
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
