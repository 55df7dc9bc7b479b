"""What one delivered copy costs: CPU of the memory backend and of the server over tcp, wall clock of the engine.

    python scripts/cost_per_copy.py
    python scripts/cost_per_copy.py --backend engine --engine-users 10M,200M --threads 2 --no-tree

Prints a table as markdown, with the machine. Seconds of a shared machine vary by a third between runs, so the least
of several is given; compare ratios within one table, not figures between machines.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence

import click

from chatsim.cascade.values import RunOutcome
from chatsim.cli.options import COUNT
from chatsim.engine import Engine
from chatsim.errors import ChatsimError
from chatsim.policy.presets import resolve
from chatsim.study.backend import RunPlan
from chatsim.study.populations import is_implicit
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.tree import UNDER_WAY_BYTES, memory_free
from chatsim_clients.memory import MemoryBackend
from chatsim_clients.tcp import TcpBackend
from large_runs import engine_of, warm_up
from machine import load, machine

BACKENDS = ("memory", "tcp", "engine")


def copies_of(outcome: RunOutcome) -> int:
    return sum(int(content.received.sum()) for content in outcome.contents)


def memory(scenario: Scenario, policy_name: str, runs: int) -> tuple[int, float]:
    """(copies, least CPU microseconds per copy in any run)."""
    policy, costs, copies = resolve(policy_name), [], 0
    with MemoryBackend(scenario) as backend:
        backend.play(policy, RunPlan(0, 5))
        for run in range(runs):
            start = time.process_time()
            delivered = copies_of(backend.play(policy, RunPlan(run, 5)))
            copies += delivered
            # A run that died out at once measures set-up only.
            if delivered > 1_000:
                costs.append((time.process_time() - start) / delivered)
    return copies, 1e6 * min(costs, default=float("nan"))


def tcp(scenario: Scenario, policy_name: str, runs: int) -> tuple[int, float]:
    """(copies, CPU microseconds of the server per copy, all runs together, logins included)."""
    policy = resolve(policy_name)
    with TcpBackend(scenario) as backend:
        for run in range(runs):
            backend.play(policy, RunPlan(run, 5))
    carried = backend.carried
    assert carried is not None
    return carried.copies, 1e6 * carried.cpu_seconds / max(1, carried.copies)


def engine(
    playing: Engine, scenario: Scenario, policy_name: str, runs: int, *, threads: int, tree: bool
) -> tuple[int, float]:
    """(copies, least nanoseconds of wall clock per copy in any run)."""
    policy, costs, total = resolve(policy_name), [], 0
    originators = scenario.originators_among(playing.people.users)
    for run in range(runs):
        start = time.perf_counter()
        if tree:
            outcome = playing.play(policy, run=run, originators=originators, threads=threads)
            seconds = time.perf_counter() - start
            copies = copies_of(outcome)
        else:
            measures = playing.tally(policy, run=run, originators=originators, threads=threads)
            seconds = time.perf_counter() - start
            copies = sum(content.copies for content in measures)
        total += copies
        costs.append(seconds / max(1, copies))
    return total, 1e9 * min(costs)


def engine_rows(
    users: int, names: Sequence[str], runs: int, threads: Sequence[int], trees: Sequence[bool]
) -> Iterator[str]:
    """A row for each policy, with and without the tree, on each number of threads."""
    scenario = Scenario(population=Generated(users=users))
    warm_up(scenario)
    playing = engine_of(scenario)
    people = f"{'implicit' if is_implicit(scenario.population) else 'stored'} {users:,}"
    for tree in trees:
        extent = "whole tree" if tree else "reach only"
        if tree and not fits(users * len(scenario.contents)):
            yield f"| engine, {people}, {extent} | any | | does not fit into memory |"
            continue
        for count in threads:
            way = f"engine, {people}, {extent}, {count} thread{'s' if count > 1 else ''}"
            for name in names:
                copies, cost = engine(playing, scenario, name, runs, threads=count, tree=tree)
                yield f"| {way} | {name} | {copies:,} | {cost:.0f} ns |"


def fits(people: int) -> bool:
    """Whether a run's tree finds room in the memory that is free."""
    free = memory_free()
    return free is None or people * UNDER_WAY_BYTES <= free


def numbers(given: str) -> list[int]:
    """Counts in a list with commas."""
    return [COUNT.convert(each, None, None) for each in given.split(",")]


@click.command()
@click.option("--backend", "backends", type=click.Choice(BACKENDS), multiple=True, default=BACKENDS)
@click.option("--users", default=2_000, show_default=True, help="People of memory and tcp.")
@click.option("--runs", default=8, show_default=True, help="Their runs.")
@click.option("--engine-users", default="1M,10M", show_default=True, help="People of the engine.")
@click.option("--engine-runs", default=2, show_default=True, help="Its runs.")
@click.option("--threads", default="1,2", show_default=True, help="Of the engine.")
@click.option("--tree/--no-tree", default=True, help="Whether the engine also keeps whole trees.")
@click.option("--policy", default="whatsapp-latest", show_default=True)
def main(
    *,
    backends: Sequence[str],
    users: int,
    runs: int,
    engine_users: str,
    engine_runs: int,
    threads: str,
    tree: bool,
    policy: str,
) -> None:
    """Measure the default scenario under the control and one policy."""
    scenario, names = Scenario(population=Generated(users=users)), ("uncapped", policy)
    print(f"{machine()}, {load()}.\n")
    print(f"Runs of 14 days: {runs} among {users:,} people by memory and tcp, CPU time; ", end="")
    print(f"{engine_runs} by the engine, wall clock.\n")
    print("| backend | policy | copies | per copy |\n|---|---|---|---|", flush=True)
    for name in names if "memory" in backends else ():
        copies, cost = memory(scenario, name, runs)
        print(f"| memory, relay and people | {name} | {copies:,} | {cost:.0f} us |", flush=True)
    for name in names if "tcp" in backends else ():
        copies, cost = tcp(scenario, name, runs)
        print(f"| tcp, server process only | {name} | {copies:,} | {cost:.0f} us |", flush=True)
    trees = (False, True) if tree else (False,)
    for size in numbers(engine_users) if "engine" in backends else ():
        for row in engine_rows(size, names, engine_runs, numbers(threads), trees):
            print(row, flush=True)
    print(f"\nAfterwards: {load()}.")


if __name__ == "__main__":
    try:
        main()
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
