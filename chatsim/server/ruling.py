"""The policy in force: replaced whole, between batches, or kept with the reason why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from attrs import frozen

from chatsim.policy import Policy, compile_row
from chatsim.policy.presets import preset, resolve, resolve_text

VERSION_LETTERS = 12


@frozen
class Ruling:
    """A policy, and a short hash of its row: two names for the same caps have one version."""

    policy: Policy
    version: str


def ruling_of(policy: Policy) -> Ruling:
    row = ",".join(map(str, compile_row(policy)))
    return Ruling(policy, hashlib.sha256(row.encode()).hexdigest()[:VERSION_LETTERS])


class Ruler:
    """Holds the policy in force; `swap` hands another to the relay in one step."""

    def __init__(self, policy: Policy, swap: Callable[[Policy], None]) -> None:
        self.ruling = ruling_of(policy)
        self._swap = swap

    def replace(self, name_or_text: str) -> Ruling:
        """Put a preset, cap-N or a policy's TOML text into force.

        Raises ConfigurationError, and leaves what was in force, for whatever cannot be used.
        """
        return self._put(policy_of(name_or_text))

    def replace_from(self, name_or_path: str) -> Ruling:
        """The same with what the command line takes: a name or a file, read again."""
        return self._put(resolve(name_or_path))

    def _put(self, policy: Policy) -> Ruling:
        ruling = ruling_of(policy)
        self._swap(policy)
        self.ruling = ruling
        return ruling


def policy_of(name_or_text: str) -> Policy:
    """What is sent to a running server: a name, or a TOML text, which has a sign or a line that no name has."""
    if any(sign in name_or_text for sign in "=[\n"):
        return resolve_text(name_or_text, "the policy sent")
    return preset(name_or_text)
