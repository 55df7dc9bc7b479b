"""A Dask cluster to play on, started or joined: quiet, of one kind, and deaf to Ctrl-C."""

from __future__ import annotations

import contextlib
import logging
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import resource_tracker
from types import FrameType
from typing import Any

import dask
from distributed import Client, LocalCluster, Security
from distributed.gc import disable_gc_diagnosis

from chatsim.errors import ConfigurationError, RunError
from chatsim.study.manifest import PACKAGES

CONNECT_SECONDS = 10
"""How long a cluster may take to answer, and to have a worker."""
SAME = "scheduler and workers take the chatsim, Python and packages of this machine"
SILENT = logging.CRITICAL + 1

SETTINGS = {
    # People from files are a large task, once for a whole study.
    "distributed.admin.large-graph-warning-threshold": "1 TB",
}
OWN_SETTINGS: dict[str, list[str]] = {
    # No page of Dask's, nor anything else over HTTP.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextlib.contextmanager
def connected(address: str | None, count: int) -> Iterator[Client]:
    """A client of the scheduler at HOST:PORT; with None, of one of this machine's own with so many workers.

    Raises ConfigurationError where there is none, or it runs something else; RunError where none can be started.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        stack.enter_context(dask.config.set(SETTINGS))
        client = _joined(address, stack) if address else _started(count, stack)
        refuse_others(client.get_versions(packages=list(PACKAGES)))
        yield client


def _started(count: int, stack: contextlib.ExitStack) -> Client:
    """Workers of this machine, with a certificate that nobody else has: a scheduler runs what it is sent."""
    folder = stack.enter_context(
        tempfile.TemporaryDirectory(prefix="chatsim-", ignore_cleanup_errors=True)
    )
    stack.enter_context(dask.config.set(OWN_SETTINGS))
    try:
        with _deaf_to_interrupts():
            cluster = stack.enter_context(
                LocalCluster(
                    n_workers=count,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    scheduler_kwargs={"dashboard": False},
                    memory_limit=None,
                    local_directory=folder,
                    silence_logs=SILENT,
                    security=True,
                )
            )
            # It looks at every collection from within, and an interrupt that meets it there is lost, or worse.
            disable_gc_diagnosis(force=True)
    except Exception as error:
        message = f"could not start {count} workers on this machine: {error}"
        raise RunError(message) from error
    return stack.enter_context(Client(cluster, set_as_default=False, timeout=CONNECT_SECONDS))


def _joined(address: str, stack: contextlib.ExitStack) -> Client:
    """A cluster that other people keep, over TLS where Dask's own settings ask for it."""
    scheme = "tls" if Security().require_encryption else "tcp"
    try:
        client = Client(f"{scheme}://{address}", set_as_default=False, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        message = (
            f"no Dask scheduler answers at {address}: --on takes local, dask or dask://HOST:PORT"
        )
        raise ConfigurationError(message) from error
    stack.enter_context(client)
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError as error:
        message = f"the cluster at {address} has no worker; it takes at least one"
        raise ConfigurationError(message) from error
    return client


def refuse_others(found: Mapping[str, Any]) -> None:
    """Raise ConfigurationError unless scheduler and workers run what this process runs.

    `found` is what `distributed.Client.get_versions` gives.
    """
    mine = found["client"]["packages"]
    places = {"scheduler": found["scheduler"], **found["workers"]}
    for place, theirs in places.items():
        for name in ("python", *PACKAGES):
            other = theirs["packages"][name]
            if other != mine[name]:
                who = place if place == "scheduler" else f"worker {place}"
                has = f"has {name} {other}" if other else f"has no {name}"
                message = f"the cluster's {who} {has}, this machine {mine[name]}; {SAME}"
                raise ConfigurationError(message)


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Threads and processes that begin within this block never hear Ctrl-C; this thread hears it behind the block.

    A terminal sends it to every process. It is for the study alone, which ends its workers.
    """
    heard: list[int] = []
    in_main = threading.current_thread() is threading.main_thread()
    handler = (
        signal.signal(signal.SIGINT, lambda number, _: heard.append(number)) if in_main else None
    )
    # Whichever thread starts multiprocessing's helper hears everything afterwards.
    resource_tracker.ensure_running()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if in_main:
            signal.signal(signal.SIGINT, handler)
        if heard:
            signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def insistent_interrupts() -> Iterator[Callable[[], None]]:
    """What is given raises again what Ctrl-C or SIGTERM raised within this block.

    Their exceptions surface wherever the main thread is just then, and are lost in the finalizer of one of Dask's
    objects.
    """
    heard: list[int] = []
    former: dict[int, Callable[[int, FrameType | None], object]] = {}

    def hear(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        former[number](number, frame)

    def insist() -> None:
        for number in heard:
            former[number](number, None)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                former[number] = handler
                signal.signal(number, hear)
    try:
        yield insist
    finally:
        for caught, handler in former.items():
            signal.signal(caught, handler)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Dask tells its operators much on stderr; a study says in its own words what its user has to know."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed.")]
    loggers = [logging.getLogger(name) for name in ("distributed", *names)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(SILENT)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
