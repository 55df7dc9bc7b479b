"""chatsim: compare message-forwarding policies by relaying real messages between simulated people.

Public names resolve when they are first used: `chatsim.compare`, `chatsim.read`, `chatsim.verify`,
`chatsim.sensitivity` and `chatsim.read_sensitivity`, `chatsim.calibrate` and `chatsim.fitted`, `chatsim.rollout` and
`chatsim.read_rollout`, `chatsim.trace` and `chatsim.read_trace`, what each of them gives (`chatsim.Comparison`,
`chatsim.Sensitivities`, `chatsim.Fitted`, `chatsim.Rollouts`, `chatsim.Traces`), `chatsim.Policy`, `chatsim.Tier`,
`chatsim.judge`, `chatsim.Scenario`, `chatsim.connect` and the errors.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatsim.api import Comparison, compare, read, verify
    from chatsim.api.calibrate import Fitted, calibrate, fitted
    from chatsim.api.rollout import Rollouts, read_rollout, rollout
    from chatsim.api.sensitivity import Sensitivities, read_sensitivity, sensitivity
    from chatsim.api.trace import Traces, read_trace, trace
    from chatsim.client import connect
    from chatsim.errors import ChatsimError, ConfigurationError, RunError, StoreError
    from chatsim.policy import Policy, Tier, judge
    from chatsim.study.scenario import Scenario

__version__ = "0.1.0"

__all__ = [
    "ChatsimError",
    "Comparison",
    "ConfigurationError",
    "Fitted",
    "Policy",
    "Rollouts",
    "RunError",
    "Scenario",
    "Sensitivities",
    "StoreError",
    "Tier",
    "Traces",
    "__version__",
    "calibrate",
    "compare",
    "connect",
    "fitted",
    "judge",
    "read",
    "read_rollout",
    "read_sensitivity",
    "read_trace",
    "rollout",
    "sensitivity",
    "trace",
    "verify",
]

_HOMES = {
    "ChatsimError": "errors",
    "Comparison": "api",
    "ConfigurationError": "errors",
    "Fitted": "api.calibrate",
    "Policy": "policy",
    "Rollouts": "api.rollout",
    "RunError": "errors",
    "Scenario": "study.scenario",
    "Sensitivities": "api.sensitivity",
    "StoreError": "errors",
    "Tier": "policy",
    "Traces": "api.trace",
    "calibrate": "api.calibrate",
    "compare": "api",
    "connect": "client",
    "fitted": "api.calibrate",
    "judge": "policy",
    "read": "api",
    "read_rollout": "api.rollout",
    "read_sensitivity": "api.sensitivity",
    "read_trace": "api.trace",
    "rollout": "api.rollout",
    "sensitivity": "api.sensitivity",
    "trace": "api.trace",
    "verify": "api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
