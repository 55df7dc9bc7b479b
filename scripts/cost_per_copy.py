"""What one delivered copy costs: CPU of the memory backend, and of the server process over tcp.

Prints a table as markdown, with the machine. CPU seconds of a shared machine vary by a third between runs, so the
smallest of several is given; compare ratios within one table, not figures between machines.
"""

from __future__ import annotations

import os
import platform
import time

import click

from chatsim.cascade.values import RunOutcome
from chatsim.policy.presets import resolve
from chatsim.study.backend import RunPlan
from chatsim.study.scenario import Generated, Scenario
from chatsim_clients.memory import MemoryBackend
from chatsim_clients.tcp import TcpBackend


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


@click.command()
@click.option("--users", default=2_000, show_default=True)
@click.option("--runs", default=8, show_default=True)
@click.option("--policy", default="whatsapp-latest", show_default=True)
def main(users: int, runs: int, policy: str) -> None:
    """Measure the default scenario under the control and one policy."""
    scenario = Scenario(population=Generated(users=users))
    print(f"{users:,} people, {runs} runs of 14 days, Python {platform.python_version()}, ", end="")
    print(f"{os.cpu_count()} cores, {platform.machine()}\n")
    print("| backend | policy | copies | CPU per copy |\n|---|---|---|---|")
    for name in ("uncapped", policy):
        copies, cost = memory(scenario, name, runs)
        print(f"| memory, relay and people | {name} | {copies:,} | {cost:.0f} us |")
    for name in ("uncapped", policy):
        copies, cost = tcp(scenario, name, runs)
        print(f"| tcp, server process only | {name} | {copies:,} | {cost:.0f} us |")


if __name__ == "__main__":
    main()
