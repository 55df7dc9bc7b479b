"""One small run of a study, played once more over real sockets: is every copy the same?"""

from __future__ import annotations

import attrs

from chatsim.cascade.values import RunOutcome
from chatsim.policy import Policy
from chatsim.study.backend import Backend, RunPlan, balanced
from chatsim.study.manifest import Check
from chatsim.study.scenario import Generated, Scenario, Stored

CHECK_USERS_MAX = 500
"""People in the run over sockets, unless the study has fewer."""


def small(scenario: Scenario, users: int) -> Scenario:
    """The scenario with few enough people for a quick run over sockets; `users` is how many it has.

    A network read from files is no smaller network with some people left out: generated people take its place.
    """
    if users <= CHECK_USERS_MAX:
        return scenario
    spec = scenario.population
    people = (
        Generated(users=CHECK_USERS_MAX, seed=spec.seed)
        if isinstance(spec, Stored)
        else attrs.evolve(spec, users=CHECK_USERS_MAX)
    )
    return attrs.evolve(scenario, population=people, originators=None)


def checked(
    here: Backend, over_sockets: Backend, policy: Policy, plan: RunPlan, name: str
) -> Check:
    """One run by the backend called `name` and over sockets: identical copies, and do the books balance."""
    with here:
        expected = balanced(here.play(policy, plan))
    with over_sockets:
        relayed = over_sockets.play(policy, plan)
    carried = over_sockets.carried
    copies = sum(int(content.received.sum()) for content in relayed.contents)
    imbalances = []
    if carried is not None and carried.copies != copies:
        imbalances.append(
            f"the server carried {carried.copies:,} copies, people received {copies:,}"
        )
    return Check(name, copies, identical_copies(expected, relayed), tuple(imbalances))


def identical_copies(one: RunOutcome, other: RunOutcome) -> int:
    """Copies delivered to people for whom two runs agree in everything: first copy, deeds and number of copies."""
    return sum(
        mine.identical_copies(theirs)
        for mine, theirs in zip(one.contents, other.contents, strict=True)
    )
