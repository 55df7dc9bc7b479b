"""The simulators that chatsim is compared with, each doing the spreads of `spreads.py` its own way.

Every tool is used as its manual does, by the fastest of its own ways that was found: loading the ties and setting a
model up before each spread is not timed. Each function takes the ties, the work and the number of threads.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import numpy as np

from spreads import CHANCE, GAMMA, TAU, Contender, Spread, Ties

STEPS = 40
"""Generations that tools of a fixed length run: a cascade to a million people takes about 30; more would cost them."""


def cynetdiff(ties: Ties, work: str, threads: int) -> Contender:
    """IndependentCascadeModel on compressed rows."""
    from cynetdiff.models import IndependentCascadeModel

    starts, neighbours = (part.astype(np.uint32) for part in ties.neighbours())
    model = IndependentCascadeModel(starts[:-1], neighbours, activation_prob=CHANCE)

    def set_up(seed: int) -> Spread:
        model.set_rng(seed)
        model.set_seeds([ties.hub])

        return model.advance_until_completion, lambda _: int(model.get_num_activated_nodes())

    return set_up


def networkit(ties: Ties, work: str, threads: int) -> Contender:
    """EpidemicSimulationSEIR with no exposed time and one infectious step, which is an independent cascade.

    The simulation itself runs on one thread whatever networkit is told; more make it slower.
    """
    import networkit as nk

    nk.setNumberOfThreads(threads)
    graph = nk.GraphFromCoo((ties.rows[:, 0], ties.rows[:, 1]), n=ties.users)

    def set_up(seed: int) -> Spread:
        nk.setSeed(seed, useThreadId=False)
        simulation = nk.simulation.EpidemicSimulationSEIR(graph, STEPS, CHANCE, 0, 1, ties.hub)

        def reached(_: Any) -> int:
            last = simulation.getData().tail(4)["count"].tolist()
            assert not any(last[1:3]), "the cascade was cut"
            return int(last[3])

        return simulation.run, reached

    return set_up


def eon(ties: Ties, work: str, threads: int) -> Contender:
    """basic_discrete_SIR and fast_SIR. Its other way to W1, percolation_based_discrete_SIR, fails in 2.0."""
    import EoN

    graph, start = ties.networkx(), [ties.hub]

    def set_up(seed: int) -> Spread:
        rng = np.random.default_rng(seed)

        if work == "W1":
            spread = partial(EoN.basic_discrete_SIR, graph, CHANCE, start, rng=rng)
        else:
            spread = partial(EoN.fast_SIR, graph, TAU, GAMMA, start, rng=rng)
        return spread, lambda curves: int(curves[3][-1])

    return set_up


def ndlib(ties: Ties, work: str, threads: int) -> Contender:
    """IndependentCascadesModel, a threshold on each tie, iterated until nobody is infected."""
    from ndlib.models.epidemics import IndependentCascadesModel
    from ndlib.models.ModelConfig import Configuration

    graph = ties.networkx()
    configuration = Configuration()
    configuration.add_model_initial_configuration("Infected", [ties.hub])
    for tie in graph.edges():
        configuration.add_edge_configuration("threshold", tie, CHANCE)
    model = IndependentCascadesModel(graph)
    model.set_initial_status(configuration)

    def set_up(seed: int) -> Spread:
        np.random.seed(seed)  # noqa: NPY002 - the generator that NDlib draws from
        model.reset([ties.hub])

        def spread() -> int:
            count = model.iteration(node_status=False)["node_count"]
            while count[1]:
                count = model.iteration(node_status=False)["node_count"]
            return int(count[2])

        return spread, int

    return set_up


def simpy(ties: Ties, work: str, threads: int) -> Contender:
    """One event for each passing on, called back. A process for each takes twice the time."""
    import simpy as sp

    starts, all_neighbours = ties.neighbours()
    neighbours = [row.tolist() for row in np.split(all_neighbours, starts[1:-1])]

    def set_up(seed: int) -> Spread:
        exponential = random.Random(seed).expovariate  # noqa: S311 - not for secrets
        environment, reached = sp.Environment(), set[int]()

        def passed_on(event: Any) -> None:
            person = event.value
            if person in reached:
                return
            reached.add(person)
            recovery = exponential(GAMMA)
            for other in neighbours[person]:
                if other not in reached and (delay := exponential(TAU)) < recovery:
                    environment.timeout(delay, other).callbacks.append(passed_on)

        def spread() -> int:
            environment.timeout(0, ties.hub).callbacks.append(passed_on)
            environment.run()
            return len(reached)

        return spread, int

    return set_up


def starsim(ties: Ties, work: str, threads: int) -> Contender:
    """SIR on a fixed network, a day a generation; who is infected on one day passes it on during the next."""
    import starsim as ss

    class Fixed(ss.Network):  # type: ignore[misc]
        def step(self) -> None:
            """Ties stay."""

    hub = ss.uids([ties.hub])

    def at_hub(module: Any, sim: Any, uids: Any) -> Any:
        return (uids == ties.hub).astype(float)

    def set_up(seed: int) -> Spread:
        one, other = ties.rows.T
        network = Fixed(edges={"p1": one, "p2": other, "beta": np.ones(len(one))})
        disease = ss.SIR(
            beta=ss.probperday(CHANCE),
            init_prev=ss.bernoulli(p=at_hub),
            dur_inf=ss.constant(v=ss.days(2)),
            p_death=0,
        )
        days = {"start": ss.date("2020-01-01"), "dur": ss.days(4 * STEPS), "dt": ss.days(1)}
        simulation = ss.Sim(
            n_agents=ties.users,
            diseases=disease,
            networks=network,
            rand_seed=seed,
            verbose=0,
            **days,
        )
        simulation.init()
        state = simulation.diseases.sir
        state.ti_recovered[hub] = 1  # it is infectious from day 0 on, everybody else a day later

        def spread() -> None:
            while state.infected.any():
                simulation.run_one_step()

        return spread, lambda _: int(state.recovered.sum())

    return set_up


def epiworldpy(ties: Ties, work: str, threads: int) -> Contender:
    """An SIR model of the library's own update functions, recovering after one day.

    It comes out 4 % low: a person with several infected contacts is infected with the odds of exactly one of them.
    """
    import epiworldpy as ew

    model, update = ew.Model(), ew.UpdateFun
    model.add_state("susceptible", update.susceptible())
    model.add_state("infected", update.default_update_exposed())
    model.add_state("recovered")
    virus = ew.Virus("rumour", 1, False, CHANCE, 1.0, 0.0)
    virus.set_state(1, 2, 2)
    virus.set_distribution(lambda virus, model: model.get_agent(ties.hub).set_virus(model, virus))
    model.add_virus(virus)
    model.agents_from_edgelist(*ties.rows.T.tolist(), ties.users, False)
    model.verbose_off()

    def reached(_: Any) -> int:
        count = np.bincount(model.get_agents_states(), minlength=3)
        assert not count[1], "the cascade was cut"
        return int(count[2])

    def set_up(seed: int) -> Spread:
        return partial(model.run, STEPS, seed), reached

    return set_up


def nextnet(ties: Ties, work: str, threads: int) -> Contender:
    """NEXTNet's next reaction simulation; it is built from source (github.com/oist/NEXTNetPy)."""
    import nextnet as nn

    graph = nn.networkx(ties.networkx())

    def set_up(seed: int) -> Spread:
        rates = [nn.transmission_time_exponential(rate) for rate in (TAU, GAMMA)]
        simulation, engine = nn.simulation(graph, *rates, SIR=True), nn.rng(seed)
        simulation.add_infections([(ties.hub, 0.0)])
        spread = partial(simulation.run, engine, {"time": 1e9})
        return spread, lambda curves: int(curves["recovered"][-1])

    return set_up


PEERS = {
    peer.__name__: peer
    for peer in (cynetdiff, networkit, starsim, epiworldpy, nextnet, simpy, eon, ndlib)
}
