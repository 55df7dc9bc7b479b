"""The policy in force: replaced whole, between batches, or kept with the reason why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement, Part
from chatsim.policy import Policy, compile_row, compile_rows
from chatsim.policy.blindly import require_blind
from chatsim.policy.presets import preset, resolve, resolve_text

VERSION_LETTERS = 12
ABOUT_CONTENTS = ("breaker", "takedown")
"""Under `clear` the relay knows a content by its bytes."""
COUNTED_BY_THE_RELAY = ("cap_person", "cap_total", "cap_hour", *ABOUT_CONTENTS)
"""Rules that hold where the relay counts, and nowhere else."""


@frozen
class Ruling:
    """A policy, and a short hash of its rules: two names for the same have one version."""

    policy: Policy
    version: str


def ruling_of(policy: Policy) -> Ruling:
    return Ruling(policy, hashlib.sha256(_rules(policy).encode()).hexdigest()[:VERSION_LETTERS])


def _rules(policy: Policy) -> str:
    text = ",".join(map(str, compile_row(policy)))
    for word, locals_ in (("region", policy.regions), ("cohort", policy.cohorts)):
        text += "".join(f"; {word} {each.name}: {_rules(each.policy)}" for each in locals_)
    return text if policy.untreated is None else f"{text}; untreated: {_rules(policy.untreated)}"


def rows_of(
    policy: Policy, parts: Sequence[Part], enforcement: Enforcement, *, sealed: bool = False
) -> tuple[tuple[int, ...], ...]:
    """The rows that a server judges by, one for each part of its users; `sealed`: where it sees no body in the open.

    Raises ConfigurationError for rules that could not hold there.
    """
    for rules in policy.everywhere:
        if enforcement is Enforcement.CLIENT:
            _check_countable(rules)
        if enforcement is Enforcement.BLIND:
            require_blind(rules)
        if enforcement is Enforcement.CLEAR and sealed:
            _check_recognisable(rules)
        _check_places(rules, parts)
    return compile_rows(policy, parts)


def _check_countable(policy: Policy) -> None:
    for key in COUNTED_BY_THE_RELAY:
        if getattr(policy, key) is not None:
            message = (
                f"policy {policy.name} has {key} under client enforcement, where the server counts nothing; "
                "it takes clear enforcement, or the policy without this rule"
            )
            raise ConfigurationError(message)


def _check_recognisable(policy: Policy) -> None:
    for key in ABOUT_CONTENTS:
        if getattr(policy, key) is not None:
            message = (
                f"policy {policy.name} has {key}, and under e2ee no content is known by its bytes; "
                "it takes receipt enforcement, or a server without e2ee"
            )
            raise ConfigurationError(message)


def _check_places(policy: Policy, parts: Sequence[Part]) -> None:
    for word, locals_, known in (
        ("region", policy.regions, {part.region for part in parts}),
        ("cohort", policy.cohorts, {part.cohort for part in parts}),
    ):
        names = sorted(name for name in known if name is not None)
        takes = f"it takes one of {', '.join(names)}" if names else f"the users have no {word}s"
        for local in locals_:
            if local.name not in names:
                message = f"policy {policy.name} names the {word} {local.name!r}; {takes}"
                raise ConfigurationError(message)


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
