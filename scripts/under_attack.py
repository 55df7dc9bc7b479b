"""What do bystanders notice of attacks on their server? Latency in peace and under each attack, and what was counted.

    python scripts/under_attack.py
    python scripts/under_attack.py --seconds 3 --only "garbage before and after login"

Each line has a server of its own (tokens, real clock, no store), 40 bystanders who write to each other at a steady
rate, and one process that attacks it from before the first measured second to after the last. Latency runs from the
intended send time to the arrival. The server has a core of its own where there are two; attackers run at a lower
priority than bystanders, with whom they share the other one. The bound is that of ARCHITECTURE.md ("Shells"), with
what a share and a large act cost here. Messages lost, doubled or refused, and a p99 above the bound, end the run with
status 1. Writes under_attack.md into --out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from attrs import evolve, frozen

from attacks import ATTACKS, FIRST, FRIENDS, USERS, Attack
from broker_processes import free_port
from chatsim.errors import ChatsimError, RunError
from chatsim.policy import compile_row
from chatsim.policy.presets import resolve
from chatsim.relay.events import Arrived, Opened
from chatsim.relay.relay import Relay, RelaySettings
from chatsim.relay.roster import OpenRoster
from chatsim.server.batch import BATCH_SECONDS
from chatsim.server.exchange import COPIES_PER_BATCH
from chatsim.server.tokens import write_tokens
from chatsim.study.populations import build_population
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.scenario_files import load_scenario
from chatsim.study.scenario_json import scenario_to_json
from chatsim.wire.encoding import encode
from chatsim.wire.messages import Act, Hello
from chatsim_clients.load.parts import Open, Stage
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.result import LoadResult, Measure, Second
from chatsim_clients.load.runner import OnSecond, run_load
from chatsim_clients.tcp_process import ServerProcess
from machine import load, machine
from recording import head, record
from versus_servers import cores

ATTACKERS = Path(__file__).with_name("attacks.py")
POLICY = "whatsapp-latest"
BYSTANDERS = 40
RATE = 200.0
WARM_UP_SECONDS = 2.0
CONNECTIONS_MAX = 2_000
TOLD = ("acts_refused", "sessions_ended", "connections_refused", "logins_refused", "dropped")
"""The metrics that say what a server did about an attack, by a part of their names."""


@frozen
class Costs:
    """What a server of this machine takes, in seconds."""

    share: float
    """The frames that one session may have handled in a batch, as acts."""
    act: float
    """The largest act that is taken."""

    @property
    def bound(self) -> float:
        """What may delay a message at most: the batch that is under way, one that others fill, and its own."""
        return 3 * (BATCH_SECONDS + max(self.share, self.act))

    def told(self) -> str:
        acts, copies = f"A share of {COPIES_PER_BATCH} acts", "an act of 8,000 copies"
        return f"{acts} takes {1e3 * self.share:.1f} ms, {copies} {1e3 * self.act:.1f} ms."


def costs() -> Costs:
    """The least of some tries: what else the machine does is no excuse for a server."""
    tries = [_costs() for _ in range(5)]
    return Costs(min(each.share for each in tries), min(each.act for each in tries))


def _costs() -> Costs:
    """Measured on a relay without sockets, whose recipients are there."""
    row = compile_row(resolve(POLICY))
    relay = Relay(OpenRoster(USERS), (row,), RelaySettings(), _Everybody())
    for user in range(FRIENDS):
        relay.handle(Opened(user), 0)
        relay.handle(Arrived(user, encode(Hello(user, 0)), b""), 0)
    begin = time.perf_counter()
    for counter in range(1, COPIES_PER_BATCH + 1):
        relay.handle(Arrived(0, encode(Act(0, counter, (1,))), bytes(100)), 0)
    share = time.perf_counter() - begin
    friends = tuple(range(1, FRIENDS)) * (8_000 // FRIENDS)
    begin = time.perf_counter()
    relay.handle(Arrived(0, encode(Act(0, COPIES_PER_BATCH + 1, friends)), b""), 0)
    return Costs(share, time.perf_counter() - begin)


class _Everybody:
    def admits(self, user: int, token: bytes | None) -> bool:
        return True


@frozen
class Place:
    """Where servers of this script live."""

    folder: Path
    group: int
    core: int | None
    """The server's own."""

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens"

    @property
    def scenario(self) -> Path:
        return self.folder / "scenario.json"


def prepare(folder: Path, core: int | None) -> Place:
    """Tokens and people; the first hostile user's group is one without a bystander."""
    people: Scenario = evolve(load_scenario("default"), population=Generated(USERS))
    population = build_population(people.population)
    place = Place(folder, int(population.groups_of(FIRST)[0]), core)
    if int(population.members_of(place.group)[0]) < BYSTANDERS:
        raise RunError(f"group {place.group} has a bystander among its members")
    place.scenario.write_text(scenario_to_json(people), encoding="utf-8")
    write_tokens(USERS, place.tokens)
    return place


