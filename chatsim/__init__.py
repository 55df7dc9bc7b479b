"""chatsim: compare message-forwarding policies by relaying real messages between simulated people.

Public names resolve when they are first used: `chatsim.compare`, `chatsim.read`, `chatsim.verify`,
`chatsim.sensitivity`, `chatsim.Policy`, `chatsim.Tier`, `chatsim.judge`, `chatsim.Scenario`, `chatsim.connect`
and the errors.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatsim.api import Comparison, compare, read, verify
    from chatsim.api.rollout import rollout
    from chatsim.api.sensitivity import sensitivity
    from chatsim.client import connect
    from chatsim.errors import ChatsimError, ConfigurationError, RunError, StoreError
    from chatsim.policy import Policy, Tier, judge
    from chatsim.study.scenario import Scenario

__version__ = "0.1.0"

__all__ = [
    "ChatsimError",
    "Comparison",
    "ConfigurationError",
    "Policy",
    "RunError",
    "Scenario",
    "StoreError",
    "Tier",
    "__version__",
    "compare",
    "connect",
    "judge",
    "read",
    "rollout",
    "sensitivity",
    "verify",
]

_HOMES = {
    "ChatsimError": "errors",
    "Comparison": "api",
    "ConfigurationError": "errors",
    "Policy": "policy",
    "RunError": "errors",
    "Scenario": "study.scenario",
    "StoreError": "errors",
    "Tier": "policy",
    "compare": "api",
    "connect": "client",
    "judge": "policy",
    "read": "api",
    "rollout": "api.rollout",
    "sensitivity": "api.sensitivity",
    "verify": "api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
