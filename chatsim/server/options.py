"""What a server is asked to do, as one frozen value, checked before anything is opened."""

from __future__ import annotations

import enum
import ipaddress
import select

from attrs import field, frozen

from chatsim.errors import ConfigurationError
from chatsim.model import ONE_DAY, ONE_HOUR, Enforcement, Traceability
from chatsim.policy import Policy
from chatsim.provenance.keys import KEY_BYTES
from chatsim.relay.admission import Admission
from chatsim.relay.roster import Roster
from chatsim.server.ruling import rows_of
from chatsim.server.tls import TlsFiles
from chatsim.store.location import StoreLocation
from chatsim.units import duration_text

PORT_MAX = 65_535
DRIVERS_MAX = 1_024
NUMBER_MAX = 1 << 40


class ClockKind(enum.StrEnum):
    """What moves the relay's ticks."""

    REAL = "real"
    """A tick is a second."""
    SCALED = "scaled"
    """Ticks pass faster than seconds."""
    DRIVEN = "driven"
    """Drivers move the clock, in lock-step with the people they play."""


class ShellKind(enum.StrEnum):
    """What waits for the sockets."""

    REACTOR = "reactor"
    """One task on epoll."""
    PORTABLE = "portable"
    """A task per connection."""


BEST_SHELL = ShellKind.REACTOR if hasattr(select, "epoll") else ShellKind.PORTABLE


@frozen
class ServeOptions:
    """One server: who its users are, its policy, its clock and where it listens.

    Raises ConfigurationError for what does not fit together; an address that is not loopback, say, where whoever
    reaches the port could be anybody.
    """

    roster: Roster
    policy: Policy
    host: str = "127.0.0.1"
    port: int = 0
    """0: any free one."""
    clock: ClockKind = ClockKind.REAL
    scale: float = float(ONE_HOUR)
    """Ticks a second of a scaled clock."""
    drivers: int = 1
    """How many drivers a driven clock waits for."""
    secret: bytes = field(default=b"", repr=False)
    """What a driver must know."""
    enforcement: Enforcement = Enforcement.CLEAR
    traceability: Traceability = Traceability.NONE
    root: bytes | None = field(default=None, repr=False)
    """32 secret bytes that the keys of receipts and traces follow from; None: what the store has, else fresh ones."""
    e2ee: bool = False
    """Refuse bodies that are not sealed."""
    refill_ticks: int = 15
    connections_max: int | None = None
    """None: as many as open files permit."""
    admission: Admission | None = None
    """Who may log in as whom; None: whoever comes, as anybody."""
    insecure: bool = False
    """Whoever comes may be anybody, whatever the admission says."""
    mailbox_max: int = 10_000
    """Deliveries that wait for one device; on a driven clock any number does."""
    per_sender_max: int = 1_000
    """The same, of one sender's."""
    copies_per_act_max: int = 10_000
    """Copies that one act may make, whatever the policy permits; on a driven clock any number."""
    expiry_ticks: int = 30 * ONE_DAY
    """How long mail waits and a copy can be forwarded; on a driven clock, as long as the run."""
    shell: ShellKind = BEST_SHELL
    tls: TlsFiles | None = None
    store: StoreLocation | None = None
    """Where mail, counters and budgets are kept; None: in memory, as long as the process lives."""
    idle_seconds: float | None = 900.0
    """How long a session may be silent, but on a driven clock; None: for ever."""

    def __attrs_post_init__(self) -> None:
        if self.insecure or self.admission is None:
            _check_loopback(self.host)
        rows_of(self.policy, self.roster.parts, self.enforcement, sealed=self.e2ee)
        _check_between("port", self.port, 0, PORT_MAX)
        _check_between("drivers", self.drivers, 1, DRIVERS_MAX)
        if not 0 < self.scale < float("inf"):
            message = f"scale is {self.scale}; it takes a number of ticks a second above 0"
            raise ConfigurationError(message)
        if self.connections_max is not None and self.connections_max < 1:
            message = f"connections_max is {self.connections_max}; it takes a number from 1 up"
            raise ConfigurationError(message)
        for name in ("mailbox_max", "per_sender_max", "copies_per_act_max", "expiry_ticks"):
            _check_between(name, getattr(self, name), 1, NUMBER_MAX)
        if self.enforcement is Enforcement.BLIND and self.expiry_ticks < 2 * ONE_DAY:
            message = (
                f"expiry is {duration_text(self.expiry_ticks)} under blind enforcement, whose tokens last whole days; "
                f"it takes {duration_text(2 * ONE_DAY)} or more"
            )
            raise ConfigurationError(message)
        if self.idle_seconds is not None and not 0 < self.idle_seconds < float("inf"):
            message = f"idle_seconds is {self.idle_seconds}; it takes a number of seconds above 0"
            raise ConfigurationError(message)
        if self.root is not None and len(self.root) != KEY_BYTES:
            message = f"root has {len(self.root)} bytes; it takes {KEY_BYTES} secret ones"
            raise ConfigurationError(message)
        if self.shell is ShellKind.REACTOR and not hasattr(select, "epoll"):
            message = "shell is reactor, which needs epoll; this system takes portable"
            raise ConfigurationError(message)
        if self.clock is ClockKind.DRIVEN and self.store is not None:
            message = "a driven clock keeps nothing: a run begins anew; it takes no store"
            raise ConfigurationError(message)
        if self.clock is ClockKind.DRIVEN and not self.secret:
            message = "a driven clock takes a secret from its parent, and none was given"
            raise ConfigurationError(message)

    @property
    def is_driven(self) -> bool:
        return self.clock is ClockKind.DRIVEN


def is_loopback(host: str) -> bool:
    """Only this machine reaches `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_loopback(host: str) -> None:
    if not is_loopback(host):
        message = (
            f"host is {host!r}; without tokens it takes a loopback address (127.0.0.1 or ::1), "
            "because whoever reaches the port can be any user"
        )
        raise ConfigurationError(message)


def _check_between(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        message = f"{name} is {value}; it takes a whole number from {low} to {high:,}"
        raise ConfigurationError(message)
