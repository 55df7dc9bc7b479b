"""One contender in a process of its own: chatsim, or one of its peers.

    python scripts/contenders.py networkit W1 ties.txt 1

loads the ties, says when it is ready, and answers each line of its standard input, a seed, with one line of JSON: the
seconds that one spread took and the people it reached. `versus_simulators.py` starts it and compares.
"""

from __future__ import annotations

import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayForm, DelayLaw
from chatsim.cascade.values import RunOutcome
from chatsim.compilation import compiled
from chatsim.model import ONE_DAY, Enforcement
from chatsim.policy.presets import preset
from chatsim.population.from_files import stored
from chatsim.randomness.philox import ORIGINATOR, choose_wide, draw, key_words
from machine import peak_bytes
from peers import PEERS
from spreads import CHANCE, GAMMA, TAU, Contender, Spread, Ties


def chatsim(ties: Ties, work: str, threads: int, *, tree: bool) -> Contender:
    """The ordinary engine over a stored population: reach only, or the whole tree of first copies."""
    from chatsim.engine import Engine

    seed, hub, policy = 1, ties.hub, preset("uncapped")
    cascade = work == "W1"
    engine = Engine.of(
        stored(ties.file, None, seed=seed),
        (Content("rumour", CHANCE if cascade else 1.0, half_life_seconds=None),),
        Behaviour(
            audience=Audience.EACH,
            chat_delay=DelayLaw(median_seconds=60.0, sigma=0.0) if cascade else _exponential(TAU),
            recovery=None if cascade else _exponential(GAMMA),
            susceptibility_shape=None,
            night=False,
            modified_clients=0.0,
        ),
        seed=seed,
        duration_seconds=(14 if cascade else 400) * ONE_DAY,
        enforcement=Enforcement.CLEAR,
    )
    runs: list[int] = []

    def set_up(number: int) -> Spread:
        while len(runs) <= number:
            runs.append(run_from(hub, ties.users, seed, after=runs[-1] if runs else -1))
        run = runs[number]

        def whole_tree(outcome: RunOutcome) -> int:
            users = outcome.contents[0].first_copies.user
            assert users[0] == hub
            return len(users)

        if tree:
            return partial(engine.play, policy, run=run, originators=1, threads=threads), whole_tree
        return (
            partial(engine.tally, policy, run=run, originators=1, threads=threads),
            lambda measures: int(measures[0].reach),
        )

    return set_up


def _exponential(rate: float) -> DelayLaw:
    """A delay at this rate, a day being the unit of time."""
    median = ONE_DAY * float(np.log(2)) / rate
    return DelayLaw(form=DelayForm.EXPONENTIAL, median_seconds=median)


def run_from(hub: int, users: int, seed: int, *, after: int) -> int:
    """The next run in which the engine's keyed draw makes this user the one originator."""
    return int(compiled(_next_run)(*key_words(seed), hub, users, after))


def _next_run(key_low: int, key_high: int, hub: int, users: int, after: int) -> int:
    run = after + 1
    while True:
        _, high, low, _ = draw(key_low, key_high, 0, 0, ORIGINATOR, 0, run)
        if choose_wide(high, low, users) == hub:
            return run
        run += 1


def contender(tool: str, ties: Ties, work: str, threads: int) -> Contender:
    if tool.startswith("chatsim"):
        return chatsim(ties, work, threads, tree=tool == "chatsim_tree")
    return PEERS[tool](ties, work, threads)


def main(tool: str, work: str, file: str, threads: str) -> None:
    """Answer seeds with spreads."""
    # Tools print; the answers have the real standard output to themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**values: Any) -> None:
        print(json.dumps(values), file=answers, flush=True)

    start = time.perf_counter()
    try:
        set_up = contender(tool, Ties.read(Path(file)), work, int(threads))
    except ImportError as error:
        answer(missing=str(error))
        return
    answer(load_seconds=time.perf_counter() - start)
    for line in sys.stdin:
        spread, reached = set_up(int(line))
        start = time.perf_counter()
        result = spread()
        seconds = time.perf_counter() - start
        answer(seconds=seconds, reach=reached(result), peak_bytes=peak_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
