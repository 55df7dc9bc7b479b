"""What a study takes for granted, as its summary lists it: assumed, and left out altogether."""

from __future__ import annotations

from chatsim.study.parameters import parameters
from chatsim.study.scenario import Scenario
from chatsim.study.summary import Assumption

NOT_MODELLED = (
    "New contents that compete for attention: every policy's reach and speed come out too high.",
    "People who leave groups: reach through groups comes out too high.",
    "Friends who are alike in how readily they forward: keen circles would be reached more surely, the rest less.",
    "Refutations that chase a rumour: late reach comes out too high.",
)
"""Each with the direction of its bias."""


def assumptions(scenario: Scenario) -> tuple[Assumption, ...]:
    """Everything that decides the outcome and was not measured in this study."""
    return tuple(
        Assumption(each.name, each.value, each.source, each.plausible)
        for each in parameters(scenario)
    )
