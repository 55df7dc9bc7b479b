"""One process of a load: a plain loop that sends what is due and reads what came.

No task and no timer per client: intended messages come slice by slice in the order of time, absences lie on one heap,
and everything else happens to all clients together, a few times a second.
"""

from __future__ import annotations

import contextlib
import gc
import heapq
import math
import ssl
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import numpy as np
from attrs import define, field

from chatsim.errors import ChatsimError
from chatsim.model import Enforcement
from chatsim.population.roster import PopulationRoster
from chatsim.server.listening import raise_file_limit
from chatsim.server.tokens import read_table
from chatsim_clients.keyrings import Keyrings, keyrings_of
from chatsim_clients.load.arrivals import Arrivals, Gaps, Timeline
from chatsim_clients.load.books import books_of
from chatsim_clients.load.bursting import Bursting, bursting_of
from chatsim_clients.load.client import Client
from chatsim_clients.load.conversations import Acquainted, Circle, Populated, people_of
from chatsim_clients.load.course import Course
from chatsim_clients.load.crew import Crew
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
ACKNOWLEDGE_NS = SECOND // 50
"""How often the acknowledgements that are due leave together."""
PROGRESS_NS = SECOND // 5
SLICE_SECONDS = 0.1
"""Messages are worked out so far ahead, all users' together."""
RETRY_NS = SECOND // 2
KEEP_ALIVE_NS = 60 * SECOND
OPENING_MAX = 512
"""Connections that may be on their way to a login together."""
WAIT_SECONDS = 0.05
SENT_TOGETHER_MAX = 16
"""Messages that are due at once and leave in one go: the first of them shall not wait for the last."""


def main() -> None:
    """The body of a worker's process, whose parent speaks over the file descriptor named."""
    parent: Connection = Connection(int(sys.argv[1]))
    try:
        Worker(parent.recv(), parent).run()
    except EOFError:
        pass  # the parent is gone: nobody wants the result
    except (ChatsimError, OSError) as error:
        with contextlib.suppress(OSError):
            parent.send(Failed(str(error)))
    finally:
        parent.close()


def circle_of(share: Share) -> Circle:
    """Whom the users of a load write to."""
    plan = share.plan
    if plan.scenario is not None:
        return Populated(people_of(plan.scenario, plan.policy), plan.mix.groups)
    return Acquainted(share.users, min(plan.contacts, share.users - 1), plan.seed)


def keyrings_for(circle: Circle, keys: bytes) -> Keyrings:
    """The keyrings of one worker's users; those of other workers derive theirs from the same bytes."""
    people = circle.population if isinstance(circle, Populated) else None
    return keyrings_of(None if people is None else PopulationRoster(people), keys)


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
    bursting: Bursting | None = field(init=False)
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
    _progress_at: int = 0
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
            tokens={} if share.tokens is None else read_table(share.tokens),
            keeps_stamps=plan.mix.forwards > 0,
            commits=plan.enforced is Enforcement.RECEIPT,
            reach_of=self.circle.reach_of,
            keyrings=None if share.keys is None else keyrings_for(self.circle, share.keys),
        )
        self.bursting = bursting_of(plan, self.circle, self.crew)
        self._mean_to_send(users, trace)

    def _ways(self) -> Callable[[int], Way]:
        address, plan = self.share.address, self.share.plan
        context = None
        if plan.tls:
            context = ssl.create_default_context(cafile=self.share.authority)
        return lambda user: Way(address, source_of(plan, address, user), context)

    def _mean_to_send(self, users: Integers, trace: Trace | None) -> None:
        plan = self.share.plan
        writer = Writer(plan, self.circle)
        if trace is None:
            writer.prepare(users)
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
        began = next_login = self._wall = time.monotonic_ns()
        self._cpu = time.process_time()
        patience = began + len(waiting) * gap + int(self.share.plan.login_seconds * SECOND)
        begun = 0
        while (now := time.monotonic_ns()) < patience and crew.online < len(crew.clients):
            if crew.refusal:
                break
            while waiting and next_login <= now and begun - crew.online < OPENING_MAX:
                crew.begin_session(waiting.pop())
                begun += 1
                next_login += gap
            self._retry(now)
            self._poll(min(WAIT_SECONDS, max(0, next_login - now) / SECOND if waiting else 1))
            self._look_at_the_second(began)
        self.parent.send(Entered(crew.online, len(crew.clients) - crew.online, crew.refusal))

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
            crew.acknowledge_due(now)
        if self.finishing and now >= self._progress_at:
            self._progress_at = now + PROGRESS_NS
            self.parent.send(crew.progress)
        if self.origin:
            self._look_at_the_second(self.origin)
        self._poll(self._leisure())

    def _poll(self, seconds: float) -> None:
        crew = self.crew
        crew.flush()
        for link, data, at in self.links.poll(seconds):
            crew.arrived(link, data, at)
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
        if self.bursting is not None:
            due = min(due, self.bursting.due(due))
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
                now = time.monotonic_ns()
                self._send_due(now)
                self.finishing = True
                begin, end = self.crew.measured
                self.crew.measured = (begin, min(end, now))
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
        if self.bursting is not None:
            self.bursting.begin(at)
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
                if not len(queue) % SENT_TOGETHER_MAX:
                    crew.flush()
        if self.bursting is not None:
            self.bursting.play(now)
        while self._turns and self._turns[-1] <= now:
            self._turns.pop()
            self._widen(seconds)

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
        self._report_second(now)
        self._second = second
        if self.origin:
            self._keep_alive(now)

    def _report_second(self, now: int) -> None:
        """What happened since the last report."""
        crew, cpu = self.crew, time.process_time()
        used, passed = cpu - self._cpu, (now - self._wall) / SECOND
        number = self._second
        if not self.origin:
            number -= math.ceil(self.share.users / self.share.plan.ramp)
        part = crew.tally.close(number, crew.online, used, passed, crew.progress)
        # Logins that take longer than planned have no seconds left, nor has the wait for the others.
        if (number >= 0) is (self.origin > 0):
            self.parent.send(part)
        self._cpu, self._wall = cpu, now

    def _keep_alive(self, now: int) -> None:
        for client in self.crew.clients.values():
            if client.online and now - client.wrote_at > KEEP_ALIVE_NS:
                self.crew.acknowledge(client)

    def _close_books(self) -> None:
        crew = self.crew
        self._report_second(time.monotonic_ns())
        books = books_of(crew.clients.values(), crew.counts, self.circle.recipients_of)
        cpu = time.process_time() - self._cpu_total
        self.parent.send(Closed(books, crew.tally.totals, crew.tally.lag_total, cpu))


if __name__ == "__main__":
    main()
