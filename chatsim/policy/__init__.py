"""Forwarding policies: values, the scalar decision, presets and files."""

from chatsim.policy.values import Policy, Provenance, Tier, Usage, compile_row, judge

__all__ = ["Policy", "Provenance", "Tier", "Usage", "compile_row", "judge"]
