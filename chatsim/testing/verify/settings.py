"""The experiments of the checks: who the people are, what is passed on, under which policies.

Sizes are chosen so that every run passes `weakness`: 1,000 copies, 5 hops, and somebody held back where a cap can bind.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.model import ONE_HOUR
from chatsim.policy import Breaker, Education, Policy, Tier, compile_row
from chatsim.policy.presets import presets
from chatsim.population import Communities, generate
from chatsim.population.values import Population
from chatsim.study.populations import People
from chatsim.study.scenario import Generated
from chatsim.testing.verify.values import Experiment

LIVELY = Behaviour(
    audience_shape=0.8,
    modified_clients=0.1,
    paste_probability=0.2,
    label_factor_forwarded=0.9,
)
"""Everything that people may do is done often."""
RUMOUR = Content("rumour", share_probability=0.8)
JOKE = Content("joke", share_probability=0.6, half_life_seconds=None, harmful=False)
FEW = Generated(users=400, contacts_mean=12.0, contacts_sigma=1.0, groups_mean=1.5)
"""Few enough for a socket each."""
SPARSE = Generated(users=400, contacts_mean=8.0, contacts_sigma=1.0, groups_mean=0.4)
"""The same where everybody writes to all their chats: with more ties a cascade has no depth."""
SPARSER = Generated(users=400, contacts_mean=7.0, contacts_sigma=1.0, groups_mean=0.4)
"""And where nobody picks, so that five hops remain where education holds some back."""
LIFETIME = Policy(
    "lifetime",
    title="Every cap at once",
    tiers=(Tier(chats=4, groups=1), Tier(2, chats=2)),
    cap_person=8,
    cap_total=250,
    hop_limit=7,
    label_forwarded_from=1,
    label_many_from=3,
)


WATCHED = Policy(
    "watched",
    title="An hour's cap, education and a circuit breaker",
    tiers=(Tier(chats=4),),
    cap_hour=6,
    education=Education(0.5, 0.9, 0.95),
    breaker=Breaker(copies=500, window_seconds=600, pause_seconds=3_600),
    label_forwarded_from=1,
)


def policies() -> Mapping[str, Policy]:
    """Every preset, those with the same rules together, and every cap at once; by what to call them."""
    named: dict[tuple[int, ...], list[Policy]] = {}
    for policy in presets():
        named.setdefault(compile_row(policy), []).append(policy)
    by_name = {", ".join(each.name for each in same): same[0] for same in named.values()}
    return {
        **by_name,
        "caps per action, person, lineage and hop": LIFETIME,
        "an hour's cap, education and a circuit breaker": WATCHED,
    }


def behaviour_of(law: Audience) -> Behaviour:
    """Lively people whose audiences follow `law`."""
    behaviour = evolve(LIVELY, audience=law)
    match law:
        case Audience.PICK:
            return behaviour
        case Audience.EACH:
            # Half of the delays are below the lookahead, so that many chats share an action, as caps need.
            return evolve(
                behaviour,
                susceptibility_shape=2.0,
                chat_delay=DelayLaw(100.0, 1.5),
                recovery=DelayLaw(10_000.0, 1.0),
            )
        case Audience.REPEAT:
            return evolve(behaviour, interval_seconds=6 * ONE_HOUR, round_recovery=0.4)


def contents_of(law: Audience) -> tuple[Content, ...]:
    """Two contents, one of which goes stale."""
    share = 0.7 if law is Audience.EACH else 0.8
    return (evolve(RUMOUR, share_probability=share), evolve(JOKE, share_probability=0.8 * share))


def lively(law: Audience, policy: Policy) -> Experiment:
    """For check (a), one of few people."""
    match law:
        case Audience.PICK:
            spec = FEW
        case Audience.EACH:
            spec = SPARSER
        case Audience.REPEAT:
            spec = SPARSE
    return Experiment.among(spec, contents_of(law), behaviour_of(law), policy)


def wide(law: Audience, policy: Policy, population: People) -> Experiment:
    """For checks (b) and (c), among the people given."""
    return Experiment(population, contents_of(law), behaviour_of(law), policy)


def law_of_ties(law: Audience) -> Communities:
    """The ties of a crowd: where everybody writes to all their chats, few, so that a cascade has depth."""
    if law is Audience.EACH:
        return Communities(contacts_mean=8.0, contacts_sigma=1.0, groups_mean=0.4)
    return Communities()


def crowd(law: Audience, users: int) -> Population:
    """So many people in communities, for checks (b) and (c)."""
    return generate(users, seed=1, law=law_of_ties(law))
