"""Check (e): delays change when, and never who; and they do change who where time, people or hops count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve

from chatsim.behaviour.values import Behaviour, Content, DelayLaw
from chatsim.cascade.values import RunOutcome
from chatsim.model import ONE_DAY
from chatsim.policy import Policy, Tier
from chatsim.study.scenario import Generated
from chatsim.testing.verify.values import Experiment, Row, Way, copies_of, digest_of, weakness

QUICK, SLOW = DelayLaw(60.0, 0.3), DelayLaw(9_000.0, 1.5)
RUNS = 2
PEOPLE = Generated(users=2_500, contacts_mean=10.0, groups_mean=1.0)
FRESH = Content("rumour", share_probability=0.7, half_life_seconds=None)
PLAIN = Behaviour(
    audience_shape=1.0,
    persistence=0.2,
    modified_clients=0.1,
    paste_probability=0.0,
    label_factor_many_times=1.0,
)
TWO = Policy("two", tiers=(Tier(chats=2),), label_forwarded_from=1, label_many_from=4)
FIVE_THEN_ONE = evolve(TWO, name="five-then-one", tiers=(Tier(chats=5), Tier(4, chats=1)))


def timeless() -> Experiment:
    """Long enough to end by itself, and nothing in it depends on time or hops."""
    experiment = Experiment.among(PEOPLE, (FRESH,), PLAIN, TWO)
    return evolve(experiment, duration_seconds=120 * ONE_DAY)


def in_time(timeless: Experiment) -> Mapping[str, Experiment]:
    """The experiment with one thing each that lets time, people or hops count, by what that is."""
    stale = Content("rumour", share_probability=0.9, half_life_seconds=float(ONE_DAY))
    return {
        "staleness": evolve(timeless, contents=(stale,)),
        "hop tiers": evolve(timeless, policy=FIVE_THEN_ONE),
        "hop tiers and pasting": evolve(
            timeless, policy=FIVE_THEN_ONE, behaviour=evolve(PLAIN, paste_probability=0.5)
        ),
        "label factor": evolve(timeless, behaviour=evolve(PLAIN, label_factor_many_times=0.7)),
        "total cap": evolve(timeless, policy=evolve(TWO, cap_total=1_000)),
        "cap per person": evolve(
            timeless,
            policy=evolve(TWO, cap_person=4),
            behaviour=evolve(PLAIN, persistence=1.0),
        ),
        "hop limit": evolve(timeless, policy=evolve(TWO, hop_limit=6)),
        "an early end": evolve(timeless, duration_seconds=2 * ONE_DAY),
    }


def when_and_never_who(way: Way) -> Iterator[Row]:
    """(e): the same people, whether they read within minutes or hours; other people as soon as time counts."""
    experiment = timeless()
    yield _row("nothing that counts time", way, experiment, same=True)
    for name, changed in in_time(experiment).items():
        yield _row(name, way, changed, same=False)


def _row(name: str, way: Way, experiment: Experiment, *, same: bool) -> Row:
    quick, slow = (
        [_played(way, experiment, delay, run) for run in range(RUNS)] for delay in (QUICK, SLOW)
    )
    copies = sum(copies_of(outcome) for outcome in (*quick, *slow))
    apart = sum(len(_people(a) ^ _people(b)) for a, b in zip(quick, slow, strict=True))
    moved = all(a.differences(b) for a, b in zip(quick, slow, strict=True))
    weak = next((text for one in (*quick, *slow) if (text := weakness(experiment, one))), "")
    people = "the same people" if apart == 0 else f"{apart:,} people apart"
    return Row(
        check="e",
        name=f"delays: {name}",
        compared=f"{copies:,} copies, {2 * RUNS} runs: quick and slow readers",
        expected="the same people" if same else "others",
        found=weak or (people if moved else "the same times"),
        passed=not weak and moved and (apart == 0) == same,
        digest=digest_of((*quick, *slow)),
    )


def _played(way: Way, experiment: Experiment, delay: DelayLaw, run: int) -> RunOutcome:
    behaviour = evolve(experiment.behaviour, reading_delay=delay)
    return way(evolve(experiment, behaviour=behaviour, run=run))


def _people(outcome: RunOutcome) -> set[int]:
    return set(outcome.contents[0].first_copies.user.tolist())
