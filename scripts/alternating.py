"""Figures of several ways to run a server, taken in alternating rounds, so that a machine's moods fall on all alike.

Each figure has a server of its own, pinned apart from the load where the machine has two cores.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from statistics import quantiles
from typing import TypeVar

import click
from attrs import frozen

from broker_load import Amount, Carried, Crowd
from broker_processes import Broker, start
from broker_protocols import Talk
from brokers import BROKERS, chatsim_command
from chatsim.server.listening import raise_file_limit
from versus_servers import cores

Figure = TypeVar("Figure")


@frozen
class Way:
    """Who talks, and to which server."""

    name: str
    talk: Callable[..., Talk]
    """Makes a client, of its number; takes `acknowledged` by name."""
    options: tuple[str, ...] = ()
    """Of `chatsim serve`."""


def in_rounds(
    names: Sequence[str], rounds: int, figure: Callable[[str], Figure]
) -> dict[str, list[Figure]]:
    """The figures of each name, round by round; every second round goes backwards. Says how far it is."""
    found: dict[str, list[Figure]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else names[::-1]:
            found[name].append(figure(name))
        click.echo(f"round {number + 1} of {rounds}", err=True)
    return found


def carried_in_rounds(
    ways: Sequence[Way], rounds: int, clients: int, amount: Amount
) -> tuple[dict[str, list[Carried]], str]:
    """What servers carried, by way and round, and in words where they ran.

    Random pairs over loopback TCP, one message in flight for each client, everybody acknowledging.
    """
    raise_file_limit()
    core, own = cores()
    if own is not None:
        os.sched_setaffinity(0, {own})
    by_name = {way.name: way for way in ways}

    def figure(name: str) -> Carried:
        return _carried(by_name[name], clients, amount, core)

    where = "nothing pinned" if core is None else "the server pinned to one core"
    return in_rounds(list(by_name), rounds, figure), where


def _carried(way: Way, clients: int, amount: Amount, core: int | None) -> Carried:
    first = BROKERS[0]
    broker = Broker(
        way.name,
        first.program,
        way.talk,
        lambda _, port: chatsim_command(port, *way.options),
        first.fire,
    )
    running = start(broker, core)
    try:
        talks = [way.talk(number, acknowledged=True) for number in range(clients)]
        crowd = Crowd.connected(running.address, talks, 1)
        try:
            return crowd.carry(1, amount, running.cpu_seconds)
        finally:
            crowd.close()
    finally:
        running.stop()


def middle_half(values: Sequence[float]) -> tuple[float, float]:
    """Between which two numbers half of them lie; of a single one, itself."""
    if len(values) == 1:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4)
    return low, high
