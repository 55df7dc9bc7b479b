"""Small random runs under rules beyond caps: hours, prompts, education, breakers, takedowns, parts of the people."""

from __future__ import annotations

from attrs import evolve
from hypothesis import strategies as st

from chatsim.behaviour.values import Audience
from chatsim.model import Enforcement
from chatsim.policy.rules import Breaker, Education, Friction, Takedown
from chatsim.policy.values import Local, Policy
from chatsim.population.parts import Cohort, Partition, Region, Rollout, Unit, divide
from tests.cases import CHANCES, Case, cases, policies

REGIONS = (Region("east", 0.3, 34_200), Region("west", 0.3, -28_800), Region("home", 0.4))
COHORTS = (Cohort("testers", 0.4), Cohort("others", 0.6))
MINUTES = st.sampled_from([60, 120, 600, 3_600, 36_000])


def prompts() -> st.SearchStrategy[Friction]:
    return st.builds(
        Friction,
        abandon=CHANCES,
        delay_seconds=st.sampled_from([0, 1, 90, 4_000, 100_000]),
        from_hop=st.sampled_from([0, 0, 1, 2]),
    )


def lessons() -> st.SearchStrategy[Education]:
    return st.builds(Education, coverage=CHANCES, factor=CHANCES, harmless_factor=CHANCES)


def breakers() -> st.SearchStrategy[Breaker]:
    copies = st.sampled_from([1, 5, 20, 60])
    return st.builds(Breaker, copies=copies, window_seconds=MINUTES, pause_seconds=MINUTES)


def takedowns() -> st.SearchStrategy[Takedown]:
    return st.builds(
        Takedown,
        complaints=st.sampled_from([1, 2, 5]),
        review_seconds=st.sampled_from([0, 1, 59, 3_600, 40_000]),
    )


@st.composite
def rules(draw: st.DrawFn, enforcement: Enforcement, law: Audience) -> Policy:
    """Caps and labels as elsewhere, and about half of the rules beyond them."""
    relay_sees = enforcement is Enforcement.CLEAR
    """Contents: by permits it would see lineages, which neither twin nor engine counts."""
    people_read = law is not Audience.EACH
    none = st.none()
    return evolve(
        draw(policies(enforcement)),
        cap_hour=draw(st.sampled_from([None, 1, 3, 8]) if enforcement.relay_counts else none),
        friction=draw(none | prompts() if people_read else none),
        education=draw(none | lessons()),
        breaker=draw(none | breakers() if relay_sees else none),
        takedown=draw(none | takedowns() if relay_sees and people_read else none),
    )


@st.composite
def partitions(draw: st.DrawFn) -> Partition:
    rollout = st.builds(
        Rollout, unit=st.just(Unit.USER), share=st.sampled_from([0.3, 0.5]), seed=st.integers(0, 99)
    )
    return Partition(
        draw(st.sampled_from([(), REGIONS])),
        draw(st.sampled_from([(), COHORTS])),
        draw(st.none() | rollout),
    )


@st.composite
def cases_beyond_caps(draw: st.DrawFn) -> Case:
    """As `cases`, under such rules, everywhere or for some of the people."""
    case = draw(cases())
    behaviour = evolve(
        case.behaviour,
        complaint_probability=draw(st.sampled_from([0.1, 0.3, 0.9])),
        complaint_probability_harmless=draw(st.sampled_from([0.0, 0.2])),
    )
    contents = tuple(evolve(each, harmful=draw(st.booleans())) for each in case.contents)
    partition = draw(partitions())

    def some() -> Policy:
        return draw(rules(case.enforcement, behaviour.audience))

    policy = some()
    if partition.regions and draw(st.booleans()):
        policy = evolve(policy, regions=(Local("east", some()),))
    if partition.cohorts and draw(st.booleans()):
        policy = evolve(policy, cohorts=(Local("testers", some()),))
    if partition.rollout is not None:
        policy = evolve(policy, untreated=some())
    people = evolve(case.population, utc_offset_seconds=0) if partition.regions else case.population
    parts = divide(partition, people.users, people.seed, communities=draw(st.booleans()))
    return evolve(
        case,
        population=people,
        behaviour=behaviour,
        contents=contents,
        policy=policy,
        parts=parts,
    )
