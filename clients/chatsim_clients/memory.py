"""The `memory` backend: relay, people and wire bytes in one process, on the driven clock."""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import Self

from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.values import RunOutcome
from chatsim.device import Device
from chatsim.errors import RunError
from chatsim.policy import Policy
from chatsim.population.roster import PopulationRoster
from chatsim.provenance.keys import fresh
from chatsim.provenance.modes import set_up
from chatsim.relay.events import Arrived, Opened, Widen, Write
from chatsim.relay.relay import Books, Relay, RelaySettings
from chatsim.study.backend import Carried, RunPlan, tallied
from chatsim.study.scenario import Scenario
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.encoding import encode
from chatsim.wire.framing import head_of, header_of
from chatsim.wire.messages import (
    Begin,
    Copy,
    Drive,
    Go,
    Inbound,
    Next,
    Outbound,
    Sent,
)
from chatsim_clients.keyrings import keyrings_of
from chatsim_clients.scenes import scenes_of
from chatsim_clients.swarm import Swarm
from chatsim_clients.world import Setting

SECRET = b"one process"


class MemoryBackend:
    """Plays the runs of one scenario; a relay of its own for every population that they need."""

    def __init__(self, scenario: Scenario, *, keys: bytes | None = None) -> None:
        """`keys`: the root of the apps' keys under `e2ee`; None: fresh bytes."""
        self._keys = keys
        self._e2ee = scenario.e2ee
        self._scenes = scenes_of(scenario)
        self._relayed: RelayedPeople | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._relayed = None

    @property
    def carried(self) -> Carried | None:
        return None

    def play(self, policy: Policy, plan: RunPlan) -> RunOutcome:
        """One run under `policy`."""
        setting = self._scenes.scene(policy, plan.run)
        if self._relayed is None or self._relayed.setting is not setting:
            self._relayed = RelayedPeople(setting, e2ee=self._e2ee, keys=self._keys)
        return self._relayed.play(policy, plan)

    def tally(self, policy: Policy, plan: RunPlan) -> tuple[RunMeasures, ...]:
        """The run's measures, without its tree."""
        return tallied(self.play(policy, plan), self._scenes.scenario, policy, plan.run)


class RelayedPeople:
    """The people of one setting around a relay of their own, all logged in."""

    def __init__(self, setting: Setting, *, e2ee: bool = False, keys: bytes | None = None) -> None:
        """`e2ee`: bodies are sealed, with keys from the root `keys`, else from fresh bytes."""
        self.setting = setting
        users = setting.population.users
        settings = RelaySettings(
            enforcement=setting.rules.enforcement,
            refill_ticks=setting.rules.refill_ticks,
            drivers=1,
            secret=SECRET,
            sealed_only=e2ee,
        )
        roster = PopulationRoster(setting.population, setting.parts)
        self.keyrings = keyrings_of(roster, keys) if e2ee else None
        root = fresh()
        self.tracing = set_up(setting.rules.traceability, root)
        self.relay = Relay(roster, (), settings, tracer=self.tracing.relay, root=root)
        self._driver = users
        self._tick = 0
        self._inbox: deque[Write] = deque()
        self._to_driver: deque[Outbound] = deque()
        self._log_in()

    @property
    def books(self) -> Books:
        """What the relay has carried in all runs."""
        return self.relay.books

    def _log_in(self) -> None:
        for user in range(self._driver):
            self.relay.handle(Opened(user), 0)
            self._send(user, Device(user).hello(), b"")
        self._inbox.clear()
        self.relay.handle(Opened(self._driver), 0)
        self._drive(Drive(SECRET))

    def play(self, policy: Policy, plan: RunPlan) -> RunOutcome:
        """One run; the relay forgets the former one first."""
        return self.played(policy, plan).outcome()

    def played(self, policy: Policy, plan: RunPlan) -> Swarm:
        """The people of a run, after it."""
        rows = self.relay.rows = self.setting.rows(policy)
        self._tick = 0
        self._drive(Begin())
        self._to_driver.clear()
        world = self.setting.world(rows, plan.run)
        swarm = Swarm(world, plan.originators, self.tracing.client, self.keyrings)
        self._drive(Next(swarm.next_tick()))
        while isinstance(message := self._to_driver.popleft(), Go):
            self._tick = message.tick
            self._play_tick(swarm, message.tick)
            self._drive(Sent(message.tick))
            swarm.settle()
            self._to_driver.clear()
            self._drive(Next(swarm.next_tick()))
        return swarm

    def _play_tick(self, swarm: Swarm, tick: int) -> None:
        for outgoing in swarm.top_up(tick):
            self._send(outgoing.user, outgoing.head, outgoing.body)
        self._take(swarm, tick)
        for outgoing in swarm.act(tick):
            self._send(outgoing.user, outgoing.head, outgoing.body)
        self._take(swarm, tick)

    def _take(self, swarm: Swarm, tick: int) -> None:
        """What came to everybody, acknowledged by whoever got a copy."""
        devices = swarm.devices
        received: dict[int, None] = {}
        last_head, copy = b"", None
        inbox = self._inbox
        while inbox:
            write = inbox.popleft()
            user = write.session
            # All recipients of one chat share the bytes; read them once.
            if write.head is not last_head or copy is None:
                message = decode_outbound(header_of(write.head), write.body)
                last_head, copy = write.head, message
            devices[user].receive(copy)
            swarm.receive(user, copy, tick)
            if type(copy) is Copy:
                received[user] = None
        for user in received:
            self._send(user, devices[user].acknowledge(), b"")

    def _drive(self, message: Inbound) -> None:
        self._send(self._driver, head_of(encode(message), 0), b"")

    def _send(self, session: int, head: bytes, body: bytes) -> None:
        for command in self.relay.handle(Arrived(session, header_of(head), body), self._tick):
            if isinstance(command, Write):
                if command.session == self._driver:
                    self._to_driver.append(decode_outbound(header_of(command.head), b""))
                else:
                    self._inbox.append(command)
            elif not isinstance(command, Widen):
                message = f"the relay ended a session of its own process: {command}"
                raise RunError(message)
