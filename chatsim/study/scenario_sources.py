"""Where a scenario's values come from: every value with its source, or none.

What the file itself says of a value comes first. What chatsim knows speaks of the parameter, its form or its range,
and not of a value that a scenario chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from attrs import frozen

from chatsim.policy.description import in_short
from chatsim.policy.values import Policy
from chatsim.study.parameters import REPLIES_AND_MAIL
from chatsim.study.scenario import Scenario
from chatsim.study.scenario_files import dump_scenario
from chatsim.study.scenario_values import values_of

CORTEN = "the form, not the value: Corten et al. 2025"
SURVEYS = "small in surveys (UK, N = 1,250, 2024; Tandoc 2022)"
IMAGES = "80 % of images are not shared after two days (New Scientist 2019-09-27)"
PASTES = "duplicates without the flag suggest up to 16 % per hop (Brazil)"
NO_SOURCE = "none"
CHOICE = "a choice of this study"


@frozen
class Explained:
    """One value, what else it could plausibly be, and where it comes from."""

    key: str
    value: str
    plausible: str
    source: str

    @property
    def assumed(self) -> bool:
        """Whether nobody has measured it."""
        return self.source == NO_SOURCE


KNOWN: tuple[tuple[str, str, str], ...] = (
    ("contents.*.share_probability", "10 % to 80 %", NO_SOURCE),
    ("contents.*.half_life", "6 h to never", IMAGES),
    ("contents.*", "", CHOICE),
    ("population.contacts_mean", "", CORTEN),
    ("population.contacts_sigma", "", CORTEN),
    ("population.groups_mean", "", CORTEN),
    ("population.contacts_per_user", "", NO_SOURCE),
    ("population.*", "", CHOICE),
    ("behaviour.audience_shape", "1.2 to 2", NO_SOURCE),
    ("behaviour.group_chance", "10 % to 40 %", NO_SOURCE),
    ("behaviour.persistence", "0 % to 90 %", NO_SOURCE),
    ("behaviour.paste_probability", "0 % to 30 %", PASTES),
    ("behaviour.*_clients", "0 % to 10 %", NO_SOURCE),
    ("behaviour.reading_delay.*", "median 3 to 45 min", REPLIES_AND_MAIL),
    ("behaviour.chat_delay.*", "median 3 to 45 min", REPLIES_AND_MAIL),
    ("behaviour.susceptibility_shape", "0.2 to 2", NO_SOURCE),
    ("behaviour.label_factor_*", "70 % to 100 %", SURVEYS),
    ("behaviour.audience", "", CHOICE),
    ("behaviour.first_send", "", CHOICE),
    ("behaviour.lookahead", "", CHOICE),
    ("behaviour.*", "", NO_SOURCE),
    ("regions.*.share", "", NO_SOURCE),
    ("cohorts.*.share", "", NO_SOURCE),
    ("*", "", CHOICE),
)
"""By pattern of the key, the first that fits: plausible range, source."""


def explained(scenario: Scenario, policies: Sequence[Policy]) -> tuple[Explained, ...]:
    """Every value of a scenario and every policy that it compares."""
    own = dict(scenario.sources)
    rows = []
    for value in values_of(dump_scenario(scenario)):
        if value.key == "policies":
            continue
        plausible, source = next(
            (plausible, source)
            for pattern, plausible, source in KNOWN
            if fnmatchcase(value.key, pattern)
        )
        rows.append(Explained(value.key, value.written, plausible, own.get(value.key, source)))
    return (*rows, *(_of_policy(policy) for policy in policies))


def _of_policy(policy: Policy) -> Explained:
    provenance = policy.provenance
    source = f"{provenance.source}; {provenance.since}" if provenance else NO_SOURCE
    return Explained(f"policies.{policy.name}", in_short(policy), "", source)
