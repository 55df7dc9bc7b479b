"""A small trace, played once for all tests of one process."""

from __future__ import annotations

import functools

import attrs

from chatsim.api import Silence
from chatsim.model import Enforcement, Traceability
from chatsim.policy.presets import resolve
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.trace.conduct import Conduct
from chatsim.study.trace.files import Results
from chatsim.study.trace.request import Request
from chatsim_clients.traced import TracedRuns

MODES = (Traceability.NONE, Traceability.TAG, Traceability.HASHDB, Traceability.TRACEBACK)


def request(**changes) -> Request:
    """Two runs among 150 people, a dozen reports of each content."""
    scenario = attrs.evolve(
        Scenario(),
        population=Generated(users=150),
        runs=2,
        duration_seconds=4 * 86_400,
        enforcement=Enforcement.RECEIPT,
    )
    values = {
        "scenario": scenario,
        "policy": resolve("whatsapp-latest"),
        "modes": MODES,
        "queries": 12,
        "cheat_share": 0.1,
        "messages_per_day": 1e11,
        "command": "chatsim trace",
        "thresholds": (1, 2, 5),
        **changes,
    }
    return Request(**values)


def conduct(**changes) -> Conduct:
    return Conduct(request(**changes), TracedRuns, Silence())


@functools.cache
def results() -> Results:
    """What the small trace gives."""
    return Results.of(conduct().trace())
