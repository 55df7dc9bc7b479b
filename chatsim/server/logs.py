"""What a server writes about itself: a line for each event on standard error, for people or for programs.

No line names a pair of users, and none says what somebody said, a token or a peer's address. That is not left to those
who write lines: an event says what `EVENTS` lists for it, and nothing there is about a user. What happens often is
counted and said once an interval (`reporting`), and the lines of one event are bounded, so that no flood of peers
fills a disk.
"""

from __future__ import annotations

import enum
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TextIO

import structlog

LINES_MAX = 20
"""Lines of one event in an interval; the others are counted."""
INTERVAL_SECONDS = 10.0
TEXT_MAX = 300

Written = str | int | float | bool | None

EVENTS: Mapping[str, frozenset[str]] = {
    event: frozenset(fields.split())
    for event, fields in {
        # The server.
        "server_started": "address pid users groups policy version enforcement traceability e2ee clock shell store tls connections_max",
        "metrics_opened": "address",
        "admin_opened": "path",
        "danger_accepted": "text",
        "drain_started": "sessions waiting_bytes",
        "drain_cut_short": "sessions",
        "server_failed": "error",
        "server_stopped": "copies acts refused sessions_peak cpu_seconds",
        # Its operator.
        "policy_changed": "policy version former",
        "policy_kept": "policy version error",
        "log_level_changed": "level",
        "report_examined": "found",
        "admin_called": "do",
        "admin_refused": "error",
        "page_asked": "page status",
        # Its peers, as counts of an interval.
        "sessions_ended": "cause count",
        "acts_refused": "reason count",
        "logins_refused": "count",
        "connections_refused": "count",
        "deliveries_dropped": "count",
        "deliveries_expired": "count",
        # Its machine.
        "store_committed_slowly": "count seconds_max",
        "loop_lagged": "count seconds_max",
        "noted": "text",
        "lines_left_out": "of count",
    }.items()
}
"""Every event, and all that its line may say besides the time and the level."""


class LogFormat(enum.StrEnum):
    """Whom the lines are for."""

    JSON = "json"
    """Programs."""
    CONSOLE = "console"
    """People."""


class LogLevel(enum.StrEnum):
    """What is worth a line, from everything to what broke."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


RANKS = {level: rank for rank, level in enumerate(LogLevel)}


class Log:
    """Writes the lines of one process. It never raises for a line that cannot be written: the mail matters more."""

    def __init__(
        self,
        file: TextIO,
        form: LogFormat = LogFormat.CONSOLE,
        level: LogLevel = LogLevel.INFO,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.level = level
        self._now = now
        self._interval_end = now() + INTERVAL_SECONDS
        self._said: Counter[str] = Counter()
        self._logger = structlog.wrap_logger(
            _Lines(file),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                _renderer(form, colours=file.isatty()),
            ],
            wrapper_class=structlog.BoundLogger,
        )

    def debug(self, event: str, **fields: Written) -> None:
        self._say(LogLevel.DEBUG, event, fields)

    def info(self, event: str, **fields: Written) -> None:
        self._say(LogLevel.INFO, event, fields)

    def warning(self, event: str, **fields: Written) -> None:
        self._say(LogLevel.WARNING, event, fields)

    def error(self, event: str, **fields: Written) -> None:
        self._say(LogLevel.ERROR, event, fields)

    def sum_up(self) -> None:
        """Begin another interval, and say how many lines the last one left out."""
        said, self._said = self._said, Counter()
        self._interval_end = self._now() + INTERVAL_SECONDS
        for event, count in said.items():
            if count > LINES_MAX:
                self._logger.warning("lines_left_out", of=event, count=count - LINES_MAX)

    def _say(self, level: LogLevel, event: str, fields: dict[str, Written]) -> None:
        unlisted = fields.keys() - EVENTS[event]
        if unlisted:
            raise ValueError(f"the line {event} says {sorted(unlisted)}, which is not listed")
        if RANKS[level] < RANKS[self.level]:
            return
        if self._now() >= self._interval_end:
            self.sum_up()
        self._said[event] += 1
        if self._said[event] <= LINES_MAX:
            plain = {name: _plain(value) for name, value in fields.items()}
            getattr(self._logger, level.value)(event, **plain)


class ForeignLines(logging.Handler):
    """What libraries say through `logging`, as bounded lines of ours: trio, of a listener without files, say."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.warning("noted", text=record.getMessage())


class _Lines:
    """Where rendered lines go."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def msg(self, line: str) -> None:
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except (OSError, ValueError):
            pass  # the disk is full, or whoever read this has left

    debug = info = warning = error = msg


def _renderer(form: LogFormat, *, colours: bool) -> structlog.typing.Processor:
    match form:
        case LogFormat.JSON:
            return structlog.processors.JSONRenderer()
        case LogFormat.CONSOLE:
            return structlog.dev.ConsoleRenderer(colors=colours, timestamp_key="time")


def _plain(value: Written) -> Written:
    """Text on one line and of a bounded length, whoever wrote it."""
    if not isinstance(value, str):
        return value
    shown = "".join(letter if letter.isprintable() else " " for letter in value[: TEXT_MAX + 1])
    return shown if len(shown) <= TEXT_MAX else f"{shown[: TEXT_MAX - 3]}..."
