"""Check (d): how far cascades go in the end, against theory, with one originator among 100,000 people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from attrs import frozen

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.policy.presets import preset
from chatsim.population import uniform
from chatsim.population.values import Population
from chatsim.study.analysis import outbreak_reach
from chatsim.testing.oracles import (
    DegreeLaw,
    Deviation,
    percolated,
    uniform_chance,
    uniform_share,
)
from chatsim.testing.stub_graphs import configuration_model
from chatsim.testing.verify.values import Experiment, Measurer, Row

STANDARD_ERRORS_MAX = 4.0
ERROR_SEEN = 0.02
"""A reach that is wrong by this much must fail: where runs are too few or too spread for that, the check fails."""
ALIKE = Behaviour(
    audience=Audience.EACH,
    susceptibility_shape=None,
    modified_clients=0.0,
    paste_probability=0.0,
    night=False,
    chat_delay=DelayLaw(600.0, 0.0),
)
"""Everybody passes on with the same chance, ten minutes after it came."""
TIES = ((1, 3), (3, 5), (10, 2))
"""Degrees of the configuration model, and how many of ten people have each."""


@frozen
class Question:
    """What theory has an answer to."""

    name: str
    people: Callable[[int], Population]
    """By number: every run has a network of its own, because theory is about all of them together."""
    users: int
    transmission: float
    share: float
    """Of people reached, in big outbreaks."""
    chance: float
    """Of a big outbreak."""


def questions(users: int) -> tuple[Question, ...]:
    """The two questions, among `users` people, a multiple of ten."""
    degrees = np.concatenate([np.full(users * tenths // 10, ties) for ties, tenths in TIES])
    transmission = 0.35
    share = percolated(DegreeLaw.of(degrees), transmission)
    contacts, passed_on = 10, 0.15
    return (
        Question(
            "configuration model",
            lambda number: configuration_model(degrees, number),
            users,
            transmission,
            share,
            # Ties have no direction here: to start a big outbreak is as likely as to be reached by one.
            share,
        ),
        Question(
            "uniform population",
            lambda number: uniform(users, contacts, seed=number),
            users,
            passed_on,
            uniform_share(contacts, passed_on),
            uniform_chance(contacts, passed_on),
        ),
    )


def as_theory_has_it(measurer: Measurer, question: Question, runs: int) -> Iterator[Row]:
    """(d): the share reached and the chance of a big outbreak, over runs on networks of their own."""
    reached = [measurer(_experiment(question, run))[0].reach for run in range(runs)]
    least = outbreak_reach(question.users)
    big = [people / question.users for people in reached if people >= least]
    yield _size_row(question, big)
    chance = Deviation.of_chance(len(big), runs, question.chance)
    yield Row(
        check="d",
        name=f"{question.name}: chance of an outbreak",
        compared=f"{len(big)} big outbreaks in {runs} runs",
        expected=f"{question.chance:.2f}",
        found=f"{chance.mean:.2f} ± {chance.standard_error:.2f}",
        passed=abs(chance.standard_errors) < STANDARD_ERRORS_MAX,
        deviation=chance.standard_errors,
    )


def _size_row(question: Question, big: Sequence[float]) -> Row:
    size = Deviation.of(big, question.share)
    sharp = size.would_see(ERROR_SEEN, STANDARD_ERRORS_MAX)
    found = f"{size.mean:.4f} ± {size.standard_error:.4f}"
    return Row(
        check="d",
        name=f"{question.name}: share reached",
        compared=f"{len(big)} big outbreaks among {question.users:,} people; a {ERROR_SEEN:.0%} error fails",
        expected=f"{question.share:.4f}",
        found=found if sharp else f"{found}, too wide",
        passed=sharp and abs(size.standard_errors) < STANDARD_ERRORS_MAX,
        deviation=size.standard_errors,
    )


def _experiment(question: Question, run: int) -> Experiment:
    content = Content("rumour", share_probability=question.transmission, half_life_seconds=None)
    return Experiment(
        population=question.people(run),
        contents=(content,),
        behaviour=ALIKE,
        policy=preset("uncapped"),
        run=run,
        originators=1,
    )
