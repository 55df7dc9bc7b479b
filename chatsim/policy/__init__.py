"""Forwarding policies: values, the scalar decision, presets and files."""

from chatsim.policy.rules import Breaker, Education, Friction, Takedown
from chatsim.policy.values import (
    Local,
    Policy,
    Provenance,
    Tier,
    Usage,
    compile_row,
    compile_rows,
    judge,
)

__all__ = [
    "Breaker",
    "Education",
    "Friction",
    "Local",
    "Policy",
    "Provenance",
    "Takedown",
    "Tier",
    "Usage",
    "compile_row",
    "compile_rows",
    "judge",
]
