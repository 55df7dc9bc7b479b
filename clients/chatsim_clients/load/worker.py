"""One process of a load: a plain loop that sends what is due and reads what came.

No task and no timer per client: intended messages come slice by slice in the order of time, absences lie on one heap,
and everything else happens to all clients together, a few times a second.
"""

from __future__ import annotations

import gc
import heapq
import signal
import ssl
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import numpy as np
from attrs import define, field

from chatsim.errors import ChatsimError
from chatsim.model import Verdict
from chatsim.policy.presets import resolve
from chatsim.server.listening import raise_file_limit
from chatsim.wire.messages import Copy
from chatsim_clients.load.arrivals import Arrivals, Gaps, Timeline
from chatsim_clients.load.burst import Spreading
from chatsim_clients.load.conversations import Acquainted, Circle, Populated, people_of
from chatsim_clients.load.course import Course
from chatsim_clients.load.crew import Burster, Client, Crew
from chatsim_clients.load.intents import (
    ClosedIntents,
    Intent,
    Intents,
    OpenIntents,
    ReplayIntents,
    Writer,
)
from chatsim_clients.load.keyed import Integers
from chatsim_clients.load.plan import Closed as ClosedWorkload
from chatsim_clients.load.plan import LoadPlan, Open, Replay
from chatsim_clients.load.presence import Absence, absences_of
from chatsim_clients.load.sessions import Links, Way
from chatsim_clients.load.sharing import Begin, Closed, Entered, Failed, Finish, Share, Stop
from chatsim_clients.load.traces import Trace, read_trace

SECOND = 1_000_000_000
ACKNOWLEDGE_NS = SECOND // 5
"""At most so late is a copy acknowledged."""
SLICE_SECONDS = 0.1
"""Messages are worked out so far ahead, all users' together."""
RETRY_NS = SECOND // 2
KEEP_ALIVE_NS = 60 * SECOND
LOGIN_PATIENCE_NS = 30 * SECOND
"""How long after the last login was begun the missing ones are waited for."""
OPENING_MAX = 512
"""Connections that may be on their way to a login together."""
WAIT_SECONDS = 0.05


