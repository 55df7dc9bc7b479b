"""Ways to play a run with one error planted, which the checks of `chatsim verify` have to find."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import evolve

from chatsim.cascade.values import ContentRun, RunOutcome
from chatsim.testing.verify.values import Experiment, Way

Change = Callable[[ContentRun], ContentRun]


def altered(way: Way, change: Change, when: Callable[[Experiment], bool] = lambda _: True) -> Way:
    """The way with one thing wrong about the last content."""

    def play(experiment: Experiment) -> RunOutcome:
        outcome = way(experiment)
        if not when(experiment):
            return outcome
        return RunOutcome((*outcome.contents[:-1], change(outcome.contents[-1])))

    return play


def with_a_copy_less(run: ContentRun) -> ContentRun:
    received = run.received.copy()
    received[np.argmax(received)] -= 1
    return evolve(run, received=received)


def with_another_sender(run: ContentRun) -> ContentRun:
    parent = run.first_copies.parent.copy()
    parent[-1] = parent[-2]
    return evolve(run, first_copies=evolve(run.first_copies, parent=parent))


def with_a_copy_a_second_later(run: ContentRun) -> ContentRun:
    tick = run.first_copies.tick.copy()
    tick[-1] += 1
    return evolve(run, first_copies=evolve(run.first_copies, tick=tick))


def with_one_more_held_back(run: ContentRun) -> ContentRun:
    return evolve(run, deeds=evolve(run.deeds, held_back=run.deeds.held_back + 1))


def without_the_last_person(run: ContentRun) -> ContentRun:
    first = run.first_copies
    names = ("user", "tick", "parent", "group", "hop", "label")
    return evolve(run, first_copies=evolve(first, **{n: getattr(first, n)[:-1] for n in names}))
