"""What an operator can ask of a running server: a line of JSON for each request, one for each answer.

    {"do": "status"}
    {"do": "policy", "policy": "cap-5"}    or a policy's TOML text
    {"do": "log-level", "level": "debug"}
    {"do": "examine", "evidence": "00ff..."}    what a person hands over who reports a copy, in hexadecimal
    {"do": "drain"}

An answer is {"ok": true, ...} or {"ok": false, "error": "one sentence"}; whatever cannot be done changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol

from attrs import asdict, frozen

from chatsim.errors import ConfigurationError
from chatsim.provenance.values import Finding
from chatsim.server.logs import Log, LogLevel
from chatsim.server.readings import Readings
from chatsim.server.ruling import Ruler

ACCEPTED = "status, policy, log-level, examine or drain"


@frozen
class AskStatus:
    """How is the server?"""


@frozen
class ChangePolicy:
    """Judge from now on by another policy."""

    policy: str
    """A name, or TOML text."""


@frozen
class ChangeLogLevel:
    """Write more lines, or fewer."""

    level: LogLevel


@frozen
class Examine:
    """What does a report bring to light?"""

    evidence: bytes


@frozen
class Drain:
    """Stop, once what is written has left."""


Request = AskStatus | ChangePolicy | ChangeLogLevel | Examine | Drain


@frozen
class Status:
    """A server at one instant."""

    state: str
    uptime_seconds: float
    policy: str
    version: str
    log_level: str
    readings: Readings


class Server(Protocol):
    """What requests are about."""

    @property
    def ruler(self) -> Ruler: ...

    @property
    def log(self) -> Log: ...

    def status(self) -> Status: ...

    def examine(self, evidence: bytes) -> Finding | None: ...

    def drain(self) -> None: ...


class Administrator:
    """Answers requests."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def answer(self, line: bytes) -> bytes:
        """The answer to one line, a line itself."""
        try:
            request = read_request(line)
            answer = self._do(request)
        except ConfigurationError as error:
            self._server.log.warning("admin_refused", error=str(error))
            return refusal(str(error))
        return _line({"ok": True} | answer)

    def _do(self, request: Request) -> dict[str, object]:
        server = self._server
        match request:
            case AskStatus():
                server.log.debug("admin_called", do="status")
                return asdict(server.status())
            case ChangePolicy():
                return _change_policy(server.ruler, server.log, request.policy)
            case ChangeLogLevel():
                server.log.level = request.level
                server.log.info("log_level_changed", level=request.level.value)
                return {"level": request.level.value}
            case Examine():
                finding = server.examine(request.evidence)
                server.log.info("report_examined", found=finding is not None)
                return {"finding": None if finding is None else _found(finding)}
            case Drain():
                server.drain()
                return {"state": server.status().state}


def _found(finding: Finding) -> dict[str, object]:
    return {
        "originator": finding.originator,
        "path": list(finding.path),
        "others": sorted(finding.others),
        "tick": finding.tick,
    }


def _change_policy(ruler: Ruler, log: Log, policy: str) -> dict[str, object]:
    return change_policy(ruler, log, lambda: ruler.replace(policy))


def change_policy(ruler: Ruler, log: Log, change: Callable[[], object]) -> dict[str, object]:
    """Have the policy changed, and say so or why not in the log; answers with what is in force.

    Raises ConfigurationError where the former policy stays.
    """
    former = ruler.ruling
    try:
        change()
    except ConfigurationError as error:
        name = former.policy.name
        log.warning("policy_kept", policy=name, version=former.version, error=str(error))
        raise
    ruling = ruler.ruling
    name = ruling.policy.name
    log.info("policy_changed", policy=name, version=ruling.version, former=former.version)
    return {"policy": name, "version": ruling.version}


def refusal(sentence: str) -> bytes:
    """The answer where nothing was done."""
    return _line({"ok": False, "error": sentence})


def _line(answer: dict[str, object]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def read_request(line: bytes) -> Request:
    """What is asked. Raises ConfigurationError."""
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError("a request is one line of JSON in UTF-8") from error
    if not isinstance(given, dict):
        raise ConfigurationError('a request is a JSON object such as {"do": "status"}')
    match given.pop("do", None):
        case "status":
            request: Request = AskStatus()
        case "drain":
            request = Drain()
        case "policy":
            request = ChangePolicy(_text(given.pop("policy", None), "policy"))
        case "examine":
            request = Examine(_bytes(given.pop("evidence", None)))
        case "log-level":
            request = ChangeLogLevel(_level(given.pop("level", None)))
        case other:
            raise ConfigurationError(f"do is {other!r}; it takes {ACCEPTED}")
    if given:
        raise ConfigurationError(f"the request has keys that are not known: {', '.join(given)}")
    return request


def _text(given: object, name: str) -> str:
    if not isinstance(given, str) or not given:
        raise ConfigurationError(f"{name} is {given!r}; it takes text")
    return given


def _bytes(given: object) -> bytes:
    try:
        return bytes.fromhex(_text(given, "evidence"))
    except ValueError as error:
        raise ConfigurationError(
            f"evidence is {given!r:.40}; it takes hexadecimal digits"
        ) from error


def _level(given: object) -> LogLevel:
    for level in LogLevel:
        if given == level.value:
            return level
    takes = ", ".join(level.value for level in LogLevel)
    raise ConfigurationError(f"level is {given!r}; it takes one of {takes}")