def work(share: Share, parent: Connection) -> None:
    """The body of a worker's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the parent, who ends the stages
    try:
        Worker(share, parent).run()
    except (ChatsimError, OSError) as error:
        parent.send(Failed(str(error)))
    finally:
        parent.close()


def circle_of(share: Share) -> Circle:
    """Whom the users of a load write to."""
    plan = share.plan
    if plan.scenario is not None:
        return Populated(people_of(plan.scenario, plan.policy), plan.mix.groups)
    return Acquainted(share.users, min(plan.contacts, share.users - 1), plan.seed)


def source_of(plan: LoadPlan, address: tuple[str, int], user: int) -> str | None:
    """The loopback address that a user comes from: another one for every `sessions_per_address` users."""
    place = user // plan.sessions_per_address
    return f"127.0.0.{1 + place}" if address[0].startswith("127.") and place else None


@define(eq=False)
class Worker:
    """The users of one share, from their logins to the closing of the books."""

    share: Share
    parent: Connection
    links: Links = field(factory=Links)
    crew: Crew = field(init=False)
    course: Course = field(init=False)
    circle: Circle = field(init=False)
    intents: Intents | None = field(init=False)
    closed: ClosedIntents | None = field(init=False)
    absences: dict[int, list[Absence]] = field(init=False)
    spreading: Spreading | None = None
    origin: int = 0
    """The load's second 0; 0: not yet known."""
    finishing: bool = False
    stopped: bool = False
    _queue: list[Intent] = field(factory=list)
    """Latest first."""
    _worked_out: float = 0.0
    _moves: list[tuple[int, int, bool, bool]] = field(factory=list)
    """A heap of (ns, user, comes, orderly)."""
    _window: int = 0
    _turns: list[int] = field(factory=list)
    """When the window changes, in ns, latest first."""
    _acknowledge_at: int = 0
    _spread_to: int = -1
    """The burst's tick until which everybody has acted."""
    _second: int = 0
    _cpu: float = 0.0
    _wall: int = 0
    _cpu_total: float = 0.0

    def __attrs_post_init__(self) -> None:
        plan, share = self.share.plan, self.share
        raise_file_limit()
        trace = read_trace(plan.workload.path) if isinstance(plan.workload, Replay) else None
        self.course = Course.of(plan, trace)
        self.circle = circle_of(share)
        users = np.arange(share.number, share.users, share.of, dtype=np.int64)
        self.absences = absences_of(plan, users, self.course.end)
        self.crew = Crew(
            run=share.run,
            clients={user: Client(user) for user in users.tolist()},
            links=self.links,
            way_of=self._ways(),
            now=time.monotonic_ns,
            tokens=share.tokens,
            keeps_stamps=plan.mix.forwards > 0,
            reach_of=self.circle.reach_of,
        )
        self._prepare_burst()
        self._mean_to_send(users, trace)

    def _prepare_burst(self) -> None:
        plan, circle = self.share.plan, self.circle
        if plan.burst is None or not isinstance(circle, Populated):
            return
        assert plan.scenario is not None
        people = circle.population
        mine = self.crew.clients
        policy = resolve(plan.policy)
        self.spreading = Spreading.of(plan.scenario, people, policy, plan.burst, mine)
        self.crew.burster = Burster(self._spread_copy, self._spread_verdict)

    def _ways(self) -> Callable[[int], Way]:
        context = None
        if self.share.authority is not None:
            context = ssl.create_default_context(cafile=self.share.authority)
        address, plan = self.share.address, self.share.plan
        return lambda user: Way(address, source_of(plan, address, user), context)

    def _mean_to_send(self, users: Integers, trace: Trace | None) -> None:
        plan = self.share.plan
        writer = Writer(plan, self.circle)
        self.intents, self.closed = None, None
        match plan.workload:
            case Open():
                timeline = Timeline.of(self.course.stages, plan.workload.rate / self.share.users)
                gaps = Gaps(plan.seed, plan.workload.burstiness)
                arrivals = Arrivals(users, gaps, timeline)
                self.intents = OpenIntents(arrivals, writer, self.absences)
            case Replay():
                assert trace is not None
                mine = np.flatnonzero(trace.senders % self.share.of == self.share.number)
                self.intents = ReplayIntents(trace, mine, plan.workload.speed, plan.body)
            case ClosedWorkload():
                self.closed = ClosedIntents(writer)
                self.crew.answered = self._top_up

    # Logins.

    def run(self) -> None:
        self.links.watch(self.parent.fileno())
        try:
            self._log_in()
            while not self.stopped:
                self._turn()
            self._close_books()
        finally:
            self.links.close()

    def _log_in(self) -> None:
        crew, gap = self.crew, int(SECOND * self.share.of / self.share.plan.ramp)
        waiting = list(crew.clients.values())
        waiting.reverse()
        began = next_login = time.monotonic_ns()
        patience = began + len(waiting) * gap + LOGIN_PATIENCE_NS
        begun = 0
        while (now := time.monotonic_ns()) < patience and crew.online < len(crew.clients):
            while waiting and next_login <= now and begun - crew.online < OPENING_MAX:
                crew.begin_session(waiting.pop())
                begun += 1
                next_login += gap
            self._retry(now)
            self._poll(min(WAIT_SECONDS, max(0, next_login - now) / SECOND if waiting else 1))
            self._look_at_the_second(began)
        self.parent.send(Entered(crew.online, len(crew.clients) - crew.online))

    def _retry(self, now: int) -> None:
        lost, self.crew.lost = self.crew.lost, []
        for client in lost:
            heapq.heappush(self._moves, (now + RETRY_NS, client.user, True, False))
        if not self.origin:
            self._move(now)

    # The loop.

    def _turn(self) -> None:
        now = time.monotonic_ns()
        crew = self.crew
        if self.origin and not self.finishing:
            self._send_due(now)
        self._retry(now)
        self._move(now)
        if now >= self._acknowledge_at:
            self._acknowledge_at = now + ACKNOWLEDGE_NS
            crew.acknowledge_all()
            if self.finishing:
                self.parent.send(crew.progress())
        if self.origin:
            self._look_at_the_second(self.origin)
        self._poll(self._leisure())

    def _poll(self, seconds: float) -> None:
        crew = self.crew
        crew.flush()
        for link, data in self.links.poll(seconds):
            crew.arrived(link, data)
        if self.links.woken:
            self.links.woken = False
            self._listen()

    def _leisure(self) -> float:
        """How long nothing is due."""
        now = time.monotonic_ns()
        due = min(now + int(WAIT_SECONDS * SECOND), self._acknowledge_at)
        if self.origin:
            due = min(due, self.origin + (self._second + 1) * SECOND)
        if self._queue and not self.finishing:
            due = min(due, self._ns(self._queue[-1].seconds))
        if self.spreading is not None and (tick := self.spreading.next_tick()) is not None:
            due = min(due, self._ns_of_tick(tick))
        if self._moves:
            due = min(due, self._moves[0][0])
        if self._turns:
            due = min(due, self._turns[-1])
        return max(0, due - now) / SECOND

    def _ns(self, seconds: float) -> int:
        return self.origin + int(seconds * SECOND)

    def _listen(self) -> None:
        """What the parent says."""
        match self.parent.recv():
            case Begin(at):
                self._begin(at)
            case Finish():
                self._send_due(time.monotonic_ns())
                self.finishing = True
                self._come_back()
            case Stop():
                self.stopped = True

    def _begin(self, at: int) -> None:
        self.origin = at
        # Nothing here makes cycles, and walking through all clients takes tens of milliseconds.
        gc.freeze()
        gc.disable()
        self._second = -1
        self._cpu, self._wall = time.process_time(), time.monotonic_ns()
        self._cpu_total = self._cpu
        course = self.course
        self.crew.measured = (self._ns(course.measured_from), self._ns(course.end))
        self._turns = [self._ns(start) for start in reversed(course.starts())]
        for user, absences in self.absences.items():
            for away in absences:
                self._moves.append((self._ns(away.begin), user, False, away.orderly))
                self._moves.append((self._ns(away.end), user, True, False))
        heapq.heapify(self._moves)

    def _come_back(self) -> None:
        """Nobody is away when the load is over."""
        for client in self.crew.clients.values():
            if not client.wanted:
                self.crew.begin_session(client)
        self._moves = [move for move in self._moves if self.crew.clients[move[1]].link is None]
        heapq.heapify(self._moves)

    # What is due.

    def _send_due(self, now: int) -> None:
        crew = self.crew
        seconds = (now - self.origin) / SECOND
        if self.intents is not None:
            if self._worked_out < seconds + SLICE_SECONDS / 2:
                self._worked_out = max(seconds, 0.0) + SLICE_SECONDS
                self._queue = self.intents.until(self._worked_out)[::-1] + self._queue
            queue = self._queue
            while queue and queue[-1].seconds <= seconds:
                intent = queue.pop()
                crew.submit(crew.clients[intent.user], self._ns(intent.seconds), intent)
        if self.spreading is not None:
            self._spread(self.spreading, now)
        while self._turns and self._turns[-1] <= now:
            self._turns.pop()
            self._widen(seconds)

    # The burst.

    def _tick_at(self, now: int) -> int:
        """On the burst's clock, which stands at the first post when the burst begins."""
        plan = self.share.plan
        assert plan.burst is not None
        assert self.spreading is not None
        since = (now - self._ns(plan.burst.at_seconds)) / SECOND
        return self.spreading.first_tick + int(since * plan.scale)

    def _ns_of_tick(self, tick: int) -> int:
        plan = self.share.plan
        assert plan.burst is not None
        assert self.spreading is not None
        return self._ns(plan.burst.at_seconds + (tick - self.spreading.first_tick) / plan.scale)

    def _spread(self, spreading: Spreading, now: int) -> None:
        tick = self._tick_at(now)
        if tick < spreading.first_tick or tick == self._spread_to:
            return
        self._spread_to = tick
        crew = self.crew
        for deed in spreading.act(tick):
            client = crew.clients[deed.user]
            intended = self._ns_of_tick(deed.tick)
            counter = crew.send_to_many(client, intended, deed.chats, deed.stamp, deed.payload)
            spreading.sent(deed, counter)

    def _spread_copy(self, user: int, copy: Copy) -> None:
        assert self.spreading is not None
        self.spreading.receive(user, copy, self._tick_at(time.monotonic_ns()))

    def _spread_verdict(self, user: int, counter: int, verdict: Verdict) -> None:
        assert self.spreading is not None
        # A tick more, because the server's clock may stand between two ticks of this one: nobody is too early.
        tick = self._tick_at(time.monotonic_ns()) + 1
        self.spreading.decided(user, counter, verdict, tick)

    def _widen(self, seconds: float) -> None:
        """A stage of a closed workload begins."""
        workload, stage = self.share.plan.workload, self.course.stage_at(max(seconds, 0.0))
        if not isinstance(workload, ClosedWorkload) or stage is None:
            return
        self._window = round(workload.window * stage.factor)
        for client in self.crew.clients.values():
            if client.online:
                self._top_up(client)

    def _top_up(self, client: Client) -> None:
        """Keep a client's window full."""
        if not self.origin or self.finishing or self.closed is None:
            return
        while len(client.pending) < self._window:
            now = time.monotonic_ns()
            intent = self.closed.following(client.user)
            if intent is None or now >= self.crew.measured[1]:
                return
            self.crew.submit(client, now, intent)

    def _move(self, now: int) -> None:
        """Users leave, are lost, and come back."""
        moves = self._moves
        while moves and moves[0][0] <= now:
            _, user, comes, orderly = heapq.heappop(moves)
            client = self.crew.clients[user]
            if not comes:
                self.crew.end_session(client, orderly=orderly)
            elif client.link is None:
                self.crew.begin_session(client)

    # Seconds.

    def _look_at_the_second(self, origin: int) -> None:
        """Tell the parent about a second that is over."""
        now = time.monotonic_ns()
        second = (now - origin) // SECOND
        if second <= self._second:
            return
        cpu, wall = time.process_time(), now
        crew = self.crew
        closed = self._second
        part = crew.tally.close(
            closed, crew.online, cpu - self._cpu, (wall - self._wall) / SECOND, crew.progress()
        )
        if self.origin:
            self._keep_alive(now)
            if closed >= 0:
                self.parent.send(part)
        self._second, self._cpu, self._wall = second, cpu, wall

    def _keep_alive(self, now: int) -> None:
        for client in self.crew.clients.values():
            if client.online and now - client.wrote_at > KEEP_ALIVE_NS:
                self.crew.acknowledge(client)

    def _close_books(self) -> None:
        crew = self.crew
        cpu = time.process_time() - self._cpu_total
        crew.tally.close(self._second, crew.online, 0.0, 0.0, crew.progress())
        books = crew.books(self.circle.recipients_of)
        self.parent.send(Closed(books, crew.tally.totals, crew.tally.lag_total, cpu))
