"""A whole load under way: a server, workers, and seconds as they pass; what becomes of everything is in `outcome`."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence

from attrs import define, field

from chatsim.errors import ConfigurationError, RunError
from chatsim.server.listening import FILES_RESERVED, raise_file_limit
from chatsim.server.tokens import read_table
from chatsim.study.populations import users_of
from chatsim_clients.keyrings import keyrings_of
from chatsim_clients.load.course import BURST, DRAIN, LOGIN, Course
from chatsim_clients.load.interrupting import Interrupts
from chatsim_clients.load.latencies import Counted, add, percentile
from chatsim_clients.load.outcome import Outcome
from chatsim_clients.load.parts import Replay
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.reaching import Absence, why_nobody_entered
from chatsim_clients.load.result import LoadResult, Second
from chatsim_clients.load.sharing import Begin, Closed, Entered, Finish, Share, Stop
from chatsim_clients.load.spawning import Served
from chatsim_clients.load.tally import Progress, SecondPart
from chatsim_clients.load.traces import Trace, read_trace
from chatsim_clients.load.watching import Watched
from chatsim_clients.load.workers import Workers

SECOND = 1_000_000_000
START_SECONDS = 600.0
"""How long workers may take to build their part of the population, beyond the ramp."""
LEAD_NS = SECOND // 5
"""Between the order to begin and second 0, so that every worker has heard it."""
LINGER_SECONDS = 0.5
"""After everything arrived: a duplicate would come now."""
LOOK_SECONDS = 0.25
"""How often it is looked whether the load is over."""

OnSecond = Callable[[Second], None]


def run_load(plan: LoadPlan, *, on_second: OnSecond | None = None) -> LoadResult:
    """Play a whole load; `on_second` is called as its seconds pass.

    A KeyboardInterrupt ends the stages early: what is on its way may still arrive, and the result says so.

    Raises:
        ConfigurationError: the plan cannot be played with what it names.
        RunError: the server or a worker was lost, or nobody could log in.
    """
    trace = read_trace(plan.workload.path) if isinstance(plan.workload, Replay) else None
    users = _users(plan, trace)
    _check_files(plan, users)
    _check_tokens(plan, users)
    course = Course.of(plan, trace)
    began = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    run = time.monotonic_ns() & 0xFFFFFFFF
    keys = keyrings_of(None).directory.root if plan.sealed else None
    with Workers(plan.workers) as workers, Served(plan, users) as served:
        workers.assign(
            [
                Share(
                    plan,
                    served.address,
                    users,
                    number=number,
                    of=plan.workers,
                    run=run,
                    authority=served.authority,
                    tokens=served.tokens,
                    keys=keys,
                )
                for number in range(plan.workers)
            ]
        )
        load = _Load(plan, course, served, workers, on_second)
        load.play()
    return load.outcome().result(began, 0 if trace is None else trace.dropped)


def _check_files(plan: LoadPlan, users: int) -> None:
    permitted = raise_file_limit() - FILES_RESERVED
    each = -(-users // plan.workers)
    if each > permitted:
        raise ConfigurationError(
            f"each of {plan.workers} workers would hold {each:,} sessions; a process may open "
            f"{permitted:,} (the hard limit on open files: ulimit -Hn), so it takes more workers"
        )


def _check_tokens(plan: LoadPlan, users: int) -> None:
    if plan.tokens is None:
        return
    table = read_table(plan.tokens)
    if table.last + 1 < users:
        raise ConfigurationError(
            f"{plan.tokens} has tokens of users below {table.last + 1:,} alone, and the load has {users:,} "
            "users; it takes a token for each"
        )


def _users(plan: LoadPlan, trace: Trace | None) -> int:
    if plan.users is not None:
        least = 0 if trace is None else trace.users
        if plan.users < least:
            raise ConfigurationError(
                f"--users is {plan.users:,}, and the trace has {least:,}; it takes at least as many"
            )
        return plan.users
    if plan.scenario is not None:
        return users_of(plan.scenario.population)
    assert trace is not None
    return trace.users


@define(eq=False)
class _Load:
    """One load under way."""

    plan: LoadPlan
    course: Course
    served: Served
    workers: Workers
    on_second: OnSecond | None
    watched: Watched = field(init=False)
    absence: Absence = field(init=False)
    server_lost: str = ""
    """Why, as a clause."""
    seconds: list[Second] = field(factory=list)
    entered: dict[int, Entered] = field(factory=dict)
    closed: dict[int, Closed] = field(factory=dict)
    interrupted: bool = False
    cut_at: float | None = None
    """Where the stages ended early: seconds from the start."""
    _parts: dict[int, dict[int, SecondPart]] = field(factory=dict)
    _progress: dict[int, Progress] = field(factory=dict)
    """By worker, since the stages are over: what was said before knows nothing of the last messages."""
    _sessions: dict[int, int] = field(factory=dict)
    """By worker."""
    _busiest: list[float] = field(factory=list)
    """Of each second within the stages: the busiest worker's share of its core."""

    def __attrs_post_init__(self) -> None:
        self.watched = Watched(self.served.pid)
        self.absence = Absence(self.served.address)

    def play(self) -> None:
        """From the logins to the closed books."""
        self._enter()
        origin = time.monotonic_ns() + LEAD_NS
        self.workers.tell(Begin(origin))
        self.watched.look()
        end = origin + int(self.course.end * SECOND)
        try:
            with Interrupts() as interrupts:
                self._listen_until(end, lambda: interrupts.asked or bool(self.server_lost))
        except KeyboardInterrupt:  # raised by whoever is told of a second
            interrupts.asked = True
        self.interrupted = interrupts.asked
        if self.interrupted or self.server_lost:
            self.cut_at = max(0.0, (time.monotonic_ns() - origin) / SECOND)
        self.workers.tell(Finish())
        self._drain(time.monotonic_ns() + int(self.plan.drain_seconds * SECOND))
        self.workers.tell(Stop())
        self._wait_for(lambda: len(self.closed) == self.workers.count, "close its books")
        # The last second is not over for every worker.
        for second in sorted(second for second in self._parts if second >= 0):
            self._second(second, list(self._parts[second].values()))

    def _enter(self) -> None:
        self._wait_for(self._decided_to_begin, "log in")
        if self.server_lost:
            raise RunError(self.server_lost)
        for entered in self.entered.values():
            if entered.refusal:
                raise RunError(
                    f"the server refused the login of {entered.refusal}; it may have fewer users than "
                    "the load, or want tokens, or other tokens"
                )
        if not any(entered.sessions for entered in self.entered.values()):
            host, port = self.served.address
            why = why_nobody_entered(
                (host, port), tls=self.plan.tls, authority=self.served.authority
            )
            raise RunError(f"nobody could log in at {host} port {port}: {why}")

    def _decided_to_begin(self) -> bool:
        """Everybody had the time to log in, or it is known that the load cannot begin."""
        told = self.entered.values()
        everybody = len(told) == self.workers.count
        return everybody or bool(self.server_lost) or any(each.refusal for each in told)

    def _wait_for(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not done():
            if time.monotonic() > deadline:
                raise RunError(f"a worker of the load did not {what} within {START_SECONDS:.0f} s")
            self._hear(1.0, done)

    def _listen_until(self, end: int, enough: Callable[[], bool] = lambda: False) -> None:
        while (left := end - time.monotonic_ns()) > 0 and not enough():
            self._hear(min(LOOK_SECONDS, left / SECOND))

    def _drain(self, deadline: int) -> None:
        """Until everything arrived, the server is gone or the time is over; then a moment for duplicates."""
        while time.monotonic_ns() < deadline and not self._complete() and not self.server_lost:
            self._hear(LOOK_SECONDS)
            self.server_lost = self.server_lost or self.absence.reason(time.monotonic())
        if not self._complete() and not self.server_lost:
            self.server_lost = self.absence.reason(time.monotonic(), patience=0.0)
        self._listen_until(time.monotonic_ns() + int(LINGER_SECONDS * SECOND))

    def _complete(self) -> bool:
        if len(self._progress) < self.workers.count:
            return False
        first, *others = self._progress.values()
        for other in others:
            first += other
        return first.complete

    def _hear(self, seconds: float, enough: Callable[[], bool] = lambda: False) -> None:
        self.server_lost = self.server_lost or self.served.ended()
        for number, word in self.workers.hear(seconds):
            match word:
                case Entered():
                    self.entered[number] = word
                case SecondPart():
                    self._note_sessions(number, word.sessions)
                    self._part(number, word)
                case Progress():
                    self._progress[number] = word
                    self._note_sessions(number, word.sessions)
                case Closed():
                    self.closed[number] = word
            if enough():
                return

    def _note_sessions(self, number: int, sessions: int) -> None:
        self._sessions[number] = sessions
        if len(self._sessions) == self.workers.count:
            self.absence.note(sum(self._sessions.values()), time.monotonic())

    # Seconds.

    def _part(self, number: int, part: SecondPart) -> None:
        parts = self._parts.setdefault(part.second, {})
        parts[number] = part
        if len(parts) == self.workers.count:
            del self._parts[part.second]
            self._second(part.second, list(parts.values()))

    def _second(self, number: int, parts: Sequence[SecondPart]) -> None:
        acknowledgement: Counted = {}
        delivery: Counted = {}
        for part in parts:
            add(acknowledgement, part.acknowledgement)
            add(delivery, part.delivery)
        cpu, resident = self.watched.look()
        busiest = max(part.cpu / max(part.wall, 1e-9) for part in parts)
        burst = sum(part.burst_delivered for part in parts)
        stage = self._stage(number)
        if stage not in (LOGIN, DRAIN):
            self._busiest.append(busiest)
        second = Second(
            second=number,
            stage=BURST if burst else stage,
            sessions=sum(part.sessions for part in parts),
            offered=sum(part.offered for part in parts),
            sent=sum(part.sent for part in parts),
            accepted=sum(part.accepted for part in parts),
            refused=sum(part.refused for part in parts),
            delivered=sum(part.delivered for part in parts),
            unanswered=sum(part.progress.unanswered for part in parts),
            acknowledgement_p50=percentile(acknowledgement, 50),
            acknowledgement_p99=percentile(acknowledgement, 99),
            delivery_p50=percentile(delivery, 50),
            delivery_p99=percentile(delivery, 99),
            server_cpu=cpu,
            server_bytes=resident,
            generator_cpu=busiest,
            generator_lag_ms=max(part.lag_ns for part in parts) / 1e6,
            burst_delivered=burst,
        )
        self.seconds.append(second)
        if self.on_second is not None:
            self.on_second(second)

    def _stage(self, second: int) -> str:
        if self.cut_at is not None and second >= self.cut_at:
            return DRAIN
        return self.course.name_at(second)

    def outcome(self) -> Outcome:
        """What it came to, once it is over."""
        return Outcome(
            self.plan,
            self.course,
            self.seconds,
            self.entered,
            self.closed,
            self._busiest,
            self.watched,
            self.server_lost,
            self.interrupted,
            self.cut_at,
        )