@frozen
class Line:
    """One row of the table."""

    name: str
    result: LoadResult
    bound_ms: float
    told: str
    """What the server counted meanwhile."""

    def milliseconds(self, percent: float) -> float:
        histogram = self.result.histograms[Measure.DELIVERY]
        return float(histogram.get_value_at_percentile(percent)) / 1_000

    @property
    def wrong(self) -> int:
        """Messages lost, doubled, refused or without an answer."""
        books = self.result.accounts
        refused = sum(books.refused.values())
        return books.lost + books.duplicated + books.reordered + books.unanswered + refused

    @property
    def holds(self) -> bool:
        return not self.wrong and self.milliseconds(99) <= self.bound_ms


def measure(attack: Attack | None, place: Place, seconds: float, costs: Costs) -> Line:
    """A server, bystanders, and whoever attacks. Raises RunError where the server or the load falls."""
    metrics_port = free_port()
    options = ("--port", "0", "--population", str(place.scenario), "--policy", POLICY)
    bounds = ("--tokens", f"{place.tokens}.sha256", "--connections-max", str(CONNECTIONS_MAX))
    server = ServerProcess([*options, *bounds, "--metrics", str(metrics_port)], {})
    try:
        address = server.address()
        if place.core is not None:
            os.sched_setaffinity(server.pid, {place.core})
        before = metrics(metrics_port)
        with attackers(attack, place, address[1]) as begin:
            stage = max(seconds, 0.0 if attack is None else attack.seconds_min)
            plan = LoadPlan(
                Open(RATE),
                users=BYSTANDERS,
                address=address,
                server_pid=server.pid,
                stages=(Stage(stage),),
                warm_up_seconds=WARM_UP_SECONDS,
                tokens=place.tokens,
            )
            result = run_load(plan, on_second=begin)
        told = difference(before, metrics(metrics_port))
    finally:
        server.stop()
    name = "peace" if attack is None else attack.name
    return Line(name, result, 1_000 * costs.bound, told)


class Attackers:
    """The hostile process, which begins with the load's first second."""

    def __init__(self, attack: Attack, place: Place, port: int) -> None:
        given = {"attack": attack.name, "port": port, "group": place.group}
        self._words = json.dumps(given | {"tokens": str(place.tokens)})
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self, second: Second) -> None:
        if self.process is None and second.second >= 0:
            self.process = subprocess.Popen([sys.executable, str(ATTACKERS), self._words])

    def end(self) -> None:
        process = self.process
        if process is None:
            return
        if process.poll() is not None:
            raise RunError(f"the attack ended early, with status {process.returncode}")
        process.kill()
        process.wait()


@contextmanager
def attackers(attack: Attack | None, place: Place, port: int) -> Iterator[OnSecond | None]:
    """Gives what is to be called as seconds pass."""
    if attack is None:
        yield None
        return
    hostile = Attackers(attack, place, port)
    try:
        yield hostile.begin
    finally:
        hostile.end()


def metrics(port: int) -> dict[str, float]:
    """Everything that the server counts."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def difference(before: dict[str, float], after: dict[str, float]) -> str:
    """What rose of that which says how a server defends itself."""
    words = []
    for name, value in after.items():
        rise = int(value - before.get(name, 0))
        if rise and "_total" in name and "lost" not in name and any(part in name for part in TOLD):
            plain, _, label = name.removeprefix("chatsim_").partition("{")
            what = label.partition('"')[2].rstrip('"}').replace("_", " ")
            plain = plain.removesuffix("_total").replace("_", " ")
            words.append(f"{plain}{f' ({what})' if what else ''} {rise:,}")
    return ", ".join(words)


def table(lines: Sequence[Line]) -> list[str]:
    """A row for each attack."""
    rows = [
        "| bystanders under | p50 ms | p99 ms | max ms | bound ms | messages | wrong | the server counted |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for line in lines:
        times = " | ".join(f"{line.milliseconds(percent):.1f}" for percent in (50, 99, 100))
        counts = f"{line.bound_ms:.0f} | {line.result.accounts.delivered:,} | {line.wrong}"
        rows.append(f"| {line.name} | {times} | {counts} | {line.told} |")
    return rows


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="Measured for each line.")
@click.option("--only", multiple=True, help="These attacks.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def main(*, seconds: float, only: Sequence[str], out: Path) -> None:
    """Attack a server in many ways, and measure what bystanders notice."""
    taken = costs()
    chosen = [attack for attack in ATTACKS if not only or attack.name in only]
    lines = []
    with tempfile.TemporaryDirectory(prefix="chatsim-attack-") as folder:
        core, own = cores()
        place = prepare(Path(folder), core)
        if own is not None:
            os.sched_setaffinity(0, {own})
        for attack in (None, *chosen, None):
            lines.append(measure(attack, place, seconds, taken))
            click.echo(table(lines)[-1], err=True)
            for warning in lines[-1].result.warnings:
                click.echo(warning, err=True)
    where = f"{machine()}; {load()}. {taken.told()}"
    text = [
        *head("Bystanders under attack", __doc__, "under_attack.py", where),
        *table(lines),
        "",
    ]
    record(text, out, "under_attack.md")
    failed = [line.name for line in lines if not line.holds]
    if failed:
        raise RunError(f"bystanders suffered under: {', '.join(failed)}")


if __name__ == "__main__":
    try:
        main()
    except RunError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
