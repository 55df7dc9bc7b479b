"""Write the conformance vectors: small runs, each about some of the rules, as the naive twin plays them.

    python scripts/conformance_vectors.py [DIR]

Every vector must be about what it says: a rule that binds nowhere in its run ends the script. Files that are there
already are written anew; the same checkout gives the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from chatsim.behaviour.values import (
    Audience,
    Behaviour,
    Content,
    DelayForm,
    DelayLaw,
    FirstSend,
)
from chatsim.cascade.values import ContentRun, RunOutcome
from chatsim.model import ONE_DAY, ONE_HOUR, Enforcement
from chatsim.policy import Breaker, Education, Friction, Policy, Takedown, Tier
from chatsim.policy.files import dump_policy
from chatsim.population.values import Population
from chatsim.study.populations import build_population
from chatsim.study.scenario import Generated
from chatsim.testing import twin
from chatsim.testing.conformance.vectors import FORMAT_VERSION, Chats, Expected, Vector, write

HERE = Path(__file__).resolve().parents[1] / "chatsim" / "testing" / "conformance" / "vectors"
PEOPLE = Generated(users=160, seed=11, contacts_mean=9.0, groups_mean=1.2)
CONTACTS = Generated(users=160, seed=12, contacts_mean=9.0, groups_mean=0.0)
LIVELY = Behaviour(
    audience_shape=0.8, modified_clients=0.0, paste_probability=0.0, label_factor_many_times=1.0
)
RUMOUR = Content("rumour", share_probability=0.7, half_life_seconds=None)
UNCAPPED = Policy("uncapped")
REACHED_MIN = 40


def capped(name: str, chats: int | None = None, **changes: Any) -> Policy:
    return Policy(name, tiers=(Tier(chats=chats),), **changes)


@frozen
class Draft:
    """One vector before it is played."""

    name: str
    about: str
    binds: Callable[[ContentRun], bool]
    """Whether the rule that it is about made itself felt."""
    policy: Policy = UNCAPPED
    behaviour: Behaviour = LIVELY
    people: Generated = PEOPLE
    contents: tuple[Content, ...] = (RUMOUR,)
    enforcement: Enforcement = Enforcement.CLEAR
    utc_offset_seconds: int = 0
    duration_seconds: int = 10 * ONE_DAY
    originators: int = 3


def held_back(run: ContentRun) -> bool:
    return int(run.deeds.held_back.sum()) > 0


def refused(run: ContentRun) -> bool:
    return int(run.deeds.refused.sum()) > 0


def pasted(run: ContentRun) -> bool:
    originators = set(run.first_copies.user[run.first_copies.parent < 0].tolist())
    return any(
        chats and user not in originators
        for user, chats in zip(
            run.deeds.user.tolist(), run.deeds.original_chats.tolist(), strict=True
        )
    )


def labelled(run: ContentRun) -> bool:
    return set(run.first_copies.label.tolist()) == {0, 1, 2}


def abandoned(run: ContentRun) -> bool:
    return int(run.deeds.abandoned.sum()) > 0


def taken_down(run: ContentRun) -> bool:
    return run.complaints > 2 and refused(run)


def claims(hop: int) -> Callable[[ContentRun], bool]:
    return lambda run: hop in run.deeds.hop_made.tolist()


def many(run: ContentRun) -> bool:
    return len(run.first_copies.user) >= REACHED_MIN


def waited_for_morning(run: ContentRun) -> bool:
    local = (run.deeds.tick + 19_800) % ONE_DAY
    return bool(((local >= 7 * ONE_HOUR) & (local <= 8 * ONE_HOUR)).any())


DRAFTS = (
    Draft("pick", "people pick their audience, and nothing is capped", many),
    Draft(
        "tiers-and-labels", "5 chats, then 1 without groups; both labels, each with a factor", labelled,
        Policy(
            "tiers", tiers=(Tier(chats=5), Tier(3, chats=1, groups=0)),
            label_forwarded_from=1, label_many_from=3,
        ),
        evolve(LIVELY, label_factor_forwarded=0.95, label_factor_many_times=0.8),
    ),
    Draft(
        "groups-cap", "4 chats an action, one of them a group; people go on", held_back,
        Policy("groups", tiers=(Tier(chats=4, groups=1),)), evolve(LIVELY, group_chance=0.6),
    ),
    Draft("hop-limit", "nothing beyond 2 forwards", held_back, Policy("hops", hop_limit=2)),
    Draft(
        "person-cap", "2 chats an action, 3 in a lifetime", held_back, capped("person", 2, cap_person=3),
        evolve(LIVELY, persistence=0.9),
    ),
    Draft(
        "total-cap", "30 chats in a lineage, counted by the minute", refused, capped("total", cap_total=30),
    ),
    Draft(
        "pasting", "1 chat an action; half of those held back paste", pasted, capped("one", 1),
        evolve(LIVELY, persistence=0.3, paste_probability=0.5),
    ),
    Draft(
        "modified-clear", "a third has modified apps, and the relay counts", refused, capped("two", 2),
        evolve(LIVELY, modified_clients=0.33),
    ),
    Draft(
        "modified-strip", "modified apps claim no forwards; nobody checks", held_back,
        Policy("strip", tiers=(Tier(chats=4), Tier(2, chats=2)), label_forwarded_from=1, label_many_from=2),
        evolve(LIVELY, modified_clients=0.33), enforcement=Enforcement.CLIENT,
    ),
    Draft(
        "modified-inflate", "modified apps claim 127 forwards; nobody checks", claims(127),
        Policy("inflate", tiers=(Tier(chats=4), Tier(5, chats=1)), label_forwarded_from=1, label_many_from=5),
        evolve(LIVELY, inflating_clients=0.33), enforcement=Enforcement.CLIENT,
    ),
    Draft(
        "pasting-clients", "a quarter has apps that paste at once, past caps; a total cap counts the rest", pasted,
        capped("two", 2, cap_total=30), evolve(LIVELY, pasting_clients=0.25, modified_clients=0.1), enforcement=Enforcement.RECEIPT,
    ),
    Draft(
        "reencoding-clients", "a fifth re-encodes and pastes, another pastes, and counters and prompts hold the rest",
        pasted, Policy("two", tiers=(Tier(chats=4), Tier(2, chats=2)), label_forwarded_from=1, friction=Friction(0.2, 90, 1)),
        evolve(LIVELY, pasting_clients=0.2, reencoding_clients=0.2, inflating_clients=0.1),
        enforcement=Enforcement.CLIENT,
    ),
    Draft(
        "each", "every chat on its own coin and delay, within a recovery", held_back, capped("two", 2),
        evolve(
            LIVELY, audience=Audience.EACH, chat_delay=DelayLaw(90.0, 0.7),
            recovery=DelayLaw(600.0, form=DelayForm.EXPONENTIAL), modified_clients=0.1,
        ),
        CONTACTS,
    ),
    Draft(
        "repeat", "rounds every six hours until recovery, the first post capped as well", held_back, capped("two", 2),
        evolve(
            LIVELY, audience=Audience.REPEAT, interval_seconds=6 * ONE_HOUR, round_recovery=0.3,
            first_send=FirstSend.CAPPED,
        ),
        contents=(evolve(RUMOUR, share_probability=0.8),),
    ),
    Draft(
        "night-and-age", "readings wait for the morning of a zone 5:30 ahead; two contents, one going stale",
        waited_for_morning, capped("three", 3),
        evolve(LIVELY, reading_delay=DelayLaw(7_200.0, form=DelayForm.EXPONENTIAL)),
        contents=(RUMOUR, Content("news", share_probability=0.9, half_life_seconds=43_200.0, harmful=False)),
        utc_offset_seconds=19_800,
    ),
    Draft(
        "hour", "2 chats an action and 3 an hour, which two contents share; who is refused may wait for the next hour",
        refused, capped("hour", 2, cap_hour=3), evolve(LIVELY, persistence=0.8, paste_probability=0.2),
        contents=(RUMOUR, Content("news", share_probability=0.8, harmful=False)),
    ),
    Draft(
        "prompt-and-education", "a prompt from 1 forward on, at which some give up; half are taught", abandoned,
        Policy("prompt", friction=Friction(0.15, 90, 1), education=Education(0.5, 0.8, 0.9)),
        contents=(RUMOUR, Content("news", share_probability=0.8, harmful=False)),
    ),
    Draft(
        "breaker", "60 copies in 10 minutes pause a content for an hour, pasted or not", refused,
        capped("breaker", 2, breaker=Breaker(60, 600, 3_600)),
        evolve(LIVELY, persistence=0.6, paste_probability=0.4),
    ),
    Draft(
        "takedown", "three complaints, closed at a whole minute, and ten minutes of review", taken_down,
        capped("takedown", 2, takedown=Takedown(3, 600)), evolve(LIVELY, persistence=0.9, complaint_probability=0.05),
    ),
)  # fmt: skip


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for draft in DRAFTS:
        vector = made(draft)
        (folder / f"{vector.name}.json").write_text(write(vector), encoding="utf-8")
        reached = ", ".join(str(len(each.first_copies)) for each in vector.expected)
        print(f"{vector.name:<20} {reached:>10} of {len(vector.people.contacts)} reached")


def made(draft: Draft, seed: int = 7, run: int = 2) -> Vector:
    """The vector, played by the twin."""
    people = evolve(build_population(draft.people), utc_offset_seconds=draft.utc_offset_seconds)
    outcome = played(draft, people, seed, run)
    if not draft.binds(outcome.contents[0]) or not many(outcome.contents[0]):
        sys.exit(f"{draft.name} is not about {draft.about}: try other numbers")
    return Vector(
        format_version=FORMAT_VERSION,
        name=draft.name,
        about=draft.about,
        people=Chats.of(people),
        contents=draft.contents,
        behaviour=draft.behaviour,
        policy=dump_policy(draft.policy),
        enforcement=draft.enforcement,
        seed=seed,
        run=run,
        originators=draft.originators,
        duration_seconds=draft.duration_seconds,
        expected=tuple(
            Expected.of(content.name, each)
            for content, each in zip(draft.contents, outcome.contents, strict=True)
        ),
    )


def played(draft: Draft, people: Population, seed: int, run: int) -> RunOutcome:
    return twin.play(
        people,
        draft.contents,
        draft.behaviour,
        draft.policy,
        seed=seed,
        run=run,
        originators=draft.originators,
        duration_seconds=draft.duration_seconds,
        enforcement=draft.enforcement,
    )


if __name__ == "__main__":
    main()
