"""What a scenario and the policies of a study cannot mean together."""

from __future__ import annotations

from collections.abc import Sequence

from chatsim.behaviour.values import Audience
from chatsim.errors import ConfigurationError
from chatsim.model import ONE_DAY, Enforcement, Traceability
from chatsim.policy import Policy
from chatsim.policy.blindly import require_blind
from chatsim.population.parts import require_named
from chatsim.study.scenario import Scenario, Stored, first_repeated, is_control
from chatsim.units import duration_text, share_text


def check(scenario: Scenario, policies: Sequence[Policy]) -> None:
    """Raise ConfigurationError for what scenario and policies cannot mean together."""
    twice = first_repeated([policy.name for policy in policies])
    if twice is not None:
        message = (
            f"two policies are named {twice}; each takes a name of its own, "
            "because tables and files go by it"
        )
        raise ConfigurationError(message)
    if policies and not is_control(policies[0]):
        message = (
            f"the first policy is {policies[0].name}, which caps or labels; "
            "the others are compared with the first, so it takes a control: put uncapped first"
        )
        raise ConfigurationError(message)
    if scenario.duration_seconds <= ONE_DAY // 2:
        message = (
            f"a run lasts {duration_text(scenario.duration_seconds)}, and contents are posted at 12:00 "
            "on the first day; it takes more than 12 h"
        )
        raise ConfigurationError(message)
    if scenario.redraw_population and isinstance(scenario.population, Stored):
        message = (
            "the people come from files, so no run can have people of its own; "
            "redraw_population takes a generated or uniform population"
        )
        raise ConfigurationError(message)
    for policy in policies:
        _check_places(scenario, policy)
        for rules in policy.everywhere:
            _check_enforcement(scenario, rules)
            _check_law(scenario, rules)


def _check_places(scenario: Scenario, policy: Policy) -> None:
    for word, locals_, known in (
        ("region", policy.regions, scenario.regions),
        ("cohort", policy.cohorts, scenario.cohorts),
    ):
        for local in locals_:
            who = f"policy {policy.name}"
            require_named(word, local.name, [each.name for each in known], who)


COUNTED_BY_THE_RELAY = {
    "cap_person": "counts a lineage",
    "cap_total": "counts a lineage",
    "cap_hour": "counts forwards",
    "breaker": "sees what is sent",
    "takedown": "sees what is sent",
}


OFFICERS = ("breaker", "takedown")
"""Rules about contents, which somebody has to recognise."""


def has_officers(policy: Policy) -> bool:
    """Whether a policy has rules about contents, somewhere."""
    return any(getattr(rules, key) is not None for rules in policy.everywhere for key in OFFICERS)


def _check_enforcement(scenario: Scenario, policy: Policy) -> None:
    if scenario.enforcement is Enforcement.BLIND:
        require_blind(policy)
    if scenario.enforcement.relay_counts:
        _check_officers(scenario, policy)
        return
    for key, what in COUNTED_BY_THE_RELAY.items():
        if getattr(policy, key) is not None:
            message = (
                f"policy {policy.name} has {key} under client enforcement, where nobody {what}; "
                "it takes clear enforcement, or the policy without this rule"
            )
            raise ConfigurationError(message)


def _check_officers(scenario: Scenario, policy: Policy) -> None:
    """Under `clear` the relay knows a content by its bytes, so nothing else may be in a body, and it must be open."""
    if scenario.enforcement is Enforcement.RECEIPT:
        return
    for key in OFFICERS:
        if getattr(policy, key) is None:
            continue
        for name, differs in (
            ("e2ee", scenario.e2ee),
            ("traceability", scenario.traceability not in {Traceability.NONE, Traceability.HASHDB}),
        ):
            if differs:
                message = (
                    f"policy {policy.name} has {key}, and under {name} no content is known by its bytes; "
                    f"it takes receipt enforcement, or the study without {name}"
                )
                raise ConfigurationError(message)


def _check_law(scenario: Scenario, policy: Policy) -> None:
    if scenario.behaviour.audience is not Audience.EACH:
        return
    for key in ("friction", "takedown"):
        if getattr(policy, key) is not None:
            message = (
                f"policy {policy.name} has {key}, and nobody reads under audience each; "
                "it takes audience pick or repeat"
            )
            raise ConfigurationError(message)


def require_no_bytes(scenario: Scenario, policies: Sequence[Policy]) -> None:
    """Raise ConfigurationError for what takes bytes, or lineages one by one: the engine has neither."""
    for name, asked in (
        ("e2ee", scenario.e2ee),
        ("traceability", scenario.traceability is not Traceability.NONE),
    ):
        if asked:
            message = f"the engine sends no bytes, so that {name} takes --backend memory or tcp"
            raise ConfigurationError(message)
    for rules in (rules for policy in policies for rules in policy.everywhere):
        for key in (key for key in OFFICERS if getattr(rules, key) is not None):
            if scenario.enforcement is Enforcement.RECEIPT:
                message = (
                    f"policy {rules.name} has {key}, which under receipt enforcement is about lineages, and the "
                    "engine counts contents; it takes --backend memory or tcp, or clear enforcement"
                )
                raise ConfigurationError(message)
            if scenario.behaviour.reencoding_clients:
                message = (
                    f"policy {rules.name} has {key}, which knows a content by its bytes, and reencoding_clients is "
                    f"{share_text(scenario.behaviour.reencoding_clients)}; the engine has no bytes, so that the two "
                    "together take --backend memory or tcp"
                )
                raise ConfigurationError(message)
