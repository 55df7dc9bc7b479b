"""The `tcp` backend: `chatsim serve` as its own process, and everybody on a real socket of their own.

The run is lock-step: a driver, which is one more connection, moves the server's clock when every copy of a tick has
been delivered. So nothing depends on timing, and the cascade is the memory backend's, copy for copy.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs

from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.values import RunOutcome
from chatsim.device import Device
from chatsim.errors import RemoteProtocolError, RunError
from chatsim.policy import Policy
from chatsim.policy.files import dump_policy
from chatsim.population.handing import write_people
from chatsim.population.roster import PopulationRoster
from chatsim.provenance.halves import Tracing
from chatsim.provenance.keys import fresh
from chatsim.provenance.modes import set_up
from chatsim.server.listening import raise_file_limit
from chatsim.study.backend import Carried, RunPlan, tallied
from chatsim.study.populations import spec_of_run
from chatsim.study.scenario import PopulationSpec, Scenario
from chatsim.study.scenario_json import scenario_to_json
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.encoding import encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import (
    Begin,
    Begun,
    Drive,
    Go,
    Inbound,
    Next,
    Outbound,
    Refusal,
    Sent,
    Settled,
    Welcome,
)
from chatsim_clients.keyrings import Keyrings, keyrings_of
from chatsim_clients.scenes import scenes_of
from chatsim_clients.swarm import Swarm
from chatsim_clients.tcp_process import ServerProcess
from chatsim_clients.tcp_sockets import Sockets
from chatsim_clients.world import Setting

Address = tuple[str, int]
DEATH_SECONDS = 2.0
"""How long a server that lost its connections may take to be gone."""


class TcpBackend:
    """Plays the runs of one scenario through servers of its own, one after another.

    A server is kept as long as runs ask for its policy and population. `via` may put something between: given the
    server's address it returns the one to connect to.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        via: Callable[[Address], Address] | None = None,
        keys: bytes | None = None,
    ) -> None:
        """`keys`: the root of the apps' keys under `e2ee`, which no server gets; None: fresh bytes."""
        self._keys = keys
        self.scenario = scenario
        self.via = via
        self._scenes = scenes_of(scenario)
        self._served: _ServedPeople | None = None
        self._carried: Carried | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the running server; what it carried is in the books from then on."""
        served, self._served = self._served, None
        if served is not None:
            carried = served.close()
            if carried is not None:
                self._carried = carried if self._carried is None else self._carried + carried

    @property
    def carried(self) -> Carried | None:
        """What all servers that have ended carried; None before the first has."""
        return self._carried

    @property
    def server_pid(self) -> int | None:
        """The running server's process, if there is one."""
        return None if self._served is None else self._served.server_pid

    def play(self, policy: Policy, plan: RunPlan) -> RunOutcome:
        """One run under `policy`. Raises RunError when its server or a session is lost."""
        setting = self._scenes.scene(policy, plan.run)
        served = self._served
        if served is None or served.policy != policy or served.setting is not setting:
            self.close()
            spec = spec_of_run(self.scenario, plan.run)
            served = self._served = _ServedPeople(self.scenario, spec, setting, policy, self._keys)
            served.start(self.via)
        return served.play(plan)

    def tally(self, policy: Policy, plan: RunPlan) -> tuple[RunMeasures, ...]:
        """The run's measures, without its tree."""
        return tallied(self.play(policy, plan), self.scenario, policy, plan.run)


