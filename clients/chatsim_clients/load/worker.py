"""One process of a load: a plain loop that sends what is due and reads what came.

No task and no timer per client: intended messages come slice by slice in the order of time, absences lie on one heap,
and everything else happens to all clients together, a few times a second.
"""

from __future__ import annotations

import contextlib
import gc
import math
import ssl
import sys
import time
from collections.abc import Callable
from itertools import chain
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
from chatsim_clients.load.bursting import bursting_of
from chatsim_clients.load.client import Client
from chatsim_clients.load.conversations import Circle, Populated, circle_of
from chatsim_clients.load.course import Course
from chatsim_clients.load.crew import Crew
from chatsim_clients.load.intents import ClosedIntents, OpenIntents, ReplayIntents, Writer
from chatsim_clients.load.keyed import Integers
from chatsim_clients.load.moves import Moves
from chatsim_clients.load.parts import Closed as ClosedWorkload
from chatsim_clients.load.parts import Open, Replay
from chatsim_clients.load.presence import Absence, absences_of
from chatsim_clients.load.schedule import Schedule
from chatsim_clients.load.sessions import Links, Way, source_of
from chatsim_clients.load.sharing import Begin, Closed, Entered, Failed, Finish, Share, Stop
from chatsim_clients.load.traces import Trace, read_trace

SECOND = 1_000_000_000
ACKNOWLEDGE_NS = SECOND // 50
"""How often the acknowledgements that are due leave together."""
PROGRESS_NS = SECOND // 5
KEEP_ALIVE_NS = 60 * SECOND
OPENING_MAX = 512
"""Connections that may be on their way to a login together."""
WAIT_SECONDS = 0.05


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


def keyrings_for(circle: Circle, keys: bytes) -> Keyrings:
    """The keyrings of one worker's users; those of other workers derive theirs from the same bytes."""
    people = circle.population if isinstance(circle, Populated) else None
    return keyrings_of(None if people is None else PopulationRoster(people), keys)


@define(eq=False)
class Worker:
    """The users of one share, from their logins to the closing of the books."""

    share: Share
    parent: Connection
    links: Links = field(factory=Links)
    crew: Crew = field(init=False)
    course: Course = field(init=False)
    circle: Circle = field(init=False)
    absences: dict[int, list[Absence]] = field(init=False)
    moves: Moves = field(init=False)
    schedule: Schedule = field(init=False)
    origin: int = 0
    """The load's second 0; 0: not yet known."""
    finishing: bool = False
    stopped: bool = False
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
        self.circle = circle_of(plan, share.users)
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
        self.moves = Moves(self.crew)
        self.schedule = self._scheduled(users, trace)

    def _ways(self) -> Callable[[int], Way]:
        address, plan = self.share.address, self.share.plan
        context = None
        if plan.tls:
            context = ssl.create_default_context(cafile=self.share.authority)
        return lambda user: Way(address, source_of(plan, address, user), context)

    def _scheduled(self, users: Integers, trace: Trace | None) -> Schedule:
        plan = self.share.plan
        schedule = Schedule(self.crew, self.course, bursting_of(plan, self.circle, self.crew))
        writer = Writer(plan, self.circle)
        if trace is None:
            writer.prepare(users)
        match plan.workload:
            case Open():
                timeline = Timeline.of(self.course.stages, plan.workload.rate / self.share.users)
                gaps = Gaps(plan.seed, plan.workload.burstiness)
                arrivals = Arrivals(users, gaps, timeline)
                schedule.intents = OpenIntents(arrivals, writer, self.absences)
            case Replay():
                assert trace is not None
                mine = np.flatnonzero(trace.senders % self.share.of == self.share.number)
                schedule.intents = ReplayIntents(trace, mine, plan.workload.speed, plan.body)
            case ClosedWorkload():
                schedule.closed, schedule.window = ClosedIntents(writer), plan.workload.window
                self.crew.sending.answered = schedule.top_up
        return schedule

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
            self.moves.make(now)
            self._poll(min(WAIT_SECONDS, max(0, next_login - now) / SECOND if waiting else 1))
            self._look_at_the_second(began)
        self.parent.send(Entered(crew.online, len(crew.clients) - crew.online, crew.refusal))

    # The loop.

    def _turn(self) -> None:
        now = time.monotonic_ns()
        crew = self.crew
        if self.origin and not self.finishing:
            self.schedule.send(now)
        self.moves.make(now)
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
        due = self.schedule.due(due)
        return max(0, min(due, self.moves.due(due)) - now) / SECOND

    def _listen(self) -> None:
        """What the parent says."""
        match self.parent.recv():
            case Begin(at):
                self._begin(at)
            case Finish():
                now = time.monotonic_ns()
                self.schedule.send(now)
                self.finishing = self.schedule.finished = True
                begin, end = self.crew.ledger.measured
                self.crew.ledger.measured = (begin, min(end, now))
                self.moves.bring_everybody_back()
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
        self.schedule.begin(at)
        course, ns = self.course, self.schedule.ns
        self.crew.ledger.measured = (ns(course.measured_from), ns(course.end))
        self.moves.plan(chain.from_iterable(self.absences.values()), at)

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
        part = crew.ledger.tally.close(number, crew.online, used, passed, crew.progress)
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
        tally, counts = crew.ledger.tally, crew.ledger.counts
        books = books_of(crew.clients.values(), counts, self.circle.recipients_of)
        cpu = time.process_time() - self._cpu_total
        self.parent.send(Closed(books, tally.totals, tally.lag_total, cpu))


if __name__ == "__main__":
    main()
