"""A burst in real time: people's acts leave through the crew when their ticks come; copies and verdicts come back."""

from __future__ import annotations

from attrs import define, evolve

from chatsim.model import Verdict
from chatsim.policy.presets import resolve
from chatsim.wire.messages import Copy
from chatsim_clients.load.burst import Spreading
from chatsim_clients.load.conversations import Circle, Populated
from chatsim_clients.load.crew import Crew
from chatsim_clients.load.plan import LoadPlan

SECOND = 1_000_000_000


@define(eq=False)
class Bursting:
    """The burst's clock stands at the first post when the burst begins."""

    spreading: Spreading
    crew: Crew
    at_seconds: float
    scale: float
    """Ticks a second."""
    _origin: int = 0
    _acted: int = -1
    """The tick until which everybody has acted."""

    def begin(self, origin: int) -> None:
        """The load begins at this CLOCK_MONOTONIC in ns, and the burst `at_seconds` later."""
        self._origin = origin + int(self.at_seconds * SECOND)

    def _tick_at(self, now: int) -> int:
        return self.spreading.first_tick + int((now - self._origin) / SECOND * self.scale)

    def _ns_of(self, tick: int) -> int:
        return self._origin + int((tick - self.spreading.first_tick) / self.scale * SECOND)

    def due(self, otherwise: int) -> int:
        """When somebody acts next, as far as is known."""
        if self.spreading.unsettled:
            return self._ns_of(self._acted + 1)
        tick = self.spreading.next_tick()
        return otherwise if tick is None else self._ns_of(tick)

    def play(self, now: int) -> None:
        """Send what is due."""
        tick = self._tick_at(now)
        if now < self._origin or tick == self._acted:
            return
        self._acted = tick
        crew = self.crew
        for deed in self.spreading.act(tick):
            client = crew.clients[deed.user]
            intended = self._ns_of(deed.tick)
            counter = crew.sending.send_to_many(client, intended, deed.chats, deed.written)
            self.spreading.sent(deed, counter)
            crew.flush()  # many act in one tick: the first shall not wait until the last has thought

    def copy(self, user: int, copy: Copy) -> None:
        """A copy of the burst came to one of these people."""
        self.spreading.receive(user, copy, self._tick_at(self.crew.now()))

    def decided(self, user: int, counter: int, verdict: Verdict) -> None:
        """The relay answered one of their acts."""
        # A tick more, because the server's clock may stand between two ticks of this one: nobody is too early.
        self.spreading.decided(user, counter, verdict, self._tick_at(self.crew.now()) + 1)


def bursting_of(plan: LoadPlan, circle: Circle, crew: Crew) -> Bursting | None:
    """The burst that a plan asks for, among the users of one crew."""
    if plan.burst is None or not isinstance(circle, Populated):
        return None
    assert plan.scenario is not None
    policy = resolve(plan.policy)
    people = circle.population
    scenario = evolve(plan.scenario, enforcement=plan.enforced)
    spreading = Spreading.of(scenario, people, policy, plan.burst, crew.clients)
    bursting = Bursting(spreading, crew, plan.burst.at_seconds, plan.scale)
    crew.receiving.tell_burst = bursting.copy
    crew.sending.tell_burst = bursting.decided
    return bursting
