"""A running server as its operators see it: logs, metrics, pages, an admin socket, and the policy in force."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path

import trio
from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.model import Traceability
from chatsim.policy import Policy
from chatsim.provenance.values import Finding
from chatsim.server.admin import Administrator, Status, change_policy
from chatsim.server.admin_socket import AdminDoor, admin_listener
from chatsim.server.listening import address_of, listen
from chatsim.server.logs import Log, LogFormat, LogLevel
from chatsim.server.options import PORT_MAX
from chatsim.server.pages import Answer, Pages, say
from chatsim.server.readings import read
from chatsim.server.reporting import Reporter
from chatsim.server.ruling import Ruler
from chatsim.server.server import Serving
from chatsim.server.timings import Timings

LOOPBACK = "127.0.0.1"


@frozen
class Operations:
    """How one server is watched and steered."""

    metrics_port: int | None = None
    """Of the pages, on loopback; 0: any free one; None: no pages."""
    admin: Path | None = None
    """Where the admin socket is; None: nowhere."""
    policy_file: str | None = None
    """What SIGHUP reads again; None: SIGHUP ends the process, as it does any other."""
    log_format: LogFormat = LogFormat.CONSOLE
    log_level: LogLevel = LogLevel.INFO

    def __attrs_post_init__(self) -> None:
        port = self.metrics_port
        if port is not None and not 0 <= port <= PORT_MAX:
            message = f"metrics_port is {port}; it takes a whole number from 0 to {PORT_MAX:,}"
            raise ConfigurationError(message)


class OperatedServer:
    """One server that runs."""

    def __init__(
        self,
        serving: Serving,
        policy: Policy,
        log: Log,
        timings: Timings,
        traceability: Traceability = Traceability.NONE,
    ) -> None:
        self.log = log
        self._traceability = traceability
        self._serving = serving
        self._exchange = serving.exchange
        self._timings = timings
        self._start = trio.current_time()
        self.ruler = Ruler(policy, self._exchange.swap_policy)

    @property
    def state(self) -> str:
        """`serving`, `draining` or `failed`."""
        if self._exchange.failure is not None:
            return "failed"
        return "draining" if self._exchange.over.is_set() else "serving"

    def status(self) -> Status:
        ruling = self.ruler.ruling
        return Status(
            state=self.state,
            uptime_seconds=round(trio.current_time() - self._start, 3),
            policy=ruling.policy.name,
            version=ruling.version,
            log_level=self.log.level.value,
            readings=read(self._exchange),
        )

    def examine(self, evidence: bytes) -> Finding | None:
        """What a report brings to light. Raises ConfigurationError where the key for that is not the server's."""
        if self._traceability is Traceability.TAG_ESCROWED:
            message = "the key lies in escrow: its holder examines reports, and the server cannot"
            raise ConfigurationError(message)
        exchange = self._exchange
        return exchange.relay.examine(exchange.tracing.examiner, evidence)

    def drain(self) -> None:
        """Take nothing more, and stop once what is written has left; asked again, stop at once."""
        readings = read(self._exchange)
        if self._exchange.over.is_set():
            self.log.warning("drain_cut_short", sessions=readings.sessions)
            self._serving.hurry()
            return
        waiting = readings.outbox_bytes
        self.log.info("drain_started", sessions=readings.sessions, waiting_bytes=waiting)
        self._serving.stop()

    def reload(self, policy_file: str) -> None:
        """Put a file into force again; one that cannot be used leaves the former policy."""
        with suppress(ConfigurationError):  # the log has the reason
            change_policy(self.ruler, self.log, lambda: self.ruler.replace_from(policy_file))

    async def report_forever(self) -> None:
        """Say in the log, once an interval and when cancelled, what has changed."""
        reporter = Reporter(self.log, lambda: read(self._exchange), self._timings)
        try:
            await reporter.report_forever()
        finally:
            reporter.report()

    async def open_doors(
        self,
        operations: Operations,
        *,
        task_status: trio.TaskStatus[dict[str, str]] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Open the pages and the admin socket, hand over their addresses, and answer there until cancelled.

        Raises ConfigurationError where one of them cannot be had.
        """
        opened: dict[str, str] = {}
        with ExitStack() as sockets:
            async with trio.open_nursery() as nursery:
                if operations.metrics_port is not None:
                    listener = sockets.enter_context(listen(LOOPBACK, operations.metrics_port))
                    opened["metrics"] = address_of(listener)
                    nursery.start_soon(self._pages().serve, listener)
                    self.log.info("metrics_opened", address=opened["metrics"])
                if operations.admin is not None:
                    listener = sockets.enter_context(admin_listener(operations.admin))
                    opened["admin"] = str(operations.admin)
                    nursery.start_soon(AdminDoor(Administrator(self).answer).serve, listener)
                    self.log.info("admin_opened", path=opened["admin"])
                task_status.started(opened)

    def _pages(self) -> Pages:
        from chatsim.server.metrics import CONTENT_TYPE, Metrics, ServerCollector  # noqa: PLC0415

        collector = ServerCollector(
            lambda: read(self._exchange), self._timings, lambda: self.ruler.ruling
        )
        metrics = Metrics(collector)

        async def show_metrics() -> Answer:
            of_process = await trio.to_thread.run_sync(metrics.of_process)
            return Answer(200, metrics.of_server() + of_process, CONTENT_TYPE)

        async def show_health() -> Answer:
            return say(200, "alive")

        async def show_ready() -> Answer:
            return say(200 if self.state == "serving" else 503, self.state)

        return Pages(
            {"/metrics": show_metrics, "/health": show_health, "/ready": show_ready},
            lambda page, status: self.log.debug("page_asked", page=page, status=status),
        )
