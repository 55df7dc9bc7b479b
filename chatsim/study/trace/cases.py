"""What people do in the cascades that a trace plays: as the scenario says, each cheat alone, and ever more pasting."""

from __future__ import annotations

import enum
from typing import Any, Final

import attrs
from attrs import frozen

from chatsim.study.scenario import Scenario
from chatsim.units import share_text


class Family(enum.StrEnum):
    """Why a case is played."""

    AS_IT_IS = "as it is"
    CHEAT = "cheat"
    """One cheat alone; everybody else is honest and nobody pastes."""
    PASTING = "pasting"
    """The same of pasting, at ever higher shares."""


@frozen
class Case:
    """One way in which people behave."""

    name: str
    family: Family
    field: str | None
    """The share of `Behaviour` that is not nought; None: the scenario's own."""
    share: float
    """Of people."""


CHEATS: Final = {
    "relabel": "modified_clients",
    "inflate": "inflating_clients",
    "paste": "pasting_clients",
    "re-encode": "reencoding_clients",
    "frame": "framing_clients",
    "cut": "cutting_clients",
}
"""Share of people by cheat."""
PASTE, FRAME = "paste", "frame"
SWEEP: Final = (0.0, 0.05, 0.2, 0.4)
"""Shares of people who paste."""


def cases_of(scenario: Scenario, cheat_share: float) -> tuple[Case, ...]:
    """All cases; a cheat has the scenario's share where that is not nought."""
    cases = [Case("as it is", Family.AS_IT_IS, None, 0.0)]
    for name, field in CHEATS.items():
        share = getattr(scenario.behaviour, field)
        cases.append(Case(f"{name} alone", Family.CHEAT, field, share or cheat_share))
    field = CHEATS[PASTE]
    cases += [Case(f"{share_text(share)} paste", Family.PASTING, field, share) for share in SWEEP]
    return tuple(cases)


def played(scenario: Scenario, case: Case) -> Scenario:
    """The scenario in which this case is played."""
    if case.field is None:
        return scenario
    shares: dict[str, Any] = dict.fromkeys((*CHEATS.values(), "paste_probability"), 0.0)
    shares[case.field] = case.share
    behaviour = attrs.evolve(scenario.behaviour, **shares)
    return attrs.evolve(scenario, behaviour=behaviour)
