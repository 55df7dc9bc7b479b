"""What is probed: one mode of each axis, set up with keys that the probe may hand to an attacker."""

from __future__ import annotations

from attrs import frozen

from chatsim.model import EVERYBODY, Enforcement, Traceability
from chatsim.policy import Policy, compile_rows
from chatsim.policy.values import Tier
from chatsim.provenance.enforcement_claims import EnforcementClaims, enforcement_claims
from chatsim.provenance.halves import Examiner, RelayHalf, Tracing
from chatsim.provenance.keys import fresh
from chatsim.provenance.modes import set_up
from chatsim.relay.relay import Relay
from chatsim.relay.roster import Roster
from chatsim.relay.settings import RelaySettings

CHATS = 3
"""What one action may reach under the probes' policies."""
BY_COPY = Policy("probed", tiers=(Tier(chats=CHATS),))
BY_LINEAGE = Policy("probed by lineage", tiers=(Tier(chats=CHATS),), cap_person=CHATS)


@frozen
class Mode:
    """Both axes of one platform."""

    enforcement: Enforcement
    tracing: Tracing
    hop: EnforcementClaims
    """What the enforcement claims."""
    policy: Policy = BY_COPY
    root: bytes = b""
    """What the relay's own keys are derived from."""
    name: str = ""
    traceability: Traceability = Traceability.NONE
    """As a server is told; a mode of one's own says none."""
    sealed: bool = False
    """Whether bodies are really sealed. Otherwise they stand for sealed ones: nobody reads more than their lengths."""
    outsider: Examiner | None = None
    """Who examines with the relay's keys alone, where the mode's examiner has another one besides."""

    @property
    def holds_caps(self) -> bool:
        return self.enforcement.relay_counts

    @property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """Of the policy, where everybody is in one part."""
        return compile_rows(self.policy, EVERYBODY)

    def relay(self, roster: Roster, settings: RelaySettings, tracer: RelayHalf) -> Relay:
        """A relay of this mode with the very same keys each time. `tracer` stands for the mode's own half."""
        return Relay(
            roster, compile_rows(self.policy, roster.parts), settings, tracer=tracer, root=self.root
        )


def mode_of(enforcement: Enforcement, traceability: Traceability, policy: Policy = BY_COPY) -> Mode:
    """A built-in mode. Raises ConfigurationError where the extra `e2ee` is missing."""
    root = fresh()
    lineages = policy.cap_person is not None or policy.cap_total is not None
    escrowed = traceability is Traceability.TAG_ESCROWED
    return Mode(
        enforcement,
        set_up(traceability, root),
        enforcement_claims(enforcement, counts_lineages=lineages),
        policy,
        root,
        f"{enforcement} {traceability}" + (" by lineage" if lineages else ""),
        traceability,
        outsider=set_up(traceability, fresh()).examiner if escrowed else None,
    )