class _ServedPeople:
    """The people of one setting, all logged in at a server process that holds one policy."""

    def __init__(
        self,
        scenario: Scenario,
        spec: PopulationSpec,
        setting: Setting,
        policy: Policy,
        keys: bytes | None,
    ) -> None:
        self.scenario = attrs.evolve(scenario, population=spec, redraw_population=False)
        self.setting = setting
        self.policy = policy
        self._rows = setting.rows(policy)
        self._users = setting.population.users
        self._keyrings: Keyrings | None = None
        if scenario.e2ee:
            self._keyrings = keyrings_of(PopulationRoster(setting.population), keys)
        self._folder = tempfile.TemporaryDirectory(prefix="chatsim-")
        self._server: ServerProcess | None = None
        self._sockets: Sockets | None = None
        self._tracing: Tracing | None = None
        self._messages: list[Outbound] = []

    @property
    def server_pid(self) -> int | None:
        return None if self._server is None else self._server.pid

    # Begin and end.

    def start(self, via: Callable[[Address], Address] | None) -> None:
        """Start the server and log everybody in."""
        secret = secrets.token_hex(16)
        root = fresh()
        self._tracing = set_up(self.scenario.traceability, root)
        people = Path(self._folder.name) / "people"
        write_people(self.setting.population, people)
        environment = {
            "CHATSIM_DRIVE_SECRET": secret,
            "CHATSIM_PROVENANCE_ROOT": root.hex(),
            "CHATSIM_PEOPLE": str(people),
        }
        server = self._server = ServerProcess(self._arguments(), environment)
        raise_file_limit()
        address = server.address()
        self._sockets = Sockets(address if via is None else via(address))
        try:
            self._log_in(self._sockets, secret.encode())
        except (RunError, RemoteProtocolError) as error:
            raise self._explained(server, "while people logged in", error) from error

    def _arguments(self) -> list[str]:
        folder = Path(self._folder.name)
        population, policy = folder / "scenario.json", folder / "policy.toml"
        population.write_text(scenario_to_json(self.scenario), encoding="utf-8")
        policy.write_text(dump_policy(self.policy), encoding="utf-8")
        clock = ["--clock", "driven", "--port", "0"]
        return [*clock, "--population", str(population), "--policy", str(policy)]

    def _log_in(self, sockets: Sockets, secret: bytes) -> None:
        for user in range(self._users):
            sockets.connect(Device(user).hello())
        sockets.connect(head_of(encode(Drive(secret)), 0))
        waiting = self._users
        while waiting:
            for _, frames in sockets.receive():
                for header, body in frames:
                    match message := decode_outbound(header, body):
                        case Welcome():
                            waiting -= 1
                        case Refusal():
                            raise RunError(f"the server ended a session: {message.text}")
                        case _:
                            raise _out_of_turn(message)

    def close(self) -> Carried | None:
        """End the server; returns what it carried, None where it did not come to say so."""
        try:
            if self._sockets is not None:
                self._sockets.close()
            carried = None if self._server is None else self._server.stop()
        finally:
            self._folder.cleanup()
        return None if carried is None else _carried(carried)

    def _explained(self, server: ServerProcess, when: str, error: Exception) -> RunError:
        if server.died(within_seconds=DEATH_SECONDS):
            return RunError(
                f"the server of policy {self.policy.name} ended {when}: {server.last_words()}"
            )
        return RunError(f"under policy {self.policy.name}, {when}: {error}")

    # A run.

    def play(self, plan: RunPlan) -> RunOutcome:
        """One run; the server forgets the former one first."""
        server, sockets = self._server, self._sockets
        assert server is not None
        assert sockets is not None
        try:
            return self._play(sockets, plan)
        except (RunError, RemoteProtocolError) as error:
            raise self._explained(server, f"in the middle of run {plan.run}", error) from error

    def _play(self, sockets: Sockets, plan: RunPlan) -> RunOutcome:
        assert self._tracing is not None
        world = self.setting.world(self._rows, plan.run)
        swarm = Swarm(world, plan.originators, self._tracing.client, self._keyrings)
        self._drive(sockets, Begin())
        begun = self._next_signal(sockets)
        if not isinstance(begun, Begun):
            raise _out_of_turn(begun)
        self._drive(sockets, Next(swarm.next_tick()))
        while isinstance(signal := self._next_signal(sockets), Go):
            self._play_tick(sockets, swarm, signal.tick)
            swarm.settle()
            self._drive(sockets, Next(swarm.next_tick()))
        return swarm.outcome()

    def _play_tick(self, sockets: Sockets, swarm: Swarm, tick: int) -> None:
        for outgoing in swarm.top_up(tick):
            sockets.write(outgoing.user, outgoing.head, outgoing.body)
        while swarm.unanswered:
            self._exchange(sockets, swarm, tick)
        for outgoing in swarm.act(tick):
            sockets.write(outgoing.user, outgoing.head, outgoing.body)
        sent = False
        while not self._messages:
            if not sent and not swarm.unanswered:
                self._drive(sockets, Sent(tick))
                sent = True
            self._exchange(sockets, swarm, tick)
        settled = self._messages.pop()
        if not isinstance(settled, Settled):
            raise _out_of_turn(settled)

    def _exchange(self, sockets: Sockets, swarm: Swarm, tick: int) -> None:
        """Send what waits, and take what comes next."""
        sockets.flush()
        for number, frames in sockets.receive():
            if number == self._users:
                self._hear(frames)
            else:
                self._deliver(sockets, swarm, number, frames, tick)

    def _deliver(
        self,
        sockets: Sockets,
        swarm: Swarm,
        user: int,
        frames: Iterator[tuple[bytes, bytes]],
        tick: int,
    ) -> None:
        """What came to one user, acknowledged at once: the clock waits for that."""
        device = swarm.devices[user]
        for header, body in frames:
            message = decode_outbound(header, body)
            if type(message) is Refusal:
                raise RunError(f"the server ended the session of user {user}: {message.text}")
            device.receive(message)
            swarm.receive(user, message, tick)
        if device.unacknowledged:
            sockets.write(user, device.acknowledge())

    def _drive(self, sockets: Sockets, message: Inbound) -> None:
        sockets.write(self._users, head_of(encode(message), 0))

    def _next_signal(self, sockets: Sockets) -> Outbound:
        """What the driver hears next, between ticks, when nobody else hears anything."""
        while not self._messages:
            sockets.flush()
            for number, frames in sockets.receive():
                if number != self._users:
                    raise RunError(f"user {number} heard from the server between two ticks")
                self._hear(frames)
        return self._messages.pop(0)

    def _hear(self, frames: Iterator[tuple[bytes, bytes]]) -> None:
        self._messages += [decode_outbound(header, body) for header, body in frames]


def _out_of_turn(message: Outbound) -> RunError:
    text = message.text if isinstance(message, Refusal) else type(message).__name__.lower()
    return RunError(f"the server said out of turn: {text}")


def _carried(line: Mapping[str, Any]) -> Carried:
    names = [field.name for field in attrs.fields(Carried)]
    return Carried(**{name: line[name] for name in names})
